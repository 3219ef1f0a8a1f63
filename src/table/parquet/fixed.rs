//! FIXED_LEN_BYTE_ARRAY, and INT96: values of one width.

use std::sync::Arc;

use bytes::Bytes;

use super::byte_arrays::{ByteArrays, ByteValues};
use super::flaw::{Decoded, Flaw};
use super::hybrid::{Found, Indexes};
use super::words::{Split, cut};

/// Values of `width` bytes each.
#[derive(Debug)]
pub struct FixedArrays {
    pub width: usize,
    pub data: Vec<u8>,
    /// Their number, which the bytes do not tell where the width is 0.
    pub count: usize,
}

/// The values of a page.
#[derive(Debug, Clone)]
pub enum FixedValues {
    Plain(Bytes),
    /// The values of the dictionary, and their number.
    Dictionary(Indexes, Arc<FixedArrays>),
    Delta(Box<ByteValues>),
    Split(Split),
}

impl FixedValues {
    /// For `count` values there must be room.
    pub fn read(&mut self, count: usize, out: &mut FixedArrays) -> Decoded<()> {
        let (width, first) = (out.width, out.data.len());
        out.count += count;
        match self {
            FixedValues::Plain(bytes) => out.data.extend_from_slice(&cut(bytes, count, width)?),
            FixedValues::Dictionary(indexes, dictionary) => {
                let value = |index: usize| &dictionary.data[index * width..][..width];
                indexes.each(count, dictionary.count, |found| {
                    match found {
                        Found::Repeated { index, count } => {
                            (0..count).for_each(|_| out.data.extend_from_slice(value(index)));
                        }
                        Found::Each(some) => {
                            some.iter().for_each(|index| out.data.extend_from_slice(value(*index as usize)));
                        }
                    }
                    Ok(())
                })?;
            }
            FixedValues::Delta(values) => {
                let mut read = ByteArrays::new(count * width);
                let other = Flaw::Corrupt("a value has another width than its column");
                values
                    .read(count, &mut read)
                    .map_err(|flaw| if flaw == Flaw::NoRoom { other } else { flaw })?;
                if read.offsets.windows(2).any(|ends| (ends[1] - ends[0]) as usize != width) {
                    return Err(other);
                }
                out.data.append(&mut read.data);
            }
            FixedValues::Split(split) => {
                out.data.resize(first + count * width, 0);
                split.each(count, |index, stream, byte| out.data[first + index * width + stream] = byte)?;
            }
        }
        Ok(())
    }
}
