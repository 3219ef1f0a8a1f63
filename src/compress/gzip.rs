//! gzip (RFC 1952), level 6. The header has no time and no name, so the same bytes make the same file.

use std::io::Write;

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};

use super::Compressor;
use crate::error::{Code, Error, Result};

/// What deflate is given at once. Always the same amount, since where its input is cut may show in its output.
const BLOCK: usize = 64 << 10;
/// RFC 1952's OS byte for "unknown".
const UNKNOWN_OS: u8 = 255;

pub struct Gzip {
    encoder: GzEncoder<Vec<u8>>,
    block: Vec<u8>,
}

impl Gzip {
    pub fn new() -> Self {
        let builder = GzBuilder::new().mtime(0).operating_system(UNKNOWN_OS);
        Gzip { encoder: builder.write(Vec::new(), Compression::new(6)), block: Vec::with_capacity(BLOCK) }
    }
}

impl Compressor for Gzip {
    fn write(&mut self, mut input: &[u8], out: &mut Vec<u8>) -> Result<()> {
        while self.block.len() + input.len() >= BLOCK {
            let (head, rest) = input.split_at(BLOCK - self.block.len());
            self.block.extend_from_slice(head);
            self.encoder.write_all(&self.block).map_err(defect)?;
            self.block.clear();
            input = rest;
        }
        self.block.extend_from_slice(input);
        out.append(self.encoder.get_mut());
        Ok(())
    }

    fn finish(mut self: Box<Self>, out: &mut Vec<u8>) -> Result<()> {
        self.encoder.write_all(&self.block).map_err(defect)?;
        out.append(&mut self.encoder.finish().map_err(defect)?);
        Ok(())
    }
}

/// Writing to memory does not fail.
fn defect(_: std::io::Error) -> Error {
    Error::new(Code::Internal, "gzip failed to write to memory")
}
