//! What stands for `codecs.rs` in a build without Parquet: the other codecs are for its pages.

use super::codec::{Codec, Recipe};
use super::deflate;
use crate::error::{Code, Error, Result};

#[derive(Default)]
pub struct Codecs {
    out: Vec<u8>,
}

impl Codecs {
    pub fn memory(&self) -> usize {
        self.out.capacity()
    }

    pub fn compress(&mut self, recipe: Recipe, block: &[u8]) -> Result<&[u8]> {
        if recipe.codec != Codec::Deflate {
            return Err(Error::not_in_this_build(Code::FormatUnsupported, "a codec of parquet"));
        }
        self.out.clear();
        deflate::compress(block, recipe.history as usize, recipe.is_last, recipe.level, &mut self.out)?;
        Ok(&self.out)
    }
}
