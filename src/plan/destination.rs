//! Where the files go. URLs, credentials and callbacks stay with the driver; only what decides is here.

use super::value::{Fields, Value, invalid};
use crate::error::{Code, Error, Result};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// One presigned PUT.
    Url,
    /// Requests signed by a callback: a PUT for a file of one part, S3 multipart for a larger one.
    Presigned { part_size: usize },
    /// A WritableStream for each file.
    Stream,
    /// Saved by the browser.
    Download,
    /// Kept: `job.files[i].bytes`.
    Memory,
}

const DEFAULT_PART_SIZE: u64 = 8 << 20;
/// The least that S3 takes for a part that is not the last.
const MIN_PART_SIZE: u64 = 5 << 20;
/// The pieces in which a file leaves for a destination that has no parts.
const PIECE_SIZE: usize = 1 << 20;

impl Destination {
    pub fn judge(value: &Value, memory_limit: u64) -> Result<Destination> {
        const EXPECTED: &str = "a presigned URL or an object with a type";
        match value {
            Value::Text(url) => judge_url(url),
            Value::Map(_) => judge_tagged(value, memory_limit),
            other => Err(invalid("destination", other, EXPECTED)),
        }
    }

    /// Whether each part goes out as an object of its own, whose ETag is compared with the part's MD5. A
    /// destination of whole objects has only the MD5 of the whole, and a sink answers with none.
    pub fn compares_parts(&self) -> bool {
        matches!(self, Destination::Presigned { .. })
    }

    /// The size in which a file's bytes leave.
    pub fn part_size(&self) -> usize {
        match self {
            Destination::Presigned { part_size } => *part_size,
            _ => PIECE_SIZE,
        }
    }
}

fn judge_url(url: &str) -> Result<Destination> {
    if url.starts_with("https://") || url.starts_with("http://") {
        return Ok(Destination::Url);
    }
    let message = "destination is a string that is not an https:// or http:// URL";
    Err(Error::new(Code::ConfigInvalidValue, message).at_field("destination"))
}

fn judge_tagged(value: &Value, memory_limit: u64) -> Result<Destination> {
    let mut fields = Fields::new("destination", value)?;
    let kinds = [("presigned", 0), ("stream", 1), ("download", 2), ("memory", 3)];
    let destination = match fields.required_choice("type", &kinds)? {
        0 => presigned(&mut fields, memory_limit)?,
        1 => {
            fields.function("open")?;
            Destination::Stream
        }
        2 => Destination::Download,
        _ => Destination::Memory,
    };
    fields.finish()?;
    Ok(destination)
}

fn presigned(fields: &mut Fields, memory_limit: u64) -> Result<Destination> {
    fields.function("sign")?;
    fields.texts("headers")?;
    // Two parts in flight, and room to encode the next.
    let max = memory_limit / 4;
    let part_size = fields.integer("partSize", MIN_PART_SIZE, max)?;
    Ok(Destination::Presigned { part_size: part_size.unwrap_or(DEFAULT_PART_SIZE.min(max)) as usize })
}
