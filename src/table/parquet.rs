//! Parquet files as a source: the footer first, then the selected columns of one row group after the other.
//!
//! Whatever the bytes of pages are, they are values or an error that names the column. A batch takes a quarter of `memoryLimit` at most, unless it is one row.
//!
//! Timestamps of 96 bits are read as `timestamp[us]`, or as `timestamp[ns]` where `schema` says so; one that has
//! more digits, or is beyond the type, is an error. An INTERVAL whose Arrow type the file does not tell is
//! `interval[month_day_nano]`. Dictionaries are read as their values.

mod annotation;
mod arrays;
mod assemble;
mod bits;
mod booleans;
mod byte_arrays;
mod checks;
mod chunk;
mod codec;
mod column;
mod delta;
mod embedded;
mod fixed;
mod flaw;
mod footer;
mod header;
mod hybrid;
mod levels;
mod metadata;
mod rows;
mod schema;
mod spread;
mod thrift;
mod types;
mod values;
mod words;

use std::ops::Range;

use bytes::Bytes;

use crate::error::{Code, Error, Result};
use crate::plan::ExportPlan;
use crate::table::select::Selection;
use crate::table::{Input, Need, Source, Step};
use footer::Footer;
use rows::Rows;

/// A Parquet file of a known size, of which any range can be asked for.
pub struct ParquetSource {
    selection: Selection,
    memory_limit: usize,
    /// The first row that is wanted.
    start: u64,
    state: State,
    /// Ranges that were asked for, and what has come of them.
    awaited: Vec<(Range<u64>, Option<Bytes>)>,
}

enum State {
    Footer(Footer),
    Rows(Box<Rows>),
}

impl ParquetSource {
    /// The file has `size` bytes.
    pub fn new(plan: &ExportPlan, size: u64) -> Self {
        ParquetSource {
            selection: Selection::of(plan),
            memory_limit: plan.memory_limit,
            start: plan.rows.start,
            state: State::Footer(Footer::new(size)),
            awaited: Vec::new(),
        }
    }

    fn need(&mut self, ranges: Vec<Range<u64>>) -> Result<Step> {
        let total =
            ranges.iter().map(|range| range.end.saturating_sub(range.start)).fold(0, u64::saturating_add);
        if total > self.memory_limit as u64 {
            let what = match &self.state {
                State::Footer(_) => "the footer of the parquet source".to_owned(),
                State::Rows(rows) => format!("a row group of the parquet source, from row {} on,", rows.read),
            };
            let message = format!("{what} takes {total} bytes, and memoryLimit is {}", self.memory_limit);
            return Err(Error::new(Code::LimitExceeded, message));
        }
        self.awaited = ranges.iter().map(|range| (range.clone(), None)).collect();
        Ok(Step::Need(Need::Ranges(ranges)))
    }

    fn take_arrived(&mut self) -> Result<()> {
        let arrived: Option<Vec<Bytes>> =
            std::mem::take(&mut self.awaited).into_iter().map(|(_, bytes)| bytes).collect();
        let Some(arrived) = arrived else {
            return Err(Error::new(Code::Internal, "a range of the source was asked for and has not come"));
        };
        match &mut self.state {
            _ if arrived.is_empty() => {}
            State::Footer(footer) => arrived.into_iter().for_each(|bytes| footer.push(bytes)),
            State::Rows(rows) => rows.push(arrived),
        }
        Ok(())
    }
}

impl Source for ParquetSource {
    fn poll(&mut self) -> Result<Step> {
        self.take_arrived()?;
        loop {
            match &mut self.state {
                State::Footer(footer) => match footer.read()? {
                    footer::Next::Need(range) => return self.need(std::iter::once(range).collect()),
                    footer::Next::Found(metadata) => {
                        let mut rows = Rows::new(*metadata, &self.selection, self.memory_limit)?;
                        rows.pass(self.start);
                        self.state = State::Rows(Box::new(rows));
                    }
                },
                State::Rows(rows) => match rows.next()? {
                    rows::Next::Need(ranges) => return self.need(ranges),
                    rows::Next::Batch(batch) => return Ok(Step::Batch(batch)),
                    rows::Next::End => return Ok(Step::End),
                },
            }
        }
    }

    fn push(&mut self, input: Input) -> Result<()> {
        let Input::Range(range, bytes) = input else {
            return Err(Error::new(Code::Internal, "ranges were asked for, and something else came"));
        };
        let is_awaited =
            |(awaited, came): &&mut (Range<u64>, Option<Bytes>)| *awaited == range && came.is_none();
        let Some((_, place)) = self.awaited.iter_mut().find(is_awaited) else {
            return Err(Error::new(Code::Internal, "a range came that was not asked for"));
        };
        if bytes.len() as u64 != range.end - range.start {
            return Err(Error::new(
                Code::SourceTruncated,
                "the parquet source is shorter than it was said to be",
            ));
        }
        *place = Some(bytes);
        Ok(())
    }

    fn progress(&self) -> Option<f64> {
        let State::Rows(rows) = &self.state else { return Some(0.0) };
        let (read, total) = (rows.read - rows.passed, rows.total.saturating_sub(rows.passed));
        Some(if total == 0 { 1.0 } else { (read as f64 / total as f64).min(1.0) })
    }

    fn passed(&self) -> u64 {
        if let State::Rows(rows) = &self.state { rows.passed } else { 0 }
    }

    fn pending_bytes(&self) -> usize {
        let arrived: usize =
            self.awaited.iter().filter_map(|(_, bytes)| bytes.as_ref()).map(Bytes::len).sum();
        match &self.state {
            State::Footer(_) => arrived,
            State::Rows(rows) => arrived + rows.held_bytes(),
        }
    }
}

fn corrupt(what: &str) -> Error {
    Error::new(Code::SourceCorrupt, format!("the parquet source is corrupt: {what}"))
}
