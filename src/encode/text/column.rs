//! Columns: a tree of names decided once from the schema, and one of arrays bound to it for each batch.

use arrow::array::{Array, AsArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, Schema};

use super::Fault;
use super::json_string;
use super::scalar::Scalar;
use crate::error::{Code, Error, Result};
use crate::table::pick::places;

/// A column or a part of a nested one.
pub struct Node {
    /// For errors, such as `address.city` or `tags[]`.
    path: String,
    /// `,"name":`, the name escaped.
    key: Vec<u8>,
    children: Vec<Node>,
}

impl Node {
    /// The columns of a table. Fails with [`Code::FormatUnsupported`] at a type that has no text.
    pub fn columns(schema: &Schema) -> Result<Vec<Node>> {
        schema.fields().iter().map(|field| Node::field(field.name().clone(), field)).collect()
    }

    fn field(path: String, field: &Field) -> Result<Node> {
        let mut key = vec![b','];
        json_string::quoted(field.name(), &mut key);
        key.push(b':');
        Ok(Node { children: children(&path, field.data_type())?, path, key })
    }

    /// `"name":`, and a comma before it unless it is the first.
    pub fn key(&self, first: bool) -> &[u8] {
        &self.key[usize::from(first)..]
    }

    /// The name of a column, or the path of a part of it.
    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn error(&self, fault: Fault) -> Error {
        Error::new(Code::FormatUnsupported, fault.message()).in_column(&self.path)
    }

    /// Downcasts an array of the type that this node was made for.
    pub fn bind<'a>(&'a self, array: &'a dyn Array) -> Result<Column<'a>> {
        let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0);
        Ok(Column { node: self, nulls, values: self.values(array)? })
    }

    fn values<'a>(&'a self, array: &'a dyn Array) -> Result<Values<'a>> {
        if let Some(scalar) = Scalar::of(array) {
            return Ok(Values::Scalar(scalar));
        }
        let child = |index: usize, array: &'a dyn Array| {
            self.children.get(index).ok_or_else(|| self.unsupported(array.data_type()))?.bind(array)
        };
        Ok(match array.data_type() {
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                Values::list(Ranges::Small(list.value_offsets()), child(0, list.values())?)
            }
            DataType::LargeList(_) => {
                let list = array.as_list::<i64>();
                Values::list(Ranges::Large(list.value_offsets()), child(0, list.values())?)
            }
            DataType::ListView(_) => {
                let list = array.as_list_view::<i32>();
                Values::list(Ranges::SmallView(list.offsets(), list.sizes()), child(0, list.values())?)
            }
            DataType::LargeListView(_) => {
                let list = array.as_list_view::<i64>();
                Values::list(Ranges::LargeView(list.offsets(), list.sizes()), child(0, list.values())?)
            }
            DataType::FixedSizeList(_, size) => {
                let list = array.as_fixed_size_list();
                Values::list(Ranges::Fixed(*size as usize), child(0, list.values())?)
            }
            DataType::Struct(_) => {
                let columns = array.as_struct().columns().iter().enumerate();
                let columns = columns.map(|(index, array)| child(index, array));
                Values::Struct(columns.collect::<Result<_>>()?)
            }
            DataType::Map(_, _) => {
                let map = array.as_map();
                Values::Map {
                    ranges: Ranges::Small(map.value_offsets()),
                    entries: Box::new([child(0, map.keys())?, child(1, map.values())?]),
                }
            }
            DataType::Dictionary(_, _) => {
                let dictionary = array.as_any_dictionary();
                let values = Box::new(child(0, dictionary.values())?);
                Values::Dictionary { keys: places(dictionary), values }
            }
            other => return Err(self.unsupported(other)),
        })
    }

    fn unsupported(&self, data_type: &DataType) -> Error {
        unsupported(&self.path, data_type)
    }
}

fn unsupported(path: &str, data_type: &DataType) -> Error {
    let name = match data_type {
        DataType::Union(_, _) => "a union",
        DataType::RunEndEncoded(_, _) => "a run-end encoded column",
        _ => "a column of this type",
    };
    let message = format!("{name} has no form in csv and jsonl");
    Error::new(Code::FormatUnsupported, message).in_column(path)
}

/// The nodes below one of this type.
fn children(path: &str, data_type: &DataType) -> Result<Vec<Node>> {
    Ok(match data_type {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => vec![Node::field(format!("{path}[]"), item)?],
        DataType::Struct(fields) => {
            for (index, field) in fields.iter().enumerate() {
                if fields[..index].iter().any(|other| other.name() == field.name()) {
                    let message = "a struct has two fields of one name, which a JSON object cannot hold";
                    let place = format!("{path}.{}", field.name());
                    return Err(Error::new(Code::FormatUnsupported, message).in_column(place));
                }
            }
            let child = |field: &_| Node::field(format!("{path}.{}", Field::name(field)), field);
            fields.iter().map(|field| child(field)).collect::<Result<_>>()?
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) if fields.len() == 2 => vec![
                Node::field(format!("{path}.key"), &fields[0])?,
                Node::field(format!("{path}.value"), &fields[1])?,
            ],
            _ => return Err(unsupported(path, data_type)),
        },
        DataType::Dictionary(_, values) => {
            vec![Node { path: path.to_owned(), key: Vec::new(), children: children(path, values)? }]
        }
        DataType::Union(_, _) | DataType::RunEndEncoded(_, _) => return Err(unsupported(path, data_type)),
        _ => Vec::new(),
    })
}

/// A node and the array that holds its values in one batch.
pub struct Column<'a> {
    pub node: &'a Node,
    pub nulls: Option<NullBuffer>,
    pub values: Values<'a>,
}

pub enum Values<'a> {
    Scalar(Scalar<'a>),
    List { ranges: Ranges<'a>, items: Box<Column<'a>> },
    Struct(Vec<Column<'a>>),
    Map { ranges: Ranges<'a>, entries: Box<[Column<'a>; 2]> },
    Dictionary { keys: Vec<usize>, values: Box<Column<'a>> },
}

impl<'a> Values<'a> {
    fn list(ranges: Ranges<'a>, items: Column<'a>) -> Self {
        Values::List { ranges, items: Box::new(items) }
    }
}

impl Column<'_> {
    #[inline]
    pub fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }
}

/// Where the items of each row are.
pub enum Ranges<'a> {
    Small(&'a [i32]),
    Large(&'a [i64]),
    SmallView(&'a [i32], &'a [i32]),
    LargeView(&'a [i64], &'a [i64]),
    Fixed(usize),
}

impl Ranges<'_> {
    pub fn of(&self, row: usize) -> std::ops::Range<usize> {
        let sized = |start: usize, size: usize| start..start + size;
        match self {
            Ranges::Small(offsets) => offsets[row] as usize..offsets[row + 1] as usize,
            Ranges::Large(offsets) => offsets[row] as usize..offsets[row + 1] as usize,
            Ranges::SmallView(offsets, sizes) => sized(offsets[row] as usize, sizes[row] as usize),
            Ranges::LargeView(offsets, sizes) => sized(offsets[row] as usize, sizes[row] as usize),
            Ranges::Fixed(size) => sized(row * size, *size),
        }
    }
}
