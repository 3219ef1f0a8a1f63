//! Dates of HTTP headers (RFC 9110, section 5.6.7), in the one form that senders may use.

use crate::table::text::time;

const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";

/// `Sun, 06 Nov 1994 08:49:37 GMT`, in seconds since 1970-01-01.
pub fn seconds(text: &str) -> Option<i64> {
    let mut words = text.trim().split(' ').skip(1);
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    let (clock, zone) = (words.next()?, words.next()?);
    if zone != "GMT" || words.next().is_some() || month.len() != 3 {
        return None;
    }
    let month = MONTHS.find(month).filter(|at| at % 3 == 0)? / 3 + 1;
    time::timestamp(&format!("{year}-{month:02}-{day}T{clock}Z")).map(|at| at.seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_the_specification_is_read_and_no_other() {
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(seconds("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        for text in [
            "",
            "120",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 06 ovD 1994 08:49:37 GMT",
            "Sun, 31 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Nov 1994 08:49:37 GMT x",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
