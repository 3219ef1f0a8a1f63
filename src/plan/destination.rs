//! Where the files go. URLs, credentials and callbacks stay with the driver; only what decides is here.

use super::value::{Fields, Value, invalid};
use crate::checksum::Checksum;
use crate::error::{Code, Error, Result};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// One presigned PUT.
    Url,
    /// Requests signed by a callback: a PUT for a file of one part, S3 multipart for a larger one.
    Presigned { part_size: PartSize, checksum: Checksum },
    /// The same, signed by the driver.
    S3 { part_size: PartSize, checksum: Checksum },
    /// The same, with a server that signs and makes some requests itself, and names the objects.
    Companion { part_size: PartSize },
    /// The same, through a binding that the driver has.
    R2 { part_size: PartSize },
    /// Azure block blobs, by a SAS.
    Azure { block_size: PartSize, url: SasUrl },
    /// Google's resumable uploads: a session for each file.
    Resumable { chunk_size: usize },
    /// A WritableStream for each file.
    Stream,
    /// Saved by the browser.
    Download,
    /// Kept: `job.files[i].bytes`.
    Memory,
}

/// The sizes of parts in a multipart upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartSize {
    first: usize,
    /// What it may grow to, as the limit of their number comes near.
    most: usize,
    limit: u32,
}

impl PartSize {
    /// Steps in which the last fifth of them grows, each to twice the size.
    const DOUBLINGS: u32 = 4;

    /// Of parts that are all equal, as R2 insists.
    pub const fn equal(size: usize) -> Self {
        PartSize { first: size, most: size, limit: u32::MAX }
    }

    /// Of the part of this number, from 1.
    pub fn of(self, number: u32) -> usize {
        let equal = self.limit / 5 * 4;
        let step = self.limit / 5 / Self::DOUBLINGS;
        let doublings = number.saturating_sub(equal).div_ceil(step).min(Self::DOUBLINGS);
        (self.first << doublings).min(self.most)
    }
}

/// What the driver found a SAS URL to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SasUrl {
    Container,
    Blob,
    /// It is asked for, once for each try.
    Asked,
}

/// S3's limit of parts in one upload.
pub const MAX_PARTS: u32 = 10_000;
/// Azure's limit of blocks in one blob.
pub const MAX_BLOCKS: u32 = 50_000;

const DEFAULT_PART_SIZE: u64 = 8 << 20;
/// The least that S3 takes for a part that is not the last.
const MIN_PART_SIZE: u64 = 5 << 20;
/// Azure takes smaller blocks; with these 50,000 are still 48 GiB.
const MIN_BLOCK_SIZE: u64 = 1 << 20;
/// Google takes multiples of it.
const CHUNK_UNIT: u64 = 256 << 10;
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

    /// The sums by which each part is compared: by ourselves with its ETag, or by the store. A destination of whole objects
    /// has only the MD5 of the whole, and a sink answers with none.
    pub fn checksums(&self) -> &'static [Checksum] {
        let is_compared =
            self.part_size_of_multipart().is_some() || matches!(self, Destination::Azure { .. });
        match is_compared {
            true if self.sends_crc32c() => &[Checksum::Md5, Checksum::Crc32c],
            true => &[Checksum::Md5],
            false => &[],
        }
    }

    /// Whether a CRC32C goes along with what is sent.
    pub fn sends_crc32c(&self) -> bool {
        match self {
            Destination::Presigned { checksum, .. } | Destination::S3 { checksum, .. } => {
                *checksum == Checksum::Crc32c
            }
            _ => false,
        }
    }

    /// Whether it has no place for a second file.
    pub fn takes_one_file(&self) -> bool {
        matches!(self, Destination::Url | Destination::Azure { url: SasUrl::Blob, .. })
    }

    /// Whether there is another URL where one has expired.
    pub fn renews_urls(&self) -> bool {
        match self {
            Destination::Url => false,
            Destination::Azure { url, .. } => *url == SasUrl::Asked,
            _ => true,
        }
    }

    /// Whether it is asked for each request, and so need not know those that are optional.
    pub fn is_asked_by_request(&self) -> bool {
        !matches!(self, Destination::Azure { .. })
    }

    /// The sizes in which a file's bytes leave.
    pub fn part_size(&self) -> PartSize {
        match self {
            Destination::Azure { block_size, .. } => *block_size,
            Destination::Resumable { chunk_size } => PartSize::equal(*chunk_size),
            _ => self.part_size_of_multipart().unwrap_or(PartSize::equal(PIECE_SIZE)),
        }
    }

    /// Of what takes files by S3's multipart protocol.
    fn part_size_of_multipart(&self) -> Option<PartSize> {
        match self {
            Destination::Presigned { part_size, .. }
            | Destination::S3 { part_size, .. }
            | Destination::Companion { part_size }
            | Destination::R2 { part_size } => Some(*part_size),
            _ => None,
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
    let kinds = [
        ("presigned", 0),
        ("s3", 1),
        ("companion", 2),
        ("r2", 3),
        ("azure", 4),
        ("resumable", 5),
        ("stream", 6),
        ("download", 7),
        ("memory", 8),
    ];
    let destination = match fields.required_choice("type", &kinds)? {
        0 => presigned(&mut fields, memory_limit)?,
        1 => s3(&mut fields, memory_limit)?,
        2 => companion(&mut fields, memory_limit)?,
        3 => r2(&mut fields, memory_limit)?,
        4 => azure(&mut fields, memory_limit)?,
        5 => resumable(&mut fields, memory_limit)?,
        6 => {
            fields.function("open")?;
            Destination::Stream
        }
        7 => Destination::Download,
        _ => Destination::Memory,
    };
    fields.finish()?;
    Ok(destination)
}

fn presigned(fields: &mut Fields, memory_limit: u64) -> Result<Destination> {
    fields.function("sign")?;
    fields.texts("headers")?;
    let checksum = checksum(fields)?;
    Ok(Destination::Presigned { part_size: part_size(fields, memory_limit)?, checksum })
}

fn s3(fields: &mut Fields, memory_limit: u64) -> Result<Destination> {
    let allow_http = fields.bool("allowHttp")?.unwrap_or(false);
    // Where it runs is known to the driver.
    fields.bool("allowBrowser")?;
    if endpoint(fields)?.starts_with("http:") && !allow_http {
        let message =
            "destination.endpoint is an http:// URL, over which anyone can read along; allowHttp allows it";
        return Err(Error::new(Code::ConfigConflict, message).at_field("destination.endpoint"));
    }
    bucket(fields)?;
    fields.required_text("region")?;
    credentials(fields)?;
    prefix(fields)?;
    fields.texts("headers")?;
    fields.bool("virtualHostedStyle")?;
    let checksum = checksum(fields)?;
    Ok(Destination::S3 { part_size: part_size(fields, memory_limit)?, checksum })
}

fn companion(fields: &mut Fields, memory_limit: u64) -> Result<Destination> {
    endpoint(fields)?;
    fields.texts_or_function("headers")?;
    Ok(Destination::Companion { part_size: part_size(fields, memory_limit)? })
}

fn r2(fields: &mut Fields, memory_limit: u64) -> Result<Destination> {
    fields.required_other("bucket", "an R2 bucket")?;
    prefix(fields)?;
    let part_size = PartSize::equal(part_size(fields, memory_limit)?.of(1));
    Ok(Destination::R2 { part_size })
}

/// What goes along for the store to compare.
fn checksum(fields: &mut Fields) -> Result<Checksum> {
    let names = [("md5", Checksum::Md5), ("crc32c", Checksum::Crc32c)];
    Ok(fields.choice("checksum", &names)?.unwrap_or(Checksum::Md5))
}

fn part_size(fields: &mut Fields, memory_limit: u64) -> Result<PartSize> {
    growing(fields, "partSize", MIN_PART_SIZE, memory_limit, MAX_PARTS)
}

/// Parts are equal where their size is asked for; else they may grow.
fn growing(
    fields: &mut Fields,
    key: &'static str,
    min: u64,
    memory_limit: u64,
    limit: u32,
) -> Result<PartSize> {
    let most = most_of(memory_limit);
    let asked = fields.integer(key, min, most)?.map(|size| PartSize::equal(size as usize));
    let first = DEFAULT_PART_SIZE.min(most) as usize;
    Ok(asked.unwrap_or(PartSize { first, most: most as usize, limit }))
}

/// Two parts in flight, and room to encode the next.
fn most_of(memory_limit: u64) -> u64 {
    memory_limit / 4
}

/// The URL that paths are added to.
fn endpoint<'a>(fields: &mut Fields<'a>) -> Result<&'a str> {
    let url = fields.required_text("endpoint")?;
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    if host.is_some_and(|host| !host.is_empty() && !host.contains(['?', '#', '@', ' '])) {
        return Ok(url);
    }
    Err(refused("destination.endpoint", "an https:// or http:// URL without a user, a query or a fragment"))
}

fn bucket(fields: &mut Fields) -> Result<()> {
    let name = fields.required_text("bucket")?;
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    // A URL would resolve a segment of dots.
    if is_name && name.bytes().any(|byte| byte != b'.') {
        return Ok(());
    }
    Err(refused("destination.bucket", "the name of a bucket: letters, digits, \".\", \"-\" and \"_\""))
}

/// What stands before the names of files. A segment that a URL would resolve cannot be stored under its name.
fn prefix(fields: &mut Fields) -> Result<()> {
    let Some(prefix) = fields.text("prefix")? else { return Ok(()) };
    let (folders, _) = prefix.rsplit_once('/').unwrap_or(("", prefix));
    let is_resolved = |segment: &str| matches!(segment, "" | "." | "..");
    let is_wrong = prefix.starts_with('/') || !folders.is_empty() && folders.split('/').any(is_resolved);
    if is_wrong || prefix.contains('\\') || prefix.chars().any(char::is_control) {
        let expected =
            "the beginning of a key: no \".\", \"..\" or empty segment, no \"\\\" and no control character";
        return Err(refused("destination.prefix", expected));
    }
    Ok(())
}

/// Of credentials, only what there is of them is known here.
fn credentials(fields: &mut Fields) -> Result<()> {
    let value = fields.required("credentials")?;
    match value {
        Value::Other(name) if name == "a function" => Ok(()),
        Value::Map(_) => {
            let mut fields = Fields::new("destination.credentials", value)?;
            fields.required_text("accessKeyId")?;
            fields.required_text("secretAccessKey")?;
            fields.text("sessionToken")?;
            fields.finish()
        }
        other => Err(invalid("destination.credentials", other, "an object of credentials or a function")),
    }
}

/// Text that is not what it must be.
pub(crate) fn refused(field: &str, expected: &str) -> Error {
    let message = format!("{field} is a string that is not allowed; it must be {expected}");
    Error::new(Code::ConfigInvalidValue, message).at_field(field)
}

fn azure(fields: &mut Fields, memory_limit: u64) -> Result<Destination> {
    const EXPECTED: &str = "a SAS URL or a function that gives one";
    let url = match fields.required("url")? {
        Value::Other(name) if name == "a function" => SasUrl::Asked,
        // What the driver says in the URL's place.
        said @ Value::Map(_) => Fields::new("destination.url", said)?
            .required_choice("of", &[("container", SasUrl::Container), ("blob", SasUrl::Blob)])?,
        Value::Text(_) => {
            let message = "destination.url is a string that is not an https:// or http:// URL";
            return Err(Error::new(Code::ConfigInvalidValue, message).at_field("destination.url"));
        }
        other => return Err(invalid("destination.url", other, EXPECTED)),
    };
    let block_size = growing(fields, "blockSize", MIN_BLOCK_SIZE, memory_limit, MAX_BLOCKS)?;
    Ok(Destination::Azure { block_size, url })
}

fn resumable(fields: &mut Fields, memory_limit: u64) -> Result<Destination> {
    fields.function("start")?;
    let most = most_of(memory_limit);
    let asked = fields.integer("chunkSize", CHUNK_UNIT, most)?;
    let chunk_size = asked.unwrap_or(DEFAULT_PART_SIZE.min(most)) as usize;
    if !(chunk_size as u64).is_multiple_of(CHUNK_UNIT) {
        let message = format!("destination.chunkSize is {chunk_size}; it must be a multiple of {CHUNK_UNIT}");
        return Err(Error::new(Code::ConfigInvalidValue, message).at_field("destination.chunkSize"));
    }
    Ok(Destination::Resumable { chunk_size })
}
