//! The `export` resource of Redivis.

use super::fault::Fault;
use super::fields::{Offer, implemented};
use super::object::object;
use super::report::Report;
use super::{Answer, Order};
use crate::error::{Code, Result};
use crate::plan::{Fields, Value};

const FORMATS: &[(&str, Offer)] = &[
    ("csv", Ok("csv")),
    ("parquet", Ok("parquet")),
    ("jsonl", Ok("jsonl")),
    ("avro", Err("avro")),
    ("dta", Err("dta")),
    ("sav", Err("sav")),
];

/// Of `POST {table}/exports`. The table is in the URL, and the files stay with the server until they are downloaded.
pub fn order(body: &Value) -> Result<Order> {
    let mut fields = Fields::new("", body)?;
    let offer = fields.required_choice("format", FORMATS)?;
    let format = implemented(&fields, "format", offer)?;
    fields.finish()?;
    Ok(Order {
        config: object(vec![("format", format.into())]),
        source: object(Vec::new()),
        destination: object(Vec::new()),
        terms: object(Vec::new()),
    })
}

/// The job's own resource is this API's.
pub fn resource(job: &Report) -> Value {
    job.resource.clone()
}

/// `error` is our code: the API's own names are not documented.
pub fn error(code: Code, message: &str) -> Answer {
    let status = Fault::of(code).http();
    let body = object(vec![
        ("status", u64::from(status).into()),
        ("error", code.as_str().into()),
        ("error_description", message.into()),
    ]);
    Answer { status, body }
}
