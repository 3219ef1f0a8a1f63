//! Rows and columns that the driver packs: their types are decided here, from what it saw.
//!
//! - Columns come in the order in which their keys first appear in the first [`WINDOW_ROWS`] rows. A column that
//!   `schema` names and no row has is there too, last, and null throughout.
//! - A missing key is null. A column of nulls has the type `null`, unless `schema` says otherwise.
//! - A table without rows has the columns of `schema` and `selectors`.

use std::collections::VecDeque;

use arrow::array::RecordBatch;

use crate::error::{Code, Error, Result};
use crate::plan::{ExportPlan, SourcePlan};
use crate::table::columns::{self, Column};
use crate::table::infer::{FieldSpec, Observation};
use crate::table::packed::Packed;
use crate::table::select::Selection;
use crate::table::{Input, Need, Source, Step};

/// Rows whose kinds of values decide on the types.
pub const WINDOW_ROWS: u64 = 10_000;

/// A source whose batches the driver packs.
pub struct RowSource {
    selection: Selection,
    /// Whether the format's files state types.
    is_typed: bool,
    total_rows: Option<u64>,
    columns: Vec<Column>,
    batches: VecDeque<RecordBatch>,
    rows: u64,
    given: bool,
    ended: bool,
}

impl RowSource {
    pub fn new(plan: &ExportPlan) -> Self {
        let total_rows = match plan.source {
            SourcePlan::Packed { rows } => rows,
            SourcePlan::Bytes { .. } | SourcePlan::File { .. } => None,
        };
        RowSource {
            selection: Selection::of(plan),
            is_typed: plan.format.is_typed(),
            total_rows,
            columns: Vec::new(),
            batches: VecDeque::new(),
            rows: 0,
            given: false,
            ended: false,
        }
    }

    /// Decides the columns from the first rows: an observation for each column seen, in order of appearance.
    /// Answers with the columns to pack, in order.
    pub fn infer(&mut self, columns: &[(String, Observation)]) -> Result<Vec<FieldSpec>> {
        self.columns = columns::infer(columns, &self.selection)?;
        Ok(self.columns.iter().map(Column::spec).collect())
    }

    /// The columns of a source that states its types (Arrow). Answers with the indexes of those to pass.
    pub fn declare(&mut self, fields: &[FieldSpec]) -> Result<Vec<usize>> {
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        let wanted = self.selection.indexes(&names)?;
        let column = |index: &usize| {
            let field = &fields[*index];
            let seen = Observation { stated: Some(field.data_type.clone()), ..Observation::default() };
            Column::new(field.name.clone(), seen, &self.selection)
        };
        self.columns = wanted.iter().map(column).collect::<Result<_>>()?;
        Ok(wanted)
    }

    /// A value of row `row` did not fit column `column` (an index into what `infer` answered). Answers with the
    /// wider column from now on, or fails with [`Code::SourceTypeChanged`].
    pub fn widen(&mut self, column: usize, row: u64, seen: &Observation) -> Result<FieldSpec> {
        let is_fixed = self.is_typed && row >= WINDOW_ROWS;
        let column = self.columns.get_mut(column).ok_or_else(no_such_column)?;
        column.widen(row, seen, is_fixed)?;
        Ok(column.spec())
    }

    /// A batch of the next rows: a packed column for each that `infer` or `declare` answered with.
    pub fn pack(&mut self, rows: usize, packed: Vec<Packed>) -> Result<RecordBatch> {
        if packed.len() != self.columns.len() {
            return Err(no_such_column());
        }
        let mut arrays = Vec::with_capacity(packed.len());
        for (packed, column) in packed.into_iter().zip(&self.columns) {
            arrays.push(packed.into_array(&column.packing.data_type, &column.name)?);
        }
        let batch = columns::batch(&self.columns, arrays, rows, self.rows)?;
        self.rows += rows as u64;
        Ok(batch)
    }
}

fn no_such_column() -> Error {
    Error::new(Code::Internal, "the driver packed other columns than it was told to")
}

impl Source for RowSource {
    fn poll(&mut self) -> Result<Step> {
        if let Some(batch) = self.batches.pop_front() {
            self.given = true;
            return Ok(Step::Batch(batch));
        }
        if !self.ended {
            return Ok(Step::Need(Need::Batch));
        }
        // Without a row, the columns are still to be told.
        if !std::mem::replace(&mut self.given, true) {
            return Ok(Step::Batch(RecordBatch::new_empty(columns::schema(&self.columns))));
        }
        Ok(Step::End)
    }

    fn push(&mut self, input: Input) -> Result<()> {
        match input {
            Input::Batch(batch) => self.batches.push_back(batch),
            Input::End => self.ended = true,
            Input::Bytes(_) | Input::Range(..) => {
                return Err(Error::new(Code::Internal, "rows were asked for, and bytes came"));
            }
        }
        Ok(())
    }

    fn progress(&self) -> Option<f64> {
        let total = self.total_rows?;
        Some(if total == 0 { 1.0 } else { self.rows as f64 / total as f64 })
    }

    fn pending_bytes(&self) -> usize {
        self.batches.iter().map(RecordBatch::get_array_memory_size).sum()
    }
}
