//! The columns of a source that states their types: which are exported, and as what.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::error::{Code, Error, Result};
use crate::table::convert::{convert, judge};
use crate::table::select::Selection;

#[derive(Debug)]
pub struct Declared {
    /// The places of the columns in the source.
    indexes: Vec<usize>,
    schema: SchemaRef,
}

impl Declared {
    /// Fails where `selection` names columns that the source does not have, or types that theirs cannot become.
    pub fn new(selection: &Selection, source: &Schema) -> Result<Self> {
        let names: Vec<&str> = source.fields().iter().map(|field| field.name().as_str()).collect();
        let indexes = selection.indexes(&names)?;
        let mut fields = Vec::with_capacity(indexes.len());
        for index in &indexes {
            let field = source.field(*index);
            judge_type(field.data_type(), field.name())?;
            let target = selection.target(field.name()).unwrap_or(field.data_type());
            judge(field.data_type(), target, field.name())?;
            fields.push(Field::new(field.name(), target.clone(), field.is_nullable()));
        }
        Ok(Declared { indexes, schema: Arc::new(Schema::new(fields)) })
    }

    /// The places of the columns to read, in the order in which they are exported.
    pub fn indexes(&self) -> &[usize] {
        &self.indexes
    }

    /// The next rows of the table: the columns at [`Self::indexes`], as the source has them.
    pub fn batch(&self, columns: &[ArrayRef], rows: usize, first_row: u64) -> Result<RecordBatch> {
        let fields = self.schema.fields().iter().zip(columns);
        let columns =
            fields.map(|(field, column)| convert(column, field.data_type(), field.name(), first_row));
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(self.schema.clone(), columns.collect::<Result<_>>()?, &options)
            .map_err(|_| {
                Error::new(Code::SourceCorrupt, "a column of the source breaks what its schema says")
            })
    }

    /// No rows: what tells the columns of a table that has none.
    pub fn no_rows(&self) -> RecordBatch {
        RecordBatch::new_empty(self.schema.clone())
    }
}

/// Fails where no format could write the column.
fn judge_type(data_type: &DataType, column: &str) -> Result<()> {
    use DataType::*;
    match data_type {
        Union(..) | RunEndEncoded(..) | ListView(_) | LargeListView(_) => {
            let message = format!("columns of Arrow's type {data_type} cannot be exported");
            Err(Error::new(Code::SourceUnsupported, message).in_column(column))
        }
        List(item) | LargeList(item) | FixedSizeList(item, _) | Map(item, _) => {
            judge_type(item.data_type(), column)
        }
        Struct(fields) => fields.iter().try_for_each(|field| judge_type(field.data_type(), column)),
        Dictionary(_, values) => judge_type(values, column),
        _ => Ok(()),
    }
}
