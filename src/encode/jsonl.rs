use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::Encoder;
use crate::error::Result;
use crate::plan::JsonlOptions;

pub struct JsonlEncoder {}

impl JsonlEncoder {
    pub fn new(_options: &JsonlOptions, _schema: &SchemaRef) -> Result<Self> {
        Ok(JsonlEncoder {})
    }
}

impl Encoder for JsonlEncoder {
    fn write(&mut self, _batch: &RecordBatch, _first_row: u64, _out: &mut Vec<u8>) -> Result<()> {
        todo!()
    }

    fn finish(self: Box<Self>, _out: &mut Vec<u8>) -> Result<()> {
        todo!()
    }
}
