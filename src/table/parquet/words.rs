//! Values of 4 and of 8 bytes: INT32 and FLOAT, INT64 and DOUBLE, all of them as the bits they are.

use std::ops::BitOr;
use std::sync::Arc;

use bytes::Bytes;

use super::delta::Delta;
use super::flaw::{Decoded, Flaw};
use super::hybrid::{Found, Indexes};

pub trait Word: Copy + Default + BitOr<Output = Self> {
    const SIZE: usize;

    /// From [`Self::SIZE`] bytes.
    fn from_le(bytes: &[u8]) -> Self;

    fn from_low_bits(bits: u64) -> Self;
}

impl Word for u32 {
    const SIZE: usize = 4;

    fn from_le(bytes: &[u8]) -> u32 {
        bytes.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
    }

    fn from_low_bits(bits: u64) -> u32 {
        bits as u32
    }
}

impl Word for u64 {
    const SIZE: usize = 8;

    fn from_le(bytes: &[u8]) -> u64 {
        bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }

    fn from_low_bits(bits: u64) -> u64 {
        bits
    }
}

/// The values of a page.
#[derive(Debug, Clone)]
pub enum Words<T> {
    Plain(Bytes),
    Dictionary(Indexes, Arc<Vec<T>>),
    Delta(Delta),
    Split(Split),
}

impl<T: Word> Words<T> {
    pub fn read(&mut self, count: usize, out: &mut Vec<T>) -> Decoded<()> {
        match self {
            Words::Plain(bytes) => {
                out.extend(cut(bytes, count, T::SIZE)?.chunks_exact(T::SIZE).map(T::from_le))
            }
            Words::Dictionary(indexes, dictionary) => indexes.each(count, dictionary.len(), |found| {
                match found {
                    Found::Repeated { index, count } => out.resize(out.len() + count, dictionary[index]),
                    Found::Each(some) => out.extend(some.iter().map(|index| dictionary[*index as usize])),
                }
                Ok(())
            })?,
            Words::Delta(delta) => delta.each(count, |some| {
                out.extend(some.iter().map(|bits| T::from_low_bits(*bits)));
                Ok(())
            })?,
            Words::Split(split) => {
                let first = out.len();
                out.resize(first + count, T::default());
                split.each(count, |index, stream, byte| {
                    let bits = T::from_low_bits(u64::from(byte) << (8 * stream));
                    out[first + index] = out[first + index] | bits;
                })?;
            }
        }
        Ok(())
    }
}

/// The next `count` values of `size` bytes each.
pub fn cut(bytes: &mut Bytes, count: usize, size: usize) -> Decoded<Bytes> {
    let length = count.checked_mul(size).filter(|length| *length <= bytes.len());
    Ok(bytes.split_to(length.ok_or(Flaw::Corrupt("a page has fewer values than it says"))?))
}

/// BYTE_STREAM_SPLIT: the first byte of every value, then the second of every value, and so on.
#[derive(Debug, Clone)]
pub struct Split {
    bytes: Bytes,
    values: usize,
    at: usize,
}

impl Split {
    pub fn new(bytes: Bytes, size: usize) -> Decoded<Self> {
        let values = bytes.len().checked_div(size).unwrap_or(0);
        if values * size != bytes.len() {
            return Err(Flaw::Corrupt("a page ends within a value"));
        }
        Ok(Split { bytes, values, at: 0 })
    }

    /// Gives the bytes of the next `count` values: the index of the value, that of the byte in it, and the byte.
    pub fn each(&mut self, count: usize, mut take: impl FnMut(usize, usize, u8)) -> Decoded<()> {
        if count > self.values - self.at {
            return Err(Flaw::Corrupt("a page has fewer values than it says"));
        }
        if count > 0 {
            for (stream, bytes) in self.bytes.chunks_exact(self.values).enumerate() {
                let some = &bytes[self.at..self.at + count];
                some.iter().enumerate().for_each(|(index, byte)| take(index, stream, *byte));
            }
        }
        self.at += count;
        Ok(())
    }
}
