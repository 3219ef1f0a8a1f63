//! The values of a column's open page, by physical type.

use std::ops::Range;

use super::bounds::Bounds;
use super::bytes::ByteValues;
use super::flags::Flags;
use super::leaf::Values;
use super::metadata::Encoding;
use super::order::Order;
use super::schema::{Leaf, Physical};
use super::settings::ColumnSettings;
use super::words::WordValues;
use crate::plan::Statistics;

pub enum ColumnValues {
    Flags(Flags),
    Words32(WordValues<i32>),
    Words64(WordValues<i64>),
    Bytes(ByteValues),
}

/// The open page of a column, and what is kept of the pages before it in its chunk.
pub trait OpenPage {
    /// Gives back its memory.
    fn start_chunk(&mut self) {}

    /// About what the page takes.
    fn page_bytes(&self) -> usize;

    /// Bytes held.
    fn memory(&self) -> usize;

    /// Those of buffers that double when they are full.
    fn doubling_memory(&self) -> usize {
        0
    }

    fn dictionary_is_full(&self) -> bool {
        false
    }

    /// Appends the values of the dictionary, which is no more, and says how many they are.
    fn dictionary_page(&mut self, _out: &mut Vec<u8>) -> Option<usize> {
        None
    }

    /// Whether values are in the dictionary of a chunk and it has not been judged yet; and if so, what they would
    /// take without it.
    fn unjudged_bytes(&self) -> Option<usize> {
        None
    }

    /// Gives up the dictionary where the values so far say so. `at_end` where there are no others.
    fn judge_dictionary(&mut self, _at_end: bool, _trial: &mut Vec<u8>) {}

    /// Appends the values of the page.
    fn end_page(&mut self, out: &mut Vec<u8>) -> Encoding;

    fn clear_page(&mut self);

    /// The least and the greatest value of the page.
    fn bounds(&mut self) -> Option<Bounds>;
}

impl ColumnValues {
    pub fn new(leaf: &Leaf, settings: &ColumnSettings) -> Self {
        match leaf.physical {
            Physical::Boolean => ColumnValues::Flags(Flags::new()),
            Physical::Int32 | Physical::Float => {
                ColumnValues::Words32(WordValues::new(leaf.order, settings.dictionary))
            }
            Physical::Int64 | Physical::Double => {
                ColumnValues::Words64(WordValues::new(leaf.order, settings.dictionary))
            }
            Physical::ByteArray | Physical::FixedLenByteArray => {
                let order = if settings.statistics == Statistics::None { Order::None } else { leaf.order };
                let has_lengths = leaf.physical == Physical::ByteArray;
                ColumnValues::Bytes(ByteValues::new(order, has_lengths, settings.dictionary))
            }
        }
    }

    /// Those of `values` in `range`.
    pub fn push(&mut self, values: &Values, range: Range<usize>) {
        match (self, values) {
            (ColumnValues::Flags(flags), Values::Flags(all)) => {
                flags.push(&all.slice(range.start, range.len()));
            }
            (ColumnValues::Words32(words), Values::Words32(all)) => words.push(&all[range]),
            (ColumnValues::Words64(words), Values::Words64(all)) => words.push(&all[range]),
            (ColumnValues::Bytes(bytes), Values::Bytes(all)) => bytes.push(all[range].iter().copied()),
            (ColumnValues::Bytes(bytes), Values::Fixed(width, all)) => {
                bytes.push(all[range.start * width..range.end * width].chunks(*width));
            }
            // There are none: the column is of the type null.
            _ => {}
        }
    }

    pub fn open_page_mut(&mut self) -> &mut dyn OpenPage {
        match self {
            ColumnValues::Flags(flags) => flags,
            ColumnValues::Words32(words) => words,
            ColumnValues::Words64(words) => words,
            ColumnValues::Bytes(bytes) => bytes,
        }
    }

    pub fn open_page(&self) -> &dyn OpenPage {
        match self {
            ColumnValues::Flags(flags) => flags,
            ColumnValues::Words32(words) => words,
            ColumnValues::Words64(words) => words,
            ColumnValues::Bytes(bytes) => bytes,
        }
    }
}
