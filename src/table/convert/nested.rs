//! Lists, maps and structs: what is in them is converted, their shape stays.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeListArray, LargeListArray, ListArray, MapArray, StructArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, FieldRef, Fields};

use super::{Converted, Misfit, converted};
use crate::table::pick::pick;

/// The items of each row: those that rows span, in order, and nothing behind nulls.
struct Items {
    values: ArrayRef,
    lengths: Vec<usize>,
    nulls: Option<NullBuffer>,
}

pub fn list(array: &ArrayRef, target: &DataType) -> Converted {
    let from = items(array)?;
    let (DataType::List(field) | DataType::LargeList(field) | DataType::FixedSizeList(field, _)) = target
    else {
        return Err(Misfit::Type);
    };
    let items = converted(&from.values, field.data_type()).map_err(|misfit| from.in_row(misfit))?;
    if !field.is_nullable() && items.null_count() > 0 {
        return Err(from.first_null(&items));
    }
    let (field, nulls) = (field.clone(), from.nulls.clone());
    let built: Result<ArrayRef, _> = match target {
        DataType::List(_) => {
            if items.len() > i32::MAX as usize {
                return Err(Misfit::Row(0));
            }
            let offsets = OffsetBuffer::from_lengths(from.lengths);
            ListArray::try_new(field, offsets, items, nulls).map(|array| Arc::new(array) as ArrayRef)
        }
        DataType::LargeList(_) => {
            let offsets = OffsetBuffer::from_lengths(from.lengths);
            LargeListArray::try_new(field, offsets, items, nulls).map(|array| Arc::new(array) as ArrayRef)
        }
        DataType::FixedSizeList(_, length) => {
            let items = from.at_fixed_length(&items, *length as usize)?;
            FixedSizeListArray::try_new_with_length(field, *length, items, nulls, array.len())
                .map(|array| Arc::new(array) as ArrayRef)
        }
        _ => return Err(Misfit::Type),
    };
    built.map_err(|_| Misfit::Type)
}

fn items(array: &ArrayRef) -> Result<Items, Misfit> {
    let (values, spans): (&ArrayRef, Vec<(usize, usize)>) = match array.data_type() {
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let spans = list.offsets().windows(2).map(|pair| (pair[0] as usize, pair[1] as usize));
            (list.values(), spans.collect())
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            let spans = list.offsets().windows(2).map(|pair| (pair[0] as usize, pair[1] as usize));
            (list.values(), spans.collect())
        }
        DataType::Map(..) => {
            let map = array.as_map();
            let spans = map.offsets().windows(2).map(|pair| (pair[0] as usize, pair[1] as usize));
            return items_in(array, map.entries(), spans.collect());
        }
        _ => {
            let list = array.as_fixed_size_list();
            let length = list.value_length() as usize;
            (list.values(), (0..list.len()).map(|row| (row * length, (row + 1) * length)).collect())
        }
    };
    items_in(array, values, spans)
}

fn items_in(array: &ArrayRef, values: &dyn Array, spans: Vec<(usize, usize)>) -> Result<Items, Misfit> {
    let span =
        |(row, (start, end)): (usize, &(usize, usize))| if array.is_null(row) { 0..0 } else { *start..*end };
    let spans: Vec<_> = spans.iter().enumerate().map(span).collect();
    let indexes: Vec<_> = spans.iter().cloned().flatten().map(Some).collect();
    let lengths = spans.iter().map(ExactSizeIterator::len).collect();
    let values = pick(values, &indexes).map_err(|_| Misfit::Type)?;
    Ok(Items { values, lengths, nulls: array.nulls().cloned() })
}

impl Items {
    fn row_of(&self, item: usize) -> usize {
        let mut end = 0;
        let ends = self.lengths.iter().map(|length| {
            end += length;
            end
        });
        ends.take_while(|end| *end <= item).count()
    }

    fn in_row(&self, misfit: Misfit) -> Misfit {
        match misfit {
            Misfit::Type => Misfit::Type,
            Misfit::Row(item) => Misfit::Row(self.row_of(item)),
        }
    }

    fn first_null(&self, items: &ArrayRef) -> Misfit {
        let item = (0..items.len()).find(|item| items.is_null(*item)).unwrap_or(0);
        Misfit::Row(self.row_of(item))
    }

    /// The items with a place for those of null rows; a row of another length is a misfit.
    fn at_fixed_length(&self, items: &ArrayRef, length: usize) -> Result<ArrayRef, Misfit> {
        let is_null = |row| self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
        let mut next = 0;
        let mut indexes = Vec::with_capacity(self.lengths.len() * length);
        for (row, found) in self.lengths.iter().enumerate() {
            if is_null(row) {
                indexes.extend(std::iter::repeat_n(None, length));
            } else if *found == length {
                indexes.extend((next..next + length).map(Some));
                next += length;
            } else {
                return Err(Misfit::Row(row));
            }
        }
        pick(items, &indexes).map_err(|_| Misfit::Type)
    }
}

/// The same entries, their keys and values converted.
pub fn map(array: &ArrayRef, entries: &FieldRef, is_sorted: bool) -> Converted {
    let from = items(array)?;
    let DataType::Struct(fields) = entries.data_type() else { return Err(Misfit::Type) };
    let convert = |(column, field): (&ArrayRef, &FieldRef)| {
        let column = converted(column, field.data_type()).map_err(|misfit| from.in_row(misfit))?;
        let is_whole = field.is_nullable() || column.logical_null_count() == 0;
        if is_whole { Ok(column) } else { Err(from.first_null(&column)) }
    };
    let pair = from.values.as_struct().columns().iter().zip(fields);
    let pair = pair.map(convert).collect::<Result<Vec<_>, Misfit>>()?;
    let pair = StructArray::try_new_with_length(fields.clone(), pair, None, from.values.len());
    let offsets = OffsetBuffer::from_lengths(from.lengths.iter().copied());
    MapArray::try_new(
        entries.clone(),
        offsets,
        pair.map_err(|_| Misfit::Type)?,
        from.nulls.clone(),
        is_sorted,
    )
    .map(|array| Arc::new(array) as ArrayRef)
    .map_err(|_| Misfit::Type)
}

/// The same fields by name, in the order of the target.
pub fn structs(array: &StructArray, fields: &Fields) -> Converted {
    if array.fields().iter().any(|field| !fields.iter().any(|other| other.name() == field.name())) {
        return Err(Misfit::Type);
    }
    let mut columns = Vec::with_capacity(fields.len());
    for field in fields {
        let Some(column) = array.column_by_name(field.name()) else { return Err(Misfit::Type) };
        let column = converted(&visible(column, array.nulls())?, field.data_type())?;
        if !field.is_nullable() {
            let is_missing = |row: &usize| column.is_null(*row) && array.is_valid(*row);
            if let Some(row) = (0..array.len()).find(is_missing) {
                return Err(Misfit::Row(row));
            }
        }
        columns.push(column);
    }
    StructArray::try_new_with_length(fields.clone(), columns, array.nulls().cloned(), array.len())
        .map(|array| Arc::new(array) as ArrayRef)
        .map_err(|_| Misfit::Type)
}

/// The column with nulls where its struct is null, so that what lies there is not judged.
fn visible(column: &ArrayRef, nulls: Option<&NullBuffer>) -> Converted {
    let Some(nulls) = nulls.filter(|nulls| nulls.null_count() > 0) else { return Ok(column.clone()) };
    let own = column.logical_nulls();
    let both = NullBuffer::union(Some(nulls), own.as_ref());
    let indexes =
        (0..column.len()).map(|row| both.as_ref().is_none_or(|nulls| nulls.is_valid(row)).then_some(row));
    pick(column, &indexes.collect::<Vec<_>>()).map_err(|_| Misfit::Type)
}
