//! Integers and floats.

/// Appends the digits of an integer.
pub fn integer(value: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends the shortest text that reads back as the same float. `value` is finite.
///
/// An exponent has a sign, as in JavaScript: `1e+21`. Without ".0", so that a column that widens from integers to floats keeps its text.
pub fn float(value: impl zmij::Float, out: &mut Vec<u8>) {
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value);
    out.extend_from_slice(text.strip_suffix(".0").unwrap_or(text).as_bytes());
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

    fn text(value: impl zmij::Float) -> String {
        let mut out = Vec::new();
        float(value, &mut out);
        String::from_utf8(out).unwrap()
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
        out.push(b' ');
        integer(u64::MAX, &mut out);
        assert_eq!(out, b"-9223372036854775808 18446744073709551615");
    }
}
