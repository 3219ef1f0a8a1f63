//! A config as it comes, before it is judged.

use serde::{Serialize, Serializer};

use crate::error::{Code, Error, Result};

/// A value of a config: JSON's kinds, and the name of anything else (`"function"`, `"ReadableStream"`).
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
    Other(String),
}

impl Value {
    /// What this is, for an error: its type, never its content.
    pub fn type_name(&self) -> &str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text(_) => "a string",
            Value::List(_) => "an array",
            Value::Map(_) => "an object",
            Value::Other(name) => name,
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Value::Null | Value::Other(_) => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Number(value) => serializer.serialize_f64(*value),
            Value::Text(value) => serializer.serialize_str(value),
            Value::List(items) => serializer.collect_seq(items),
            Value::Map(entries) => serializer.collect_map(entries.iter().map(|(key, value)| (key, value))),
        }
    }
}

/// The keys of one object, taken one by one; what is left over at the end is an unknown key.
pub struct Fields<'a> {
    path: String,
    entries: Vec<(&'a str, &'a Value)>,
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    pub fn new(path: &str, value: &'a Value) -> Result<Self> {
        let Value::Map(entries) = value else {
            return Err(invalid(path, value, "an object"));
        };
        let entries = entries.iter().map(|(key, value)| (key.as_str(), value)).collect();
        Ok(Fields { path: path.to_owned(), entries, known: Vec::new() })
    }

    pub fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The value under `key`; `null` stands for absent, as it does in a JSON body.
    pub fn take(&mut self, key: &'static str) -> Option<&'a Value> {
        self.known.push(key);
        let at = self.entries.iter().position(|(name, _)| *name == key)?;
        Some(self.entries.swap_remove(at).1).filter(|value| **value != Value::Null)
    }

    pub fn required(&mut self, key: &'static str) -> Result<&'a Value> {
        self.take(key).ok_or_else(|| {
            let path = self.path_of(key);
            Error::new(Code::ConfigMissingKey, format!("{path} is required")).at_field(path)
        })
    }

    pub fn bool(&mut self, key: &'static str) -> Result<Option<bool>> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(*value)),
            Some(other) => Err(invalid(&self.path_of(key), other, "a boolean")),
        }
    }

    pub fn text(&mut self, key: &'static str) -> Result<Option<&'a str>> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Text(value)) => Ok(Some(value)),
            Some(other) => Err(invalid(&self.path_of(key), other, "a string")),
        }
    }

    /// A string that is not empty.
    pub fn required_text(&mut self, key: &'static str) -> Result<&'a str> {
        let value = self.required(key)?;
        match value {
            Value::Text(text) if !text.is_empty() => Ok(text),
            Value::Text(_) => {
                let path = self.path_of(key);
                let message = format!("{path} is an empty string");
                Err(Error::new(Code::ConfigInvalidValue, message).at_field(path))
            }
            other => Err(invalid(&self.path_of(key), other, "a string")),
        }
    }

    /// A whole number within `min..=max`.
    pub fn integer(&mut self, key: &'static str, min: u64, max: u64) -> Result<Option<u64>> {
        let Some(value) = self.take(key) else { return Ok(None) };
        whole(&self.path_of(key), value, min, max).map(Some)
    }

    /// One of a set of names.
    pub fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&str, T)]) -> Result<Option<T>> {
        let Some(value) = self.take(key) else { return Ok(None) };
        choose(&self.path_of(key), value, choices).map(Some)
    }

    pub fn required_choice<T: Copy>(&mut self, key: &'static str, choices: &[(&str, T)]) -> Result<T> {
        let value = self.required(key)?;
        choose(&self.path_of(key), value, choices)
    }

    /// An object whose values are all strings, such as headers.
    pub fn texts(&mut self, key: &'static str) -> Result<Vec<(String, String)>> {
        let Some(value) = self.take(key) else { return Ok(Vec::new()) };
        texts(&self.path_of(key), value)
    }

    /// An object whose values are all strings, or a callback that gives one.
    pub fn texts_or_function(&mut self, key: &'static str) -> Result<()> {
        let path = self.path_of(key);
        let Some(value) = self.take(key) else { return Ok(()) };
        match value {
            Value::Other(name) if name == "a function" => Ok(()),
            Value::Map(_) => texts(&path, value).map(drop),
            other => Err(invalid(&path, other, "an object of strings or a function")),
        }
    }

    /// Something that only the JavaScript side can use, named by its type.
    pub fn other(&mut self, key: &'static str, type_name: &str) -> Result<()> {
        match self.take(key) {
            None => Ok(()),
            Some(Value::Other(name)) if name == type_name => Ok(()),
            Some(other) => Err(invalid(&self.path_of(key), other, type_name)),
        }
    }

    /// A callback that cannot be left out.
    pub fn function(&mut self, key: &'static str) -> Result<()> {
        self.required_other(key, "a function")
    }

    /// The same of what cannot be left out.
    pub fn required_other(&mut self, key: &'static str, type_name: &str) -> Result<()> {
        match self.required(key)? {
            Value::Other(name) if name == type_name => Ok(()),
            other => Err(invalid(&self.path_of(key), other, type_name)),
        }
    }

    /// Ends the reading: a key that nobody took is an error.
    pub fn finish(self) -> Result<()> {
        let Some((key, _)) = self.entries.first() else { return Ok(()) };
        let path = self.path_of(key);
        let message = format!("{path} is not known; known here are {}", self.known.join(", "));
        Err(Error::new(Code::ConfigUnknownKey, message).at_field(path))
    }
}

/// A whole number within `min..=max`.
pub fn whole(path: &str, value: &Value, min: u64, max: u64) -> Result<u64> {
    let expected = || format!("a whole number from {min} to {max}");
    match value {
        Value::Number(n) if n.fract() == 0.0 && *n >= min as f64 && *n <= max as f64 => Ok(*n as u64),
        Value::Number(n) => {
            Err(Error::new(Code::ConfigInvalidValue, format!("{path} is {n}; it must be {}", expected()))
                .at_field(path))
        }
        other => Err(invalid(path, other, &expected())),
    }
}

fn texts(path: &str, value: &Value) -> Result<Vec<(String, String)>> {
    let Value::Map(entries) = value else { return Err(invalid(path, value, "an object of strings")) };
    let pair = |(name, value): &(String, Value)| match value {
        Value::Text(text) => Ok((name.clone(), text.clone())),
        other => Err(invalid(&format!("{path}.{name}"), other, "a string")),
    };
    entries.iter().map(pair).collect()
}

pub fn choose<T: Copy>(path: &str, value: &Value, choices: &[(&str, T)]) -> Result<T> {
    let is_named = |(name, _): &&(&str, T)| matches!(value, Value::Text(text) if name == text);
    choices.iter().find(is_named).map(|(_, choice)| *choice).ok_or_else(|| {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        none_of(path, value, &names)
    })
}

/// The error for what is none of a set of names. It is not copied for each set.
#[cold]
fn none_of(path: &str, value: &Value, names: &[&str]) -> Error {
    let names = names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    if !matches!(value, Value::Text(_)) {
        return invalid(path, value, &format!("one of {names}"));
    }
    let message = format!("{path} is a string that is not allowed; it must be one of {names}");
    Error::new(Code::ConfigInvalidValue, message).at_field(path)
}

/// The error for a value of the wrong type: the field, the value's type and what is allowed.
pub fn invalid(path: &str, value: &Value, expected: &str) -> Error {
    let field = if path.is_empty() { "config" } else { path };
    let message = format!("{field} is {}; it must be {expected}", value.type_name());
    Error::new(Code::ConfigInvalidValue, message).at_field(field)
}
