//! jsonl: one JSON object a line (RFC 8259), keys in the order of the columns, `\n` after each line.
//!
//! - Integers and decimals are JSON numbers with all their digits, beyond 2^53 too. A reader that takes numbers
//!   for doubles rounds them; the file does not.
//! - Other scalars are strings, with the [text](super::text) that csv has.
//! - Lists are arrays, structs objects. A map with string keys is an object, any other an array of
//!   `[key, value]`. A map that has a string key twice fails the export. A dictionary is what its values are.
//! - `nulls: "drop"` leaves out the keys of null columns and null struct fields, at every depth. Nulls in lists
//!   and maps stay, and so does a NaN that `nonFinite: "null"` writes as null.
//! - NaN and the infinities are `"NaN"`, `"Infinity"` and `"-Infinity"`, or null, or fail the export, by
//!   `nonFinite`.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::Encoder;
use super::text::column::{Column, Node};
use super::text::json;
use crate::error::Result;
use crate::plan::JsonlOptions;

pub struct JsonlEncoder {
    options: JsonlOptions,
    schema: SchemaRef,
    columns: Vec<Node>,
}

impl JsonlEncoder {
    /// Fails with [`crate::Code::FormatUnsupported`] at a type that has no form in JSON.
    pub fn new(options: &JsonlOptions, schema: &SchemaRef) -> Result<Self> {
        Ok(JsonlEncoder { options: *options, schema: schema.clone(), columns: Node::columns(schema)? })
    }
}

impl Encoder for JsonlEncoder {
    fn write(&mut self, batch: &RecordBatch, first_row: u64, out: &mut Vec<u8>) -> Result<()> {
        if *batch.schema_ref() != self.schema {
            // A column was widened: nothing in the file states its type.
            *self = JsonlEncoder::new(&self.options, batch.schema_ref())?;
        }
        let columns = self.columns.iter().zip(batch.columns()).map(|(node, array)| node.bind(array));
        let columns: Vec<Column> = columns.collect::<Result<_>>()?;
        for row in 0..batch.num_rows() {
            json::object(&columns, row, &self.options, out)
                .map_err(|error| error.at_row(first_row + row as u64))?;
            out.push(b'\n');
        }
        Ok(())
    }

    fn finish(self: Box<Self>, _out: &mut Vec<u8>) -> Result<()> {
        Ok(())
    }
}
