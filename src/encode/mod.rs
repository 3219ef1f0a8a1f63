//! Encoders: record batches in, the bytes of one file out. One file per format.

mod csv;
mod jsonl;
#[cfg(feature = "binary")]
mod parquet;
pub(crate) mod text;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::compress::pool::Pool;
use crate::error::Result;
#[cfg(not(feature = "binary"))]
use crate::error::{Code, Error};
use crate::plan::Format;

/// The encoder of one file. It never does I/O: bytes are appended to `out`, which the caller drains.
///
/// The batches it is given are canonical [blocks](crate::output::blocks): the same table always arrives in the
/// same slices, so an encoder need not care how its input was batched to give the same bytes.
pub trait Encoder {
    /// Appends the bytes of `batch`, as far as the format lets them out yet. `first_row` is the place of the
    /// batch's first row in the whole table, for errors.
    fn write(&mut self, batch: &RecordBatch, first_row: u64, out: &mut Vec<u8>) -> Result<()>;

    /// Gives the pool the last of the row group. It must be through before [`Encoder::end_row_group`].
    fn flush(&mut self) -> Result<()> {
        Ok(())
    }

    /// Ends the row group, in formats that have them. Its bytes come by [`Encoder::drain`].
    fn end_row_group(&mut self) -> Result<()> {
        Ok(())
    }

    /// Appends the next piece of what is ready to leave; false when there was none. Pieces, so that a large row
    /// group is never held twice.
    fn drain(&mut self, _out: &mut Vec<u8>) -> bool {
        false
    }

    /// Ends the file, after its last row group has been ended and drained.
    fn finish(self: Box<Self>, out: &mut Vec<u8>) -> Result<()>;

    /// Bytes that the open row group may take once one more block is in it, in formats that have them: at most, while the
    /// pool is at work, and then exactly. That depends on the rows alone, as all that decides where bytes go.
    fn row_group_bytes_ahead(&mut self) -> usize {
        0
    }

    /// Bytes held back, such as an open row group, without those that the pool has.
    fn pending_bytes(&self) -> usize {
        0
    }
}

/// The encoder for one file of `format`, whose pages are compressed by `pool`.
#[cfg_attr(not(feature = "binary"), expect(unused_variables))]
pub fn encoder(format: &Format, schema: &SchemaRef, pool: &Pool) -> Result<Box<dyn Encoder>> {
    Ok(match format {
        Format::Csv(options) => Box::new(csv::CsvEncoder::new(options, schema)?),
        Format::Jsonl(options) => Box::new(jsonl::JsonlEncoder::new(options, schema)?),
        #[cfg(feature = "binary")]
        Format::Parquet(options) => Box::new(parquet::ParquetEncoder::new(options, schema, pool)?),
        #[cfg(not(feature = "binary"))]
        Format::Parquet(_) => return Err(Error::not_in_this_build(Code::FormatUnsupported, "parquet")),
    })
}
