//! What kinds of values lines hold.

use arrow::datatypes::DataType;

use super::json::{self, LONE_SURROGATE, Number, Path, Stop, TOO_LARGE, TWICE};
use crate::error::{Code, Error, Result};
use crate::table::infer::{Kind, Observation, entry_of, item_of, value_type};
use crate::table::types::{KEY, VALUE};

/// Integers that a float64 holds exactly.
pub const MAX_EXACT: u64 = 1 << 53;

/// Adds `value`, of row `row`, to what was `seen`. `target` is what `schema` makes of the place. Numbers that are
/// to become decimals, floats or strings count as strings, and so go there by their text, without a detour.
pub fn observe(
    value: &str,
    seen: &mut Observation,
    target: Option<&DataType>,
    path: &Path,
    row: u64,
) -> Result<()> {
    let kind = match value.as_bytes().first() {
        Some(b'n') => Kind::Null,
        Some(b't' | b'f') if target.is_some_and(is_string) => Kind::String,
        Some(b't' | b'f') => Kind::Boolean,
        Some(b'"') => {
            json::string(value).ok_or_else(|| path.error(Code::SourceInvalidText, LONE_SURROGATE))?;
            Kind::String
        }
        Some(b'[' | b'{') if target.is_some_and(|target| entry_of(target).is_some()) => {
            map(value, seen, target.and_then(entry_of), path, row)?;
            Kind::Map
        }
        Some(b'[') => {
            list(value, seen, target, path, row)?;
            Kind::List
        }
        Some(b'{') => {
            object(value, seen, target, path, row)?;
            Kind::Struct
        }
        _ if target.is_some_and(takes_numbers_as_text) => Kind::String,
        _ => number(value, seen, path, row)?,
    };
    if !seen.kinds.iter().any(|(known, _)| *known == kind) {
        seen.kinds.push((kind, row));
    }
    Ok(())
}

fn number(token: &str, seen: &mut Observation, path: &Path, row: u64) -> Result<Kind> {
    let number = json::number(token).ok_or_else(|| path.error(Code::SourceUnsupportedValue, TOO_LARGE))?;
    if matches!(number, Number::Int(..0)) {
        seen.negative.get_or_insert(row);
    }
    Ok(match number {
        Number::Float(_) => Kind::Float,
        Number::Uint(_) => Kind::Uint64,
        Number::Int(value) if i32::try_from(value).is_ok() => Kind::Int32,
        Number::Int(value) if value.unsigned_abs() <= MAX_EXACT => Kind::Int53,
        Number::Int(_) => Kind::Int64,
    })
}

fn list(value: &str, seen: &mut Observation, target: Option<&DataType>, path: &Path, row: u64) -> Result<()> {
    let path = Path::Item(path);
    path.check_depth()?;
    let seen = seen.items.get_or_insert_default();
    let target = target.and_then(item_of);
    json::items(value, |item| observe(item, seen, target, &path, row)).map_err(error)
}

fn map(
    value: &str,
    seen: &mut Observation,
    target: Option<(&DataType, &DataType)>,
    path: &Path,
    row: u64,
) -> Result<()> {
    let (of_key, of_value) = (Path::Field(path, KEY), Path::Field(path, VALUE));
    of_key.check_depth()?;
    let (keys, values) = &mut **seen.entries.get_or_insert_default();
    let each = |key: &str, value: &str| {
        if key == "null" {
            return Err(of_key.error(Code::SourceUnsupportedValue, "a map has null for a key"));
        }
        observe(key, keys, target.map(|(key, _)| key), &of_key, row)?;
        observe(value, values, target.map(|(_, value)| value), &of_value, row)
    };
    json::entries(value, each).map_err(|stop| match stop {
        Stop::By(None) => {
            let message = "a map is an object or an array of [key, value], which this is not";
            path.error(Code::SourceTypeChanged, message)
        }
        Stop::By(Some(stop)) => stop,
        Stop::Syntax(syntax) => error(Stop::Syntax(syntax)),
    })
}

fn object(
    value: &str,
    seen: &mut Observation,
    target: Option<&DataType>,
    path: &Path,
    row: u64,
) -> Result<()> {
    Path::Item(path).check_depth()?;
    let mut given = vec![false; seen.fields.len()];
    let mut next = 0;
    let each = |key: &str, value: &str| {
        let key = json::string(key).ok_or_else(|| path.error(Code::SourceInvalidText, LONE_SURROGATE))?;
        let index = match seen.fields.get(next) {
            Some((name, _)) if *name == key => next,
            _ => seen.fields.iter().position(|(name, _)| *name == key).unwrap_or_else(|| {
                seen.fields.push((key.to_string(), Observation::default()));
                given.push(false);
                given.len() - 1
            }),
        };
        if std::mem::replace(&mut given[index], true) {
            return Err(path.error(Code::SourceCorrupt, TWICE));
        }
        next = index + 1;
        let target = target.and_then(|target| field_of(target, &key));
        observe(value, &mut seen.fields[index].1, target, &Path::Field(path, &key), row)
    };
    json::members(value, each).map_err(error)
}

/// The text of a line was found well-formed before its values are looked into.
pub fn error(stop: Stop<Error>) -> Error {
    match stop {
        Stop::By(error) => error,
        Stop::Syntax(_) => Error::new(Code::SourceCorrupt, "the line is not well-formed JSON"),
    }
}

pub fn is_string(target: &DataType) -> bool {
    use DataType::*;
    matches!(value_type(target), Utf8 | LargeUtf8 | Utf8View)
}

pub fn takes_numbers_as_text(target: &DataType) -> bool {
    use DataType::*;
    match value_type(target) {
        Decimal32(..) | Decimal64(..) | Decimal128(..) | Decimal256(..) => true,
        other => other.is_floating() || is_string(other),
    }
}

pub fn field_of<'a>(target: &'a DataType, name: &str) -> Option<&'a DataType> {
    let DataType::Struct(fields) = value_type(target) else { return None };
    fields.iter().find(|field| field.name() == name).map(|field| field.data_type())
}
