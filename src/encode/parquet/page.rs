//! A page, while its content is compressed and until it leaves.

use super::metadata::{self, Encoding, PageSize};
use crate::compress::pool::{Pieces, Pool, Ticket};
use crate::error::{Code, Error, Result};

pub struct Page {
    pub content: Ticket,
    pub uncompressed_bytes: usize,
    pub kind: PageKind,
}

#[derive(Debug, Clone, Copy)]
pub enum PageKind {
    /// `slots` counts values and nulls.
    Data {
        slots: usize,
        encoding: Encoding,
    },
    Dictionary {
        values: usize,
    },
}

/// A page as it stands in the file.
pub struct WrittenPage {
    pub header: Vec<u8>,
    pub content: Pieces,
}

impl Page {
    pub fn is_dictionary(&self) -> bool {
        matches!(self.kind, PageKind::Dictionary { .. })
    }

    /// Bytes of its content, compressed; more than that while it is not.
    pub fn bytes_at_most(&self) -> usize {
        // No codec makes a block larger by more than a sixth, and a few bytes.
        self.content.bytes().unwrap_or(self.uncompressed_bytes + self.uncompressed_bytes / 6 + 64)
    }

    /// The page, once its content is compressed.
    pub fn written(&self, pool: &Pool) -> Result<WrittenPage> {
        let Some(content) = pool.collect(&self.content) else {
            return Err(Error::new(Code::Internal, "a page was to leave before it was compressed"));
        };
        let compressed = content.iter().map(Vec::len).sum();
        let size = PageSize { uncompressed: size(self.uncompressed_bytes)?, compressed: size(compressed)? };
        let mut header = Vec::new();
        match self.kind {
            PageKind::Data { slots, encoding } => {
                metadata::data_page_header(&mut header, size, slots, encoding);
            }
            PageKind::Dictionary { values } => metadata::dictionary_page_header(&mut header, size, values),
        }
        Ok(WrittenPage { header, content })
    }
}

impl WrittenPage {
    pub fn bytes(&self) -> usize {
        self.header.len() + self.content.iter().map(Vec::len).sum::<usize>()
    }
}

fn size(bytes: usize) -> Result<i32> {
    let message = "a value is larger than a page of parquet can be";
    i32::try_from(bytes).map_err(|_| Error::new(Code::LimitExceeded, message))
}
