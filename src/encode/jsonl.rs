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

use std::ops::Range;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::Encoder;
use super::text::cells::{Cells, Fill, Frame, Table};
use super::text::column::{Column, Node, Values};
use super::text::scalar::{Scalar, Text};
use super::text::{json, json_string};
use crate::error::{Error, Result};
use crate::plan::JsonlOptions;

pub struct JsonlEncoder {
    options: JsonlOptions,
    schema: SchemaRef,
    columns: Vec<Node>,
    cells: Table,
}

impl JsonlEncoder {
    /// Fails with [`crate::Code::FormatUnsupported`] at a type that has no form in JSON.
    pub fn new(options: &JsonlOptions, schema: &SchemaRef) -> Result<Self> {
        Ok(JsonlEncoder {
            options: *options,
            schema: schema.clone(),
            columns: Node::columns(schema)?,
            cells: Table::default(),
        })
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
        let frames: Vec<Frame> = columns.iter().map(|column| self.frame(column)).collect();
        let JsonlEncoder { options, cells, .. } = self;
        cells
            .write(
                batch.num_rows(),
                columns.len(),
                out,
                |index, rows, cells| json_cells(&columns[index], &frames[index], options, rows, cells),
                end_of_object,
            )
            .map_err(|(row, error)| error.at_row(first_row + row as u64))
    }

    fn finish(self: Box<Self>, _out: &mut Vec<u8>) -> Result<()> {
        Ok(())
    }
}

impl JsonlEncoder {
    /// What stands around the cells of a column: `,"name":` and a value.
    fn frame(&self, column: &Column) -> Frame {
        let key = column.node.key(false);
        let quote: &[u8] = match &column.values {
            Values::Scalar(scalar) if !scalar.is_bare_in_json() => b"\"",
            _ => b"",
        };
        let null = if self.options.keep_nulls { [key, b"null"].concat() } else { Vec::new() };
        Frame::new(&[key, quote].concat(), quote, &null)
    }
}

fn json_cells(
    column: &Column,
    frame: &Frame,
    options: &JsonlOptions,
    rows: Range<usize>,
    cells: &mut Cells,
) -> std::result::Result<(), (usize, Error)> {
    let mut fill = Fill { cells, rows: rows.clone(), nulls: column.nulls.as_ref(), frame };
    let written = match &column.values {
        Values::Scalar(Scalar::Text(Text::Small(array))) if json_string::are_plain(array, &rows) => {
            fill.again().strings(array, |_| None);
            Some(Ok(()))
        }
        Values::Scalar(Scalar::Text(Text::Large(array))) if json_string::are_plain(array, &rows) => {
            fill.again().strings(array, |_| None);
            Some(Ok(()))
        }
        Values::Scalar(scalar) if !scalar.any_non_finite(rows.clone()) => scalar.fixed(fill.again()),
        _ => None,
    };
    if let Some(written) = written {
        return written.map_err(|(row, fault)| (row, column.node.error(fault)));
    }
    fill.cells.each(rows, |row, out| {
        if options.keep_nulls || !column.is_null(row) {
            out.extend_from_slice(column.node.key(false));
            json::value(column, row, options, out)?;
        }
        Ok(())
    })
}

/// The comma of the first cell becomes the brace; a row without cells has only that.
fn end_of_object(out: &mut [u8], begin: usize, end: usize) -> usize {
    out[begin] = b'{';
    let end = end.max(begin + 1);
    out[end..end + 2].copy_from_slice(b"}\n");
    end + 2
}
