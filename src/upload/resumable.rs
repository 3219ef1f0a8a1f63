//! Google's resumable uploads: a session for each file, and its chunks one after another. The driver has the session's
//! URI; here it is known only whether there is one.
//!
//! A chunk is one request from its beginning to its end, whatever it takes: it may begin with the session, go on from
//! wherever the store has it, and, after a try of which nothing is known, ask the store first. An asking request leaves
//! out all of the body.
//!
//! Whoever begins sessions may keep their URIs, by the job that began them and the file. So a later job may go on with one:
//! it asks what that has, and compares the file up to there by its MD5 at the end of each chunk.

use std::collections::VecDeque;

use super::earlier::Earlier;
use super::request::ObjectHeaders;
use super::{Answer, Known, KnownPart, Method, Operation, Request, Stored, Upload, bytes_of};
use crate::checksum::{Checksum, Summing, hex};
use crate::error::{Code, Error, Result};
use crate::output::{FileTotals, Part};
use crate::plan::ExportPlan;

/// How often in a row the store may seem to have nothing of what was sent, or not to say.
const MAX_UNSEEN: u32 = 3;

pub struct Resumable {
    object: ObjectHeaders,
    /// The job that began the session.
    mark: String,
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
    sums: Summing,
    /// The MD5 of the file up to the end of each chunk, from the last that the store has to the last that was cut.
    ends: Vec<KnownPart>,
    earlier: Earlier,
    chunk_size: u64,
    /// Bytes that the store has of an earlier job's.
    has: u64,
    stored: Stored,
}

#[derive(Debug, Clone)]
enum State {
    /// The session of an earlier job is to be asked what it has.
    ToRecall,
    Recalling,
    /// It has the whole file; what is cut again is only compared.
    Recalled(Finished),
    /// It has what nothing is known of: it is to be ended, and another begun.
    ToRestart,
    Restarting,
    Open,
    /// A request is under way.
    Busy,
    ToAbort,
    Aborting,
    Stored,
    /// The store has something else.
    Wrong,
    /// A session cannot, which the error is to say.
    ToDelete,
    GivenUp,
}

/// What the store says of the object that it made.
#[derive(Debug, Clone)]
struct Finished {
    etag: Option<String>,
    md5: Option<String>,
}

impl Finished {
    fn of(answer: &Answer) -> Self {
        Finished { etag: answer.etag(), md5: google_md5(answer) }
    }
}

impl Resumable {
    /// `known` is what an earlier job knew of the file.
    pub fn new(plan: &ExportPlan, job: &str, known: Option<&Known>) -> Self {
        let (mark, state) = match known {
            Some(Known::Unfinished { upload_id, .. }) => (upload_id.as_str(), State::ToRecall),
            _ => (job, State::Open),
        };
        Resumable {
            object: ObjectHeaders::of(plan),
            mark: mark.to_owned(),
            waiting: VecDeque::new(),
            closed: false,
            state,
            has_session: false,
            start: 0,
            total: None,
            unseen: 0,
            sums: Summing::new(&[Checksum::Md5]),
            ends: Vec::new(),
            earlier: Earlier::new(known),
            chunk_size: plan.destination.part_size().of(1) as u64,
            has: 0,
            stored: Stored::default(),
        }
    }

    /// The next chunk that the store does not have. The last one says that it is, so there must be another, or the end.
    fn chunk(&mut self) -> Option<Request> {
        while self.waiting.len() > 1 || self.closed {
            let part = self.waiting.pop_front()?;
            let size = part.size as u64;
            let is_last = self.waiting.is_empty();
            if !is_last && self.start + size <= self.has {
                self.earlier.count(size);
                self.pass(part.number, size);
                continue;
            }
            self.total = is_last.then_some(self.start + size);
            self.state = State::Busy;
            let operation = if self.has_session { Operation::Part } else { Operation::Create };
            let part_number = Some(part.number);
            let mut request = Request { part_number, ..self.request(operation).with_part(part) };
            self.send_from(&mut request, self.has.saturating_sub(self.start).min(size));
            return Some(request);
        }
        None
    }

    fn request(&self, operation: Operation) -> Request {
        Request {
            method: Method::Put,
            upload_id: Some(self.mark.clone()),
            if_none_match: self.object.error_if_exists,
            resumes: true,
            ..Request::new(operation)
        }
    }

    /// The store has a chunk.
    fn pass(&mut self, number: u32, size: u64) {
        self.start += size;
        self.ends.retain(|end| end.number >= number);
    }

    /// Asks for the session of an earlier job, and what it has.
    fn recall(&mut self) -> Request {
        self.state = State::Recalling;
        let mut request = self.recalling();
        self.send_from(&mut request, 0);
        request
    }

    fn recalling(&self) -> Request {
        Request { recalls: true, ..self.request(Operation::Create) }
    }

    /// The session says what it has.
    fn recalled(&mut self, answer: &Answer) -> Result<()> {
        if !answer.is_incomplete() {
            self.state = State::Recalled(Finished::of(answer));
            return self.compare();
        }
        self.has = received(answer).unwrap_or(0);
        let is_known = self.has <= u64::from(self.earlier.last()) * self.chunk_size;
        self.state = if is_known { State::Open } else { State::ToRestart };
        Ok(())
    }

    /// Of a file that the store has, what is cut again is only compared.
    fn compare(&mut self) -> Result<()> {
        let State::Recalled(object) = &self.state else { return Ok(()) };
        let object = object.clone();
        self.waiting.drain(..).for_each(|part| self.earlier.count(part.size as u64));
        if self.closed { self.finish(object) } else { Ok(()) }
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

    /// From its beginning, with a session that is still to be begun.
    fn restart(&mut self) {
        self.has_session = false;
        self.has = 0;
        self.state = State::Open;
    }

    /// The store has the whole file.
    fn finish(&mut self, object: Finished) -> Result<()> {
        let sums = self.sums.so_far();
        let ours = sums.header(Checksum::Md5);
        if object.md5.is_some_and(|theirs| ours.is_some_and(|(_, ours)| ours != theirs)) {
            self.state = State::Wrong;
            let message = "the store's MD5 of the object is not that of what was sent";
            return Err(Error::new(Code::StoreChecksumMismatch, message));
        }
        self.stored = Stored { etag: object.etag, sums };
        self.state = State::Stored;
        Ok(())
    }
}

impl Upload for Resumable {
    fn push(&mut self, part: Part) -> Result<()> {
        part.chunks.iter().for_each(|chunk| self.sums.update(chunk));
        let md5 = self.sums.so_far().md5;
        self.earlier.check(part.number, md5)?;
        let md5 = hex(&md5.unwrap_or_default());
        self.ends.push(KnownPart { number: part.number, md5, etag: None });
        self.waiting.push_back(part);
        self.compare()
    }

    fn close(&mut self, _totals: &FileTotals) -> Result<()> {
        self.closed = true;
        self.compare()
    }

    fn next(&mut self) -> Option<Request> {
        match self.state {
            State::Open => self.chunk(),
            State::ToRecall => Some(self.recall()),
            State::ToRestart => {
                self.state = State::Restarting;
                Some(Request::new(Operation::Abort))
            }
            State::ToAbort => {
                self.state = State::Aborting;
                let is_at_hand = self.has_session;
                Some(if is_at_hand { Request::new(Operation::Abort) } else { self.recalling() })
            }
            State::ToDelete => {
                self.state = State::Busy;
                Some(Request::new(Operation::Delete))
            }
            _ => None,
        }
    }

    fn goes_on(&mut self, request: &mut Request, answer: &Answer) -> Result<bool> {
        match request.operation {
            Operation::Create if matches!(self.state, State::Aborting) => {
                *request = Request::new(Operation::Abort);
                Ok(true)
            }
            Operation::Create => {
                self.has_session = true;
                request.operation = Operation::Part;
                request.recalls = false;
                Ok(true)
            }
            Operation::Part if matches!(self.state, State::Recalling) => Ok(false),
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
            request.recalls = false;
            self.send_from(request, 0);
            // Of later chunks, those before them are no longer there to be sent again.
            return self.start == 0;
        }
        self.send_from(request, request.size);
        false
    }

    fn answered(&mut self, request: &Request, answer: &Answer) -> Result<()> {
        match (request.operation, &self.state) {
            (_, State::Recalling) => return self.recalled(answer),
            (_, State::Restarting) => self.restart(),
            (Operation::Abort | Operation::Delete, _) => self.state = State::GivenUp,
            _ if answer.is_incomplete() => {
                self.pass(request.part_number.unwrap_or_default(), request.size);
                self.state = State::Open;
            }
            _ if self.total.is_none() => {
                let message = "the store ended the upload before its last chunk";
                return Err(Error::new(Code::StoreInvalidAnswer, message));
            }
            _ => return self.finish(Finished::of(answer)),
        }
        Ok(())
    }

    fn failed(&mut self, request: &Request, error: Error) -> Option<Error> {
        self.state = match (request.operation, &self.state) {
            // Sessions end by themselves, too.
            (_, State::Restarting) => {
                self.restart();
                return None;
            }
            (Operation::Abort | Operation::Delete, _) | (_, State::Aborting) => State::GivenUp,
            (_, State::Wrong) => State::Wrong,
            _ => State::Open,
        };
        Some(error)
    }

    fn abort(&mut self) {
        self.waiting.clear();
        self.state = match self.state {
            State::Stored | State::Wrong | State::Recalled(_) => State::ToDelete,
            State::ToRecall => State::ToAbort,
            _ if self.has_session => State::ToAbort,
            _ => State::GivenUp,
        };
    }

    fn is_stored(&self) -> bool {
        matches!(self.state, State::Stored)
    }

    fn pending_bytes(&self) -> usize {
        bytes_of(&self.waiting)
    }

    fn stored(&self) -> Stored {
        self.stored.clone()
    }

    fn take_skipped(&mut self) -> u64 {
        self.earlier.take_skipped()
    }

    /// Of a file that is there, no more than of one that is not: its session says so.
    fn known(&self) -> Option<Known> {
        let cut = self.ends.last().map(|end| end.number as usize);
        match cut.filter(|_| self.has_session) {
            Some(cut) => Some(self.earlier.unfinished(&self.mark, self.ends.clone(), cut)),
            None => self.earlier.known(),
        }
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
