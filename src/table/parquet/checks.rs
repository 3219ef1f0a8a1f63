//! What the parquet crate takes for granted of a footer.

use std::collections::HashSet;

use bytes::Bytes;
use parquet::basic::{Compression, Encoding};
use parquet::file::metadata::ParquetMetaData;

use super::corrupt;
use crate::error::{Code, Error, Result};

/// Fails where rows are counted, or columns placed, as they cannot be in a file of that size.
pub fn judge_places(metadata: &ParquetMetaData, size: u64) -> Result<()> {
    let leaves = metadata.file_metadata().schema_descr().num_columns();
    let mut rows = 0i64;
    for group in metadata.row_groups() {
        if group.num_columns() != leaves || group.num_rows() < 0 {
            return Err(corrupt("a row group has other columns or rows than it can have"));
        }
        rows = rows.saturating_add(group.num_rows());
        for column in group.columns() {
            let start = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
            let end = start.checked_add(column.compressed_size());
            let fits =
                start >= 0 && column.compressed_size() >= 0 && end.is_some_and(|end| end as u64 <= size);
            if !fits {
                return Err(corrupt("a column is said to be beyond the end of the file"));
            }
        }
    }
    if metadata.file_metadata().num_rows() != rows {
        return Err(corrupt("its row groups have another number of rows than its footer says"));
    }
    Ok(())
}

/// Fails at a column of these leaves that is compressed by something that is not here.
pub fn judge_codecs(metadata: &ParquetMetaData, leaves: &[usize]) -> Result<()> {
    for group in metadata.row_groups() {
        for leaf in leaves {
            let column = group.column(*leaf);
            if let Compression::BROTLI(_) | Compression::LZO = column.compression() {
                let name = column.column_descr().path().parts().first().cloned().unwrap_or_default();
                let message =
                    "the parquet source has a column compressed with brotli or lzo, which cannot be read";
                return Err(Error::new(Code::SourceUnsupported, message).in_column(name));
            }
        }
    }
    Ok(())
}

/// The columns of these leaves, by where they start, that begin with a dictionary: some of their pages need it.
pub fn dictionaries(metadata: &ParquetMetaData, leaves: &[usize]) -> HashSet<u64> {
    let columns =
        metadata.row_groups().iter().flat_map(|group| leaves.iter().map(|leaf| group.column(*leaf)));
    let of_dictionary = |encoding| matches!(encoding, Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY);
    let needing = columns.filter(|column| column.num_values() > 0 && column.encodings().any(of_dictionary));
    needing.map(|column| column.byte_range().0).collect()
}

/// Fails where a column should begin with a dictionary, and does not: the crate would panic at its first key.
pub fn judge_start(dictionaries: &HashSet<u64>, start: u64, bytes: &Bytes) -> Result<()> {
    // How a page's header begins in Thrift's compact protocol: field 1, an i32, is 2.
    const DICTIONARY_PAGE: [u8; 2] = [0x15, 0x04];
    if dictionaries.contains(&start) && !bytes.starts_with(&DICTIONARY_PAGE) {
        return Err(corrupt("a column has no dictionary where its footer says"));
    }
    Ok(())
}
