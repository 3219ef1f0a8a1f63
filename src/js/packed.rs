//! Packed columns out of JavaScript: each buffer is copied into wasm memory once.

use arrow::buffer::{Buffer, MutableBuffer};
use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use crate::error::{Code, Error, Result};
use crate::table::packed::Packed;

pub fn columns(columns: &Array) -> Result<Vec<Packed>> {
    columns.iter().map(|column| packed(&column)).collect()
}

fn packed(column: &JsValue) -> Result<Packed> {
    let dictionary = get(column, "dictionary")?;
    Ok(Packed {
        length: number(column, "length")?,
        validity: optional_buffer(&get(column, "validity")?)?,
        bit_offset: number(column, "bitOffset")?,
        buffers: array(column, "buffers")?.iter().map(|bytes| buffer(&bytes)).collect::<Result<_>>()?,
        children: columns(&array(column, "children")?)?,
        dictionary: if is_absent(&dictionary) { None } else { Some(Box::new(packed(&dictionary)?)) },
    })
}

fn get(object: &JsValue, key: &str) -> Result<JsValue> {
    Reflect::get(object, &key.into()).map_err(|_| malformed(key))
}

fn number(object: &JsValue, key: &str) -> Result<usize> {
    let number = get(object, key)?.as_f64().filter(|number| *number >= 0.0);
    number.map(|number| number as usize).ok_or_else(|| malformed(key))
}

fn array(object: &JsValue, key: &str) -> Result<Array> {
    let value = get(object, key)?;
    if is_absent(&value) { Ok(Array::new()) } else { value.dyn_into().map_err(|_| malformed(key)) }
}

fn optional_buffer(value: &JsValue) -> Result<Option<Buffer>> {
    if is_absent(value) { Ok(None) } else { buffer(value).map(Some) }
}

fn buffer(value: &JsValue) -> Result<Buffer> {
    let bytes: &Uint8Array = value.dyn_ref().ok_or_else(|| malformed("buffers"))?;
    // Arrow's own allocation is aligned for every type; a plain Vec<u8> is not.
    let mut copy = MutableBuffer::from_len_zeroed(bytes.length() as usize);
    bytes.copy_to(copy.as_slice_mut());
    Ok(copy.into())
}

fn is_absent(value: &JsValue) -> bool {
    value.is_null() || value.is_undefined()
}

fn malformed(key: &str) -> Error {
    Error::new(Code::Internal, format!("a packed column has a malformed {key}"))
}
