//! Google's resumable uploads: a session for each file, and its chunks one after another. The driver has the session's
//! URI; here it is known only whether there is one.
//!
//! A chunk is one request from its beginning to its end, whatever it takes: it may begin with the session, go on from
//! wherever the store has it, and, after a try of which nothing is known, ask the store first. An asking request leaves
//! out all of the body.

use std::collections::VecDeque;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest, Md5};

use super::answer::hex;
use super::request::ObjectHeaders;
use super::{Answer, Method, Operation, Request, Stored, Upload, bytes_of};
use crate::error::{Code, Error, Result};
use crate::output::{FileTotals, Part};
use crate::plan::ExportPlan;

/// How often in a row the store may seem to have nothing of what was sent, or not to say.
const MAX_UNSEEN: u32 = 3;

pub struct Resumable {
    object: ObjectHeaders,
    waiting: VecDeque<Part>,
    closed: bool,
    state: State,
    /// Whether there is a session.
    has_session: bool,
    /// Where the chunk begins that is under way, or next.
    start: u64,
    /// Bytes of the file, once its last chunk is under way.
    total: Option<u64>,
    unseen: u32,
    md5: Md5,
    stored: Stored,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// A request is under way.
    Busy,
    ToAbort,
    Stored,
    /// The store has something else.
    Wrong,
    /// A session cannot, which the error is to say.
    ToDelete,
    GivenUp,
}

impl Resumable {
    pub fn new(plan: &ExportPlan) -> Self {
        Resumable {
            object: ObjectHeaders::of(plan),
            waiting: VecDeque::new(),
            closed: false,
            state: State::Open,
            has_session: false,
            start: 0,
            total: None,
            unseen: 0,
            md5: Md5::new(),
            stored: Stored::default(),
        }
    }

    /// The next chunk. The last one says that it is, so there must be another, or the end.
    fn chunk(&mut self) -> Option<Request> {
        if self.waiting.len() < 2 && !self.closed {
            return None;
        }
        let part = self.waiting.pop_front()?;
        let size = part.size as u64;
        let is_last = self.closed && self.waiting.is_empty();
        self.total = is_last.then_some(self.start + size);
        self.state = State::Busy;
        let operation = if self.has_session { Operation::Part } else { Operation::Create };
        let mut request = Request {
            method: Method::Put,
            part_number: Some(part.number),
            if_none_match: self.object.error_if_exists,
            resumes: true,
            ..Request::new(operation).with_part(part)
        };
        self.send_from(&mut request, 0);
        Some(request)
    }

    /// Makes of the request the one that leaves out so much of the chunk; all of it to ask what the store has.
    fn send_from(&self, request: &mut Request, from: u64) {
        let total = self.total.map_or("*".to_owned(), |total| total.to_string());
        let range = if from == request.size {
            format!("bytes */{total}")
        } else {
            format!("bytes {}-{}/{total}", self.start + from, self.start + request.size - 1)
        };
        request.from = from;
        request.headers.insert("content-range", range);
    }

    /// The store has a part of the file: what it takes for the chunk to go on, or false where it has the chunk.
    fn resume(&mut self, request: &mut Request, answer: &Answer) -> Result<bool> {
        let has_asked = request.from == request.size;
        let has = match received(answer) {
            Some(has) => {
                self.unseen = 0;
                has
            }
            // Asked for, the Range is missing where the store has nothing, which may be so before the first chunk.
            None if has_asked && self.start == 0 => 0,
            None => return Err(self.unseen(request)),
        };
        let end = self.start + request.size;
        if has < self.start || has > end {
            let message = "the store says that it has other bytes than were sent";
            return Err(Error::new(Code::StoreInvalidAnswer, message));
        }
        let from = has - self.start;
        if from == request.size && self.total.is_none() {
            return Ok(false);
        }
        if from == request.size || (!has_asked && from <= request.from) {
            return Err(Error::new(Code::StoreUnavailable, "the store took nothing of a chunk"));
        }
        self.send_from(request, from);
        Ok(true)
    }

    /// It is not known what became of the chunk. The store may have nothing of it, which would pass; or it says what it
    /// has in a header that a page may not see, which would not.
    fn unseen(&mut self, request: &Request) -> Error {
        self.unseen += 1;
        if self.unseen < MAX_UNSEEN {
            return Error::new(Code::StoreUnavailable, "the store does not say what it has of a chunk");
        }
        let bytes = request.size;
        let message = format!(
            "the store's answers to a chunk of {bytes} bytes show no Range; a bucket that is used from a web page must \
             name it in its CORS rule: \"responseHeader\": [\"Range\"]"
        );
        Error::new(Code::StoreInvalidAnswer, message)
    }

    /// The store has the whole file.
    fn finish(&mut self, answer: &Answer) -> Result<()> {
        if self.total.is_none() {
            let message = "the store ended the upload before its last chunk";
            return Err(Error::new(Code::StoreInvalidAnswer, message));
        }
        let md5 = std::mem::take(&mut self.md5).finalize();
        if google_md5(answer).is_some_and(|theirs| theirs != BASE64.encode(md5)) {
            self.state = State::Wrong;
            let message = "the store's MD5 of the object is not that of what was sent";
            return Err(Error::new(Code::StoreChecksumMismatch, message));
        }
        self.stored = Stored { etag: answer.etag(), md5: Some(hex(&md5)) };
        self.state = State::Stored;
        Ok(())
    }
}

impl Upload for Resumable {
    fn push(&mut self, part: Part) -> Result<()> {
        part.chunks.iter().for_each(|chunk| self.md5.update(chunk));
        self.waiting.push_back(part);
        Ok(())
    }

    fn close(&mut self, _totals: &FileTotals) -> Result<()> {
        self.closed = true;
        Ok(())
    }

    fn next(&mut self) -> Option<Request> {
        match self.state {
            State::Open => self.chunk(),
            State::ToAbort => {
                self.state = State::Busy;
                Some(Request::new(Operation::Abort))
            }
            State::ToDelete => {
                self.state = State::Busy;
                Some(Request::new(Operation::Delete))
            }
            State::Busy | State::Stored | State::Wrong | State::GivenUp => None,
        }
    }

    fn goes_on(&mut self, request: &mut Request, answer: &Answer) -> Result<bool> {
        match request.operation {
            Operation::Create => {
                self.has_session = true;
                request.operation = Operation::Part;
                Ok(true)
            }
            Operation::Part if answer.is_incomplete() => self.resume(request, answer),
            _ => Ok(false),
        }
    }

    fn falls_back(&mut self, request: &mut Request, error: &Error) -> bool {
        if request.operation != Operation::Part {
            return false;
        }
        if error.code == Code::StoreSessionLost {
            self.has_session = false;
            request.operation = Operation::Create;
            self.send_from(request, 0);
            // Of later chunks, those before them are no longer there to be sent again.
            return self.start == 0;
        }
        self.send_from(request, request.size);
        false
    }

    fn answered(&mut self, request: &Request, answer: &Answer) -> Result<()> {
        if matches!(request.operation, Operation::Abort | Operation::Delete) {
            self.state = State::GivenUp;
        } else if answer.is_incomplete() {
            self.start += request.size;
            self.state = State::Open;
        } else {
            return self.finish(answer);
        }
        Ok(())
    }

    fn failed(&mut self, request: &Request, error: Error) -> Option<Error> {
        self.state = match (request.operation, self.state) {
            (Operation::Abort | Operation::Delete, _) => State::GivenUp,
            (_, State::Wrong) => State::Wrong,
            _ => State::Open,
        };
        Some(error)
    }

    fn abort(&mut self) {
        self.waiting.clear();
        self.state = match self.state {
            State::Stored | State::Wrong => State::ToDelete,
            _ if self.has_session => State::ToAbort,
            _ => State::GivenUp,
        };
    }

    fn is_stored(&self) -> bool {
        self.state == State::Stored
    }

    fn pending_bytes(&self) -> usize {
        bytes_of(&self.waiting)
    }

    fn stored(&self) -> Stored {
        self.stored.clone()
    }
}

/// How many bytes from the file's start the store has, where it says so.
fn received(answer: &Answer) -> Option<u64> {
    let last: u64 = answer.header("range")?.trim().strip_prefix("bytes=0-")?.parse().ok()?;
    last.checked_add(1)
}

/// What Cloud Storage says of the object: in a header, which a page may not see, or in the object's resource.
fn google_md5(answer: &Answer) -> Option<String> {
    let sums = answer.header("x-goog-hash").unwrap_or_default();
    let shown = sums.split(',').find_map(|sum| sum.trim().strip_prefix("md5=")).map(str::to_owned);
    shown.or_else(|| answer.member("md5Hash"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(name: &str, value: &str, body: &str) -> Answer {
        Answer { headers: vec![(name.to_owned(), value.to_owned())], body: body.to_owned(), ..Answer::ok() }
    }

    #[test]
    fn ranges_begin_with_the_file() {
        for (text, has) in [("bytes=0-0", Some(1)), ("bytes=0-524287", Some(524_288))] {
            assert_eq!(received(&answer("range", text, "")), has);
        }
        for text in ["", "bytes=0-", "bytes=1-5", "0-5", "bytes=0-x", "bytes=0-18446744073709551615"] {
            assert_eq!(received(&answer("range", text, "")), None, "{text}");
        }
    }

    #[test]
    fn the_sum_of_an_object_is_in_a_header_or_in_its_resource() {
        let sum = Some("abc==".to_owned());
        assert_eq!(google_md5(&answer("x-goog-hash", "crc32c=n0x==, md5=abc==", "")), sum);
        assert_eq!(google_md5(&answer("x", "", "{\n \"size\": \"1\",\n \"md5Hash\": \"abc==\"\n}")), sum);
        for body in ["", "{}", "{\"md5Hash\": null}", "{\"md5Hash\""] {
            assert_eq!(google_md5(&answer("x-goog-hash", "crc32c=n0x==", body)), None);
        }
    }
}
