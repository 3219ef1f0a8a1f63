//! Deflate (RFC 1951), block by block, so that blocks of one stream can be compressed side by side.

use flate2::{Compress, Compression, FlushCompress, Status};

use super::codec::failed;
use crate::error::Result;

/// Room that is made at once.
const ROOM: usize = 64 << 10;

/// Appends the part of a stream that `block` is from `history` on. It ends at a byte; with the stream's end if it
/// `is_last`.
pub fn compress(block: &[u8], history: usize, is_last: bool, level: u32, out: &mut Vec<u8>) -> Result<()> {
    let (history, mut input) = block.split_at(history);
    // Not one that is reset: zlib-rs then finds other matches than a new one would.
    let mut deflate = Compress::new(Compression::new(level), false);
    if !history.is_empty() {
        deflate.set_dictionary(history).map_err(failed)?;
    }
    let flush = if is_last { FlushCompress::Finish } else { FlushCompress::Sync };
    loop {
        out.reserve(ROOM.max(input.len() / 2));
        let before = deflate.total_in();
        let status = deflate.compress_vec(input, out, flush).map_err(failed)?;
        input = &input[(deflate.total_in() - before) as usize..];
        // With room left, all that there was to write is written.
        let is_done = if is_last { status == Status::StreamEnd } else { out.len() < out.capacity() };
        if is_done && input.is_empty() {
            return Ok(());
        }
    }
}
