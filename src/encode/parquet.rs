use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::Encoder;
use crate::error::Result;
use crate::plan::ParquetOptions;

pub struct ParquetEncoder {}

impl ParquetEncoder {
    pub fn new(_options: &ParquetOptions, _schema: &SchemaRef) -> Result<Self> {
        Ok(ParquetEncoder {})
    }
}

impl Encoder for ParquetEncoder {
    fn write(&mut self, _batch: &RecordBatch, _first_row: u64, _out: &mut Vec<u8>) -> Result<()> {
        todo!()
    }

    fn finish(self: Box<Self>, _out: &mut Vec<u8>) -> Result<()> {
        todo!()
    }
}
