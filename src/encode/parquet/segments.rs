use std::collections::VecDeque;
use std::io;

/// Bytes on their way out, in pieces: a buffer that doubles would hold a row group twice.
#[derive(Debug, Default)]
pub struct Segments {
    full: VecDeque<Vec<u8>>,
    last: Vec<u8>,
}

const SEGMENT: usize = 64 << 10;

impl Segments {
    /// Moves the first piece to the end of `out`; false when there is none.
    pub fn pop(&mut self, out: &mut Vec<u8>) -> bool {
        let segment = self.full.pop_front().unwrap_or_else(|| std::mem::take(&mut self.last));
        out.extend_from_slice(&segment);
        !segment.is_empty()
    }

    pub fn len(&self) -> usize {
        self.full.len() * SEGMENT + self.last.len()
    }
}

impl io::Write for Segments {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(SEGMENT - self.last.len());
        self.last.extend_from_slice(&bytes[..taken]);
        if self.last.len() == SEGMENT {
            self.full.push_back(std::mem::take(&mut self.last));
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
