//! What the parquet crate takes for granted of a footer.

use parquet::basic::Compression;
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
