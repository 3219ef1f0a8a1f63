//! What the texts of a column have in common.

use arrow::datatypes::{DataType, TimeUnit};

use crate::table::text::{nearest, number, time};

/// What one cell's text says, where it is written as such a value is written by itself: whatever could be meant as
/// text (leading zeros, signs, more digits than a number holds) is text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Said {
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Date(i32),
    Timestamp(time::Timestamp),
    Text,
}

const MAX_EXACT: u64 = 1 << 53;
/// Digits that a double tells apart at most.
const FLOAT_DIGITS: usize = 17;
/// And those of its exponent.
const EXPONENT_DIGITS: usize = 3;

pub fn said(text: &str) -> Said {
    let bytes = text.as_bytes();
    match bytes.first() {
        Some(b'0'..=b'9' | b'-' | b'.' | b'+') => {}
        Some(b't' | b'T' | b'f' | b'F') => return number::boolean(text).map_or(Said::Text, Said::Boolean),
        _ => return Said::Text,
    }
    if let Some(integer) = integer(bytes) {
        return Said::Integer(integer);
    }
    if let Some(float) = float(text) {
        return Said::Float(float);
    }
    match bytes.len() {
        0..10 => Said::Text,
        _ => match time::date(text) {
            Some(days) => Said::Date(days),
            None => time::timestamp(text).map_or(Said::Text, Said::Timestamp),
        },
    }
}

/// An integer within 64 bits without a plus or leading zeros, and not `-0`.
#[inline]
pub fn integer(bytes: &[u8]) -> Option<i64> {
    let (is_negative, digits) = match bytes {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    match digits {
        [] => return None,
        [b'0'] => return (!is_negative).then_some(0),
        [b'0', ..] => return None,
        _ => {}
    }
    if digits.len() > 19 {
        return None;
    }
    let mut magnitude = 0u64;
    for digit in digits {
        let value = digit.wrapping_sub(b'0');
        if value > 9 {
            return None;
        }
        magnitude = magnitude * 10 + u64::from(value);
    }
    if is_negative { 0i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

/// A number in decimal text, of no more digits than a double tells apart, and without a plus or leading zeros.
/// Integers (all digits) are not among them, but for `-0`.
pub fn float(text: &str) -> Option<f64> {
    if let Some(value) = plain_float(text) {
        return Some(value);
    }
    if text == "-0" {
        return Some(-0.0);
    }
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, ""));
    // More than a double's has no printer of numbers written: it is some id, such as a hash.
    if exponent.trim_start_matches(['-', '+']).len() > EXPONENT_DIGITS {
        return None;
    }
    let is_whole = mantissa.len() == unsigned.len() && !mantissa.contains('.');
    if is_whole || unsigned.starts_with('+') || mantissa.ends_with('.') {
        return None;
    }
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.len() > 1 && whole.starts_with('0') {
        return None;
    }
    let significant = match whole.trim_start_matches('0') {
        "" => fraction.trim_start_matches('0').trim_end_matches('0').len(),
        whole => whole.len() + fraction.trim_end_matches('0').len(),
    };
    if significant > FLOAT_DIGITS { None } else { number::float(text) }
}

/// Digits, a point, and digits, 19 at most and 17 that count, as most floats are written.
fn plain_float(text: &str) -> Option<f64> {
    const DIGITS: usize = 19;
    const SIGNIFICANT: u64 = 10_u64.pow(FLOAT_DIGITS as u32);
    let unsigned = text.strip_prefix('-').unwrap_or(text).as_bytes();
    if unsigned.len() > DIGITS + 1 || matches!(unsigned, [b'0', b'0'..=b'9', ..]) {
        return None;
    }
    let mut digits = 0_u64;
    let mut point = None;
    for (index, byte) in unsigned.iter().enumerate() {
        match byte {
            // Too many overflow only where there is no point.
            b'0'..=b'9' => digits = digits.wrapping_mul(10).wrapping_add(u64::from(byte - b'0')),
            b'.' if point.is_none() && index > 0 => point = Some(index),
            _ => return None,
        }
    }
    let signed = |magnitude: f64| if unsigned.len() < text.len() { -magnitude } else { magnitude };
    let behind = unsigned.len() - (point? + 1);
    let is_told = behind > 0 && digits < SIGNIFICANT;
    is_told.then(|| signed(nearest::to_double(digits, -(behind as i32))))
}

/// An integer that a float holds exactly.
pub fn is_exact(integer: i64) -> bool {
    integer.unsigned_abs() <= MAX_EXACT
}

/// What was said in a column so far.
#[derive(Debug, Clone, Default)]
pub struct Guess {
    booleans: bool,
    integers: bool,
    large_integers: bool,
    floats: bool,
    dates: bool,
    with_offset: bool,
    without_offset: bool,
    digits: u8,
    /// A timestamp that 64 bits of nanoseconds do not reach was seen.
    beyond_nanoseconds: bool,
    texts: bool,
}

impl Guess {
    pub fn see(&mut self, text: &str) {
        if self.texts {
            return;
        }
        match said(text) {
            Said::Boolean(_) => self.booleans = true,
            Said::Integer(integer) => {
                self.integers = true;
                self.large_integers |= !is_exact(integer);
            }
            Said::Float(_) => self.floats = true,
            Said::Date(_) => self.dates = true,
            Said::Timestamp(timestamp) => {
                self.with_offset |= timestamp.has_offset;
                self.without_offset |= !timestamp.has_offset;
                self.digits = self.digits.max(timestamp.fraction.digits);
                self.beyond_nanoseconds |= !timestamp.is_within(9);
                self.texts |= !timestamp.is_within(6);
            }
            Said::Text => self.texts = true,
        }
    }

    /// The type of the column: text where nothing else is common to all.
    pub fn data_type(&self) -> DataType {
        let numbers = self.integers || self.floats;
        let timestamps = self.with_offset || self.without_offset;
        let kinds = [self.booleans, numbers, self.dates, timestamps];
        let disagree = kinds.iter().filter(|seen| **seen).count() != 1
            || (self.floats && self.large_integers)
            || (self.with_offset && self.without_offset);
        if self.texts || disagree {
            return DataType::Utf8;
        }
        if timestamps {
            let unit = match self.digits {
                0..=3 => TimeUnit::Millisecond,
                4..=6 => TimeUnit::Microsecond,
                _ if self.beyond_nanoseconds => return DataType::Utf8,
                _ => TimeUnit::Nanosecond,
            };
            return DataType::Timestamp(unit, self.with_offset.then(|| "UTC".into()));
        }
        match (self.booleans, self.dates, self.floats) {
            (true, ..) => DataType::Boolean,
            (_, true, _) => DataType::Date32,
            (.., true) => DataType::Float64,
            _ => DataType::Int64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_plain_float() {
        let texts =
            ["", "-", ".", "-.", "1", "-0", ".5", "5.", "00.5", "01.5", "1.2.3", "1e5", "+1.5", "1,5"];
        let long = ["123456789.123456789", "0.12345678901234567890", "99999999999999999999", "--1.5", "1.5-"];
        for text in texts.into_iter().chain(long) {
            assert_eq!(plain_float(text), None, "{text}");
        }
        assert_eq!(plain_float("-0.0").map(f64::to_bits), Some((-0.0_f64).to_bits()));
    }

    #[test]
    fn an_exponent_that_no_double_has_is_of_a_text() {
        assert_eq!(float("1e5"), Some(1e5));
        assert_eq!(float("2.5E-300"), Some(2.5e-300));
        for text in ["0e1234", "0e462097431906509019562988736854", "1e-0005", "1e9999", "1e00000000001"] {
            assert_eq!(float(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_plain_float_is_the_nearest(text in "-?(0|[1-9][0-9]{0,9})\\.[0-9]{1,18}") {
            if let Some(value) = plain_float(&text) {
                prop_assert_eq!(value.to_bits(), text.parse::<f64>().unwrap().to_bits());
            } else {
                prop_assert!(text.trim_start_matches('-').len() > 18);
            }
        }
    }
}
