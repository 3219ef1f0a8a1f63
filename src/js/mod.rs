//! The boundary: all the Rust that knows JavaScript. Beside it is the TypeScript that does what Rust cannot.

#[cfg_attr(not(feature = "api"), path = "no_api.rs")]
mod api;
mod config;
mod helper;
mod packed;

use js_sys::WebAssembly::Memory;
use js_sys::{Array, ArrayBuffer, BigInt, Object, Reflect, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

use crate::compress::pool::PIECE;
use crate::error::{Code, Error, Result};
use crate::job::{ErrorStatus, Event, Job};
use crate::plan::ExportPlan;
use crate::table::infer::{FieldSpec, Observation};
use crate::table::{Input, file};
use crate::upload::Answer;
use packed::PackedColumn;

/// Judges a config and makes its job. `now` is in milliseconds; `seed` feeds the job's randomness; `id` names it; so many
/// `helpers` are there to compress blocks; `in_browser` it minds its limits. Throws a plain error where the config can never work.
#[wasm_bindgen(js_name = exportTable)]
pub fn export_table(
    config: &JsValue,
    id: String,
    now: f64,
    seed: BigInt,
    helpers: usize,
    in_browser: bool,
) -> Result<ExportCore, JsValue> {
    let plan = ExportPlan::judge(&config::value(config)).map_err(|error| plain(&error))?;
    let seed = u64::try_from(seed).unwrap_or_default();
    let plan = if in_browser { plan.in_browser() } else { plan };
    Ok(ExportCore { job: Job::new(id, plan, now, seed).with_helpers(helpers) })
}

/// A job, as the driver holds it.
#[wasm_bindgen]
pub struct ExportCore {
    job: Job,
}

#[wasm_bindgen]
impl ExportCore {
    /// The next thing to do.
    pub fn poll(&mut self, now: f64) -> Result<JsValue, JsValue> {
        to_js(&self.job.poll(now))
    }

    pub fn status(&mut self) -> Result<JsValue, JsValue> {
        to_js(&self.job.status())
    }

    /// Decides the columns from what was seen in the first rows. Where it throws, the job has failed.
    pub fn infer(&mut self, columns: JsValue) -> Result<JsValue, JsValue> {
        let columns: Vec<(String, Observation)> = from_js(columns)?;
        let fields = self.job.rows().and_then(|rows| rows.infer(&columns));
        to_js(&self.or_fail(fields)?)
    }

    /// The columns of a source that states its types. Answers with the indexes of those to pass.
    pub fn declare(&mut self, fields: JsValue) -> Result<Vec<usize>, JsValue> {
        let fields: Vec<FieldSpec> = from_js(fields)?;
        let passed = self.job.rows().and_then(|rows| rows.declare(&fields));
        self.or_fail(passed)
    }

    /// A value did not fit its column. Answers with the wider column, or throws, and the job has failed.
    pub fn widen(&mut self, column: usize, row: f64, seen: JsValue) -> Result<JsValue, JsValue> {
        let seen: Observation = from_js(seen)?;
        let field = self.job.rows().and_then(|rows| rows.widen(column, row as u64, &seen));
        to_js(&self.or_fail(field)?)
    }

    /// The next rows.
    pub fn packed(&mut self, rows: usize, columns: Vec<PackedColumn>) -> Result<(), JsValue> {
        let columns = packed::columns(&columns);
        let batch = self.job.rows().and_then(|source| source.pack(rows, columns));
        let batch = self.or_fail(batch)?;
        self.job.handle(Event::Input(Input::Batch(batch)), 0.0);
        Ok(())
    }

    /// Whether a stream that begins with `head` is to be collected and given as a file; nothing where that takes more
    /// bytes to tell, which it never does `at_end`.
    #[wasm_bindgen(js_name = readsWhole)]
    pub fn reads_whole(&self, head: &Uint8Array, at_end: bool) -> Option<bool> {
        file::reads_whole(&head.to_vec(), at_end)
    }

    /// The next bytes of a stream.
    pub fn bytes(&mut self, chunk: &Uint8Array) {
        self.job.handle(Event::Input(Input::Bytes(chunk.to_vec().into())), 0.0);
    }

    /// One of the ranges of a file that were asked for.
    pub fn range(&mut self, start: f64, chunk: &Uint8Array) {
        let bytes = chunk.to_vec();
        let start = start as u64;
        let range = start..start + bytes.len() as u64;
        self.job.handle(Event::Input(Input::Range(range, bytes.into())), 0.0);
    }

    /// There are no more rows, or bytes.
    pub fn end(&mut self) {
        self.job.handle(Event::Input(Input::End), 0.0);
    }

    /// The source cannot be read on.
    #[wasm_bindgen(js_name = sourceFailed)]
    pub fn source_failed(&mut self, code: &str, message: &str, row: Option<f64>, column: Option<String>) {
        let mut error = error_of(code, message);
        if let Some(row) = row {
            error = error.at_row(row as u64);
        }
        if let Some(column) = column {
            error = error.in_column(column);
        }
        self.job.handle(Event::SourceFailed(error), 0.0);
    }

    /// The body of a request: handed out once, as a copy of its own.
    #[wasm_bindgen(js_name = takePart)]
    pub fn take_part(&mut self, task: u32) -> Option<Uint8Array> {
        let chunks = self.job.take_part(task)?;
        let size: usize = chunks.iter().map(Vec::len).sum();
        let bytes = Uint8Array::new_with_length(size as u32);
        let mut at = 0;
        for chunk in chunks {
            let end = at + chunk.len() as u32;
            bytes.subarray(at, end).copy_from(&chunk);
            at = end;
        }
        Some(bytes)
    }

    /// The bytes of a block that a helper is to compress: handed out once, as a copy of their own.
    #[wasm_bindgen(js_name = takeBlock)]
    pub fn take_block(&mut self, block: u32) -> Option<Uint8Array> {
        self.job.take_block(block).map(|bytes| Uint8Array::from(&bytes[..]))
    }

    /// A helper compressed a block.
    pub fn compressed(&mut self, block: u32, bytes: &Uint8Array) {
        let piece = |at: u32| bytes.subarray(at, bytes.length().min(at + PIECE as u32)).to_vec();
        let pieces = (0..bytes.length()).step_by(PIECE).map(piece).collect();
        self.job.handle(Event::Compressed { block, pieces }, 0.0);
    }

    pub fn signed(&mut self, task: u32) {
        self.job.handle(Event::Signed { task }, 0.0);
    }

    /// A request was answered. Header names are in lower case; `expired` is whether its URL had expired by then. Whether
    /// the request is through: then its body is not asked for again.
    pub fn responded(
        &mut self,
        task: u32,
        status: u16,
        headers: &Object,
        body: String,
        expired: bool,
        now: f64,
    ) -> bool {
        let text = |value: JsValue| value.as_string().unwrap_or_default();
        let pair = |entry: JsValue| {
            let entry = Array::from(&entry);
            (text(entry.get(0)), text(entry.get(1)))
        };
        let headers = Object::entries(headers).iter().map(pair).collect();
        let answer = Answer { status, headers, body, expired, ..Answer::default() };
        self.job.handle(Event::Answered { task, answer }, now);
        !self.job.has_task(task)
    }

    /// A request was made by who was to sign it. Whether it is through.
    pub fn settled(&mut self, task: u32, upload_id: Option<String>, etag: Option<String>, now: f64) -> bool {
        let headers = etag.map(|etag| ("etag".to_owned(), etag)).into_iter().collect();
        let answer = Answer { upload_id, headers, of_signer: true, ..Answer::ok() };
        self.job.handle(Event::Answered { task, answer }, now);
        !self.job.has_task(task)
    }

    /// A request was not answered.
    pub fn failed(&mut self, task: u32, code: &str, message: &str, now: f64) {
        self.job.handle(Event::Failed { task, error: error_of(code, message) }, now);
    }

    /// A request failed for want of a network.
    pub fn offline(&mut self, task: u32) {
        self.job.handle(Event::Offline { task }, 0.0);
    }

    /// There may be a network again.
    pub fn online(&mut self) {
        self.job.handle(Event::Online, 0.0);
    }

    pub fn cancel(&mut self) {
        self.job.handle(Event::Cancel, 0.0);
    }
}

impl ExportCore {
    /// An error in what the driver reads fails the job, and is thrown for the driver to stop reading.
    fn or_fail<T>(&mut self, result: Result<T>) -> Result<T, JsValue> {
        result.map_err(|error| {
            let thrown = plain(&error);
            self.job.handle(Event::SourceFailed(error), 0.0);
            thrown
        })
    }
}

/// Bytes of wasm memory, which never shrinks: its size is its peak.
#[wasm_bindgen(js_name = memoryBytes)]
pub fn memory_bytes() -> f64 {
    let memory: Memory = wasm_bindgen::memory().unchecked_into();
    memory.buffer().unchecked_into::<ArrayBuffer>().byte_length().into()
}

fn error_of(code: &str, message: &str) -> Error {
    Error::new(Code::from_text(code).unwrap_or(Code::Internal), message)
}

fn plain(error: &Error) -> JsValue {
    to_js(&ErrorStatus::from(error)).unwrap_or_else(|internal| internal)
}

fn to_js<T: Serialize>(value: &T) -> Result<JsValue, JsValue> {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    value.serialize(&serializer).map_err(|error| internal(&error))
}

fn from_js<T: DeserializeOwned>(value: JsValue) -> Result<T, JsValue> {
    serde_wasm_bindgen::from_value(value).map_err(|error| internal(&error))
}

fn internal(error: &serde_wasm_bindgen::Error) -> JsValue {
    let error = Error::new(Code::Internal, format!("at the boundary: {error}"));
    let object = Object::new();
    for (key, value) in [("code", error.code.as_str()), ("message", error.message.as_str())] {
        let _ = Reflect::set(&object, &key.into(), &value.into());
    }
    let _ = Reflect::set(&object, &"place".into(), &Object::new());
    object.into()
}
