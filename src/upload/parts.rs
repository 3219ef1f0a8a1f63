//! The parts of one upload: what was cut, and what the store has of it.

use md5::{Digest, Md5};

use super::earlier::There;
use crate::checksum::{Sums, crc32c, hex};
use crate::error::{Code, Error, Result};
use crate::output::Part;
use crate::upload::answer::{another_crc32c, no_etag, not_what_was_sent};
use crate::upload::{Answer, CompletedPart, KnownPart};

/// All that were cut, in order.
#[derive(Default)]
pub struct Parts(Vec<Cut>);

struct Cut {
    size: u64,
    md5: [u8; 16],
    crc32c: Option<u32>,
    sent: Sent,
}

enum Sent {
    No,
    Unanswered,
    /// Stored, and the answer did not show its ETag.
    Hidden,
    Stored(String),
}

impl Parts {
    pub fn cut(&mut self, part: &Part) {
        let Sums { md5, crc32c } = part.sums;
        self.0.push(Cut { size: part.size as u64, md5: md5.unwrap_or_default(), crc32c, sent: Sent::No });
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The MD5 of each.
    pub fn md5s(&self) -> impl Iterator<Item = &[u8; 16]> {
        self.0.iter().map(|part| &part.md5)
    }

    pub fn sent(&mut self, number: u32) {
        self.set(number, Sent::Unanswered);
    }

    pub fn stored(&mut self, number: u32, etag: Option<String>) {
        self.set(number, etag.map_or(Sent::Hidden, Sent::Stored));
    }

    fn set(&mut self, number: u32, sent: Sent) {
        if let Some(part) = self.0.get_mut((number as usize).wrapping_sub(1)) {
            part.sent = sent;
        }
    }

    fn numbered(&self) -> impl Iterator<Item = (u32, &Cut)> {
        (1..).zip(&self.0)
    }

    /// Whether the store has every part.
    pub fn are_stored(&self) -> bool {
        self.0.iter().all(|part| matches!(part.sent, Sent::Stored(_) | Sent::Hidden))
    }

    pub fn has_hidden(&self) -> bool {
        self.0.iter().any(|part| matches!(part.sent, Sent::Hidden))
    }

    /// Takes the ETags that the answers did not show from the store's list. Encryption makes ETags that are no MD5 sums: of
    /// all parts, so that where some are, all must be.
    pub fn reveal(&mut self, there: &There) -> Result<()> {
        let is_sum = |(number, part): (u32, &Cut)| {
            there.part(number).is_some_and(|listed| listed.etag == hex(&part.md5))
        };
        let are_sums = self.numbered().any(is_sum);
        for (number, part) in (1..).zip(&mut self.0) {
            if matches!(part.sent, Sent::Hidden) {
                let found = there.part(number);
                let etag = found.ok_or_else(|| no_etag().in_part(number))?.etag.clone();
                if are_sums && etag != hex(&part.md5) {
                    return Err(not_what_was_sent().in_part(number));
                }
                part.sent = Sent::Stored(etag);
            }
        }
        Ok(())
    }

    /// Each part that is stored, as a Complete lists it.
    pub fn completed(&self) -> Vec<CompletedPart> {
        let part = |(number, part): (u32, &Cut)| match &part.sent {
            Sent::Stored(etag) => Some(CompletedPart { number, etag: etag.clone(), crc32c: part.crc32c }),
            _ => None,
        };
        self.numbered().filter_map(part).collect()
    }

    /// What a later job is told of those.
    pub fn known(&self) -> Vec<KnownPart> {
        let part = |CompletedPart { number, etag, .. }| {
            let md5 = hex(&self.0[number as usize - 1].md5);
            let etag = Some(etag).filter(|etag| *etag != md5);
            KnownPart { number, md5, etag }
        };
        self.completed().into_iter().map(part).collect()
    }

    /// What S3 makes the ETag of an object of these parts.
    pub fn etag(&self) -> String {
        let mut all = Md5::new();
        self.0.iter().for_each(|part| all.update(part.md5));
        format!("{}-{}", hex(&all.finalize()), self.0.len())
    }

    /// That of the file of these parts: by one PUT, where there is one part.
    pub fn digest(&self) -> String {
        match &self.0[..] {
            [only] => hex(&only.md5),
            _ => self.etag(),
        }
    }

    /// The sums of the file of these parts.
    pub fn sums(&self) -> Sums {
        let md5 = match &self.0[..] {
            [only] => Some(only.md5),
            _ => None,
        };
        Sums { md5, crc32c: self.crc32c() }
    }

    fn crc32c(&self) -> Option<u32> {
        let join = |whole, part: &Cut| Some(crc32c::join(whole, part.crc32c?, part.size));
        self.0.iter().try_fold(0, join)
    }

    /// Compares what the store says of the whole with ours.
    pub fn check_whole(&self, answer: &Answer, etag: Option<&str>) -> Result<()> {
        etag.map_or(Ok(()), |etag| self.check_etag(etag))?;
        let theirs = answer.element("ChecksumCRC32C");
        match (self.crc32c(), theirs) {
            (Some(whole), Some(theirs))
                if theirs != self.composite_crc32c() && theirs != crc32c::text(whole) =>
            {
                Err(another_crc32c())
            }
            _ => Ok(()),
        }
    }

    /// What S3 makes the CRC32C of an object of these parts, unless it is told that it is to be that of its bytes.
    fn composite_crc32c(&self) -> String {
        let sums: Vec<u8> =
            self.0.iter().flat_map(|part| part.crc32c.unwrap_or_default().to_be_bytes()).collect();
        format!("{}-{}", crc32c::text(crc32c::extend(0, &sums)), self.0.len())
    }

    /// The ETag of the whole is comparable where it is made of MD5 sums: where those of the parts were.
    fn check_etag(&self, etag: &str) -> Result<()> {
        let ours = self.etag();
        let is_md5 = |part: &Cut| matches!(&part.sent, Sent::Stored(etag) if *etag == hex(&part.md5));
        let comparable = etag.len() == ours.len() && self.0.iter().all(is_md5);
        if !comparable || etag.eq_ignore_ascii_case(&ours) {
            return Ok(());
        }
        let message = "the store's ETag of the whole object does not follow from the parts that were sent";
        Err(Error::new(Code::StoreChecksumMismatch, message))
    }
}
