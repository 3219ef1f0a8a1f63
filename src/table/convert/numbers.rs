//! Whatever is a count of something: numbers, points in time, times of day, durations.

use arrow::array::{Array, ArrayData, ArrayRef, make_array};
use arrow::buffer::{Buffer, ScalarBuffer};
use arrow::datatypes::{ArrowNativeType, DataType, IntervalUnit, TimeUnit};

use super::{Converted, Misfit, decimals, floats};

/// A column of counts as one of counts or floats, or a column of floats as one of counts.
pub fn number(array: &ArrayRef, target: &DataType) -> Converted {
    match (array.data_type().is_floating(), target.is_floating()) {
        (_, true) => floats::to_float(array, target),
        (true, false) if target.is_integer() => from_float(array, target),
        _ if decimals::is_decimal(array.data_type()) || decimals::is_decimal(target) => {
            decimals::decimal(array, target)
        }
        (true, false) => Err(Misfit::Type),
        (false, false) => between_counts(array, target),
    }
}

fn between_counts(array: &ArrayRef, target: &DataType) -> Converted {
    let (from, to) = (scale(array.data_type()), scale(target));
    let (Some((of, from)), Some((as_of, to))) = (from, to) else { return Err(Misfit::Type) };
    let value = counts(array).ok_or(Misfit::Type)?;
    if of == as_of {
        // One scale is always a multiple of the other.
        let (multiply, divide) = if to >= from { (to / from, 1) } else { (1, from / to) };
        return collect_counts(array, target, |row| {
            let value = value(row).checked_mul(multiply)?;
            (value % divide == 0).then_some(value / divide)
        });
    }
    if of != Of::Number {
        return Err(Misfit::Type);
    }
    // An integer is a count of the unit.
    let is_whole_days = |value: i128| *target != DataType::Date64 || value % DAY_OF_MILLISECONDS == 0;
    let is_in_a_day = |value: i128| as_of != Of::TimeOfDay || (0..DAY * to).contains(&value);
    collect_counts(array, target, |row| {
        Some(value(row)).filter(|value| is_whole_days(*value) && is_in_a_day(*value))
    })
}

fn from_float(array: &ArrayRef, target: &DataType) -> Converted {
    let value = floats::floats(array);
    collect_counts(array, target, |row| {
        let value = value(row);
        // An integer has no -0.
        let is_whole = value.fract() == 0.0 && !(value == 0.0 && value.is_sign_negative());
        (is_whole && value.abs() <= u64::MAX as f64).then_some(value as i128)
    })
}

const DAY: i128 = 86_400;
const DAY_OF_MILLISECONDS: i128 = DAY * 1000;

/// What a type counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Number,
    Instant,
    TimeOfDay,
    Duration,
    Months,
}

/// What a type counts, and how many of its counts make a one, a day or a second.
fn scale(data_type: &DataType) -> Option<(Of, i128)> {
    Some(match data_type {
        DataType::Timestamp(unit, _) => (Of::Instant, DAY * per_second(unit)),
        DataType::Date64 => (Of::Instant, DAY_OF_MILLISECONDS),
        DataType::Date32 => (Of::Instant, 1),
        DataType::Time32(unit) | DataType::Time64(unit) => (Of::TimeOfDay, per_second(unit)),
        DataType::Duration(unit) => (Of::Duration, per_second(unit)),
        DataType::Interval(IntervalUnit::YearMonth) => (Of::Months, 1),
        integer if integer.is_integer() => (Of::Number, 1),
        _ => return None,
    })
}

pub fn per_second(unit: &TimeUnit) -> i128 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

/// The values of integers, times and decimals up to 128 bits.
pub fn counts(array: &ArrayRef) -> Option<Box<dyn Fn(usize) -> i128>> {
    use DataType::*;
    Some(match array.data_type() {
        Int8 => widened::<i8>(array),
        Int16 => widened::<i16>(array),
        Int32 | Date32 | Time32(_) | Interval(IntervalUnit::YearMonth) | Decimal32(..) => {
            widened::<i32>(array)
        }
        Int64 | Date64 | Time64(_) | Timestamp(..) | Duration(_) | Decimal64(..) => widened::<i64>(array),
        UInt8 => widened::<u8>(array),
        UInt16 => widened::<u16>(array),
        UInt32 => widened::<u32>(array),
        UInt64 => widened::<u64>(array),
        Decimal128(..) => widened::<i128>(array),
        _ => return None,
    })
}

fn widened<T: ArrowNativeType + Into<i128>>(array: &ArrayRef) -> Box<dyn Fn(usize) -> i128> {
    let data = array.to_data();
    let values = ScalarBuffer::<T>::new(data.buffers()[0].clone(), data.offset(), data.len());
    Box::new(move |row| values[row].into())
}

/// The array of `target` with these values; a value that is none, or beyond the type, is a misfit.
pub fn collect_counts(
    like: &ArrayRef,
    target: &DataType,
    value: impl Fn(usize) -> Option<i128>,
) -> Converted {
    use DataType::*;
    match target {
        Int8 => collect::<i8>(like, target, |row| value(row)?.try_into().ok()),
        Int16 => collect::<i16>(like, target, |row| value(row)?.try_into().ok()),
        Int32 | Date32 | Time32(_) | Interval(IntervalUnit::YearMonth) => {
            collect::<i32>(like, target, |row| value(row)?.try_into().ok())
        }
        Int64 | Date64 | Time64(_) | Timestamp(..) | Duration(_) => {
            collect::<i64>(like, target, |row| value(row)?.try_into().ok())
        }
        UInt8 => collect::<u8>(like, target, |row| value(row)?.try_into().ok()),
        UInt16 => collect::<u16>(like, target, |row| value(row)?.try_into().ok()),
        UInt32 => collect::<u32>(like, target, |row| value(row)?.try_into().ok()),
        UInt64 => collect::<u64>(like, target, |row| value(row)?.try_into().ok()),
        _ => Err(Misfit::Type),
    }
}

/// The array of `target` with these values; a value that is none is a misfit.
pub fn collect<T: ArrowNativeType>(
    like: &ArrayRef,
    target: &DataType,
    value: impl Fn(usize) -> Option<T>,
) -> Converted {
    let convert = |row| {
        if like.is_null(row) { Ok(T::default()) } else { value(row).ok_or(Misfit::Row(row)) }
    };
    let values = (0..like.len()).map(convert).collect::<Result<Vec<T>, Misfit>>()?;
    let data = ArrayData::builder(target.clone())
        .len(like.len())
        .nulls(like.nulls().cloned())
        .add_buffer(Buffer::from_vec(values));
    data.build().map(make_array).map_err(|_| Misfit::Type)
}
