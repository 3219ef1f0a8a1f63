//! What `schema` may make of what was seen.
//!
//! | seen          | may become                                                                                     |
//! |---------------|------------------------------------------------------------------------------------------------|
//! | nothing, null | anything                                                                                       |
//! | booleans      | `boolean`, strings                                                                             |
//! | integers      | integers, floats, decimals, strings; as counts of its unit a date, time, timestamp or duration, |
//! |               | and of months `interval[year_month]`; those beyond 64 bits only decimals and strings           |
//! | floats        | floats, decimals, strings                                                                      |
//! | strings       | strings, and what their text says, as csv and jsonl are written: booleans, numbers, decimals,  |
//! |               | dates, times, timestamps, durations and intervals of ISO 8601, binary of base64, nested of JSON |
//! | dates         | timestamps of any unit and zone, `date32`, `date64`, strings                                   |
//! | byte arrays   | `binary`, `large_binary`, `binary_view`, `fixed_binary` of their length                        |
//! | lists         | `list`, `large_list`, `fixed_list`, of what their items may become                             |
//! | objects       | a `struct` that has all their fields, each of what it may become; a `map` of their keys;       |
//! |               | intervals, of `{months}`, `{days, milliseconds}` or `{months, days, nanoseconds}`              |
//! | maps          | a `map` of what their keys and values may become                                               |
//!
//! And a `dictionary<K, V>` of what may become `V`. Values are packed as inferred types, in the shape of the target,
//! and converted to it afterwards, value by value. Scalars of different kinds may share a place if each of them says a
//! value of its type by its text: they are packed as text ([`FieldSpec`](super::FieldSpec)). So is whatever becomes a
//! string, or a decimal, since a float's shortest text is what it says as a decimal.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, IntervalUnit};

use super::{
    Kind, Observation, Packing, field_path, infer, item_path, kinds_in_order, list_of, merge, stated,
};
use crate::error::{Code, Error, Result};
use crate::table::types;

/// How to pack a column of which this was seen so that it can become `target`.
pub fn packing(seen: &Observation, target: &DataType, column: &str) -> Result<Packing> {
    if let Some(text) = &seen.stated {
        return Ok(Packing { data_type: stated(text, column)?, as_text: false });
    }
    check(seen, target, column)?;
    let mut as_text = false;
    let data_type = shape(seen, target, column, &mut as_text)?;
    Ok(Packing { data_type, as_text })
}

/// Refuses what `target` cannot be made of.
fn check(seen: &Observation, target: &DataType, column: &str) -> Result<()> {
    let target = value_type(target);
    let kinds = kinds_in_order(seen);
    if let Some((kind, row)) = kinds.iter().find(|(kind, _)| !kind.may_become(target)) {
        let to = types::print(target);
        let message = format!("schema makes the column {to}, which {} cannot become", kind.name());
        return Err(Error::new(Code::ConfigCannotConvert, message).at_row(*row).in_column(column));
    }
    if let (Some(item), Some(items)) = (item_of(target), &seen.items) {
        check(items, item, &item_path(column))?;
    }
    if let Some((key, value)) = entry_of(target) {
        let (keys, values) = entries(seen);
        check(&keys, key, &field_path(column, types::KEY))?;
        check(&values, value, &field_path(column, types::VALUE))?;
    }
    let Some(fields) = fields_of(target) else { return Ok(()) };
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
fn shape(seen: &Observation, target: &DataType, column: &str, as_text: &mut bool) -> Result<DataType> {
    let target = value_type(target);
    let kinds = kinds_in_order(seen);
    let are_all = |wanted: &[Kind]| kinds.iter().all(|(kind, _)| wanted.contains(kind));
    if kinds.is_empty() {
        return Ok(DataType::Null);
    }
    if is_decimal(target) || (is_text(target) && !are_all(&[Kind::String])) {
        *as_text = true;
        return Ok(DataType::Utf8);
    }
    if let (true, Some(fields)) = (are_all(&[Kind::Struct]), fields_of(target)) {
        let none = Observation::default();
        let field = |field: &Arc<Field>| {
            let seen = seen.fields.iter().find(|(name, _)| name == field.name());
            let seen = seen.map_or(&none, |(_, seen)| seen);
            let data_type = shape(seen, field.data_type(), &field_path(column, field.name()), as_text)?;
            Ok(Field::new(field.name(), data_type, true))
        };
        return Ok(DataType::Struct(fields.iter().map(field).collect::<Result<_>>()?));
    }
    if let (true, Some(item), Some(items)) = (are_all(&[Kind::List]), item_of(target), &seen.items) {
        return Ok(list_of(shape(items, item, &item_path(column), as_text)?));
    }
    if let (true, Some((key, value))) = (are_all(&[Kind::Struct, Kind::Map]), entry_of(target)) {
        let (keys, values) = entries(seen);
        let key = shape(&keys, key, &field_path(column, types::KEY), as_text)?;
        let value = shape(&values, value, &field_path(column, types::VALUE), as_text)?;
        return Ok(types::map_of(key, value));
    }
    match infer(seen, column) {
        Err(_) if is_written_as_text(&kinds, target) => {
            *as_text = true;
            Ok(DataType::Utf8)
        }
        inferred => inferred,
    }
}

/// Of the keys and values of maps, and of objects that are to become such.
fn entries(seen: &Observation) -> (Observation, Observation) {
    let (mut keys, mut values) = seen.entries.as_deref().cloned().unwrap_or_default();
    for (_, field) in &seen.fields {
        let row = field.kinds.iter().map(|(_, row)| *row).min().unwrap_or_default();
        merge(&mut keys, &Observation { kinds: vec![(Kind::String, row)], ..Observation::default() });
        merge(&mut values, field);
    }
    (keys, values)
}

/// Whether the values, of kinds that disagree, can all go through their text.
fn is_written_as_text(kinds: &[(Kind, u64)], target: &DataType) -> bool {
    Kind::String.may_become(target) && kinds.iter().all(|(kind, _)| kind.says(target))
}

/// What a dictionary's values are.
pub fn value_type(target: &DataType) -> &DataType {
    match target {
        DataType::Dictionary(_, value) => value_type(value),
        other => other,
    }
}

/// The type of a list's items.
pub fn item_of(target: &DataType) -> Option<&DataType> {
    match value_type(target) {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            Some(item.data_type())
        }
        _ => None,
    }
}

/// The fields that objects may have which are to become `target`.
fn fields_of(target: &DataType) -> Option<Fields> {
    match target {
        DataType::Struct(fields) => Some(fields.clone()),
        DataType::Interval(unit) => Some(types::interval_parts(*unit)),
        _ => None,
    }
}

/// The types of a map's keys and values.
pub fn entry_of(target: &DataType) -> Option<(&DataType, &DataType)> {
    let DataType::Map(entries, _) = value_type(target) else { return None };
    let DataType::Struct(pair) = entries.data_type() else { return None };
    Some((pair.first()?.data_type(), pair.get(1)?.data_type()))
}

impl Kind {
    fn is_scalar(self) -> bool {
        !matches!(self, Kind::Binary | Kind::List | Kind::Struct | Kind::Map)
    }

    /// Whether the texts of such values are those of values of `target`.
    fn says(self, target: &DataType) -> bool {
        use DataType::*;
        match (self, target) {
            (Kind::Binary | Kind::List | Kind::Struct | Kind::Map, _) => false,
            (Kind::Null | Kind::String, _) => true,
            (Kind::Boolean, Boolean) | (Kind::Date, Timestamp(_, Some(_))) => true,
            (Kind::Boolean | Kind::Date, other) => is_text(other),
            (_, other) => other.is_numeric() || is_text(other),
        }
    }

    fn may_become(self, target: &DataType) -> bool {
        use DataType::*;
        if is_text(target) {
            return self.is_scalar();
        }
        match self {
            Kind::Null => true,
            Kind::Boolean => *target == Boolean,
            Kind::Int32 | Kind::Int53 | Kind::Int64 | Kind::Uint64 => match target {
                Date32 | Date64 | Time32(_) | Time64(_) | Timestamp(..) | Duration(_) => true,
                Interval(unit) => *unit == IntervalUnit::YearMonth,
                number => number.is_numeric(),
            },
            Kind::Big => is_decimal(target),
            Kind::Float => target.is_floating() || is_decimal(target),
            Kind::String => !matches!(target, Null),
            Kind::Date => matches!(target, Timestamp(..) | Date32 | Date64),
            Kind::Binary => matches!(target, Binary | LargeBinary | BinaryView | FixedSizeBinary(_)),
            Kind::List => item_of(target).is_some(),
            Kind::Struct => matches!(target, Struct(_) | Map(..) | Interval(_)),
            Kind::Map => matches!(target, Map(..)),
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
