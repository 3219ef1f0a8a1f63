//! A store's answer, and what it means.

use std::fmt::Write;

use super::date;
use crate::checksum::{Sums, crc32c, hex};
use crate::error::{Code, Error, Result};
use crate::upload::{Operation, Request};

/// The status, headers and text of an answer. Header names are in lower case.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// The upload that was created, where the signer made it itself.
    pub upload_id: Option<String>,
    /// Whether it is the signer's, which made the request itself.
    pub of_signer: bool,
    /// Whether the URL of the request had expired by then, as far as the driver can tell.
    pub expired: bool,
}

impl Answer {
    pub fn ok() -> Self {
        Answer { status: 200, ..Answer::default() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Milliseconds that the store asks to be left alone. It may name a date instead, by its own clock, or by ours where
    /// it does not show it. `now` is in milliseconds since 1970-01-01.
    pub fn retry_after(&self, now: f64) -> Option<f64> {
        let asked = self.header("retry-after")?.trim();
        if let Ok(seconds) = asked.parse::<u32>() {
            return Some(f64::from(seconds) * 1000.0);
        }
        let until = date::seconds(asked)? as f64 * 1000.0;
        let clock = self.header("date").and_then(date::seconds);
        Some((until - clock.map_or(now, |seconds| seconds as f64 * 1000.0)).max(0.0))
    }

    /// The text of the first `<name>` element of an XML body.
    pub fn element(&self, name: &str) -> Option<String> {
        element(&self.body, name)
    }

    /// What is within each `<name>` element of an XML body.
    pub fn elements<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let mut rest = self.body.as_str();
        std::iter::from_fn(move || {
            let (inner, after) = rest.split_once(&open)?.1.split_once(&close)?;
            rest = after;
            Some(inner)
        })
    }

    /// The text of a member of an object in a JSON body.
    pub fn member(&self, name: &str) -> Option<String> {
        let (_, after) = self.body.split_once(&format!("\"{name}\""))?;
        let value = after.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
        value.split_once('"').map(|(text, _)| text.to_owned())
    }

    /// Whether more of the body is to come, of a request that resumes.
    pub fn is_incomplete(&self) -> bool {
        self.status == 308
    }

    /// Whether this is success, and which error it is otherwise.
    pub fn judge(&self, request: &Request) -> Result<()> {
        match self.status {
            // S3 may begin to answer a Complete before it knows how it will end.
            200..=299 if self.body.contains("<Error>") => Err(self.refused(request, Code::StoreUnavailable)),
            200..=299 => self.check(&request.sums),
            _ if self.answers_by_absence(request.operation) => Ok(()),
            308 if request.resumes => Ok(()),
            404 | 410 if request.resumes => Err(self.refused(request, Code::StoreSessionLost)),
            400 | 401 | 403 if self.expired && !self.is_wrongly_signed() => {
                Err(self.refused(request, Code::SignExpired))
            }
            409 if self.is_of_the_moment() => Err(self.refused(request, Code::StoreUnavailable)),
            501 => Err(self.refused(request, Code::StoreRefused)),
            408 | 429 | 500..=599 => Err(self.refused(request, Code::StoreUnavailable)),
            _ if request.if_none_match && self.says_it_exists() => Err(Error::new(
                Code::StoreExists,
                "an object of this name exists, and exportMode is ErrorIfExists",
            )),
            400 if self.says_it_is_damaged() => Err(self.refused(request, Code::NetworkFailed)),
            400 if self.element("Code").is_some_and(|code| code == "Md5Mismatch") => {
                Err(self.refused(request, Code::StoreChecksumMismatch))
            }
            _ => Err(self.refused(request, Code::StoreRefused)),
        }
    }

    /// Whether what is not there is what was wanted, or to be known.
    fn answers_by_absence(&self, operation: Operation) -> bool {
        match (operation, self.status) {
            // Google answers 499 where it ends a session as it was told.
            (Operation::Abort, 404 | 410 | 499) | (Operation::Delete | Operation::Head, 404) => true,
            // Not every store lists parts.
            (Operation::List, 404) => self.element("Code").as_deref() == Some("NoSuchUpload"),
            _ => false,
        }
    }

    /// Whether the store has too much to do.
    pub fn asks_for_fewer(&self) -> bool {
        matches!(self.status, 429 | 503)
    }

    /// Whether a write failed for the object that is there. S3 and Google say 412, Azure either.
    fn says_it_exists(&self) -> bool {
        self.status == 412
            || (self.status == 409 && self.element("Code").is_some_and(|code| code == "BlobAlreadyExists"))
    }

    /// Whether what arrived has another checksum than went along. S3 says the one, MinIO the other.
    fn says_it_is_damaged(&self) -> bool {
        self.element("Code").is_some_and(|code| code == "BadDigest" || code == "XAmzContentChecksumMismatch")
    }

    /// Whether S3 refuses what another request is in the way of.
    fn is_of_the_moment(&self) -> bool {
        self.element("Code")
            .is_some_and(|code| code == "OperationAborted" || code == "ConditionalRequestConflict")
    }

    /// Whether another signature by the same signer would be refused too.
    fn is_wrongly_signed(&self) -> bool {
        self.element("Code")
            .is_some_and(|code| code == "SignatureDoesNotMatch" || code == "InvalidAccessKeyId")
    }

    /// Names the store's own code, and no more of its text: that may quote the URL.
    fn refused(&self, request: &Request, code: Code) -> Error {
        let operation = request.operation.as_str();
        let mut message = format!("the store answered {} to {operation}", self.status);
        if code == Code::SignExpired {
            message.push_str(", whose URL had expired by then");
        }
        if code == Code::StoreSessionLost {
            message.push_str(": the upload session is gone, and what it had of the file");
        }
        if let Some(name) = self.element("Code").filter(|name| is_identifier(name)) {
            let _ = write!(message, " ({name})");
        }
        Error::new(code, message)
    }

    /// The ETag without its quotes.
    pub fn etag(&self) -> Option<String> {
        let from_header = self.header("etag").map(|etag| unescape(etag).trim_matches('"').to_owned());
        from_header.or_else(|| self.etag_in_body()).filter(|etag| !etag.is_empty())
    }

    /// That of the body, which is the object's where the header is the answer's own.
    pub fn etag_in_body(&self) -> Option<String> {
        // Ceph does not know it yet when it answers a Complete.
        self.element("ETag").map(|etag| etag.trim_matches('"').to_owned()).filter(|etag| !etag.is_empty())
    }

    /// Compares what the store says of what it was sent.
    fn check(&self, sums: &Sums) -> Result<()> {
        if let Some(md5) = &sums.md5 {
            self.check_md5(md5)?;
        }
        match (sums.crc32c, self.header("x-amz-checksum-crc32c")) {
            (Some(ours), Some(theirs)) if theirs != crc32c::text(ours) => Err(another_crc32c()),
            _ => Ok(()),
        }
    }

    /// Compares the ETag with the MD5 of what was sent, where it is one: 32 hex digits, and no encryption that
    /// makes it something else.
    fn check_md5(&self, md5: &[u8; 16]) -> Result<()> {
        let encrypted = self.header("x-amz-server-side-encryption").is_some_and(|kind| kind != "AES256")
            || self.header("x-amz-server-side-encryption-customer-algorithm").is_some();
        match self.etag() {
            Some(etag) if !encrypted && is_md5(&etag) && !etag.eq_ignore_ascii_case(&hex(md5)) => {
                Err(not_what_was_sent())
            }
            _ => Ok(()),
        }
    }
}

/// The error for an ETag that is another sum.
pub fn not_what_was_sent() -> Error {
    let message = "the store's ETag is not the MD5 of what was sent; a bucket that encrypts by KMS, and is used from a \
                   web page, must name \"x-amz-server-side-encryption\" beside \"ETag\" in its CORS rule";
    Error::new(Code::StoreChecksumMismatch, message)
}

/// The error for a CRC32C that is another.
pub fn another_crc32c() -> Error {
    Error::new(Code::StoreChecksumMismatch, "the store's CRC32C is not that of what was sent")
}

/// The error for an ETag that must be there.
pub fn no_etag() -> Error {
    let message = "the store's answer shows no ETag; a bucket that is used from a web page must name it in its CORS \
                   rule: \"ExposeHeaders\": [\"ETag\"]";
    Error::new(Code::StoreInvalidAnswer, message)
}

/// The text of the first `<name>` element within XML.
pub fn element(xml: &str, name: &str) -> Option<String> {
    let (_, after) = xml.split_once(&format!("<{name}>"))?;
    let (inner, _) = after.split_once(&format!("</{name}>"))?;
    Some(unescape(inner.trim()))
}

pub fn is_md5(etag: &str) -> bool {
    etag.len() == 32 && etag.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_identifier(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn unescape(text: &str) -> String {
    let entities =
        [("&quot;", "\""), ("&#34;", "\""), ("&apos;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    entities.iter().fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}
