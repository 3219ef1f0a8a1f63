//! The parts of one upload: what was cut, and what the store has of it.

use md5::{Digest, Md5};

use super::listing::Listed;
use crate::error::{Code, Error, Result};
use crate::upload::KnownPart;
use crate::upload::answer::{hex, no_etag, not_what_was_sent};

/// All that were cut, in order.
#[derive(Default)]
pub struct Parts(Vec<Cut>);

struct Cut {
    md5: [u8; 16],
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
    pub fn cut(&mut self, md5: [u8; 16]) {
        self.0.push(Cut { md5, sent: Sent::No });
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
    pub fn reveal(&mut self, listed: &[Listed]) -> Result<()> {
        let is_sum = |listed: &Listed| {
            self.0.get(listed.number as usize - 1).is_some_and(|part| listed.etag == hex(&part.md5))
        };
        let are_sums = listed.iter().any(is_sum);
        for (number, part) in (1..).zip(&mut self.0) {
            if matches!(part.sent, Sent::Hidden) {
                let found = listed.iter().find(|listed| listed.number == number);
                let etag = found.ok_or_else(|| no_etag().in_part(number))?.etag.clone();
                if are_sums && etag != hex(&part.md5) {
                    return Err(not_what_was_sent().in_part(number));
                }
                part.sent = Sent::Stored(etag);
            }
        }
        Ok(())
    }

    /// Each part that is stored and its ETag, as a Complete lists them.
    pub fn listed(&self) -> Vec<(u32, String)> {
        let part = |(number, part): (u32, &Cut)| match &part.sent {
            Sent::Stored(etag) => Some((number, etag.clone())),
            _ => None,
        };
        self.numbered().filter_map(part).collect()
    }

    /// What a later job is told of those.
    pub fn known(&self) -> Vec<KnownPart> {
        let part = |(number, etag): (u32, String)| {
            let md5 = hex(&self.0[number as usize - 1].md5);
            let etag = Some(etag).filter(|etag| *etag != md5);
            KnownPart { number, md5, etag }
        };
        self.listed().into_iter().map(part).collect()
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

    /// Compares the ETag of the whole with ours, where it is made of MD5 sums: where those of the parts were.
    pub fn check_whole(&self, etag: &str) -> Result<()> {
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
