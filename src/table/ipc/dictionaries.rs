//! The dictionaries of a table's columns, which come apart from the rows, and may come in pieces.

use std::collections::HashMap;

use arrow::array::ArrayRef;
use arrow::buffer::Buffer;
use arrow::datatypes::{DataType, Field, Schema};

use super::arrays::Columns;
use super::message::Dictionary;
use super::{broken, checks, corrupt};
use crate::error::{Code, Error, Result};
use crate::table::concat::concat;

pub struct Dictionaries {
    columns: HashMap<i64, Column>,
    /// By their ids, as the crate takes them. It takes a column of nulls without one.
    values: HashMap<i64, ArrayRef>,
    /// What came since: joined at the next use, since joining copies the whole.
    deltas: HashMap<i64, Vec<ArrayRef>>,
    limit: usize,
}

/// A dictionary that columns of the table use.
struct Column {
    values: DataType,
    is_selected: bool,
    /// Bytes that came of it; `None` before its beginning did.
    bytes: Option<u64>,
}

impl Dictionaries {
    /// `selected` are the places of the columns to read.
    pub fn new(schema: &Schema, selected: &[usize], limit: usize) -> Self {
        let mut columns = HashMap::new();
        let read = selected.iter().map(|index| schema.fields()[*index].clone()).collect::<Vec<_>>();
        for (schema, is_selected) in [(schema, false), (&Schema::new(read), true)] {
            let found = schema.flattened_fields().into_iter().filter_map(dictionary_of);
            columns.extend(
                found.map(|(id, values)| (id, Column { values: values.clone(), is_selected, bytes: None })),
            );
        }
        Dictionaries { columns, values: HashMap::new(), deltas: HashMap::new(), limit }
    }

    /// Takes in a dictionary, in the place of the one before it, or what is to be added to it.
    pub fn read(&mut self, dictionary: &Dictionary, body: &Buffer) -> Result<()> {
        let Dictionary { id, values: rows, is_delta } = *dictionary;
        let column = self.columns.get_mut(&id).ok_or_else(|| corrupt("a dictionary belongs to no column"))?;
        let before = match (is_delta, column.bytes) {
            (true, None) => return Err(corrupt("a dictionary has an addition and no beginning")),
            (true, Some(bytes)) => bytes,
            (false, _) => 0,
        };
        let bytes = checks::judge(&rows, &[&column.values], body, self.limit)?;
        column.bytes = Some(if column.is_selected { before + bytes } else { 0 });
        if !column.is_selected {
            return Ok(());
        }
        let values = column.values.clone();
        self.judge_size()?;
        // What is nested in the values may have a dictionary of its own.
        let inner = if values.is_nested() { self.joined()? } else { &self.values };
        let found = Columns::new(rows, body, inner).take(&Field::new("", values, true))?;
        if is_delta {
            self.deltas.entry(id).or_default().push(found);
        } else {
            self.deltas.remove(&id);
            self.values.insert(id, found);
        }
        Ok(())
    }

    /// All that came, by id.
    pub fn joined(&mut self) -> Result<&HashMap<i64, ArrayRef>> {
        for (id, deltas) in self.deltas.drain() {
            let parts: Vec<ArrayRef> = self.values.get(&id).into_iter().chain(&deltas).cloned().collect();
            self.values.insert(id, concat(&parts).map_err(broken)?);
        }
        Ok(&self.values)
    }

    pub fn has(&self, id: i64) -> bool {
        self.columns.get(&id).is_some_and(|column| column.bytes.is_some())
    }

    pub fn are_complete(&self) -> bool {
        self.columns.values().all(|column| column.bytes.is_some() || !column.is_selected)
    }

    pub fn held_bytes(&self) -> usize {
        self.columns.values().filter_map(|column| column.bytes).sum::<u64>() as usize
    }

    fn judge_size(&self) -> Result<()> {
        let bytes = self.held_bytes();
        if bytes <= self.limit {
            return Ok(());
        }
        let message = format!(
            "the dictionaries of the Arrow source take {bytes} bytes, and memoryLimit is {}",
            self.limit
        );
        Err(Error::new(Code::LimitExceeded, message))
    }
}

/// Whether a column of the schema has a dictionary.
pub fn any_in(schema: &Schema) -> bool {
    schema.flattened_fields().into_iter().any(|field| dictionary_of(field).is_some())
}

/// The id and type of the values of a field that has a dictionary.
pub fn dictionary_of(field: &Field) -> Option<(i64, &DataType)> {
    let DataType::Dictionary(_, values) = field.data_type() else { return None };
    // The ids are of no use but to read this format, which is why the crate would hide them.
    #[expect(deprecated)]
    let id = field.dict_id()?;
    Some((id, values))
}
