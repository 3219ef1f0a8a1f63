//! Days since 1970-01-01 as dates of the proleptic Gregorian calendar.

/// -999999-01-01 to 999999-12-31: the years that six digits hold.
const DAYS: std::ops::RangeInclusive<i64> = -365_961_662..=364_522_971;
const DAYS_OF_ERA: i32 = 146_097;
/// From 0000-03-01 to 1970-01-01.
const EPOCH: i32 = 719_468;
/// Of 400 years each: as many as make every day a positive number.
const ERAS: i32 = 2_506;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date {
    pub year: i32,
    pub month: u32,
    pub day: u32,
}

/// The date of a day, or `None` where its year has more than six digits.
///
/// The algorithm is that of C. Neri and L. Schneider, "Euclidean affine functions and their application to calendar
/// algorithms" (2023), figure 12: years begin in March, so that the leap day is the last one, and a division by the
/// length of a year or a month is a multiplication whose low half holds the remainder.
#[inline]
pub fn date(days: i64) -> Option<Date> {
    if !DAYS.contains(&days) {
        return None;
    }
    let quarters = 4 * (days as i32 + EPOCH + ERAS * DAYS_OF_ERA) as u32 + 3;
    let century = quarters / DAYS_OF_ERA as u32;
    let quarters_of_century = (quarters - century * DAYS_OF_ERA as u32) | 3;
    // 2^32 / (4 * 365.25), rounded up.
    const YEARS: u32 = 2_939_745;
    let years = u64::from(YEARS) * u64::from(quarters_of_century);
    let year_of_century = (years >> 32) as u32;
    let day_of_year = years as u32 / YEARS / 4;
    // 2^16 / 30.6 days of a month from March, rounded down, counted from 3.
    const MONTHS: u32 = 2_141;
    let months = MONTHS * day_of_year + 197_913;
    let is_next_year = day_of_year >= 306;
    let month = (months >> 16) - if is_next_year { 12 } else { 0 };
    let day = (months & 0xffff) / MONTHS + 1;
    let year = (100 * century + year_of_century) as i32 - ERAS * 400 + i32::from(is_next_year);
    Some(Date { year, month, day })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX_YEAR: i32 = 999_999;

    #[test]
    fn every_day_follows_the_one_before() {
        let lengths = |year: i32| {
            let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
            [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        };
        // 0000-01-01, and on through two eras and a bit, past 1970.
        let mut expected = Date { year: 0, month: 1, day: 1 };
        for days in -719_528..-719_528 + 2 * i64::from(DAYS_OF_ERA) + 500 * 366 {
            assert_eq!(date(days), Some(expected), "day {days}");
            if days == 0 {
                assert_eq!(expected, Date { year: 1970, month: 1, day: 1 });
            }
            expected.day += 1;
            if expected.day > lengths(expected.year)[expected.month as usize - 1] {
                expected.day = 1;
                expected.month += 1;
            }
            if expected.month > 12 {
                expected.month = 1;
                expected.year += 1;
            }
        }
    }

    #[test]
    fn the_ends_are_dates_and_beyond_them_is_none() {
        assert_eq!(date(*DAYS.start()), Some(Date { year: -MAX_YEAR, month: 1, day: 1 }));
        assert_eq!(date(*DAYS.end()), Some(Date { year: MAX_YEAR, month: 12, day: 31 }));
        assert_eq!(date(-719_529), Some(Date { year: -1, month: 12, day: 31 }));
        // The last day of a JavaScript Date.
        assert_eq!(date(100_000_000), Some(Date { year: 275_760, month: 9, day: 13 }));
        assert_eq!(date(-100_000_000), Some(Date { year: -271_821, month: 4, day: 20 }));
        for days in [*DAYS.start() - 1, *DAYS.end() + 1, i64::MIN, i64::MAX] {
            assert_eq!(date(days), None);
        }
    }
}
