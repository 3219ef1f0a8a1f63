//! Lists, maps and structs from the levels of their columns, as Dremel stripes them.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, FixedSizeListArray, GenericListArray, MapArray, OffsetSizeTrait, StructArray,
};
use arrow::buffer::{BooleanBuffer, NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, FieldRef, Fields};

use super::column::LevelPairs;
use super::flaw::{Decoded, Flaw};
use super::schema::{Kind, Node};
use crate::table::pick::pick;

const DISAGREE: Flaw = Flaw::Corrupt("the levels of a nested column do not agree with one another");

/// A column's array, and its levels.
pub type Read = (ArrayRef, LevelPairs);

/// What a field is within: the innermost list's repetition level, and the definition level of its items.
#[derive(Clone, Copy)]
struct Slots {
    repetition: u8,
    level: u8,
    /// Items that lists of one length may have.
    room: usize,
}

/// The array of a field, made of those of its columns, which come in the order of the file; for the items of lists of
/// one length that are null there is room for so many.
pub fn assemble(node: &Node, room: usize, columns: &mut impl Iterator<Item = Read>) -> Decoded<ArrayRef> {
    Ok(field(node, Slots { repetition: 0, level: 0, room }, columns)?.0)
}

/// With the levels of the first of its columns: they tell where its structs and lists are.
fn field(node: &Node, slots: Slots, columns: &mut impl Iterator<Item = Read>) -> Decoded<Read> {
    match &node.kind {
        Kind::Leaf(_) => columns.next().ok_or(DISAGREE),
        Kind::Struct(children) => {
            let mut read =
                children.iter().map(|child| field(child, slots, columns)).collect::<Decoded<Vec<_>>>()?;
            let levels = read.first_mut().map(|(_, levels)| std::mem::take(levels)).unwrap_or_default();
            let arrays = read.into_iter().map(|(array, _)| array).collect();
            let DataType::Struct(fields) = node.field.data_type() else { return Err(DISAGREE) };
            let array = structs(fields, arrays, struct_nulls(node, slots, &levels))?;
            Ok((Arc::new(array), levels))
        }
        Kind::List { item, repetition } => {
            let inner = Slots { repetition: *repetition, level: node.level + 1, room: slots.room };
            let (items, levels) = field(item, inner, columns)?;
            let lists = Lists::of(node.level, *repetition, slots, &levels)?;
            Ok((list(node.field.data_type(), lists, items, slots.room)?, levels))
        }
    }
}

fn structs(fields: &Fields, arrays: Vec<ArrayRef>, nulls: Option<NullBuffer>) -> Decoded<StructArray> {
    StructArray::try_new(fields.clone(), arrays, nulls).map_err(|_| DISAGREE)
}

fn struct_nulls(node: &Node, slots: Slots, levels: &LevelPairs) -> Option<NullBuffer> {
    let valid = |(index, definition): (usize, &u8)| {
        let is_slot = levels.repetition.get(index).is_none_or(|level| *level <= slots.repetition);
        (is_slot && *definition >= slots.level).then_some(*definition >= node.level)
    };
    let valid = levels.definition.iter().enumerate().filter_map(valid);
    Some(NullBuffer::new(BooleanBuffer::from_iter(valid))).filter(|nulls| nulls.null_count() > 0)
}

/// Where lists begin and end among their items.
struct Lists {
    lengths: Vec<usize>,
    nulls: Option<NullBuffer>,
}

impl Lists {
    /// Lists that are not null from `level` on, with items at `repetition`.
    fn of(level: u8, repetition: u8, slots: Slots, levels: &LevelPairs) -> Decoded<Lists> {
        let (mut lengths, mut valid) = (Vec::new(), Vec::new());
        // The definition level that the last list began with.
        let mut began = 0;
        for (definition, repeated) in levels.definition.iter().zip(&levels.repetition) {
            if *repeated > repetition {
                continue;
            }
            if *repeated < repetition {
                began = *definition;
                if began >= slots.level {
                    lengths.push(usize::from(began > level));
                    valid.push(began >= level);
                }
            } else if began > level && *definition > level {
                *lengths.last_mut().ok_or(DISAGREE)? += 1;
            } else if began != *definition || began >= level {
                // DuckDB writes a null array once for each of its items.
                return Err(DISAGREE);
            }
        }
        let nulls = Some(NullBuffer::from(valid)).filter(|nulls| nulls.null_count() > 0);
        Ok(Lists { lengths, nulls })
    }
}

fn list(data_type: &DataType, lists: Lists, items: ArrayRef, room: usize) -> Decoded<ArrayRef> {
    if items.len() != lists.lengths.iter().sum::<usize>() {
        return Err(DISAGREE);
    }
    match data_type {
        DataType::List(item) => of_offsets::<i32>(item, lists, items),
        DataType::LargeList(item) => of_offsets::<i64>(item, lists, items),
        DataType::FixedSizeList(item, length) => of_one_length(item, *length as usize, lists, items, room),
        DataType::Map(entries, is_sorted) => {
            let entries_of = items.as_struct_opt().ok_or(DISAGREE)?.clone();
            let offsets = offsets(&lists)?;
            let map = MapArray::try_new(entries.clone(), offsets, entries_of, lists.nulls, *is_sorted);
            map.map(|map| Arc::new(map) as ArrayRef).map_err(|_| DISAGREE)
        }
        _ => Err(DISAGREE),
    }
}

fn offsets<O: OffsetSizeTrait>(lists: &Lists) -> Decoded<OffsetBuffer<O>> {
    let total: usize = lists.lengths.iter().sum();
    if O::from_usize(total).is_none() {
        return Err(Flaw::NoRoom);
    }
    Ok(OffsetBuffer::from_lengths(lists.lengths.iter().copied()))
}

fn of_offsets<O: OffsetSizeTrait>(item: &FieldRef, lists: Lists, items: ArrayRef) -> Decoded<ArrayRef> {
    let array = GenericListArray::<O>::try_new(item.clone(), offsets(&lists)?, items, lists.nulls);
    array.map(|array| Arc::new(array) as ArrayRef).map_err(|_| DISAGREE)
}

/// Lists that all have so many items; where one is null, its items are too.
fn of_one_length(
    item: &FieldRef,
    length: usize,
    lists: Lists,
    mut items: ArrayRef,
    room: usize,
) -> Decoded<ArrayRef> {
    let count = lists.lengths.len();
    let is_valid = |list: usize| lists.nulls.as_ref().is_none_or(|nulls| nulls.is_valid(list));
    if (0..count).any(|list| is_valid(list) && lists.lengths[list] != length) {
        return Err(Flaw::Corrupt("a list has another length than its type says"));
    }
    if lists.nulls.is_some() {
        if count.checked_mul(length).is_none_or(|items| items > room) {
            return Err(Flaw::NoRoom);
        }
        let mut next = 0..items.len();
        let places = (0..count).flat_map(|list| std::iter::repeat_n(is_valid(list), length));
        let places: Vec<_> = places.map(|is_valid| if is_valid { next.next() } else { None }).collect();
        items = pick(&items, &places).map_err(|_| DISAGREE)?;
    }
    let array =
        FixedSizeListArray::try_new_with_length(item.clone(), length as i32, items, lists.nulls, count);
    array.map(|array| Arc::new(array) as ArrayRef).map_err(|_| DISAGREE)
}
