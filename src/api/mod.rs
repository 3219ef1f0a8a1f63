//! The words of four server APIs: what a request of theirs asks for, as a config, and what they say of a job. Pure
//! functions over plain data, one file for each API; of HTTP they know bodies and status codes.
//!
//! A field of a request is honoured, or handed on to the server, or refused by its name; none is dropped.

mod dli;
mod earth_engine;
mod export_temp;
mod fault;
mod fields;
mod object;
mod redivis;
mod report;

use serde::Serialize;

use crate::error::{Code, Error, Result};
use crate::plan::{Value, choose, invalid};
use report::{Failure, Report};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    Redivis,
    EarthEngine,
    Dli,
    ExportTemp,
}

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Order {
    /// A config but for its source and destination, which the server adds.
    pub config: Value,
    /// The table, as the request names it.
    pub source: Value,
    /// Where the files go, as the request names it.
    pub destination: Value,
    /// What the API's answers say again, and what the server schedules by. It has no credential, and is kept with the job.
    pub terms: Value,
}

/// Which request of an API starts an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// The one that every API has.
    Table,
    /// `export-result`, which DLI has as well.
    Result,
}

/// The bodies by which an API speaks of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// In answer to the request that started it.
    Response,
    Status,
    Progress,
    Detail,
    /// Of a job that failed or was cancelled, where it is asked for its files; null of any other.
    Error,
}

/// The answer to a request that is refused.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// Of HTTP.
    pub status: u16,
    pub body: Value,
}

const APIS: &[(&str, Api)] = &[
    ("redivis", Api::Redivis),
    ("earth-engine", Api::EarthEngine),
    ("dli", Api::Dli),
    ("export-temp", Api::ExportTemp),
];

const REQUESTS: &[(&str, Request)] = &[("export-table", Request::Table), ("export-result", Request::Result)];

const BODIES: &[(&str, Body)] = &[
    ("response", Body::Response),
    ("status", Body::Status),
    ("progress", Body::Progress),
    ("detail", Body::Detail),
    ("error", Body::Error),
];

impl Api {
    pub fn from_text(text: &str) -> Result<Api> {
        choose("api", &text.into(), APIS)
    }

    /// What the body of a request asks for. The places of errors are paths into the body.
    pub fn order(self, request: Request, body: &Value) -> Result<Order> {
        if !matches!(body, Value::Map(_)) {
            return Err(invalid("body", body, "an object"));
        }
        match (self, request) {
            (Api::Dli, Request::Result) => dli::order_of_result(body),
            (_, Request::Result) => {
                Err(Error::new(Code::ConfigInvalidValue, "only dli has a request of export-result")
                    .at_field("request"))
            }
            (Api::Redivis, _) => redivis::order(body),
            (Api::EarthEngine, _) => earth_engine::order(body),
            (Api::Dli, _) => dli::order(body),
            (Api::ExportTemp, _) => export_temp::order(body),
        }
    }

    /// A body that tells of `job`, which is a snapshot as JavaScript has it. `terms` are of its order, or null.
    pub fn tell(self, body: Body, job: &Value, terms: &Value) -> Result<Value> {
        let job = Report::read(job)?;
        let answered = |failure: &Failure| self.answer(failure.code, failure.message).body;
        match (self, body) {
            (_, Body::Error) => Ok(job.failure.as_ref().map(answered).into()),
            (Api::Dli, _) => Ok(dli::tell(body, &job, terms)),
            (_, Body::Progress | Body::Detail) => {
                Err(Error::new(Code::ConfigInvalidValue, "only dli has a body of progress or detail")
                    .at_field("body"))
            }
            (Api::Redivis, _) => Ok(redivis::resource(&job)),
            (Api::EarthEngine, _) => Ok(earth_engine::operation(&job, terms)),
            (Api::ExportTemp, _) => Ok(export_temp::result(&job, terms)),
        }
    }

    /// How a request is refused for this.
    pub fn refusal(self, error: &Error) -> Answer {
        self.answer(error.code, &error.message)
    }

    /// How a request is refused, or a failure told.
    pub fn answer(self, code: Code, message: &str) -> Answer {
        match self {
            Api::Redivis => redivis::error(code, message),
            Api::EarthEngine => earth_engine::error(code, message),
            Api::Dli => dli::error(code, message),
            Api::ExportTemp => export_temp::error(code, message),
        }
    }
}

impl Request {
    pub fn from_text(text: &str) -> Result<Request> {
        choose("request", &text.into(), REQUESTS)
    }
}

impl Body {
    pub fn from_text(text: &str) -> Result<Body> {
        choose("body", &text.into(), BODIES)
    }
}
