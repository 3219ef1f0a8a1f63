//! `resume`: what an earlier job knew of its uploads, and whether this config makes the same files.

use md5::{Digest, Md5};

use super::destination::Destination;
use super::value::{Fields, Value, invalid};
use crate::error::{Code, Error, Result};
use crate::upload::{Known, KnownFile, KnownPart, Token};

/// What the bytes of the files do not depend on.
const WITHOUT_EFFECT: &[&str] = &[
    "source",
    "destination",
    "resume",
    "signal",
    "onStatus",
    "concurrency",
    "retries",
    "worker",
    "exportMode",
    "requestId",
    "fileName",
    "table",
];

/// A digest of what the bytes of the files depend on besides the table: the config, where the files are cut into parts, and
/// this version. Parts of one upload go with one kind of checksum, too.
pub fn fingerprint(config: &Value, file_name: &str, destination: &Destination) -> String {
    let mut digest = Md5::new();
    digest.update(env!("CARGO_PKG_VERSION"));
    add(&mut digest, &Value::Text(file_name.to_owned()));
    for number in [1, u32::MAX] {
        add(&mut digest, &Value::Number(destination.part_size().of(number) as f64));
    }
    add(&mut digest, &Value::Bool(destination.sends_crc32c()));
    if let Value::Map(entries) = config {
        let entries = entries.iter().filter(|(key, _)| !WITHOUT_EFFECT.contains(&key.as_str()));
        add_entries(&mut digest, entries);
    }
    crate::checksum::hex(&digest.finalize())
}

/// Adds a value, so that no two are the same bytes.
fn add(digest: &mut Md5, value: &Value) {
    let mut text = |kind: &[u8], text: &str| {
        digest.update(kind);
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text);
    };
    match value {
        Value::Null => digest.update(b"0"),
        Value::Bool(value) => digest.update(if *value { b"t" } else { b"f" }),
        Value::Number(value) => digest.update([b"n".as_slice(), &value.to_le_bytes()].concat()),
        Value::Text(value) => text(b"s", value),
        Value::Other(name) => text(b"o", name),
        Value::List(items) => {
            digest.update([b"l".as_slice(), &(items.len() as u64).to_le_bytes()].concat());
            items.iter().for_each(|item| add(digest, item));
        }
        Value::Map(entries) => {
            digest.update(b"{");
            add_entries(digest, entries.iter());
            digest.update(b"}");
        }
    }
}

/// Null stands for absent.
fn add_entries<'a>(digest: &mut Md5, entries: impl Iterator<Item = &'a (String, Value)>) {
    for (key, value) in entries.filter(|(_, value)| *value != Value::Null) {
        add(digest, &Value::Text(key.clone()));
        add(digest, value);
    }
}

/// Judges a token that an earlier job of this `config` gave.
pub fn judge(value: &Value, config: &str) -> Result<Token> {
    let mut fields = Fields::new("resume", value)?;
    let of = text(&mut fields, "config")?;
    let files = items(&mut fields, "files", file)?;
    fields.finish()?;
    if of != config {
        let message = "resume is the token of an export by another config or another version of tableport, whose \
                       files would have other bytes";
        return Err(Error::new(Code::ConfigConflict, message).at_field("resume"));
    }
    Ok(Token { config: of, files })
}

fn file(path: &str, value: &Value) -> Result<KnownFile> {
    let mut fields = Fields::new(path, value)?;
    let name = text(&mut fields, "name")?;
    let known = match fields.text("uploadId")? {
        Some(upload_id) => {
            let parts = items(&mut fields, "parts", part)?;
            if !parts.is_sorted_by_key(|part| part.number) {
                let message = format!("{path}.parts are not in the order of their numbers");
                return Err(Error::new(Code::ConfigInvalidValue, message).at_field(format!("{path}.parts")));
            }
            Known::Unfinished { upload_id: upload_id.to_owned(), parts }
        }
        None => Known::Stored {
            digest: text(&mut fields, "digest")?,
            etag: fields.text("etag")?.map(str::to_owned),
        },
    };
    fields.finish()?;
    Ok(KnownFile { name, known })
}

fn part(path: &str, value: &Value) -> Result<KnownPart> {
    let mut fields = Fields::new(path, value)?;
    let number = fields.integer("number", 1, 1 << 16)?;
    let md5 = text(&mut fields, "md5")?;
    let etag = fields.text("etag")?.map(str::to_owned);
    fields.finish()?;
    let number = number.ok_or_else(|| missing(&format!("{path}.number")))? as u32;
    Ok(KnownPart { number, md5, etag })
}

fn text(fields: &mut Fields, key: &'static str) -> Result<String> {
    let path = fields.path_of(key);
    fields.text(key)?.map(str::to_owned).ok_or_else(|| missing(&path))
}

fn items<T>(
    fields: &mut Fields,
    key: &'static str,
    item: impl Fn(&str, &Value) -> Result<T>,
) -> Result<Vec<T>> {
    let path = fields.path_of(key);
    let value = fields.required(key)?;
    let Value::List(items) = value else { return Err(invalid(&path, value, "an array")) };
    items.iter().enumerate().map(|(index, value)| item(&format!("{path}[{index}]"), value)).collect()
}

fn missing(path: &str) -> Error {
    Error::new(Code::ConfigMissingKey, format!("{path} is required")).at_field(path)
}
