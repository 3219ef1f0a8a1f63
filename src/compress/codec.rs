//! The codecs of blocks.

use serde::Serialize;

pub use super::codecs::Codecs;
use crate::error::{Code, Error};

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
