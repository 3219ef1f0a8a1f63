//! A leaf column: its rows in, the pages of its chunks out.

use parquet::bloom_filter::Sbbf;

use super::batch::{LeafBatch, Place};
use super::bounds::Bounds;
use super::codec::Codecs;
use super::column_values::ColumnValues;
use super::metadata::{self, Boundary, ChunkMetadata, IndexedPage, PageSize, Statistics};
use super::page::Page;
use super::page_levels::PageLevels;
use super::schema::Leaf;
use super::settings::ColumnSettings;
use crate::error::{Code, Error, Result};
use crate::plan;

/// Rows of a page at most, as parquet-java and the parquet crate have it: a reader that looks for few rows reads
/// whole pages.
const PAGE_ROWS: usize = 20_000;
/// How often a value may be taken to be in a bloom filter when it is not.
const BLOOM_FALSE_POSITIVES: f64 = 0.05;

/// Memory that columns share.
#[derive(Default)]
pub struct Scratch {
    page: Vec<u8>,
    trial: Vec<u8>,
    codecs: Codecs,
}

impl Scratch {
    /// Bytes held.
    pub fn memory(&self) -> usize {
        self.page.capacity() + self.trial.capacity() + self.codecs.memory()
    }
}

/// A column's part of a row group.
pub struct Chunk {
    pub metadata: ChunkMetadata,
    /// With their headers; the dictionary first.
    pub pages: Vec<Page>,
    pub indexed: Vec<IndexedPage>,
    /// Nothing where some page has values and no bounds.
    pub boundary: Option<Boundary>,
    pub bloom_filter: Option<Sbbf>,
}

pub struct Column {
    pub leaf: Leaf,
    pub settings: ColumnSettings,
    levels: PageLevels,
    values: ColumnValues,
    /// Of the open page.
    rows: usize,
    chunk: Chunk,
    dictionary_page: Option<Page>,
    bounds: Option<Bounds>,
    order: PageOrder,
}

impl Column {
    pub fn new(leaf: Leaf, settings: ColumnSettings) -> Self {
        Column {
            levels: PageLevels::new(&leaf),
            values: ColumnValues::new(&leaf, &settings),
            rows: 0,
            chunk: new_chunk(&leaf, &settings),
            dictionary_page: None,
            bounds: None,
            order: PageOrder::default(),
            leaf,
            settings,
        }
    }

    /// Bytes held.
    pub fn memory(&self) -> usize {
        self.chunk.metadata.compressed_bytes as usize
            + self.levels.memory()
            + self.values.open_page().memory()
    }

    /// Bytes that it may hold soon: what doubles when it is full counts twice.
    pub fn memory_ahead(&self) -> usize {
        self.memory() + self.levels.memory() + self.values.open_page().doubling_memory()
    }

    pub fn write(&mut self, batch: &LeafBatch, scratch: &mut Scratch) -> Result<()> {
        let mut from = Place::default();
        while from.row < batch.rows {
            let to = self.room(batch, from);
            self.push(batch, from, to);
            from = to;
            if self.values.open_page().unjudged_bytes() >= Some(self.settings.judged_bytes) {
                self.values.open_page_mut().judge_dictionary(false, &mut scratch.trial);
            }
            let is_full = self.values.open_page().dictionary_is_full();
            if is_full || self.rows >= PAGE_ROWS || self.page_bytes() >= self.settings.page_size {
                self.end_page(false, scratch)?;
            }
            if is_full {
                self.end_dictionary(scratch)?;
            }
        }
        Ok(())
    }

    /// How far the open page takes what comes next: at least a row.
    fn room(&self, batch: &LeafBatch, from: Place) -> Place {
        let mut budget = self.settings.page_size.saturating_sub(self.page_bytes());
        if let Some(bytes) = self.values.open_page().unjudged_bytes() {
            budget = budget.min(self.settings.judged_bytes.saturating_sub(bytes));
        }
        let mut rows = (batch.rows - from.row).min(PAGE_ROWS - self.rows);
        loop {
            let to = batch.after(from, rows);
            if rows == 1 || batch.bytes(from, to, self.leaf.physical) <= budget {
                return to;
            }
            rows /= 2;
        }
    }

    fn push(&mut self, batch: &LeafBatch, from: Place, to: Place) {
        batch.push_levels(from, to, &mut self.levels);
        self.values.push(&batch.values, from.value..to.value);
        if let Some(filter) = &mut self.chunk.bloom_filter {
            batch.each_value(from, to, |value| filter.insert(value));
        }
        self.rows += to.row - from.row;
    }

    fn page_bytes(&self) -> usize {
        self.values.open_page().page_bytes() + self.levels.bytes()
    }

    /// `at_end` where it is the chunk's last page.
    fn end_page(&mut self, at_end: bool, scratch: &mut Scratch) -> Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        self.values.open_page_mut().judge_dictionary(at_end, &mut scratch.trial);
        let bounds = match self.settings.statistics {
            plan::Statistics::None => None,
            _ => self.values.open_page_mut().bounds(),
        };
        scratch.page.clear();
        self.levels.encode(&mut scratch.page);
        let encoding = self.values.open_page_mut().end_page(&mut scratch.page);
        let slots = self.levels.slots();
        let header = |out: &mut Vec<u8>, size| metadata::data_page_header(out, size, slots, encoding);
        let page = self.finish_page(scratch, header)?;

        match self.chunk.metadata.data_pages.iter_mut().find(|(of, _)| *of == encoding) {
            Some((_, count)) => *count += 1,
            None => self.chunk.metadata.data_pages.push((encoding, 1)),
        }
        self.chunk.metadata.slots += slots as u64;
        self.index_page(page.bytes(), bounds);
        self.chunk.pages.push(page);
        self.levels.clear();
        self.values.open_page_mut().clear_page();
        self.rows = 0;
        Ok(())
    }

    /// Keeps what the footer and the page index say of the open page.
    fn index_page(&mut self, bytes: usize, bounds: Option<Bounds>) {
        let nulls = self.levels.nulls();
        let is_null = nulls == self.levels.slots();
        if let Some(statistics) = &mut self.chunk.metadata.statistics {
            statistics.nulls += nulls as u64;
        }
        if let Some(bounds) = &bounds {
            match &mut self.bounds {
                Some(all) => all.widen(bounds, self.leaf.order),
                none => *none = Some(bounds.clone()),
            }
        }
        let cut = match (bounds, self.settings.statistics) {
            (Some(bounds), plan::Statistics::Page) => {
                self.order.see(&bounds, &self.leaf);
                Some(bounds.cut(self.leaf.order, self.leaf.is_text))
            }
            _ => None,
        };
        self.order.is_complete &= is_null || cut.is_some();
        if self.settings.offset_index {
            let page = IndexedPage { bytes, rows: self.rows, nulls, is_null, bounds: cut };
            self.chunk.indexed.push(page);
        }
    }

    /// Writes the dictionary; what comes after is written without.
    fn end_dictionary(&mut self, scratch: &mut Scratch) -> Result<()> {
        scratch.page.clear();
        if let Some(values) = self.values.open_page_mut().dictionary_page(&mut scratch.page) {
            let header = |out: &mut Vec<u8>, size| metadata::dictionary_page_header(out, size, values);
            let page = self.finish_page(scratch, header)?;
            self.chunk.metadata.dictionary_page_bytes = page.bytes();
            self.dictionary_page = Some(page);
        }
        Ok(())
    }

    /// The page in `scratch`, compressed and with its header.
    fn finish_page(
        &mut self,
        scratch: &mut Scratch,
        header: impl FnOnce(&mut Vec<u8>, PageSize),
    ) -> Result<Page> {
        let compressed = scratch.codecs.compress(self.settings.compression, &scratch.page)?;
        let size = PageSize { uncompressed: size(scratch.page.len())?, compressed: size(compressed.len())? };
        scratch.trial.clear();
        header(&mut scratch.trial, size);
        let header_bytes = scratch.trial.len();
        self.chunk.metadata.uncompressed_bytes += (header_bytes + scratch.page.len()) as u64;
        self.chunk.metadata.compressed_bytes += (header_bytes + compressed.len()) as u64;
        Ok(Page::of(&scratch.trial, compressed))
    }

    /// Ends the chunk. The next rows are the first of another.
    pub fn end_chunk(&mut self, scratch: &mut Scratch) -> Result<Chunk> {
        self.end_page(true, scratch)?;
        self.end_dictionary(scratch)?;
        self.values.open_page_mut().start_chunk();
        self.levels = PageLevels::new(&self.leaf);
        let mut chunk = std::mem::replace(&mut self.chunk, new_chunk(&self.leaf, &self.settings));
        chunk.boundary = std::mem::take(&mut self.order).boundary();
        if let Some(statistics) = &mut chunk.metadata.statistics {
            let bounds = self.bounds.take();
            statistics.bounds = bounds.map(|bounds| bounds.cut(self.leaf.order, self.leaf.is_text));
        }
        if let Some(dictionary_page) = self.dictionary_page.take() {
            chunk.pages.insert(0, dictionary_page);
        }
        if let Some(filter) = &mut chunk.bloom_filter {
            filter.fold_to_target_fpp(BLOOM_FALSE_POSITIVES);
        }
        Ok(chunk)
    }
}

fn new_chunk(leaf: &Leaf, settings: &ColumnSettings) -> Chunk {
    let has_statistics = settings.statistics != plan::Statistics::None;
    let filter = |most| Sbbf::new_with_ndv_fpp(most, BLOOM_FALSE_POSITIVES).ok();
    Chunk {
        metadata: ChunkMetadata {
            codec: settings.compression.number(),
            data_pages: Vec::new(),
            dictionary_page_bytes: 0,
            slots: 0,
            uncompressed_bytes: 0,
            compressed_bytes: 0,
            statistics: has_statistics.then_some(Statistics { nulls: 0, bounds: None }),
            bloom_filter: None,
        },
        pages: Vec::new(),
        indexed: Vec::new(),
        boundary: None,
        bloom_filter: settings.bloom_filter.filter(|_| leaf.can_be_filtered()).and_then(filter),
    }
}

fn size(bytes: usize) -> Result<i32> {
    let message = "a value is larger than a page of parquet can be";
    i32::try_from(bytes).map_err(|_| Error::new(Code::LimitExceeded, message))
}

/// Whether the bounds of pages only rise, or only fall.
struct PageOrder {
    last: Option<Bounds>,
    rises: bool,
    falls: bool,
    is_complete: bool,
}

impl Default for PageOrder {
    fn default() -> Self {
        PageOrder { last: None, rises: true, falls: true, is_complete: true }
    }
}

impl PageOrder {
    fn see(&mut self, next: &Bounds, leaf: &Leaf) {
        if let Some(last) = &self.last {
            let mins = leaf.order.compare(&last.min.value, &next.min.value);
            let maxs = leaf.order.compare(&last.max.value, &next.max.value);
            self.rises &= mins.is_le() && maxs.is_le();
            self.falls &= mins.is_ge() && maxs.is_ge();
        }
        self.last = Some(next.clone());
    }

    fn boundary(self) -> Option<Boundary> {
        self.is_complete.then_some(match self {
            PageOrder { rises: true, .. } => Boundary::Ascending,
            PageOrder { falls: true, .. } => Boundary::Descending,
            _ => Boundary::Unordered,
        })
    }
}
