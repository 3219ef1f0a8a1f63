//! One request, before it is signed and sent.

use std::collections::BTreeMap;

use crate::checksum::{Checksum, Sums};
use crate::output::Part;
use crate::plan::ExportPlan;

/// What a request does. The names are those of the `sign` callback's `operation`, and of a sink's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// The whole object.
    Put,
    /// Begin a multipart upload.
    Create,
    Part,
    Complete,
    /// Ask what object there is.
    Head,
    /// Ask which parts there are, after that of the request.
    List,
    /// Remove an object that was made.
    Delete,
    /// Give up what was begun.
    Abort,
    /// Of a sink: make ready for a file.
    Open,
    Write,
    Close,
    Discard,
}

impl Operation {
    /// Whether a signer need not know it, since an upload gets on without.
    pub fn is_optional(self) -> bool {
        matches!(self, Operation::Head | Operation::List | Operation::Delete)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Operation::Put => "put",
            Operation::Create => "create",
            Operation::Part => "part",
            Operation::Complete => "complete",
            Operation::Head => "head",
            Operation::List => "list",
            Operation::Delete => "delete",
            Operation::Abort => "abort",
            Operation::Open => "open",
            Operation::Write => "write",
            Operation::Close => "close",
            Operation::Discard => "abort",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Put,
    Post,
    Get,
    Head,
    Delete,
}

impl Method {
    /// That of S3.
    fn of(operation: Operation) -> Self {
        match operation {
            Operation::Create | Operation::Complete => Method::Post,
            Operation::Head => Method::Head,
            Operation::List => Method::Get,
            Operation::Abort | Operation::Delete => Method::Delete,
            _ => Method::Put,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Method::Put => "PUT",
            Method::Post => "POST",
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Delete => "DELETE",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    None,
    /// Of a part, chunk by chunk.
    Bytes(Vec<Vec<u8>>),
    /// What was written to the file's sink before.
    Spool,
    Text(String),
}

/// One request to a store or a sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub operation: Operation,
    pub method: Method,
    pub part_number: Option<u32>,
    pub upload_id: Option<String>,
    /// Of a Complete: each part.
    pub parts: Vec<CompletedPart>,
    /// What it adds to the query of the object's URL.
    pub query: BTreeMap<&'static str, String>,
    /// Bytes of the body.
    pub size: u64,
    /// Of the body, where it is bytes.
    pub sums: Sums,
    pub headers: BTreeMap<&'static str, String>,
    /// Whether it is to fail where an object of this name exists.
    pub if_none_match: bool,
    /// Whether 308 answers it with how much has arrived, and is no redirect.
    pub resumes: bool,
    /// Whether it is to be of a session that an earlier job began.
    pub recalls: bool,
    /// Bytes at the start of the body that are left out.
    pub from: u64,
    pub body: Body,
    /// Whether an earlier job may have made it.
    pub in_doubt: bool,
}

impl Request {
    pub fn new(operation: Operation) -> Self {
        Request {
            operation,
            method: Method::of(operation),
            part_number: None,
            upload_id: None,
            parts: Vec::new(),
            query: BTreeMap::new(),
            size: 0,
            sums: Sums::default(),
            headers: BTreeMap::new(),
            if_none_match: false,
            resumes: false,
            recalls: false,
            from: 0,
            body: Body::None,
            in_doubt: false,
        }
    }

    /// With a part as its body.
    pub fn with_part(self, part: Part) -> Self {
        Request { size: part.size as u64, sums: part.sums, body: Body::Bytes(part.chunks), ..self }
    }

    /// Has the store compare what arrives by this sum, if any.
    pub fn with_checksum(mut self, checksum: Option<Checksum>) -> Self {
        self.headers.extend(checksum.and_then(|checksum| self.sums.header(checksum)));
        self
    }

    /// Whether the driver's sink does it, rather than a store.
    pub fn is_of_sink(&self) -> bool {
        matches!(self.operation, Operation::Open | Operation::Write | Operation::Close | Operation::Discard)
    }

    /// The headers of a request that makes an object: its type, and the condition that none is there.
    pub fn making_object(mut self, plan: &ObjectHeaders) -> Self {
        if self.operation != Operation::Complete {
            self.headers.insert("content-type", plan.content_type.to_owned());
        }
        if plan.error_if_exists && self.operation != Operation::Create {
            self.headers.insert("if-none-match", "*".to_owned());
            self.if_none_match = true;
        }
        self
    }
}

/// A part that the store has, as a Complete lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletedPart {
    pub number: u32,
    pub etag: String,
    /// Where it went along.
    pub crc32c: Option<u32>,
}

/// What of the plan goes into headers.
#[derive(Debug, Clone)]
pub struct ObjectHeaders {
    pub content_type: &'static str,
    pub error_if_exists: bool,
}

impl ObjectHeaders {
    pub fn of(plan: &ExportPlan) -> Self {
        ObjectHeaders { content_type: plan.content_type(), error_if_exists: plan.error_if_exists }
    }
}
