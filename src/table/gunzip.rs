//! gzip (RFC 1952), read as it comes: any number of members, each with its checksum and length.

use bytes::{Buf, Bytes};
use flate2::{Decompress, FlushDecompress, Status};

use crate::error::{Code, Error, Result};

pub const MAGIC: &[u8] = &[0x1f, 0x8b];

/// The most that one step makes, so that a small input that unpacks to a huge one takes no memory.
const STEP: usize = 256 << 10;
const WINDOW_BITS: u8 = 15;

/// What [`Gunzip::step`] comes to.
pub enum Next {
    Bytes(Vec<u8>),
    /// All that was given has been read.
    Drained,
}

#[derive(Default)]
pub struct Gunzip {
    /// `None` between members.
    member: Option<Decompress>,
    input: Bytes,
    members: u64,
    is_padded: bool,
}

impl Gunzip {
    /// Gives more input, once what was given before is drained.
    pub fn push(&mut self, input: Bytes) {
        self.input = input;
    }

    /// Input that has not been read.
    pub fn pending_bytes(&self) -> usize {
        self.input.len()
    }

    pub fn step(&mut self) -> Result<Next> {
        let mut out = Vec::new();
        let result = self.fill(&mut out);
        // What came before a fault is given before the fault, which comes again.
        match result {
            _ if !out.is_empty() => Ok(Next::Bytes(out)),
            result => result.map(|()| Next::Drained),
        }
    }

    /// Unpacks until `out` holds [`STEP`] bytes or the input is drained.
    fn fill(&mut self, out: &mut Vec<u8>) -> Result<()> {
        loop {
            if self.member.is_none() {
                self.begin_member()?;
            }
            let Some(member) = &mut self.member else { return Ok(()) };
            out.reserve_exact(STEP - out.len());
            let (read, made) = (member.total_in(), out.len());
            let status = member.decompress_vec(&self.input, out, FlushDecompress::None);
            self.input.advance((member.total_in() - read) as usize);
            let is_stuck = member.total_in() == read && out.len() == made;
            match status {
                Ok(Status::StreamEnd) => self.member = None,
                Ok(_) if is_stuck => return Ok(()),
                Ok(_) => {}
                Err(_) => {
                    return Err(corrupt("its data does not unpack, or is not what its checksum says"));
                }
            }
            if out.len() >= STEP {
                return Ok(());
            }
        }
    }

    /// Fails where the input ended too early.
    pub fn finish(&self) -> Result<()> {
        if self.member.is_some() || self.members == 0 {
            return Err(Error::new(Code::SourceTruncated, "the gzip file ends within its data"));
        }
        Ok(())
    }

    /// Between members, zeros may pad to the end, as they do on tapes; nothing else may follow.
    fn begin_member(&mut self) -> Result<()> {
        let zeros = self.input.iter().take_while(|byte| **byte == 0).count();
        if self.members > 0 && zeros > 0 {
            self.is_padded = true;
            self.input.advance(zeros);
        }
        let Some(first) = self.input.first() else { return Ok(()) };
        if self.is_padded || *first != MAGIC[0] {
            return Err(corrupt("something other than gzip follows its data"));
        }
        self.members += 1;
        self.member = Some(Decompress::new_gzip(WINDOW_BITS));
        Ok(())
    }
}

fn corrupt(what: &str) -> Error {
    Error::new(Code::SourceCorrupt, format!("the gzip file is corrupt: {what}"))
}
