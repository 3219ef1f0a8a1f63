//! What the bodies of requests have beside what a config has.

use crate::error::{Code, Error, Result};
use crate::plan::{Fields, Value, invalid, refused, whole};

/// A name of an API's list: ours for it, or its own again, where there is nothing of ours yet.
pub type Offer = Result<&'static str, &'static str>;

/// Ours for what was chosen under a key.
pub fn implemented(fields: &Fields, key: &str, offer: Offer) -> Result<&'static str> {
    offer.map_err(|name| {
        let path = fields.path_of(key);
        unimplemented(&path, &format!("{path} is {name}, which is not implemented"))
    })
}

/// A field that its API has, and nothing here comes of. A list without entries is as if it were left out.
pub fn lacking(fields: &mut Fields, key: &'static str, reason: &str) -> Result<()> {
    if fields.take(key).is_none_or(|value| *value == Value::List(Vec::new())) {
        return Ok(());
    }
    let path = fields.path_of(key);
    Err(unimplemented(&path, &format!("{path} is not implemented: {reason}")))
}

pub fn unimplemented(path: &str, message: &str) -> Error {
    Error::new(Code::ApiUnimplemented, message).at_field(path)
}

/// The one of these keys that is there.
pub fn only<'a>(fields: &mut Fields<'a>, keys: &[&'static str]) -> Result<(&'static str, &'a Value)> {
    let mut found = None;
    for key in keys {
        let Some(value) = fields.take(key) else { continue };
        if let Some((other, _)) = found.replace((*key, value)) {
            let path = fields.path_of(key);
            let message = format!("{path} is set, and {} too", fields.path_of(other));
            return Err(Error::new(Code::ConfigConflict, message).at_field(path));
        }
    }
    found.ok_or_else(|| {
        let path = fields.path_of(keys[0]);
        let message = format!("{path} is required, or another of {}", keys.join(", "));
        Error::new(Code::ConfigMissingKey, message).at_field(path)
    })
}

/// A whole number, bare or as `{"value": n}`, which some clients send.
pub fn wrapped(fields: &mut Fields, key: &'static str, min: u64, max: u64) -> Result<Option<u64>> {
    let Some(value) = fields.take(key) else { return Ok(None) };
    let path = fields.path_of(key);
    if !matches!(value, Value::Map(_)) {
        return whole(&path, value, min, max).map(Some);
    }
    let mut inner = Fields::new(&path, value)?;
    let number = inner.integer("value", min, max)?;
    inner.finish()?;
    Ok(number)
}

/// A boolean, or the text of one.
pub fn flag(fields: &mut Fields, key: &'static str) -> Result<Option<bool>> {
    match fields.take(key) {
        None => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(Value::Text(text)) if text == "true" => Ok(Some(true)),
        Some(Value::Text(text)) if text == "false" => Ok(Some(false)),
        Some(other) => Err(invalid(&fields.path_of(key), other, "a boolean, or \"true\" or \"false\"")),
    }
}

/// A field that does not go with another.
pub fn conflict(path: &str, message: &str) -> Error {
    Error::new(Code::ConfigConflict, message).at_field(path)
}

/// The beginning of a key: its folders, with the slash behind them, and the name of a file, where it has one.
pub fn key<'a>(field: &str, key: &'a str) -> Result<(&'a str, Option<&'a str>)> {
    let (folders, name) = key.split_at(key.rfind('/').map_or(0, |slash| slash + 1));
    let is_resolved = |segment: &str| matches!(segment, "" | "." | "..");
    let is_wrong = folders.split_terminator('/').any(is_resolved) || matches!(name, "." | "..");
    if is_wrong || key.contains('\\') || key.chars().any(char::is_control) {
        let expected = "a path without \".\", \"..\", empty segments, \"\\\" and control characters";
        return Err(refused(field, expected));
    }
    Ok((folders, (!name.is_empty()).then_some(name)))
}
