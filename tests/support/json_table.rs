//! Tables written down as JSON: `{"columns": [{"name": "id", "type": "int64", "values": [1, null]}]}`.
//!
//! A scalar is written as a JSON number or boolean, or as text that Arrow's own casts read; temporal types take
//! ticks too. A list is an array, a struct an object, a map an array of `[key, value]`.

use std::sync::Arc;

use arrow::array::*;
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, Schema};
use serde::Deserialize;
use serde_json::Value;
use tableport::table::types;

#[derive(Deserialize)]
struct Table {
    columns: Vec<Column>,
    /// For tables without columns.
    #[serde(default)]
    rows: usize,
}

#[derive(Deserialize)]
struct Column {
    name: String,
    r#type: String,
    values: Vec<Value>,
}

pub fn read(text: &str) -> RecordBatch {
    let table: Table = serde_json::from_str(text).expect("a table");
    let rows = table.columns.first().map_or(table.rows, |column| column.values.len());
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = table
        .columns
        .iter()
        .map(|column| {
            let data_type = types::parse(&column.r#type).expect("a type");
            let values: Vec<&Value> = column.values.iter().collect();
            (Field::new(&column.name, data_type.clone(), true), array(&data_type, &values))
        })
        .unzip();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options).expect("a batch")
}

fn array(data_type: &DataType, values: &[&Value]) -> ArrayRef {
    let nulls = || NullBuffer::from_iter(values.iter().map(|value| !value.is_null()));
    let lists = || values.iter().map(|value| value.as_array().map_or(&[][..], Vec::as_slice));
    let items = || lists().flatten().collect::<Vec<_>>();
    let lengths = || lists().map(<[Value]>::len);
    match data_type {
        DataType::List(field) => {
            let items = array(field.data_type(), &items());
            let offsets = OffsetBuffer::from_lengths(lengths());
            Arc::new(ListArray::new(field.clone(), offsets, items, Some(nulls())))
        }
        DataType::LargeList(field) => {
            let items = array(field.data_type(), &items());
            let offsets = OffsetBuffer::from_lengths(lengths());
            Arc::new(LargeListArray::new(field.clone(), offsets, items, Some(nulls())))
        }
        DataType::FixedSizeList(field, size) => {
            let missing = vec![Value::Null; *size as usize];
            let list = |value: &&Value| value.as_array().cloned().unwrap_or_else(|| missing.clone());
            let items: Vec<Value> = values.iter().flat_map(list).collect();
            let items = array(field.data_type(), &items.iter().collect::<Vec<_>>());
            Arc::new(FixedSizeListArray::new(field.clone(), *size, items, Some(nulls())))
        }
        DataType::Struct(fields) => {
            let child = |field: &Arc<Field>| {
                let values: Vec<&Value> = values.iter().map(|value| &value[field.name()]).collect();
                array(field.data_type(), &values)
            };
            let children = fields.iter().map(child).collect();
            Arc::new(
                StructArray::try_new_with_length(fields.clone(), children, Some(nulls()), values.len())
                    .unwrap(),
            )
        }
        DataType::Map(field, _) => {
            let DataType::Struct(pair) = field.data_type() else { panic!("a map of pairs") };
            let part = |index: usize| -> ArrayRef {
                let values: Vec<&Value> = items().into_iter().map(|entry| &entry[index]).collect();
                array(pair[index].data_type(), &values)
            };
            let entries = StructArray::new(pair.clone(), vec![part(0), part(1)], None);
            let offsets = OffsetBuffer::from_lengths(lengths());
            Arc::new(MapArray::new(field.clone(), offsets, entries, Some(nulls()), false))
        }
        DataType::Dictionary(_, item) => cast(&array(item, values), data_type),
        _ => scalars(data_type, values),
    }
}

fn scalars(data_type: &DataType, values: &[&Value]) -> ArrayRef {
    if data_type.is_temporal() && values.iter().all(|value| value.is_number() || value.is_null()) {
        let ticks = Int64Array::from_iter(values.iter().map(|value| value.as_i64()));
        return match data_type {
            DataType::Date32 | DataType::Time32(_) => {
                cast(&cast(&(Arc::new(ticks) as ArrayRef), &DataType::Int32), data_type)
            }
            _ => cast(&(Arc::new(ticks) as ArrayRef), data_type),
        };
    }
    let text = |value: &&Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    let texts: ArrayRef = Arc::new(StringArray::from_iter(values.iter().map(text)));
    match data_type {
        DataType::Null => Arc::new(NullArray::new(values.len())),
        // Arrow's cast knows a zone by its offset alone.
        DataType::Timestamp(unit, Some(_)) => {
            let instants = cast(&texts, &DataType::Timestamp(*unit, Some("+00:00".into())));
            cast(&cast(&instants, &DataType::Int64), data_type)
        }
        DataType::FixedSizeBinary(_) => cast(&cast(&texts, &DataType::Binary), data_type),
        _ => cast(&texts, data_type),
    }
}

fn cast(array: &ArrayRef, data_type: &DataType) -> ArrayRef {
    let options = CastOptions { safe: false, ..CastOptions::default() };
    cast_with_options(array, data_type, &options).expect("values of the type")
}
