//! What the APIs tell of a job, read from its snapshot as JavaScript has it.

use super::object::{get, text};
use crate::error::{Code, Result};
use crate::job::State;
use crate::plan::{Fields, Value};

/// A job at one moment.
pub struct Report<'a> {
    /// The export resource.
    pub resource: &'a Value,
    pub id: &'a str,
    /// Milliseconds since 1970-01-01, as is `updated_at`.
    pub created_at: f64,
    /// When the snapshot was taken: of a job that has ended, its end.
    pub updated_at: f64,
    pub state: State,
    /// It was told to end, and clears away what it began.
    pub is_cancelling: bool,
    /// 0 to 100.
    pub percent: f64,
    pub rows_read: f64,
    pub files: Vec<FileReport<'a>>,
    pub failure: Option<Failure<'a>>,
}

/// A file; counts that are not known yet are 0, as are the row groups of a format without any.
pub struct FileReport<'a> {
    pub name: &'a str,
    pub size: f64,
    pub rows: f64,
    pub row_groups: f64,
}

pub struct Failure<'a> {
    pub code: Code,
    pub message: &'a str,
}

const STATES: &[(&str, State)] = &[
    ("queued", State::Queued),
    ("running", State::Running),
    ("completed", State::Completed),
    ("failed", State::Failed),
    ("cancelled", State::Cancelled),
];

impl<'a> Report<'a> {
    pub fn read(job: &'a Value) -> Result<Report<'a>> {
        let mut fields = Fields::new("job", job)?;
        let resource = fields.required("resource")?;
        let state = Fields::new("job.resource", resource)?.required_choice("status", STATES)?;
        let files = match fields.take("files") {
            Some(Value::List(files)) => files.iter().map(FileReport::read).collect(),
            _ => Vec::new(),
        };
        Ok(Report {
            id: text(resource, "id"),
            created_at: number(resource, "createdAt"),
            updated_at: number(job, "updatedAt"),
            state,
            is_cancelling: fields.bool("cancelling")?.unwrap_or(false),
            percent: number(resource, "percentCompleted"),
            rows_read: number(get(job, "progress"), "rows"),
            files,
            failure: fields.take("error").map(Failure::read),
            resource,
        })
    }

    /// Of all files.
    pub fn sum(&self, count: fn(&FileReport) -> f64) -> f64 {
        // The sum of nothing would be -0.
        self.files.iter().map(count).fold(0.0, |sum, count| sum + count)
    }

    /// Milliseconds since it was asked for.
    pub fn duration(&self) -> f64 {
        (self.updated_at - self.created_at).max(0.0)
    }

    /// Why it ended early; empty where it did not.
    pub fn message(&self) -> &'a str {
        self.failure.as_ref().map_or("", |failure| failure.message)
    }
}

impl<'a> FileReport<'a> {
    fn read(file: &'a Value) -> Self {
        FileReport {
            name: text(file, "name"),
            size: number(file, "size"),
            rows: number(file, "rows"),
            row_groups: number(file, "rowGroups"),
        }
    }
}

impl<'a> Failure<'a> {
    fn read(error: &'a Value) -> Self {
        let code = Code::from_text(text(error, "code")).unwrap_or(Code::Internal);
        Failure { code, message: text(error, "message") }
    }
}

fn number(object: &Value, key: &str) -> f64 {
    match get(object, key) {
        Value::Number(number) => *number,
        _ => 0.0,
    }
}
