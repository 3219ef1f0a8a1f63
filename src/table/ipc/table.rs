//! What the messages of a table say, whether they come in a stream or out of a file's blocks.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;

use super::arrays::Columns;
use super::dictionaries::Dictionaries;
use super::message::{Dictionary, Rows};
use super::{checks, flatbuffer, no_schema, schema, unsupported};
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
    pub fn new(header: &flatbuffer::Table, selection: &Selection, memory_limit: usize) -> Result<Self> {
        if header.i16(0, 0).map_err(no_schema)? != 0 {
            return Err(unsupported("the Arrow source is big-endian"));
        }
        let schema = schema::read(header).map_err(no_schema)?;
        schema.fields().iter().try_for_each(|field| checks::judge_type(field.data_type()))?;
        let declared = Declared::new(selection, &schema)?;
        let dictionaries = Dictionaries::new(&schema, declared.indexes(), memory_limit);
        Ok(Table { schema: Arc::new(schema), declared, dictionaries, memory_limit, rows: 0 })
    }

    /// Takes in a dictionary, or more of one.
    pub fn dictionary(&mut self, dictionary: &Dictionary, body: &Buffer) -> Result<()> {
        self.dictionaries.read(dictionary, body)
    }

    /// Whether a dictionary was read as this one's beginning.
    pub fn has_dictionary(&self, dictionary: &Dictionary) -> bool {
        !dictionary.is_delta && self.dictionaries.has(dictionary.id)
    }

    /// Whether all dictionaries of the columns to read have come.
    pub fn has_dictionaries(&self) -> bool {
        self.dictionaries.are_complete()
    }

    /// The next rows.
    pub fn batch(&mut self, rows: Rows, body: &Buffer) -> Result<RecordBatch> {
        let types: Vec<_> = self.schema.fields().iter().map(|field| field.data_type()).collect();
        checks::judge(&rows, &types, body, self.memory_limit)?;
        if rows.length == 0 && rows.lengths().all(|length| length == 0) {
            // apache-arrow's JavaScript counts -1 nulls where there are no values.
            return Ok(self.no_rows());
        }
        let (indexes, mut columns) =
            (self.declared.indexes(), Columns::new(rows, body, self.dictionaries.joined()?));
        let mut is_selected = vec![false; types.len()];
        indexes.iter().for_each(|index| is_selected[*index] = true);
        let mut arrays = vec![None; types.len()];
        for (index, field) in self.schema.fields().iter().enumerate() {
            match is_selected[index] {
                true => arrays[index] = Some(columns.take(field)?),
                false => columns.skip(field.data_type())?,
            }
        }
        let arrays: Vec<_> = indexes.iter().filter_map(|index| arrays[*index].take()).collect();
        let batch = self.declared.batch(&arrays, rows.length as usize, self.rows)?;
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
