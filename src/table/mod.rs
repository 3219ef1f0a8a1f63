//! Tables in: packed columns and source files become record batches.

pub mod columns;
pub mod concat;
pub mod convert;
pub mod csv;
#[cfg(feature = "binary")]
mod declared;
pub mod file;
pub mod gunzip;
pub mod infer;
#[cfg(feature = "binary")]
pub mod ipc;
pub mod jsonl;
mod merge;
pub mod packed;
#[cfg(feature = "binary")]
pub mod parquet;
pub mod pick;
pub mod range;
pub mod rows;
pub mod select;
pub mod sniff;
pub mod text;
pub mod types;
mod value;
mod views;

use std::ops::Range;

use arrow::array::RecordBatch;
use bytes::Bytes;

use crate::error::Result;

/// A table that is read without doing I/O: it says what it needs next, and is given it.
pub trait Source {
    /// The next thing to do. Called again after each [`Step::Batch`], and after each thing that was needed came.
    fn poll(&mut self) -> Result<Step>;

    /// Gives what [`Step::Need`] asked for.
    fn push(&mut self, input: Input) -> Result<()>;

    /// The share of the input that has been read, 0 to 1, where its length is known.
    fn progress(&self) -> Option<f64>;

    /// Bytes held: input not yet turned into batches.
    fn pending_bytes(&self) -> usize;

    /// Rows at the table's beginning that it left out: the plan wants later ones, and they need not be read.
    fn passed(&self) -> u64 {
        0
    }
}

#[derive(Debug)]
pub enum Step {
    Batch(RecordBatch),
    Need(Need),
    End,
}

/// What a source waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// The next rows, packed: [`Input::Batch`] or [`Input::End`].
    Batch,
    /// The next bytes of a stream: [`Input::Bytes`] or [`Input::End`].
    Bytes,
    /// These ranges of a file, all of them: one [`Input::Range`] each.
    Ranges(Vec<Range<u64>>),
}

#[derive(Debug)]
pub enum Input {
    Batch(RecordBatch),
    Bytes(Bytes),
    Range(Range<u64>, Bytes),
    End,
}
