//! What a file says of its pages, chunks and row groups.
//!
//! <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>

use std::collections::BinaryHeap;

use super::bounds::Bounds;
use super::schema::{FileSchema, Leaf};
use super::thrift::{self, Kind, Struct};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    Plain = 0,
    Rle = 3,
    DeltaBinaryPacked = 5,
    RleDictionary = 8,
}

const DATA_PAGE: i32 = 0;
const DICTIONARY_PAGE: i32 = 2;

/// The sizes of a page's content, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct PageSize {
    pub uncompressed: i32,
    pub compressed: i32,
}

/// `slots` counts values and nulls.
pub fn data_page_header(out: &mut Vec<u8>, size: PageSize, slots: usize, encoding: Encoding) {
    thrift::structure(out, |s| {
        s.i32(1, DATA_PAGE);
        s.i32(2, size.uncompressed);
        s.i32(3, size.compressed);
        s.structure(5, |s| {
            s.i32(1, slots as i32);
            s.i32(2, encoding as i32);
            s.i32(3, Encoding::Rle as i32);
            s.i32(4, Encoding::Rle as i32);
        });
    });
}

pub fn dictionary_page_header(out: &mut Vec<u8>, size: PageSize, values: usize) {
    thrift::structure(out, |s| {
        s.i32(1, DICTIONARY_PAGE);
        s.i32(2, size.uncompressed);
        s.i32(3, size.compressed);
        s.structure(7, |s| {
            s.i32(1, values as i32);
            s.i32(2, Encoding::Plain as i32);
        });
    });
}

/// A data page, as the page index has it.
#[derive(Debug)]
pub struct IndexedPage {
    /// In the file, with its header.
    pub bytes: usize,
    pub rows: usize,
    pub nulls: usize,
    /// Whether there are nulls alone.
    pub is_null: bool,
    pub bounds: Option<Bounds>,
}

/// The order of pages by their bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Boundary {
    Unordered = 0,
    Ascending = 1,
    Descending = 2,
}

/// The bounds of pages that all have some, or nulls alone.
pub fn column_index(pages: &[IndexedPage], boundary: Boundary) -> Vec<u8> {
    let bound = |out: &mut Vec<u8>, page: &IndexedPage, of: fn(&Bounds) -> &[u8]| {
        thrift::binary(out, page.bounds.as_ref().map_or(&[], of));
    };
    let mut out = Vec::new();
    thrift::structure(&mut out, |s| {
        s.list(1, Kind::Bool, pages.iter(), |out, page| out.push(if page.is_null { 1 } else { 2 }));
        s.list(2, Kind::Binary, pages.iter(), |out, page| bound(out, page, |bounds| &bounds.min.value));
        s.list(3, Kind::Binary, pages.iter(), |out, page| bound(out, page, |bounds| &bounds.max.value));
        s.i32(4, boundary as i32);
        s.list(5, Kind::I64, pages.iter(), |out, page| thrift::zigzag(out, page.nulls as i64));
    });
    out.shrink_to_fit();
    out
}

/// Where the pages are; the first is at `offset`.
pub fn offset_index(pages: &[IndexedPage], mut offset: u64) -> Vec<u8> {
    let mut row = 0;
    let mut out = Vec::new();
    thrift::structure(&mut out, |s| {
        s.list(1, Kind::Struct, pages.iter(), |out, page| {
            thrift::structure(out, |s| {
                s.i64(1, offset as i64);
                s.i32(2, page.bytes as i32);
                s.i64(3, row);
            });
            offset += page.bytes as u64;
            row += page.rows as i64;
        });
    });
    out.shrink_to_fit();
    out
}

/// A column chunk. Sizes count the headers of pages.
#[derive(Debug, Clone)]
pub struct ChunkMetadata {
    pub codec: i32,
    /// How many data pages of each encoding there are.
    pub data_pages: Vec<(Encoding, usize)>,
    /// With its header; 0 where there is none.
    pub dictionary_page_bytes: usize,
    pub slots: u64,
    pub uncompressed_bytes: u64,
    pub compressed_bytes: u64,
    pub statistics: Option<Statistics>,
    /// In the file, and bytes.
    pub bloom_filter: Option<(u64, usize)>,
}

#[derive(Debug, Clone)]
pub struct Statistics {
    pub nulls: u64,
    pub bounds: Option<Bounds>,
}

/// ColumnMetaData of a chunk at `offset`.
pub fn column_metadata(leaf: &Leaf, chunk: &ChunkMetadata, offset: u64) -> Vec<u8> {
    let has_dictionary = chunk.dictionary_page_bytes > 0;
    let mut encodings: Vec<Encoding> = chunk.data_pages.iter().map(|(encoding, _)| *encoding).collect();
    encodings.push(Encoding::Rle);
    if has_dictionary {
        encodings.push(Encoding::Plain);
    }
    let mut encodings = BinaryHeap::from(encodings).into_sorted_vec();
    encodings.dedup();
    let dictionary = has_dictionary.then_some((DICTIONARY_PAGE, Encoding::Plain, 1));
    let data = chunk.data_pages.iter().map(|(encoding, count)| (DATA_PAGE, *encoding, *count));
    let pages: Vec<_> = dictionary.into_iter().chain(data).collect();
    let mut out = Vec::new();
    thrift::structure(&mut out, |s| {
        s.i32(1, leaf.physical as i32);
        s.list(2, Kind::I32, encodings.iter(), |out, encoding| thrift::zigzag(out, *encoding as i64));
        s.list(3, Kind::Binary, leaf.path.iter(), |out, name| thrift::binary(out, name.as_bytes()));
        s.i32(4, chunk.codec);
        s.i64(5, chunk.slots as i64);
        s.i64(6, chunk.uncompressed_bytes as i64);
        s.i64(7, chunk.compressed_bytes as i64);
        s.i64(9, offset as i64 + chunk.dictionary_page_bytes as i64);
        if has_dictionary {
            s.i64(11, offset as i64);
        }
        if let Some(statistics) = &chunk.statistics {
            s.structure(12, |s| write_statistics(s, statistics));
        }
        s.list(13, Kind::Struct, pages.iter(), |out, (page_type, encoding, count)| {
            thrift::structure(out, |s| {
                s.i32(1, *page_type);
                s.i32(2, *encoding as i32);
                s.i32(3, *count as i32);
            });
        });
        if let Some((offset, bytes)) = chunk.bloom_filter {
            s.i64(14, offset as i64);
            s.i32(15, bytes as i32);
        }
    });
    out.shrink_to_fit();
    out
}

fn write_statistics(s: &mut Struct, statistics: &Statistics) {
    s.i64(3, statistics.nulls as i64);
    if let Some(Bounds { min, max }) = &statistics.bounds {
        s.binary(5, &max.value);
        s.binary(6, &min.value);
        s.bool(7, max.is_exact);
        s.bool(8, min.is_exact);
    }
}

/// A row group that has been written.
#[derive(Debug)]
pub struct RowGroup {
    pub offset: u64,
    pub rows: u64,
    pub uncompressed_bytes: u64,
    pub compressed_bytes: u64,
    pub chunks: Vec<WrittenChunk>,
}

/// Structures of a chunk, as they are written.
#[derive(Debug)]
pub struct WrittenChunk {
    pub metadata: Vec<u8>,
    pub column_index: Option<Vec<u8>>,
    pub offset_index: Option<Vec<u8>>,
}

/// Appends all that stands after the row groups, to a file of `position` bytes.
pub fn file_end(
    out: &mut Vec<u8>,
    mut position: u64,
    schema: &FileSchema,
    row_groups: &[RowGroup],
    key_values: &[(String, String)],
    created_by: &str,
) {
    let mut place = |out: &mut Vec<u8>, index: &Option<Vec<u8>>| {
        let index = index.as_deref()?;
        out.extend_from_slice(index);
        position += index.len() as u64;
        Some((position as i64 - index.len() as i64, index.len() as i32))
    };
    let chunks = || row_groups.iter().flat_map(|group| &group.chunks);
    let column_indexes: Vec<_> = chunks().map(|chunk| place(out, &chunk.column_index)).collect();
    let offset_indexes: Vec<_> = chunks().map(|chunk| place(out, &chunk.offset_index)).collect();
    let mut indexes = column_indexes.into_iter().zip(offset_indexes);

    let footer = out.len();
    thrift::structure(out, |s| {
        s.i32(1, 1);
        s.list(2, Kind::Struct, schema.nodes.iter(), |out, node| out.extend_from_slice(node));
        s.i64(3, row_groups.iter().map(|group| group.rows).sum::<u64>() as i64);
        s.list(4, Kind::Struct, row_groups.iter().enumerate(), |out, (ordinal, group)| {
            thrift::structure(out, |s| write_row_group(s, ordinal, group, &mut indexes));
        });
        s.list(5, Kind::Struct, key_values.iter(), |out, (key, value)| {
            thrift::structure(out, |s| {
                s.binary(1, key.as_bytes());
                s.binary(2, value.as_bytes());
            });
        });
        s.binary(6, created_by.as_bytes());
        // Each leaf is in the order of its type.
        s.list(7, Kind::Struct, schema.leaves.iter(), |out, _| {
            thrift::structure(out, |s| s.structure(1, |_| {}));
        });
    });
    let length = (out.len() - footer) as u32;
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(MAGIC);
}

pub const MAGIC: &[u8] = b"PAR1";

/// Where an index is in the file, and its bytes.
type Place = Option<(i64, i32)>;

fn write_row_group(
    s: &mut Struct,
    ordinal: usize,
    group: &RowGroup,
    indexes: &mut dyn Iterator<Item = (Place, Place)>,
) {
    s.list(1, Kind::Struct, group.chunks.iter(), |out, chunk| {
        let (column_index, offset_index) = indexes.next().unwrap_or_default();
        thrift::structure(out, |s| {
            // Where the metadata is once more: nowhere.
            s.i64(2, 0);
            s.written(3, &chunk.metadata);
            if let Some((offset, length)) = offset_index {
                s.i64(4, offset);
                s.i32(5, length);
            }
            if let Some((offset, length)) = column_index {
                s.i64(6, offset);
                s.i32(7, length);
            }
        });
    });
    s.i64(2, group.uncompressed_bytes as i64);
    s.i64(3, group.rows as i64);
    s.i64(5, group.offset as i64);
    s.i64(6, group.compressed_bytes as i64);
    if let Ok(ordinal) = i16::try_from(ordinal) {
        s.i16(7, ordinal);
    }
}
