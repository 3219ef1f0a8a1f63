//! Dates and times of ISO 8601, in the proleptic Gregorian calendar.

use arrow::datatypes::TimeUnit;

const SECONDS_A_DAY: i64 = 86_400;

/// A point in time, or a local one where the text has no offset from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp {
    /// Since 1970-01-01, in UTC where `has_offset`.
    pub seconds: i64,
    pub fraction: Fraction,
    pub has_offset: bool,
}

/// The fraction of a second, and how many digits it was written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fraction {
    pub nanoseconds: u32,
    pub digits: u8,
}

impl Fraction {
    /// The whole number of `10^-digits` seconds that this is, if it is one.
    #[inline]
    fn count(self, digits: u8) -> Option<i64> {
        let unit = 10u32.pow(9 - u32::from(digits));
        self.nanoseconds.is_multiple_of(unit).then(|| i64::from(self.nanoseconds / unit))
    }
}

impl Timestamp {
    /// Whether 64 bits of `10^-digits` seconds reach it, as far as whole seconds tell.
    #[inline]
    pub fn is_within(self, digits: u8) -> bool {
        let limit = i64::MAX / 10i64.pow(digits.into());
        (-limit..limit).contains(&self.seconds)
    }

    /// As a count of `10^-digits` seconds since 1970-01-01, if it is a whole one within 64 bits.
    #[inline]
    pub fn count(self, digits: u8) -> Option<i64> {
        let fraction = self.fraction.count(digits)?;
        let unit = 10i64.pow(digits.into());
        match self.seconds.checked_mul(unit) {
            Some(count) => count.checked_add(fraction),
            // Beyond 64 bits on the negative side, where the fraction may lead back into them.
            None => i64::try_from(i128::from(self.seconds) * i128::from(unit) + i128::from(fraction)).ok(),
        }
    }
}

/// `2013-01-01`, as days since 1970-01-01. Years are of four digits, or six with a sign.
pub fn date(text: &str) -> Option<i32> {
    let mut reader = Reader(text.as_bytes());
    let days = reader.date()?;
    reader.0.is_empty().then(|| i32::try_from(days).ok())?
}

/// `2013-01-01T05:00:00.123Z`: `T` or a space; seconds, fraction and offset may be missing.
pub fn timestamp(text: &str) -> Option<Timestamp> {
    let mut reader = Reader(text.as_bytes());
    let days = reader.date()?;
    if !matches!(reader.next()?, b'T' | b' ') {
        return None;
    }
    let (time, fraction) = reader.time()?;
    let offset = reader.offset()?;
    reader.0.is_empty().then(|| Timestamp {
        seconds: days * SECONDS_A_DAY + time - offset.unwrap_or(0),
        fraction,
        has_offset: offset.is_some(),
    })
}

/// `05:00:00.123`, as a count of `10^-digits` seconds since midnight.
pub fn time(text: &str, digits: u8) -> Option<i64> {
    let mut reader = Reader(text.as_bytes());
    let (seconds, fraction) = reader.time()?;
    let count = seconds * 10i64.pow(digits.into()) + fraction.count(digits)?;
    reader.0.is_empty().then_some(count)
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.0.first() == Some(&byte);
        if found {
            self.0 = &self.0[1..];
        }
        found
    }

    fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        let mut number = 0;
        for digit in digits {
            number = number * 10 + i64::from(digit.is_ascii_digit().then(|| digit - b'0')?);
        }
        Some(number)
    }

    fn below(&mut self, limit: i64) -> Option<i64> {
        self.digits(2).filter(|number| *number < limit)
    }

    fn date(&mut self) -> Option<i64> {
        let year = match self.0.first()? {
            b'+' | b'-' => {
                let sign = if self.next()? == b'-' { -1 } else { 1 };
                sign * self.digits(6)?
            }
            _ => self.digits(4)?,
        };
        let month = self.eat(b'-').then(|| self.digits(2))??;
        let day = self.eat(b'-').then(|| self.digits(2))??;
        let is_real = (1..=12).contains(&month) && (1..=days_of_month(year, month)).contains(&day);
        is_real.then(|| days_from_civil(year, month, day))
    }

    fn time(&mut self) -> Option<(i64, Fraction)> {
        let hour = self.below(24)?;
        let minute = self.eat(b':').then(|| self.below(60))??;
        let second = if self.eat(b':') {
            self.below(60)?
        } else {
            return Some((hour * 3600 + minute * 60, NO_FRACTION));
        };
        let fraction = if self.eat(b'.') { self.fraction()? } else { NO_FRACTION };
        Some((hour * 3600 + minute * 60 + second, fraction))
    }

    fn fraction(&mut self) -> Option<Fraction> {
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = if (1..=9).contains(&digits) { self.digits(digits)? } else { return None };
        let nanoseconds = number as u32 * 10u32.pow(9 - digits as u32);
        Some(Fraction { nanoseconds, digits: digits as u8 })
    }

    /// `Z`, `+05:30`, `+0530` or `+05`, in seconds; nothing at the end of the text.
    fn offset(&mut self) -> Option<Option<i64>> {
        if self.0.is_empty() {
            return Some(None);
        }
        let sign = match self.next()? {
            b'Z' | b'z' => return Some(Some(0)),
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let hours = self.below(24)?;
        self.eat(b':');
        let minutes = if self.0.is_empty() { 0 } else { self.below(60)? };
        Some(Some(sign * (hours * 3600 + minutes * 60)))
    }
}

const NO_FRACTION: Fraction = Fraction { nanoseconds: 0, digits: 0 };

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01, as in Howard Hinnant's "chrono-compatible low-level date algorithms": the year is
/// taken to begin in March, so that the leap day is its last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The digits of a fraction of a second that a unit has.
pub fn digits(unit: TimeUnit) -> u8 {
    match unit {
        TimeUnit::Second => 0,
        TimeUnit::Millisecond => 3,
        TimeUnit::Microsecond => 6,
        TimeUnit::Nanosecond => 9,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        let cases = [
            ("1970-01-01", 0),
            ("2013-01-01", 15706),
            ("2000-02-29", 11016),
            ("1969-12-31", -1),
            ("0000-03-01", -719468),
            ("-000001-01-01", -719893),
            ("+275760-09-13", 100_000_000),
        ];
        for (text, days) in cases {
            assert_eq!(date(text), Some(days), "{text}");
        }
        for text in [
            "",
            "2013-1-1",
            "2013-02-29",
            "1900-02-29",
            "2013-13-01",
            "2013-00-10",
            "20130101",
            "2013-01-01 ",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn timestamps() {
        let count = |text: &str, digits| timestamp(text).and_then(|timestamp| timestamp.count(digits));
        assert_eq!(count("1970-01-01 00:01", 3), Some(60_000));
        assert_eq!(count("1970-01-01T05:30:00.5+05:30", 3), Some(500));
        assert_eq!(count("1969-12-31T23:59:59.999999999Z", 9), Some(-1));
        assert_eq!(count("1969-12-31T23:59:59.999999999Z", 6), None);
        assert_eq!(count("2262-04-11T23:47:16.854775807Z", 9), Some(i64::MAX));
        assert_eq!(count("2262-04-11T23:47:16.854775808Z", 9), None);
        for text in [
            "2013-01-01",
            "2013-01-01T",
            "2013-01-01T24:00:00",
            "2013-01-01T10:00:60",
            "2013-01-01T10:00:00.",
            "2013-01-01T10:00:00 Z",
            "2013-01-01T10:00:00+5",
            "2013-01-01T10:00:00.1234567890",
        ] {
            assert_eq!(timestamp(text), None, "{text}");
        }
    }
}
