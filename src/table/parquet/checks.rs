//! Whether what a footer says can be.

use super::corrupt;
use super::metadata::Metadata;
use crate::error::Result;

/// Fails where rows are counted, or columns placed, as they cannot be in a file of that size.
pub fn judge_places(metadata: &Metadata, size: u64) -> Result<()> {
    let leaves = metadata.root.leaves();
    let mut rows = 0i64;
    for group in &metadata.groups {
        if group.columns.len() != leaves || group.rows < 0 {
            return Err(corrupt("a row group has other columns or rows than it can have"));
        }
        rows = rows.saturating_add(group.rows);
        for column in &group.columns {
            let end = column.start.checked_add(column.compressed);
            let fits =
                column.start >= 0 && column.compressed >= 0 && end.is_some_and(|end| end as u64 <= size);
            if !fits {
                return Err(corrupt("a column is said to be beyond the end of the file"));
            }
        }
    }
    if metadata.rows != rows {
        return Err(corrupt("its row groups have another number of rows than its footer says"));
    }
    Ok(())
}
