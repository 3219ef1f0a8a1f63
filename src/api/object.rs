//! Objects as they are written down.

use crate::plan::Value;

impl From<&str> for Value {
    // There are two hundred of it, and none is in haste.
    #[inline(never)]
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Value::Number(number)
    }
}

impl From<u64> for Value {
    /// Of a count, which is below 2^53.
    fn from(count: u64) -> Self {
        Value::Number(count as f64)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

pub fn object(entries: Vec<(&str, Value)>) -> Value {
    Value::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// Without the keys that are null.
pub fn object_of_some(mut entries: Vec<(&str, Value)>) -> Value {
    entries.retain(|(_, value)| *value != Value::Null);
    object(entries)
}

/// What there is under a key; null where there is nothing.
pub fn get<'a>(object: &'a Value, key: &str) -> &'a Value {
    let Value::Map(entries) = object else { return &Value::Null };
    entries.iter().find(|(name, _)| name == key).map_or(&Value::Null, |(_, value)| value)
}

/// The same of text; empty where there is none.
pub fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    match get(object, key) {
        Value::Text(text) => text,
        _ => "",
    }
}
