//! Integers and floats.

use super::digits::{self, Window, append, put};
use super::shortest;

/// Writes a signed integer.
#[inline]
pub fn signed(value: i64, window: &mut Window) -> usize {
    let end_of_sign = put([b'-'], 0, window) - usize::from(value >= 0);
    digits::unsigned(value.unsigned_abs(), end_of_sign, window)
}

/// Writes an unsigned integer.
#[inline]
pub fn unsigned(value: u64, window: &mut Window) -> usize {
    digits::unsigned(value, 0, window)
}

/// Appends the digits of an integer.
pub fn integer(value: impl Into<i64>, out: &mut Vec<u8>) {
    append(out, |window| signed(value.into(), window));
}

/// Writes the shortest text that reads back as the same float; the name of one that is not finite.
///
/// An exponent has a sign, as in JavaScript: `1e+21`. Without ".0", so that a column that widens from integers to
/// floats keeps its text.
pub fn float(value: impl zmij::Float + Copy + Into<f64>, window: &mut Window) -> usize {
    let wide = value.into();
    if !wide.is_finite() {
        return copy(non_finite_name(wide).as_bytes(), window);
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value).as_bytes();
    copy(text.strip_suffix(b".0").unwrap_or(text), window)
}

/// Copies up to 24 bytes, by steps of known size: a call for a few bytes takes longer than they do.
#[inline]
fn copy(text: &[u8], window: &mut Window) -> usize {
    if let (Some(first), Some(last)) = (text.first_chunk::<16>(), text.last_chunk::<8>()) {
        put(*first, 0, window);
        return put(*last, text.len() - 8, window);
    }
    text.iter().fold(0, |at, byte| put([*byte], at, window))
}

/// Writes floats, most of them with few digits behind the point.
///
/// Most floats in tables began as decimals such as 12.34. Where `n / 10^6`, rounded as IEEE 754 divides, is the float,
/// the decimal `n x 10^-6` reads back as it; and no shorter one does, since two decimals of up to 15 digits are never
/// the same float. So its text needs no search for the shortest.
#[derive(Default)]
pub struct Floats {
    /// How many floats in a row had more digits.
    long: u32,
}

impl Floats {
    /// After so many long ones only each of so many is tried.
    const PATIENCE: u32 = 8;

    #[inline]
    pub fn write(&mut self, value: f64, window: &mut Window) -> usize {
        let is_tried = self.long < Self::PATIENCE || self.long.is_multiple_of(Self::PATIENCE);
        if is_tried && let Some(length) = short(value, window) {
            self.long = 0;
            return length;
        }
        self.long = self.long.wrapping_add(1);
        shortest::write(value, window).unwrap_or_else(|| float(value, window))
    }
}

/// Writes a float of at most six digits behind the point and nine before it, as [`float`] does.
#[inline]
fn short(value: f64, window: &mut Window) -> Option<usize> {
    const SCALE: f64 = 1e6;
    // Below 0.00001 the text has an exponent.
    const LEAST: i64 = 10;
    const LIMIT: i64 = 1_000_000_000_000_000;
    let magnitude = value.abs();
    // Of what is too large, or no number, the cast makes the nearest integer, or 0.
    let millionths = (magnitude * SCALE + 0.5) as i64;
    let is_short = millionths < LIMIT && millionths as f64 / SCALE == magnitude;
    if !is_short || (millionths < LEAST && millionths != 0) {
        return None;
    }
    // By a float, as a division of 64 bits takes long; the cast cuts off what is behind the point.
    let whole = magnitude as u32;
    let rest = (millionths - i64::from(whole) * 1_000_000) as u32;
    let end_of_sign = put([b'-'], 0, window) - usize::from(value.is_sign_positive());
    let at = digits::unsigned(whole.into(), end_of_sign, window);
    Some(digits::fraction(rest * 100, at, window))
}

/// The name of a float that is not finite, as Protocol Buffers' JSON mapping and JavaScript have it.
pub fn non_finite_name(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(value: impl zmij::Float + Copy + Into<f64>) -> String {
        let mut out = Vec::new();
        append(&mut out, |window| float(value, window));
        String::from_utf8(out).unwrap()
    }

    fn short_text(value: f64) -> Option<String> {
        let mut window = [0; 48];
        short(value, &mut window).map(|length| String::from_utf8(window[..length].to_vec()).unwrap())
    }

    #[test]
    fn floats_are_short_and_read_back() {
        let cases = [
            (1.0, "1"),
            (-0.0, "-0"),
            (0.1, "0.1"),
            (1e21, "1e+21"),
            (100.0, "100"),
            (1e-7, "1e-7"),
            (-1.5e300, "-1.5e+300"),
            (9007199254740993.0, "9007199254740992"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
            (5e-324, "5e-324"),
        ];
        for (value, expected) in cases {
            assert_eq!(text(value), expected);
            assert_eq!(short_text(value).unwrap_or(text(value)), expected);
            assert_eq!(expected.parse::<f64>().unwrap().to_bits(), value.to_bits());
        }
        assert_eq!(text(0.1_f32), "0.1");
        assert_eq!(text(f32::MAX), "3.4028235e+38");
        assert_eq!(text(16777216.0_f32), "16777216");
    }

    #[test]
    fn integers_are_exact() {
        let mut out = Vec::new();
        integer(i64::MIN, &mut out);
        append(&mut out, |window| unsigned(u64::MAX, window));
        assert_eq!(out, b"-922337203685477580818446744073709551615");
    }

    #[test]
    fn few_digits_are_written_without_a_search() {
        for value in [0.0, -0.0, 1.0, -12.34, 0.00001, 0.1 + 0.7, 999_999_999.999_999, 123_456.5, 1e8] {
            assert_eq!(short_text(value), (value != 0.1 + 0.7).then(|| text(value)), "{value}");
        }
        for value in [0.000_001, 0.000_009, 1e9, 0.1 + 0.2, 1.0 / 3.0, 1e300, 5e-324, f64::NAN, f64::INFINITY]
        {
            assert_eq!(short_text(value), None, "{value}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn a_short_text_is_the_shortest(digits in 0..10_i64.pow(16), places in 0..9, negative: bool, near in -1..=1_i64) {
            let decimal = digits as f64 / 10_f64.powi(places);
            let value = f64::from_bits((decimal.to_bits() as i64 + near).max(0) as u64);
            let value = if negative { -value } else { value };
            if let Some(short) = short_text(value) {
                prop_assert_eq!(short, text(value));
            }
            let mut floats = Floats::default();
            for long in 0..20 {
                floats.long = long;
                let mut out = Vec::new();
                append(&mut out, |window| floats.write(value, window));
                prop_assert_eq!(String::from_utf8(out).unwrap(), text(value));
            }
        }
    }
}
