//! Which format a source file has: by its magic, else by its name, else by its first character.

use crate::error::{Code, Error, Result};

/// The first bytes that are looked at.
pub const HEAD: usize = 4 << 10;

/// Those of them that are a magic, at most.
pub const MAGIC_LENGTH: usize = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceFormat {
    Csv,
    Jsonl,
    Parquet,
    /// Arrow's stream of messages.
    Ipc,
    /// The same, with an index at its end.
    IpcFile,
}

const MAGIC: &[(&[u8], SourceFormat)] = &[
    (b"PAR1", SourceFormat::Parquet),
    (b"ARROW1", SourceFormat::IpcFile),
    // The continuation before each message of an IPC stream.
    (&[0xff; 4], SourceFormat::Ipc),
];

const FOREIGN: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "a zip archive"),
    (&[0x28, 0xb5, 0x2f, 0xfd], "compressed with zstd"),
    (b"BZh", "compressed with bzip2"),
    (&[0xfd, b'7', b'z', b'X', b'Z', 0], "compressed with xz"),
    (super::gunzip::MAGIC, "compressed with gzip twice"),
    (&[0xff, 0xfe], "text in UTF-16"),
    (&[0xfe, 0xff], "text in UTF-16"),
];
/// What follows bzip2's magic and its level: the magic of a block.
const BZIP2_BLOCK: &[u8] = &[0x31, 0x41, 0x59, 0x26, 0x53, 0x59];

const EXTENSIONS: &[(&str, SourceFormat)] = &[
    ("csv", SourceFormat::Csv),
    ("tsv", SourceFormat::Csv),
    ("tab", SourceFormat::Csv),
    ("txt", SourceFormat::Csv),
    ("jsonl", SourceFormat::Jsonl),
    ("ndjson", SourceFormat::Jsonl),
    ("parquet", SourceFormat::Parquet),
    ("arrow", SourceFormat::Ipc),
    ("arrows", SourceFormat::Ipc),
    ("feather", SourceFormat::Ipc),
    ("ipc", SourceFormat::Ipc),
];

/// The format of a file that begins with `head`: its first [`HEAD`] bytes, or all of them.
///
/// Fails with [`Code::SourceUnsupported`] where it is known to be something else, and with
/// [`Code::SourceTruncated`] where it is empty and its name tells nothing.
pub fn sniff(head: &[u8], name: Option<&str>) -> Result<SourceFormat> {
    if let Some(format) = by_magic(head) {
        return Ok(format);
    }
    if let Some((_, what)) = FOREIGN.iter().find(|(magic, _)| head.starts_with(magic))
        && (!head.starts_with(b"BZh") || head.get(4..).is_some_and(|rest| rest.starts_with(BZIP2_BLOCK)))
    {
        return Err(unsupported(&format!("the source file is {what}")));
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
    let named = name.and_then(by_extension);
    if first == Some(&b'[') && named.is_none_or(|format| format == SourceFormat::Jsonl) {
        return Err(unsupported(
            "the source file is a JSON array; what can be read is JSON lines, one object a line",
        ));
    }
    match (named, first) {
        (Some(format), _) => Ok(format),
        (None, Some(b'{')) => Ok(SourceFormat::Jsonl),
        (None, Some(_)) => Ok(SourceFormat::Csv),
        (None, None) => {
            let message = "the source file is empty, and its name does not tell its format";
            Err(Error::new(Code::SourceTruncated, message))
        }
    }
}

/// The format that the first [`MAGIC_LENGTH`] bytes tell, if they do.
pub fn by_magic(head: &[u8]) -> Option<SourceFormat> {
    MAGIC.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, format)| *format)
}

/// The delimiter that a file's name tells.
pub fn delimiter(name: &str) -> Option<u8> {
    matches!(extension(name)?.as_str(), "tsv" | "tab").then_some(b'\t')
}

fn by_extension(name: &str) -> Option<SourceFormat> {
    let extension = extension(name)?;
    EXTENSIONS.iter().find(|(known, _)| *known == extension).map(|(_, format)| *format)
}

/// In lower case, without a `.gz` behind it.
fn extension(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let (_, extension) = name.strip_suffix(".gz").unwrap_or(&name).rsplit_once('.')?;
    Some(extension.to_owned())
}

fn unsupported(message: &str) -> Error {
    Error::new(Code::SourceUnsupported, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magic_goes_before_the_name_and_the_name_before_the_text() {
        use SourceFormat::*;
        assert_eq!(sniff(b"PAR1....", Some("a.csv")), Ok(Parquet));
        assert_eq!(sniff(b"ARROW1\0\0", None), Ok(IpcFile));
        assert_eq!(sniff(&[0xff, 0xff, 0xff, 0xff, 8], None), Ok(Ipc));
        assert_eq!(sniff(b"{\"a\"}\n", Some("A.CSV.gz")), Ok(Csv));
        assert_eq!(sniff(b"[a],b\n", Some("a.tsv")), Ok(Csv));
        assert_eq!(sniff(b"", Some("a.ndjson")), Ok(Jsonl));
        assert_eq!(sniff(b"\xef\xbb\xbf \n{\"a\":1}", Some("a.json")), Ok(Jsonl));
        assert_eq!(sniff(b"BZh9 is a column,b\n", None), Ok(Csv));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let message = |head: &[u8], name| {
            let error = sniff(head, name).unwrap_err();
            assert_eq!(error.code, Code::SourceUnsupported);
            error.message
        };
        assert!(message(b"PK\x03\x04", Some("a.csv")).contains("zip"));
        assert!(message(&[0x28, 0xb5, 0x2f, 0xfd], None).contains("zstd"));
        assert!(message(b"BZh91AY&SY", None).contains("bzip2"));
        assert!(message(b"\xfd7zXZ\0", None).contains("xz"));
        assert!(message(b"\xff\xfea\0", Some("a.csv")).contains("UTF-16"));
        assert!(message(b"\n[{\"a\":1}]", None).contains("JSON array"));
        assert!(message(b"[1]", Some("a.jsonl")).contains("JSON array"));
        assert_eq!(sniff(b"", None).unwrap_err().code, Code::SourceTruncated);
    }
}
