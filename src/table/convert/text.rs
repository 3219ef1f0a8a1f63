//! Strings: what their text says.

use std::sync::Arc;

use arrow::array::{Array, BinaryBuilder, BooleanBuilder, StringArray};
use arrow::datatypes::{DataType, TimeUnit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::decimals::gather;
use super::floats::nearest;
use super::numbers::{collect, collect_counts};
use super::{Converted, Misfit, converted, interval, json};
use crate::table::text::{number, time};

pub fn parse(texts: &StringArray, target: &DataType) -> Converted {
    let text = |row| texts.value(row);
    match target {
        DataType::Boolean => booleans(texts),
        DataType::Float32 => collect(texts, target, &mut |row, bytes| {
            bytes.copy_from_slice(&number::float32(text(row))?.to_le_bytes());
            Some(())
        }),
        DataType::Float16 | DataType::Float64 => nearest(texts, target, &mut |row| number::float(text(row))),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => {
            let mut scratch = String::new();
            gather(texts, target, &mut |row| number::decimal(text(row), *precision, *scale, &mut scratch))
        }
        DataType::Date32 => collect_counts(texts, target, &mut |row| Some(time::date(text(row))?.into())),
        DataType::Date64 => {
            collect_counts(texts, target, &mut |row| Some(i128::from(time::date(text(row))?) * 86_400_000))
        }
        DataType::Time32(unit) | DataType::Time64(unit) => {
            let digits = time::digits(*unit);
            collect_counts(texts, target, &mut |row| Some(time::time(text(row), digits)?.into()))
        }
        DataType::Timestamp(unit, zone) => timestamps(texts, target, *unit, zone.as_deref()),
        DataType::Duration(_) | DataType::Interval(_) => interval::parse(texts, target),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            converted(&bytes(texts)?, target)
        }
        integer if integer.is_integer() => {
            collect_counts(texts, target, &mut |row| number::integer(text(row)))
        }
        nested if nested.is_nested() => json::parse(texts, target),
        _ => Err(Misfit::Type),
    }
}

fn booleans(texts: &StringArray) -> Converted {
    let mut builder = BooleanBuilder::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let parsed = text.map(|text| number::boolean(text).ok_or(Misfit::Row(index))).transpose()?;
        builder.append_option(parsed);
    }
    Ok(Arc::new(builder.finish()))
}

/// Bytes in base64 (RFC 4648, padded).
fn bytes(texts: &StringArray) -> Converted {
    let mut builder = BinaryBuilder::new();
    for (row, text) in texts.iter().enumerate() {
        let bytes = text.map(|text| STANDARD.decode(text)).transpose().map_err(|_| Misfit::Row(row))?;
        builder.append_option(bytes);
    }
    Ok(Arc::new(builder.finish()))
}

/// A text without an offset is local time, which is a point in time in a zone that is UTC alone; a text with one is a
/// point in time, which a type without a zone cannot say.
fn timestamps(texts: &StringArray, target: &DataType, unit: TimeUnit, zone: Option<&str>) -> Converted {
    let (may_have_offset, may_lack_offset) = match zone {
        None => (false, true),
        Some(zone) => (true, is_utc(zone)),
    };
    let digits = time::digits(unit);
    collect_counts(texts, target, &mut |row| {
        let timestamp = time::timestamp(texts.value(row))?;
        let fits = if timestamp.has_offset { may_have_offset } else { may_lack_offset };
        Some(fits.then(|| timestamp.count(digits))??.into())
    })
}

fn is_utc(zone: &str) -> bool {
    matches!(zone, "UTC" | "Etc/UTC" | "Z" | "GMT" | "+00:00")
}
