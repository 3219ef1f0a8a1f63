//! What the parquet crate takes for granted of a footer.

use parquet::file::metadata::ParquetMetaData;

use super::corrupt;
use super::flaw::{Decoded, Flaw};
use super::thrift::{LIST, SET, STRUCT, Thrift};
use crate::error::{Code, Error, Result};
use crate::table::types::MAX_DEPTH;

/// Fails where the schema of a footer is not the tree it says it is, or is nested deeper than can be read: the crate
/// would allocate by a number of children, and go as deep as there are groups.
pub fn judge_schema(footer: &[u8]) -> Result<()> {
    let mut schema = Ok(());
    let read = Thrift::new(footer).fields(|thrift, id, kind| match (id, kind) {
        (2, LIST | SET) => {
            schema = judge_elements(thrift, kind)?;
            Ok(())
        }
        _ => thrift.skip(kind),
    });
    let Err(flaw) = read.and(schema) else { return Ok(()) };
    Err(match flaw {
        Flaw::Unsupported(what) => Error::new(
            Code::SourceUnsupported,
            format!("the parquet source has {what}, which cannot be read"),
        ),
        _ => corrupt("its footer breaks the rules of the format"),
    })
}

/// The outer result is whether the elements could be read, and the inner one whether they make a tree.
fn judge_elements(thrift: &mut Thrift, kind: u8) -> Decoded<Decoded<()>> {
    let (element, count) = thrift.list(kind)?;
    if element != STRUCT {
        return Err(Flaw::Corrupt("the schema is not a list of elements"));
    }
    // How many children have not come, of each group that has been entered; the root is the child of none.
    let mut open = vec![1];
    let mut judged = Ok(());
    for index in 0..count {
        let (mut has_type, mut children) = (false, 0);
        thrift.fields(|thrift, id, kind| match id {
            1 => thrift.i32(kind).map(|_| has_type = true),
            5 => thrift.i32(kind).map(|count| children = count),
            _ => thrift.skip(kind),
        })?;
        if judged.is_ok() {
            judged = enter(&mut open, index == 0 || has_type, children, count);
        }
    }
    let is_whole = open.iter().all(|left| *left == 0);
    Ok(judged.and(if is_whole { Ok(()) } else { Err(Flaw::Corrupt("the schema lacks elements")) }))
}

fn enter(open: &mut Vec<usize>, may_be_leaf: bool, children: i32, elements: usize) -> Decoded<()> {
    while open.last() == Some(&0) {
        open.pop();
    }
    let left = open.last_mut().ok_or(Flaw::Corrupt("the schema has an element that is in no group"))?;
    *left -= 1;
    match usize::try_from(children) {
        Ok(0) if may_be_leaf => Ok(()),
        Ok(children) if children > 0 && children < elements => {
            open.push(children);
            if open.len() <= MAX_DEPTH + 2 {
                Ok(())
            } else {
                Err(Flaw::Unsupported("columns nested too deep"))
            }
        }
        _ => Err(Flaw::Corrupt("the schema has a group with a number of children that it cannot have")),
    }
}

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
