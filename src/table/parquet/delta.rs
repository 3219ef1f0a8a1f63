//! DELTA_BINARY_PACKED: integers by their differences, in blocks of miniblocks, each of its own width.

use bytes::Bytes;

use super::bits::{unpack, varint};
use super::flaw::{Decoded, Flaw};

const CUT: Flaw = Flaw::Corrupt("a page ends within its deltas");
const MALFORMED: Flaw = Flaw::Corrupt("a block of deltas has a size that it cannot have");

/// Integers of up to 64 bits, modulo 2⁶⁴.
#[derive(Debug, Clone)]
pub struct Delta {
    bytes: Bytes,
    /// Where what was not looked at begins.
    at: usize,
    /// Miniblocks of a block, and values of a miniblock.
    miniblocks: usize,
    values: usize,
    /// Values that have not been read.
    left: usize,
    /// The value that comes next where none has been read, and else the last one.
    value: u64,
    is_begun: bool,
    least: u64,
    /// Where the widths of the miniblocks that come begin, and how many there are.
    widths: usize,
    miniblocks_left: usize,
    /// The miniblock that is being read.
    bit: usize,
    width: u32,
    values_left: usize,
}

impl Delta {
    pub fn new(bytes: Bytes) -> Decoded<Self> {
        if bytes.len() > usize::MAX / 8 {
            return Err(Flaw::TooLarge(bytes.len()));
        }
        let mut at = 0;
        let mut next = || varint(&bytes, &mut at).and_then(|value| usize::try_from(value).ok()).ok_or(CUT);
        let (block, miniblocks, left) = (next()?, next()?, next()?);
        let value = unzigzag(varint(&bytes, &mut at).ok_or(CUT)?);
        let values = block.checked_div(miniblocks).ok_or(MALFORMED)?;
        if values == 0 || values % 8 != 0 || values * miniblocks != block || block > u32::MAX as usize {
            return Err(MALFORMED);
        }
        Ok(Delta {
            bytes,
            at,
            miniblocks,
            values,
            left,
            value,
            is_begun: false,
            least: 0,
            widths: 0,
            miniblocks_left: 0,
            bit: 0,
            width: 0,
            values_left: 0,
        })
    }

    /// Reads the next `count` values, and gives them some at a time.
    pub fn each(&mut self, mut count: usize, mut take: impl FnMut(&[u64]) -> Decoded<()>) -> Decoded<()> {
        if count > self.left {
            return Err(Flaw::Corrupt("a page has fewer values than it says"));
        }
        if count > 0 && !self.is_begun {
            self.is_begun = true;
            self.left -= 1;
            count -= 1;
            take(&[self.value])?;
        }
        let mut unpacked = [0; 256];
        while count > 0 {
            if self.values_left == 0 {
                self.open()?;
            }
            let some = &mut unpacked[..count.min(self.values_left).min(256)];
            unpack(&self.bytes, self.bit, self.width, some);
            for delta in some.iter_mut() {
                self.value = self.value.wrapping_add(self.least).wrapping_add(*delta);
                *delta = self.value;
            }
            self.bit += some.len() * self.width as usize;
            self.values_left -= some.len();
            self.left -= some.len();
            count -= some.len();
            take(some)?;
        }
        Ok(())
    }

    /// What is behind the values.
    pub fn rest(&self) -> Decoded<Bytes> {
        let mut end = self.clone();
        end.left -= usize::from(!end.is_begun && end.left > 0);
        end.left -= end.left.min(end.values_left);
        while end.left > 0 {
            end.open()?;
            end.left -= end.left.min(end.values_left);
        }
        Ok(self.bytes.slice(end.at..))
    }

    /// Goes on to the next miniblock.
    fn open(&mut self) -> Decoded<()> {
        if self.miniblocks_left == 0 {
            self.least = unzigzag(varint(&self.bytes, &mut self.at).ok_or(CUT)?);
            self.widths = self.at;
            self.at = self.at.checked_add(self.miniblocks).filter(|at| *at <= self.bytes.len()).ok_or(CUT)?;
            self.miniblocks_left = self.miniblocks;
        }
        self.width = u32::from(*self.bytes.get(self.widths).ok_or(CUT)?);
        if self.width > 64 {
            return Err(Flaw::Corrupt("deltas have more than 64 bits"));
        }
        self.widths += 1;
        self.miniblocks_left -= 1;
        self.bit = self.at * 8;
        self.values_left = self.values;
        let size = |values: usize| values.saturating_mul(self.width as usize).div_ceil(8);
        let room = self.bytes.len() - self.at;
        // Some writers do not fill up the last miniblock.
        if size(self.left.min(self.values)) > room {
            return Err(CUT);
        }
        self.at += size(self.values).min(room);
        Ok(())
    }
}

fn unzigzag(value: u64) -> u64 {
    (value >> 1) ^ (value & 1).wrapping_neg()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_specification_are_read() {
        let mut found = Vec::new();
        // 1 to 5: no bits for deltas that are all alike. Then 7, 5, 3, 1, 2, 3, 4, 5, with 2 bits each.
        for (bytes, count) in [
            (&[128, 1, 4, 5, 2, 2, 0, 0, 0, 0][..], 5),
            (&[128, 1, 4, 8, 14, 3, 2, 0, 0, 0, 0b1100_0000, 0b0011_1111, 0, 0, 0, 0, 0, 0, 9][..], 8),
        ] {
            let mut delta = Delta::new(Bytes::copy_from_slice(bytes)).unwrap();
            let rest = delta.rest().unwrap();
            let mut take = |some: &[u64]| {
                found.extend_from_slice(some);
                Ok(())
            };
            delta.each(3, &mut take).unwrap();
            assert_eq!(delta.rest().unwrap(), rest);
            delta.each(count - 3, &mut take).unwrap();
            assert_eq!(&rest[..], if count == 8 { &[9][..] } else { &[] });
            assert!(delta.each(1, |_| Ok(())).is_err());
        }
        assert_eq!(found, [1, 2, 3, 4, 5, 7, 5, 3, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn sizes_that_cannot_be_are_told() {
        for bytes in [&[128, 1, 0, 5, 2][..], &[0, 4, 5, 2], &[128, 1, 3, 5, 2], &[128, 1]] {
            assert!(Delta::new(Bytes::copy_from_slice(bytes)).is_err());
        }
        let mut delta = Delta::new(Bytes::from_static(&[128, 1, 4, 5, 2, 2, 65, 0, 0, 0])).unwrap();
        assert!(delta.rest().is_err() && delta.each(5, |_| Ok(())).is_err());
    }
}
