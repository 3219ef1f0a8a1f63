//! Strings as the nested values that their JSON says.

use arrow::array::{Array, StringArray};
use arrow::datatypes::DataType;
use serde_json::value::RawValue;

use super::{Converted, Misfit, converted};
use crate::error::Error;
use crate::table::infer::{self, Observation};
use crate::table::jsonl::json::Path;
use crate::table::jsonl::observe::observe;
use crate::table::jsonl::values::Values;

pub fn parse(texts: &StringArray, target: &DataType) -> Converted {
    let in_row = |error: Error| Misfit::Row(error.place.row.unwrap_or_default() as usize);
    let mut seen = Observation::default();
    let mut cells = Vec::with_capacity(texts.len());
    for (row, text) in texts.iter().enumerate() {
        let cell = text.map(serde_json::from_str::<&RawValue>).transpose().map_err(|_| Misfit::Row(row))?;
        let cell = cell.map_or("null", RawValue::get);
        observe(cell, &mut seen, Some(target), &Path::Column(""), row as u64)
            .map_err(|_| Misfit::Row(row))?;
        cells.push(cell);
    }
    let packing = infer::packing(&seen, target, "").map_err(in_row)?;
    let mut values = Values::new(&packing.data_type, Some(target), packing.as_text).ok_or(Misfit::Type)?;
    for (row, cell) in cells.into_iter().enumerate() {
        values.push(cell).map_err(|_| Misfit::Row(row))?;
    }
    converted(&values.finish(texts.len()), target)
}
