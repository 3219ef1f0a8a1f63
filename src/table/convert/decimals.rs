//! Decimals of any width: exact, or a misfit.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Decimal256Type, i256};

use super::floats::floats;
use super::numbers::{collect, collect_counts, counts};
use super::{Converted, Misfit};
use crate::table::text::number;

pub fn is_decimal(data_type: &DataType) -> bool {
    digits(data_type).is_some()
}

/// The precision and scale of a decimal.
fn digits(data_type: &DataType) -> Option<(u8, i8)> {
    match data_type {
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => Some((*precision, *scale)),
        _ => None,
    }
}

/// Integers, floats and decimals as decimals, and decimals as integers.
pub fn decimal(array: &ArrayRef, target: &DataType) -> Converted {
    if let (true, Some((precision, scale))) = (array.data_type().is_floating(), digits(target)) {
        return said(array, target, precision, scale);
    }
    let scale = |data_type: &DataType| match digits(data_type) {
        Some((_, scale)) => Ok(i32::from(scale)),
        None if data_type.is_integer() => Ok(0),
        None => Err(Misfit::Type),
    };
    let shift = scale(target)? - scale(array.data_type())?;
    // None where it is more than a decimal can have digits: then nothing but 0 stays what it is.
    let power = i256::from_i128(10).checked_pow(shift.unsigned_abs());
    let value = values(array)?;
    gather(array, target, &mut |row| {
        let value = value(row);
        match power {
            _ if value == i256::ZERO => Some(value),
            Some(power) if shift >= 0 => value.checked_mul(power),
            Some(power) => (value.checked_rem(power)? == i256::ZERO).then(|| value.checked_div(power))?,
            None => None,
        }
    })
}

fn values(array: &ArrayRef) -> Result<Box<dyn Fn(usize) -> i256 + '_>, Misfit> {
    if let Some(values) = array.as_primitive_opt::<Decimal256Type>() {
        return Ok(Box::new(|row| values.value(row)));
    }
    let value = counts(array).ok_or(Misfit::Type)?;
    Ok(Box::new(move |row| i256::from_i128(value(row))))
}

/// Floats as the decimals that their shortest text says.
fn said(array: &ArrayRef, target: &DataType, precision: u8, scale: i8) -> Converted {
    let is_single = *array.data_type() == DataType::Float32;
    let value = floats(array);
    let text = |row| if is_single { (value(row) as f32).to_string() } else { value(row).to_string() };
    gather(array, target, &mut |row| number::decimal(&text(row), precision, scale, &mut String::new()))
}

/// The array of `target` with these values; a value that is none, or beyond the type, is a misfit.
pub fn gather(
    like: &dyn Array,
    target: &DataType,
    value: &mut dyn FnMut(usize) -> Option<i256>,
) -> Converted {
    let Some((precision, _)) = digits(target) else {
        return collect_counts(like, target, &mut |row| value(row)?.to_i128());
    };
    let limit = i256::from_i128(10).checked_pow(precision.into()).ok_or(Misfit::Type)?;
    collect(like, target, &mut |row, bytes| {
        let value = value(row).filter(|value| *value < limit && *value > limit.wrapping_neg())?;
        let width = bytes.len();
        bytes.copy_from_slice(&value.to_le_bytes()[..width]);
        Some(())
    })
}
