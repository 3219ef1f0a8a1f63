//! Files that the driver takes itself: memory, a stream, a download. One operation at a time, in order.

use std::collections::VecDeque;

use super::{Answer, Operation, Request, Stored, Upload, bytes_of};
use crate::error::{Error, Result};
use crate::output::{FileTotals, Part};

pub struct Sink {
    parts: VecDeque<Part>,
    closed: bool,
    aborted: bool,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    /// An operation is under way.
    Busy,
    Stored,
    GivenUp,
}

impl Sink {
    pub fn new() -> Self {
        Sink { parts: VecDeque::new(), closed: false, aborted: false, state: State::New }
    }

    fn begin(&mut self, request: Request) -> Option<Request> {
        self.state = State::Busy;
        Some(request)
    }
}

impl Upload for Sink {
    fn push(&mut self, part: Part) -> Result<()> {
        self.parts.push_back(part);
        Ok(())
    }

    fn close(&mut self, _totals: &FileTotals) -> Result<()> {
        self.closed = true;
        Ok(())
    }

    fn next(&mut self) -> Option<Request> {
        match self.state {
            State::Busy | State::Stored | State::GivenUp => None,
            State::New => self.begin(Request::new(Operation::Open)),
            State::Open if self.aborted => self.begin(Request::new(Operation::Discard)),
            State::Open => match self.parts.pop_front() {
                Some(part) => self.begin(Request::new(Operation::Write).with_part(part)),
                None if self.closed => self.begin(Request::new(Operation::Close)),
                None => None,
            },
        }
    }

    fn answered(&mut self, request: &Request, _answer: &Answer) -> Result<()> {
        self.state = match request.operation {
            Operation::Close => State::Stored,
            Operation::Discard => State::GivenUp,
            _ => State::Open,
        };
        Ok(())
    }

    fn failed(&mut self, request: &Request, error: Error) -> Option<Error> {
        self.state = match request.operation {
            Operation::Write | Operation::Close => State::Open,
            _ => State::GivenUp,
        };
        Some(error)
    }

    fn abort(&mut self) {
        self.aborted = true;
        self.parts.clear();
        if self.state == State::New {
            self.state = State::GivenUp;
        }
    }

    fn is_stored(&self) -> bool {
        self.state == State::Stored
    }

    fn pending_bytes(&self) -> usize {
        bytes_of(&self.parts)
    }

    /// Nothing: a sink has no ETag, so there is nothing to compare a sum with.
    fn stored(&self) -> Stored {
        Stored::default()
    }
}
