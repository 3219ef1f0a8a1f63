//! What an earlier job, of the same table and config, left in the store.

use super::listing::Listed;
use super::parts::Parts;
use crate::error::{Code, Error, Result};
use crate::output::Part;
use crate::upload::answer::{hex, is_md5};
use crate::upload::{Answer, Known, KnownPart, Stored};

pub struct Earlier {
    known: Option<Known>,
    /// The parts that the store has.
    there: Vec<Listed>,
    is_gone: bool,
    skipped: u64,
}

impl Earlier {
    pub fn new(known: Option<&Known>) -> Self {
        Earlier { known: known.cloned(), there: Vec::new(), is_gone: false, skipped: 0 }
    }

    /// The parts that it knew.
    fn parts(&self) -> &[KnownPart] {
        match &self.known {
            Some(Known::Unfinished { parts, .. }) => parts,
            _ => &[],
        }
    }

    fn part(&self, number: u32) -> Option<&KnownPart> {
        self.parts().iter().find(|part| part.number == number)
    }

    /// Whether there was one, which may have done more than it knew.
    pub fn exists(&self) -> bool {
        self.known.is_some()
    }

    /// What is known while nothing newer is.
    pub fn known(&self) -> Option<Known> {
        self.known.clone().filter(|_| !self.is_gone)
    }

    /// What is known of an upload that has these parts so far; of those that are still to be cut, what it knew.
    pub fn unfinished(&self, upload_id: &str, parts: &Parts) -> Known {
        let mut known = parts.known();
        known.extend(self.parts().iter().filter(|part| part.number as usize > parts.count()).cloned());
        Known::Unfinished { upload_id: upload_id.to_owned(), parts: known }
    }

    /// The store knows nothing of its upload.
    pub fn lost(&mut self) {
        self.is_gone = true;
    }

    /// The store cannot be asked, so that its word counts.
    pub fn believe(&mut self) {
        let listed =
            |part: &KnownPart| Listed { number: part.number, etag: part.etag().to_owned(), size: None };
        self.there = self.parts().iter().map(listed).collect();
    }

    pub fn listed(&mut self, parts: Vec<Listed>) {
        self.there.extend(parts);
    }

    /// The parts that the store has.
    pub fn there(&self) -> &[Listed] {
        &self.there
    }

    /// Refuses a part that is not what it was.
    pub fn check(&self, part: &Part) -> Result<()> {
        match self.part(part.number) {
            Some(known) if known.md5 != md5_of(part) => Err(changed().in_part(part.number)),
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
        let there = self.there.iter().find(|there| there.number == part.number)?;
        let is_known = self.part(part.number).is_some_and(|known| known.etag() == there.etag);
        let is_of_size = there.size.is_none_or(|size| size == part.size as u64);
        if !is_of_size || !(is_known || there.etag.eq_ignore_ascii_case(&md5_of(part))) {
            return None;
        }
        let etag = there.etag.clone();
        self.count(part);
        Some(etag)
    }

    /// Counts a part that is not sent.
    pub fn count(&mut self, part: &Part) {
        self.skipped += part.size as u64;
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

    pub fn stored(&self) -> Stored {
        match &self.known {
            Some(Known::Stored { digest, etag }) => {
                Stored { etag: etag.clone(), md5: Some(digest.clone()).filter(|digest| is_md5(digest)) }
            }
            _ => Stored::default(),
        }
    }
}

fn md5_of(part: &Part) -> String {
    hex(&part.md5.unwrap_or_default())
}

fn changed() -> Error {
    let message = "the table is not what it was when the export that is to be resumed began";
    Error::new(Code::SourceChanged, message)
}
