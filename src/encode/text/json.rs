//! JSON values.

use std::collections::BinaryHeap;

use super::column::{Column, Values};
use super::scalar::Scalar;
use super::{Fault, json_string};
use crate::error::Result;
use crate::plan::{JsonlOptions, NonFinite};

/// Appends the value of a row.
pub fn value(column: &Column, row: usize, options: &JsonlOptions, out: &mut Vec<u8>) -> Result<()> {
    if column.is_null(row) {
        out.extend_from_slice(b"null");
        return Ok(());
    }
    match &column.values {
        Values::Scalar(values) => scalar(values, row, options, out).map_err(|fault| column.node.error(fault)),
        Values::List { ranges, items } => {
            list(ranges.of(row), out, |row, out| value(items, row, options, out))
        }
        Values::Struct(fields) => object(fields, row, options, out),
        Values::Map { ranges, entries } => {
            let [keys, values] = &**entries;
            map(keys, values, ranges.of(row), options, out)
        }
        Values::Dictionary { keys, values } => value(values, keys[row], options, out),
    }
}

/// Appends an object of a row of each column. Under `nulls: "drop"` the nulls among them are left out.
pub fn object(fields: &[Column], row: usize, options: &JsonlOptions, out: &mut Vec<u8>) -> Result<()> {
    out.push(b'{');
    let mut first = true;
    for field in fields {
        if options.keep_nulls || !field.is_null(row) {
            out.extend_from_slice(field.node.key(first));
            value(field, row, options, out)?;
            first = false;
        }
    }
    out.push(b'}');
    Ok(())
}

fn scalar(
    values: &Scalar,
    row: usize,
    options: &JsonlOptions,
    out: &mut Vec<u8>,
) -> std::result::Result<(), Fault> {
    if let Scalar::Text(text) = values {
        json_string::quoted(text.value(row), out);
        return Ok(());
    }
    if let Some(name) = values.non_finite(row) {
        match options.non_finite {
            NonFinite::Text => json_string::quoted(name, out),
            NonFinite::Null => out.extend_from_slice(b"null"),
            NonFinite::Error => return Err(Fault::NonFinite),
        }
        return Ok(());
    }
    if values.is_bare_in_json() {
        return values.write(row, out);
    }
    out.push(b'"');
    values.write(row, out)?;
    out.push(b'"');
    Ok(())
}

fn list(
    rows: std::ops::Range<usize>,
    out: &mut Vec<u8>,
    mut item: impl FnMut(usize, &mut Vec<u8>) -> Result<()>,
) -> Result<()> {
    out.push(b'[');
    for (index, row) in rows.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        item(row, out)?;
    }
    out.push(b']');
    Ok(())
}

/// A map with strings for keys is an object, any other an array of `[key, value]`. Its entries are data, not
/// fields, so a null among its values is written even under `nulls: "drop"`.
fn map(
    keys: &Column,
    values: &Column,
    rows: std::ops::Range<usize>,
    options: &JsonlOptions,
    out: &mut Vec<u8>,
) -> Result<()> {
    if !is_text(keys) {
        return list(rows, out, |row, out| {
            out.push(b'[');
            value(keys, row, options, out)?;
            out.push(b',');
            value(values, row, options, out)?;
            out.push(b']');
            Ok(())
        });
    }
    check_keys(keys, rows.clone()).map_err(|fault| keys.node.error(fault))?;
    out.push(b'{');
    for (index, row) in rows.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        value(keys, row, options, out)?;
        out.push(b':');
        value(values, row, options, out)?;
    }
    out.push(b'}');
    Ok(())
}

fn is_text(column: &Column) -> bool {
    match &column.values {
        Values::Scalar(scalar) => matches!(scalar, Scalar::Text(_)),
        Values::Dictionary { values, .. } => is_text(values),
        _ => false,
    }
}

/// Arrow asks for keys that are there and differ, but nothing enforces it.
fn check_keys(keys: &Column, rows: std::ops::Range<usize>) -> std::result::Result<(), Fault> {
    if rows.clone().any(|row| keys.is_null(row)) {
        return Err(Fault::NullKey);
    }
    let seen: BinaryHeap<&str> = rows.filter_map(|row| text(keys, row)).collect();
    if seen.into_sorted_vec().windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Fault::RepeatedKey);
    }
    Ok(())
}

fn text<'a>(column: &Column<'a>, row: usize) -> Option<&'a str> {
    match &column.values {
        Values::Scalar(Scalar::Text(text)) => Some(text.value(row)),
        Values::Dictionary { keys, values } => text(values, keys[row]),
        _ => None,
    }
}
