//! Source files of the binary formats: parquet and Arrow's.

use super::State;
use crate::error::{Code, Error, Result};
use crate::plan::ExportPlan;
use crate::table::ipc::{self, IpcFile, IpcSource};
use crate::table::parquet::ParquetSource;
use crate::table::sniff::{self, SourceFormat};

/// As [`super::reads_whole`], of no less than a magic.
pub fn reads_whole(head: &[u8], at_end: bool) -> Option<bool> {
    match sniff::by_magic(head) {
        Some(SourceFormat::Parquet) => Some(true),
        Some(SourceFormat::IpcFile) => ipc::needs_footer(head).or(at_end.then_some(true)),
        _ => Some(false),
    }
}

/// The reader of a file of `size`, `None` where it is a stream; `is_plain` unless it is within gzip.
pub fn open(format: SourceFormat, plan: &ExportPlan, size: Option<u64>, is_plain: bool) -> Result<State> {
    let message = match (format, size) {
        (SourceFormat::Parquet, Some(size)) if is_plain => {
            return Ok(State::Ranges(Box::new(ParquetSource::new(plan, size))));
        }
        (SourceFormat::IpcFile, Some(size)) if is_plain => {
            return Ok(State::Ranges(Box::new(IpcFile::new(plan, size))));
        }
        (SourceFormat::Parquet, _) if !is_plain => {
            "the source is a parquet file within gzip, which cannot be read in place"
        }
        (SourceFormat::Parquet, _) => {
            "the source is a stream of parquet, whose metadata is at its end; give it as a File or Blob"
        }
        _ => return Ok(State::Stream(Box::new(IpcSource::new(plan)))),
    };
    Err(Error::new(Code::SourceUnsupported, message))
}
