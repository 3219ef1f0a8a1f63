//! One presigned PUT. A store wants to know the length before the first byte, so the file is collected by the
//! driver, outside wasm memory, and sent when it is whole.

use std::collections::VecDeque;

use super::request::ObjectHeaders;
use super::{Answer, Body, Operation, Request, Stored, Upload, bytes_of};
use crate::checksum::{Checksum, Summing};
use crate::error::{Code, Error, Result};
use crate::output::{FileTotals, Part};
use crate::plan::ExportPlan;

pub struct Single {
    object: ObjectHeaders,
    parts: VecDeque<Part>,
    sums: Summing,
    state: State,
    stored: Stored,
}

enum State {
    Collecting,
    /// Everything was collected but for the parts that wait.
    Closed {
        size: u64,
    },
    Sending,
    Stored,
    GivenUp,
}

impl Single {
    pub fn new(plan: &ExportPlan) -> Self {
        Single {
            object: ObjectHeaders::of(plan),
            parts: VecDeque::new(),
            sums: Summing::new(&[Checksum::Md5]),
            state: State::Collecting,
            stored: Stored::default(),
        }
    }
}

impl Upload for Single {
    fn push(&mut self, part: Part) -> Result<()> {
        part.chunks.iter().for_each(|chunk| self.sums.update(chunk));
        self.parts.push_back(part);
        Ok(())
    }

    fn close(&mut self, totals: &FileTotals) -> Result<()> {
        self.state = State::Closed { size: totals.size };
        Ok(())
    }

    fn next(&mut self) -> Option<Request> {
        if let Some(part) = self.parts.pop_front() {
            return Some(Request::new(Operation::Write).with_part(part));
        }
        let State::Closed { size } = self.state else { return None };
        self.state = State::Sending;
        let sums = self.sums.take();
        self.stored.sums = sums.clone();
        let request = Request { size, sums, body: Body::Spool, ..Request::new(Operation::Put) };
        Some(request.making_object(&self.object))
    }

    fn answered(&mut self, request: &Request, answer: &Answer) -> Result<()> {
        if request.operation == Operation::Put {
            self.stored.etag = answer.etag();
            self.state = State::Stored;
        }
        Ok(())
    }

    fn failed(&mut self, _request: &Request, error: Error) -> Option<Error> {
        if error.code != Code::StoreChecksumMismatch {
            return Some(error);
        }
        // One URL deletes nothing.
        let message = format!("{}; the object of it may be left in the store", error.message);
        Some(Error { message, ..error })
    }

    fn abort(&mut self) {
        self.parts.clear();
        self.state = State::GivenUp;
    }

    fn is_stored(&self) -> bool {
        matches!(self.state, State::Stored)
    }

    fn pending_bytes(&self) -> usize {
        bytes_of(&self.parts)
    }

    fn stored(&self) -> Stored {
        self.stored.clone()
    }
}
