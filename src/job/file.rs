//! One output file: its upload, and what is known of it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::output::FileTotals;
use crate::upload::Upload;

pub struct File {
    pub index: u32,
    pub name: String,
    pub content_type: &'static str,
    pub upload: Box<dyn Upload>,
    /// Known once the file is closed.
    pub totals: Option<FileTotals>,
    pub columns: Vec<Column>,
    /// Requests that were sent for it.
    pub attempts: u32,
}

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    pub name: String,
    #[serde(rename = "type")]
    pub data_type: String,
}

/// A file as `job.files` shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileStatus {
    pub name: String,
    /// Bytes; null until the file is closed, as are the other counts.
    pub size: Option<f64>,
    pub rows: Option<f64>,
    pub row_groups: Option<u32>,
    pub parts: Option<u32>,
    /// Whether the store has the whole of it.
    pub stored: bool,
    /// Requests that were sent to the store for it, further tries included.
    pub attempts: u32,
    pub etag: Option<String>,
    /// By algorithm, in hex: `md5` of a file that a store was sent in one piece or one session, `crc32c` where it went along.
    pub checksums: BTreeMap<&'static str, String>,
    pub schema: Vec<Column>,
}

impl File {
    pub fn status(&self) -> FileStatus {
        let stored = self.upload.stored();
        let totals = self.totals.as_ref();
        FileStatus {
            name: self.name.clone(),
            size: totals.map(|totals| totals.size as f64),
            rows: totals.map(|totals| totals.rows as f64),
            row_groups: totals.and_then(|totals| totals.row_groups),
            parts: totals.map(|totals| totals.parts),
            stored: self.upload.is_stored(),
            attempts: self.attempts,
            etag: stored.etag,
            checksums: stored.sums.in_hex(),
            schema: self.columns.clone(),
        }
    }
}
