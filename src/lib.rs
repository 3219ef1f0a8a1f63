//! Export a table that lives in a web page or an edge worker to an object store.

#[cfg(target_arch = "wasm32")]
mod js;
