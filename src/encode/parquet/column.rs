//! A leaf column: its rows in, the pages of its chunks out.

use parquet::bloom_filter::Sbbf;

use super::batch::{LeafBatch, Place};
use super::bounds::Bounds;
use super::column_values::ColumnValues;
use super::metadata::{Boundary, ChunkMetadata, IndexedPage, Statistics};
use super::page::{Page, PageKind, WrittenPage};
use super::page_levels::PageLevels;
use super::schema::Leaf;
use super::settings::ColumnSettings;
use crate::compress::pool::Pool;
use crate::error::Result;
use crate::plan;

/// Rows of a page at most, as parquet-java and the parquet crate have it: a reader that looks for few rows reads
/// whole pages.
const PAGE_ROWS: usize = 20_000;
/// How often a value may be taken to be in a bloom filter when it is not.
const BLOOM_FALSE_POSITIVES: f64 = 0.05;

/// What columns share.
pub struct Scratch {
    page: Vec<u8>,
    trial: Vec<u8>,
    pool: Pool,
}

impl Scratch {
    pub fn new(pool: Pool) -> Self {
        Scratch { page: Vec::new(), trial: Vec::new(), pool }
    }

    /// Bytes held, without those that the pool has.
    pub fn memory(&self) -> usize {
        self.page.capacity() + self.trial.capacity()
    }

    /// Gives back its memory.
    pub fn release(&mut self) {
        self.pool.release();
        *self = Scratch::new(self.pool.clone());
    }
}

/// A column's part of a row group.
pub struct Chunk {
    pub metadata: ChunkMetadata,
    /// The dictionary first.
    pub pages: Vec<WrittenPage>,
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
    pages: Vec<Page>,
    pages_ended: bool,
    /// How many of the first pages are known to be compressed, and their bytes.
    measured: (usize, usize),
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
            pages: Vec::new(),
            pages_ended: false,
            measured: (0, 0),
            bounds: None,
            order: PageOrder::default(),
            leaf,
            settings,
        }
    }

    /// Bytes held of the open page.
    pub fn memory(&self) -> usize {
        self.levels.memory() + self.values.open_page().memory()
    }

    /// Bytes that it may hold soon, at most, and exactly once its pages are compressed: what doubles when it is full
    /// counts twice.
    pub fn memory_ahead(&mut self) -> usize {
        self.pages_bytes() + self.memory() + self.levels.memory() + self.values.open_page().doubling_memory()
    }

    fn pages_bytes(&mut self) -> usize {
        let (count, bytes) = &mut self.measured;
        while let Some(more) = self.pages.get(*count).and_then(|page| page.content.bytes()) {
            *count += 1;
            *bytes += more;
        }
        *bytes + self.pages[*count..].iter().map(Page::bytes_at_most).sum::<usize>()
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
        self.add_page(scratch, PageKind::Data { slots, encoding })?;

        match self.chunk.metadata.data_pages.iter_mut().find(|(of, _)| *of == encoding) {
            Some((_, count)) => *count += 1,
            None => self.chunk.metadata.data_pages.push((encoding, 1)),
        }
        self.chunk.metadata.slots += slots as u64;
        self.index_page(bounds);
        self.levels.clear();
        self.values.open_page_mut().clear_page();
        self.rows = 0;
        Ok(())
    }

    /// Keeps what the footer and the page index say of the open page.
    fn index_page(&mut self, bounds: Option<Bounds>) {
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
            let page = IndexedPage { bytes: 0, rows: self.rows, nulls, is_null, bounds: cut };
            self.chunk.indexed.push(page);
        }
    }

    /// Writes the dictionary; what comes after is written without.
    fn end_dictionary(&mut self, scratch: &mut Scratch) -> Result<()> {
        scratch.page.clear();
        if let Some(values) = self.values.open_page_mut().dictionary_page(&mut scratch.page) {
            self.add_page(scratch, PageKind::Dictionary { values })?;
        }
        Ok(())
    }

    /// Has the page in `scratch` compressed.
    fn add_page(&mut self, scratch: &Scratch, kind: PageKind) -> Result<()> {
        let content = match self.settings.compression.recipe() {
            Some(recipe) => scratch.pool.compress(recipe, &scratch.page)?,
            None => scratch.pool.keep(&scratch.page),
        };
        self.pages.push(Page { content, uncompressed_bytes: scratch.page.len(), kind });
        Ok(())
    }

    /// Ends the pages of the chunk, and gives back the memory of what was open.
    pub fn end_pages(&mut self, scratch: &mut Scratch) -> Result<()> {
        if std::mem::replace(&mut self.pages_ended, true) {
            return Ok(());
        }
        self.end_page(true, scratch)?;
        self.end_dictionary(scratch)?;
        self.values.open_page_mut().start_chunk();
        self.levels = PageLevels::new(&self.leaf);
        Ok(())
    }

    /// Ends the chunk, whose pages have ended and are compressed. The next rows are the first of another.
    pub fn end_chunk(&mut self, scratch: &Scratch) -> Result<Chunk> {
        self.pages_ended = false;
        self.measured = (0, 0);
        let mut chunk = std::mem::replace(&mut self.chunk, new_chunk(&self.leaf, &self.settings));
        chunk.take_pages(std::mem::take(&mut self.pages), &scratch.pool)?;
        chunk.boundary = std::mem::take(&mut self.order).boundary();
        if let Some(statistics) = &mut chunk.metadata.statistics {
            let bounds = self.bounds.take();
            statistics.bounds = bounds.map(|bounds| bounds.cut(self.leaf.order, self.leaf.is_text));
        }
        if let Some(filter) = &mut chunk.bloom_filter {
            filter.fold_to_target_fpp(BLOOM_FALSE_POSITIVES);
        }
        Ok(chunk)
    }
}

impl Chunk {
    /// Takes the pages in the order in which they stand in the file, and keeps what is said of them.
    fn take_pages(&mut self, mut pages: Vec<Page>, pool: &Pool) -> Result<()> {
        if let Some(at) = pages.iter().position(Page::is_dictionary) {
            pages[..=at].rotate_right(1);
        }
        let mut indexed = self.indexed.iter_mut();
        for page in pages {
            let written = page.written(pool)?;
            let bytes = written.bytes();
            self.metadata.uncompressed_bytes += (written.header.len() + page.uncompressed_bytes) as u64;
            self.metadata.compressed_bytes += bytes as u64;
            if page.is_dictionary() {
                self.metadata.dictionary_page_bytes = bytes;
            } else if let Some(entry) = indexed.next() {
                entry.bytes = bytes;
            }
            self.pages.push(written);
        }
        Ok(())
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
