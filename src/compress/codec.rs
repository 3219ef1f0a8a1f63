//! The codecs of blocks.

use std::io::Write;

use flate2::write::GzEncoder;
use serde::Serialize;

use super::deflate;
use super::snappy::{self, Snappy};
use crate::error::{Code, Error, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Codec {
    /// A part of a raw deflate stream, which ends at a byte.
    Deflate,
    Gzip,
    Lz4Raw,
    Snappy,
    Zstd,
}

const CODECS: [(&str, Codec); 5] = [
    ("deflate", Codec::Deflate),
    ("gzip", Codec::Gzip),
    ("lz4Raw", Codec::Lz4Raw),
    ("snappy", Codec::Snappy),
    ("zstd", Codec::Zstd),
];

/// How a block is compressed. It and the block are all that the compressed bytes depend on, wherever they are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recipe {
    pub codec: Codec,
    /// Of codecs that have levels.
    pub level: u32,
    /// Bytes at the block's start that a deflate stream had before: they are only referred to.
    pub history: u32,
    /// Whether a deflate stream ends with this block.
    pub is_last: bool,
}

impl Recipe {
    /// For a block that stands by itself.
    pub fn new(codec: Codec, level: u32) -> Self {
        Recipe { codec, level, history: 0, is_last: false }
    }

    /// Whether compressing takes so much longer than moving the bytes that another thread may as well do it.
    pub fn is_heavy(&self) -> bool {
        matches!(self.codec, Codec::Deflate | Codec::Gzip | Codec::Zstd)
    }
}

/// The codec of this name, as it crosses between threads.
pub fn codec_of(name: &str) -> Option<Codec> {
    CODECS.iter().find(|(known, _)| *known == name).map(|(_, codec)| *codec)
}

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

/// Compressors fail only for lack of room.
pub(super) fn failed(error: impl std::fmt::Display) -> Error {
    Error::new(Code::LimitExceeded, format!("a block cannot be compressed: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codecs_cross_by_the_names_they_are_known_by() {
        for (name, codec) in CODECS {
            assert_eq!(serde_json::to_value(codec).unwrap(), name);
            assert_eq!(codec_of(name), Some(codec));
        }
        assert_eq!(codec_of("brotli"), None);
    }
}
