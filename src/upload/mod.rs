//! What a destination must be asked, file by file. One file per protocol; none of them does I/O, waits or retries:
//! they say which requests may go out now, and are told how each was answered.

mod answer;
mod azure;
pub mod concurrency;
mod date;
mod earlier;
mod known;
mod listing;
mod multipart;
mod parts;
mod request;
mod resumable;
pub mod retry;
mod single;
mod sink;

pub use answer::Answer;
pub use known::{Known, KnownFile, KnownPart, Token};
pub use request::{Body, CompletedPart, Method, Operation, Request};

use std::collections::VecDeque;

use crate::checksum::Sums;
use crate::error::{Error, Result};
use crate::output::{FileTotals, Part};
use crate::plan::{Destination, ExportPlan};

/// One file on its way out.
pub trait Upload {
    /// The next part, in order.
    fn push(&mut self, part: Part) -> Result<()>;

    /// There are no more parts.
    fn close(&mut self, totals: &FileTotals) -> Result<()>;

    /// A request whose turn has come; `None` where something under way must be answered first, or nothing is left.
    fn next(&mut self) -> Option<Request>;

    /// A request was answered, and nothing is wrong with it. Whether it is not through, and goes on as it is then.
    fn goes_on(&mut self, _request: &mut Request, _answer: &Answer) -> Result<bool> {
        Ok(false)
    }

    /// A try of a request failed. Makes of it the one that is tried next, should it be tried again; true where that may
    /// go well although the same one would not.
    fn falls_back(&mut self, _request: &mut Request, _error: &Error) -> bool {
        false
    }

    /// A request succeeded.
    fn answered(&mut self, request: &Request, answer: &Answer) -> Result<()>;

    /// A request failed for good, or was given up. Answers with what ends the job by it, unless the upload gets on without.
    fn failed(&mut self, request: &Request, error: Error) -> Option<Error>;

    /// A request was refused; a try of it before had no answer, where it `may_have_succeeded`. Whether the store is asked
    /// what it has, before the refusal counts.
    fn doubts(&mut self, _request: &Request, _error: &Error, _may_have_succeeded: bool) -> bool {
        false
    }

    /// Gives up: from now on `next` yields only what clears away what was begun. Called when nothing of the file
    /// is under way.
    fn abort(&mut self);

    /// Whether the destination has acknowledged the whole file.
    fn is_stored(&self) -> bool;

    /// Bytes of parts that have not been asked to leave.
    fn pending_bytes(&self) -> usize;

    /// What is known of the stored object.
    fn stored(&self) -> Stored;

    /// Bytes of parts that were not sent, since the store had them; each told once.
    fn take_skipped(&mut self) -> u64 {
        0
    }

    /// What a later job is to know.
    fn known(&self) -> Option<Known> {
        None
    }
}

/// The object as the store has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stored {
    pub etag: Option<String>,
    /// Of the whole file, those that are known of it.
    pub sums: Sums,
}

/// Bytes of parts that wait.
fn bytes_of(parts: &VecDeque<Part>) -> usize {
    parts.iter().map(|part| part.size).sum()
}

/// The protocol for the file of this name, in the job of this id.
pub fn upload(plan: &ExportPlan, job: &str, name: &str) -> Box<dyn Upload> {
    match plan.destination {
        Destination::Url => Box::new(single::Single::new(plan)),
        Destination::Presigned { .. }
        | Destination::S3 { .. }
        | Destination::Companion { .. }
        | Destination::R2 { .. } => Box::new(multipart::Multipart::new(plan, plan.known(name))),
        Destination::Resumable { .. } => Box::new(resumable::Resumable::new(plan, job, plan.known(name))),
        Destination::Azure { .. } => Box::new(azure::BlockBlob::new(plan, job, plan.known(name))),
        Destination::Stream | Destination::Download | Destination::Memory => Box::new(sink::Sink::new()),
    }
}
