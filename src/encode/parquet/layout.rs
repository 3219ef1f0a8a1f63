//! The columns of a table as a Parquet file has them.
//!
//! Parquet holds fewer types than Arrow. What differs, always exactly or not at all:
//!
//! - timestamps and times in seconds become milliseconds, `date64` a date; a value that does not fit is an error;
//! - `decimal32` and `decimal64` are decimals as any other; dictionaries and views are their values;
//! - durations are plain integers to readers that do not know the Arrow schema, which is embedded for those that
//!   do (pyarrow, polars), as are zones by name and the large types;
//! - intervals of months, or of days and milliseconds, are Parquet's INTERVAL, which cannot be negative;
//! - intervals in nanoseconds, unions, run-end encoded columns, list views, structs without fields, decimals of a
//!   negative scale, and binary and lists of a fixed length of 0 are refused.
//!
//! Items of lists are called `element` and entries of maps `key_value`, `key` and `value`, as the format asks.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields, IntervalUnit, Schema, TimeUnit};

use crate::error::{Code, Error, Result};
use crate::table::infer::{field_path, item_path};

/// The Arrow schema of the file. Metadata of the source stays behind: its order is not that of any file.
pub fn file_schema(schema: &Schema) -> Result<Schema> {
    if schema.fields().is_empty() {
        return Err(Error::new(Code::FormatUnsupported, "parquet cannot hold a table without columns"));
    }
    Ok(Schema::new(children(schema.fields(), |name| name.to_owned())?))
}

fn children(fields: &Fields, path: impl Fn(&str) -> String) -> Result<Fields> {
    let mut names = HashSet::new();
    let mut children = Vec::with_capacity(fields.len());
    for child in fields {
        let path = path(child.name());
        if !names.insert(child.name()) {
            return Err(unsupported("two fields of one name", &path));
        }
        children.push(field(child.name(), child, &path)?);
    }
    Ok(children.into())
}

fn field(name: &str, from: &Field, path: &str) -> Result<FieldRef> {
    let data_type = data_type(from.data_type(), path)?;
    let nullable = from.is_nullable() || data_type == DataType::Null;
    Ok(Arc::new(Field::new(name, data_type, nullable)))
}

fn data_type(from: &DataType, path: &str) -> Result<DataType> {
    use DataType::*;
    let item = |field: &Field| self::field("element", field, &item_path(path));
    Ok(match from {
        Timestamp(TimeUnit::Second, zone) => Timestamp(TimeUnit::Millisecond, zone.clone()),
        Time32(TimeUnit::Second) => Time32(TimeUnit::Millisecond),
        Date64 => Date32,
        Decimal32(precision, scale) | Decimal64(precision, scale) | Decimal128(precision, scale) => {
            judge_scale(*scale, path)?;
            Decimal128(*precision, *scale)
        }
        Decimal256(_, scale) => {
            judge_scale(*scale, path)?;
            from.clone()
        }
        Utf8View => Utf8,
        BinaryView => Binary,
        FixedSizeList(_, 0) => return Err(unsupported("lists of a fixed length of 0", path)),
        FixedSizeBinary(0) => return Err(unsupported("binary values of no width", path)),
        Interval(IntervalUnit::MonthDayNano) => {
            return Err(unsupported("intervals in nanoseconds", path));
        }
        Dictionary(_, values) => data_type(values, path)?,
        List(of) => List(item(of)?),
        LargeList(of) => LargeList(item(of)?),
        FixedSizeList(of, length) => FixedSizeList(item(of)?, *length),
        Struct(fields) if fields.is_empty() => return Err(unsupported("structs without fields", path)),
        Struct(fields) => Struct(children(fields, |name| field_path(path, name))?),
        Map(entries, sorted) => Map(map_entries(entries, path)?, *sorted),
        Union(..) | RunEndEncoded(..) | ListView(_) | LargeListView(_) => {
            return Err(unsupported(&format!("Arrow's type {from}"), path));
        }
        _ => from.clone(),
    })
}

fn map_entries(entries: &Field, path: &str) -> Result<FieldRef> {
    let DataType::Struct(fields) = entries.data_type() else {
        return Err(unsupported("maps without entries", path));
    };
    let [key, value] = &fields[..] else { return Err(unsupported("maps without keys and values", path)) };
    let path = item_path(path);
    let key = field("key", key, &field_path(&path, "key"))?;
    let value = field("value", value, &field_path(&path, "value"))?;
    let entries = DataType::Struct(Fields::from(vec![key, value]));
    Ok(Arc::new(Field::new("key_value", entries, false)))
}

fn judge_scale(scale: i8, path: &str) -> Result<()> {
    if scale < 0 { Err(unsupported("decimals of a negative scale", path)) } else { Ok(()) }
}

fn unsupported(what: &str, path: &str) -> Error {
    Error::new(Code::FormatUnsupported, format!("parquet cannot hold {what}")).in_column(path)
}
