//! What a helper does in a thread of its own: it compresses blocks of whoever asks.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::plain;
use crate::compress::codec::{Codecs, Recipe, codec_of};
use crate::error::{Code, Error};

#[wasm_bindgen]
#[derive(Default)]
pub struct BlockCompressor {
    codecs: Codecs,
}

#[wasm_bindgen]
impl BlockCompressor {
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// The block, compressed by the recipe that the core gave with it.
    pub fn compress(
        &mut self,
        codec: &str,
        level: u32,
        history: u32,
        is_last: bool,
        block: &Uint8Array,
    ) -> Result<Uint8Array, JsValue> {
        let unknown = || Error::new(Code::Internal, "a helper was given a codec that it does not know");
        let codec = codec_of(codec).ok_or_else(unknown).map_err(|error| plain(&error))?;
        let recipe = Recipe { codec, level, history, is_last };
        let compressed = self.codecs.compress(recipe, &block.to_vec()).map_err(|error| plain(&error))?;
        Ok(Uint8Array::from(compressed))
    }
}
