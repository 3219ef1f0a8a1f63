//! S3 multipart by presigned requests: create, equal parts, complete; a plain PUT for a file of one part.

mod state;

use std::collections::VecDeque;
use std::fmt::Write;

use super::answer::no_etag;
use super::earlier::Earlier;
use super::listing::Page;
use super::parts::Parts;
use super::request::ObjectHeaders;
use super::{Answer, Body, CompletedPart, Known, Operation, Request, Stored, Upload, bytes_of};
use crate::checksum::{Checksum, crc32c};
use crate::error::{Code, Error, Result};
use crate::output::{FileTotals, Part};
use crate::plan::{ExportPlan, MAX_PARTS};
use state::{Doubt, State};

pub struct Multipart {
    object: ObjectHeaders,
    /// What goes along for the store to compare.
    checksum: Option<Checksum>,
    waiting: VecDeque<Part>,
    closed: bool,
    /// Whether a file of one part may go by PUT.
    has_put: bool,
    state: State,
    parts: Parts,
    earlier: Earlier,
    stored: Stored,
}

impl Multipart {
    /// `known` is what an earlier job knew of the file.
    pub fn new(plan: &ExportPlan, known: Option<&Known>) -> Self {
        let state = match known {
            None => State::Undecided,
            Some(Known::Stored { .. }) => State::ToRecall,
            Some(Known::Unfinished { upload_id, .. }) => {
                State::ToList { upload_id: upload_id.clone(), after: None }
            }
        };
        Multipart {
            object: ObjectHeaders::of(plan),
            checksum: plan.sent_checksum(),
            waiting: VecDeque::new(),
            closed: false,
            has_put: true,
            state,
            parts: Parts::default(),
            earlier: Earlier::new(known),
            stored: Stored::default(),
        }
    }

    fn first(&mut self) -> Option<Request> {
        if self.parts.count() > 1 || !self.has_put {
            self.state = State::Creating;
            return Some(self.create());
        }
        let part = if self.closed { self.waiting.pop_front()? } else { return None };
        self.state = State::Putting;
        let in_doubt = self.earlier.exists();
        Some(Request { in_doubt, ..self.send(Operation::Put, part) }.making_object(&self.object))
    }

    fn create(&self) -> Request {
        let mut request = Request::new(Operation::Create).making_object(&self.object);
        if self.checksum == Some(Checksum::Crc32c) {
            request.headers.insert("x-amz-checksum-algorithm", "CRC32C".to_owned());
        }
        request
    }

    fn next_part(&mut self, upload_id: &str) -> Option<Request> {
        while let Some(part) = self.waiting.pop_front() {
            if let Some(etag) = self.earlier.skip(&part) {
                self.parts.stored(part.number, Some(etag));
                continue;
            }
            self.parts.sent(part.number);
            let part_number = Some(part.number);
            return Some(Request { part_number, ..of(upload_id, self.send(Operation::Part, part)) });
        }
        if !(self.closed && self.parts.are_stored()) {
            return None;
        }
        if self.parts.has_hidden() {
            return Some(self.list(upload_id, None));
        }
        self.state = State::Completing { upload_id: upload_id.to_owned() };
        let parts = self.parts.completed();
        let text = complete_body(&parts);
        let (size, in_doubt) = (text.len() as u64, self.earlier.exists());
        let request =
            Request { size, parts, in_doubt, body: Body::Text(text), ..Request::new(Operation::Complete) };
        Some(of(upload_id, request).making_object(&self.object))
    }

    fn send(&self, operation: Operation, part: Part) -> Request {
        Request::new(operation).with_part(part).with_checksum(self.checksum)
    }

    fn list(&mut self, upload_id: &str, after: Option<u32>) -> Request {
        self.state = State::Listing { upload_id: upload_id.to_owned() };
        Request { part_number: after, ..of(upload_id, Request::new(Operation::List)) }
    }

    fn created(&mut self, answer: &Answer) -> Result<()> {
        let upload_id = answer.upload_id.clone().or_else(|| answer.element("UploadId"));
        let upload_id = upload_id.filter(|id| !id.is_empty()).ok_or_else(|| {
            Error::new(Code::StoreInvalidAnswer, "the store's answer to create names no UploadId")
        })?;
        self.state = State::Uploading { upload_id };
        Ok(())
    }

    /// A signer cannot have made a PUT, whose body it has not: it knows of none, and the file goes by multipart.
    fn has_no_put(&mut self, request: &Request) {
        if let Body::Bytes(chunks) = &request.body {
            let (chunks, size) = (chunks.clone(), request.size as usize);
            self.waiting.push_front(Part { number: 1, size, sums: request.sums.clone(), chunks });
        }
        self.has_put = false;
        self.state = State::Undecided;
    }

    /// The store lists parts that it has.
    fn listed(&mut self, answer: &Answer) -> Result<()> {
        let State::Listing { upload_id } = std::mem::replace(&mut self.state, State::GivenUp) else {
            return Ok(());
        };
        if answer.status == 404 && !self.parts.has_hidden() {
            self.earlier.lost();
            self.state = State::Undecided;
            return Ok(());
        }
        let page = Page::read(answer);
        self.earlier.listed(page.parts);
        if let Some(after) = page.next {
            self.state = State::ToList { upload_id, after: Some(after) };
            return Ok(());
        }
        self.state = State::Uploading { upload_id };
        self.parts.reveal(self.earlier.there())
    }

    /// The store says what object it has.
    fn told(&mut self, answer: &Answer) -> Result<()> {
        match std::mem::replace(&mut self.state, State::GivenUp) {
            State::Recalling => {
                let is_there = self.earlier.is_object(answer);
                self.state = if is_there { State::Recalled } else { State::Undecided };
                Ok(())
            }
            State::Asking(doubt) => match answer.etag().filter(|_| answer.status != 404) {
                Some(etag) if etag.eq_ignore_ascii_case(&doubt.etag) => {
                    self.is_there(Some(etag));
                    Ok(())
                }
                _ => {
                    let refusal = doubt.refusal.clone();
                    self.state = doubt.failed();
                    Err(refusal)
                }
            },
            state => {
                self.state = state;
                Ok(())
            }
        }
    }

    fn completed(&mut self, answer: &Answer) -> Result<()> {
        let etag = answer.etag_in_body().or_else(|| answer.etag());
        self.state = State::Wrong;
        self.parts.check_whole(answer, etag.as_deref())?;
        self.is_there(etag);
        Ok(())
    }

    /// The store has the whole file.
    fn is_there(&mut self, etag: Option<String>) {
        self.stored = Stored { etag, sums: self.parts.sums() };
        self.state = State::Stored;
    }

    /// The rest of a file that an earlier job stored.
    fn compare(&mut self) -> Option<Request> {
        self.waiting.drain(..).for_each(|part| self.earlier.count(part.size as u64));
        if self.closed {
            self.is_there(self.earlier.etag());
        }
        None
    }
}

impl Upload for Multipart {
    fn push(&mut self, part: Part) -> Result<()> {
        if part.number > MAX_PARTS {
            let message = format!("a multipart upload has {MAX_PARTS} parts at most; set a larger partSize");
            return Err(Error::new(Code::LimitExceeded, message).at_field("destination.partSize"));
        }
        self.earlier.check(part.number, part.sums.md5)?;
        self.parts.cut(&part);
        self.waiting.push_back(part);
        Ok(())
    }

    fn close(&mut self, _totals: &FileTotals) -> Result<()> {
        self.closed = true;
        self.earlier.check_whole(&self.parts.digest())
    }

    fn next(&mut self) -> Option<Request> {
        match self.state.clone() {
            State::Undecided => self.first(),
            State::Uploading { upload_id } => self.next_part(&upload_id),
            State::ToList { upload_id, after } => Some(self.list(&upload_id, after)),
            State::Recalled => self.compare(),
            State::ToRecall => {
                self.state = State::Recalling;
                Some(Request::new(Operation::Head))
            }
            State::ToAsk(doubt) => {
                self.state = State::Asking(doubt);
                Some(Request::new(Operation::Head))
            }
            State::ToAbort { upload_id } => {
                self.state = State::Aborting;
                Some(of(&upload_id, Request::new(Operation::Abort)))
            }
            State::ToDelete => {
                self.state = State::Deleting;
                Some(Request::new(Operation::Delete))
            }
            _ => None,
        }
    }

    fn answered(&mut self, request: &Request, answer: &Answer) -> Result<()> {
        match request.operation {
            Operation::Create => self.created(answer),
            Operation::Put if answer.of_signer => {
                self.has_no_put(request);
                Ok(())
            }
            Operation::Put => {
                self.is_there(answer.etag());
                Ok(())
            }
            Operation::Part => {
                self.parts.stored(request.part_number.unwrap_or_default(), answer.etag());
                Ok(())
            }
            Operation::List => self.listed(answer),
            Operation::Complete => self.completed(answer),
            Operation::Head => self.told(answer),
            _ => {
                self.state = State::GivenUp;
                Ok(())
            }
        }
    }

    fn failed(&mut self, request: &Request, error: Error) -> Option<Error> {
        let state = std::mem::replace(&mut self.state, State::GivenUp);
        let (state, error) = match (request.operation, state) {
            (Operation::Head, State::Asking(doubt)) => {
                let refusal = doubt.refusal.clone();
                (doubt.failed(), Some(refusal))
            }
            // Whoever cannot ask the store has the word of the earlier job.
            (Operation::Head, State::Recalling) => (State::Recalled, None),
            (Operation::List, State::Listing { upload_id }) => {
                let error = if self.parts.has_hidden() {
                    Some(no_etag())
                } else {
                    self.earlier.believe();
                    None
                };
                (State::Uploading { upload_id }, error)
            }
            (Operation::Put, _) if error.code == Code::StoreChecksumMismatch => (State::Wrong, Some(error)),
            (Operation::Part | Operation::Head | Operation::List, state) | (_, state @ State::Wrong) => {
                (state, Some(error))
            }
            // What was not completed is there still, to be aborted.
            (Operation::Complete, State::Completing { upload_id }) => {
                (State::Uploading { upload_id }, Some(error))
            }
            _ => (State::GivenUp, Some(error)),
        };
        self.state = state;
        error
    }

    fn doubts(&mut self, _request: &Request, error: &Error, may_have_succeeded: bool) -> bool {
        let refusal = error.clone();
        let doubt = match (&self.state, error.code) {
            // A browser sends a request again by itself where a connection that it kept breaks.
            (State::Completing { upload_id }, code)
                if code == Code::StoreRefused || (code == Code::StoreExists && may_have_succeeded) =>
            {
                Doubt { upload_id: Some(upload_id.clone()), etag: self.parts.etag(), refusal }
            }
            (State::Putting, Code::StoreExists) if may_have_succeeded => {
                Doubt { upload_id: None, etag: self.parts.digest(), refusal }
            }
            _ => return false,
        };
        self.state = State::ToAsk(doubt);
        true
    }

    fn abort(&mut self) {
        self.waiting.clear();
        let state = match std::mem::replace(&mut self.state, State::GivenUp) {
            State::ToAsk(doubt) => doubt.failed(),
            state => state,
        };
        self.state = match state {
            State::Uploading { upload_id }
            | State::ToList { upload_id, .. }
            | State::Listing { upload_id } => State::ToAbort { upload_id },
            State::Stored | State::Recalled | State::Wrong => State::ToDelete,
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

    fn take_skipped(&mut self) -> u64 {
        self.earlier.take_skipped()
    }

    fn known(&self) -> Option<Known> {
        match &self.state {
            State::Uploading { upload_id } | State::Completing { upload_id } => {
                Some(self.earlier.unfinished(upload_id, self.parts.known(), self.parts.count()))
            }
            State::Stored => {
                Some(Known::Stored { digest: self.parts.digest(), etag: self.stored.etag.clone() })
            }
            _ => self.earlier.known(),
        }
    }
}

fn complete_body(parts: &[CompletedPart]) -> String {
    let mut text =
        String::from("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for CompletedPart { number, etag, crc32c } in parts {
        let _ = write!(text, "<Part><PartNumber>{number}</PartNumber><ETag>\"{etag}\"</ETag>");
        if let Some(crc) = crc32c {
            let _ = write!(text, "<ChecksumCRC32C>{}</ChecksumCRC32C>", crc32c::text(*crc));
        }
        text.push_str("</Part>");
    }
    text.push_str("</CompleteMultipartUpload>");
    text
}

fn of(upload_id: &str, request: Request) -> Request {
    Request { upload_id: Some(upload_id.to_owned()), ..request }
}
