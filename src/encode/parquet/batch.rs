//! Rows of a leaf column on their way into pages.

use std::ops::Range;

use arrow::buffer::NullBuffer;
use arrow::datatypes::ToByteSlice;

use super::leaf::Values;
use super::levels::Slot;
use super::page_levels::PageLevels;
use super::schema::Physical;

/// The same rows as slots and as values.
pub struct LeafBatch<'a> {
    pub rows: usize,
    pub levels: Levels<'a>,
    pub values: Values<'a>,
}

pub enum Levels<'a> {
    /// Each row is a value or a null.
    Flat(Option<NullBuffer>),
    Nested(&'a [Slot]),
}

/// A place between rows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place {
    pub row: usize,
    slot: usize,
    pub value: usize,
}

impl LeafBatch<'_> {
    /// The place so many rows on.
    pub fn after(&self, from: Place, rows: usize) -> Place {
        let row = from.row + rows;
        match &self.levels {
            Levels::Flat(None) => Place { row, slot: row, value: row },
            Levels::Flat(Some(nulls)) => {
                let nulls = nulls.slice(from.slot, rows);
                Place { row, slot: row, value: from.value + rows - nulls.null_count() }
            }
            Levels::Nested(slots) => {
                let rest = &slots[from.slot..];
                let mut starts = rest.iter().enumerate().filter(|(_, slot)| slot.repetition == 0);
                let taken = starts.nth(rows).map_or(rest.len(), |(at, _)| at);
                let values = rest[..taken].iter().filter(|slot| slot.value().is_some()).count();
                Place { row, slot: from.slot + taken, value: from.value + values }
            }
        }
    }

    pub fn push_levels(&self, from: Place, to: Place, levels: &mut PageLevels) {
        let rows = to.row - from.row;
        match &self.levels {
            Levels::Flat(nulls) => {
                levels.push_flat(rows, nulls.as_ref().map(|nulls| nulls.slice(from.row, rows)));
            }
            Levels::Nested(slots) => levels.push_nested(&slots[from.slot..to.slot]),
        }
    }

    /// What the values between two places take, plainly encoded.
    pub fn bytes(&self, from: Place, to: Place, physical: Physical) -> usize {
        let count = to.value - from.value;
        match &self.values {
            Values::None => 0,
            Values::Flags(_) => count / 8,
            Values::Words32(_) => count * 4,
            Values::Words64(_) => count * 8,
            Values::Fixed(width, _) => count * width,
            Values::Bytes(all) => {
                let lengths = if physical == Physical::ByteArray { 4 * count } else { 0 };
                all[from.value..to.value].iter().map(|value| value.len()).sum::<usize>() + lengths
            }
        }
    }

    /// Each value between two places, as bytes without a length.
    pub fn each_value(&self, from: Place, to: Place, mut each: impl FnMut(&[u8])) {
        let range: Range<usize> = from.value..to.value;
        match &self.values {
            Values::None | Values::Flags(_) => {}
            Values::Words32(all) => all[range].iter().for_each(|value| each(value.to_byte_slice())),
            Values::Words64(all) => all[range].iter().for_each(|value| each(value.to_byte_slice())),
            Values::Fixed(width, all) => {
                all[range.start * width..range.end * width].chunks(*width).for_each(each);
            }
            Values::Bytes(all) => all[range].iter().for_each(|value| each(value)),
        }
    }
}
