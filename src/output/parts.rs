//! Parts: the pieces of equal size in which a file's bytes leave.

use md5::{Digest, Md5};

/// Room for what one call of an encoder writes beyond the end of a part.
const SLACK: usize = 2 << 20;

/// A piece of a file. All but the last have the size that the destination asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    /// From 1, as S3 counts.
    pub number: u32,
    pub bytes: Vec<u8>,
    pub md5: [u8; 16],
}

/// Cuts the bytes of one file into parts.
pub struct PartCutter {
    part_size: usize,
    buffer: Vec<u8>,
    cut: u32,
}

impl PartCutter {
    pub fn new(part_size: usize) -> Self {
        PartCutter { part_size, buffer: Vec::new(), cut: 0 }
    }

    /// Where the file's next bytes go.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        // Doubling would take three times a part for a moment; small files are left to grow as they do.
        if self.buffer.len() > self.part_size / 4 && self.buffer.capacity() < self.part_size + SLACK {
            self.buffer.reserve_exact(self.part_size + SLACK - self.buffer.len());
        }
        &mut self.buffer
    }

    /// The next part that is full.
    pub fn next_full(&mut self) -> Option<Part> {
        if self.buffer.len() < self.part_size {
            return None;
        }
        let rest = self.buffer.split_off(self.part_size);
        let bytes = std::mem::replace(&mut self.buffer, rest);
        Some(self.part(bytes))
    }

    /// The last part, which may be smaller. A file without a byte has one empty part.
    pub fn last(mut self) -> Option<Part> {
        if self.buffer.is_empty() && self.cut > 0 {
            return None;
        }
        let bytes = std::mem::take(&mut self.buffer);
        Some(self.part(bytes))
    }

    /// Bytes of the part that is being filled.
    pub fn filled(&self) -> usize {
        self.buffer.len()
    }

    pub fn pending_bytes(&self) -> usize {
        self.buffer.capacity()
    }

    fn part(&mut self, mut bytes: Vec<u8>) -> Part {
        // What was reserved for growth is given back before the part waits for its turn.
        bytes.shrink_to_fit();
        self.cut += 1;
        Part { number: self.cut, md5: Md5::digest(&bytes).into(), bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(writes: &[&[u8]], part_size: usize) -> Vec<Vec<u8>> {
        let mut cutter = PartCutter::new(part_size);
        let mut parts = Vec::new();
        for write in writes {
            cutter.buffer().extend_from_slice(write);
            parts.extend(std::iter::from_fn(|| cutter.next_full()));
        }
        parts.extend(cutter.last());
        parts.into_iter().map(|part| part.bytes).collect()
    }

    #[test]
    fn all_parts_but_the_last_are_equal() {
        assert_eq!(cut(&[b"abcdefg"], 3), [&b"abc"[..], b"def", b"g"]);
        assert_eq!(cut(&[b"a", b"bc", b"", b"def"], 3), [b"abc", b"def"]);
    }

    #[test]
    fn an_empty_file_is_one_empty_part() {
        assert_eq!(cut(&[], 3), [b""]);
    }
}
