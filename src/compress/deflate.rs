//! Deflate (RFC 1951), block by block, so that blocks of one stream can be compressed side by side.

use flate2::{Compress, Compression, FlushCompress, Status};

use super::codec::failed;
use crate::error::Result;

/// Room that is made at once.
const ROOM: usize = 64 << 10;

pub struct Deflate {
    level: u32,
    compress: Compress,
}

impl Deflate {
    /// The one that is held, if it is of this level, or another in its place.
    pub fn of_level(held: &mut Option<Deflate>, level: u32) -> &mut Deflate {
        if held.as_ref().is_none_or(|deflate| deflate.level != level) {
            *held = Some(Deflate { level, compress: Compress::new(Compression::new(level), false) });
        }
        held.as_mut().expect("made above")
    }

    /// Appends the part of a stream that `block` is from `history` on. It ends at a byte; with the stream's end if it
    /// `is_last`.
    pub fn compress(&mut self, block: &[u8], history: usize, is_last: bool, out: &mut Vec<u8>) -> Result<()> {
        let (history, mut input) = block.split_at(history);
        self.compress.reset();
        if !history.is_empty() {
            self.compress.set_dictionary(history).map_err(failed)?;
        }
        let flush = if is_last { FlushCompress::Finish } else { FlushCompress::Sync };
        loop {
            out.reserve(ROOM.max(input.len() / 2));
            let before = self.compress.total_in();
            let status = self.compress.compress_vec(input, out, flush).map_err(failed)?;
            input = &input[(self.compress.total_in() - before) as usize..];
            // With room left, all that there was to write is written.
            let is_done = if is_last { status == Status::StreamEnd } else { out.len() < out.capacity() };
            if is_done && input.is_empty() {
                return Ok(());
            }
        }
    }
}
