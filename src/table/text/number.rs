use std::ops::Neg;

use arrow::datatypes::i256;

use super::nearest::Decimal;

/// `true` and `false`, also written `True`, `TRUE`, `False`, `FALSE`.
pub fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// Digits with an optional sign.
pub fn integer(text: &str) -> Option<i128> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// A number in decimal text, or `NaN`, `Infinity`, `-Infinity` (`inf` too), as the nearest double. Refused are
/// finite texts beyond a double's range, and integers (all digits) that a double would round, unless they are how
/// that double is written.
pub fn float(text: &str) -> Option<f64> {
    let value = match text {
        "NaN" | "nan" => return Some(f64::NAN),
        "Infinity" | "inf" => return Some(f64::INFINITY),
        "-Infinity" | "-inf" => return Some(f64::NEG_INFINITY),
        _ => {
            let parts = Parts::of(text)?;
            let value = parts.signed(parts.decimal.to_double());
            let underflows = value == 0.0 && parts.digits().any(|digit| digit != b'0');
            (value.is_finite() && !underflows).then_some(value)?
        }
    };
    // The bounds of 128 bits are where a cast would saturate.
    let is_exact = |exact| value.abs() < 1.7e38 && value as i128 == exact;
    let is_said = is_float(text) || integer(text).is_some_and(is_exact) || value.to_string() == text;
    is_said.then_some(value)
}

/// The nearest float32 to a decimal text that [`float`] takes, where there is a finite one to a finite number.
pub fn float32(text: &str) -> Option<f32> {
    let double = float(text)?;
    if !double.is_finite() {
        return Some(double as f32);
    }
    let parts = Parts::of(text)?;
    let value = parts.signed(parts.decimal.to_single());
    value.is_finite().then_some(value)
}

/// The nearest double to a number in decimal text.
pub fn nearest(text: &str) -> Option<f64> {
    Parts::of(text).map(|parts| parts.signed(parts.decimal.to_double()))
}

fn is_float(text: &str) -> bool {
    text.contains(['.', 'e', 'E'])
}

/// A decimal as an integer count of `10^-scale`, where it is exactly one and has no more than `precision` digits.
/// `scratch` is kept between calls.
pub fn decimal(text: &str, precision: u8, scale: i8, scratch: &mut String) -> Option<i256> {
    let parts = Parts::of(text)?;
    scratch.clear();
    scratch.extend(parts.digits().skip_while(|digit| *digit == b'0').map(char::from));
    if scratch.is_empty() {
        return Some(i256::ZERO);
    }
    let shift = i64::from(scale) - parts.decimal.fraction.len() as i64 + parts.decimal.exponent;
    if shift < 0 {
        let dropped = usize::try_from(-shift).ok().filter(|dropped| *dropped < scratch.len())?;
        let kept = scratch.len() - dropped;
        if scratch[kept..].bytes().any(|digit| digit != b'0') {
            return None;
        }
        scratch.truncate(kept);
    } else if shift > i64::from(precision) {
        return None;
    } else {
        scratch.extend(std::iter::repeat_n('0', shift as usize));
    }
    if scratch.len() > usize::from(precision) {
        return None;
    }
    let value = i256::from_string(scratch)?;
    if parts.is_negative { value.checked_neg() } else { Some(value) }
}

/// The parts of a number in decimal text.
struct Parts<'a> {
    is_negative: bool,
    decimal: Decimal<'a>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, rest) = digits(unsigned.as_bytes());
        let (fraction, rest) = if let [b'.', rest @ ..] = rest { digits(rest) } else { (&[][..], rest) };
        let exponent = match rest {
            [] => 0,
            [b'e' | b'E', exponent @ ..] => self::exponent(&text[text.len() - exponent.len()..])?,
            _ => return None,
        };
        let decimal = Decimal { whole, fraction, exponent };
        let is_number = whole.len() + fraction.len() > 0;
        is_number.then_some(Parts { is_negative: text.starts_with('-'), decimal })
    }

    fn digits(&self) -> impl Iterator<Item = u8> + 'a {
        self.decimal.whole.iter().chain(self.decimal.fraction).copied()
    }

    fn signed<F: Neg<Output = F>>(&self, magnitude: F) -> F {
        if self.is_negative { -magnitude } else { magnitude }
    }
}

/// The digits at the start, and what is behind them.
fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().take_while(|byte| byte.is_ascii_digit()).count())
}

/// Of more than nine digits is as good as of nine.
fn exponent(text: &str) -> Option<i64> {
    const MOST: i128 = 999_999_999;
    integer(text).map(|exponent| exponent.clamp(-MOST, MOST) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats() {
        for (text, value) in [("1", 1.0), ("-0", -0.0), (".5", 0.5), ("5.", 5.0), ("+1e3", 1000.0)] {
            assert_eq!(float(text).map(f64::to_bits), Some(f64::to_bits(value)), "{text}");
        }
        assert_eq!(float("9007199254740992"), Some(9007199254740992.0));
        for text in ["", ".", "-", "e5", "1e", "1e400", "1e-400", "0x10", "1_000", "9007199254740993", " 1"] {
            assert_eq!(float(text), None, "{text}");
        }
        assert_eq!(float("1e-324"), None);
        let huge = "9".repeat(60);
        assert_eq!(float(&huge), None);
        assert_eq!(float("123456789012345680000"), Some(123456789012345680000.0));
    }

    #[test]
    fn decimals() {
        let decimal = |text, precision, scale| decimal(text, precision, scale, &mut String::new());
        for (text, value) in
            [("12.5", 1250), ("-0.01", -1), ("12.500", 1250), ("1e2", 10000), ("0e99999", 0), ("25e-2", 25)]
        {
            assert_eq!(decimal(text, 12, 2), Some(i256::from(value as i64)), "{text}");
        }
        for text in ["12.505", "1e-3", "99999999999", "NaN", "", "1e999999999", "1e-999999999"] {
            assert_eq!(decimal(text, 12, 2), None, "{text}");
        }
        assert_eq!(decimal("1200", 2, -2), Some(i256::from(12i64)));
        assert_eq!(decimal("1250", 2, -2), None);
        let largest = "9".repeat(76);
        assert_eq!(decimal(&largest, 76, 0).map(|value| value.to_string()), Some(largest));
    }
}
