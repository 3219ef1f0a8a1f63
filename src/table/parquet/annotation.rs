//! What a column's values or a group stand for: a logical type, or one of the converted types that were before those.

use arrow::datatypes::TimeUnit;

use super::flaw::{Decoded, Flaw};
use super::thrift::{STRUCT, Thrift};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Annotation {
    #[default]
    None,
    String,
    Json,
    Bson,
    Enum,
    Geometry,
    List,
    Map,
    Decimal {
        precision: i32,
        scale: i32,
    },
    Date,
    Time(TimeUnit),
    /// Whether in UTC, or local.
    Timestamp(TimeUnit, bool),
    Integer {
        bits: u8,
        is_signed: bool,
    },
    Float16,
    Uuid,
    Interval,
    /// Nulls alone.
    Null,
    /// A logical type of after this was written: the values are as they are stored.
    Unknown,
    /// A converted type that is none.
    Nonsense,
}

const MALFORMED: Flaw = Flaw::Corrupt("its footer has a type that makes no sense");

/// A converted type, by its number.
pub fn converted(number: i32, precision: i32, scale: i32) -> Annotation {
    let integer = |power: i32, is_signed| Annotation::Integer { bits: 8 << power, is_signed };
    match number {
        0 => Annotation::String,
        1 | 2 => Annotation::Map,
        3 => Annotation::List,
        4 => Annotation::Enum,
        5 => Annotation::Decimal { precision, scale },
        6 => Annotation::Date,
        7 => Annotation::Time(TimeUnit::Millisecond),
        8 => Annotation::Time(TimeUnit::Microsecond),
        9 => Annotation::Timestamp(TimeUnit::Millisecond, true),
        10 => Annotation::Timestamp(TimeUnit::Microsecond, true),
        11..=14 => integer(number - 11, false),
        15..=18 => integer(number - 15, true),
        19 => Annotation::Json,
        20 => Annotation::Bson,
        21 => Annotation::Interval,
        _ => Annotation::Nonsense,
    }
}

/// A logical type: a union, of which one field is set.
pub fn logical(thrift: &mut Thrift, kind: u8) -> Decoded<Annotation> {
    let mut found = Annotation::Unknown;
    structure(thrift, kind, |thrift, id, kind| {
        found = match id {
            5 => {
                let (mut precision, mut scale) = (-1, -1);
                structure(thrift, kind, |thrift, id, kind| match id {
                    1 => thrift.i32(kind).map(|value| scale = value),
                    2 => thrift.i32(kind).map(|value| precision = value),
                    _ => thrift.skip(kind),
                })?;
                Annotation::Decimal { precision, scale }
            }
            7 => Annotation::Time(time(thrift, kind)?.0),
            8 => {
                let (unit, is_utc) = time(thrift, kind)?;
                Annotation::Timestamp(unit, is_utc)
            }
            10 => {
                let (mut bits, mut is_signed) = (0, false);
                structure(thrift, kind, |thrift, id, kind| match id {
                    1 => thrift.i8(kind).map(|value| bits = value),
                    2 => thrift.bool(kind).map(|value| is_signed = value),
                    _ => thrift.skip(kind),
                })?;
                Annotation::Integer { bits, is_signed }
            }
            _ => {
                thrift.skip(kind)?;
                match id {
                    1 => Annotation::String,
                    2 => Annotation::Map,
                    3 => Annotation::List,
                    4 => Annotation::Enum,
                    6 => Annotation::Date,
                    11 => Annotation::Null,
                    12 => Annotation::Json,
                    13 => Annotation::Bson,
                    14 => Annotation::Uuid,
                    15 => Annotation::Float16,
                    17 | 18 => Annotation::Geometry,
                    _ => Annotation::Unknown,
                }
            }
        };
        Ok(())
    })?;
    Ok(found)
}

/// The unit of a time or timestamp, and whether it is adjusted to UTC.
fn time(thrift: &mut Thrift, kind: u8) -> Decoded<(TimeUnit, bool)> {
    let (mut unit, mut is_utc) = (None, false);
    structure(thrift, kind, |thrift, id, kind| match id {
        1 => thrift.bool(kind).map(|value| is_utc = value),
        2 => structure(thrift, kind, |thrift, id, kind| {
            unit = match id {
                1 => Some(TimeUnit::Millisecond),
                2 => Some(TimeUnit::Microsecond),
                3 => Some(TimeUnit::Nanosecond),
                _ => None,
            };
            thrift.skip(kind)
        }),
        _ => thrift.skip(kind),
    })?;
    Ok((unit.ok_or(MALFORMED)?, is_utc))
}

fn structure<'a>(
    thrift: &mut Thrift<'a>,
    kind: u8,
    take: impl FnMut(&mut Thrift<'a>, i16, u8) -> Decoded<()>,
) -> Decoded<()> {
    if kind == STRUCT { thrift.fields(take) } else { Err(MALFORMED) }
}
