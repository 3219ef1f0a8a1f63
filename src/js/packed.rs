//! Packed columns out of JavaScript: each buffer is copied into wasm memory once.

use arrow::buffer::{Buffer, MutableBuffer};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use crate::table::packed::Packed;

#[wasm_bindgen]
extern "C" {
    /// `PackedColumn` of boundary.ts.
    pub type PackedColumn;
    #[wasm_bindgen(method, getter)]
    fn length(this: &PackedColumn) -> usize;
    #[wasm_bindgen(method, getter)]
    fn validity(this: &PackedColumn) -> Option<Uint8Array>;
    #[wasm_bindgen(method, getter, js_name = bitOffset)]
    fn bit_offset(this: &PackedColumn) -> usize;
    #[wasm_bindgen(method, getter)]
    fn buffers(this: &PackedColumn) -> Vec<Uint8Array>;
    #[wasm_bindgen(method, getter)]
    fn children(this: &PackedColumn) -> Vec<PackedColumn>;
    #[wasm_bindgen(method, getter)]
    fn dictionary(this: &PackedColumn) -> Option<PackedColumn>;
}

pub fn columns(columns: &[PackedColumn]) -> Vec<Packed> {
    columns.iter().map(packed).collect()
}

fn packed(column: &PackedColumn) -> Packed {
    Packed {
        length: column.length(),
        validity: column.validity().as_ref().map(buffer),
        bit_offset: column.bit_offset(),
        buffers: column.buffers().iter().map(buffer).collect(),
        children: columns(&column.children()),
        dictionary: column.dictionary().as_ref().map(packed).map(Box::new),
    }
}

fn buffer(bytes: &Uint8Array) -> Buffer {
    // Arrow's own allocation is aligned for every type; a plain Vec<u8> is not.
    let mut copy = MutableBuffer::from_len_zeroed(bytes.length() as usize);
    bytes.copy_to(copy.as_slice_mut());
    copy.into()
}
