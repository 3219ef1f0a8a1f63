//! What a job asks of its driver.

use std::collections::BTreeMap;
use std::ops::{Not, Range};

use serde::Serialize;

use crate::checksum::{Checksum, crc32c};
use crate::compress::codec::Recipe;
use crate::table::Need;
use crate::upload::{Body, CompletedPart, Operation, Request};

/// The next thing for the driver to do. After each, and after each [`Event`](super::Event), it polls again.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Action {
    /// Read from the source, and answer with what is needed.
    Pull {
        #[serde(flatten)]
        need: Pull,
    },
    /// Let go of the source: no more of it is read.
    Close,
    /// Get a URL for this request.
    Sign {
        task: u32,
        request: SignRequest,
    },
    /// Send it.
    Send {
        task: u32,
        request: SignRequest,
        method: &'static str,
        headers: BTreeMap<&'static str, String>,
        body: BodyKind,
        /// Bytes at the start of the body that are left out.
        from: f64,
        /// Whether 308 is no redirect.
        resumes: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// Do it to the sink of a file.
    #[serde(rename_all = "camelCase")]
    Sink {
        task: u32,
        operation: &'static str,
        file: u32,
        file_name: String,
        content_type: &'static str,
    },
    /// Have a helper compress a block, and answer with what comes of it.
    Compress {
        block: u32,
        recipe: Recipe,
    },
    /// Give this request up; report it as failed. Its body is kept where it will be tried `again`.
    Stop {
        task: u32,
        again: bool,
    },
    /// There is more to do at once: poll again, after letting others have a turn.
    Again,
    /// Nothing to do before this time, in milliseconds, unless something under way ends first.
    Wait {
        until: f64,
    },
    /// Nothing to do until something under way ends.
    Idle,
    Done,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "need", rename_all = "camelCase")]
pub enum Pull {
    Batch,
    Bytes,
    Ranges { ranges: Vec<(f64, f64)> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum BodyKind {
    None,
    Part,
    Spool,
    Text,
}

/// What the `sign` callback is asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SignRequest {
    pub operation: &'static str,
    pub file_name: String,
    pub file_index: u32,
    pub content_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<f64>,
    /// MD5 of the body in base64, for a signer that has the store compare it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_md5: Option<String>,
    /// Those that go along and that a signature has to cover.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part_number: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upload_id: Option<String>,
    /// Of a Complete, for a signer that makes it itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<StoredPart>,
    #[serde(skip_serializing_if = "Not::not")]
    pub if_none_match: bool,
    /// Of a Create: that the session of an earlier job is wanted, should there be one.
    #[serde(skip_serializing_if = "Not::not")]
    pub resume: bool,
    /// For a destination whose URLs are made of the object's.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub query: BTreeMap<&'static str, String>,
}

/// A part that the store has.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredPart {
    pub part_number: u32,
    pub etag: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum_crc32c: Option<String>,
}

impl From<&Need> for Pull {
    fn from(need: &Need) -> Self {
        // Offsets stay below 2^53, where a float is exact.
        let pair = |range: &Range<u64>| (range.start as f64, range.end as f64);
        match need {
            Need::Batch => Pull::Batch,
            Need::Bytes => Pull::Bytes,
            Need::Ranges(ranges) => Pull::Ranges { ranges: ranges.iter().map(pair).collect() },
        }
    }
}

impl From<&Body> for BodyKind {
    fn from(body: &Body) -> Self {
        match body {
            Body::None => BodyKind::None,
            Body::Bytes(_) => BodyKind::Part,
            Body::Spool => BodyKind::Spool,
            Body::Text(_) => BodyKind::Text,
        }
    }
}

fn stored(CompletedPart { number, etag, crc32c }: &CompletedPart) -> StoredPart {
    StoredPart { part_number: *number, etag: etag.clone(), checksum_crc32c: crc32c.map(crc32c::text) }
}

/// S3 refuses a header of its own that no signature covers.
fn to_be_signed(request: &Request) -> BTreeMap<&'static str, String> {
    let mut headers = BTreeMap::new();
    for (name, value) in request.headers.iter().filter(|(name, _)| name.starts_with("x-amz-")) {
        headers.insert(*name, value.clone());
    }
    headers
}

impl SignRequest {
    pub fn new(request: &Request, file_name: &str, file_index: u32, content_type: &'static str) -> Self {
        // What begins an upload may carry its first part, which is sent afterwards.
        let is_of_part = request.operation != Operation::Create;
        SignRequest {
            operation: request.operation.as_str(),
            file_name: file_name.to_owned(),
            file_index,
            content_type,
            size: (is_of_part && request.body != Body::None).then_some(request.size as f64),
            content_md5: request.sums.header(Checksum::Md5).map(|(_, md5)| md5),
            headers: to_be_signed(request),
            part_number: request.part_number.filter(|_| is_of_part),
            upload_id: request.upload_id.clone(),
            parts: request.parts.iter().map(stored).collect(),
            if_none_match: request.if_none_match,
            resume: request.recalls,
            query: request.query.clone(),
        }
    }
}
