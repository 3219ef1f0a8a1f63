//! The columns of a table whose types are decided from what was seen of it.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::error::{Code, Error, Result};
use crate::table::convert::{convert, judge};
use crate::table::infer::{self, FieldSpec, Observation, Packing};
use crate::table::rows::WINDOW_ROWS;
use crate::table::select::Selection;
use crate::table::types;

/// One column to export.
pub struct Column {
    pub name: String,
    seen: Observation,
    pub packing: Packing,
    /// What the packed values become, where `schema` says.
    pub target: Option<DataType>,
}

/// The columns to export, of those that were observed, in order of appearance. A column that `schema` names and
/// that was not seen is there too, last; where nothing was seen, so is one that `selectors` name.
pub fn infer(observed: &[(String, Observation)], selection: &Selection) -> Result<Vec<Column>> {
    let declared = selection.schema.iter().map(|(name, _)| name);
    let selected = selection.selectors.iter().flatten().filter(|_| observed.is_empty());
    let mut all = observed.to_vec();
    for name in declared.chain(selected) {
        if !all.iter().any(|(seen, _)| seen == name) {
            all.push((name.clone(), Observation::default()));
        }
    }
    let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    let column = |index: &usize| {
        let (name, seen) = all[*index].clone();
        Column::new(name, seen, selection)
    };
    selection.indexes(&names)?.iter().map(column).collect()
}

pub fn schema(columns: &[Column]) -> SchemaRef {
    Arc::new(Schema::new(columns.iter().map(Column::field).collect::<Vec<_>>()))
}

/// `rows` rows of packed columns, as what `schema` makes of them. `first_row` is the place of the first.
pub fn batch(columns: &[Column], packed: Vec<ArrayRef>, rows: usize, first_row: u64) -> Result<RecordBatch> {
    let become_target = |(array, column): (ArrayRef, &Column)| match &column.target {
        Some(target) => convert(&array, target, &column.name, first_row),
        None => Ok(array),
    };
    let arrays = packed.into_iter().zip(columns).map(become_target).collect::<Result<_>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema(columns), arrays, &options)
        .map_err(|_| Error::new(Code::SourceRaggedRow, "columns of a batch differ in length"))
}

impl Column {
    pub fn new(name: String, seen: Observation, selection: &Selection) -> Result<Self> {
        let target = selection.target(&name).cloned();
        let packing = packing(&seen, &target, &name)?;
        Ok(Column { name, seen, packing, target })
    }

    pub fn spec(&self) -> FieldSpec {
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

    /// Takes in a value of row `row` that did not fit, or fails with [`Code::SourceTypeChanged`]. `is_fixed` says
    /// whether files that state the type have been begun.
    pub fn widen(&mut self, row: u64, later: &Observation, is_fixed: bool) -> Result<()> {
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
