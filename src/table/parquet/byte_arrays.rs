//! BYTE_ARRAY: values of any length.

use std::sync::Arc;

use bytes::Bytes;

use super::delta::Delta;
use super::flaw::{Decoded, Flaw};
use super::hybrid::{Found, Indexes};

const CUT: Flaw = Flaw::Corrupt("a page ends within a value");
/// Bytes that are copied at once.
const BLOCK: usize = 16;
/// Values whose places are found before they are copied.
const VALUES: usize = 256;

/// Where a value begins and ends.
type Span = (u32, u32);

/// Values as Arrow holds them, with `room` for so many bytes.
#[derive(Debug)]
pub struct ByteArrays {
    pub offsets: Vec<i32>,
    pub data: Vec<u8>,
    pub room: usize,
}

impl ByteArrays {
    pub fn new(room: usize) -> Self {
        // 32 bits count the bytes.
        ByteArrays { offsets: vec![0], data: Vec::new(), room: room.min(i32::MAX as usize) }
    }

    fn push(&mut self, prefix: &[u8], rest: &[u8]) -> Decoded<()> {
        self.check(prefix.len() + rest.len())?;
        self.data.extend_from_slice(prefix);
        self.data.extend_from_slice(rest);
        self.offsets.push(self.data.len() as i32);
        Ok(())
    }

    fn check(&self, added: usize) -> Decoded<()> {
        if added > self.room - self.data.len() { Err(Flaw::NoRoom) } else { Ok(()) }
    }

    /// Appends the values that are these parts of `from`.
    fn extend(&mut self, from: &[u8], spans: impl Iterator<Item = Span> + Clone) -> Decoded<()> {
        let total = spans.clone().map(|(start, end)| (end - start) as usize).fold(0, usize::saturating_add);
        self.check(total)?;
        let mut at = self.data.len();
        // Most values are short, and to copy a fixed number of bytes takes no call: what is too much is overwritten.
        self.data.resize(at + total + BLOCK, 0);
        let data = &mut self.data;
        self.offsets.extend(spans.map(|(start, end)| {
            let (start, length) = (start as usize, (end - start) as usize);
            match from.get(start..start + BLOCK) {
                Some(block) if length <= BLOCK => data[at..at + BLOCK].copy_from_slice(block),
                _ => data[at..at + length].copy_from_slice(&from[start..start + length]),
            }
            at += length;
            at as i32
        }));
        self.data.truncate(at);
        Ok(())
    }
}

/// The values of a dictionary page, where they are in it.
#[derive(Debug)]
pub struct ByteDictionary {
    bytes: Bytes,
    spans: Vec<Span>,
}

impl ByteDictionary {
    pub fn new(bytes: Bytes, count: usize) -> Decoded<Self> {
        // Each takes 4 bytes at least.
        let mut spans = Vec::with_capacity(count.min(bytes.len() / 4));
        let mut at = 0;
        for _ in 0..count {
            let value = plain(&bytes, &mut at)?;
            spans.push(((at - value.len()) as u32, at as u32));
        }
        Ok(ByteDictionary { bytes, spans })
    }

    pub fn size(&self) -> usize {
        self.bytes.len() + self.spans.len() * 8
    }
}

/// The value at `at`, which moves behind it: its length, as a number of 4 bytes, and itself.
fn plain<'a>(bytes: &'a [u8], at: &mut usize) -> Decoded<&'a [u8]> {
    let (length, rest) = bytes.get(*at..).and_then(<[u8]>::split_first_chunk).ok_or(CUT)?;
    let value = rest.get(..u32::from_le_bytes(*length) as usize).ok_or(CUT)?;
    *at += 4 + value.len();
    Ok(value)
}

/// The values of a page.
#[derive(Debug, Clone)]
pub enum ByteValues {
    Plain { bytes: Bytes, at: usize },
    Dictionary(Indexes, Arc<ByteDictionary>),
    DeltaLength(Suffixes),
    Delta { prefixes: Delta, suffixes: Suffixes, last: Vec<u8> },
}

impl ByteValues {
    pub fn delta_length(bytes: Bytes) -> Decoded<Self> {
        Suffixes::new(bytes).map(ByteValues::DeltaLength)
    }

    pub fn delta(bytes: Bytes) -> Decoded<Self> {
        let prefixes = Delta::new(bytes)?;
        let suffixes = Suffixes::new(prefixes.rest()?)?;
        Ok(ByteValues::Delta { prefixes, suffixes, last: Vec::new() })
    }

    pub fn read(&mut self, count: usize, out: &mut ByteArrays) -> Decoded<()> {
        match self {
            ByteValues::Plain { bytes, at } => {
                let mut left = count;
                while left > 0 {
                    let mut spans = [(0, 0); VALUES];
                    let some = &mut spans[..left.min(VALUES)];
                    for span in some.iter_mut() {
                        let value = plain(bytes, at)?;
                        *span = ((*at - value.len()) as u32, *at as u32);
                    }
                    left -= some.len();
                    out.extend(bytes, some.iter().copied())?;
                }
                Ok(())
            }
            ByteValues::Dictionary(indexes, dictionary) => {
                let ByteDictionary { bytes, spans } = dictionary.as_ref();
                indexes.each(count, spans.len(), |found| match found {
                    Found::Repeated { index, count } => {
                        out.extend(bytes, std::iter::repeat_n(spans[index], count))
                    }
                    Found::Each(some) => out.extend(bytes, some.iter().map(|index| spans[*index as usize])),
                })
            }
            ByteValues::DeltaLength(suffixes) => suffixes.each(count, |suffix| out.push(&[], suffix)),
            ByteValues::Delta { prefixes, suffixes, last } => {
                with_prefixes(prefixes, suffixes, last, count, out)
            }
        }
    }
}

fn with_prefixes(
    prefixes: &mut Delta,
    suffixes: &mut Suffixes,
    last: &mut Vec<u8>,
    count: usize,
    out: &mut ByteArrays,
) -> Decoded<()> {
    let mut lengths = Vec::new();
    prefixes.each(count, |some| {
        lengths.extend_from_slice(some);
        Ok(())
    })?;
    let mut lengths = lengths.into_iter();
    suffixes.each(count, |suffix| {
        let length = lengths.next().and_then(|length| usize::try_from(length).ok());
        let prefix = length.and_then(|length| last.get(..length));
        let prefix =
            prefix.ok_or(Flaw::Corrupt("a value begins with more of the one before than that has"))?;
        out.push(prefix, suffix)?;
        let length = prefix.len();
        last.truncate(length);
        last.extend_from_slice(suffix);
        Ok(())
    })
}

/// DELTA_LENGTH_BYTE_ARRAY: all lengths, and then all bytes.
#[derive(Debug, Clone)]
pub struct Suffixes {
    lengths: Delta,
    bytes: Bytes,
    at: usize,
}

impl Suffixes {
    fn new(bytes: Bytes) -> Decoded<Self> {
        let lengths = Delta::new(bytes)?;
        Ok(Suffixes { bytes: lengths.rest()?, lengths, at: 0 })
    }

    fn each(&mut self, count: usize, mut take: impl FnMut(&[u8]) -> Decoded<()>) -> Decoded<()> {
        let Suffixes { lengths, bytes, at } = self;
        lengths.each(count, |some| {
            some.iter().try_for_each(|length| {
                let length = usize::try_from(*length).map_err(|_| CUT)?;
                let value = bytes[*at..].get(..length).ok_or(CUT)?;
                *at += length;
                take(value)
            })
        })
    }
}
