//! The codecs of pages.

use std::io::Write;

use flate2::write::GzEncoder;

use crate::error::{Code, Error, Result};
use crate::plan::ParquetCodec;

/// A codec and its level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compression {
    pub codec: ParquetCodec,
    pub level: Option<u32>,
}

impl Compression {
    /// The number that the format gives the codec.
    pub fn number(self) -> i32 {
        match self.codec {
            ParquetCodec::None => 0,
            ParquetCodec::Snappy => 1,
            ParquetCodec::Gzip => 2,
            ParquetCodec::Zstd => 6,
            ParquetCodec::Lz4Raw => 7,
        }
    }
}

/// Compressors of pages, and the memory that they share.
#[derive(Default)]
pub struct Codecs {
    snappy: Option<snap::raw::Encoder>,
    zstd: Option<(u32, zstd::bulk::Compressor<'static>)>,
    /// As long as it has ever had to be: clearing it would cost as much as a copy of each page.
    out: Vec<u8>,
}

impl Codecs {
    /// Bytes held, without what the codecs need for themselves.
    pub fn memory(&self) -> usize {
        self.out.capacity()
    }

    /// The page as it stands in the file.
    pub fn compress<'a>(&'a mut self, compression: Compression, page: &'a [u8]) -> Result<&'a [u8]> {
        let length = match compression.codec {
            ParquetCodec::None => return Ok(page),
            ParquetCodec::Snappy => {
                let out = room(&mut self.out, snap::raw::max_compress_len(page.len()));
                let snappy = self.snappy.get_or_insert_with(snap::raw::Encoder::new);
                snappy.compress(page, out).map_err(failed)?
            }
            ParquetCodec::Gzip => {
                let level = flate2::Compression::new(compression.level.unwrap_or(6));
                self.out.clear();
                let mut gzip = GzEncoder::new(&mut self.out, level);
                gzip.write_all(page).and_then(|()| gzip.finish()).map_err(failed)?;
                self.out.len()
            }
            ParquetCodec::Zstd => {
                let level = compression.level.unwrap_or(3);
                let zstd = match &mut self.zstd {
                    Some((last, zstd)) => {
                        if *last != level {
                            zstd.set_compression_level(level as i32).map_err(failed)?;
                            *last = level;
                        }
                        zstd
                    }
                    none => {
                        let zstd = zstd::bulk::Compressor::new(level as i32).map_err(failed)?;
                        &mut none.insert((level, zstd)).1
                    }
                };
                let out = room(&mut self.out, zstd::zstd_safe::compress_bound(page.len()));
                zstd.compress_to_buffer(page, out).map_err(failed)?
            }
            ParquetCodec::Lz4Raw => {
                let out = room(&mut self.out, lz4_flex::block::get_maximum_output_size(page.len()));
                lz4_flex::block::compress_into(page, out).map_err(failed)?
            }
        };
        Ok(&self.out[..length])
    }
}

fn room(out: &mut Vec<u8>, bytes: usize) -> &mut [u8] {
    if out.len() < bytes {
        out.reserve_exact(bytes - out.len());
        out.resize(bytes, 0);
    }
    out
}

/// Compressors fail only for lack of room.
fn failed(error: impl std::fmt::Display) -> Error {
    Error::new(Code::LimitExceeded, format!("a parquet page cannot be compressed: {error}"))
}
