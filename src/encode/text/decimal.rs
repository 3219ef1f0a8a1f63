//! Decimals: exact digits, the point placed by the scale.

use arrow::datatypes::i256;

/// Digits in a [`i256`] at most.
const MAX_DIGITS_256: usize = 77;
/// The largest power of ten in an i128.
const CHUNK: i128 = 10_i128.pow(CHUNK_DIGITS as u32);
const CHUNK_DIGITS: usize = 38;

/// Appends `value` x 10^-`scale`.
pub fn decimal128(value: i128, scale: i8, out: &mut Vec<u8>) {
    let mut digits = itoa::Buffer::new();
    place(value < 0, digits.format(value.unsigned_abs()).as_bytes(), scale, out);
}

/// Appends `value` x 10^-`scale`.
pub fn decimal256(value: i256, scale: i8, out: &mut Vec<u8>) {
    if let Some(value) = value.to_i128() {
        return decimal128(value, scale, out);
    }
    let mut digits = [b'0'; 3 * CHUNK_DIGITS];
    let mut rest = value;
    let mut end = digits.len();
    while rest != i256::ZERO {
        let (quotient, chunk) = rest.wrapping_div_rem(i256::from_i128(CHUNK));
        // The remainder takes the sign of the dividend, and is below CHUNK.
        let chunk = chunk.to_i128().unwrap_or_default().unsigned_abs();
        let mut buffer = itoa::Buffer::new();
        let text = buffer.format(chunk).as_bytes();
        digits[end - text.len()..end].copy_from_slice(text);
        end -= CHUNK_DIGITS;
        rest = quotient;
    }
    let first = digits.iter().position(|digit| *digit != b'0').unwrap_or(digits.len() - 1);
    debug_assert!(digits.len() - first <= MAX_DIGITS_256);
    place(value < i256::ZERO, &digits[first..], scale, out);
}

fn place(negative: bool, digits: &[u8], scale: i8, out: &mut Vec<u8>) {
    if negative {
        out.push(b'-');
    }
    let behind = usize::from(scale.max(0).unsigned_abs());
    if behind == 0 {
        out.extend_from_slice(digits);
        if digits != b"0" {
            out.resize(out.len() + usize::from(scale.unsigned_abs()), b'0');
        }
    } else if digits.len() > behind {
        let (whole, fraction) = digits.split_at(digits.len() - behind);
        out.extend_from_slice(whole);
        out.push(b'.');
        out.extend_from_slice(fraction);
    } else {
        out.extend_from_slice(b"0.");
        out.resize(out.len() + behind - digits.len(), b'0');
        out.extend_from_slice(digits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_scale_places_the_point() {
        let cases = [
            (0, 0, "0"),
            (0, 2, "0.00"),
            (0, -2, "0"),
            (5, 2, "0.05"),
            (-5, 2, "-0.05"),
            (12345, 2, "123.45"),
            (-12345, 5, "-0.12345"),
            (12, -3, "12000"),
            (-100, 2, "-1.00"),
            (i128::MIN, 0, "-170141183460469231731687303715884105728"),
            (i128::MAX, 38, "1.70141183460469231731687303715884105727"),
        ];
        for (value, scale, expected) in cases {
            assert_eq!(text(|out| decimal128(value, scale, out)), expected);
            assert_eq!(text(|out| decimal256(i256::from_i128(value), scale, out)), expected);
        }
    }

    #[test]
    fn decimals_beyond_128_bits_are_exact() {
        for value in [i256::MIN, i256::MAX, i256::from_i128(CHUNK).wrapping_mul(i256::from_i128(CHUNK))] {
            assert_eq!(text(|out| decimal256(value, 0, out)), value.to_string());
        }
        let max = "9".repeat(76);
        let value = i256::from_string(&max).unwrap();
        assert_eq!(text(|out| decimal256(value, 76, out)), format!("0.{max}"));
    }
}
