//! Where the values of a nested column's leaves are: the definition and repetition levels of Dremel.
//!
//! <https://parquet.apache.org/docs/file-format/nestedencoding/>

use arrow::array::{Array, AsArray, OffsetSizeTrait};
use arrow::datatypes::{DataType, Field};

use crate::error::{Code, Error, Result};

/// A place in a leaf column: a value, or the reason that there is none.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    pub definition: u16,
    pub repetition: u16,
    /// The index in the array of the current depth.
    at: u32,
}

/// There is nothing deeper: a null or an empty list is above.
const NOTHING: u32 = u32::MAX;

impl Slot {
    /// The index of the value in the array of the leaf.
    pub fn value(&self) -> Option<u32> {
        (self.at != NOTHING).then_some(self.at)
    }
}

/// Called with each leaf below a column, in the order of the schema.
pub type EachLeaf<'a> = &'a mut dyn FnMut(&dyn Array, &[Slot]) -> Result<()>;

pub fn each_leaf(field: &Field, array: &dyn Array, leaf: EachLeaf) -> Result<()> {
    if array.len() >= NOTHING as usize {
        return Err(too_many());
    }
    let slot = |at| Slot { definition: 0, repetition: 0, at };
    descend(field, array, (0..array.len() as u32).map(slot).collect(), 0, leaf)
}

/// `lists` is how many lists are above.
fn descend(field: &Field, array: &dyn Array, slots: Vec<Slot>, lists: u16, leaf: EachLeaf) -> Result<()> {
    use DataType::*;
    let slots = without_nulls(field, array, slots)?;
    match (field.data_type(), array.data_type()) {
        (Struct(fields), Struct(_)) => {
            for (child, column) in fields.iter().zip(array.as_struct().columns()) {
                descend(child, column, slots.clone(), lists, leaf)?;
            }
            Ok(())
        }
        (List(item), List(_)) => {
            let list = array.as_list::<i32>();
            let slots = items(&slots, lists + 1, |at| between(list.value_offsets(), at))?;
            descend(item, list.values(), slots, lists + 1, leaf)
        }
        (LargeList(item), LargeList(_)) => {
            let list = array.as_list::<i64>();
            let slots = items(&slots, lists + 1, |at| between(list.value_offsets(), at))?;
            descend(item, list.values(), slots, lists + 1, leaf)
        }
        (FixedSizeList(item, length), FixedSizeList(..)) => {
            let (list, length) = (array.as_fixed_size_list(), *length as usize);
            let slots = items(&slots, lists + 1, |at| (at * length, length))?;
            descend(item, list.values(), slots, lists + 1, leaf)
        }
        (Map(entries, _), Map(..)) => {
            let map = array.as_map();
            let slots = items(&slots, lists + 1, |at| between(map.value_offsets(), at))?;
            descend(entries, map.entries(), slots, lists + 1, leaf)
        }
        _ => leaf(array, &slots),
    }
}

/// The slots of what is below: nothing where there is a null.
fn without_nulls(field: &Field, array: &dyn Array, mut slots: Vec<Slot>) -> Result<Vec<Slot>> {
    let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0);
    for slot in slots.iter_mut().filter(|slot| slot.at != NOTHING) {
        if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(slot.at as usize)) {
            slot.definition += u16::from(field.is_nullable());
        } else if field.is_nullable() {
            slot.at = NOTHING;
        } else {
            return Err(null_in_required());
        }
    }
    Ok(slots)
}

/// The slots of a list's items.
fn items(slots: &[Slot], lists: u16, range: impl Fn(usize) -> (usize, usize)) -> Result<Vec<Slot>> {
    let mut items = Vec::with_capacity(slots.len());
    for slot in slots {
        let (start, length) = if slot.at == NOTHING { (0, 0) } else { range(slot.at as usize) };
        if length == 0 {
            items.push(Slot { at: NOTHING, ..*slot });
            continue;
        }
        if start + length >= NOTHING as usize {
            return Err(too_many());
        }
        let definition = slot.definition + 1;
        items.push(Slot { definition, repetition: slot.repetition, at: start as u32 });
        let others = start as u32 + 1..(start + length) as u32;
        items.extend(others.map(|at| Slot { definition, repetition: lists, at }));
    }
    Ok(items)
}

fn between<O: OffsetSizeTrait>(offsets: &[O], at: usize) -> (usize, usize) {
    let start = offsets[at].as_usize();
    (start, offsets[at + 1].as_usize() - start)
}

pub fn null_in_required() -> Error {
    Error::new(Code::FormatUnsupported, "there is a null where the column's type says there is none")
}

fn too_many() -> Error {
    Error::new(Code::LimitExceeded, "lists of one block of rows have more items than can be counted")
}
