//! The text of values, alike in csv and jsonl.
//!
//! | type | text |
//! |---|---|
//! | integers, decimals | exact digits; a decimal has as many behind the point as its scale |
//! | floats | the shortest that reads back as the same value, without a trailing `.0` |
//! | float16 | as the float32 of the same value |
//! | date32, date64 | `2013-01-01` |
//! | time32, time64 | `05:00:00.000`, with the digits of the unit |
//! | timestamp | `2013-01-01T05:00:00.000`, with the digits of the unit, and `Z` where the type has a zone |
//! | duration | `PT1.500S` |
//! | interval | `P1Y2M3DT4.500S`, each component with its own sign, components of zero left out |
//! | binary | base64 with padding (RFC 4648, section 4) |
//!
//! Years outside 0000 to 9999 are written as ECMAScript does, `+012345`, with six digits at most.

pub mod cells;
pub mod civil;
pub mod column;
pub mod decimal;
pub mod digits;
pub mod interval;
pub mod json;
pub mod json_string;
pub mod number;
pub mod scalar;
mod shortest;
pub mod temporal;

/// Why a value has no text. The column that it stands in adds the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    NonFinite,
    Year,
    TimeOfDay,
    PartOfDay,
    NullKey,
    RepeatedKey,
}

impl Fault {
    pub fn message(self) -> &'static str {
        match self {
            Fault::NonFinite => {
                "JSON has no NaN and no infinities; jsonl.nonFinite can be \"string\" or \"null\""
            }
            Fault::Year => "the year is beyond 999,999, the last that ISO 8601 text is written for",
            Fault::TimeOfDay => "a time lies outside the day: below 00:00 or not below 24:00",
            Fault::PartOfDay => "a date64 is not a whole number of days; timestamp[ms] holds a time of day",
            Fault::NullKey => "a map has a null among its keys",
            Fault::RepeatedKey => "a map has the same key twice, which readers of JSON objects do not keep",
        }
    }
}
