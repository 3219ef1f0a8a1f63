//! Checksums of the bytes that leave: which are made, and what a store is told of them.

pub mod crc32c;

use std::collections::BTreeMap;
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest, Md5};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checksum {
    Md5,
    Crc32c,
}

/// Those that were made of some bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    pub md5: Option<[u8; 16]>,
    pub crc32c: Option<u32>,
}

impl Sums {
    /// The header that has a store compare what arrives.
    pub fn header(&self, checksum: Checksum) -> Option<(&'static str, String)> {
        match checksum {
            Checksum::Md5 => Some(("content-md5", BASE64.encode(self.md5?))),
            Checksum::Crc32c => Some(("x-amz-checksum-crc32c", crc32c::text(self.crc32c?))),
        }
    }

    /// By algorithm, in hex.
    pub fn in_hex(&self) -> BTreeMap<&'static str, String> {
        let mut sums = BTreeMap::new();
        sums.extend(self.md5.map(|md5| ("md5", hex(&md5))));
        sums.extend(self.crc32c.map(|crc| ("crc32c", hex(&crc.to_be_bytes()))));
        sums
    }
}

/// Sums bytes as they come.
#[derive(Clone, Default)]
pub struct Summing {
    md5: Option<Md5>,
    crc32c: Option<u32>,
}

impl Summing {
    pub fn new(checksums: &[Checksum]) -> Self {
        Summing {
            md5: checksums.contains(&Checksum::Md5).then(Md5::new),
            crc32c: checksums.contains(&Checksum::Crc32c).then_some(0),
        }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        if let Some(md5) = &mut self.md5 {
            md5.update(bytes);
        }
        if let Some(crc) = &mut self.crc32c {
            *crc = crc32c::extend(*crc, bytes);
        }
    }

    /// The sums of what came so far.
    pub fn so_far(&self) -> Sums {
        Sums { md5: self.md5.clone().map(|md5| md5.finalize().into()), crc32c: self.crc32c }
    }

    /// The sums of what came since this was asked last.
    pub fn take(&mut self) -> Sums {
        Sums {
            md5: self.md5.as_mut().map(|md5| md5.finalize_reset().into()),
            crc32c: self.crc32c.as_mut().map(std::mem::take),
        }
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
