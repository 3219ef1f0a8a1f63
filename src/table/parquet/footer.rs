//! The footer of a file: where its schema and row groups are said.

use std::ops::Range;

use bytes::Bytes;

use super::flaw::Flaw;
use super::metadata::{self, Metadata};
use super::{checks, corrupt};
use crate::error::{Code, Error, Result};

/// What is asked for first: enough for the footers of most files.
const FIRST: u64 = 64 << 10;
/// The magic at the start, the length of the footer and the magic at the end.
const LEAST: u64 = 12;
/// The length and the magic.
const END: u64 = 8;

pub struct Footer {
    size: u64,
    /// The end of the file, as far as it has come.
    end: Bytes,
}

pub enum Next {
    Need(Range<u64>),
    Found(Box<Metadata>),
}

impl Footer {
    pub fn new(size: u64) -> Self {
        Footer { size, end: Bytes::new() }
    }

    pub fn push(&mut self, bytes: Bytes) {
        self.end = if self.end.is_empty() { bytes } else { [bytes, self.end.clone()].concat().into() };
    }

    pub fn read(&self) -> Result<Next> {
        if self.size < LEAST {
            return Err(truncated());
        }
        if self.end.is_empty() {
            return Ok(Next::Need(self.size.saturating_sub(FIRST)..self.size));
        }
        judge_end(&self.end)?;
        let length = self.end.len().checked_sub(END as usize).and_then(|at| self.end[at..].first_chunk());
        let length = u64::from(u32::from_le_bytes(*length.ok_or_else(truncated)?)) + END;
        let came = self.end.len() as u64;
        if length > self.size {
            return Err(corrupt("its footer is said to be longer than the file"));
        }
        if length > came {
            return Ok(Next::Need(self.size - length..self.size - came));
        }
        let footer = &self.end[(came - length) as usize..(came - END) as usize];
        let metadata = metadata::read(footer).map_err(broken)?;
        if metadata.is_encrypted {
            return Err(encrypted());
        }
        checks::judge_places(&metadata, self.size)?;
        Ok(Next::Found(Box::new(metadata)))
    }
}

fn judge_end(end: &[u8]) -> Result<()> {
    match end.last_chunk() {
        Some(b"PAR1") => Ok(()),
        Some(b"PARE") => Err(encrypted()),
        _ => Err(truncated()),
    }
}

fn truncated() -> Error {
    Error::new(Code::SourceTruncated, "the parquet source ends before its footer does")
}

fn encrypted() -> Error {
    Error::new(Code::SourceUnsupported, "the parquet source is encrypted")
}

fn broken(flaw: Flaw) -> Error {
    match flaw {
        Flaw::Unsupported(what) => {
            let message = format!("the parquet source has {what}, which cannot be read");
            Error::new(Code::SourceUnsupported, message)
        }
        Flaw::Corrupt(what) => corrupt(what),
        _ => corrupt("its footer breaks the rules of the format"),
    }
}
