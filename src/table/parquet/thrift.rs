//! Thrift's compact protocol, as far as Parquet's headers need it. Each read is within the bytes.

use super::flaw::{Decoded, Flaw};

/// The types of fields and elements.
pub const TRUE: u8 = 1;
pub const FALSE: u8 = 2;
pub const I8: u8 = 3;
pub const I16: u8 = 4;
pub const I32: u8 = 5;
pub const I64: u8 = 6;
pub const DOUBLE: u8 = 7;
pub const BINARY: u8 = 8;
pub const LIST: u8 = 9;
pub const SET: u8 = 10;
pub const MAP: u8 = 11;
pub const STRUCT: u8 = 12;

/// How deep what is skipped may be nested.
const MAX_DEPTH: usize = 32;

const CUT: Flaw = Flaw::Corrupt("a header is cut");
const MALFORMED: Flaw = Flaw::Corrupt("a header breaks the rules of its encoding");

pub struct Thrift<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Thrift<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Thrift { bytes, at: 0 }
    }

    /// Bytes read.
    pub fn position(&self) -> usize {
        self.at
    }

    fn byte(&mut self) -> Decoded<u8> {
        let byte = *self.bytes.get(self.at).ok_or(CUT)?;
        self.at += 1;
        Ok(byte)
    }

    fn advance(&mut self, count: u64) -> Decoded<()> {
        let end = usize::try_from(count).ok().and_then(|count| self.at.checked_add(count));
        self.at = end.filter(|end| *end <= self.bytes.len()).ok_or(CUT)?;
        Ok(())
    }

    fn varint(&mut self) -> Decoded<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(MALFORMED)
    }

    fn zigzag(&mut self) -> Decoded<i64> {
        let value = self.varint()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    pub fn i32(&mut self, kind: u8) -> Decoded<i32> {
        if kind != I32 {
            return Err(MALFORMED);
        }
        i32::try_from(self.zigzag()?).map_err(|_| MALFORMED)
    }

    pub fn i64(&mut self, kind: u8) -> Decoded<i64> {
        if kind == I64 { self.zigzag() } else { Err(MALFORMED) }
    }

    pub fn i8(&mut self, kind: u8) -> Decoded<u8> {
        if kind == I8 { self.byte() } else { Err(MALFORMED) }
    }

    pub fn binary(&mut self, kind: u8) -> Decoded<&'a [u8]> {
        if kind != BINARY {
            return Err(MALFORMED);
        }
        let length = self.varint()?;
        let start = self.at;
        self.advance(length)?;
        Ok(&self.bytes[start..self.at])
    }

    /// The value of a field, which is its type.
    pub fn bool(&mut self, kind: u8) -> Decoded<bool> {
        match kind {
            TRUE => Ok(true),
            FALSE => Ok(false),
            _ => Err(MALFORMED),
        }
    }

    /// The type of a list's elements, and their number, which is not more than there are bytes.
    pub fn list(&mut self, kind: u8) -> Decoded<(u8, usize)> {
        if kind != LIST && kind != SET {
            return Err(MALFORMED);
        }
        let head = self.byte()?;
        let length = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
        if length > (self.bytes.len() - self.at) as u64 {
            return Err(CUT);
        }
        Ok((head & 15, length as usize))
    }

    /// Reads a struct: `take` reads or skips the value of each field, given its id and type.
    pub fn fields(&mut self, mut take: impl FnMut(&mut Self, i16, u8) -> Decoded<()>) -> Decoded<()> {
        let mut last = 0i16;
        loop {
            let head = self.byte()?;
            let kind = head & 15;
            if kind == 0 {
                return Ok(());
            }
            last = match head >> 4 {
                0 => i16::try_from(self.zigzag()?).map_err(|_| MALFORMED)?,
                delta => last.checked_add(i16::from(delta)).ok_or(MALFORMED)?,
            };
            take(self, last, kind)?;
        }
    }

    /// Passes over the value of a field.
    pub fn skip(&mut self, kind: u8) -> Decoded<()> {
        self.skip_nested(kind, false, MAX_DEPTH)
    }

    fn skip_nested(&mut self, kind: u8, is_element: bool, depth: usize) -> Decoded<()> {
        let depth = depth.checked_sub(1).ok_or(MALFORMED)?;
        match kind {
            TRUE | FALSE => self.advance(u64::from(is_element)),
            I8 => self.advance(1),
            I16 | I32 | I64 => self.varint().map(|_| ()),
            DOUBLE => self.advance(8),
            BINARY => {
                let length = self.varint()?;
                self.advance(length)
            }
            LIST | SET => {
                let (element, length) = self.list(kind)?;
                (0..length).try_for_each(|_| self.skip_nested(element, true, depth))
            }
            MAP => self.skip_map(depth),
            STRUCT => self.fields(|thrift, _, kind| thrift.skip_nested(kind, false, depth)),
            _ => Err(MALFORMED),
        }
    }

    fn skip_map(&mut self, depth: usize) -> Decoded<()> {
        let length = self.varint()?;
        if length == 0 {
            return Ok(());
        }
        let kinds = self.byte()?;
        if length > (self.bytes.len() - self.at) as u64 {
            return Err(CUT);
        }
        (0..length).try_for_each(|_| {
            self.skip_nested(kinds >> 4, true, depth)?;
            self.skip_nested(kinds & 15, true, depth)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_is_skipped_and_what_is_cut_is_told() {
        // 1: i32 -3; 2: a list of two structs of a bool; 20: a string; 3 (by its id): a map of i8 to binary.
        let bytes = [
            0x15, 5, 0x19, 0x2C, 0x11, 0, 0x12, 0, 0x08, 40, 2, b'h', b'i', 0x0B, 6, 1, 0x38, 7, 1, b'x', 0,
            99,
        ];
        let read = |bytes: &[u8]| {
            let mut thrift = Thrift::new(bytes);
            let mut first = 0;
            thrift.fields(|thrift, id, kind| match id {
                1 => thrift.i32(kind).map(|value| first = value),
                _ => thrift.skip(kind),
            })?;
            Ok((first, thrift.position()))
        };
        assert_eq!(read(&bytes), Ok((-3, bytes.len() - 1)));
        for end in 0..bytes.len() - 1 {
            assert_eq!(read(&bytes[..end]), Err(CUT), "{end}");
        }
    }

    #[test]
    fn nesting_and_lengths_end() {
        assert_eq!(Thrift::new(&[0x1C; 100_000]).skip(STRUCT), Err(MALFORMED));
        assert_eq!(Thrift::new(&[0xFC, 0xFF, 0xFF, 0xFF, 0x7F]).skip(LIST), Err(CUT));
        assert_eq!(Thrift::new(&[0xFF; 20]).skip(I64), Err(MALFORMED));
    }
}
