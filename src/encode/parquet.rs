//! Parquet: pages of version 1, encoded from Arrow's buffers.

mod arrow_schema;
mod batch;
mod bits;
mod bounds;
mod bytes;
mod column;
mod column_values;
mod delta;
mod dictionary;
mod flags;
mod layout;
mod leaf;
mod levels;
mod logical;
mod metadata;
mod order;
mod page;
mod page_levels;
mod schema;
mod settings;
mod thrift;
mod values;
mod words;

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::{Field, SchemaRef};

use super::Encoder;
use crate::compress::pool::Pool;
use crate::error::{Code, Error, Result};
use crate::plan::{ParquetOptions, Statistics};
use batch::{LeafBatch, Levels};
use column::{Chunk, Column, Scratch};
use leaf::Picked;
use metadata::{RowGroup, WrittenChunk};
use schema::FileSchema;

/// For readers that know the writers of files they must be careful with.
const CREATED_BY: &str = concat!("tableport version ", env!("CARGO_PKG_VERSION"));

/// One Parquet file.
///
/// Pages are encoded and compressed as the rows come, so an open row group takes about what it takes in the file.
/// When it ends, its pages leave one by one by [`Encoder::drain`].
pub struct ParquetEncoder {
    /// The columns as the file has them; see [`layout`].
    schema: SchemaRef,
    file_schema: FileSchema,
    key_values: Vec<(String, String)>,
    /// Of each leaf.
    columns: Vec<Column>,
    scratch: Scratch,
    /// Of the open row group.
    rows: u64,
    row_groups: Vec<RowGroup>,
    /// Bytes of the file so far.
    position: u64,
    ready: VecDeque<Vec<u8>>,
}

impl ParquetEncoder {
    /// Fails with [`Code::FormatUnsupported`] where a column's type has no place in Parquet, and with
    /// [`Code::ConfigUnknownColumn`] where `columns` names none of `schema`.
    pub fn new(options: &ParquetOptions, schema: &SchemaRef, pool: &Pool) -> Result<Self> {
        let schema = Arc::new(layout::file_schema(schema)?);
        let file_schema = FileSchema::of(&schema);
        let settings = settings::of_columns(options, &file_schema.leaves)?;
        let mut key_values = settings::key_values(options)?;
        key_values.push((arrow_schema::KEY.to_owned(), arrow_schema::encoded(&schema)));
        let leaves = file_schema.leaves.iter().cloned().zip(settings);
        let mut encoder = ParquetEncoder {
            schema,
            columns: leaves.map(|(leaf, settings)| Column::new(leaf, settings)).collect(),
            file_schema,
            key_values,
            scratch: Scratch::new(pool.clone()),
            rows: 0,
            row_groups: Vec::new(),
            position: 0,
            ready: VecDeque::new(),
        };
        encoder.emit(metadata::MAGIC.to_vec());
        Ok(encoder)
    }

    fn emit(&mut self, bytes: Vec<u8>) {
        self.position += bytes.len() as u64;
        self.ready.push_back(bytes);
    }

    fn write_column(&mut self, at: usize, batch: &LeafBatch) -> Result<()> {
        self.columns[at].write(batch, &mut self.scratch)
    }

    /// A column that is not nested: one leaf, whose slots are the rows.
    fn write_flat(&mut self, at: usize, field: &Field, array: &dyn Array) -> Result<()> {
        let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0);
        if nulls.is_some() && !field.is_nullable() {
            return Err(levels::null_in_required());
        }
        let valid: Vec<u32>;
        let picked = match &nulls {
            None => Picked::All,
            Some(nulls) => {
                valid = nulls.valid_indices().map(|at| at as u32).collect();
                Picked::At(&valid)
            }
        };
        let values = leaf::values(array, picked)?;
        self.write_column(at, &LeafBatch { rows: array.len(), levels: Levels::Flat(nulls), values })
    }

    /// Returns how many leaves there are.
    fn write_nested(&mut self, first: usize, field: &Field, array: &dyn Array) -> Result<usize> {
        let mut leaves = 0;
        levels::each_leaf(field, array, &mut |leaf, slots| {
            let places: Vec<u32> = slots.iter().filter_map(|slot| slot.value()).collect();
            let values = leaf::values(leaf, Picked::At(&places))?;
            let batch = LeafBatch { rows: array.len(), levels: Levels::Nested(slots), values };
            leaves += 1;
            self.write_column(first + leaves - 1, &batch)
        })?;
        Ok(leaves)
    }
}

impl Encoder for ParquetEncoder {
    fn write(&mut self, batch: &RecordBatch, first_row: u64, out: &mut Vec<u8>) -> Result<()> {
        let schema = self.schema.clone();
        let mut leaf = 0;
        for (field, column) in schema.fields().iter().zip(batch.columns()) {
            let array =
                values::stored(column).map_err(|misfit| misfit.into_error(field.name(), first_row))?;
            let leaves = if field.data_type().is_nested() {
                self.write_nested(leaf, field, &array)
            } else {
                self.write_flat(leaf, field, &array).map(|()| 1)
            };
            leaf += leaves.map_err(|error| error.in_column(field.name()))?;
        }
        self.rows += batch.num_rows() as u64;
        self.drain(out);
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.columns.iter_mut().try_for_each(|column| column.end_pages(&mut self.scratch))
    }

    fn end_row_group(&mut self) -> Result<()> {
        self.flush()?;
        let start = self.position;
        let mut chunks = Vec::with_capacity(self.columns.len());
        for at in 0..self.columns.len() {
            let mut chunk = self.columns[at].end_chunk(&self.scratch)?;
            let offset = self.position;
            for page in std::mem::take(&mut chunk.pages) {
                self.emit(page.header);
                page.content.into_iter().for_each(|piece| self.emit(piece));
            }
            chunks.push((offset, chunk));
        }
        self.scratch.release();
        let bytes = self.position - start;
        for (_, chunk) in &mut chunks {
            if let Some(filter) = chunk.bloom_filter.take() {
                let mut bytes = Vec::new();
                filter.write(&mut bytes).map_err(bloom_filter_failed)?;
                chunk.metadata.bloom_filter = Some((self.position, bytes.len()));
                self.emit(bytes);
            }
        }
        self.row_groups.push(RowGroup {
            offset: start,
            rows: std::mem::take(&mut self.rows),
            uncompressed_bytes: chunks.iter().map(|(_, chunk)| chunk.metadata.uncompressed_bytes).sum(),
            compressed_bytes: bytes,
            chunks: chunks
                .iter()
                .zip(&self.columns)
                .map(|((offset, chunk), column)| written(column, chunk, *offset))
                .collect(),
        });
        Ok(())
    }

    fn drain(&mut self, out: &mut Vec<u8>) -> bool {
        let Some(piece) = self.ready.pop_front() else { return false };
        out.extend_from_slice(&piece);
        true
    }

    fn finish(mut self: Box<Self>, out: &mut Vec<u8>) -> Result<()> {
        while self.drain(out) {}
        let (schema, key_values) = (&self.file_schema, &self.key_values);
        metadata::file_end(out, self.position, schema, &self.row_groups, key_values, CREATED_BY);
        Ok(())
    }

    fn row_group_bytes_ahead(&mut self) -> usize {
        self.columns.iter_mut().map(Column::memory_ahead).sum()
    }

    fn pending_bytes(&self) -> usize {
        let open: usize = match self.rows {
            0 => 0,
            _ => self.columns.iter().map(Column::memory).sum::<usize>() + self.scratch.memory(),
        };
        open + self.ready.iter().map(Vec::len).sum::<usize>()
    }
}

fn written(column: &Column, chunk: &Chunk, offset: u64) -> WrittenChunk {
    let pages = &chunk.indexed;
    let data_offset = offset + chunk.metadata.dictionary_page_bytes as u64;
    let has_bounds = column.settings.statistics == Statistics::Page;
    let column_index = chunk.boundary.filter(|_| has_bounds);
    WrittenChunk {
        metadata: metadata::column_metadata(&column.leaf, &chunk.metadata, offset),
        column_index: column_index.map(|boundary| metadata::column_index(pages, boundary)),
        offset_index: (!pages.is_empty()).then(|| metadata::offset_index(pages, data_offset)),
    }
}

fn bloom_filter_failed(error: parquet::errors::ParquetError) -> Error {
    Error::new(Code::Internal, format!("a bloom filter cannot be written: {error}"))
}
