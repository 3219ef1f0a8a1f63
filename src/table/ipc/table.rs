//! What the messages of a table say, whether they come in a stream or out of a file's blocks.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::ipc::convert::try_fb_to_schema;
use arrow::ipc::reader::read_record_batch;
use arrow::ipc::{self, Endianness, Message, MetadataVersion, root_as_message};

use super::dictionaries::Dictionaries;
use super::{broken, checks, corrupt, no_header, unsupported};
use crate::error::Result;
use crate::table::declared::Declared;
use crate::table::select::Selection;

/// A schema, and the dictionaries and rows that follow it.
pub struct Table {
    schema: Arc<arrow::datatypes::Schema>,
    declared: Declared,
    dictionaries: Dictionaries,
    memory_limit: usize,
    rows: u64,
}

impl Table {
    pub fn new(header: ipc::Schema, selection: &Selection, memory_limit: usize) -> Result<Self> {
        if header.endianness() != Endianness::Little {
            return Err(unsupported("the Arrow source is big-endian"));
        }
        let schema = try_fb_to_schema(header).map_err(broken)?;
        schema.fields().iter().try_for_each(|field| checks::judge_type(field.data_type()))?;
        let declared = Declared::new(selection, &schema)?;
        let dictionaries = Dictionaries::new(&schema, declared.indexes(), memory_limit);
        Ok(Table { schema: Arc::new(schema), declared, dictionaries, memory_limit, rows: 0 })
    }

    /// Takes in a dictionary, or more of one.
    pub fn dictionary(&mut self, message: &Message, body: &Buffer) -> Result<()> {
        let batch = message.header_as_dictionary_batch().ok_or_else(no_header)?;
        self.dictionaries.read(batch, body, message.version())
    }

    /// Whether a dictionary was read as this one's beginning.
    pub fn has_dictionary(&self, message: &Message) -> bool {
        let batch = message.header_as_dictionary_batch();
        batch.is_some_and(|batch| !batch.isDelta() && self.dictionaries.has(batch.id()))
    }

    /// Whether all dictionaries of the columns to read have come.
    pub fn has_dictionaries(&self) -> bool {
        self.dictionaries.are_complete()
    }

    /// The next rows.
    pub fn batch(&mut self, message: &Message, body: &Buffer) -> Result<RecordBatch> {
        let header = message.header_as_record_batch().ok_or_else(no_header)?;
        let types: Vec<_> = self.schema.fields().iter().map(|field| field.data_type()).collect();
        checks::judge(header, &types, body, self.memory_limit)?;
        let mut lengths = header.nodes().into_iter().flatten().map(|node| node.length());
        if header.length() == 0 && lengths.all(|length| length == 0) {
            // apache-arrow's JavaScript counts -1 nulls where there are no values, which the crate would not have.
            return Ok(self.no_rows());
        }
        let (version, indexes) = (message.version(), Some(self.declared.indexes()));
        let dictionaries = self.dictionaries.joined()?;
        let batch = read_record_batch(body, header, self.schema.clone(), dictionaries, indexes, &version)
            .map_err(broken)?;
        let batch = self.declared.batch(batch.columns(), batch.num_rows(), self.rows)?;
        self.rows += batch.num_rows() as u64;
        Ok(batch)
    }

    /// No rows: what tells the columns of a table that has none.
    pub fn no_rows(&self) -> RecordBatch {
        self.declared.no_rows()
    }

    /// Bytes of the dictionaries.
    pub fn held_bytes(&self) -> usize {
        self.dictionaries.held_bytes()
    }
}

/// A message by its metadata.
pub fn message(metadata: &[u8]) -> Result<Message<'_>> {
    let message = root_as_message(metadata).map_err(|_| corrupt("a message cannot be read"))?;
    if message.version() < MetadataVersion::V4 {
        return Err(unsupported("the Arrow source is of a version before 0.8"));
    }
    Ok(message)
}
