//! The options of each format, with their defaults.

use super::value::{Fields, Value, invalid};
use crate::error::{Code, Error, Result};

/// What a cell that a spreadsheet would run as a formula becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Formulas {
    Keep,
    /// Prefixed with `'`, as OWASP advises; numbers are left alone.
    Escape,
    Error,
}

/// `csv`: RFC 4180 with the usual freedoms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvOptions {
    pub header: bool,
    pub delimiter: u8,
    pub quote: u8,
    /// Written before a quote within a quoted field. RFC 4180 doubles the quote.
    pub escape: u8,
    pub line_ending: &'static str,
    /// The text of null. A value that reads the same is quoted, so the two stay apart.
    pub null_value: String,
    pub bom: bool,
    pub formulas: Formulas,
}

impl Default for CsvOptions {
    fn default() -> Self {
        CsvOptions {
            header: true,
            delimiter: b',',
            quote: b'"',
            escape: b'"',
            line_ending: "\n",
            null_value: String::new(),
            bom: false,
            formulas: Formulas::Keep,
        }
    }
}

/// What NaN and the infinities, which JSON does not have, become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NonFinite {
    /// `"NaN"`, `"Infinity"`, `"-Infinity"`, as Protocol Buffers' JSON mapping has them.
    Text,
    Null,
    Error,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonlOptions {
    /// Whether a null is written, or its key left out.
    pub keep_nulls: bool,
    pub non_finite: NonFinite,
}

impl Default for JsonlOptions {
    fn default() -> Self {
        JsonlOptions { keep_nulls: true, non_finite: NonFinite::Text }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParquetCodec {
    None,
    Snappy,
    Gzip,
    Zstd,
    Lz4Raw,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistics {
    None,
    Chunk,
    /// Per page too: the page index.
    Page,
}

/// What may differ from column to column; `None` takes the file's setting.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ParquetColumn {
    pub name: String,
    pub codec: Option<ParquetCodec>,
    pub level: Option<u32>,
    pub dictionary: Option<bool>,
    pub statistics: Option<Statistics>,
    pub bloom_filter: Option<bool>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ParquetOptions {
    pub codec: ParquetCodec,
    /// Of gzip (0 to 9, default 6) and zstd (1 to 22, default 3).
    pub level: Option<u32>,
    /// Bytes of a row group's values before encoding and compression.
    pub row_group_size: u64,
    /// Bytes of memory that an open row group may take: tables of many columns reach it long before the size.
    pub row_group_room: u64,
    /// Rows of a row group at most.
    pub row_group_rows: u64,
    /// Bytes of a data page, before compression, at about which it is ended.
    pub page_size: usize,
    pub dictionary: bool,
    pub statistics: Statistics,
    pub bloom_filters: bool,
    pub columns: Vec<ParquetColumn>,
    /// Key-value metadata of the file.
    pub metadata: Vec<(String, String)>,
}

impl Default for ParquetOptions {
    fn default() -> Self {
        ParquetOptions {
            codec: ParquetCodec::Snappy,
            level: None,
            row_group_size: 40_000_000,
            row_group_room: u64::MAX,
            row_group_rows: 1_048_576,
            page_size: 1 << 20,
            dictionary: true,
            statistics: Statistics::Page,
            bloom_filters: false,
            columns: Vec::new(),
            metadata: Vec::new(),
        }
    }
}

const CODECS: &[(&str, ParquetCodec)] = &[
    ("none", ParquetCodec::None),
    ("snappy", ParquetCodec::Snappy),
    ("gzip", ParquetCodec::Gzip),
    ("zstd", ParquetCodec::Zstd),
    ("lz4_raw", ParquetCodec::Lz4Raw),
];
const STATISTICS: &[(&str, Statistics)] =
    &[("none", Statistics::None), ("chunk", Statistics::Chunk), ("page", Statistics::Page)];
const LINE_ENDINGS: &[(&str, &str)] = &[("\n", "\n"), ("\r\n", "\r\n")];
const FORMULAS: &[(&str, Formulas)] =
    &[("keep", Formulas::Keep), ("escape", Formulas::Escape), ("error", Formulas::Error)];
const NON_FINITE: &[(&str, NonFinite)] =
    &[("string", NonFinite::Text), ("null", NonFinite::Null), ("error", NonFinite::Error)];

pub fn csv(value: &Value) -> Result<CsvOptions> {
    let defaults = CsvOptions::default();
    let mut fields = Fields::new("csv", value)?;
    let options = CsvOptions {
        header: fields.bool("header")?.unwrap_or(defaults.header),
        delimiter: byte(&mut fields, "delimiter", defaults.delimiter)?,
        quote: byte(&mut fields, "quote", defaults.quote)?,
        escape: byte(&mut fields, "escape", defaults.escape)?,
        line_ending: fields.choice("lineEnding", LINE_ENDINGS)?.unwrap_or(defaults.line_ending),
        null_value: fields.text("nullValue")?.unwrap_or_default().to_owned(),
        bom: fields.bool("bom")?.unwrap_or(defaults.bom),
        formulas: fields.choice("formulas", FORMULAS)?.unwrap_or(defaults.formulas),
    };
    fields.finish()?;
    if options.delimiter == options.quote || options.delimiter == options.escape {
        let message = "csv.delimiter must differ from csv.quote and csv.escape";
        return Err(Error::new(Code::ConfigConflict, message).at_field("csv.delimiter"));
    }
    let reserved = [options.delimiter, options.quote, b'\n', b'\r'];
    if options.null_value.bytes().any(|byte| reserved.contains(&byte)) {
        let message = "csv.nullValue holds a delimiter, a quote or a line break; null is written unquoted";
        return Err(Error::new(Code::ConfigConflict, message).at_field("csv.nullValue"));
    }
    Ok(options)
}

/// One ASCII character other than a line break.
fn byte(fields: &mut Fields, key: &'static str, default: u8) -> Result<u8> {
    let Some(text) = fields.text(key)? else { return Ok(default) };
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0) => Ok(*byte),
        _ => {
            let path = fields.path_of(key);
            let message = format!("{path} must be one ASCII character other than a line break");
            Err(Error::new(Code::ConfigInvalidValue, message).at_field(path))
        }
    }
}

pub fn jsonl(value: &Value) -> Result<JsonlOptions> {
    let mut fields = Fields::new("jsonl", value)?;
    let options = JsonlOptions {
        keep_nulls: fields.choice("nulls", &[("keep", true), ("drop", false)])?.unwrap_or(true),
        non_finite: fields.choice("nonFinite", NON_FINITE)?.unwrap_or(NonFinite::Text),
    };
    fields.finish()?;
    Ok(options)
}

/// `room` is the most that a row group may be. The default gives way to it; a size that was asked for does not.
pub fn parquet(value: &Value, room: u64) -> Result<ParquetOptions> {
    let defaults = ParquetOptions::default();
    let mut fields = Fields::new("parquet", value)?;
    let codec = fields.choice("compression", CODECS)?.unwrap_or(defaults.codec);
    let options = ParquetOptions {
        codec,
        level: level(&mut fields, codec)?,
        row_group_room: room,
        row_group_size: row_group_size(&mut fields, room)?.unwrap_or(defaults.row_group_size.min(room)),
        row_group_rows: fields
            .integer("rowGroupRows", 1, i32::MAX as u64)?
            .unwrap_or(defaults.row_group_rows),
        page_size: fields.integer("pageSize", 1 << 10, 1 << 30)?.map_or(defaults.page_size, |n| n as usize),
        dictionary: fields.bool("dictionary")?.unwrap_or(defaults.dictionary),
        statistics: fields.choice("statistics", STATISTICS)?.unwrap_or(defaults.statistics),
        bloom_filters: fields.bool("bloomFilters")?.unwrap_or(defaults.bloom_filters),
        columns: columns(&mut fields, codec)?,
        metadata: fields.texts("metadata")?,
    };
    fields.finish()?;
    Ok(options)
}

fn row_group_size(fields: &mut Fields, room: u64) -> Result<Option<u64>> {
    let size = fields.integer("rowGroupSize", 1 << 10, 1 << 40)?;
    let Some(too_large) = size.filter(|size| *size > room) else { return Ok(size) };
    let path = fields.path_of("rowGroupSize");
    let message = format!("{path} is {too_large} bytes; with this memoryLimit it can be {room} at most");
    Err(Error::new(Code::ConfigConflict, message).at_field(path))
}

fn level(fields: &mut Fields, codec: ParquetCodec) -> Result<Option<u32>> {
    let level = match codec {
        ParquetCodec::Gzip => fields.integer("compressionLevel", 0, 9)?,
        ParquetCodec::Zstd => fields.integer("compressionLevel", 1, 22)?,
        _ => match fields.take("compressionLevel") {
            None => None,
            Some(_) => {
                let path = fields.path_of("compressionLevel");
                let message = format!("{path} goes with gzip and zstd alone");
                return Err(Error::new(Code::ConfigConflict, message).at_field(path));
            }
        },
    };
    Ok(level.map(|level| level as u32))
}

fn columns(fields: &mut Fields, file_codec: ParquetCodec) -> Result<Vec<ParquetColumn>> {
    let Some(value) = fields.take("columns") else { return Ok(Vec::new()) };
    let path = fields.path_of("columns");
    let Value::Map(entries) = value else { return Err(invalid(&path, value, "an object")) };
    entries.iter().map(|(name, value)| column(&path, name, value, file_codec)).collect()
}

fn column(path: &str, name: &str, value: &Value, file_codec: ParquetCodec) -> Result<ParquetColumn> {
    let mut fields = Fields::new(&format!("{path}.{name}"), value)?;
    let codec = fields.choice("compression", CODECS)?;
    let column = ParquetColumn {
        name: name.to_owned(),
        codec,
        level: level(&mut fields, codec.unwrap_or(file_codec))?,
        dictionary: fields.bool("dictionary")?,
        statistics: fields.choice("statistics", STATISTICS)?,
        bloom_filter: fields.bool("bloomFilter")?,
    };
    fields.finish()?;
    Ok(column)
}
