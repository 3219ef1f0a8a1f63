//! Arrow's IPC format: a stream of messages, bare or as a file has it.
//!
//! A file is its magic, a stream, and a footer of places in it; it is read as the stream. Bodies may be compressed
//! with lz4 or zstd. Buffers are checked by the arrow crate as it makes arrays of them.

mod checks;
mod messages;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::buffer::Buffer;
use arrow::datatypes::{DataType, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::convert::try_fb_to_schema;
use arrow::ipc::reader::{read_dictionary, read_record_batch};
use arrow::ipc::{Endianness, Message, MessageHeader, MetadataVersion, root_as_message};

use crate::error::{Code, Error, Result};
use crate::plan::{ExportPlan, SourcePlan};
use crate::table::declared::Declared;
use crate::table::select::Selection;
use crate::table::{Input, Need, Source, Step};
use messages::{Messages, Next};

/// A table in Arrow's IPC format, given as bytes.
pub struct IpcSource {
    selection: Selection,
    memory_limit: usize,
    size: Option<u64>,
    messages: Messages,
    table: Option<Table>,
    rows: u64,
    given: bool,
}

/// What the schema message and the dictionaries after it say.
struct Table {
    schema: SchemaRef,
    declared: Declared,
    dictionaries: HashMap<i64, ArrayRef>,
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
            rows: 0,
            given: false,
        }
    }

    /// Takes in one message; a batch of rows comes out as one.
    fn read(&mut self, metadata: &Buffer, body: &Buffer) -> Result<Option<RecordBatch>> {
        let message = root_as_message(metadata).map_err(|_| corrupt("a message cannot be read"))?;
        if message.version() < MetadataVersion::V4 {
            return Err(unsupported("the Arrow stream is of a version before 0.8"));
        }
        let header = message.header_type();
        if header == MessageHeader::Schema {
            self.table = Some(self.declare(&message)?);
            return Ok(None);
        }
        let Some(table) = &mut self.table else {
            let message = "the Arrow file has no schema before its rows, but in its footer alone, where apache-arrow's \
                           JavaScript file writer puts it; write it as a stream instead";
            return Err(unsupported(message));
        };
        match header {
            MessageHeader::DictionaryBatch => {
                let batch = message.header_as_dictionary_batch().ok_or_else(no_header)?;
                let types = dictionary_type(&table.schema, batch.id());
                checks::judge(batch.data(), types.as_slice(), body, self.memory_limit)?;
                read_dictionary(body, batch, &table.schema, &mut table.dictionaries, &message.version())
                    .map_err(broken)?;
                Ok(None)
            }
            MessageHeader::RecordBatch => {
                let types: Vec<_> = table.schema.fields().iter().map(|field| field.data_type()).collect();
                checks::judge(message.header_as_record_batch(), &types, body, self.memory_limit)?;
                let batch = table.read(&message, body, self.rows)?;
                self.rows += batch.num_rows() as u64;
                Ok(Some(batch))
            }
            _ => Err(unsupported("the Arrow stream holds something else than a table")),
        }
    }

    fn declare(&self, message: &Message) -> Result<Table> {
        if self.table.is_some() {
            return Err(corrupt("the stream has a second schema"));
        }
        let header = message.header_as_schema().ok_or_else(no_header)?;
        if header.endianness() != Endianness::Little {
            return Err(unsupported("the Arrow stream is big-endian"));
        }
        let schema = try_fb_to_schema(header).map_err(broken)?;
        schema.fields().iter().try_for_each(|field| checks::judge_type(field.data_type()))?;
        let declared = Declared::new(&self.selection, &schema)?;
        Ok(Table { schema: Arc::new(schema), declared, dictionaries: HashMap::new() })
    }
}

impl Table {
    fn read(&self, message: &Message, body: &Buffer, first_row: u64) -> Result<RecordBatch> {
        let header = message.header_as_record_batch().ok_or_else(no_header)?;
        let (version, indexes) = (message.version(), self.declared.indexes());
        let batch =
            read_record_batch(body, header, self.schema.clone(), &self.dictionaries, Some(indexes), &version)
                .map_err(broken)?;
        self.declared.batch(batch.columns(), batch.num_rows(), first_row)
    }
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
                        return Ok(Step::End);
                    }
                    return Ok(Step::Batch(table.declared.no_rows()));
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
        self.messages.pending_bytes()
    }
}

/// The type of the values of a dictionary, unless no column has it.
fn dictionary_type(schema: &Schema, id: i64) -> Option<&DataType> {
    // The ids are of no use but to read this format, which is why the crate would hide them.
    #[expect(deprecated)]
    let fields = schema.fields_with_dict_id(id);
    match fields.first()?.data_type() {
        DataType::Dictionary(_, values) => Some(values),
        _ => None,
    }
}

fn corrupt(what: &str) -> Error {
    Error::new(Code::SourceCorrupt, format!("the Arrow source is corrupt: {what}"))
}

fn unsupported(what: &str) -> Error {
    Error::new(Code::SourceUnsupported, what)
}

fn no_header() -> Error {
    corrupt("a message has no header")
}

/// The crate's own sentence is not repeated: it may hold what was found in the data.
fn broken(error: ArrowError) -> Error {
    match error {
        ArrowError::NotYetImplemented(_) => unsupported("the Arrow source holds a type that cannot be read"),
        _ => corrupt("a message breaks the rules of the format"),
    }
}
