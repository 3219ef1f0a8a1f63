//! What stands for `api.rs` in a build without the words of server APIs.

use wasm_bindgen::prelude::*;

use super::plain;
use crate::error::{Code, Error};

#[wasm_bindgen(js_name = fromRequest)]
pub fn from_request(_: &str, _: &str, _: &JsValue) -> Result<JsValue, JsValue> {
    Err(absent())
}

#[wasm_bindgen(js_name = tellOf)]
pub fn tell_of(_: &str, _: &str, _: &JsValue, _: &JsValue) -> Result<JsValue, JsValue> {
    Err(absent())
}

#[wasm_bindgen(js_name = answerTo)]
pub fn answer_to(_: &str, _: &str, _: &str) -> Result<JsValue, JsValue> {
    Err(absent())
}

fn absent() -> JsValue {
    plain(&Error::not_in_this_build(Code::ApiUnimplemented, "a server API"))
}
