//! Azure block blobs: a Put Blob for a file of one block; else blocks, in any order, and the list that makes a blob of
//! them. Blocks that no list names are no blob, and are gone after a week; nothing clears them away alone.

use std::collections::VecDeque;
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::answer::element;
use super::earlier::Earlier;
use super::listing::Listed;
use super::parts::Parts;
use super::request::ObjectHeaders;
use super::{Answer, Body, Known, Method, Operation, Request, Stored, Upload, bytes_of};
use crate::checksum::{Checksum, hex};
use crate::error::{Code, Error, Result};
use crate::output::{FileTotals, Part};
use crate::plan::{ExportPlan, MAX_BLOCKS};

/// The version of the service that is spoken to, whichever made the SAS.
const VERSION: &str = "2021-12-02";
/// Metadata of a blob that must replace none: the job that made it, which tells our own from another's.
const MARK: &str = "x-ms-meta-tableport";

pub struct BlockBlob {
    object: ObjectHeaders,
    checksum: Option<Checksum>,
    /// The job that began the upload, which a blob names that must replace none.
    mark: String,
    waiting: VecDeque<Part>,
    closed: bool,
    state: State,
    blocks: Parts,
    earlier: Earlier,
    stored: Stored,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// An earlier job stored the file, as it says: the store is to be asked.
    ToRecall,
    Recalling,
    /// The store has the file; what is cut again is only compared.
    Recalled,
    /// The store is to be asked for the blocks that it has of an earlier job.
    ToList,
    Listing,
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
    /// `known` is what an earlier job knew of the file.
    pub fn new(plan: &ExportPlan, job: &str, known: Option<&Known>) -> Self {
        let (mark, state) = match known {
            Some(Known::Unfinished { upload_id, .. }) => (upload_id.as_str(), State::ToList),
            Some(Known::Stored { .. }) => (job, State::ToRecall),
            None => (job, State::Undecided),
        };
        BlockBlob {
            object: ObjectHeaders::of(plan),
            checksum: plan.sent_checksum(),
            mark: mark.to_owned(),
            waiting: VecDeque::new(),
            closed: false,
            state,
            blocks: Parts::default(),
            earlier: Earlier::new(known),
            stored: Stored::default(),
        }
    }

    fn put(&mut self) -> Option<Request> {
        let part = self.waiting.pop_front()?;
        let mut request = self.making(self.send(Operation::Put, part));
        request.headers.insert("x-ms-blob-type", "BlockBlob".to_owned());
        Some(request)
    }

    /// The next block that the store does not have.
    fn block(&mut self) -> Option<Request> {
        let part = loop {
            let part = self.waiting.pop_front()?;
            match self.earlier.skip(&part) {
                Some(md5) => self.blocks.stored(part.number, Some(md5)),
                None => break part,
            }
        };
        self.blocks.sent(part.number);
        let id = block_id(part.number, &part.sums.md5.unwrap_or_default());
        let part_number = Some(part.number);
        let query = [("comp", "block".to_owned()), ("blockid", id)].into();
        Some(Request { part_number, query, ..self.send(Operation::Part, part) })
    }

    fn send(&self, operation: Operation, part: Part) -> Request {
        request(operation).with_part(part).with_checksum(self.checksum)
    }

    fn list(&mut self) -> Request {
        let mut text = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>");
        for (number, md5) in (1..).zip(self.blocks.md5s()) {
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
            request.headers.insert(MARK, self.mark.clone());
        }
        request
    }

    /// The store says what blob it has.
    fn told(&mut self, answer: &Answer) -> Result<()> {
        match std::mem::replace(&mut self.state, State::GivenUp) {
            State::Recalling => {
                let is_there = self.earlier.is_object(answer);
                self.state = if is_there { State::Recalled } else { State::Undecided };
            }
            State::Asking(refusal) if answer.header(MARK) != Some(&self.mark) => return Err(refusal),
            State::Asking(_) => self.is_there(answer.etag()),
            state => self.state = state,
        }
        Ok(())
    }

    /// The store has the whole file.
    fn is_there(&mut self, etag: Option<String>) {
        self.stored = Stored { etag, sums: self.blocks.sums() };
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

impl Upload for BlockBlob {
    fn push(&mut self, part: Part) -> Result<()> {
        if part.number > MAX_BLOCKS {
            let message = format!("a block blob has {MAX_BLOCKS} blocks at most; set a larger blockSize");
            return Err(Error::new(Code::LimitExceeded, message).at_field("destination.blockSize"));
        }
        self.earlier.check(part.number, part.sums.md5)?;
        self.blocks.cut(&part);
        self.waiting.push_back(part);
        Ok(())
    }

    fn close(&mut self, _totals: &FileTotals) -> Result<()> {
        self.closed = true;
        self.earlier.check_whole(&self.blocks.digest())
    }

    fn next(&mut self) -> Option<Request> {
        if self.state == State::Undecided && self.blocks.count() > 1 {
            self.state = State::Sending;
        }
        match &self.state {
            State::ToRecall => {
                self.state = State::Recalling;
                Some(request(Operation::Head))
            }
            State::Recalled => self.compare(),
            State::ToList => {
                self.state = State::Listing;
                let query = [("comp", "blocklist".to_owned()), ("blocklisttype", "uncommitted".to_owned())];
                Some(Request { query: query.into(), ..request(Operation::List) })
            }
            State::Undecided if self.closed => self.put(),
            State::Sending => {
                let block = self.block();
                let is_last = block.is_none() && self.closed && self.blocks.are_stored();
                if is_last { Some(self.list()) } else { block }
            }
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
            Operation::Part => {
                let md5 = request.sums.md5.map(|md5| hex(&md5));
                self.blocks.stored(request.part_number.unwrap_or_default(), md5);
            }
            Operation::List => {
                self.earlier.listed(answer.elements("Block").filter_map(block).collect());
                self.state = State::Undecided;
            }
            Operation::Head => return self.told(answer),
            Operation::Delete => self.state = State::GivenUp,
            _ => self.is_there(answer.etag()),
        }
        Ok(())
    }

    fn failed(&mut self, request: &Request, error: Error) -> Option<Error> {
        match request.operation {
            Operation::Part => return Some(error),
            // What the store has is sent again.
            Operation::List => {
                self.state = State::Undecided;
                return None;
            }
            _ => {}
        }
        match std::mem::replace(&mut self.state, State::GivenUp) {
            State::Asking(refusal) => Some(refusal),
            // Whoever cannot ask the store has the word of the earlier job.
            State::Recalling => {
                self.state = State::Recalled;
                None
            }
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
        self.state = match self.state {
            State::Stored | State::Recalled => State::ToDelete,
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
        match (&self.state, &self.stored.etag) {
            (State::Stored, Some(etag)) => {
                Some(Known::Stored { digest: self.blocks.digest(), etag: Some(etag.clone()) })
            }
            // A blob whose ETag was not shown is made again, or known by its mark.
            (State::Sending | State::Making | State::Stored, _) => {
                Some(self.earlier.unfinished(&self.mark, self.blocks.known(), self.blocks.count()))
            }
            _ => self.earlier.known(),
        }
    }
}

/// A block in the store's list, by what its id says.
fn block(text: &str) -> Option<Listed> {
    let id = BASE64.decode(element(text, "Name")?).ok()?;
    let (number, md5) = id.split_first_chunk::<2>()?;
    let size = element(text, "Size").and_then(|size| size.parse().ok());
    Some(Listed { number: u16::from_be_bytes(*number).into(), etag: hex(md5), size })
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

fn request(operation: Operation) -> Request {
    let method = match operation {
        Operation::Head => Method::Head,
        Operation::Delete => Method::Delete,
        Operation::List => Method::Get,
        _ => Method::Put,
    };
    let headers = [("x-ms-version", VERSION.to_owned())].into();
    Request { method, headers, ..Request::new(operation) }
}
