//! Whatever is a count of something: numbers, points in time, times of day, durations.

use arrow::array::{Array, ArrayData, ArrayRef, make_array};
use arrow::buffer::MutableBuffer;
use arrow::datatypes::{DataType, IntervalUnit, TimeUnit};

use super::{Converted, Misfit, decimals, floats};
use crate::table::value;

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
        return collect_counts(array, target, &mut |row| {
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
    collect_counts(array, target, &mut |row| {
        Some(value(row)).filter(|value| is_whole_days(*value) && is_in_a_day(*value))
    })
}

fn from_float(array: &ArrayRef, target: &DataType) -> Converted {
    let value = floats::floats(array);
    collect_counts(array, target, &mut |row| {
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
    let data_type = array.data_type();
    let is_narrow =
        matches!(data_type, DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..));
    if !is_narrow && scale(data_type).is_none() {
        return None;
    }
    let (width, is_signed) = (data_type.primitive_width()?, !data_type.is_unsigned_integer());
    let data = array.to_data();
    let values = data.buffers()[0].slice(data.offset() * width);
    Some(Box::new(move |row| {
        let value = &values[row * width..][..width];
        let is_negative = is_signed && value[width - 1] & 0x80 != 0;
        let mut bytes = [if is_negative { 0xFF } else { 0 }; 16];
        bytes[..width].copy_from_slice(value);
        i128::from_le_bytes(bytes)
    }))
}

/// The array of `target` with these values; a value that is none, or beyond the type, is a misfit.
pub fn collect_counts(
    like: &dyn Array,
    target: &DataType,
    value: &mut dyn FnMut(usize) -> Option<i128>,
) -> Converted {
    let width = scale(target).and(target.primitive_width()).ok_or(Misfit::Type)?;
    let (least, most) = match target.is_unsigned_integer() {
        true => (0, (1 << (8 * width)) - 1),
        false => (-1 << (8 * width - 1), (1 << (8 * width - 1)) - 1),
    };
    collect(like, target, &mut |row, bytes| {
        let value = value(row).filter(|value| (least..=most).contains(value))?;
        bytes.copy_from_slice(&value.to_le_bytes()[..width]);
        Some(())
    })
}

/// The array of `target`, a type of fixed width, with the values whose bytes `write` fills in, row by row but for
/// those that are null in `like`; where it cannot is a misfit.
///
/// It is not generic, and neither is what uses it: for each type of values anew they would be a tenth of the module.
pub fn collect(
    like: &dyn Array,
    target: &DataType,
    write: &mut dyn FnMut(usize, &mut [u8]) -> Option<()>,
) -> Converted {
    let width = value::width(target).ok_or(Misfit::Type)?;
    let mut bytes = MutableBuffer::from_len_zeroed(like.len() * width);
    for row in (0..like.len()).filter(|row| like.is_valid(*row)) {
        write(row, &mut bytes[row * width..][..width]).ok_or(Misfit::Row(row))?;
    }
    let data = ArrayData::builder(target.clone())
        .len(like.len())
        .nulls(like.nulls().cloned())
        .add_buffer(bytes.into());
    data.build().map(make_array).map_err(|_| Misfit::Type)
}
