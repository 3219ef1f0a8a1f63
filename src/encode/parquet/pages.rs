//! The pages of an open row group, each in as much memory as it takes. The compressor hands them over in buffers that
//! were made for the worst it could have done.

use bytes::Bytes;
use parquet::arrow::arrow_writer::{PageKey, PageStore, PageStoreArgs, PageStoreFactory};
use parquet::errors::{ParquetError, Result};

/// The pages of one column chunk, until they are taken.
#[derive(Debug, Default)]
struct ExactPages {
    pages: Vec<Option<Bytes>>,
    size: usize,
}

impl PageStore for ExactPages {
    fn put(&mut self, page: Bytes) -> Result<PageKey> {
        self.size += page.len();
        self.pages.push(Some(Bytes::copy_from_slice(&page)));
        Ok(PageKey::new(self.pages.len() as u64 - 1))
    }

    fn take(&mut self, key: PageKey) -> Result<Bytes> {
        let page = self.pages.get_mut(key.get() as usize).and_then(Option::take);
        let page = page.ok_or_else(|| ParquetError::General("a page was taken twice".to_owned()))?;
        self.size -= page.len();
        Ok(page)
    }

    fn memory_size(&self) -> usize {
        self.size
    }
}

#[derive(Debug)]
pub struct ExactPagesFactory;

impl PageStoreFactory for ExactPagesFactory {
    fn create(&self, _: &PageStoreArgs<'_>) -> Result<Box<dyn PageStore>> {
        Ok(Box::new(ExactPages::default()))
    }
}
