//! The boundary to JavaScript: the only Rust that knows wasm-bindgen.

use wasm_bindgen::prelude::*;

/// The version of the crate this module was built from.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
