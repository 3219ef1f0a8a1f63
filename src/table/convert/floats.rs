//! Floats: the nearest to each number.

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray};
use arrow::datatypes::{DataType, Float16Type, Float32Type, Float64Type};

use super::numbers::{collect, counts};
use super::{Converted, Misfit};

type Half = <Float16Type as ArrowPrimitiveType>::Native;

/// Every integer up to here is a float64.
const MAX_EXACT: u128 = 1 << f64::MANTISSA_DIGITS;

pub fn to_float(array: &ArrayRef, target: &DataType) -> Converted {
    if array.data_type().is_floating() {
        let value = floats(array);
        return nearest(array, target, &mut |row| Some(value(row)));
    }
    if !array.data_type().is_integer() {
        return Err(Misfit::Type);
    }
    let value = counts(array).ok_or(Misfit::Type)?;
    nearest(array, target, &mut |row| {
        let value = value(row);
        (value.unsigned_abs() <= MAX_EXACT).then_some(value as f64)
    })
}

pub fn floats(array: &ArrayRef) -> Box<dyn Fn(usize) -> f64 + '_> {
    match array.data_type() {
        DataType::Float16 => Box::new(|row| array.as_primitive::<Float16Type>().value(row).to_f64()),
        DataType::Float32 => Box::new(|row| array.as_primitive::<Float32Type>().value(row).into()),
        _ => Box::new(|row| array.as_primitive::<Float64Type>().value(row)),
    }
}

/// The array of `target` with the nearest values; a finite number beyond its range is a misfit.
pub fn nearest(
    like: &dyn Array,
    target: &DataType,
    value: &mut dyn FnMut(usize) -> Option<f64>,
) -> Converted {
    collect(like, target, &mut |row, bytes| {
        let value = value(row)?;
        match target {
            DataType::Float16 => bytes.copy_from_slice(&half(value)?.to_le_bytes()),
            DataType::Float32 => {
                let nearest = value as f32;
                (nearest.is_finite() == value.is_finite())
                    .then(|| bytes.copy_from_slice(&nearest.to_le_bytes()))?;
            }
            _ => bytes.copy_from_slice(&value.to_le_bytes()),
        }
        Some(())
    })
}

/// The nearest float16, where there is a finite one to a finite number.
pub fn half(value: f64) -> Option<Half> {
    let nearest = Half::from_f32(rounded_to_odd(value));
    (nearest.is_finite() == value.is_finite()).then_some(nearest)
}

/// A float32 that every narrower float rounds as it would round `value`. Rounding to the nearest twice would not
/// do, and that is how `Half::from_f64` goes about it on some machines.
fn rounded_to_odd(value: f64) -> f32 {
    let nearest = value as f32;
    if f64::from(nearest) == value || value.is_nan() {
        return nearest;
    }
    let is_beyond = f64::from(nearest).abs() > value.abs();
    f32::from_bits((nearest.to_bits() - u32::from(is_beyond)) | 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_half() {
        let above_a_tie = 1.0 + 2f64.powi(-11) + 2f64.powi(-40);
        let cases = [
            (0.1, 0x2e66),
            (-0.0, 0x8000),
            (1.0 + 2f64.powi(-11), 0x3c00),
            (above_a_tie, 0x3c01),
            (-above_a_tie, 0xbc01),
            (1.0 + 3.0 * 2f64.powi(-11), 0x3c02),
            (65519.99999999999, 0x7bff),
            (2f64.powi(-25), 0),
            (2f64.powi(-25) + 2f64.powi(-60), 1),
            (5e-324, 0),
            (f64::INFINITY, 0x7c00),
        ];
        for (value, bits) in cases {
            assert_eq!(half(value).map(Half::to_bits), Some(bits), "{value}");
        }
        assert!(half(f64::NAN).is_some_and(Half::is_nan));
        for value in [65520.0, -1e300, f64::MAX] {
            assert_eq!(half(value), None, "{value}");
        }
    }
}
