//! Arrow's IPC format: as a stream of messages, or as a file, which has an index of them at its end.
//!
//! A file is its magic, a stream, and a footer: the schema, and the places of dictionaries and batches, which may lie
//! in any order. What cannot be read at any place is read as the stream within it. Bodies may be compressed with lz4
//! or zstd. Buffers are checked by the arrow crate as it makes arrays of them.

mod arrays;
mod checks;
mod dictionaries;
mod file;
pub mod flatbuffer;
mod footer;
pub mod message;
mod messages;
pub mod schema;
mod table;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::error::ArrowError;
use bytes::Bytes;

use crate::error::{Code, Error, Result};
use crate::plan::{ExportPlan, SourcePlan};
use crate::table::select::Selection;
use crate::table::{Input, Need, Source, Step};
pub use file::IpcFile;
use flatbuffer::Broken;
use message::{Header, Message};
use messages::{Messages, Next};
use table::Table;

/// Bytes at the beginning of a file that are looked at, at most.
const HEAD: usize = 256 << 10;

/// A table in Arrow's IPC format, given as bytes from the first to the last.
pub struct IpcSource {
    selection: Selection,
    memory_limit: usize,
    size: Option<u64>,
    messages: Messages,
    table: Option<Table>,
    given: bool,
}

impl IpcSource {
    pub fn new(plan: &ExportPlan) -> Self {
        IpcSource {
            selection: Selection::of(plan),
            memory_limit: plan.memory_limit,
            size: match plan.source {
                SourcePlan::Packed { .. } => None,
                SourcePlan::Bytes { size } => size,
                SourcePlan::File { size } => Some(size),
            },
            messages: Messages::new(plan.memory_limit),
            table: None,
            given: false,
        }
    }

    /// Takes in one message; a batch of rows comes out as one.
    fn read(&mut self, metadata: &Buffer, body: &Buffer) -> Result<Option<RecordBatch>> {
        let header = Message::read(metadata)?.header;
        if let Header::Schema(schema) = &header {
            if self.table.is_some() {
                return Err(corrupt("the stream has a second schema"));
            }
            self.table = Some(Table::new(schema, &self.selection, self.memory_limit)?);
            return Ok(None);
        }
        let Some(table) = &mut self.table else {
            return Err(match self.messages.is_file() {
                true => {
                    unsupported("the Arrow file tells its schema at its end alone; give it as a File or Blob")
                }
                false => corrupt("the stream has no schema before its rows"),
            });
        };
        match header {
            Header::Dictionary(dictionary) => table.dictionary(&dictionary, body).map(|()| None),
            Header::Rows(rows) => match table.batch(rows, body) {
                Err(error) if error.code == Code::SourceCorrupt && self.awaits_dictionaries() => {
                    let message =
                        "the Arrow file has dictionaries behind its rows; give it as a File or Blob";
                    Err(unsupported(message))
                }
                batch => batch.map(Some),
            },
            _ => Err(unsupported("the Arrow stream holds something else than a table")),
        }
    }

    /// Whether this is a file of which dictionaries that its rows use may be further on.
    fn awaits_dictionaries(&self) -> bool {
        self.messages.is_file() && self.table.as_ref().is_some_and(|table| !table.has_dictionaries())
    }
}

/// Whether a file of this format that begins with `head` has to be read by its footer: its beginning does not tell its
/// schema, or rows come before their dictionaries. `None` where that takes more of it to tell.
pub fn needs_footer(head: &[u8]) -> Option<bool> {
    let mut messages = Messages::new(HEAD);
    messages.push(Bytes::copy_from_slice(head));
    judge_head(&mut messages).unwrap_or(Some(false))
}

/// Fails where the beginning is broken or large, which whoever reads on will see too.
fn judge_head(messages: &mut Messages) -> Result<Option<bool>> {
    let Some(first) = messages.next_metadata()? else { return Ok(None) };
    let schema = match Message::read(&first)?.header {
        Header::Schema(schema) if messages.is_file() => schema,
        _ => return Ok(Some(messages.is_file())),
    };
    if !dictionaries::any_in(&schema::read(&schema).map_err(no_schema)?) {
        return Ok(Some(false));
    }
    let Some(second) = messages.next_metadata()? else { return Ok(None) };
    Ok(Some(matches!(Message::read(&second)?.header, Header::Rows(_))))
}

impl Source for IpcSource {
    fn poll(&mut self) -> Result<Step> {
        loop {
            match self.messages.next()? {
                Next::Message { metadata, body } => {
                    if let Some(batch) = self.read(&metadata, &body)? {
                        self.given = true;
                        return Ok(Step::Batch(batch));
                    }
                }
                Next::Bytes => return Ok(Step::Need(Need::Bytes)),
                Next::End => {
                    let Some(table) = &self.table else { return Err(messages::truncated()) };
                    if std::mem::replace(&mut self.given, true) {
                        self.table = None;
                        return Ok(Step::End);
                    }
                    return Ok(Step::Batch(table.no_rows()));
                }
            }
        }
    }

    fn push(&mut self, input: Input) -> Result<()> {
        match input {
            Input::Bytes(bytes) => self.messages.push(bytes),
            Input::End => self.messages.end(),
            Input::Batch(_) | Input::Range(..) => {
                return Err(Error::new(Code::Internal, "bytes were asked for, and something else came"));
            }
        }
        Ok(())
    }

    fn progress(&self) -> Option<f64> {
        let size = self.size?;
        Some(if size == 0 { 1.0 } else { (self.messages.bytes_read() as f64 / size as f64).min(1.0) })
    }

    fn pending_bytes(&self) -> usize {
        self.messages.pending_bytes() + self.table.as_ref().map_or(0, Table::held_bytes)
    }
}

fn corrupt(what: &str) -> Error {
    Error::new(Code::SourceCorrupt, format!("the Arrow source is corrupt: {what}"))
}

fn unsupported(what: &str) -> Error {
    Error::new(Code::SourceUnsupported, what)
}

fn no_schema(_: Broken) -> Error {
    corrupt("its schema cannot be read")
}

/// The crate's own sentence is not repeated: it may hold what was found in the data.
fn broken(_: ArrowError) -> Error {
    corrupt("a message breaks the rules of the format")
}
