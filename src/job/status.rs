//! What a job tells of itself.

use serde::Serialize;

use super::file::FileStatus;
use crate::error::Error;
use crate::plan::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Queued,
    Running,
    Completed,
    Failed,
    Cancelled,
}

impl State {
    pub fn is_terminal(self) -> bool {
        matches!(self, State::Completed | State::Failed | State::Cancelled)
    }
}

/// The export resource of the Redivis API, key for key.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Always `export`.
    pub kind: &'static str,
    /// `/exports/<id>`.
    pub uri: String,
    pub id: String,
    /// Milliseconds since 1970-01-01.
    pub created_at: f64,
    pub status: State,
    /// A sentence for a person, where the job failed or was cancelled.
    pub error_message: Option<String>,
    /// 0 to 100; 100 only when completed. An estimate before.
    pub percent_completed: f64,
    pub format: &'static str,
    /// Bytes of all files; null until completed.
    pub size: Option<f64>,
    /// Null until completed.
    pub file_count: Option<u32>,
    /// The table as the caller described it.
    pub table: Option<Value>,
}

/// Counters of a running job.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Rows read.
    pub rows: f64,
    /// Bytes of files that encoding has given so far.
    pub bytes_encoded: f64,
    /// Bytes of files that the destination has acknowledged.
    pub bytes_acknowledged: f64,
    /// Requests that were tried again.
    pub retries: u32,
}

/// Everything the driver shows of a job.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Snapshot {
    pub resource: Resource,
    pub progress: Progress,
    pub files: Vec<FileStatus>,
    pub error: Option<ErrorStatus>,
    /// What a later job goes on from, where that changed since the last snapshot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resume: Option<Value>,
}

/// An error in plain data.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ErrorStatus {
    pub code: &'static str,
    pub message: String,
    pub place: PlaceStatus,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlaceStatus {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

impl From<&Error> for ErrorStatus {
    fn from(error: &Error) -> Self {
        let place = (*error.place).clone();
        ErrorStatus {
            code: error.code.as_str(),
            message: error.message.clone(),
            place: PlaceStatus {
                field: place.field,
                file: place.file,
                part: place.part,
                row: place.row.map(|row| row as f64),
                column: place.column,
            },
        }
    }
}

/// The estimate of how far a job is. It never goes back, and stays under 100 until the job is completed.
///
/// Half of it is the share of the input that was read: of a source of unknown length, `rows / (rows + 100,000)`.
/// The other half is that share times the share of the bytes encoded so far that the destination has.
#[derive(Debug, Clone, Copy, Default)]
pub struct Percent(f64);

impl Percent {
    const MOST: f64 = 99.0;
    const ROWS_OF_HALF: f64 = 100_000.0;

    pub fn update(&mut self, read: Option<f64>, progress: &Progress) -> f64 {
        let read = read.unwrap_or(progress.rows / (progress.rows + Self::ROWS_OF_HALF));
        let sent = match progress.bytes_encoded {
            0.0 => 0.0,
            encoded => (progress.bytes_acknowledged / encoded).min(1.0),
        };
        let now = (50.0 * read.clamp(0.0, 1.0) * (1.0 + sent)).min(Self::MOST);
        self.0 = self.0.max((now * 10.0).floor() / 10.0);
        self.0
    }
}
