//! Codecs: bytes in, fewer out. [`codec`] compresses blocks, [`pool`] says who does it and when, and what is compressed
//! as a whole has a file per codec.

pub mod codec;
#[cfg_attr(not(feature = "binary"), path = "deflate_alone.rs")]
mod codecs;
mod deflate;
mod gzip;
pub mod pool;
#[cfg(feature = "binary")]
mod snappy;

use crate::error::Result;
use crate::plan::Compression;
use pool::Pool;

/// The codec of one file. Its output depends only on the bytes it is given, not on how they were cut.
pub trait Compressor {
    fn write(&mut self, input: &[u8]) -> Result<()>;

    /// Appends what is compressed of what was written, in order.
    fn drain(&mut self, out: &mut Vec<u8>);

    /// There is no more input.
    fn end(&mut self) -> Result<()>;

    /// Appends the rest, once it was ended and the pool has nothing left.
    fn finish(self: Box<Self>, out: &mut Vec<u8>);

    /// Bytes held, without those that the pool has.
    fn pending_bytes(&self) -> usize;
}

/// The compressor for one file, or `None` where its bytes are stored as they are.
pub fn compressor(compression: Compression, pool: &Pool) -> Option<Box<dyn Compressor>> {
    match compression {
        Compression::None => None,
        Compression::Gzip => Some(Box::new(gzip::Gzip::new(pool))),
    }
}
