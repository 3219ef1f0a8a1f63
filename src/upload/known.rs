//! What a job knows of its files in the store, so that a later one, of the same table and config, goes on from there: no
//! URL, no credential, and of the table only checksums.

use crate::plan::Value;

/// What is known of the files, and of what their bytes depend on besides the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    pub config: String,
    pub files: Vec<KnownFile>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct KnownFile {
    pub name: String,
    pub known: Known,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Known {
    /// An upload that was not completed, and its parts in order.
    Unfinished { upload_id: String, parts: Vec<KnownPart> },
    /// The store has the whole.
    Stored {
        /// The file's, as S3 makes ETags of parts.
        digest: String,
        /// As the store gave it, where it did.
        etag: Option<String>,
    },
}

/// A part that the store has.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownPart {
    pub number: u32,
    /// In hex.
    pub md5: String,
    /// As the store gave it, where it is not the MD5.
    pub etag: Option<String>,
}

impl KnownPart {
    pub fn etag(&self) -> &str {
        self.etag.as_deref().unwrap_or(&self.md5)
    }

    fn to_value(&self) -> Value {
        let number = Value::Number(f64::from(self.number));
        map([
            ("number", Some(number)),
            ("md5", text(&self.md5)),
            ("etag", self.etag.as_deref().and_then(text)),
        ])
    }
}

impl KnownFile {
    fn to_value(&self) -> Value {
        let name = ("name", text(&self.name));
        match &self.known {
            Known::Unfinished { upload_id, parts } => {
                let parts = Value::List(parts.iter().map(KnownPart::to_value).collect());
                map([name, ("uploadId", text(upload_id)), ("parts", Some(parts))])
            }
            Known::Stored { digest, etag } => {
                map([name, ("digest", text(digest)), ("etag", etag.as_deref().and_then(text))])
            }
        }
    }
}

impl Token {
    /// As plain data, which [`Token::judge`] reads.
    pub fn to_value(&self) -> Value {
        let files = self.files.iter().map(KnownFile::to_value).collect();
        map([("config", text(&self.config)), ("files", Some(Value::List(files)))])
    }
}

fn text(text: &str) -> Option<Value> {
    Some(Value::Text(text.to_owned()))
}

fn map<const N: usize>(entries: [(&str, Option<Value>); N]) -> Value {
    let present = |(key, value): (&str, Option<Value>)| Some((key.to_owned(), value?));
    Value::Map(entries.into_iter().filter_map(present).collect())
}
