//! What an earlier job, of the same table and config, left in the store.

use super::listing::Listed;
use crate::checksum::hex;
use crate::error::{Code, Error, Result};
use crate::output::Part;
use crate::plan::MAX_BLOCKS;
use crate::upload::{Answer, Known, KnownPart};

pub struct Earlier {
    known: Option<Known>,
    there: There,
    is_gone: bool,
    skipped: u64,
}

impl Earlier {
    pub fn new(known: Option<&Known>) -> Self {
        Earlier { known: known.cloned(), there: There::default(), is_gone: false, skipped: 0 }
    }

    /// The parts that it knew.
    fn parts(&self) -> &[KnownPart] {
        match &self.known {
            Some(Known::Unfinished { parts, .. }) => parts,
            _ => &[],
        }
    }

    fn part(&self, number: u32) -> Option<&KnownPart> {
        let at = self.parts().binary_search_by_key(&number, |part| part.number).ok()?;
        self.parts().get(at)
    }

    /// Whether there was one, which may have done more than it knew.
    pub fn exists(&self) -> bool {
        self.known.is_some()
    }

    /// What is known while nothing newer is.
    pub fn known(&self) -> Option<Known> {
        self.known.clone().filter(|_| !self.is_gone)
    }

    /// The last part that it knew; 0 where it knew none.
    pub fn last(&self) -> u32 {
        self.parts().last().map_or(0, |part| part.number)
    }

    /// What is known of an upload of which `parts` are known now, and so many were cut; of those that are still to be cut,
    /// what it knew.
    pub fn unfinished(&self, upload_id: &str, mut parts: Vec<KnownPart>, cut: usize) -> Known {
        parts.extend(self.parts().iter().filter(|part| part.number as usize > cut).cloned());
        Known::Unfinished { upload_id: upload_id.to_owned(), parts }
    }

    /// The store knows nothing of its upload.
    pub fn lost(&mut self) {
        self.is_gone = true;
    }

    /// The store cannot be asked, so that its word counts.
    pub fn believe(&mut self) {
        let listed =
            |part: &KnownPart| Listed { number: part.number, etag: part.etag().to_owned(), size: None };
        self.there.add(self.parts().iter().map(listed).collect());
    }

    pub fn listed(&mut self, parts: Vec<Listed>) {
        self.there.add(parts);
    }

    /// The parts that the store has.
    pub fn there(&self) -> &There {
        &self.there
    }

    /// Refuses a part that is not what it was, by its MD5.
    pub fn check(&self, number: u32, md5: Option<[u8; 16]>) -> Result<()> {
        match self.part(number) {
            Some(known) if known.md5 != hex(&md5.unwrap_or_default()) => Err(changed().in_part(number)),
            _ => Ok(()),
        }
    }

    /// Refuses a file that is not what it was.
    pub fn check_whole(&self, digest: &str) -> Result<()> {
        match &self.known {
            Some(Known::Stored { digest: known, .. }) if known != digest => Err(changed()),
            _ => Ok(()),
        }
    }

    /// The ETag of a part that need not be sent, since the store has it.
    pub fn skip(&mut self, part: &Part) -> Option<String> {
        let there = self.there.part(part.number)?;
        let md5 = hex(&part.sums.md5.unwrap_or_default());
        let is_known = self.part(part.number).is_some_and(|known| known.etag() == there.etag);
        let is_of_size = there.size.is_none_or(|size| size == part.size as u64);
        if !is_of_size || !(is_known || there.etag.eq_ignore_ascii_case(&md5)) {
            return None;
        }
        let etag = there.etag.clone();
        self.count(part.size as u64);
        Some(etag)
    }

    /// Counts bytes that are not sent.
    pub fn count(&mut self, bytes: u64) {
        self.skipped += bytes;
    }

    pub fn take_skipped(&mut self) -> u64 {
        std::mem::take(&mut self.skipped)
    }

    /// Whether the object that the store tells of is the file that it stored.
    pub fn is_object(&self, answer: &Answer) -> bool {
        let Some(Known::Stored { digest, etag }) = &self.known else { return false };
        let there = answer.etag();
        let wanted = etag.as_ref().or(there.as_ref().map(|_| digest));
        answer.status != 404 && there.as_ref() == wanted
    }

    /// The ETag of the file that it stored.
    pub fn etag(&self) -> Option<String> {
        match &self.known {
            Some(Known::Stored { etag, .. }) => etag.clone(),
            _ => None,
        }
    }
}

/// The parts that a store has, in whatever order it lists them, each in the place of its number.
#[derive(Default)]
pub struct There(Vec<Option<Listed>>);

impl There {
    fn add(&mut self, parts: Vec<Listed>) {
        for part in parts.into_iter().filter(|part| (1..=MAX_BLOCKS).contains(&part.number)) {
            let at = part.number as usize - 1;
            if at >= self.0.len() {
                self.0.resize_with(at + 1, || None);
            }
            self.0[at] = Some(part);
        }
    }

    pub fn part(&self, number: u32) -> Option<&Listed> {
        self.0.get((number as usize).wrapping_sub(1))?.as_ref()
    }
}

fn changed() -> Error {
    let message = "the table is not what it was when the export that is to be resumed began";
    Error::new(Code::SourceChanged, message)
}
