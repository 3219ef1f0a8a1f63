//! Rows and columns that the driver packs: their types are decided here, from what it saw.
//!
//! - Columns come in the order in which their keys first appear in the first [`WINDOW_ROWS`] rows. A column that
//!   `schema` names and no row has is there too, last, and null throughout.
//! - A missing key is null. A column of nulls has the type `null`, unless `schema` says otherwise.
//! - A table without rows has the columns of `schema` and `selectors`.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::error::{Code, Error, Result};
use crate::plan::{ExportPlan, SourcePlan};
use crate::table::convert::{convert, judge};
use crate::table::infer::{self, FieldSpec, Observation, Packing};
use crate::table::packed::Packed;
use crate::table::select::Selection;
use crate::table::{Input, Need, Source, Step, types};

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

/// One column to export.
struct Column {
    name: String,
    seen: Observation,
    packing: Packing,
    /// What the packed values become, where `schema` says.
    target: Option<DataType>,
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
        let unseen = |(name, _): &&(String, DataType)| !columns.iter().any(|(seen, _)| seen == name);
        let declared = self.selection.schema.iter().filter(unseen);
        let declared = declared.map(|(name, _)| name);
        // Where nothing was seen, nothing tells a selector's column from one that no row has.
        let selected = self.selection.selectors.iter().flatten().filter(|_| columns.is_empty());
        let mut unseen: Vec<&String> = declared.collect();
        for name in selected {
            if !unseen.contains(&name) {
                unseen.push(name);
            }
        }
        let unseen = unseen.into_iter().map(|name| (name.clone(), Observation::default()));
        let columns: Vec<_> = columns.iter().cloned().chain(unseen).collect();
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let wanted = self.selection.indexes(&names)?;
        let column = |index: &usize| {
            let (name, seen) = columns[*index].clone();
            Column::new(name, seen, &self.selection)
        };
        self.columns = wanted.iter().map(column).collect::<Result<_>>()?;
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
            let array = packed.into_array(&column.packing.data_type, &column.name)?;
            arrays.push(match &column.target {
                Some(target) => convert(&array, target, &column.name, self.rows)?,
                None => array,
            });
        }
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(self.schema(), arrays, &options);
        let batch =
            batch.map_err(|_| Error::new(Code::SourceRaggedRow, "columns of a batch differ in length"))?;
        self.rows += rows as u64;
        Ok(batch)
    }

    fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.columns.iter().map(Column::field).collect::<Vec<_>>()))
    }
}

impl Column {
    fn new(name: String, seen: Observation, selection: &Selection) -> Result<Self> {
        let target = selection.target(&name).cloned();
        let packing = packing(&seen, &target, &name)?;
        Ok(Column { name, seen, packing, target })
    }

    fn spec(&self) -> FieldSpec {
        FieldSpec {
            name: self.name.clone(),
            data_type: types::print(&self.packing.data_type),
            nullable: true,
            as_text: self.packing.as_text,
        }
    }

    fn field(&self) -> Field {
        let data_type = self.target.as_ref().unwrap_or(&self.packing.data_type);
        Field::new(&self.name, data_type.clone(), true)
    }

    fn widen(&mut self, row: u64, later: &Observation, is_fixed: bool) -> Result<()> {
        let mut seen = self.seen.clone();
        infer::merge(&mut seen, later);
        let wider = packing(&seen, &self.target, &self.name)?;
        if wider == self.packing {
            let message = format!("a value does not fit the type {}", types::print(&self.packing.data_type));
            return Err(Error::new(Code::SourceTypeChanged, message).at_row(row).in_column(&self.name));
        }
        // What `schema` fixes, no later value changes: the packing alone widens.
        let exact =
            self.target.is_some() || (!is_fixed && infer::widens(&self.packing.data_type, &wider.data_type));
        if !exact {
            let message = format!(
                "the column is {} by its first {WINDOW_ROWS} rows, and this row needs {}; schema can set its type",
                types::print(&self.packing.data_type),
                types::print(&wider.data_type)
            );
            return Err(Error::new(Code::SourceTypeChanged, message).at_row(row).in_column(&self.name));
        }
        self.seen = seen;
        self.packing = wider;
        Ok(())
    }
}

fn packing(seen: &Observation, target: &Option<DataType>, column: &str) -> Result<Packing> {
    match target {
        Some(target) => {
            let packing = infer::packing(seen, target, column)?;
            judge(&packing.data_type, target, column)?;
            Ok(packing)
        }
        None => Ok(Packing { data_type: infer::infer(seen, column)?, as_text: false }),
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
            return Ok(Step::Batch(RecordBatch::new_empty(self.schema())));
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
