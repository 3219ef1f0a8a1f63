//! The words of the four server APIs, for JavaScript.

use js_sys::Reflect;
use wasm_bindgen::prelude::*;

use super::{config, plain, to_js};
use crate::api::{Api, Body, Request};
use crate::error::Code;

/// Deeper than any body or snapshot: an expression of Earth Engine has some three levels for each call.
const MAX_DEPTH: usize = 100;

/// What the body of a request asks for. Throws a plain error, with the API's own answer as its `response` where the body
/// is refused.
#[wasm_bindgen(js_name = fromRequest)]
pub fn from_request(api: &str, request: &str, body: &JsValue) -> Result<JsValue, JsValue> {
    let api = Api::from_text(api).map_err(|error| plain(&error))?;
    let request = Request::from_text(request).map_err(|error| plain(&error))?;
    match api.order(request, &config::nested(body, MAX_DEPTH)) {
        Ok(order) => to_js(&order),
        Err(error) => {
            let thrown = plain(&error);
            Reflect::set(&thrown, &"response".into(), &to_js(&api.refusal(&error))?)?;
            Err(thrown)
        }
    }
}

/// A body that tells of a job, by its snapshot and the terms of its request. Throws a plain error.
#[wasm_bindgen(js_name = tellOf)]
pub fn tell_of(api: &str, body: &str, job: &JsValue, terms: &JsValue) -> Result<JsValue, JsValue> {
    let told = Api::from_text(api).and_then(|api| {
        let body = Body::from_text(body)?;
        api.tell(body, &config::nested(job, MAX_DEPTH), &config::nested(terms, MAX_DEPTH))
    });
    to_js(&told.map_err(|error| plain(&error))?)
}

/// How a request is refused for a reason that the server finds. Throws a plain error.
#[wasm_bindgen(js_name = answerTo)]
pub fn answer_to(api: &str, code: &str, message: &str) -> Result<JsValue, JsValue> {
    let api = Api::from_text(api).map_err(|error| plain(&error))?;
    to_js(&api.answer(Code::from_text(code).unwrap_or(Code::Internal), message))
}
