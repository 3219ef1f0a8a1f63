//! Lines as rows of columns whose types are decided.

use std::collections::VecDeque;

use arrow::array::RecordBatch;

use super::json::{self, LONE_SURROGATE, Path, Stop, TWICE};
use super::names::Names;
use super::observe::observe;
use super::values::Values;
use crate::error::{Code, Error, Result};
use crate::table::columns::{self, Column};
use crate::table::infer::Observation;

/// A batch is given when it has this many rows, or was made of this many bytes.
const BATCH_ROWS: usize = 8192;
const BATCH_BYTES: usize = 1 << 20;

pub struct Table {
    columns: Vec<Column>,
    values: Vec<Values>,
    /// The column of each name; `None` where it is not exported.
    places: Vec<Option<usize>>,
    /// Whether a key that was not seen before would be a column.
    is_open: bool,
    is_typed: bool,
    first_row: u64,
    rows: usize,
    text_bytes: usize,
}

enum Unfit<'a> {
    /// The column, and the value that it cannot hold.
    Misfit(usize, &'a str),
    Failed(Error),
}

impl Table {
    pub fn new<'a>(
        columns: Vec<Column>,
        names: impl Iterator<Item = &'a str>,
        is_open: bool,
        is_typed: bool,
    ) -> Result<Self> {
        let places = names.map(|name| columns.iter().position(|column| column.name == name)).collect();
        let values = empty(&columns)?;
        Ok(Table { columns, values, places, is_open, is_typed, first_row: 0, rows: 0, text_bytes: 0 })
    }

    /// Adds a row. What it completes, or what must end before it, goes to `batches`.
    pub fn add(
        &mut self,
        object: &str,
        row: u64,
        names: &mut Names,
        is_whole: bool,
        batches: &mut VecDeque<RecordBatch>,
    ) -> Result<()> {
        loop {
            names.begin_line();
            match json::members(object, |key, value| self.cell(key, value, names)) {
                Ok(()) => break,
                Err(Stop::Syntax(error)) => return Err(super::syntax(&error, is_whole)),
                Err(Stop::By(Unfit::Failed(error))) => return Err(error),
                Err(Stop::By(Unfit::Misfit(column, value))) => {
                    batches.extend(self.take_batch()?);
                    self.widen(column, value, row)?;
                }
            }
        }
        for values in self.values.iter_mut().filter(|values| values.len() == self.rows) {
            values.push_null();
        }
        self.rows += 1;
        self.text_bytes += object.len();
        if self.rows == BATCH_ROWS || self.text_bytes >= BATCH_BYTES {
            batches.extend(self.take_batch()?);
        }
        Ok(())
    }

    fn cell<'a>(&mut self, key: &str, value: &'a str, names: &mut Names) -> Result<(), Unfit<'a>> {
        let surrogate = || Unfit::Failed(Error::new(Code::SourceInvalidText, LONE_SURROGATE));
        let name = json::string(key).ok_or_else(surrogate)?;
        let Some(place) = names.find(&name) else {
            if !self.is_open {
                return Ok(());
            }
            let message = "the column is not in the rows that decide on the columns; schema can name it";
            return Err(Unfit::Failed(Error::new(Code::SourceNewColumn, message).in_column(name)));
        };
        if !names.give(place) {
            return Err(Unfit::Failed(Path::Column(&name).error(Code::SourceCorrupt, TWICE)));
        }
        let Some(column) = self.places[place] else { return Ok(()) };
        self.values[column].push(value).map_err(|_| Unfit::Misfit(column, value))
    }

    /// Makes `column` hold `value` too, and begins a batch.
    fn widen(&mut self, column: usize, value: &str, row: u64) -> Result<()> {
        let column = &mut self.columns[column];
        let mut seen = Observation::default();
        observe(value, &mut seen, column.target.as_ref(), &Path::Column(&column.name), row)?;
        let packing = column.packing.clone();
        column.widen(row, &seen, self.is_typed)?;
        if column.packing == packing {
            let message = "a value does not fit the column that was made for it";
            return Err(Error::new(Code::Internal, message).in_column(&column.name));
        }
        self.values = empty(&self.columns)?;
        Ok(())
    }

    fn take_batch(&mut self) -> Result<Option<RecordBatch>> {
        let rows = std::mem::take(&mut self.rows);
        let values = std::mem::replace(&mut self.values, empty(&self.columns)?);
        self.text_bytes = 0;
        if rows == 0 {
            return Ok(None);
        }
        let arrays = values.into_iter().map(|values| values.finish(rows)).collect();
        let batch = columns::batch(&self.columns, arrays, rows, self.first_row)?;
        self.first_row += rows as u64;
        Ok(Some(batch))
    }

    /// The last batch; one without rows where there is none and `tells_columns`.
    pub fn end(mut self, tells_columns: bool) -> Result<Option<RecordBatch>> {
        let last = self.take_batch()?;
        let no_rows = || tells_columns.then(|| RecordBatch::new_empty(columns::schema(&self.columns)));
        Ok(last.or_else(no_rows))
    }

    pub fn text_bytes(&self) -> usize {
        self.text_bytes
    }
}

fn empty(columns: &[Column]) -> Result<Vec<Values>> {
    let values = |column: &Column| {
        let values = Values::new(&column.packing.data_type, column.target.as_ref(), column.packing.as_text);
        values.ok_or_else(|| {
            Error::new(Code::Internal, "the column's type is none of JSON's").in_column(&column.name)
        })
    };
    columns.iter().map(values).collect()
}
