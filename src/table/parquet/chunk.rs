//! A column chunk: the pages of one column in one row group.

use bytes::Bytes;
use flate2::Crc;

use super::codec;
use super::flaw::{Decoded, Flaw};
use super::header::{self, DataPage, DataPageV2, PageHeader, PageKind};
use super::levels::Levels;
use super::metadata::Codec;
use super::values::{Dictionary, PageValues, Storage};

/// The pages that have not been read.
#[derive(Debug, Clone)]
pub struct Chunk {
    bytes: Bytes,
    codec: Codec,
    storage: Storage,
    max_definition: u8,
    max_repetition: u8,
    /// Bytes that a page may take.
    limit: usize,
    dictionary: Option<Dictionary>,
}

/// A data page.
#[derive(Debug, Clone)]
pub struct Page {
    /// Levels, or values and nulls, that have not been read.
    pub left: usize,
    pub repetition_levels: Levels,
    pub definition_levels: Levels,
    pub values: PageValues,
    /// Bytes of its body.
    pub size: usize,
}

/// What a chunk is of.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    pub storage: Storage,
    pub max_definition: u8,
    pub max_repetition: u8,
}

impl Chunk {
    pub fn new(bytes: Bytes, codec: Codec, layout: Layout, limit: usize) -> Self {
        let Layout { storage, max_definition, max_repetition } = layout;
        Chunk { bytes, codec, storage, max_definition, max_repetition, limit, dictionary: None }
    }

    /// Bytes held by the dictionary.
    pub fn dictionary_size(&self) -> usize {
        self.dictionary.as_ref().map_or(0, Dictionary::size)
    }

    /// The next data page that is not empty.
    pub fn next(&mut self) -> Decoded<Option<Page>> {
        while !self.bytes.is_empty() {
            let (header, length) = header::read(&self.bytes)?;
            let body = self.bytes.get(length..).and_then(|rest| rest.get(..header.compressed));
            let body = self.bytes.slice_ref(body.ok_or(Flaw::Corrupt("a page ends behind its column"))?);
            let _ = self.bytes.split_to(length + header.compressed);
            if header.crc.is_some_and(|crc| crc32(&body) != crc) {
                return Err(Flaw::Corrupt("a page has another checksum than its header says"));
            }
            match &header.kind {
                PageKind::Data(page) if page.values > 0 => return self.data(&header, page, body).map(Some),
                PageKind::DataV2(page) if page.values > 0 => {
                    return self.data_v2(&header, page, body).map(Some);
                }
                PageKind::Dictionary { values, encoding } => {
                    if !matches!(encoding, header::Encoding::Plain | header::Encoding::PlainDictionary) {
                        return Err(Flaw::Corrupt(
                            "a dictionary has an encoding that dictionaries cannot have",
                        ));
                    }
                    let body = self.decompress(body, header.uncompressed)?;
                    self.dictionary = Some(Dictionary::new(self.storage, body, *values)?);
                }
                _ => {}
            }
        }
        Ok(None)
    }

    fn data(&self, header: &PageHeader, page: &DataPage, body: Bytes) -> Decoded<Page> {
        let mut body = self.decompress(body, header.uncompressed)?;
        let size = body.len();
        let repetition_levels =
            Levels::split_from(&mut body, self.max_repetition, page.repetition_levels, page.values)?;
        let definition_levels =
            Levels::split_from(&mut body, self.max_definition, page.definition_levels, page.values)?;
        let values = PageValues::new(self.storage, page.encoding, self.dictionary.as_ref(), body)?;
        Ok(Page { left: page.values, repetition_levels, definition_levels, values, size })
    }

    fn data_v2(&self, header: &PageHeader, page: &DataPageV2, mut body: Bytes) -> Decoded<Page> {
        let levels = page.repetition_levels.checked_add(page.definition_levels);
        let levels = levels.filter(|levels| *levels <= body.len().min(header.uncompressed));
        let levels = levels.ok_or(Flaw::Corrupt("a page ends within its levels"))?;
        let repetition_levels = Levels::new(self.max_repetition, body.split_to(page.repetition_levels))?;
        let definition_levels = Levels::new(self.max_definition, body.split_to(page.definition_levels))?;
        let size = header.uncompressed - levels;
        let body = if page.is_compressed { self.decompress(body, size)? } else { body };
        let values = PageValues::new(self.storage, page.encoding, self.dictionary.as_ref(), body)?;
        Ok(Page { left: page.values, repetition_levels, definition_levels, values, size })
    }

    fn decompress(&self, body: Bytes, size: usize) -> Decoded<Bytes> {
        match self.codec {
            Codec::Uncompressed if body.len() == size => Ok(body),
            Codec::Uncompressed => Err(Flaw::Corrupt("a page has another size than its header says")),
            codec => codec::decompress(codec, &body, size, self.limit).map(Bytes::from),
        }
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}
