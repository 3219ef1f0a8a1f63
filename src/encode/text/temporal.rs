//! Dates, times of day and timestamps, as ISO 8601 has them.

use arrow::datatypes::TimeUnit;

use super::{Fault, civil};

const SECONDS_PER_DAY: i64 = 86_400;
const MILLISECONDS_PER_DAY: i64 = SECONDS_PER_DAY * 1_000;

/// Ticks of a unit in a second.
pub fn per_second(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

/// Appends `2013-01-01`, of a day counted from 1970-01-01.
pub fn date(days: i64, out: &mut Vec<u8>) -> Result<(), Fault> {
    let civil::Date { year, month, day } = civil::date(days).ok_or(Fault::Year)?;
    // Four digits, or a sign and six: ECMAScript's "expanded years".
    let magnitude = year.unsigned_abs();
    if !(0..=9_999).contains(&year) {
        let [y1, y2] = two_digits(magnitude / 10_000);
        out.extend_from_slice(&[if year < 0 { b'-' } else { b'+' }, y1, y2]);
    }
    let [y3, y4] = two_digits(magnitude / 100 % 100);
    let [y5, y6] = two_digits(magnitude % 100);
    let [m1, m2] = two_digits(month);
    let [d1, d2] = two_digits(day);
    out.extend_from_slice(&[y3, y4, y5, y6, b'-', m1, m2, b'-', d1, d2]);
    Ok(())
}

/// Appends the date of a count of milliseconds since 1970, which has to be one of whole days.
pub fn date64(milliseconds: i64, out: &mut Vec<u8>) -> Result<(), Fault> {
    if milliseconds % MILLISECONDS_PER_DAY != 0 {
        return Err(Fault::PartOfDay);
    }
    date(milliseconds / MILLISECONDS_PER_DAY, out)
}

/// Appends `05:00:00.000`, of ticks since midnight.
pub fn time(ticks: i64, unit: TimeUnit, out: &mut Vec<u8>) -> Result<(), Fault> {
    let (seconds, rest) = split(ticks, unit);
    if !(0..SECONDS_PER_DAY).contains(&seconds) {
        return Err(Fault::TimeOfDay);
    }
    clock(seconds as u32, out);
    fraction(rest, unit, out);
    Ok(())
}

/// Appends `2013-01-01T05:00:00.000`, of ticks since 1970, and `Z` where they are an instant in UTC.
pub fn timestamp(ticks: i64, unit: TimeUnit, zoned: bool, out: &mut Vec<u8>) -> Result<(), Fault> {
    let (seconds, rest) = split(ticks, unit);
    date(seconds.div_euclid(SECONDS_PER_DAY), out)?;
    out.push(b'T');
    clock(seconds.rem_euclid(SECONDS_PER_DAY) as u32, out);
    fraction(rest, unit, out);
    if zoned {
        out.push(b'Z');
    }
    Ok(())
}

/// Whole seconds, and the ticks beyond them. By constants, since dividing by a variable is slow.
fn split(ticks: i64, unit: TimeUnit) -> (i64, u32) {
    fn by<const PER_SECOND: i64>(ticks: i64) -> (i64, u32) {
        (ticks.div_euclid(PER_SECOND), ticks.rem_euclid(PER_SECOND) as u32)
    }
    match unit {
        TimeUnit::Second => (ticks, 0),
        TimeUnit::Millisecond => by::<1_000>(ticks),
        TimeUnit::Microsecond => by::<1_000_000>(ticks),
        TimeUnit::Nanosecond => by::<1_000_000_000>(ticks),
    }
}

/// Appends `.` and a part of a second, with the digits of its unit; nothing where the unit is seconds.
pub fn fraction(ticks: u32, unit: TimeUnit, out: &mut Vec<u8>) {
    let (nanoseconds, digits) = match unit {
        TimeUnit::Second => return,
        TimeUnit::Millisecond => (ticks * 1_000_000, 3),
        TimeUnit::Microsecond => (ticks * 1_000, 6),
        TimeUnit::Nanosecond => (ticks, 9),
    };
    let [n1, n2] = two_digits(nanoseconds / 10_000_000);
    let [n3, n4] = two_digits(nanoseconds / 100_000 % 100);
    let [n5, n6] = two_digits(nanoseconds / 1_000 % 100);
    let [n7, n8] = two_digits(nanoseconds / 10 % 100);
    let text = [b'.', n1, n2, n3, n4, n5, n6, n7, n8, b'0' + (nanoseconds % 10) as u8];
    out.extend_from_slice(&text[..=digits]);
}

fn clock(seconds: u32, out: &mut Vec<u8>) {
    let [h1, h2] = two_digits(seconds / 3_600);
    let [m1, m2] = two_digits(seconds / 60 % 60);
    let [s1, s2] = two_digits(seconds % 60);
    out.extend_from_slice(&[h1, h2, b':', m1, m2, b':', s1, s2]);
}

fn two_digits(value: u32) -> [u8; 2] {
    [b'0' + (value / 10) as u8, b'0' + (value % 10) as u8]
}

#[cfg(test)]
mod tests {
    use super::*;
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};

    fn text(write: impl Fn(&mut Vec<u8>) -> Result<(), Fault>) -> Result<String, Fault> {
        let mut out = Vec::new();
        write(&mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn timestamps() {
        let cases = [
            (0, Second, false, "1970-01-01T00:00:00"),
            (-1, Second, true, "1969-12-31T23:59:59Z"),
            (-1, Nanosecond, true, "1969-12-31T23:59:59.999999999Z"),
            (1_357_020_000_000, Millisecond, true, "2013-01-01T06:00:00.000Z"),
            (1_357_020_000_000_001, Microsecond, false, "2013-01-01T06:00:00.000001"),
            (-62_167_219_200, Second, false, "0000-01-01T00:00:00"),
            (-62_167_219_201, Second, false, "-000001-12-31T23:59:59"),
            (253_402_300_799, Second, false, "9999-12-31T23:59:59"),
            (253_402_300_800, Second, false, "+010000-01-01T00:00:00"),
            (8_640_000_000_000_000, Millisecond, true, "+275760-09-13T00:00:00.000Z"),
            (-8_640_000_000_000_000, Millisecond, true, "-271821-04-20T00:00:00.000Z"),
            (i64::MIN, Nanosecond, false, "1677-09-21T00:12:43.145224192"),
            (i64::MAX, Nanosecond, false, "2262-04-11T23:47:16.854775807"),
            (i64::MIN, Microsecond, false, "-290308-12-21T19:59:05.224192"),
            (i64::MAX, Microsecond, false, "+294247-01-10T04:00:54.775807"),
        ];
        for (ticks, unit, zoned, expected) in cases {
            assert_eq!(text(|out| timestamp(ticks, unit, zoned, out)).as_deref(), Ok(expected));
        }
        for (ticks, unit) in [i64::MIN, i64::MAX].into_iter().flat_map(|t| [(t, Second), (t, Millisecond)]) {
            assert_eq!(text(|out| timestamp(ticks, unit, false, out)), Err(Fault::Year));
        }
    }

    #[test]
    fn dates() {
        assert_eq!(text(|out| date(15_706, out)).as_deref(), Ok("2013-01-01"));
        assert_eq!(text(|out| date(i32::MIN.into(), out)), Err(Fault::Year));
        assert_eq!(text(|out| date64(-86_400_000, out)).as_deref(), Ok("1969-12-31"));
        assert_eq!(text(|out| date64(1, out)), Err(Fault::PartOfDay));
        assert_eq!(text(|out| date64(i64::MIN, out)), Err(Fault::PartOfDay));
        let last = i64::MAX - i64::MAX % MILLISECONDS_PER_DAY;
        assert_eq!(text(|out| date64(last, out)), Err(Fault::Year));
    }

    #[test]
    fn times_stay_within_the_day() {
        assert_eq!(text(|out| time(0, Second, out)).as_deref(), Ok("00:00:00"));
        assert_eq!(text(|out| time(18_000_000, Millisecond, out)).as_deref(), Ok("05:00:00.000"));
        assert_eq!(text(|out| time(86_399_999_999, Microsecond, out)).as_deref(), Ok("23:59:59.999999"));
        assert_eq!(text(|out| time(1, Nanosecond, out)).as_deref(), Ok("00:00:00.000000001"));
        for (ticks, unit) in [(-1, Second), (86_400, Second), (i64::MAX, Nanosecond), (i64::MIN, Nanosecond)]
        {
            assert_eq!(text(|out| time(ticks, unit, out)), Err(Fault::TimeOfDay));
        }
    }
}
