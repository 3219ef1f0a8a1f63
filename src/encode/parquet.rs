//! Parquet, by the column writers of the parquet crate.

mod layout;
mod pages;
mod properties;
mod segments;
mod values;

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::errors::ParquetError;
use parquet::file::writer::SerializedFileWriter;

use super::Encoder;
use crate::error::{Code, Error, Result};
use crate::plan::ParquetOptions;
use pages::ExactPagesFactory;
use segments::Segments;

/// One Parquet file.
///
/// Pages are encoded and compressed as the rows come, so an open row group takes about what it takes in the file.
/// When it ends, one column after the other moves into the file, and leaves in pieces by [`Encoder::drain`].
pub struct ParquetEncoder {
    /// The columns as the file has them; see [`layout`].
    schema: SchemaRef,
    file: SerializedFileWriter<Segments>,
    factory: ArrowRowGroupWriterFactory,
    /// A writer for each leaf column; empty between row groups.
    columns: Vec<ArrowColumnWriter>,
    row_groups: usize,
}

impl ParquetEncoder {
    /// Fails with [`Code::FormatUnsupported`] where a column's type has no place in Parquet, and with
    /// [`Code::ConfigUnknownColumn`] where `columns` names none of `schema`.
    pub fn new(options: &ParquetOptions, schema: &SchemaRef) -> Result<Self> {
        let schema = Arc::new(layout::file_schema(schema)?);
        let descriptor = layout::descriptor(&schema)?;
        let properties = Arc::new(properties::properties(options, &schema, &descriptor)?);
        let file = SerializedFileWriter::new(Segments::default(), descriptor.root_schema_ptr(), properties)
            .map_err(failed)?;
        let factory = ArrowRowGroupWriterFactory::new(&file, schema.clone())
            .with_page_store_factory(Arc::new(ExactPagesFactory));
        Ok(ParquetEncoder { schema, file, factory, columns: Vec::new(), row_groups: 0 })
    }
}

impl Encoder for ParquetEncoder {
    fn write(&mut self, batch: &RecordBatch, first_row: u64, out: &mut Vec<u8>) -> Result<()> {
        if self.columns.is_empty() {
            self.columns = self.factory.create_column_writers(self.row_groups).map_err(failed)?;
        }
        let mut writers = self.columns.iter_mut();
        for (field, column) in self.schema.fields().iter().zip(batch.columns()) {
            let array =
                values::stored(column).map_err(|misfit| misfit.into_error(field.name(), first_row))?;
            let in_column = |error| failed(error).in_column(field.name());
            // The whole block in one call: where pages end must not depend on anything but the rows.
            for (leaf, writer) in compute_leaves(field, &array).map_err(in_column)?.iter().zip(&mut writers) {
                writer.write(leaf).map_err(in_column)?;
            }
        }
        self.drain(out);
        Ok(())
    }

    fn end_row_group(&mut self) -> Result<()> {
        let mut row_group = self.file.next_row_group().map_err(failed)?;
        for column in std::mem::take(&mut self.columns) {
            column.close().and_then(|chunk| chunk.append_to_row_group(&mut row_group)).map_err(failed)?;
        }
        row_group.close().map_err(failed)?;
        self.row_groups += 1;
        Ok(())
    }

    fn drain(&mut self, out: &mut Vec<u8>) -> bool {
        self.file.inner_mut().pop(out)
    }

    fn finish(mut self: Box<Self>, out: &mut Vec<u8>) -> Result<()> {
        self.file.finish().map_err(failed)?;
        while self.drain(out) {}
        Ok(())
    }

    fn pending_bytes(&self) -> usize {
        let open: usize = self.columns.iter().map(ArrowColumnWriter::memory_size).sum();
        open + self.file.inner().len()
    }
}

/// What the column writers refuse once the types are known to fit is rows that break Arrow's own rules.
fn failed(error: ParquetError) -> Error {
    Error::new(Code::FormatUnsupported, format!("the rows cannot be written as parquet: {error}"))
}
