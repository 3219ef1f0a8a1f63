//! From the kinds of values that were seen to the type of a column.
//!
//! | seen, nulls aside                                   | type                                               |
//! |-----------------------------------------------------|----------------------------------------------------|
//! | nothing                                             | `null`                                             |
//! | booleans                                            | `boolean`                                          |
//! | integers within 32 bits                             | `int32`                                            |
//! | integers within a signed 64 bits                    | `int64`                                            |
//! | integers, some beyond a signed 64 bits, none negative | `uint64`                                         |
//! | floats; or floats and integers that a float holds   | `float64`                                          |
//! | strings                                             | `string`                                           |
//! | dates                                               | `timestamp[ms, UTC]`                               |
//! | byte arrays                                         | `binary`                                           |
//! | lists                                               | `list<T>`, of the type of all their items          |
//! | objects                                             | `struct<...>`, fields in order of appearance       |
//! | maps                                                | `map<K, V>`, of the types of all keys and values   |
//!
//! Integers beyond 64 bits have no type of their own: [`Code::SourceUnsupportedValue`]. Anything else disagrees:
//! [`Code::SourceTypeChanged`] at the first row that does. What `schema` may ask for instead is in [`target`].

mod target;

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, TimeUnit};
use serde::{Deserialize, Serialize};

use crate::error::{Code, Error, Result};
use crate::table::types;

pub use target::{entry_of, item_of, packing, value_type};

/// What was seen in one column, or in one place of a nested one.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Observation {
    /// The first row in which each kind was seen, in order of appearance.
    pub kinds: Vec<(Kind, u64)>,
    /// The first row in which a negative integer was seen.
    pub negative: Option<u64>,
    /// Of the items, where lists were seen.
    pub items: Option<Box<Observation>>,
    /// Of the fields, in order of first appearance, where objects were seen.
    pub fields: Vec<(String, Observation)>,
    /// Of the keys and of the values, where maps were seen.
    pub entries: Option<Box<(Observation, Observation)>>,
    /// The type, where the source states it, as a typed array does; then nothing else need be observed.
    pub stated: Option<String>,
}

/// The kinds of values that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Null,
    Boolean,
    /// An integer within a signed 32 bits, not -0.
    Int32,
    /// An integer beyond 32 bits and within 2^53, so that a float holds it exactly.
    Int53,
    /// An integer beyond 2^53 within a signed 64 bits: of JavaScript's, a BigInt.
    Int64,
    /// An integer beyond a signed 64 bits, within an unsigned: of JavaScript's, a BigInt.
    Uint64,
    /// An integer beyond both: of JavaScript's, a BigInt.
    Big,
    /// Any other number: a fraction, -0, NaN, an infinity, a Number beyond 2^53.
    Float,
    String,
    /// A point in time in milliseconds: a JavaScript Date.
    Date,
    Binary,
    List,
    Struct,
    Map,
}

/// A column as the driver knows it: its name, the text of its type, and whether it may hold nulls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldSpec {
    pub name: String,
    #[serde(rename = "type")]
    pub data_type: String,
    pub nullable: bool,
    /// Wherever the type says `string`, scalars of every kind are packed as their text: `true`, digits, a float's
    /// shortest form (`-0`, `NaN`, `Infinity` too), a Date's ISO 8601 form.
    #[serde(default)]
    pub as_text: bool,
}

/// How a column is packed on its way to a type that `schema` asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Packing {
    pub data_type: DataType,
    pub as_text: bool,
}

/// The type of a column of which this was seen.
pub fn infer(seen: &Observation, column: &str) -> Result<DataType> {
    if let Some(text) = &seen.stated {
        return stated(text, column);
    }
    let kinds = kinds_in_order(seen);
    let Some(&(first, _)) = kinds.first() else { return Ok(DataType::Null) };
    if let Some(&(other, row)) = kinds.iter().find(|(kind, _)| kind.class() != first.class()) {
        return Err(disagree(first.name(), other.name(), row, column));
    }
    Ok(match first {
        Kind::Null => DataType::Null,
        Kind::Boolean => DataType::Boolean,
        Kind::Int32 | Kind::Int53 | Kind::Int64 | Kind::Uint64 | Kind::Big | Kind::Float => {
            number(seen, &kinds, column)?
        }
        Kind::String => DataType::Utf8,
        Kind::Date => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
        Kind::Binary => DataType::Binary,
        Kind::List => {
            let item = seen.items.as_deref().map(|items| infer(items, &item_path(column))).transpose()?;
            list_of(item.unwrap_or(DataType::Null))
        }
        Kind::Struct => {
            let field = |(name, seen): &(String, Observation)| {
                infer(seen, &field_path(column, name)).map(|data_type| Field::new(name, data_type, true))
            };
            DataType::Struct(seen.fields.iter().map(field).collect::<Result<_>>()?)
        }
        Kind::Map => {
            let entry = |seen: &Observation, path| infer(seen, &field_path(column, path));
            let (keys, values) = seen.entries.as_deref().cloned().unwrap_or_default();
            types::map_of(entry(&keys, types::KEY)?, entry(&values, types::VALUE)?)
        }
    })
}

/// Adds what was seen later.
pub fn merge(seen: &mut Observation, later: &Observation) {
    for (kind, row) in &later.kinds {
        if !seen.kinds.iter().any(|(known, _)| known == kind) {
            seen.kinds.push((*kind, *row));
        }
    }
    seen.negative = seen.negative.or(later.negative);
    if let Some(items) = &later.items {
        merge(seen.items.get_or_insert_default(), items);
    }
    if let Some(later) = &later.entries {
        let (keys, values) = &mut **seen.entries.get_or_insert_default();
        merge(keys, &later.0);
        merge(values, &later.1);
    }
    for (name, later) in &later.fields {
        match seen.fields.iter_mut().find(|(known, _)| known == name) {
            Some((_, field)) => merge(field, later),
            None => seen.fields.push((name.clone(), later.clone())),
        }
    }
}

/// Whether text that was written of a column of type `old` is what it would be with type `new`.
pub fn widens(old: &DataType, new: &DataType) -> bool {
    match (old, new) {
        (DataType::Null, _) => true,
        (DataType::Int32, DataType::Int64 | DataType::UInt64 | DataType::Float64) => true,
        (DataType::Int64, DataType::UInt64 | DataType::Float64) => true,
        (DataType::List(old), DataType::List(new)) => widens(old.data_type(), new.data_type()),
        (DataType::Struct(old), DataType::Struct(new)) => {
            let pair = |(old, new): (&Arc<Field>, &Arc<Field>)| {
                old.name() == new.name() && widens(old.data_type(), new.data_type())
            };
            old.len() == new.len() && old.iter().zip(new).all(pair)
        }
        (DataType::Map(old, _), DataType::Map(new, _)) => widens(old.data_type(), new.data_type()),
        _ => old == new,
    }
}

pub fn list_of(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new(types::ITEM, item, true)))
}

pub fn item_path(column: &str) -> String {
    format!("{column}[]")
}

pub fn field_path(column: &str, field: &str) -> String {
    format!("{column}.{field}")
}

/// The error for two kinds of values in one column.
pub fn disagree(first: &str, other: &str, row: u64, column: &str) -> Error {
    let message = format!("the column holds {first}, and {other} in this row; schema can set its type");
    Error::new(Code::SourceTypeChanged, message).at_row(row).in_column(column)
}

/// The type that a source states.
pub fn stated(text: &str, column: &str) -> Result<DataType> {
    types::parse(text).map_err(|error| {
        Error::new(Code::SourceUnsupported, format!("the column's type: {}", error.message)).in_column(column)
    })
}

fn kinds_in_order(seen: &Observation) -> Vec<(Kind, u64)> {
    let mut kinds = Vec::with_capacity(seen.kinds.len());
    for (kind, row) in seen.kinds.iter().copied().filter(|(kind, _)| *kind != Kind::Null) {
        let place = kinds.partition_point(|(_, before)| *before <= row);
        kinds.insert(place, (kind, row));
    }
    kinds
}

fn number(seen: &Observation, kinds: &[(Kind, u64)], column: &str) -> Result<DataType> {
    let row_of = |wanted: Kind| kinds.iter().find(|(kind, _)| *kind == wanted).map(|(_, row)| *row);
    if let Some(row) = row_of(Kind::Big) {
        let message = "an integer is beyond 64 bits; schema can make the column a decimal of up to 76 digits";
        return Err(Error::new(Code::SourceUnsupportedValue, message).at_row(row).in_column(column));
    }
    let large = row_of(Kind::Int64).into_iter().chain(row_of(Kind::Uint64)).min();
    if let (Some(float), Some(large)) = (row_of(Kind::Float), large) {
        const LARGE: &str = "integers beyond 2^53, which a float64 would round";
        return Err(match float <= large {
            true => disagree("floats", LARGE, large, column),
            false => disagree(LARGE, "a float", float, column),
        });
    }
    if let (Some(negative), Some(large)) = (seen.negative, row_of(Kind::Uint64)) {
        const LARGE: &str = "integers beyond a signed 64 bits";
        return Err(match negative <= large {
            true => disagree("negative integers", LARGE, large, column),
            false => disagree(LARGE, "a negative integer", negative, column),
        });
    }
    Ok(if row_of(Kind::Float).is_some() {
        DataType::Float64
    } else if row_of(Kind::Uint64).is_some() {
        DataType::UInt64
    } else if large.is_some() || row_of(Kind::Int53).is_some() {
        DataType::Int64
    } else {
        DataType::Int32
    })
}

impl Kind {
    /// Kinds of one class share a column.
    fn class(self) -> Kind {
        if self.is_integer() { Kind::Float } else { self }
    }

    fn is_integer(self) -> bool {
        matches!(self, Kind::Int32 | Kind::Int53 | Kind::Int64 | Kind::Uint64 | Kind::Big)
    }

    pub fn name(self) -> &'static str {
        match self {
            Kind::Null => "nulls",
            Kind::Boolean => "booleans",
            Kind::Int32 | Kind::Int53 | Kind::Int64 | Kind::Uint64 => "integers",
            Kind::Big => "integers beyond 64 bits",
            Kind::Float => "floats",
            Kind::String => "strings",
            Kind::Date => "dates",
            Kind::Binary => "byte arrays",
            Kind::List => "lists",
            Kind::Struct => "objects",
            Kind::Map => "maps",
        }
    }
}
