//! A page as it stands in the file, until it goes there.

/// Bytes of a piece at most: as much as a chunk of a part has, which takes its place in memory when it has left. Memory
/// that never shrinks would have to grow for what fits in no gap.
const PIECE: usize = 64 << 10;

/// In pieces, and in as much memory as it takes.
#[derive(Debug)]
pub struct Page {
    pub pieces: Vec<Vec<u8>>,
}

impl Page {
    /// Of the header and the content.
    pub fn of(header: &[u8], content: &[u8]) -> Self {
        let (start, rest) = content.split_at(content.len().min(PIECE - header.len()));
        let first = [header, start].concat();
        Page { pieces: std::iter::once(first).chain(rest.chunks(PIECE).map(<[u8]>::to_vec)).collect() }
    }

    pub fn bytes(&self) -> usize {
        self.pieces.iter().map(Vec::len).sum()
    }
}
