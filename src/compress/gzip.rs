use super::Compressor;
use crate::error::Result;

pub struct Gzip {}

impl Gzip {
    pub fn new() -> Self {
        Gzip {}
    }
}

impl Compressor for Gzip {
    fn write(&mut self, _input: &[u8], _out: &mut Vec<u8>) -> Result<()> {
        todo!()
    }

    fn finish(self: Box<Self>, _out: &mut Vec<u8>) -> Result<()> {
        todo!()
    }
}
