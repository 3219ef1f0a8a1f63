//! The values of a column, whatever layout and unit they are in.

use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::*;

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Boolean(bool),
    Integer(i128),
    /// Digits, and the scale of the type.
    Decimal(i256, i8),
    /// Bits; one of all NaNs.
    Float(u64),
    Text(String),
    Bytes(Vec<u8>),
    Days(i64),
    /// Nanoseconds, since midnight, since 1970 (and the zone) or of a duration.
    Clock(i128),
    Instant(i128, Option<Arc<str>>),
    Duration(i128),
    /// Months, days and nanoseconds.
    Interval(i32, i32, i64),
    List(Vec<Value>),
    Struct(Vec<(String, Value)>),
    Map(Vec<(Value, Value)>),
}

pub fn values(array: &dyn Array) -> Vec<Value> {
    (0..array.len()).map(|row| value(array, row)).collect()
}

fn value(array: &dyn Array, row: usize) -> Value {
    use DataType as T;
    if array.is_null(row) {
        return Value::Null;
    }
    match array.data_type() {
        T::Null => Value::Null,
        T::Boolean => Value::Boolean(array.as_boolean().value(row)),
        T::Float16 => float(array.as_primitive::<Float16Type>().value(row).to_f64()),
        T::Float32 => float(array.as_primitive::<Float32Type>().value(row).into()),
        T::Float64 => float(array.as_primitive::<Float64Type>().value(row)),
        T::Utf8 => Value::Text(array.as_string::<i32>().value(row).to_owned()),
        T::LargeUtf8 => Value::Text(array.as_string::<i64>().value(row).to_owned()),
        T::Utf8View => Value::Text(array.as_string_view().value(row).to_owned()),
        T::Binary => Value::Bytes(array.as_binary::<i32>().value(row).to_owned()),
        T::LargeBinary => Value::Bytes(array.as_binary::<i64>().value(row).to_owned()),
        T::BinaryView => Value::Bytes(array.as_binary_view().value(row).to_owned()),
        T::FixedSizeBinary(_) => Value::Bytes(array.as_fixed_size_binary().value(row).to_owned()),
        T::Decimal32(_, scale) => {
            Value::Decimal(i256::from(array.as_primitive::<Decimal32Type>().value(row)), *scale)
        }
        T::Decimal64(_, scale) => {
            Value::Decimal(i256::from(array.as_primitive::<Decimal64Type>().value(row)), *scale)
        }
        T::Decimal128(_, scale) => {
            Value::Decimal(i256::from(array.as_primitive::<Decimal128Type>().value(row)), *scale)
        }
        T::Decimal256(_, scale) => Value::Decimal(array.as_primitive::<Decimal256Type>().value(row), *scale),
        T::Date32 => Value::Days(integer(array, row) as i64),
        T::Date64 => Value::Days((integer(array, row) / 86_400_000) as i64),
        T::Time32(unit) | T::Time64(unit) => Value::Clock(integer(array, row) * nanoseconds(unit)),
        T::Timestamp(unit, zone) => Value::Instant(integer(array, row) * nanoseconds(unit), zone.clone()),
        T::Duration(unit) => Value::Duration(integer(array, row) * nanoseconds(unit)),
        T::Interval(_) => interval(array, row),
        T::List(_) => Value::List(values(&array.as_list::<i32>().value(row))),
        T::LargeList(_) => Value::List(values(&array.as_list::<i64>().value(row))),
        T::FixedSizeList(..) => Value::List(values(&array.as_fixed_size_list().value(row))),
        T::Struct(fields) => {
            let columns = fields.iter().zip(array.as_struct().columns());
            Value::Struct(columns.map(|(field, column)| (field.name().clone(), value(column, row))).collect())
        }
        T::Map(..) => {
            let entries = array.as_map().value(row);
            Value::Map(values(entries.column(0)).into_iter().zip(values(entries.column(1))).collect())
        }
        T::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            value(dictionary.values().as_ref(), dictionary.normalized_keys()[row])
        }
        _ => Value::Integer(integer(array, row)),
    }
}

fn float(value: f64) -> Value {
    Value::Float(if value.is_nan() { f64::NAN } else { value }.to_bits())
}

fn nanoseconds(unit: &TimeUnit) -> i128 {
    match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    }
}

fn interval(array: &dyn Array, row: usize) -> Value {
    match array.data_type() {
        DataType::Interval(IntervalUnit::YearMonth) => {
            Value::Interval(array.as_primitive::<IntervalYearMonthType>().value(row), 0, 0)
        }
        DataType::Interval(IntervalUnit::DayTime) => {
            let value = array.as_primitive::<IntervalDayTimeType>().value(row);
            Value::Interval(0, value.days, i64::from(value.milliseconds) * 1_000_000)
        }
        _ => {
            let value = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
            Value::Interval(value.months, value.days, value.nanoseconds)
        }
    }
}

/// What an integer, a date or a count of a unit of time is stored as.
fn integer(array: &dyn Array, row: usize) -> i128 {
    let data = array.to_data();
    let width = data.data_type().primitive_width().unwrap();
    let at = (data.offset() + row) * width;
    let bytes = &data.buffers()[0].as_slice()[at..at + width];
    let negative = bytes[width - 1] >= 128 && !data.data_type().is_unsigned_integer();
    let mut wide = [if negative { 255 } else { 0 }; 16];
    wide[..width].copy_from_slice(bytes);
    i128::from_le_bytes(wide)
}
