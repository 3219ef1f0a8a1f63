//! The compressors of blocks.

use std::io::Write;

use flate2::write::GzEncoder;

use super::codec::{Codec, Recipe, failed};
use super::deflate;
use super::snappy::{self, Snappy};
use crate::error::Result;

/// Compressors, and the memory that they share.
#[derive(Default)]
pub struct Codecs {
    snappy: Option<Snappy>,
    zstd: Option<(u32, zstd::bulk::Compressor<'static>)>,
    /// As long as it has ever had to be: clearing it would cost as much as a copy of each block.
    out: Vec<u8>,
}

impl Codecs {
    /// Bytes held, without what the codecs need for themselves.
    pub fn memory(&self) -> usize {
        self.out.capacity()
    }

    pub fn compress(&mut self, recipe: Recipe, block: &[u8]) -> Result<&[u8]> {
        let level = recipe.level;
        let length = match recipe.codec {
            Codec::Deflate => {
                self.out.clear();
                deflate::compress(block, recipe.history as usize, recipe.is_last, level, &mut self.out)?;
                self.out.len()
            }
            Codec::Gzip => {
                self.out.clear();
                let mut gzip = GzEncoder::new(&mut self.out, flate2::Compression::new(level));
                gzip.write_all(block).and_then(|()| gzip.finish()).map_err(failed)?;
                self.out.len()
            }
            Codec::Lz4Raw => {
                let out = room(&mut self.out, lz4_flex::block::get_maximum_output_size(block.len()));
                lz4_flex::block::compress_into(block, out).map_err(failed)?
            }
            Codec::Snappy => {
                let out = room(&mut self.out, snappy::room(block.len()));
                self.snappy.get_or_insert_default().compress(block, out)
            }
            Codec::Zstd => {
                let out = room(&mut self.out, zstd::zstd_safe::compress_bound(block.len()));
                zstd_of_level(&mut self.zstd, level)?.compress_to_buffer(block, out).map_err(failed)?
            }
        };
        Ok(&self.out[..length])
    }
}

type Zstd = zstd::bulk::Compressor<'static>;

fn zstd_of_level(held: &mut Option<(u32, Zstd)>, level: u32) -> Result<&mut Zstd> {
    if held.as_ref().is_none_or(|(last, _)| *last != level) {
        *held = Some((level, Zstd::new(level as i32).map_err(failed)?));
    }
    Ok(&mut held.as_mut().expect("made above").1)
}

fn room(out: &mut Vec<u8>, bytes: usize) -> &mut [u8] {
    if out.len() < bytes {
        out.reserve_exact(bytes - out.len());
        out.resize(bytes, 0);
    }
    out
}
