//! How many bytes rows take when their values are plainly encoded, whatever buffers they lie in.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StructArray, UnionArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{ArrowNativeType, DataType};

use crate::error::{Code, Error, Result};
use crate::table::pick;

/// The length in front of a string, a binary or a list.
const LENGTH: u64 = 4;

/// The sizes of the rows of one batch or column, as running totals.
///
/// A value of a fixed width takes that width, null or not; a string or a binary takes 4 bytes and its length; a
/// list 4 bytes and its items; a struct its fields; a dictionary's key what its value takes. What lies in the buffers behind a null does not count.
#[derive(Debug)]
pub struct Sizes(Total);

#[derive(Debug)]
enum Total {
    /// Every row takes this.
    Fixed(u64),
    /// A row takes [`LENGTH`] and the items that its offsets span.
    Offsets(Offsets, Box<Total>),
    /// A row takes this many items.
    Repeat(usize, Box<Total>),
    Sum(Vec<Total>),
    /// The totals themselves: of 0 rows, of 1 row, ...
    Table(Vec<u64>),
}

#[derive(Debug)]
enum Offsets {
    Small(OffsetBuffer<i32>),
    Large(OffsetBuffer<i64>),
}

impl Offsets {
    #[inline]
    fn at(&self, row: usize) -> usize {
        match self {
            Offsets::Small(offsets) => offsets[row].as_usize(),
            Offsets::Large(offsets) => offsets[row].as_usize(),
        }
    }

    fn are_empty_at(&self, nulls: &NullBuffer) -> bool {
        fn are_empty<O: PartialEq>(offsets: &[O], nulls: &NullBuffer) -> bool {
            offsets.windows(2).zip(nulls).all(|(span, is_valid)| is_valid || span[0] == span[1])
        }
        match self {
            Offsets::Small(offsets) => are_empty(offsets, nulls),
            Offsets::Large(offsets) => are_empty(offsets, nulls),
        }
    }
}

impl Sizes {
    pub fn of(batch: &RecordBatch) -> Result<Sizes> {
        let schema = batch.schema_ref();
        let columns = schema.fields().iter().zip(batch.columns());
        let totals =
            columns.map(|(field, array)| total_of(array).map_err(|error| error.in_column(field.name())));
        Ok(Sizes(sum(totals.collect::<Result<_>>()?)))
    }

    /// The bytes of the first `rows` rows.
    pub fn total(&self, rows: usize) -> u64 {
        self.0.at(rows)
    }

    /// The most rows from `start`, below `end`, that take no more than `budget` bytes together.
    pub fn rows_within(&self, start: usize, end: usize, budget: u64) -> usize {
        let before = self.total(start);
        let (mut fits, mut excess) = (start, end + 1);
        while excess - fits > 1 {
            let middle = fits + (excess - fits) / 2;
            if self.total(middle) - before <= budget { fits = middle } else { excess = middle }
        }
        fits - start
    }
}

impl Total {
    fn at(&self, rows: usize) -> u64 {
        match self {
            Total::Fixed(width) => width * rows as u64,
            Total::Offsets(offsets, items) => {
                LENGTH * rows as u64 + items.at(offsets.at(rows)) - items.at(offsets.at(0))
            }
            Total::Repeat(times, items) => items.at(times * rows),
            Total::Sum(parts) => parts.iter().map(|part| part.at(rows)).sum(),
            Total::Table(totals) => totals[rows],
        }
    }

    fn of_row(&self, row: usize) -> u64 {
        self.at(row + 1) - self.at(row)
    }

    /// Whether null rows take `null` already: most have nothing behind them.
    fn counts_nulls_as(&self, null: u64, nulls: &NullBuffer) -> bool {
        match self {
            Total::Fixed(_) => true,
            Total::Offsets(offsets, _) => null == LENGTH && offsets.are_empty_at(nulls),
            _ => false,
        }
    }

    /// The totals where null rows take `null` instead of what their buffers span.
    fn masked(self, rows: usize, nulls: Option<&NullBuffer>, null: u64) -> Total {
        match nulls.filter(|nulls| nulls.null_count() > 0) {
            Some(nulls) if !self.counts_nulls_as(null, nulls) => {
                let mut before = self.at(0);
                table(rows, |row| {
                    let end = self.at(row + 1);
                    let bytes = end - std::mem::replace(&mut before, end);
                    if nulls.is_null(row) { null } else { bytes }
                })
            }
            _ => self,
        }
    }
}

fn table(rows: usize, mut size: impl FnMut(usize) -> u64) -> Total {
    let mut totals = Vec::with_capacity(rows + 1);
    let mut total = 0;
    totals.push(total);
    for row in 0..rows {
        total += size(row);
        totals.push(total);
    }
    Total::Table(totals)
}

fn sum(parts: Vec<Total>) -> Total {
    let fixed = |part: &Total| if let Total::Fixed(width) = part { Some(*width) } else { None };
    let width = parts.iter().filter_map(fixed).sum();
    let mut rest: Vec<Total> = parts.into_iter().filter(|part| fixed(part).is_none()).collect();
    if rest.is_empty() {
        return Total::Fixed(width);
    }
    rest.push(Total::Fixed(width));
    Total::Sum(rest)
}

fn total_of(array: &ArrayRef) -> Result<Total> {
    let (rows, nulls) = (array.len(), array.nulls());
    let bytes = || Box::new(Total::Fixed(1));
    let total = match array.data_type() {
        DataType::Null | DataType::Boolean => Total::Fixed(1),
        DataType::FixedSizeBinary(width) => Total::Fixed(*width as u64),
        DataType::Utf8 => Total::Offsets(Offsets::Small(array.as_string::<i32>().offsets().clone()), bytes()),
        DataType::LargeUtf8 => {
            Total::Offsets(Offsets::Large(array.as_string::<i64>().offsets().clone()), bytes())
        }
        DataType::Binary => {
            Total::Offsets(Offsets::Small(array.as_binary::<i32>().offsets().clone()), bytes())
        }
        DataType::LargeBinary => {
            Total::Offsets(Offsets::Large(array.as_binary::<i64>().offsets().clone()), bytes())
        }
        DataType::Utf8View => views(array.as_string_view().views()),
        DataType::BinaryView => views(array.as_binary_view().views()),
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            Total::Offsets(Offsets::Small(list.offsets().clone()), Box::new(total_of(list.values())?))
        }
        DataType::LargeList(_) => {
            let list = array.as_list::<i64>();
            Total::Offsets(Offsets::Large(list.offsets().clone()), Box::new(total_of(list.values())?))
        }
        DataType::Map(_, _) => {
            let map = array.as_map();
            Total::Offsets(Offsets::Small(map.offsets().clone()), Box::new(fields(map.entries())?))
        }
        DataType::FixedSizeList(_, length) => match total_of(array.as_fixed_size_list().values())? {
            Total::Fixed(width) => Total::Fixed(width * *length as u64),
            items => Total::Repeat(*length as usize, Box::new(items)),
        },
        DataType::Struct(_) => {
            let fields = fields(array.as_struct())?;
            return Ok(fields.masked(rows, nulls, 1));
        }
        DataType::Dictionary(_, _) => dictionary(array)?,
        DataType::Union(_, _) => union(array.as_union())?,
        other => match other.primitive_width() {
            Some(width) => Total::Fixed(width as u64),
            None => return Err(unmeasured(other)),
        },
    };
    Ok(total.masked(rows, nulls, LENGTH))
}

fn fields(array: &StructArray) -> Result<Total> {
    Ok(sum(array.columns().iter().map(total_of).collect::<Result<Vec<_>>>()?))
}

/// The first 32 bits of a view are the length of its value.
fn views(views: &[u128]) -> Total {
    table(views.len(), |row| LENGTH + (views[row] as u32) as u64)
}

fn dictionary(array: &ArrayRef) -> Result<Total> {
    let dictionary = array.as_any_dictionary();
    let values = total_of(dictionary.values())?;
    if let Total::Fixed(width) = values {
        return Ok(Total::Fixed(width));
    }
    let places = pick::places(dictionary);
    Ok(table(array.len(), |row| if array.is_null(row) { LENGTH } else { values.of_row(places[row]) }))
}

/// A value of a union takes a byte for its type beside itself.
fn union(array: &UnionArray) -> Result<Total> {
    let mut children = Vec::new();
    if let DataType::Union(types, _) = array.data_type() {
        for (id, _) in types.iter() {
            children.push((id, total_of(array.child(id))?));
        }
    }
    Ok(table(array.len(), |row| {
        let id = array.type_id(row);
        let child = children.iter().find(|(other, _)| *other == id);
        1 + child.map_or(0, |(_, child)| child.of_row(array.value_offset(row)))
    }))
}

fn unmeasured(data_type: &DataType) -> Error {
    Error::new(Code::SourceUnsupported, format!("columns of Arrow's type {data_type} cannot be read"))
}
