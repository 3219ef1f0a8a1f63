//! S3 multipart by presigned requests: create, equal parts, complete; a plain PUT for a file of one part.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;

use md5::{Digest, Md5};

use super::answer::{hex, is_md5};
use super::request::ObjectHeaders;
use super::{Answer, Body, Operation, Request, Stored, Upload};
use crate::error::{Code, Error, Result};
use crate::output::{FileTotals, Part};
use crate::plan::ExportPlan;

/// S3's limit of parts in one upload.
const MAX_PARTS: u32 = 10_000;

pub struct Multipart {
    object: ObjectHeaders,
    waiting: VecDeque<Part>,
    closed: bool,
    /// Whether a file of one part may go by PUT.
    has_put: bool,
    state: State,
    /// Of each part: its ETag once it is stored.
    etags: BTreeMap<u32, Option<String>>,
    /// The parts' MD5 sums one after another, whose own MD5 is S3's ETag of the whole.
    md5s: Vec<[u8; 16]>,
    stored: Stored,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// Nothing was sent: there may be just one part.
    Undecided,
    Putting,
    Creating,
    Uploading {
        upload_id: String,
    },
    Completing {
        upload_id: String,
    },
    /// The store refused what it may have done already.
    ToAsk(Doubt),
    Asking(Doubt),
    ToAbort {
        upload_id: String,
    },
    Aborting,
    Stored,
    /// Given up, and nothing of it is left to clear away.
    GivenUp,
}

/// A write that was refused, after a try of it whose answer was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Doubt {
    /// What is to be aborted, should it not have succeeded.
    upload_id: Option<String>,
    /// That of our object.
    etag: String,
    refusal: Error,
}

impl Doubt {
    /// Where the upload stands if it did not succeed.
    fn failed(self) -> State {
        self.upload_id.map_or(State::GivenUp, |upload_id| State::Uploading { upload_id })
    }
}

impl Multipart {
    pub fn new(plan: &ExportPlan) -> Self {
        Multipart {
            object: ObjectHeaders::of(plan),
            waiting: VecDeque::new(),
            closed: false,
            has_put: true,
            state: State::Undecided,
            etags: BTreeMap::new(),
            md5s: Vec::new(),
            stored: Stored::default(),
        }
    }

    fn first(&mut self) -> Option<Request> {
        if self.md5s.len() > 1 || !self.has_put {
            self.state = State::Creating;
            return Some(Request::new(Operation::Create).making_object(&self.object));
        }
        let part = if self.closed { self.waiting.pop_front()? } else { return None };
        self.state = State::Putting;
        Some(send(Operation::Put, part).making_object(&self.object))
    }

    fn next_part(&mut self, upload_id: &str) -> Option<Request> {
        if let Some(part) = self.waiting.pop_front() {
            self.etags.insert(part.number, None);
            let part_number = Some(part.number);
            let upload_id = Some(upload_id.to_owned());
            return Some(Request { part_number, upload_id, ..send(Operation::Part, part) });
        }
        let all_stored = self.etags.values().all(Option::is_some);
        if !(self.closed && all_stored) {
            return None;
        }
        self.state = State::Completing { upload_id: upload_id.to_owned() };
        let etag = |(number, etag): (&u32, &Option<String>)| (*number, etag.clone().unwrap_or_default());
        let parts: Vec<_> = self.etags.iter().map(etag).collect();
        let text = complete_body(&parts);
        let size = text.len() as u64;
        let upload_id = Some(upload_id.to_owned());
        let request =
            Request { upload_id, size, parts, body: Body::Text(text), ..Request::new(Operation::Complete) };
        Some(request.making_object(&self.object))
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
            self.waiting.push_front(Part { number: 1, size, md5: request.md5, chunks });
        }
        self.has_put = false;
        self.state = State::Undecided;
    }

    /// What S3 makes the ETag of an object of parts.
    fn etag_of_parts(&self) -> String {
        format!("{}-{}", hex(&Md5::digest(self.md5s.concat())), self.md5s.len())
    }

    /// The store says what object it has.
    fn told(&mut self, answer: &Answer) -> Result<()> {
        let State::Asking(doubt) = std::mem::replace(&mut self.state, State::GivenUp) else { return Ok(()) };
        match answer.etag() {
            Some(etag) if etag.eq_ignore_ascii_case(&doubt.etag) => {
                self.stored.md5 = is_md5(&etag).then(|| etag.to_ascii_lowercase());
                self.stored.etag = Some(etag);
                self.state = State::Stored;
                Ok(())
            }
            _ => {
                let refusal = doubt.refusal.clone();
                self.state = doubt.failed();
                Err(refusal)
            }
        }
    }

    fn completed(&mut self, answer: &Answer) -> Result<()> {
        let etag = answer.etag_in_body().or_else(|| answer.etag());
        let ours = self.etag_of_parts();
        // Only where every part's ETag was its MD5 is the whole's made of them.
        let of_md5s = self.etags.values().flatten().zip(&self.md5s).all(|(etag, md5)| *etag == hex(md5));
        if let Some(etag) = &etag
            && of_md5s
            && etag.len() == ours.len()
            && !etag.eq_ignore_ascii_case(&ours)
        {
            let message =
                "the store's ETag of the whole object does not follow from the parts that were sent";
            return Err(Error::new(Code::StoreChecksumMismatch, message));
        }
        self.stored.etag = etag;
        self.state = State::Stored;
        Ok(())
    }
}

impl Upload for Multipart {
    fn push(&mut self, part: Part) -> Result<()> {
        if part.number > MAX_PARTS {
            let message = format!("a multipart upload has {MAX_PARTS} parts at most; set a larger partSize");
            return Err(Error::new(Code::LimitExceeded, message).at_field("destination.partSize"));
        }
        self.md5s.push(part.md5.unwrap_or_default());
        self.waiting.push_back(part);
        Ok(())
    }

    fn close(&mut self, _totals: &FileTotals) {
        self.closed = true;
    }

    fn next(&mut self) -> Option<Request> {
        match self.state.clone() {
            State::Undecided => self.first(),
            State::Uploading { upload_id } => self.next_part(&upload_id),
            State::ToAsk(doubt) => {
                self.state = State::Asking(doubt);
                Some(Request::new(Operation::Head))
            }
            State::ToAbort { upload_id } => {
                self.state = State::Aborting;
                Some(Request { upload_id: Some(upload_id), ..Request::new(Operation::Abort) })
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
                let md5 = request.md5.unwrap_or_default();
                answer.check_md5(&md5)?;
                self.stored = Stored { etag: answer.etag(), md5: Some(hex(&md5)) };
                self.state = State::Stored;
                Ok(())
            }
            Operation::Part => {
                answer.check_md5(&request.md5.unwrap_or_default())?;
                self.etags.insert(request.part_number.unwrap_or_default(), Some(answer.require_etag()?));
                Ok(())
            }
            Operation::Complete => self.completed(answer),
            Operation::Head => self.told(answer),
            _ => {
                self.state = State::GivenUp;
                Ok(())
            }
        }
    }

    fn failed(&mut self, request: &Request) -> Option<Error> {
        let mut instead = None;
        self.state = match (request.operation, std::mem::replace(&mut self.state, State::GivenUp)) {
            (Operation::Head, State::Asking(doubt)) => {
                instead = Some(doubt.refusal.clone());
                doubt.failed()
            }
            (Operation::Part | Operation::Head, state) => state,
            // What was not completed is there still, to be aborted.
            (Operation::Complete, State::Completing { upload_id }) => State::Uploading { upload_id },
            _ => State::GivenUp,
        };
        instead
    }

    fn doubts(&mut self, request: &Request, error: &Error) -> bool {
        let refusal = error.clone();
        let doubt = match (&self.state, error.code) {
            (State::Completing { upload_id }, Code::StoreRefused | Code::StoreExists) => {
                Doubt { upload_id: Some(upload_id.clone()), etag: self.etag_of_parts(), refusal }
            }
            (State::Putting, Code::StoreExists) => {
                Doubt { upload_id: None, etag: hex(&request.md5.unwrap_or_default()), refusal }
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
            State::Uploading { upload_id } => State::ToAbort { upload_id },
            _ => State::GivenUp,
        };
    }

    fn is_stored(&self) -> bool {
        self.state == State::Stored
    }

    fn pending_bytes(&self) -> usize {
        self.waiting.iter().map(|part| part.size).sum()
    }

    fn stored(&self) -> Stored {
        self.stored.clone()
    }
}

fn complete_body(parts: &[(u32, String)]) -> String {
    let mut text =
        String::from("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for (number, etag) in parts {
        let _ = write!(text, "<Part><PartNumber>{number}</PartNumber><ETag>\"{etag}\"</ETag></Part>");
    }
    text.push_str("</CompleteMultipartUpload>");
    text
}

fn send(operation: Operation, part: Part) -> Request {
    let size = part.size as u64;
    Request { size, md5: part.md5, body: Body::Bytes(part.chunks), ..Request::new(operation) }
}
