//! Whole-file codecs: the bytes of a file in, smaller ones out. One file per codec.

mod gzip;

use crate::error::Result;
use crate::plan::Compression;

/// The codec of one file. Its output depends only on the bytes it is given, not on how they were cut.
pub trait Compressor {
    fn write(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<()>;
    fn finish(self: Box<Self>, out: &mut Vec<u8>) -> Result<()>;
}

/// The compressor for one file, or `None` where its bytes are stored as they are.
pub fn compressor(compression: Compression) -> Option<Box<dyn Compressor>> {
    match compression {
        Compression::None => None,
        Compression::Gzip => Some(Box::new(gzip::Gzip::new())),
    }
}
