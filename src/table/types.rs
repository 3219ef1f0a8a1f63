//! The text of a column's type: what `schema` is written in, and what the driver is told.

use arrow::datatypes::DataType;

use crate::error::{Code, Error, Result};

/// The type that `text` names.
pub fn parse(text: &str) -> Result<DataType> {
    Ok(match text {
        "boolean" => DataType::Boolean,
        "int32" => DataType::Int32,
        "int64" => DataType::Int64,
        "float64" => DataType::Float64,
        "string" => DataType::Utf8,
        _ => return Err(Error::new(Code::ConfigInvalidValue, "no such type")),
    })
}

/// The text that names `data_type`; `parse` reads it back.
pub fn print(data_type: &DataType) -> String {
    match data_type {
        DataType::Boolean => "boolean".into(),
        DataType::Int32 => "int32".into(),
        DataType::Int64 => "int64".into(),
        DataType::Float64 => "float64".into(),
        _ => "string".into(),
    }
}
