//! The footer of a file: its schema, and the blocks in which its dictionaries and batches lie.

use std::collections::BinaryHeap;
use std::ops::Range;

use super::flatbuffer::{Broken, Table};
use super::{corrupt, messages};
use crate::error::Result;

/// The length of the footer, and the magic.
const END: u64 = 10;
/// The magic and its padding, in front of the first block.
const START: u64 = 8;

/// What is known of a file's footer before it is read: where it is.
///
/// `end` are the last bytes of a file of `size` bytes.
pub fn place(end: &[u8], size: u64) -> Result<Range<u64>> {
    let Some((length, magic)) = end.last_chunk().map(|end: &[u8; END as usize]| end.split_at(4)) else {
        return Err(messages::truncated());
    };
    if magic != messages::MAGIC {
        return Err(messages::truncated());
    }
    let length = length.iter().rev().fold(0, |length, byte| length << 8 | u64::from(*byte));
    let start = (size - END).checked_sub(length).filter(|start| *start >= START);
    start
        .map(|start| start..size - END)
        .ok_or_else(|| corrupt("its footer is said to be longer than the file"))
}

/// What a footer says.
pub struct Footer<'a> {
    pub schema: Table<'a>,
    dictionaries: &'a [Block],
    batches: &'a [Block],
}

/// The place of a message, the length of its metadata, and that of its body, as numbers of 64, 32 and 64 bits.
type Block = [u8; 24];

/// The footer itself.
pub fn read(bytes: &[u8]) -> Result<Footer<'_>> {
    let footer = || {
        let footer = Table::root(bytes)?;
        let schema = footer.table(1)?.ok_or(Broken)?;
        Ok(Footer { schema, dictionaries: footer.list(2)?, batches: footer.list(3)? })
    };
    footer().map_err(|_: Broken| corrupt("its footer cannot be read"))
}

/// Where one message lies.
#[derive(Debug, Clone)]
pub struct Place {
    pub range: Range<u64>,
    /// Bytes of the metadata, with what comes in front of it; the body is behind.
    pub metadata: usize,
}

/// The places of a footer that begins at `end`, of dictionaries first.
#[derive(Debug)]
pub struct Places {
    pub dictionaries: Vec<Place>,
    pub batches: Vec<Place>,
}

impl Places {
    /// Fails where two blocks overlap, or one is not within the file.
    pub fn of(footer: &Footer, end: u64) -> Result<Places> {
        let dictionaries = footer.dictionaries.iter().map(|block| place_of(block, end));
        let batches = footer.batches.iter().map(|block| place_of(block, end));
        let places = Places {
            dictionaries: dictionaries.collect::<Result<_>>()?,
            batches: batches.collect::<Result<_>>()?,
        };
        let all = places.dictionaries.iter().chain(&places.batches);
        let ranges: BinaryHeap<_> = all.map(|place| (place.range.start, place.range.end)).collect();
        if ranges.into_sorted_vec().windows(2).any(|pair| pair[0].1 > pair[1].0) {
            return Err(corrupt("two of its blocks overlap"));
        }
        Ok(places)
    }
}

fn place_of(block: &Block, end: u64) -> Result<Place> {
    let place = || {
        let start = u64::try_from(i64::from_le_bytes(*block.first_chunk()?)).ok();
        let start = start.filter(|start| *start >= START)?;
        let metadata = u64::try_from(i32::from_le_bytes(*block[8..].first_chunk()?)).ok()?;
        let body = start.checked_add(metadata)?;
        let length = i64::from_le_bytes(*block.last_chunk()?);
        let range = start..body.checked_add(u64::try_from(length).ok()?)?;
        (range.end <= end).then_some(Place { range, metadata: metadata as usize })
    };
    place().ok_or_else(|| corrupt("a block is said to be where the file has none"))
}
