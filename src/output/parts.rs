//! Parts: the pieces of equal size in which a file's bytes leave.

use crate::checksum::{Summing, Sums};
use crate::plan::{Destination, PartSize};

/// Bytes of a chunk, at most. A part is not held in one piece: the pages of a row group are freed here and there, and
/// memory that never shrinks would have to grow by every part that fits in none of the gaps.
const CHUNK: usize = 64 << 10;

/// A piece of a file. All but the last have the size that the destination asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    /// From 1, as S3 counts.
    pub number: u32,
    /// Its bytes, one chunk after another.
    pub chunks: Vec<Vec<u8>>,
    pub size: usize,
    /// Those by which the destination compares parts.
    pub sums: Sums,
}

/// Cuts the bytes of one file into parts.
pub struct PartCutter {
    sizes: PartSize,
    /// What was written and is in no chunk yet.
    buffer: Vec<u8>,
    /// Of the part that is being filled.
    chunks: Vec<Vec<u8>>,
    size: usize,
    sums: Summing,
    cut: u32,
}

impl PartCutter {
    pub fn new(destination: &Destination) -> Self {
        PartCutter {
            sizes: destination.part_size(),
            buffer: Vec::new(),
            chunks: Vec::new(),
            size: 0,
            sums: Summing::new(destination.checksums()),
            cut: 0,
        }
    }

    /// Where the file's next bytes go. [`PartCutter::cut`] takes them from there.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Moves on what was written, and hands out the parts that are full.
    pub fn cut(&mut self, full: &mut impl FnMut(Part)) {
        if self.buffer.len() < CHUNK && self.filled() < self.part_size() {
            return;
        }
        let buffer = std::mem::take(&mut self.buffer);
        let mut rest = &buffer[..];
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at(rest.len().min(CHUNK).min(self.part_size() - self.size));
            self.add(chunk);
            rest = after;
            if self.size == self.part_size() {
                full(self.part());
            }
        }
        self.buffer = buffer;
        self.buffer.clear();
    }

    /// The last part, which may be smaller. A file without a byte has one empty part.
    pub fn last(mut self) -> Option<Part> {
        let buffer = std::mem::take(&mut self.buffer);
        if !buffer.is_empty() {
            self.add(&buffer);
        }
        (self.size > 0 || self.cut == 0).then(|| self.part())
    }

    /// Bytes of the part that is being filled.
    pub fn filled(&self) -> usize {
        self.size + self.buffer.len()
    }

    pub fn pending_bytes(&self) -> usize {
        self.size + self.buffer.capacity()
    }

    /// Of the part that is being filled.
    fn part_size(&self) -> usize {
        self.sizes.of(self.cut + 1)
    }

    fn add(&mut self, chunk: &[u8]) {
        self.sums.update(chunk);
        self.size += chunk.len();
        self.chunks.push(chunk.to_vec());
    }

    fn part(&mut self) -> Part {
        self.cut += 1;
        Part {
            number: self.cut,
            chunks: std::mem::take(&mut self.chunks),
            size: std::mem::take(&mut self.size),
            sums: self.sums.take(),
        }
    }
}

#[cfg(test)]
mod tests {
    use md5::{Digest, Md5};

    use super::*;
    use crate::checksum::{Checksum, crc32c};

    fn parts(writes: &[&[u8]], destination: &Destination) -> Vec<Part> {
        let mut cutter = PartCutter::new(destination);
        let mut parts = Vec::new();
        for write in writes {
            cutter.buffer().extend_from_slice(write);
            cutter.cut(&mut |part| parts.push(part));
        }
        parts.extend(cutter.last());
        parts
    }

    fn cut(writes: &[&[u8]], part_size: usize) -> Vec<Vec<u8>> {
        let part_size = PartSize::equal(part_size);
        let parts = parts(writes, &Destination::Presigned { part_size, checksum: Checksum::Crc32c });
        parts
            .into_iter()
            .map(|part| {
                let bytes = part.chunks.concat();
                assert_eq!(part.sums.md5, Some(Md5::digest(&bytes).into()));
                assert_eq!(part.sums.crc32c, Some(crc32c::extend(0, &bytes)));
                bytes
            })
            .collect()
    }

    #[test]
    fn all_parts_but_the_last_are_equal() {
        assert_eq!(cut(&[b"abcdefg"], 3), [&b"abc"[..], b"def", b"g"]);
        assert_eq!(cut(&[b"a", b"bc", b"", b"def"], 3), [b"abc", b"def"]);
    }

    #[test]
    fn parts_that_nothing_compares_have_no_sum() {
        for destination in [Destination::Url, Destination::Stream, Destination::Download, Destination::Memory]
        {
            let parts = parts(&[b"abc"], &destination);
            assert_eq!((parts.len(), &parts[0].sums), (1, &Sums::default()));
        }
    }

    #[test]
    fn an_empty_file_is_one_empty_part() {
        assert_eq!(cut(&[], 3), [b""]);
    }
}
