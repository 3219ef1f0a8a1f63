//! The hybrid of run lengths and bit packing: levels, booleans and the indexes into dictionaries.

use bytes::Bytes;

use super::bits::{unpack, varint};
use super::flaw::{Decoded, Flaw};

const CUT: Flaw = Flaw::Corrupt("a page has fewer values than it says");

/// Runs of unsigned integers of up to 32 bits.
#[derive(Debug, Clone)]
pub struct Hybrid {
    bytes: Bytes,
    at: usize,
    width: u32,
    run: Run,
}

/// Integers that follow one another.
#[derive(Debug, Clone, Copy)]
pub enum Run {
    Repeated {
        value: u32,
        count: usize,
    },
    /// Packed from this bit of [`Hybrid::bytes`] on.
    Packed {
        bit: usize,
        count: usize,
    },
}

impl Hybrid {
    pub fn new(bytes: Bytes, width: u32) -> Decoded<Self> {
        if width > 32 {
            return Err(Flaw::Corrupt("a page has indexes of more than 32 bits"));
        }
        if bytes.len() > usize::MAX / 8 {
            return Err(Flaw::TooLarge(bytes.len()));
        }
        Ok(Hybrid { bytes, at: 0, width, run: Run::Repeated { value: 0, count: 0 } })
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The next integers that are alike, up to `most`, which is not 0.
    pub fn next(&mut self, most: usize) -> Decoded<Run> {
        if self.width == 0 {
            return Ok(Run::Repeated { value: 0, count: most });
        }
        loop {
            match &mut self.run {
                Run::Repeated { count: 0, .. } | Run::Packed { count: 0, .. } => self.run = self.open()?,
                Run::Repeated { value, count } => {
                    let taken = most.min(*count);
                    *count -= taken;
                    return Ok(Run::Repeated { value: *value, count: taken });
                }
                Run::Packed { bit, count } => {
                    let (start, taken) = (*bit, most.min(*count));
                    *count -= taken;
                    *bit += taken * self.width as usize;
                    return Ok(Run::Packed { bit: start, count: taken });
                }
            }
        }
    }

    fn open(&mut self) -> Decoded<Run> {
        let head = varint(&self.bytes, &mut self.at).ok_or(CUT)?;
        let count = usize::try_from(head >> 1).map_err(|_| CUT)?;
        let rest = self.bytes.get(self.at..).ok_or(CUT)?;
        if head & 1 == 0 {
            let size = self.width.div_ceil(8) as usize;
            let value = rest.get(..size).ok_or(CUT)?;
            let value = value.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte));
            self.at += size;
            return Ok(Run::Repeated { value, count });
        }
        // Groups of 8. What the last of them lacks is of values that are not there.
        let size = count.saturating_mul(self.width as usize).min(rest.len());
        let bit = self.at * 8;
        self.at += size;
        Ok(Run::Packed { bit, count: count.saturating_mul(8).min(size * 8 / self.width as usize) })
    }

    /// The integers of a packed run.
    pub fn unpack(&self, bit: usize, out: &mut [u32]) {
        unpack(&self.bytes, bit, self.width, out);
    }
}

/// Indexes into a dictionary.
#[derive(Debug, Clone)]
pub struct Indexes(Hybrid);

pub enum Found<'a> {
    Repeated { index: usize, count: usize },
    Each(&'a [u32]),
}

impl Indexes {
    /// The indexes that are the values of a page: behind their width.
    pub fn new(bytes: Bytes) -> Decoded<Self> {
        // A page of nulls may have no values at all.
        let width = bytes.first().copied().unwrap_or(0);
        let runs = bytes.slice(bytes.len().min(1)..);
        Hybrid::new(runs, u32::from(width)).map(Indexes)
    }

    /// The next `count` indexes, all of them below `size`.
    pub fn each(
        &mut self,
        mut count: usize,
        size: usize,
        mut take: impl FnMut(Found) -> Decoded<()>,
    ) -> Decoded<()> {
        const BEYOND: Flaw = Flaw::Corrupt("an index is beyond the end of the dictionary");
        let mut unpacked = [0; 1024];
        while count > 0 {
            match self.0.next(count)? {
                Run::Repeated { value, count: taken } => {
                    count -= taken;
                    let index = Some(value as usize).filter(|index| *index < size).ok_or(BEYOND)?;
                    take(Found::Repeated { index, count: taken })?;
                }
                Run::Packed { mut bit, count: taken } => {
                    count -= taken;
                    let mut left = taken;
                    while left > 0 {
                        let some = &mut unpacked[..left.min(1024)];
                        self.0.unpack(bit, some);
                        if some.iter().fold(0, |most, index| most.max(*index)) as usize >= size {
                            return Err(BEYOND);
                        }
                        take(Found::Each(some))?;
                        left -= some.len();
                        bit += some.len() * self.0.width as usize;
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indexes(bytes: &'static [u8], count: usize, size: usize) -> Decoded<Vec<u32>> {
        let mut found = Vec::new();
        Indexes::new(Bytes::from_static(bytes))?.each(count, size, |some| {
            match some {
                Found::Repeated { index, count } => found.extend(std::iter::repeat_n(index as u32, count)),
                Found::Each(some) => found.extend(some),
            }
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn runs_of_both_kinds_follow_one_another() {
        // The specification's example, 0 to 7 in 3 bits, then 3 times 5.
        let bytes: &[u8] = &[3, 0b11, 0b1000_1000, 0b1100_0110, 0b1111_1010, 6, 5];
        assert_eq!(indexes(bytes, 11, 8), Ok(vec![0, 1, 2, 3, 4, 5, 6, 7, 5, 5, 5]));
        assert_eq!(indexes(bytes, 12, 8), Err(CUT));
        assert!(indexes(bytes, 8, 7).is_err());
        assert_eq!(indexes(&[], 3, 1), Ok(vec![0; 3]));
        assert!(indexes(&[33, 2, 0], 1, 1).is_err());
    }
}
