//! Durations and intervals, as ISO 8601 has them.

use arrow::datatypes::{IntervalDayTime, IntervalMonthDayNano, TimeUnit};

use super::digits::append;
use super::{number, temporal};

/// Appends `PT1.500S`, or `-PT1.500S` where it goes back in time. Seconds are not made minutes or hours.
pub fn duration(ticks: i64, unit: TimeUnit, out: &mut Vec<u8>) {
    if ticks < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(b"PT");
    seconds(ticks.unsigned_abs(), unit, out);
}

/// Appends `P1Y2M`; `P0M` where there is nothing.
pub fn year_month(months: i32, out: &mut Vec<u8>) {
    out.push(b'P');
    if months == 0 {
        return out.extend_from_slice(b"0M");
    }
    years_and_months(months, out);
}

/// Appends `P3DT1.500S`; `PT0.000S` where there is nothing.
pub fn day_time(value: IntervalDayTime, out: &mut Vec<u8>) {
    out.push(b'P');
    component(value.days, b'D', out);
    time(value.milliseconds.into(), TimeUnit::Millisecond, value.days == 0, out);
}

/// Appends `P1Y2M3DT1.500000000S`; `PT0.000000000S` where there is nothing.
pub fn month_day_nano(value: IntervalMonthDayNano, out: &mut Vec<u8>) {
    out.push(b'P');
    years_and_months(value.months, out);
    component(value.days, b'D', out);
    time(value.nanoseconds, TimeUnit::Nanosecond, value.months == 0 && value.days == 0, out);
}

fn years_and_months(months: i32, out: &mut Vec<u8>) {
    component(months / 12, b'Y', out);
    component(months % 12, b'M', out);
}

/// Each component has a sign of its own, as PostgreSQL's `iso_8601` style has it: a month less and a day more
/// is not the opposite of anything.
fn component(value: i32, designator: u8, out: &mut Vec<u8>) {
    if value != 0 {
        number::integer(value, out);
        out.push(designator);
    }
}

fn time(ticks: i64, unit: TimeUnit, alone: bool, out: &mut Vec<u8>) {
    if ticks == 0 && !alone {
        return;
    }
    out.push(b'T');
    if ticks < 0 {
        out.push(b'-');
    }
    seconds(ticks.unsigned_abs(), unit, out);
}

fn seconds(ticks: u64, unit: TimeUnit, out: &mut Vec<u8>) {
    let per_second = temporal::per_second(unit).unsigned_abs();
    append(out, |window| {
        let at = number::unsigned(ticks / per_second, window);
        temporal::fraction((ticks % per_second) as u32, unit, at, window)
    });
    out.push(b'S');
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
    fn durations() {
        let cases = [
            (0, TimeUnit::Second, "PT0S"),
            (1_500, TimeUnit::Millisecond, "PT1.500S"),
            (-1, TimeUnit::Microsecond, "-PT0.000001S"),
            (i64::MIN, TimeUnit::Nanosecond, "-PT9223372036.854775808S"),
            (i64::MAX, TimeUnit::Second, "PT9223372036854775807S"),
        ];
        for (ticks, unit, expected) in cases {
            assert_eq!(text(|out| duration(ticks, unit, out)), expected);
        }
    }

    #[test]
    fn intervals() {
        assert_eq!(text(|out| year_month(0, out)), "P0M");
        assert_eq!(text(|out| year_month(14, out)), "P1Y2M");
        assert_eq!(text(|out| year_month(-24, out)), "P-2Y");
        assert_eq!(text(|out| year_month(i32::MIN, out)), "P-178956970Y-8M");
        let day_time = |days, ms| text(|out| day_time(IntervalDayTime::new(days, ms), out));
        assert_eq!(day_time(0, 0), "PT0.000S");
        assert_eq!(day_time(3, 0), "P3D");
        assert_eq!(day_time(-3, 1_500), "P-3DT1.500S");
        assert_eq!(day_time(i32::MIN, i32::MIN), "P-2147483648DT-2147483.648S");
        let all =
            |months, days, ns| text(|out| month_day_nano(IntervalMonthDayNano::new(months, days, ns), out));
        assert_eq!(all(0, 0, 0), "PT0.000000000S");
        assert_eq!(all(14, 3, 1), "P1Y2M3DT0.000000001S");
        assert_eq!(all(-1, 1, i64::MIN), "P-1M1DT-9223372036.854775808S");
    }
}
