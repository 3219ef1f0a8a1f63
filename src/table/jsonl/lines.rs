//! Bytes cut into lines, however they come.

use std::ops::Range;

use bytes::Bytes;

use crate::error::{Code, Error, Result};

const BOM: &[u8] = b"\xef\xbb\xbf";

pub struct Lines {
    buffer: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// Up to where there is no end of that line.
    scanned: usize,
    /// Whether the buffer begins with the first byte.
    is_at_beginning: bool,
    /// Whether lines that were read are kept, to be read again.
    keeps: bool,
    ended: bool,
    limit: usize,
}

/// A line, without its end.
pub struct Line {
    range: Range<usize>,
    /// Whether its end was there.
    pub is_whole: bool,
}

pub enum Next {
    Line(Line),
    Need,
    End,
}

impl Lines {
    /// Lines of at most `limit` bytes, kept until [`rewind`](Self::rewind).
    pub fn new(limit: usize) -> Self {
        Lines {
            buffer: Vec::new(),
            start: 0,
            scanned: 0,
            is_at_beginning: true,
            keeps: true,
            ended: false,
            limit,
        }
    }

    pub fn push(&mut self, bytes: &Bytes) {
        if !self.keeps {
            self.is_at_beginning &= self.start == 0;
            self.buffer.drain(..self.start);
            self.scanned -= self.start;
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    pub fn end(&mut self) {
        self.ended = true;
    }

    pub fn next(&mut self) -> Result<Next> {
        let found = memchr::memchr(b'\n', &self.buffer[self.scanned..]).map(|at| self.scanned + at);
        let end = found.unwrap_or(self.buffer.len());
        self.scanned = end;
        if end - self.start > self.limit {
            return Err(Error::new(Code::LimitExceeded, "a line is longer than memoryLimit"));
        }
        if found.is_none() && !self.ended {
            return Ok(Next::Need);
        }
        if found.is_none() && self.start == end {
            return Ok(Next::End);
        }
        let mut range = self.start..end;
        if range.start == 0 && self.is_at_beginning && self.buffer[range.clone()].starts_with(BOM) {
            range.start = BOM.len();
        }
        self.start = if found.is_some() { end + 1 } else { end };
        self.scanned = self.start;
        Ok(Next::Line(Line { range, is_whole: found.is_some() }))
    }

    pub fn bytes(&self, line: &Line) -> &[u8] {
        &self.buffer[line.range.clone()]
    }

    /// The bytes of the lines that were read.
    pub fn read_bytes(&self) -> usize {
        self.start
    }

    /// Back to the first line; from now on, lines that were read are dropped.
    pub fn rewind(&mut self) {
        self.start = 0;
        self.scanned = 0;
        self.keeps = false;
    }

    pub fn pending_bytes(&self) -> usize {
        self.buffer.len() - if self.keeps { 0 } else { self.start }
    }
}
