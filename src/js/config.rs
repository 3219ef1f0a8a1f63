//! A caller's config as plain data.

use js_sys::{Array, Error, JsString, Object};
use wasm_bindgen::{JsCast, JsValue};

use crate::plan::Value;

/// Deeper than any config; a cycle ends here.
const MAX_DEPTH: usize = 16;

/// `value` as the core judges it. Errors in it stand for what is not plain data: each tells the name of its type.
pub fn value(value: &JsValue) -> Value {
    nested(value, MAX_DEPTH)
}

/// The same, within so many levels.
pub fn nested(value: &JsValue, levels: usize) -> Value {
    if value.is_null() || value.is_undefined() {
        Value::Null
    } else if let Some(boolean) = value.as_bool() {
        Value::Bool(boolean)
    } else if let Some(number) = value.as_f64() {
        Value::Number(number)
    } else if let Some(text) = value.dyn_ref::<JsString>() {
        // A lone surrogate would become U+FFFD on its way into Rust.
        match text.is_valid_utf16() {
            true => Value::Text(text.into()),
            false => Value::Other("a string that is not well-formed Unicode".to_owned()),
        }
    } else if levels == 0 {
        Value::Other("nested too deeply".to_owned())
    } else if let Some(array) = value.dyn_ref::<Array>() {
        Value::List(array.iter().map(|item| nested(&item, levels - 1)).collect())
    } else if let Some(error) = value.dyn_ref::<Error>() {
        Value::Other(error.message().into())
    } else {
        map(value.unchecked_ref(), levels)
    }
}

fn map(object: &Object, levels: usize) -> Value {
    let entry = |entry: JsValue| {
        let entry = Array::from(&entry);
        (entry.get(0).as_string().unwrap_or_default(), nested(&entry.get(1), levels - 1))
    };
    Value::Map(Object::entries(object).iter().map(entry).collect())
}
