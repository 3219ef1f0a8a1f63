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
//!
//! Anything else disagrees: [`Code::SourceTypeChanged`] at the first row that does. Values are always packed as
//! these types. Where `schema` asks for another, the packed column is converted to it afterwards, value by value,
//! and what is not exact is refused. `schema` may ask for these:
//!
//! | seen          | may become                                                                               |
//! |---------------|------------------------------------------------------------------------------------------|
//! | nothing, null | anything                                                                                 |
//! | booleans      | `boolean`, strings                                                                       |
//! | integers      | integers, floats, decimals, strings                                                      |
//! | floats        | floats, decimals, strings                                                                |
//! | strings       | strings, and what their text says: booleans, numbers, decimals, dates, times, timestamps |
//! | dates         | timestamps of any unit and zone, `date32`, `date64`, strings                             |
//! | byte arrays   | `binary`, `large_binary`, `binary_view`                                                  |
//! | lists         | `list`, `large_list`, `fixed_list`, of what their items may become                       |
//! | objects       | a `struct` that has all their fields, each of what it may become                         |
//!
//! Scalars of different kinds may share a column if `schema` asks for a type that all of them may become and that
//! a string may become: they are packed [as text](FieldSpec::as_text). So is whatever becomes a string, or a decimal,
//! since a float's shortest text is what it says as a decimal. Inside lists and objects nothing goes through its text.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, TimeUnit};
use serde::{Deserialize, Serialize};

use crate::error::{Code, Error, Result};
use crate::table::types;

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
    /// Any other number: a fraction, -0, NaN, an infinity, a Number beyond 2^53.
    Float,
    String,
    /// A point in time in milliseconds: a JavaScript Date.
    Date,
    Binary,
    List,
    Struct,
}

/// A column as the driver knows it: its name, the text of its type, and whether it may hold nulls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldSpec {
    pub name: String,
    #[serde(rename = "type")]
    pub data_type: String,
    pub nullable: bool,
    /// The type is `string`, and scalars of every kind are packed as their text: `true`, digits, a float's shortest
    /// form (`-0`, `NaN`, `Infinity` too), a Date's ISO 8601 form.
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
        Kind::Int32 | Kind::Int53 | Kind::Int64 | Kind::Uint64 | Kind::Float => number(seen, &kinds, column)?,
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
    })
}

/// How to pack a column of which this was seen so that it can become `target`.
pub fn packing(seen: &Observation, target: &DataType, column: &str) -> Result<Packing> {
    if let Some(text) = &seen.stated {
        return Ok(Packing { data_type: stated(text, column)?, as_text: false });
    }
    check(seen, target, column)?;
    let as_text = Packing { data_type: DataType::Utf8, as_text: true };
    let is_all_text = seen.kinds.iter().all(|(kind, _)| matches!(kind, Kind::String | Kind::Null));
    if is_decimal(target) || (is_text(target) && !is_all_text) {
        return Ok(as_text);
    }
    match shape(seen, target, column) {
        Ok(data_type) => Ok(Packing { data_type, as_text: false }),
        Err(_) if is_written_as_text(seen, target) => Ok(as_text),
        Err(error) => Err(error),
    }
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
    let mut kinds: Vec<_> = seen.kinds.iter().copied().filter(|(kind, _)| *kind != Kind::Null).collect();
    kinds.sort_by_key(|(_, row)| *row);
    kinds
}

fn number(seen: &Observation, kinds: &[(Kind, u64)], column: &str) -> Result<DataType> {
    let row_of = |wanted: Kind| kinds.iter().find(|(kind, _)| *kind == wanted).map(|(_, row)| *row);
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

/// Refuses what `target` cannot be made of.
fn check(seen: &Observation, target: &DataType, column: &str) -> Result<()> {
    let kinds = kinds_in_order(seen);
    if let Some((kind, row)) = kinds.iter().find(|(kind, _)| !kind.may_become(target)) {
        let message =
            format!("schema makes the column {}, which {} cannot become", print(target), kind.name());
        return Err(Error::new(Code::ConfigCannotConvert, message).at_row(*row).in_column(column));
    }
    if let (Some(item), Some(items)) = (item_of(target), &seen.items) {
        check(items, item, &item_path(column))?;
    }
    let DataType::Struct(fields) = target else { return Ok(()) };
    for (name, seen) in &seen.fields {
        let path = field_path(column, name);
        let Some(field) = fields.iter().find(|field| field.name() == name) else {
            let row = seen.kinds.iter().map(|(_, row)| *row).min().unwrap_or_default();
            let message = "schema gives the column's objects no such field";
            return Err(Error::new(Code::ConfigCannotConvert, message).at_row(row).in_column(path));
        };
        check(seen, field.data_type(), &path)?;
    }
    Ok(())
}

/// The type as which values are packed that may become `target`: inferred, in the shape of `target`.
fn shape(seen: &Observation, target: &DataType, column: &str) -> Result<DataType> {
    let kinds = kinds_in_order(seen);
    let has = |wanted: Kind| kinds.iter().any(|(kind, _)| *kind == wanted);
    if let (true, DataType::Struct(fields)) = (has(Kind::Struct), target) {
        let none = Observation::default();
        let field = |field: &Arc<Field>| {
            let seen =
                seen.fields.iter().find(|(name, _)| name == field.name()).map_or(&none, |(_, seen)| seen);
            let data_type = shape(seen, field.data_type(), &field_path(column, field.name()))?;
            Ok(Field::new(field.name(), data_type, true))
        };
        return Ok(DataType::Struct(fields.iter().map(field).collect::<Result<_>>()?));
    }
    if let (true, Some(item), Some(items)) = (has(Kind::List), item_of(target), &seen.items) {
        return Ok(list_of(shape(items, item, &item_path(column))?));
    }
    infer(seen, column)
}

/// Whether the values, of kinds that disagree, can all go through their text.
fn is_written_as_text(seen: &Observation, target: &DataType) -> bool {
    let is_scalar = |kind: Kind| !matches!(kind, Kind::Binary | Kind::List | Kind::Struct);
    Kind::String.may_become(target) && seen.kinds.iter().all(|(kind, _)| is_scalar(*kind))
}

fn item_of(target: &DataType) -> Option<&DataType> {
    match target {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            Some(item.data_type())
        }
        _ => None,
    }
}

impl Kind {
    /// Kinds of one class share a column.
    fn class(self) -> Kind {
        if self.is_integer() { Kind::Float } else { self }
    }

    fn is_integer(self) -> bool {
        matches!(self, Kind::Int32 | Kind::Int53 | Kind::Int64 | Kind::Uint64)
    }

    pub fn name(self) -> &'static str {
        match self {
            Kind::Null => "nulls",
            Kind::Boolean => "booleans",
            Kind::Int32 | Kind::Int53 | Kind::Int64 | Kind::Uint64 => "integers",
            Kind::Float => "floats",
            Kind::String => "strings",
            Kind::Date => "dates",
            Kind::Binary => "byte arrays",
            Kind::List => "lists",
            Kind::Struct => "objects",
        }
    }

    fn may_become(self, target: &DataType) -> bool {
        use DataType::*;
        if is_text(target) {
            return !matches!(self, Kind::Binary | Kind::List | Kind::Struct);
        }
        match self {
            Kind::Null => true,
            Kind::Boolean => *target == Boolean,
            Kind::Int32 | Kind::Int53 | Kind::Int64 | Kind::Uint64 => target.is_numeric(),
            Kind::Float => target.is_floating() || is_decimal(target),
            Kind::String => {
                *target == Boolean
                    || target.is_numeric()
                    || matches!(target, Date32 | Date64 | Time32(_) | Time64(_) | Timestamp(..))
            }
            Kind::Date => matches!(target, Timestamp(..) | Date32 | Date64),
            Kind::Binary => matches!(target, Binary | LargeBinary | BinaryView),
            Kind::List => matches!(target, List(_) | LargeList(_) | FixedSizeList(..)),
            Kind::Struct => matches!(target, Struct(_)),
        }
    }
}

fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

fn is_decimal(data_type: &DataType) -> bool {
    use DataType::*;
    matches!(data_type, Decimal32(..) | Decimal64(..) | Decimal128(..) | Decimal256(..))
}

fn print(data_type: &DataType) -> String {
    types::print(data_type)
}
