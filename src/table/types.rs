//! The text of a column's type: what `schema` is written in, and what the driver is told.
//!
//! ```text
//! type      = "null" | "boolean" | "int8" .. "int64" | "uint8" .. "uint64" | "float16" | "float32" | "float64"
//!           | "string" | "large_string" | "string_view" | "binary" | "large_binary" | "binary_view"
//!           | "fixed_binary(" bytes ")"
//!           | ("decimal" | "decimal32" | "decimal64" | "decimal128" | "decimal256") "(" precision "," scale ")"
//!           | "date32" | "date64" | "time32[" ("s" | "ms") "]" | "time64[" ("us" | "ns") "]"
//!           | "timestamp[" unit ["," zone] "]" | "duration[" unit "]"
//!           | "interval[" ("year_month" | "day_time" | "month_day_nano") "]"
//!           | "list<" inner ">" | "large_list<" inner ">" | "fixed_list<" inner "," count ">"
//!           | "struct<" [name ":" inner {"," name ":" inner}] ">" | "map<" type "," inner ">"
//!           | "dictionary<" integer type "," type ">"
//! inner     = type [" not null"]
//! unit      = "s" | "ms" | "us" | "ns"
//! name      = letters, digits and "_", not beginning with a digit; or a JSON string
//! zone      = letters, digits and any of "_+-:/"; or a JSON string
//! ```
//!
//! Spaces may stand between any two of these. `decimal` is 128 bits wide up to 38 digits, and 256 beyond.

mod parse;

use std::fmt::{self, Write};
use std::sync::Arc;

use arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Field, Fields, IntervalUnit, TimeUnit};

pub use parse::parse;

/// The name of the item of a list, and of the parts of a map, that the grammar has no names for.
pub const ITEM: &str = "item";
pub const ENTRIES: &str = "entries";
pub const KEY: &str = "key";
pub const VALUE: &str = "value";

/// A map whose values may be null.
pub fn map_of(key: DataType, value: DataType) -> DataType {
    map(key, Field::new(VALUE, value, true))
}

fn map(key: DataType, value: Field) -> DataType {
    let entries = DataType::Struct(vec![Field::new(KEY, key, false), value].into());
    DataType::Map(Arc::new(Field::new(ENTRIES, entries, false)), false)
}

/// The fields of objects that stand for intervals of this unit.
pub fn interval_parts(unit: IntervalUnit) -> Fields {
    let parts: &[(&str, DataType)] = match unit {
        IntervalUnit::YearMonth => &[("months", DataType::Int32)],
        IntervalUnit::DayTime => &[("days", DataType::Int32), ("milliseconds", DataType::Int32)],
        IntervalUnit::MonthDayNano => {
            &[("months", DataType::Int32), ("days", DataType::Int32), ("nanoseconds", DataType::Int64)]
        }
    };
    parts.iter().map(|(name, data_type)| Field::new(*name, data_type.clone(), true)).collect()
}

/// How deep types may be nested.
pub const MAX_DEPTH: usize = 64;

/// The text that names `data_type`. [`parse`] reads it back, but for the few types that are outside the grammar
/// (unions, run-end encoding, list views), and for the names of items and the order of map keys, which it drops.
pub fn print(data_type: &DataType) -> String {
    let mut out = String::new();
    write_type(data_type, &mut out).expect("writing to a string");
    out
}

fn write_type(data_type: &DataType, out: &mut String) -> fmt::Result {
    match data_type {
        DataType::FixedSizeBinary(size) => write!(out, "fixed_binary({size})"),
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) => {
            write_decimal(data_type, out)
        }
        DataType::Decimal256(..) => write_decimal(data_type, out),
        DataType::Time32(unit) => write!(out, "time32[{}]", unit_name(*unit)),
        DataType::Time64(unit) => write!(out, "time64[{}]", unit_name(*unit)),
        DataType::Duration(unit) => write!(out, "duration[{}]", unit_name(*unit)),
        DataType::Timestamp(unit, None) => write!(out, "timestamp[{}]", unit_name(*unit)),
        DataType::Timestamp(unit, Some(zone)) => {
            write!(out, "timestamp[{}, {}]", unit_name(*unit), bare_or_quoted(zone, is_bare_zone(zone)))
        }
        DataType::Interval(IntervalUnit::YearMonth) => out.write_str("interval[year_month]"),
        DataType::Interval(IntervalUnit::DayTime) => out.write_str("interval[day_time]"),
        DataType::Interval(IntervalUnit::MonthDayNano) => out.write_str("interval[month_day_nano]"),
        DataType::List(item) => write_nested("list<", &[item], ">", out),
        DataType::LargeList(item) => write_nested("large_list<", &[item], ">", out),
        DataType::ListView(item) => write_nested("list_view<", &[item], ">", out),
        DataType::LargeListView(item) => write_nested("large_list_view<", &[item], ">", out),
        DataType::FixedSizeList(item, count) => {
            write_nested("fixed_list<", &[item], &format!(", {count}>"), out)
        }
        DataType::Struct(fields) => write_struct(fields, out),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(parts) if parts.len() == 2 => {
                out.push_str("map<");
                write_type(parts[0].data_type(), out)?;
                write_nested(", ", &[&parts[1]], ">", out)
            }
            _ => out.write_str("map"),
        },
        DataType::Dictionary(key, value) => {
            out.push_str("dictionary<");
            write_type(key, out)?;
            out.push_str(", ");
            write_type(value, out)?;
            out.write_char('>')
        }
        DataType::Union(..) => out.write_str("union"),
        DataType::RunEndEncoded(_, values) => write_nested("run_end_encoded<", &[values], ">", out),
        plain => out.write_str(
            PLAIN.iter().find(|(_, data_type)| data_type == plain).map_or("unknown", |(name, _)| name),
        ),
    }
}

fn write_decimal(data_type: &DataType, out: &mut String) -> fmt::Result {
    let (width, precision, scale) = match data_type {
        DataType::Decimal32(precision, scale) => ("32", precision, scale),
        DataType::Decimal64(precision, scale) => ("64", precision, scale),
        DataType::Decimal128(precision, scale) => ("", precision, scale),
        DataType::Decimal256(precision, scale) if *precision > DECIMAL128_MAX_PRECISION => {
            ("", precision, scale)
        }
        DataType::Decimal256(precision, scale) => ("256", precision, scale),
        _ => return out.write_str("unknown"),
    };
    write!(out, "decimal{width}({precision},{scale})")
}

fn write_nested(open: &str, inner: &[&Field], close: &str, out: &mut String) -> fmt::Result {
    out.push_str(open);
    for field in inner {
        write_type(field.data_type(), out)?;
        if !field.is_nullable() {
            out.push_str(" not null");
        }
    }
    out.write_str(close)
}

fn write_struct(fields: &Fields, out: &mut String) -> fmt::Result {
    out.push_str("struct<");
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        out.push_str(&bare_or_quoted(field.name(), is_bare_name(field.name())));
        write_nested(": ", &[field], "", out)?;
    }
    out.write_char('>')
}

fn bare_or_quoted(text: &str, is_bare: bool) -> String {
    if is_bare {
        return text.to_owned();
    }
    // Writing text to memory does not fail.
    serde_json::to_string(text).unwrap_or_default()
}

fn is_bare_name(text: &str) -> bool {
    !text.is_empty() && !text.as_bytes()[0].is_ascii_digit() && text.bytes().all(is_name_byte)
}

fn is_bare_zone(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_zone_byte)
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_zone_byte(byte: u8) -> bool {
    is_name_byte(byte) || matches!(byte, b'+' | b'-' | b':' | b'/')
}

fn unit_name(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "s",
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "us",
        TimeUnit::Nanosecond => "ns",
    }
}

/// The types that are a word and nothing else.
const PLAIN: &[(&str, DataType)] = &[
    ("null", DataType::Null),
    ("boolean", DataType::Boolean),
    ("int8", DataType::Int8),
    ("int16", DataType::Int16),
    ("int32", DataType::Int32),
    ("int64", DataType::Int64),
    ("uint8", DataType::UInt8),
    ("uint16", DataType::UInt16),
    ("uint32", DataType::UInt32),
    ("uint64", DataType::UInt64),
    ("float16", DataType::Float16),
    ("float32", DataType::Float32),
    ("float64", DataType::Float64),
    ("string", DataType::Utf8),
    ("large_string", DataType::LargeUtf8),
    ("string_view", DataType::Utf8View),
    ("binary", DataType::Binary),
    ("large_binary", DataType::LargeBinary),
    ("binary_view", DataType::BinaryView),
    ("date32", DataType::Date32),
    ("date64", DataType::Date64),
];
