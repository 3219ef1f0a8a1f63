//! Rows and columns that the driver packs: their types are decided here, from what it saw.
//!
//! The driver looks at the first [`WINDOW_ROWS`] rows before it packs any, so what a type is does not depend on how
//! the rows came. A column is packed as the type that its values have, and becomes the type that `schema` asks for
//! here. A column that only `schema` names is null in every row; where no row was seen at all, `selectors` name
//! columns too. A table without rows or columns is a table of no columns.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::error::{Code, Error, Result};
use crate::plan::{ExportPlan, SourcePlan};
use crate::table::convert::convert;
use crate::table::infer::{self, FieldSpec, Observation, Packing};
use crate::table::packed::Packed;
use crate::table::select::{self, Selection};
use crate::table::text::parse_column;
use crate::table::{Input, Need, Source, Step, types};

/// The rows from which types are inferred; afterwards they only widen.
pub const WINDOW_ROWS: u64 = 10_000;

/// A source whose batches the driver packs.
pub struct RowSource {
    selection: Selection,
    /// Whether the files state types, so that none can change once rows were packed.
    is_typed: bool,
    columns: Option<Columns>,
    next: Option<RecordBatch>,
    rows: u64,
    /// Whether a batch was given, and with it the columns.
    begun: bool,
    total_rows: Option<u64>,
    ended: bool,
}

struct Columns {
    list: Vec<Column>,
    schema: SchemaRef,
}

struct Column {
    name: String,
    seen: Observation,
    packing: Packing,
    /// The type it has in the table.
    data_type: DataType,
    nullable: bool,
    /// Whether `schema` gives it its type.
    is_set: bool,
}

impl RowSource {
    pub fn new(plan: &ExportPlan) -> Self {
        let total_rows = if let SourcePlan::Packed { rows } = plan.source { rows } else { None };
        RowSource {
            selection: Selection::new(plan),
            is_typed: plan.format.is_typed(),
            columns: None,
            next: None,
            rows: 0,
            begun: false,
            total_rows,
            ended: false,
        }
    }

    /// Decides the columns from the first rows: an observation for each column seen, in order of appearance.
    /// Answers with the columns to pack, in order.
    pub fn infer(&mut self, seen: &[(String, Observation)]) -> Result<Vec<FieldSpec>> {
        let names: Vec<&str> = seen.iter().map(|(name, _)| name.as_str()).collect();
        select::refuse_duplicates(&names)?;
        let wanted = self.selection.of_rows(&names)?;
        let column = |name: String| {
            let seen = seen.iter().find(|(known, _)| *known == name).map(|(_, seen)| seen.clone());
            self.observed(name, seen.unwrap_or_default())
        };
        let list: Vec<Column> = wanted.into_iter().map(column).collect::<Result<_>>()?;
        let specs = list.iter().map(Column::spec).collect();
        self.columns = Some(Columns::new(list));
        Ok(specs)
    }

    /// The columns of a source that states its types (Arrow). Answers with the indexes of those to pass, in order.
    pub fn declare(&mut self, fields: &[FieldSpec]) -> Result<Vec<usize>> {
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        let indexes = self.selection.of_declared(&names)?;
        let column = |index: &usize| {
            let field = &fields[*index];
            let data_type = infer::stated(&field.data_type, &field.name)?;
            let set = self.selection.type_of(&field.name);
            Ok(Column {
                name: field.name.clone(),
                seen: Observation { stated: Some(field.data_type.clone()), ..Observation::default() },
                data_type: set.cloned().unwrap_or_else(|| data_type.clone()),
                packing: Packing { data_type, as_text: false },
                nullable: field.nullable,
                is_set: set.is_some(),
            })
        };
        self.columns = Some(Columns::new(indexes.iter().map(column).collect::<Result<_>>()?));
        Ok(indexes)
    }

    /// A value of row `row` did not fit column `column` (an index into what `infer` answered). Answers with the
    /// column as it is packed from that row on, or fails with [`Code::SourceTypeChanged`], or, where `schema` sets
    /// the type, with [`Code::ConfigCannotConvert`]. Rows before `row` must have been packed as they were.
    ///
    /// In formats whose files state no types, later batches may so be of a wider type: what was written of the
    /// narrower one is what would have been written of the wider.
    pub fn widen(&mut self, column: usize, row: u64, seen: &Observation) -> Result<FieldSpec> {
        let columns = self.columns.as_mut().ok_or_else(no_columns)?;
        let Some(wider) = columns.list.get_mut(column) else {
            return Err(Error::new(Code::Internal, "a column that was not asked for"));
        };
        infer::merge(&mut wider.seen, seen);
        if wider.is_set {
            let packing = infer::packing(&wider.seen, &wider.data_type, &wider.name)?;
            if packing == wider.packing {
                return Err(misfit(Code::ConfigCannotConvert, wider, row));
            }
            wider.packing = packing;
            return Ok(wider.spec());
        }
        let data_type = infer::infer(&wider.seen, &wider.name).map_err(|error| error.at_row(row))?;
        let may_widen = !self.is_typed && infer::widens(&wider.data_type, &data_type);
        if !may_widen || data_type == wider.data_type {
            return Err(misfit(Code::SourceTypeChanged, wider, row));
        }
        wider.packing.data_type = data_type.clone();
        wider.data_type = data_type;
        let spec = wider.spec();
        columns.schema = schema_of(&columns.list);
        Ok(spec)
    }

    /// The next rows: a packed column for each that `infer` or `declare` answered with.
    pub fn pack(&mut self, rows: usize, packed: Vec<Packed>) -> Result<RecordBatch> {
        let columns = self.columns.as_ref().ok_or_else(no_columns)?;
        if packed.len() != columns.list.len() {
            return Err(Error::new(Code::Internal, "not as many packed columns as were asked for"));
        }
        let first_row = self.rows;
        let pairs = packed.into_iter().zip(&columns.list);
        let arrays =
            pairs.map(|(packed, column)| column.array(packed, rows, first_row)).collect::<Result<_>>()?;
        let batch = batch(&columns.schema, arrays, rows)?;
        self.rows += rows as u64;
        Ok(batch)
    }

    /// A table without rows still has columns.
    fn no_rows(&mut self) -> Result<RecordBatch> {
        if self.columns.is_none() {
            self.infer(&[])?;
        }
        let columns = self.columns.as_ref().ok_or_else(no_columns)?;
        Ok(RecordBatch::new_empty(columns.schema.clone()))
    }

    fn observed(&self, name: String, seen: Observation) -> Result<Column> {
        let set = self.selection.type_of(&name);
        let packing = match set {
            Some(data_type) => infer::packing(&seen, data_type, &name)?,
            None => Packing { data_type: infer::infer(&seen, &name)?, as_text: false },
        };
        let data_type = set.cloned().unwrap_or_else(|| packing.data_type.clone());
        Ok(Column { name, seen, packing, data_type, nullable: true, is_set: set.is_some() })
    }
}

impl Source for RowSource {
    fn poll(&mut self) -> Result<Step> {
        if let Some(batch) = self.next.take() {
            return Ok(Step::Batch(batch));
        }
        Ok(if self.ended { Step::End } else { Step::Need(Need::Batch) })
    }

    fn push(&mut self, input: Input) -> Result<()> {
        match input {
            Input::Batch(batch) => {
                self.begun = true;
                self.next = Some(batch);
            }
            Input::End => {
                self.ended = true;
                if !self.begun {
                    self.next = Some(self.no_rows()?);
                }
            }
            _ => return Err(Error::new(Code::Internal, "rows were asked for, and bytes were given")),
        }
        Ok(())
    }

    fn progress(&self) -> Option<f64> {
        let total = self.total_rows?;
        Some(if total == 0 { 1.0 } else { (self.rows as f64 / total as f64).min(1.0) })
    }

    fn pending_bytes(&self) -> usize {
        self.next.as_ref().map_or(0, RecordBatch::get_array_memory_size)
    }
}

impl Columns {
    fn new(list: Vec<Column>) -> Self {
        let schema = schema_of(&list);
        Columns { list, schema }
    }
}

impl Column {
    fn spec(&self) -> FieldSpec {
        FieldSpec {
            name: self.name.clone(),
            data_type: types::print(&self.packing.data_type),
            nullable: self.nullable,
            as_text: self.packing.as_text,
        }
    }

    fn array(&self, packed: Packed, rows: usize, first_row: u64) -> Result<ArrayRef> {
        if packed.length != rows {
            let message = "a packed column is not as long as its batch";
            return Err(Error::new(Code::SourceCorrupt, message).in_column(&self.name));
        }
        let array = packed.into_array(&self.packing.data_type, &self.name)?;
        if !self.nullable && array.null_count() > 0 {
            let message = "a null in a column that is declared to hold none";
            let row =
                array.nulls().and_then(|nulls| nulls.iter().position(|valid| !valid)).unwrap_or_default();
            let error = Error::new(Code::SourceCorrupt, message).in_column(&self.name);
            return Err(error.at_row(first_row + row as u64));
        }
        match array.data_type() {
            same if *same == self.data_type => Ok(array),
            DataType::Utf8 => parse_column(array.as_string(), &self.data_type, &self.name, first_row),
            _ => convert(&array, &self.data_type, &self.name, first_row),
        }
    }
}

fn schema_of(columns: &[Column]) -> SchemaRef {
    let field = |column: &Column| Field::new(&column.name, column.data_type.clone(), column.nullable);
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

/// A batch that knows its number of rows even without columns.
pub fn batch(schema: &SchemaRef, arrays: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema.clone(), arrays, &options)
        .map_err(|error| Error::new(Code::Internal, format!("columns that do not make a batch: {error}")))
}

fn no_columns() -> Error {
    Error::new(Code::Internal, "rows came before their columns were decided")
}

fn misfit(code: Code, column: &Column, row: u64) -> Error {
    let message = match code {
        Code::ConfigCannotConvert => {
            format!("a value that cannot become {}, which schema asks for", types::print(&column.data_type))
        }
        _ => format!(
            "a value that does not fit the column's type, {}, as the first {WINDOW_ROWS} rows have it; schema can \
             set another",
            types::print(&column.data_type)
        ),
    };
    Error::new(code, message).at_row(row).in_column(&column.name)
}
