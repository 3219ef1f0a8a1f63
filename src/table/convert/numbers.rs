//! Whatever is a count of something: numbers, points in time, times of day, durations.

use arrow::array::{Array, ArrayData, ArrayRef, ArrowPrimitiveType, AsArray, make_array};
use arrow::buffer::{Buffer, ScalarBuffer};
use arrow::datatypes::{ArrowNativeType, DataType, Float16Type, Float32Type, Float64Type, TimeUnit};

use super::{Converted, Misfit};

type Half = <Float16Type as ArrowPrimitiveType>::Native;

pub fn number(array: &ArrayRef, target: &DataType) -> Converted {
    match (digits(array.data_type()), digits(target)) {
        (None, None) => between_counts(array, target),
        (None, Some(digits)) => to_float(array, target, digits),
        (Some(_), None) => from_float(array, target),
        (Some(_), Some(_)) => between_floats(array, target),
    }
}

/// The bits of a float's significand: it holds every integer up to 2 to that power.
fn digits(data_type: &DataType) -> Option<u32> {
    match data_type {
        DataType::Float16 => Some(11),
        DataType::Float32 => Some(f32::MANTISSA_DIGITS),
        DataType::Float64 => Some(f64::MANTISSA_DIGITS),
        _ => None,
    }
}

fn between_counts(array: &ArrayRef, target: &DataType) -> Converted {
    let (from, to) = (scale(array.data_type()), scale(target));
    let (Some((of, from)), Some((as_of, to))) = (from, to) else { return Err(Misfit::Type) };
    if of != as_of {
        return Err(Misfit::Type);
    }
    let value = counts(array).ok_or(Misfit::Type)?;
    // One scale is always a multiple of the other.
    let (multiply, divide) = if to >= from { (to / from, 1) } else { (1, from / to) };
    collect_counts(array, target, |row| {
        let value = value(row).checked_mul(multiply)?;
        (value % divide == 0).then_some(value / divide)
    })
}

fn to_float(array: &ArrayRef, target: &DataType, digits: u32) -> Converted {
    if !array.data_type().is_integer() {
        return Err(Misfit::Type);
    }
    let value = counts(array).ok_or(Misfit::Type)?;
    collect_floats(array, target, |row| {
        let value = value(row);
        (value.unsigned_abs() <= 1 << digits).then_some(value as f64)
    })
}

fn from_float(array: &ArrayRef, target: &DataType) -> Converted {
    if !target.is_integer() {
        return Err(Misfit::Type);
    }
    let value = floats(array);
    collect_counts(array, target, |row| {
        let value = value(row);
        // An integer has no -0.
        let is_whole = value.fract() == 0.0 && !(value == 0.0 && value.is_sign_negative());
        (is_whole && value.abs() <= u64::MAX as f64).then_some(value as i128)
    })
}

fn between_floats(array: &ArrayRef, target: &DataType) -> Converted {
    let value = floats(array);
    collect_floats(array, target, |row| Some(value(row)))
}

/// What a type counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Number,
    Instant,
    TimeOfDay,
    Duration,
}

/// What a type counts, and how many of its counts make a one, a day or a second.
fn scale(data_type: &DataType) -> Option<(Of, i128)> {
    const DAY: i128 = 86_400;
    Some(match data_type {
        DataType::Decimal32(_, scale) | DataType::Decimal64(_, scale) | DataType::Decimal128(_, scale) => {
            (Of::Number, 10i128.pow(u32::try_from(*scale).ok()?))
        }
        DataType::Timestamp(unit, _) => (Of::Instant, DAY * per_second(unit)),
        DataType::Date64 => (Of::Instant, DAY * 1000),
        DataType::Date32 => (Of::Instant, 1),
        DataType::Time32(unit) | DataType::Time64(unit) => (Of::TimeOfDay, per_second(unit)),
        DataType::Duration(unit) => (Of::Duration, per_second(unit)),
        integer if integer.is_integer() => (Of::Number, 1),
        _ => return None,
    })
}

fn per_second(unit: &TimeUnit) -> i128 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

fn counts(array: &ArrayRef) -> Option<Box<dyn Fn(usize) -> i128>> {
    use DataType::*;
    Some(match array.data_type() {
        Int8 => widened::<i8>(array),
        Int16 => widened::<i16>(array),
        Int32 | Date32 | Time32(_) | Decimal32(..) => widened::<i32>(array),
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

fn floats(array: &ArrayRef) -> Box<dyn Fn(usize) -> f64 + '_> {
    match array.data_type() {
        DataType::Float16 => Box::new(|row| array.as_primitive::<Float16Type>().value(row).to_f64()),
        DataType::Float32 => Box::new(|row| array.as_primitive::<Float32Type>().value(row).into()),
        _ => Box::new(|row| array.as_primitive::<Float64Type>().value(row)),
    }
}

/// The array of `target` with these values; a value that is none, or beyond the type, is a misfit.
fn collect_counts(like: &ArrayRef, target: &DataType, value: impl Fn(usize) -> Option<i128>) -> Converted {
    use DataType::*;
    match target {
        Int8 => collect::<i8>(like, target, |row| value(row)?.try_into().ok()),
        Int16 => collect::<i16>(like, target, |row| value(row)?.try_into().ok()),
        Int32 | Date32 | Time32(_) => collect::<i32>(like, target, |row| value(row)?.try_into().ok()),
        Int64 | Date64 | Time64(_) | Timestamp(..) | Duration(_) => {
            collect::<i64>(like, target, |row| value(row)?.try_into().ok())
        }
        UInt8 => collect::<u8>(like, target, |row| value(row)?.try_into().ok()),
        UInt16 => collect::<u16>(like, target, |row| value(row)?.try_into().ok()),
        UInt32 => collect::<u32>(like, target, |row| value(row)?.try_into().ok()),
        UInt64 => collect::<u64>(like, target, |row| value(row)?.try_into().ok()),
        Decimal32(p, _) => collect::<i32>(like, target, |row| within(value(row)?, *p)?.try_into().ok()),
        Decimal64(p, _) => collect::<i64>(like, target, |row| within(value(row)?, *p)?.try_into().ok()),
        Decimal128(p, _) => collect::<i128>(like, target, |row| within(value(row)?, *p)),
        _ => Err(Misfit::Type),
    }
}

/// The value, where it has no more digits than `precision`.
fn within(value: i128, precision: u8) -> Option<i128> {
    (value.unsigned_abs() < 10u128.pow(precision.into())).then_some(value)
}

fn collect_floats(like: &ArrayRef, target: &DataType, value: impl Fn(usize) -> Option<f64>) -> Converted {
    let exact = |value: f64, narrowed: f64| value.to_bits() == narrowed.to_bits() || value.is_nan();
    match target {
        DataType::Float16 => collect::<Half>(like, target, |row| {
            let (value, narrowed) = value(row).map(|value| (value, Half::from_f64(value)))?;
            exact(value, narrowed.to_f64()).then_some(narrowed)
        }),
        DataType::Float32 => collect::<f32>(like, target, |row| {
            let (value, narrowed) = value(row).map(|value| (value, value as f32))?;
            exact(value, narrowed.into()).then_some(narrowed)
        }),
        _ => collect::<f64>(like, target, value),
    }
}

fn collect<T: ArrowNativeType>(
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
