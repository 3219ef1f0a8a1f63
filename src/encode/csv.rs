//! csv: RFC 4180, in UTF-8.
//!
//! - Scalars have the [text](super::text) that jsonl has; NaN and the infinities are `NaN`, `Infinity` and
//!   `-Infinity`. Nested values are JSON text, as jsonl has them with nulls kept.
//! - A field is quoted where it has to be: it holds the delimiter, the quote, the escape or a line break, begins
//!   or ends with a space or a tab, begins with U+FEFF, is empty, or reads like `nullValue`. Null is never quoted.
//!   So `""` is an empty string, and nothing at all is null.
//! - One exception: in a table of one column, a null with an empty `nullValue` would be an empty line, and most
//!   readers skip those. It is written `""`, as Python's csv module does, so that no row is lost; to tell it from
//!   an empty string, give such a table a `nullValue`.
//! - `escape` stands before a quote within quotes, and before itself where it is not the quote.
//! - `formulas` looks at what comes from the data as text: strings, binary, the names of the columns. Under
//!   `"escape"` those that a spreadsheet would run get a `'` in front; plain numbers such as `-12.5` do not, nor
//!   do columns of numbers, dates, times or nested values (which begin with `[` or `{`).
//! - A table without columns is an empty file; it cannot hold rows.

mod field;
mod formula;

use std::ops::Range;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::Encoder;
use super::text::cells::{Cells, Fill, Frame, Table};
use super::text::column::{Column, Node, Values};
use super::text::json;
use super::text::scalar::{Scalar, Text};
use crate::error::{Code, Error, Result};
use crate::plan::{CsvOptions, Formulas, JsonlOptions, NonFinite};
use field::{BYTE_ORDER_MARK, Dialect};

const NESTED: JsonlOptions = JsonlOptions { keep_nulls: true, non_finite: NonFinite::Text };

pub struct CsvEncoder {
    schema: SchemaRef,
    columns: Vec<Node>,
    rules: Rules,
    cells: Table,
    /// A field before it is known whether it needs quotes.
    scratch: Vec<u8>,
    started: bool,
    bom: bool,
    header: bool,
}

/// What is the same for every field.
struct Rules {
    dialect: Dialect,
    delimiter: u8,
    line_ending: &'static str,
    formulas: Formulas,
    /// The text of null.
    null: Vec<u8>,
    /// Whether numbers, dates and times are written without a look at whether they need quotes.
    spares_plain_text: bool,
}

impl CsvEncoder {
    /// Fails with [`Code::FormatUnsupported`] at a type that has no form in csv.
    pub fn new(options: &CsvOptions, schema: &SchemaRef) -> Result<Self> {
        let dialect = Dialect::new(options);
        let lone_null = options.null_value.is_empty() && schema.fields().len() == 1;
        let rules = Rules {
            delimiter: options.delimiter,
            line_ending: options.line_ending,
            formulas: options.formulas,
            null: if lone_null { vec![options.quote; 2] } else { options.null_value.clone().into_bytes() },
            spares_plain_text: dialect.spares_plain_text(),
            dialect,
        };
        Ok(CsvEncoder {
            schema: schema.clone(),
            columns: Node::columns(schema)?,
            rules,
            cells: Table::default(),
            scratch: Vec::new(),
            started: false,
            bom: options.bom,
            header: options.header,
        })
    }

    fn start(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if std::mem::replace(&mut self.started, true) {
            return Ok(());
        }
        if self.bom {
            out.extend_from_slice(BYTE_ORDER_MARK);
        }
        if self.header && !self.columns.is_empty() {
            self.rules.header(&self.columns, out)?;
        }
        Ok(())
    }
}

impl Encoder for CsvEncoder {
    fn write(&mut self, batch: &RecordBatch, first_row: u64, out: &mut Vec<u8>) -> Result<()> {
        self.start(out)?;
        if *batch.schema_ref() != self.schema {
            // A column was widened: nothing in the file states its type.
            self.schema = batch.schema();
            self.columns = Node::columns(&self.schema)?;
        }
        if self.columns.is_empty() && batch.num_rows() > 0 {
            let message = "csv cannot hold rows of a table without columns";
            return Err(Error::new(Code::FormatUnsupported, message).at_row(first_row));
        }
        let columns = self.columns.iter().zip(batch.columns()).map(|(node, array)| node.bind(array));
        let columns: Vec<Column> = columns.collect::<Result<_>>()?;
        let frames: Vec<Frame> =
            (1..=columns.len()).map(|place| self.rules.frame(place == columns.len())).collect();
        let CsvEncoder { rules, cells, scratch, .. } = self;
        cells
            .write(
                batch.num_rows(),
                columns.len(),
                out,
                |index, rows, cells| rules.column(&columns[index], &frames[index], rows, scratch, cells),
                |_, _, end| end,
            )
            .map_err(|(row, error)| error.at_row(first_row + row as u64))
    }

    fn finish(mut self: Box<Self>, out: &mut Vec<u8>) -> Result<()> {
        self.start(out)
    }
}

impl Rules {
    fn header(&self, columns: &[Node], out: &mut Vec<u8>) -> Result<()> {
        for (index, node) in columns.iter().enumerate() {
            if index > 0 {
                out.push(self.delimiter);
            }
            self.text(node.path().as_bytes(), node, out)?;
        }
        out.extend_from_slice(self.line_ending.as_bytes());
        Ok(())
    }

    /// What stands around the cells of a column.
    fn frame(&self, is_last: bool) -> Frame {
        let after = if is_last { self.line_ending.as_bytes() } else { &[self.delimiter] };
        Frame::new(b"", after, &[&self.null, after].concat())
    }

    fn column(
        &self,
        column: &Column,
        frame: &Frame,
        rows: Range<usize>,
        scratch: &mut Vec<u8>,
        cells: &mut Cells,
    ) -> std::result::Result<(), (usize, Error)> {
        let mut fill = Fill { cells, rows: rows.clone(), nulls: column.nulls.as_ref(), frame };
        let keeps_text = self.formulas == Formulas::Keep;
        let written = match &column.values {
            Values::Scalar(Scalar::Text(Text::Small(array))) if keeps_text => {
                self.dialect.strings(array, fill.again()).then_some(Ok(()))
            }
            Values::Scalar(Scalar::Text(Text::Large(array))) if keeps_text => {
                self.dialect.strings(array, fill.again()).then_some(Ok(()))
            }
            Values::Scalar(scalar) if self.spares_plain_text => scalar.fixed(fill.again()),
            _ => None,
        };
        if let Some(written) = written {
            return written.map_err(|(row, fault)| (row, column.node.error(fault)));
        }
        fill.cells.each(rows, |row, out| {
            self.field(column, row, scratch, out)?;
            frame.end(out);
            Ok(())
        })
    }

    fn field(&self, column: &Column, row: usize, scratch: &mut Vec<u8>, out: &mut Vec<u8>) -> Result<()> {
        if column.is_null(row) {
            out.extend_from_slice(&self.null);
            return Ok(());
        }
        let node = column.node;
        match &column.values {
            Values::Scalar(Scalar::Text(text)) => return self.text(text.value(row).as_bytes(), node, out),
            Values::Dictionary { keys, values } => return self.field(values, keys[row], scratch, out),
            Values::Scalar(scalar) => {
                let is_binary = matches!(scalar, Scalar::Binary(_));
                if self.spares_plain_text && !is_binary {
                    return scalar.write(row, out).map_err(|fault| node.error(fault));
                }
                scratch.clear();
                scalar.write(row, scratch).map_err(|fault| node.error(fault))?;
                if is_binary {
                    return self.text(scratch, node, out);
                }
            }
            _ => {
                scratch.clear();
                json::value(column, row, &NESTED, scratch)?;
            }
        }
        self.dialect.field(scratch, out);
        Ok(())
    }

    /// A field whose text is the data's own.
    fn text(&self, text: &[u8], node: &Node, out: &mut Vec<u8>) -> Result<()> {
        if self.formulas == Formulas::Keep || !formula::is_formula(text) {
            self.dialect.field(text, out);
            return Ok(());
        }
        if self.formulas == Formulas::Error {
            let message = "a spreadsheet would run this text, and csv.formulas is \"error\"";
            return Err(Error::new(Code::FormatFormula, message).in_column(node.path()));
        }
        self.dialect.quoted(&[b"'", text], out);
        Ok(())
    }
}
