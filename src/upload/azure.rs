//! Azure block blobs: a Put Blob for a file of one block; else blocks, in any order, and the list that makes a blob of
//! them. Blocks that no list names are no blob, and are gone after a week; nothing clears them away alone.

use std::collections::VecDeque;
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::answer::hex;
use super::request::{ObjectHeaders, with_content_md5};
use super::{Answer, Body, Method, Operation, Request, Stored, Upload};
use crate::error::{Code, Error, Result};
use crate::output::{FileTotals, Part};
use crate::plan::ExportPlan;

/// Azure's limit of blocks in one blob.
const MAX_BLOCKS: u32 = 50_000;
/// The version of the service that is spoken to, whichever made the SAS.
const VERSION: &str = "2021-12-02";
/// Metadata of a blob that must replace none: the job that made it, which tells our own from another's.
const MARK: &str = "x-ms-meta-tableport";

pub struct BlockBlob {
    object: ObjectHeaders,
    job: String,
    waiting: VecDeque<Part>,
    closed: bool,
    state: State,
    /// Of every block.
    md5s: Vec<[u8; 16]>,
    /// How many blocks the store has.
    acknowledged: usize,
    stored: Stored,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// Nothing was sent: there may be just one block.
    Undecided,
    Sending,
    /// The request that makes the blob is under way.
    Making,
    /// The store refused what it may have done already.
    ToAsk(Error),
    Asking(Error),
    Stored,
    ToDelete,
    Deleting,
    GivenUp,
}

impl BlockBlob {
    pub fn new(plan: &ExportPlan, job: &str) -> Self {
        BlockBlob {
            object: ObjectHeaders::of(plan),
            job: job.to_owned(),
            waiting: VecDeque::new(),
            closed: false,
            state: State::Undecided,
            md5s: Vec::new(),
            acknowledged: 0,
            stored: Stored::default(),
        }
    }

    fn put(&mut self) -> Option<Request> {
        let part = self.waiting.pop_front()?;
        let mut request = self.making(send(Operation::Put, part));
        request.headers.insert("x-ms-blob-type", "BlockBlob".to_owned());
        Some(request)
    }

    fn block(&mut self) -> Option<Request> {
        let part = self.waiting.pop_front()?;
        let id = block_id(part.number, &part.md5.unwrap_or_default());
        let part_number = Some(part.number);
        let query = [("comp", "block".to_owned()), ("blockid", id)].into();
        Some(Request { part_number, query, ..send(Operation::Part, part) })
    }

    fn list(&mut self) -> Request {
        let mut text = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>");
        for (number, md5) in (1..).zip(&self.md5s) {
            let _ = write!(text, "<Latest>{}</Latest>", block_id(number, md5));
        }
        text.push_str("</BlockList>");
        let size = text.len() as u64;
        let query = [("comp", "blocklist".to_owned())].into();
        let request = Request { query, size, body: Body::Text(text), ..request(Operation::Complete) };
        let mut request = self.making(request);
        request.headers.insert("x-ms-blob-content-type", self.object.content_type.to_owned());
        request
    }

    /// The request makes the blob.
    fn making(&mut self, request: Request) -> Request {
        self.state = State::Making;
        let mut request = request.making_object(&self.object);
        if self.object.error_if_exists {
            request.headers.insert(MARK, self.job.clone());
        }
        request
    }

    /// The store says what blob it has.
    fn told(&mut self, answer: &Answer) -> Result<()> {
        let State::Asking(refusal) = std::mem::replace(&mut self.state, State::GivenUp) else {
            return Ok(());
        };
        if answer.header(MARK) != Some(&self.job) {
            return Err(refusal);
        }
        self.made(answer);
        Ok(())
    }

    fn made(&mut self, answer: &Answer) {
        let md5 = if let [md5] = &self.md5s[..] { Some(hex(md5)) } else { None };
        self.stored = Stored { etag: answer.etag(), md5 };
        self.state = State::Stored;
    }
}

impl Upload for BlockBlob {
    fn push(&mut self, part: Part) -> Result<()> {
        if part.number > MAX_BLOCKS {
            let message = format!("a block blob has {MAX_BLOCKS} blocks at most; set a larger blockSize");
            return Err(Error::new(Code::LimitExceeded, message).at_field("destination.blockSize"));
        }
        self.md5s.push(part.md5.unwrap_or_default());
        self.waiting.push_back(part);
        Ok(())
    }

    fn close(&mut self, _totals: &FileTotals) -> Result<()> {
        self.closed = true;
        Ok(())
    }

    fn next(&mut self) -> Option<Request> {
        match &self.state {
            State::Undecided if self.md5s.len() > 1 => {
                self.state = State::Sending;
                self.block()
            }
            State::Undecided if self.closed => self.put(),
            State::Sending if !self.waiting.is_empty() => self.block(),
            State::Sending if self.closed && self.acknowledged == self.md5s.len() => Some(self.list()),
            State::ToAsk(refusal) => {
                self.state = State::Asking(refusal.clone());
                Some(request(Operation::Head))
            }
            State::ToDelete => {
                self.state = State::Deleting;
                Some(request(Operation::Delete))
            }
            _ => None,
        }
    }

    fn answered(&mut self, request: &Request, answer: &Answer) -> Result<()> {
        match request.operation {
            Operation::Part => self.acknowledged += 1,
            Operation::Head => return self.told(answer),
            Operation::Delete => self.state = State::GivenUp,
            _ => self.made(answer),
        }
        Ok(())
    }

    fn failed(&mut self, request: &Request, error: Error) -> Option<Error> {
        if request.operation == Operation::Part {
            return Some(error);
        }
        match std::mem::replace(&mut self.state, State::GivenUp) {
            State::Asking(refusal) => Some(refusal),
            _ => Some(error),
        }
    }

    /// A browser may have sent the request twice by itself, so it need not have been tried before. Without the condition
    /// that there is no blob, it does the same twice.
    fn doubts(&mut self, _request: &Request, error: &Error, _may_have_succeeded: bool) -> bool {
        let doubts = self.state == State::Making && error.code == Code::StoreExists;
        if doubts {
            self.state = State::ToAsk(error.clone());
        }
        doubts
    }

    fn abort(&mut self) {
        self.waiting.clear();
        self.state = if self.is_stored() { State::ToDelete } else { State::GivenUp };
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

/// The ids of a blob's blocks must be of one length. What the block holds is in it, so that a list of what the store
/// has tells it.
fn block_id(number: u32, md5: &[u8; 16]) -> String {
    let mut id = [0; 18];
    // No blob has more than fit in two bytes.
    id[..2].copy_from_slice(&(number as u16).to_be_bytes());
    id[2..].copy_from_slice(md5);
    BASE64.encode(id)
}

fn send(operation: Operation, part: Part) -> Request {
    let size = part.size as u64;
    with_content_md5(Request { size, md5: part.md5, body: Body::Bytes(part.chunks), ..request(operation) })
}

fn request(operation: Operation) -> Request {
    let method = match operation {
        Operation::Head => Method::Head,
        Operation::Delete => Method::Delete,
        _ => Method::Put,
    };
    let headers = [("x-ms-version", VERSION.to_owned())].into();
    Request { method, headers, ..Request::new(operation) }
}
