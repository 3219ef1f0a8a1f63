//! JSON (RFC 8259) taken apart without making values of it: members, items and scalars as the text they have.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::{Code, Error, Result};
use crate::table::text::number;
use crate::table::types::MAX_DEPTH;

/// Where a value is: made text only when something is wrong there.
#[derive(Clone, Copy)]
pub enum Path<'a> {
    Column(&'a str),
    Item(&'a Path<'a>),
    Field(&'a Path<'a>, &'a str),
}

impl Path<'_> {
    pub fn error(&self, code: Code, message: &str) -> Error {
        Error::new(code, message).in_column(self.to_string())
    }

    /// Fails where values are nested deeper than types may be.
    #[inline]
    pub fn check_depth(&self) -> Result<()> {
        let mut depth = 0;
        let mut path = self;
        while let Path::Item(outer) | Path::Field(outer, _) = path {
            depth += 1;
            path = outer;
        }
        if depth < MAX_DEPTH {
            return Ok(());
        }
        let mut column = path;
        while let Path::Item(outer) | Path::Field(outer, _) = column {
            column = outer;
        }
        Err(column.error(Code::SourceUnsupportedValue, "the column's values are nested too deep"))
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Column(name) => f.write_str(name),
            Path::Item(outer) => write!(f, "{outer}[]"),
            Path::Field(outer, name) => write!(f, "{outer}.{name}"),
        }
    }
}

/// Why taking apart ended early.
pub enum Stop<E> {
    Syntax(serde_json::Error),
    /// What was called stopped it.
    By(E),
}

/// Calls `each` with the name (as it is written) and the value of each member of an object.
pub fn members<'a, E>(
    object: &'a str,
    each: impl FnMut(&'a str, &'a str) -> Result<(), E>,
) -> Result<(), Stop<E>> {
    let mut stopped = None;
    let mut text = serde_json::Deserializer::from_str(object);
    let result = text.deserialize_map(Members { each, stopped: &mut stopped }).and_then(|()| text.end());
    finish(result, stopped)
}

/// Calls `each` with each item of an array.
pub fn items<'a, E>(array: &'a str, each: impl FnMut(&'a str) -> Result<(), E>) -> Result<(), Stop<E>> {
    let mut stopped = None;
    let mut text = serde_json::Deserializer::from_str(array);
    let result = text.deserialize_seq(Items { each, stopped: &mut stopped }).and_then(|()| text.end());
    finish(result, stopped)
}

/// Calls `each` with the key and the value of each entry of a map: a member of an object, or an array of the two in
/// an array. Stops by `None` where it is neither.
pub fn entries<'a, E>(
    map: &'a str,
    mut each: impl FnMut(&'a str, &'a str) -> Result<(), E>,
) -> Result<(), Stop<Option<E>>> {
    if map.starts_with('{') {
        return members(map, |key, value| each(key, value).map_err(Some));
    }
    items(map, |entry| {
        let mut parts = Vec::new();
        let part = |part| {
            parts.push(part);
            Ok::<(), ()>(())
        };
        items(entry, part).map_err(|_| None)?;
        let [key, value] = parts[..] else { return Err(None) };
        each(key, value).map_err(Some)
    })
}

fn finish<E>(result: serde_json::Result<()>, stopped: Option<E>) -> Result<(), Stop<E>> {
    match (stopped, result) {
        (Some(error), _) => Err(Stop::By(error)),
        (None, Err(error)) => Err(Stop::Syntax(error)),
        (None, Ok(())) => Ok(()),
    }
}

struct Members<'e, F, E> {
    each: F,
    stopped: &'e mut Option<E>,
}

impl<'a, E, F: FnMut(&'a str, &'a str) -> Result<(), E>> Visitor<'a> for Members<'_, F, E> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<&RawValue>()? {
            let value: &RawValue = map.next_value()?;
            if let Err(error) = (self.each)(key.get(), value.get()) {
                *self.stopped = Some(error);
                return Err(serde::de::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

struct Items<'e, F, E> {
    each: F,
    stopped: &'e mut Option<E>,
}

impl<'a, E, F: FnMut(&'a str) -> Result<(), E>> Visitor<'a> for Items<'_, F, E> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'a>>(mut self, mut seq: A) -> Result<(), A::Error> {
        while let Some(item) = seq.next_element::<&RawValue>()? {
            if let Err(error) = (self.each)(item.get()) {
                *self.stopped = Some(error);
                return Err(serde::de::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

/// What a string literal says; `None` where an escape is half of a surrogate pair.
pub fn string(literal: &str) -> Option<Cow<'_, str>> {
    let inner = literal.get(1..literal.len() - 1)?;
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str::<String>(literal).ok().map(Cow::Owned)
}

/// A number, as exact as its token asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    Int(i64),
    /// Beyond a signed 64 bits.
    Uint(u64),
    /// The nearest double of a token with a fraction or an exponent, or of `-0`.
    Float(f64),
}

/// `None` for an integer beyond 64 bits, and for a float beyond a double's range.
pub fn number(token: &str) -> Option<Number> {
    if token == "-0" || token.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E')) {
        return number::nearest(token).filter(|value| value.is_finite()).map(Number::Float);
    }
    match token.parse() {
        Ok(value) => Some(Number::Int(value)),
        Err(_) => token.parse().ok().map(Number::Uint),
    }
}

pub const TOO_LARGE: &str =
    "a number beyond 64 bits, or beyond a float64; schema can make the column a decimal or a string";
pub const LONE_SURROGATE: &str = "a text has half of a surrogate pair";
pub const TWICE: &str = "an object has a key twice";
