//! Dates, times of day and timestamps, as ISO 8601 has them.

use arrow::datatypes::TimeUnit;

use super::digits::{self, Window, put};
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

/// Writes `2013-01-01`, of a day counted from 1970-01-01.
#[inline]
pub fn date(days: i64, window: &mut Window) -> Result<usize, Fault> {
    let civil::Date { year, month, day } = civil::date(days).ok_or(Fault::Year)?;
    // Four digits, or a sign and six: ECMAScript's "expanded years".
    let magnitude = year.unsigned_abs();
    let mut at = 0;
    if !(0..=9_999).contains(&year) {
        let century = magnitude / 10_000;
        let sign = if year < 0 { b'-' } else { b'+' };
        at = put([sign, b'0' + (century / 10) as u8, b'0' + (century % 10) as u8], 0, window);
    }
    Ok(digits::date(magnitude % 10_000, month, day, at, window))
}

/// Writes the date of a count of milliseconds since 1970, which has to be one of whole days.
pub fn date64(milliseconds: i64, window: &mut Window) -> Result<usize, Fault> {
    if milliseconds % MILLISECONDS_PER_DAY != 0 {
        return Err(Fault::PartOfDay);
    }
    date(milliseconds / MILLISECONDS_PER_DAY, window)
}

/// Writes `05:00:00.000`, of ticks since midnight.
#[inline]
pub fn time(ticks: i64, unit: TimeUnit, window: &mut Window) -> Result<usize, Fault> {
    match days_and_rest(ticks, unit) {
        (0, rest) => Ok(time_of_day(rest, unit, 0, window)),
        _ => Err(Fault::TimeOfDay),
    }
}

/// Writes `2013-01-01T05:00:00.000`, of ticks since 1970, and `Z` where they are an instant in UTC.
#[inline]
pub fn timestamp(ticks: i64, unit: TimeUnit, zoned: bool, window: &mut Window) -> Result<usize, Fault> {
    let (days, rest) = days_and_rest(ticks, unit);
    let at = put([b'T'], date(days, window)?, window);
    let at = time_of_day(rest, unit, at, window);
    Ok(put([b'Z'], at, window) - usize::from(!zoned))
}

#[inline]
fn days_and_rest(ticks: i64, unit: TimeUnit) -> (i64, i64) {
    divide(ticks, SECONDS_PER_DAY * per_second(unit))
}

#[inline]
fn time_of_day(ticks: i64, unit: TimeUnit, at: usize, window: &mut Window) -> usize {
    let (seconds, rest) = divide(ticks, per_second(unit));
    let at = digits::clock(seconds as u32, at, window);
    fraction(rest as u32, unit, at, window)
}

/// `div_euclid` and `rem_euclid` without a division of 64 bits, which takes longer than all the rest of a timestamp.
/// The divisor is positive, and the quotient below 2^50.
#[inline]
fn divide(value: i64, divisor: i64) -> (i64, i64) {
    // A float of 53 bits, it is off by a fraction of 1 before it is cut, and so by 1 at most.
    let quotient = (value as f64 / divisor as f64) as i64;
    let remainder = value.wrapping_sub(quotient.wrapping_mul(divisor));
    if remainder < 0 {
        (quotient - 1, remainder + divisor)
    } else if remainder >= divisor {
        (quotient + 1, remainder - divisor)
    } else {
        (quotient, remainder)
    }
}

/// Writes `.` and a part of a second, with the digits of its unit; nothing where the unit is seconds.
#[inline]
pub fn fraction(ticks: u32, unit: TimeUnit, at: usize, window: &mut Window) -> usize {
    let (eight_digits, ninth, length) = match unit {
        TimeUnit::Second => return at,
        TimeUnit::Millisecond => (ticks * 100_000, 0, 3),
        TimeUnit::Microsecond => (ticks * 100, 0, 6),
        TimeUnit::Nanosecond => (ticks / 10, ticks % 10, 9),
    };
    let point = put([b'.'], at, window);
    let end = digits::padded(eight_digits, point, window);
    put([b'0' + ninth as u8], end, window);
    point + length
}

#[cfg(test)]
mod tests {
    use super::*;
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};

    fn text(write: impl Fn(&mut Window) -> Result<usize, Fault>) -> Result<String, Fault> {
        let mut window = [0; 48];
        let length = write(&mut window)?;
        Ok(String::from_utf8(window[..length].to_vec()).unwrap())
    }

    #[test]
    fn division_is_exact() {
        for unit in [Second, Millisecond, Microsecond, Nanosecond] {
            let day = SECONDS_PER_DAY * per_second(unit);
            let near = |value: i64| (-2..=2).map(move |step| value.saturating_add(step));
            let days =
                (-40..40).map(|n| i64::MAX / day / 40 * n * day).chain([i64::MIN, i64::MAX, 0, day, -day]);
            for ticks in days.flat_map(near) {
                assert_eq!(
                    divide(ticks, day),
                    (ticks.div_euclid(day), ticks.rem_euclid(day)),
                    "{ticks} {unit:?}"
                );
            }
        }
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
            assert_eq!(text(|window| timestamp(ticks, unit, zoned, window)).as_deref(), Ok(expected));
        }
        for (ticks, unit) in [i64::MIN, i64::MAX].into_iter().flat_map(|t| [(t, Second), (t, Millisecond)]) {
            assert_eq!(text(|window| timestamp(ticks, unit, false, window)), Err(Fault::Year));
        }
    }

    #[test]
    fn dates() {
        assert_eq!(text(|window| date(15_706, window)).as_deref(), Ok("2013-01-01"));
        assert_eq!(text(|window| date(i32::MIN.into(), window)), Err(Fault::Year));
        assert_eq!(text(|window| date64(-86_400_000, window)).as_deref(), Ok("1969-12-31"));
        assert_eq!(text(|window| date64(1, window)), Err(Fault::PartOfDay));
        assert_eq!(text(|window| date64(i64::MIN, window)), Err(Fault::PartOfDay));
        let last = i64::MAX - i64::MAX % MILLISECONDS_PER_DAY;
        assert_eq!(text(|window| date64(last, window)), Err(Fault::Year));
    }

    #[test]
    fn times_stay_within_the_day() {
        assert_eq!(text(|window| time(0, Second, window)).as_deref(), Ok("00:00:00"));
        assert_eq!(text(|window| time(18_000_000, Millisecond, window)).as_deref(), Ok("05:00:00.000"));
        assert_eq!(
            text(|window| time(86_399_999_999, Microsecond, window)).as_deref(),
            Ok("23:59:59.999999")
        );
        assert_eq!(text(|window| time(1, Nanosecond, window)).as_deref(), Ok("00:00:00.000000001"));
        for (ticks, unit) in [(-1, Second), (86_400, Second), (i64::MAX, Nanosecond), (i64::MIN, Nanosecond)]
        {
            assert_eq!(text(|window| time(ticks, unit, window)), Err(Fault::TimeOfDay));
        }
    }
}
