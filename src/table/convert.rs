//! Columns of one type as columns of another.

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;

use crate::error::{Code, Error, Result};

pub fn convert(array: &ArrayRef, target: &DataType, column: &str, first_row: u64) -> Result<ArrayRef> {
    if array.data_type() == target {
        return Ok(array.clone());
    }
    Err(Error::new(Code::ConfigCannotConvert, "not yet").at_row(first_row).in_column(column))
}
