//! Definition and repetition levels.

use arrow::array::BooleanBufferBuilder;
use arrow::util::bit_chunk_iterator::UnalignedBitChunk;
use bytes::Bytes;

use super::flaw::{Decoded, Flaw};
use super::header::Encoding;
use super::hybrid::{Hybrid, Run};

const BEYOND: Flaw = Flaw::Corrupt("a level is beyond what the schema allows");
const CUT: Flaw = Flaw::Corrupt("a page ends within its levels");

/// The levels of one kind of a page, up to a greatest one.
#[derive(Debug, Clone)]
pub struct Levels {
    max: u8,
    packing: Packing,
}

#[derive(Debug, Clone)]
enum Packing {
    Hybrid(Hybrid),
    /// The deprecated BIT_PACKED: the most significant bit first.
    Bits {
        bytes: Bytes,
        bit: usize,
    },
}

impl Levels {
    /// Levels that are these bytes.
    pub fn new(max: u8, bytes: Bytes) -> Decoded<Self> {
        Ok(Levels { max, packing: Packing::Hybrid(Hybrid::new(bytes, width(max))?) })
    }

    /// The levels at the start of a page of the first version, which has `count` of them; what is behind them stays
    /// in `body`.
    pub fn split_from(body: &mut Bytes, max: u8, encoding: Encoding, count: usize) -> Decoded<Self> {
        if max == 0 {
            return Levels::new(0, Bytes::new());
        }
        if encoding == Encoding::BitPacked {
            let size = count.saturating_mul(width(max) as usize).div_ceil(8);
            let packing = Packing::Bits { bytes: cut(body, size)?, bit: 0 };
            return Ok(Levels { max, packing });
        }
        if encoding != Encoding::Rle {
            return Err(Flaw::Corrupt("levels have an encoding that levels cannot have"));
        }
        let size = u32::from_le_bytes(*cut(body, 4)?.first_chunk().ok_or(CUT)?);
        Levels::new(max, cut(body, size as usize)?)
    }

    /// The next `count` levels.
    pub fn read(&mut self, mut count: usize, out: &mut Vec<u8>) -> Decoded<()> {
        let first = out.len();
        while count > 0 {
            count -= match &mut self.packing {
                Packing::Hybrid(hybrid) => some_of(hybrid, count, self.max, out)?,
                Packing::Bits { bytes, bit } => {
                    out.push(next_bits(bytes, bit, width(self.max))?);
                    1
                }
            };
        }
        if out[first..].iter().fold(0, |most, level| most.max(*level)) > self.max {
            Err(BEYOND)
        } else {
            Ok(())
        }
    }

    /// The next `count` levels, none of them above 1, as bits. Answers with how many are 1.
    pub fn read_bits(&mut self, mut count: usize, out: &mut BooleanBufferBuilder) -> Decoded<usize> {
        let Packing::Hybrid(hybrid) = &mut self.packing else {
            let mut levels = Vec::with_capacity(count);
            self.read(count, &mut levels)?;
            levels.iter().for_each(|level| out.append(*level == 1));
            return Ok(levels.iter().filter(|level| **level == 1).count());
        };
        let mut ones = 0;
        while count > 0 {
            count -= match hybrid.next(count)? {
                Run::Repeated { value: 2.., .. } => return Err(BEYOND),
                Run::Repeated { value, count } => {
                    out.append_n(count, value == 1);
                    ones += count * value as usize;
                    count
                }
                Run::Packed { bit, count } => {
                    out.append_packed_range(bit..bit + count, hybrid.bytes());
                    ones += UnalignedBitChunk::new(hybrid.bytes(), bit, count).count_ones();
                    count
                }
            }
        }
        Ok(ones)
    }
}

fn some_of(hybrid: &mut Hybrid, count: usize, max: u8, out: &mut Vec<u8>) -> Decoded<usize> {
    match hybrid.next(count)? {
        Run::Repeated { value, count } => {
            if value > u32::from(max) {
                return Err(BEYOND);
            }
            out.resize(out.len() + count, value as u8);
            Ok(count)
        }
        Run::Packed { mut bit, count } => {
            let mut unpacked = [0; 256];
            let mut left = count;
            while left > 0 {
                let some = &mut unpacked[..left.min(256)];
                hybrid.unpack(bit, some);
                out.extend(some.iter().map(|level| *level as u8));
                left -= some.len();
                bit += some.len() * width(max) as usize;
            }
            Ok(count)
        }
    }
}

fn next_bits(bytes: &[u8], bit: &mut usize, width: u32) -> Decoded<u8> {
    let mut value = 0;
    for _ in 0..width {
        let byte = bytes.get(*bit / 8).ok_or(CUT)?;
        value = value << 1 | byte >> (7 - *bit % 8) & 1;
        *bit += 1;
    }
    Ok(value)
}

/// The bits that hold a level up to `max`.
fn width(max: u8) -> u32 {
    u8::BITS - max.leading_zeros()
}

fn cut(body: &mut Bytes, size: usize) -> Decoded<Bytes> {
    if size > body.len() {
        return Err(CUT);
    }
    Ok(body.split_to(size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deprecated_packing_has_its_first_bit_at_the_top() {
        // The specification's example: 0 to 7 in 3 bits.
        let mut body = Bytes::from_static(&[0b0000_0101, 0b0011_1001, 0b0111_0111, 9]);
        let mut levels = Levels::split_from(&mut body, 7, Encoding::BitPacked, 8).unwrap();
        let mut out = Vec::new();
        levels.read(8, &mut out).unwrap();
        assert_eq!((out, &body[..]), ((0..8).collect(), &[9][..]));
        assert_eq!(levels.read(1, &mut Vec::new()), Err(CUT));
    }

    #[test]
    fn levels_beyond_the_greatest_are_told() {
        for bytes in [&[4, 3][..], &[3, 0b1110_0100, 0xFF]] {
            let mut levels = Levels::new(2, Bytes::copy_from_slice(bytes)).unwrap();
            assert_eq!(levels.read(2, &mut Vec::new()), if bytes[0] == 4 { Err(BEYOND) } else { Ok(()) });
            assert!(levels.read(2, &mut Vec::new()).is_err());
        }
    }
}
