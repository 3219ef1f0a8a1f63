//! One column, cell by cell.

use std::mem;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanBuilder, PrimitiveBuilder, StringBuilder};
use arrow::datatypes::*;

use super::guess::{self, Said, said};
use crate::error::Result;
use crate::table::convert::convert;
use crate::table::text::time;

/// A text that is no value of the column's type.
#[derive(Debug)]
pub struct Misfit;

pub struct Column {
    pub name: String,
    /// Its place in a record.
    pub index: usize,
    /// The type it has in the table.
    pub data_type: DataType,
    /// Whether `schema` asks for that type.
    pub is_set: bool,
    values: Values,
}

enum Values {
    Booleans(BooleanBuilder),
    Integers(PrimitiveBuilder<Int64Type>),
    Floats(PrimitiveBuilder<Float64Type>),
    Dates(PrimitiveBuilder<Date32Type>),
    /// Counts of `10^-digits` seconds.
    Timestamps {
        counts: PrimitiveBuilder<Int64Type>,
        digits: u8,
        with_offset: bool,
    },
    Texts(StringBuilder),
}

impl Column {
    pub fn new(name: String, index: usize, data_type: DataType, is_set: bool) -> Self {
        let values = if is_set { Values::Texts(StringBuilder::new()) } else { Values::of(&data_type) };
        Column { name, index, data_type, is_set, values }
    }

    pub fn push(&mut self, text: Option<&str>) -> Result<(), Misfit> {
        self.values.push(text)
    }

    /// What the column would have to become for `text` to fit, if that is a wider type.
    pub fn wider(&self, text: &str) -> Option<DataType> {
        let is_float = matches!(said(text), Said::Float(_));
        (is_float && self.data_type == DataType::Int64).then_some(DataType::Float64)
    }

    pub fn widen(&mut self, data_type: DataType) {
        self.values = Values::of(&data_type);
        self.data_type = data_type;
    }

    /// The values so far, the first `rows` of them, which begin at `first_row` of the table.
    pub fn finish(&mut self, rows: usize, first_row: u64) -> Result<ArrayRef> {
        let array = self.values.finish().slice(0, rows);
        convert(&array, &self.data_type, &self.name, first_row)
    }
}

impl Values {
    fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Boolean => Values::Booleans(BooleanBuilder::new()),
            DataType::Int64 => Values::Integers(PrimitiveBuilder::new()),
            DataType::Float64 => Values::Floats(PrimitiveBuilder::new()),
            DataType::Date32 => Values::Dates(PrimitiveBuilder::new()),
            DataType::Timestamp(unit, zone) => Values::Timestamps {
                counts: PrimitiveBuilder::new(),
                digits: time::digits(*unit),
                with_offset: zone.is_some(),
            },
            _ => Values::Texts(StringBuilder::new()),
        }
    }

    fn push(&mut self, text: Option<&str>) -> Result<(), Misfit> {
        match self {
            Values::Booleans(values) => values.append_option(parsed(text, |text| match said(text) {
                Said::Boolean(value) => Some(value),
                _ => None,
            })?),
            Values::Integers(values) => {
                values.append_option(parsed(text, |text| guess::integer(text.as_bytes()))?)
            }
            Values::Floats(values) => values.append_option(parsed(text, number)?),
            Values::Dates(values) => values.append_option(parsed(text, time::date)?),
            Values::Timestamps { counts, digits, with_offset } => {
                let count = |text: &str| {
                    let timestamp = time::timestamp(text)?;
                    (timestamp.has_offset == *with_offset).then(|| timestamp.count(*digits))?
                };
                counts.append_option(parsed(text, count)?);
            }
            Values::Texts(values) => values.append_option(text),
        }
        Ok(())
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Values::Booleans(values) => Arc::new(values.finish()),
            Values::Integers(values) => Arc::new(values.finish()),
            Values::Floats(values) => Arc::new(values.finish()),
            Values::Dates(values) => Arc::new(values.finish()),
            Values::Timestamps { counts, digits, with_offset } => {
                let zone: Option<Arc<str>> = with_offset.then(|| "UTC".into());
                let counts = counts.finish();
                match digits {
                    3 => Arc::new(
                        counts.reinterpret_cast::<TimestampMillisecondType>().with_timezone_opt(zone),
                    ),
                    6 => Arc::new(
                        counts.reinterpret_cast::<TimestampMicrosecondType>().with_timezone_opt(zone),
                    ),
                    _ => {
                        Arc::new(counts.reinterpret_cast::<TimestampNanosecondType>().with_timezone_opt(zone))
                    }
                }
            }
            // A new builder, so that one long batch does not keep its room for ever.
            Values::Texts(values) => Arc::new(mem::take(values).finish()),
        }
    }
}

fn parsed<T>(text: Option<&str>, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Misfit> {
    match text {
        None => Ok(None),
        Some(text) => parse(text).map(Some).ok_or(Misfit),
    }
}

fn number(text: &str) -> Option<f64> {
    match guess::integer(text.as_bytes()) {
        Some(integer) => guess::is_exact(integer).then_some(integer as f64),
        None => guess::float(text),
    }
}
