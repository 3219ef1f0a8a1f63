//! Comma-separated values, as a source.
//!
//! RFC 4180, with any of its line ends (CRLF, LF, CR). The first line is the header. The text is UTF-8, with or
//! without a byte order mark. A cell that is empty is null, and one that is empty and quoted is an empty string. A
//! line with nothing on it is no row, unless the table has one column: then it is a null.
//!
//! Types are inferred from the first 10,000 rows, or as many as 4 MiB hold:
//!
//! | all cells, nulls aside, are                                                           | type                    |
//! |---------------------------------------------------------------------------------------|-------------------------|
//! | `true` or `false`, also `True`, `TRUE`, `False`, `FALSE`                              | `boolean`               |
//! | integers within 64 bits, without plus or leading zeros                                | `int64`                 |
//! | those within 2^53, and decimal numbers of up to 17 digits, and 3 of an exponent       | `float64`               |
//! | `2013-01-01`                                                                          | `date32`                |
//! | `2013-01-01T05:00:00`, also with a space, without seconds, with a fraction            | `timestamp[ms]`         |
//! | those with `Z` or an offset                                                           | `timestamp[ms, UTC]`    |
//! | anything else, or nothing                                                             | `string`                |
//!
//! Timestamps are in us or ns where a fraction has as many digits. So a zip code, a phone number and `NA` stay what
//! they are; `1.50` becomes the number 1.5, and `+01:00` the same time in UTC. `schema` sets other types; then every
//! cell must be exactly a value of its column's type. A later cell that does not fit the inferred type is
//! [`Code::SourceTypeChanged`], but for a decimal number among integers where the output states no types.

mod column;
mod dialect;
mod guess;
mod tokenizer;

use std::mem;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::error::{Code, Error, Result};
use crate::plan::ExportPlan;
use crate::table::rows::WINDOW_ROWS;
use crate::table::select::Selection;
use crate::table::{Input, Need, Source, Step, types};
use column::Column;
use guess::Guess;
use tokenizer::{Cells, Flaw, Record, Tokenizer};

/// Bytes of the rows that types are inferred from, at most.
const WINDOW_BYTES: usize = 4 << 20;
/// Rows and bytes of a batch, about.
const BATCH_ROWS: usize = 8192;
const BATCH_BYTES: usize = 1 << 20;

/// Reads a csv file from a stream of its bytes.
pub struct CsvSource {
    selection: Selection,
    delimiter: Option<u8>,
    /// Whether the output states types, so that none can change after the window.
    is_typed: bool,
    max_record: usize,
    tokenizer: Tokenizer,
    phase: Phase,
    /// Names of all columns of the file.
    names: Vec<String>,
    columns: Vec<Column>,
    schema: SchemaRef,
    rows: u64,
    /// Rows and bytes of the batch that is being filled.
    batch_rows: usize,
    batch_bytes: usize,
    at_end: bool,
}

#[derive(Debug)]
enum Phase {
    Start(Vec<u8>),
    Header,
    Window { first: (usize, bool), guesses: Vec<Guess>, bytes: usize },
    Rows,
    Ended,
}

/// What one look at the input came to.
enum Progress {
    On,
    Starved,
    Batch(RecordBatch),
}

impl CsvSource {
    /// A source whose delimiter is `delimiter`, or found in the first line.
    pub fn new(plan: &ExportPlan, delimiter: Option<u8>) -> Self {
        CsvSource {
            selection: Selection::of(plan),
            delimiter,
            is_typed: plan.format.is_typed(),
            max_record: plan.memory_limit / 4,
            tokenizer: Tokenizer::new(b',', Vec::new(), 0),
            phase: Phase::Start(Vec::new()),
            names: Vec::new(),
            columns: Vec::new(),
            schema: Arc::new(Schema::empty()),
            rows: 0,
            batch_rows: 0,
            batch_bytes: 0,
            at_end: false,
        }
    }

    fn start(&mut self) -> Result<Progress> {
        let Phase::Start(bytes) = &mut self.phase else { return Ok(Progress::On) };
        let Some(dialect) = dialect::look(bytes, self.delimiter, self.at_end)? else {
            return Ok(Progress::Starved);
        };
        self.tokenizer = Tokenizer::new(dialect.delimiter, mem::take(bytes), dialect.start);
        self.phase = Phase::Header;
        Ok(Progress::On)
    }

    fn header(&mut self) -> Result<Progress> {
        let record = match self.tokenizer.next(self.at_end) {
            Ok(Some(record)) => record,
            Ok(None) if self.at_end => {
                let message = "the file is empty; a csv file begins with the names of its columns";
                return Err(Error::new(Code::SourceTruncated, message));
            }
            Ok(None) => return Ok(Progress::Starved),
            Err(flaw) => return Err(flaw_error(flaw, None, &[])),
        };
        let cells = record.cells().map_err(|index| not_utf8(None, index, &[]))?;
        let mut scratch = String::new();
        self.names = (0..record.count())
            .map(|index| cells.get(index, &mut scratch).unwrap_or_default().to_owned())
            .collect();
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let column = |index: usize| {
            let name = self.names[index].clone();
            let set = self.selection.target(&name).cloned();
            let is_set = set.is_some();
            Column::new(name, index, set.unwrap_or(DataType::Utf8), is_set)
        };
        self.columns = self.selection.indexes(&names)?.into_iter().map(column).collect();
        let guesses = vec![Guess::default(); self.columns.len()];
        self.phase = Phase::Window { first: self.tokenizer.mark(), guesses, bytes: 0 };
        Ok(Progress::On)
    }

    /// Looks at one row of the window; at its end, goes back to its start.
    fn window(&mut self) -> Result<Progress> {
        let Phase::Window { first, guesses, bytes } = &mut self.phase else { return Ok(Progress::On) };
        if self.rows < WINDOW_ROWS && *bytes < WINDOW_BYTES {
            let row = self.rows;
            match next_row(&mut self.tokenizer, self.at_end, &self.names, row)? {
                Next::Row(record, cells) => {
                    *bytes += record.size();
                    let mut scratch = String::new();
                    for (column, guess) in
                        self.columns.iter().zip(guesses).filter(|(column, _)| !column.is_set)
                    {
                        if let Some(text) = cells.get(column.index, &mut scratch) {
                            guess.see(text);
                        }
                    }
                    self.rows += 1;
                    return Ok(Progress::On);
                }
                Next::Blank => return Ok(Progress::On),
                Next::None if !self.at_end => return Ok(Progress::Starved),
                Next::None => {}
            }
        }
        for (column, guess) in self.columns.iter_mut().zip(guesses).filter(|(column, _)| !column.is_set) {
            column.widen(guess.data_type());
        }
        self.tokenizer.rewind(*first);
        self.rows = 0;
        self.schema = schema_of(&self.columns);
        self.phase = Phase::Rows;
        Ok(Progress::On)
    }

    fn row(&mut self) -> Result<Progress> {
        if self.batch_rows == BATCH_ROWS || self.batch_bytes >= BATCH_BYTES {
            return self.batch();
        }
        let row = self.rows;
        let (record, cells) = match next_row(&mut self.tokenizer, self.at_end, &self.names, row)? {
            Next::Row(record, cells) => (record, cells),
            Next::Blank => return Ok(Progress::On),
            Next::None if !self.at_end => return Ok(Progress::Starved),
            Next::None => {
                let is_first = self.rows == 0;
                self.phase = Phase::Ended;
                // A table without rows still has columns.
                return if is_first || self.batch_rows > 0 { self.batch() } else { Ok(Progress::On) };
            }
        };
        let size = record.size() + 1;
        let mut scratch = String::new();
        for index in 0..self.columns.len() {
            let column = &mut self.columns[index];
            let text = cells.get(column.index, &mut scratch);
            if column.push(text).is_err() {
                let wider = text.and_then(|text| column.wider(text)).filter(|_| !self.is_typed);
                return match wider {
                    Some(data_type) => self.widen(index, data_type),
                    None => Err(misfit(column, row)),
                };
            }
        }
        self.rows += 1;
        self.batch_rows += 1;
        self.batch_bytes += size;
        Ok(Progress::On)
    }

    /// Ends the batch before the row that needs a wider column, and goes back to that row.
    fn widen(&mut self, index: usize, data_type: DataType) -> Result<Progress> {
        self.tokenizer.again();
        let is_empty = self.batch_rows == 0;
        let batch = self.batch();
        self.columns[index].widen(data_type);
        self.schema = schema_of(&self.columns);
        if is_empty { batch.map(|_| Progress::On) } else { batch }
    }

    fn batch(&mut self) -> Result<Progress> {
        let rows = mem::take(&mut self.batch_rows);
        self.batch_bytes = 0;
        let first_row = self.rows - rows as u64;
        let arrays = self.columns.iter_mut().map(|column| column.finish(rows, first_row));
        let arrays = arrays.collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options);
        batch
            .map(Progress::Batch)
            .map_err(|_| Error::new(Code::Internal, "columns of a batch differ in length"))
    }

    /// Refuses to gather a record without end, as a quote that is never closed makes.
    fn check_record(&self) -> Result<()> {
        if self.tokenizer.record_len() <= self.max_record {
            return Ok(());
        }
        let message = format!(
            "a row is longer than {} bytes, a quarter of memoryLimit; or a quoted cell of it is never closed",
            self.max_record
        );
        Err(Error::new(Code::LimitExceeded, message).at_row(self.rows))
    }
}

impl Source for CsvSource {
    fn poll(&mut self) -> Result<Step> {
        loop {
            let progress = match self.phase {
                Phase::Start(_) => self.start()?,
                Phase::Header => self.header()?,
                Phase::Window { .. } => self.window()?,
                Phase::Rows => self.row()?,
                Phase::Ended => return Ok(Step::End),
            };
            match progress {
                Progress::On => {}
                Progress::Batch(batch) => return Ok(Step::Batch(batch)),
                Progress::Starved => {
                    self.check_record()?;
                    return Ok(Step::Need(Need::Bytes));
                }
            }
        }
    }

    fn push(&mut self, input: Input) -> Result<()> {
        match (input, &mut self.phase) {
            (Input::Bytes(bytes), Phase::Start(start)) => start.extend_from_slice(&bytes),
            (Input::Bytes(bytes), phase) => {
                if !matches!(phase, Phase::Window { .. }) {
                    self.tokenizer.forget();
                }
                self.tokenizer.push(&bytes);
            }
            (Input::End, _) => self.at_end = true,
            _ => return Err(Error::new(Code::Internal, "bytes were asked for, and something else came")),
        }
        Ok(())
    }

    fn progress(&self) -> Option<f64> {
        None
    }

    fn pending_bytes(&self) -> usize {
        let start = if let Phase::Start(bytes) = &self.phase { bytes.len() } else { 0 };
        start + self.tokenizer.buffered() + self.batch_bytes
    }
}

enum Next<'a> {
    Row(Record<'a>, Cells<'a>),
    Blank,
    None,
}

/// The next row, checked for its form.
fn next_row<'a>(tokenizer: &'a mut Tokenizer, at_end: bool, names: &[String], row: u64) -> Result<Next<'a>> {
    let record = match tokenizer.next(at_end) {
        Ok(Some(record)) => record,
        Ok(None) => return Ok(Next::None),
        Err(flaw) => return Err(flaw_error(flaw, Some(row), names)),
    };
    if record.count() != names.len() {
        if record.is_blank() {
            return Ok(Next::Blank);
        }
        let message = format!("a row has {} cells, and the header {}", record.count(), names.len());
        return Err(Error::new(Code::SourceRaggedRow, message).at_row(row));
    }
    let cells = record.cells().map_err(|index| not_utf8(Some(row), index, names))?;
    Ok(Next::Row(record, cells))
}

fn schema_of(columns: &[Column]) -> SchemaRef {
    let field = |column: &Column| Field::new(&column.name, column.data_type.clone(), true);
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

fn flaw_error(flaw: Flaw, row: Option<u64>, names: &[String]) -> Error {
    match flaw {
        Flaw::TextAfterQuote(cell) => place(
            Error::new(Code::SourceCorrupt, "text behind the closing quote of a cell"),
            row,
            cell,
            names,
        ),
        Flaw::Unterminated(cell) => {
            let message = "the file ends inside a quoted cell that began in this row";
            place(Error::new(Code::SourceTruncated, message), row, cell, names)
        }
    }
}

fn not_utf8(row: Option<u64>, cell: usize, names: &[String]) -> Error {
    place(Error::new(Code::SourceInvalidText, "a cell is not UTF-8"), row, cell, names)
}

fn place(mut error: Error, row: Option<u64>, cell: usize, names: &[String]) -> Error {
    if let Some(row) = row {
        error = error.at_row(row);
    }
    match names.get(cell) {
        Some(name) => error.in_column(name),
        None => error,
    }
}

fn misfit(column: &Column, row: u64) -> Error {
    let message = format!(
        "a cell that is not a value of type {}, as the first {WINDOW_ROWS} rows are; schema can set the column's type",
        types::print(&column.data_type)
    );
    Error::new(Code::SourceTypeChanged, message).at_row(row).in_column(&column.name)
}
