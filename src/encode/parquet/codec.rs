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
    out: Vec<u8>,
}

impl Codecs {
    /// Bytes held, without what the codecs need for themselves.
    pub fn memory(&self) -> usize {
        self.out.capacity()
    }

    /// The page as it stands in the file.
    pub fn compress<'a>(&'a mut self, compression: Compression, page: &'a [u8]) -> Result<&'a [u8]> {
        self.out.clear();
        match compression.codec {
            ParquetCodec::None => return Ok(page),
            ParquetCodec::Snappy => {
                self.out.resize(snap::raw::max_compress_len(page.len()), 0);
                let snappy = self.snappy.get_or_insert_with(snap::raw::Encoder::new);
                let length = snappy.compress(page, &mut self.out).map_err(failed)?;
                self.out.truncate(length);
            }
            ParquetCodec::Gzip => {
                let level = flate2::Compression::new(compression.level.unwrap_or(6));
                let mut gzip = GzEncoder::new(&mut self.out, level);
                gzip.write_all(page).and_then(|()| gzip.try_finish()).map_err(failed)?;
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
                self.out.reserve(zstd::zstd_safe::compress_bound(page.len()));
                zstd.compress_to_buffer(page, &mut self.out).map_err(failed)?;
            }
            ParquetCodec::Lz4Raw => {
                self.out.resize(lz4_flex::block::get_maximum_output_size(page.len()), 0);
                let length = lz4_flex::block::compress_into(page, &mut self.out).map_err(failed)?;
                self.out.truncate(length);
            }
        }
        Ok(&self.out)
    }
}

/// Compressors fail only for lack of room.
fn failed(error: impl std::fmt::Display) -> Error {
    Error::new(Code::LimitExceeded, format!("a parquet page cannot be compressed: {error}"))
}
