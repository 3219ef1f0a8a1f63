//! Columns built from the text of JSON values.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayBuilder, ArrayRef, BooleanBufferBuilder, BooleanBuilder, Float64Builder, Int32Builder,
    Int64Builder, ListArray, MapArray, NullArray, StringBuilder, StructArray, UInt64Builder,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, FieldRef, Fields};

use super::json::{self, Number};
use super::observe::{MAX_EXACT, field_of, is_string, takes_numbers_as_text};
use crate::table::infer::{entry_of, item_of};

/// A value that the column cannot hold. What is wrong, or which column can, is found by observing it.
pub struct Misfit;

/// The values of one column, or of one place of a nested one.
pub enum Values {
    Null(usize),
    Boolean(BooleanBuilder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    UInt64(UInt64Builder),
    Float64(Float64Builder),
    Text { texts: StringBuilder, takes_numbers: bool, takes_booleans: bool },
    List { field: FieldRef, offsets: Vec<i32>, valid: BooleanBufferBuilder, items: Box<Values> },
    Map { field: FieldRef, offsets: Vec<i32>, valid: BooleanBufferBuilder, entries: Box<[Values; 2]> },
    Struct { fields: Fields, valid: BooleanBufferBuilder, columns: Vec<Values> },
}

impl Values {
    /// `None` for a type that no JSON is packed as.
    pub fn new(data_type: &DataType, target: Option<&DataType>, as_text: bool) -> Option<Self> {
        Some(match data_type {
            DataType::Null => Values::Null(0),
            DataType::Boolean => Values::Boolean(BooleanBuilder::new()),
            DataType::Int32 => Values::Int32(Int32Builder::new()),
            DataType::Int64 => Values::Int64(Int64Builder::new()),
            DataType::UInt64 => Values::UInt64(UInt64Builder::new()),
            DataType::Float64 => Values::Float64(Float64Builder::new()),
            DataType::Utf8 => Values::Text {
                texts: StringBuilder::new(),
                takes_numbers: as_text || target.is_some_and(takes_numbers_as_text),
                takes_booleans: as_text || target.is_some_and(is_string),
            },
            DataType::List(field) => Values::List {
                field: field.clone(),
                offsets: vec![0],
                valid: BooleanBufferBuilder::new(0),
                items: Box::new(Values::new(field.data_type(), target.and_then(item_of), as_text)?),
            },
            DataType::Map(field, _) => {
                let (key, value) = entry_of(data_type)?;
                let target = target.and_then(entry_of);
                let keys = Values::new(key, target.map(|(key, _)| key), as_text)?;
                let values = Values::new(value, target.map(|(_, value)| value), as_text)?;
                Values::Map {
                    field: field.clone(),
                    offsets: vec![0],
                    valid: BooleanBufferBuilder::new(0),
                    entries: Box::new([keys, values]),
                }
            }
            DataType::Struct(fields) => {
                let column = |field: &FieldRef| {
                    let target = target.and_then(|target| field_of(target, field.name()));
                    Values::new(field.data_type(), target, as_text)
                };
                Values::Struct {
                    fields: fields.clone(),
                    valid: BooleanBufferBuilder::new(0),
                    columns: fields.iter().map(column).collect::<Option<_>>()?,
                }
            }
            _ => return None,
        })
    }

    pub fn len(&self) -> usize {
        match self {
            Values::Null(len) => *len,
            Values::Boolean(values) => values.len(),
            Values::Int32(values) => values.len(),
            Values::Int64(values) => values.len(),
            Values::UInt64(values) => values.len(),
            Values::Float64(values) => values.len(),
            Values::Text { texts, .. } => texts.len(),
            Values::List { valid, .. } | Values::Map { valid, .. } | Values::Struct { valid, .. } => {
                valid.len()
            }
        }
    }

    pub fn push_null(&mut self) {
        match self {
            Values::Null(len) => *len += 1,
            Values::Boolean(values) => values.append_null(),
            Values::Int32(values) => values.append_null(),
            Values::Int64(values) => values.append_null(),
            Values::UInt64(values) => values.append_null(),
            Values::Float64(values) => values.append_null(),
            Values::Text { texts, .. } => texts.append_null(),
            Values::List { offsets, valid, items, .. } => {
                offsets.push(items.len() as i32);
                valid.append(false);
            }
            Values::Map { offsets, valid, entries, .. } => {
                offsets.push(entries[1].len() as i32);
                valid.append(false);
            }
            Values::Struct { valid, columns, .. } => {
                columns.iter_mut().for_each(Values::push_null);
                valid.append(false);
            }
        }
    }

    /// Adds a value. After a misfit, what was begun of it is left behind the last whole value, and
    /// [`finish`](Self::finish) cuts it off.
    pub fn push(&mut self, value: &str) -> Result<(), Misfit> {
        let first = value.as_bytes().first();
        if first == Some(&b'n') {
            self.push_null();
            return Ok(());
        }
        match self {
            Values::Boolean(values) => match value {
                "true" => values.append_value(true),
                "false" => values.append_value(false),
                _ => return Err(Misfit),
            },
            Values::Text { texts, takes_numbers, takes_booleans } => {
                let takes_token = match first {
                    Some(b'"') => {
                        texts.append_value(json::string(value).ok_or(Misfit)?);
                        return Ok(());
                    }
                    Some(b't' | b'f') => *takes_booleans,
                    Some(b'[' | b'{') => false,
                    _ => *takes_numbers,
                };
                if !takes_token {
                    return Err(Misfit);
                }
                texts.append_value(value);
            }
            Values::List { offsets, valid, items, .. } => {
                if first != Some(&b'[') {
                    return Err(Misfit);
                }
                json::items(value, |item| items.push(item)).map_err(|_| Misfit)?;
                offsets.push(items.len() as i32);
                valid.append(true);
            }
            Values::Map { offsets, valid, entries, .. } => {
                if !matches!(first, Some(b'{' | b'[')) {
                    return Err(Misfit);
                }
                let [keys, values] = &mut **entries;
                let each = |key: &str, value: &str| match key {
                    "null" => Err(Misfit),
                    _ => keys.push(key).and_then(|()| values.push(value)),
                };
                json::entries(value, each).map_err(|_| Misfit)?;
                offsets.push(values.len() as i32);
                valid.append(true);
            }
            Values::Struct { fields, valid, columns } => {
                if first != Some(&b'{') {
                    return Err(Misfit);
                }
                push_fields(value, fields, columns, valid.len())?;
                valid.append(true);
            }
            numbers => return numbers.push_number(value),
        }
        Ok(())
    }

    fn push_number(&mut self, token: &str) -> Result<(), Misfit> {
        if !token.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
            return Err(Misfit);
        }
        match (self, json::number(token).ok_or(Misfit)?) {
            (Values::Int32(values), Number::Int(value)) => {
                values.append_value(i32::try_from(value).map_err(|_| Misfit)?);
            }
            (Values::Int64(values), Number::Int(value)) => values.append_value(value),
            (Values::UInt64(values), Number::Int(value)) => {
                values.append_value(u64::try_from(value).map_err(|_| Misfit)?);
            }
            (Values::UInt64(values), Number::Uint(value)) => values.append_value(value),
            (Values::Float64(values), Number::Float(value)) => values.append_value(value),
            (Values::Float64(values), Number::Int(value)) if value.unsigned_abs() <= MAX_EXACT => {
                values.append_value(value as f64);
            }
            _ => return Err(Misfit),
        }
        Ok(())
    }

    /// The first `len` values.
    pub fn finish(self, len: usize) -> ArrayRef {
        let leaf: ArrayRef = match self {
            Values::Null(_) => return Arc::new(NullArray::new(len)),
            Values::Boolean(mut values) => Arc::new(values.finish()),
            Values::Int32(mut values) => Arc::new(values.finish()),
            Values::Int64(mut values) => Arc::new(values.finish()),
            Values::UInt64(mut values) => Arc::new(values.finish()),
            Values::Float64(mut values) => Arc::new(values.finish()),
            Values::Text { mut texts, .. } => Arc::new(texts.finish()),
            Values::List { field, mut offsets, valid, items } => {
                offsets.truncate(len + 1);
                let items = items.finish(offsets[len] as usize);
                let offsets = OffsetBuffer::new(offsets.into());
                return Arc::new(ListArray::new(field, offsets, items, nulls(valid, len)));
            }
            Values::Map { field, mut offsets, valid, entries } => {
                offsets.truncate(len + 1);
                let count = offsets[len] as usize;
                let DataType::Struct(pair) = field.data_type() else { unreachable!("entries are structs") };
                let columns = entries.into_iter().map(|values| values.finish(count)).collect();
                let pairs = StructArray::try_new_with_length(pair.clone(), columns, None, count);
                let pairs = pairs.expect("keys and values of one length and of their types, no key null");
                let offsets = OffsetBuffer::new(offsets.into());
                return Arc::new(MapArray::new(field, offsets, pairs, nulls(valid, len), false));
            }
            Values::Struct { fields, valid, columns } => {
                let columns = columns.into_iter().map(|column| column.finish(len)).collect();
                let nulls = nulls(valid, len);
                let array = StructArray::try_new_with_length(fields, columns, nulls, len);
                return Arc::new(array.expect("fields of one length and of their types"));
            }
        };
        leaf.slice(0, len)
    }
}

fn nulls(mut valid: BooleanBufferBuilder, len: usize) -> Option<NullBuffer> {
    valid.truncate(len);
    Some(NullBuffer::new(valid.finish())).filter(|nulls| nulls.null_count() > 0)
}

fn push_fields(value: &str, fields: &Fields, columns: &mut [Values], len: usize) -> Result<(), Misfit> {
    let mut next = 0;
    let each = |key: &str, value: &str| {
        let key = json::string(key).ok_or(Misfit)?;
        let index = match fields.get(next) {
            Some(field) if *field.name() == key => next,
            _ => fields.iter().position(|field| *field.name() == key).ok_or(Misfit)?,
        };
        if columns[index].len() > len {
            return Err(Misfit);
        }
        next = index + 1;
        columns[index].push(value)
    };
    json::members(value, each).map_err(|_| Misfit)?;
    for column in columns.iter_mut().filter(|column| column.len() == len) {
        column.push_null();
    }
    Ok(())
}
