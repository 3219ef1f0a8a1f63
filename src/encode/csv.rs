use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::Encoder;
use crate::error::Result;
use crate::plan::CsvOptions;

pub struct CsvEncoder {}

impl CsvEncoder {
    pub fn new(_options: &CsvOptions, _schema: &SchemaRef) -> Result<Self> {
        Ok(CsvEncoder {})
    }
}

impl Encoder for CsvEncoder {
    fn write(&mut self, _batch: &RecordBatch, _first_row: u64, _out: &mut Vec<u8>) -> Result<()> {
        todo!()
    }

    fn finish(self: Box<Self>, _out: &mut Vec<u8>) -> Result<()> {
        todo!()
    }
}
