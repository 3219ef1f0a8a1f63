//! A caller's config as plain data.

use js_sys::{Array, JsString, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::AbortSignal;

use crate::plan::Value;

/// Deeper than any config; a cycle ends here.
const MAX_DEPTH: usize = 16;

/// `value` as the core judges it. What is not plain data becomes the name of its type.
pub fn value(value: &JsValue) -> Value {
    nested(value, 0)
}

fn nested(value: &JsValue, depth: usize) -> Value {
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
    } else if depth == MAX_DEPTH {
        Value::Other("nested too deeply".to_owned())
    } else if let Some(array) = value.dyn_ref::<Array>() {
        Value::List(array.iter().map(|item| nested(&item, depth + 1)).collect())
    } else if is_plain_object(value) {
        map(value.unchecked_ref(), depth)
    } else {
        Value::Other(type_name(value))
    }
}

fn map(object: &Object, depth: usize) -> Value {
    let entry = |entry: JsValue| {
        let entry = Array::from(&entry);
        (entry.get(0).as_string().unwrap_or_default(), nested(&entry.get(1), depth + 1))
    };
    Value::Map(Object::entries(object).iter().map(entry).collect())
}

fn is_plain_object(value: &JsValue) -> bool {
    if !value.is_object() {
        return false;
    }
    let prototype = Object::get_prototype_of(value);
    // Not by identity: a plain object may come from another realm.
    prototype.is_null() || Object::get_prototype_of(&prototype).is_null()
}

fn type_name(value: &JsValue) -> String {
    let kind = value.js_typeof().as_string().unwrap_or_default();
    if kind != "object" {
        return format!("a {kind}");
    }
    if value.is_instance_of::<AbortSignal>() {
        return "an AbortSignal".to_owned();
    }
    let constructor = Reflect::get(value, &"constructor".into()).unwrap_or(JsValue::UNDEFINED);
    let name = Reflect::get(&constructor, &"name".into()).ok().and_then(|name| name.as_string());
    name.map_or("an object of an unknown class".to_owned(), |name| format!("an instance of {name}"))
}
