//! Durations of ISO 8601.

/// What a text such as `P1Y2M3DT4H5M6.7S` says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    pub months: i128,
    pub days: i128,
    pub nanoseconds: i128,
}

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400;

impl Period {
    /// As a count of which there are `per_second` in a second, where it is a whole one within 64 bits. A day has 24
    /// hours; a month has no length.
    pub fn duration(self, per_second: i128) -> Option<i64> {
        let nanoseconds = self.days.checked_mul(DAY * SECOND)?.checked_add(self.nanoseconds)?;
        let unit = SECOND / per_second;
        (self.months == 0 && nanoseconds % unit == 0).then_some(nanoseconds / unit)?.try_into().ok()
    }
}

/// `P1Y2M3DT4H5M6.789S`: each part may be missing, but one must be there, and each may have a sign, as the whole may.
/// Only seconds have a fraction, of up to nine digits. Weeks are not understood.
pub fn period(text: &str) -> Option<Period> {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let text = text.strip_prefix('P')?;
    let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
    if date.is_empty() && time.is_none() || time.is_some_and(str::is_empty) {
        return None;
    }
    let [years, months, days] = parts(date, b"YMD")?;
    let [hours, minutes, seconds] = parts(time.unwrap_or_default(), b"HMS")?;
    let is_whole = |value: &i128| value % SECOND == 0;
    if ![years, months, days, hours, minutes].iter().all(is_whole) {
        return None;
    }
    Some(Period {
        months: sign * (years * 12 + months) / SECOND,
        days: sign * days / SECOND,
        nanoseconds: sign * (hours * 3600 + minutes * 60 + seconds),
    })
}

/// The numbers before each of these letters, which come in this order, in billionths.
fn parts(mut text: &str, letters: &[u8; 3]) -> Option<[i128; 3]> {
    let mut values = [0; 3];
    let mut next = 0;
    while !text.is_empty() {
        let end = text.bytes().position(|byte| byte.is_ascii_alphabetic())?;
        let place = next + letters[next..].iter().position(|letter| *letter == text.as_bytes()[end])?;
        values[place] = billionths(&text[..end])?;
        next = place + 1;
        text = &text[end + 1..];
    }
    Some(values)
}

fn billionths(text: &str) -> Option<i128> {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // More than 64 bits hold no part of a value.
    if !are_digits(whole)
        || whole.len() > 20
        || fraction.is_some_and(|text| !are_digits(text) || text.len() > 9)
    {
        return None;
    }
    let fraction = format!("{:0<9}", fraction.unwrap_or_default()).parse::<i128>().ok()?;
    Some(sign * (whole.parse::<i128>().ok()? * SECOND + fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods() {
        let cases = [
            ("PT1.500S", 0, 0, 1_500_000_000),
            ("-PT0.001S", 0, 0, -1_000_000),
            ("P1Y2M", 14, 0, 0),
            ("P0M", 0, 0, 0),
            ("P-1Y-2M3DT-0.5S", -14, 3, -500_000_000),
            ("-P1DT2H3M", 0, -1, -7_380_000_000_000),
            ("PT9223372036854775808S", 0, 0, 9_223_372_036_854_775_808_000_000_000),
        ];
        for (text, months, days, nanoseconds) in cases {
            assert_eq!(period(text), Some(Period { months, days, nanoseconds }), "{text}");
        }
        for text in [
            "",
            "P",
            "PT",
            "P1",
            "1Y",
            "P1S",
            "PT1Y",
            "P1M1Y",
            "P1.5D",
            "PT1.S",
            "PT.5S",
            "P1W",
            "PT+1S",
            "P1DT",
            "PT1.1234567890S",
            "--PT1S",
            "PT 1S",
            "PéS",
        ] {
            assert_eq!(period(text), None, "{text}");
        }
    }

    #[test]
    fn durations() {
        let duration = |text, per_second| period(text).and_then(|period| period.duration(per_second));
        assert_eq!(duration("P1DT0.5S", 1000), Some(86_400_500));
        assert_eq!(duration("PT0.5S", 1), None);
        assert_eq!(duration("P1M", 1), None);
        assert_eq!(duration("-PT9223372036.854775808S", 1_000_000_000), Some(i64::MIN));
        assert_eq!(duration("PT9223372036.854775808S", 1_000_000_000), None);
    }
}
