//! BOOLEAN: a bit each, or runs of them.

use arrow::array::BooleanBufferBuilder;
use bytes::Bytes;

use super::flaw::{Decoded, Flaw};
use super::header::Encoding;
use super::levels::Levels;

/// The values of a page.
#[derive(Debug, Clone)]
pub enum Booleans {
    Plain {
        bytes: Bytes,
        bit: usize,
    },
    /// The same as levels up to 1.
    Runs(Levels),
}

impl Booleans {
    pub fn runs(mut bytes: Bytes) -> Decoded<Self> {
        Levels::split_from(&mut bytes, 1, Encoding::Rle, 0).map(Booleans::Runs)
    }

    pub fn read(&mut self, count: usize, out: &mut BooleanBufferBuilder) -> Decoded<()> {
        match self {
            Booleans::Plain { bytes, bit } => {
                let end = bit.checked_add(count).filter(|end| end.div_ceil(8) <= bytes.len());
                let end = end.ok_or(Flaw::Corrupt("a page has fewer values than it says"))?;
                out.append_packed_range(*bit..end, bytes);
                *bit = end;
                Ok(())
            }
            Booleans::Runs(levels) => levels.read_bits(count, out).map(|_| ()),
        }
    }
}
