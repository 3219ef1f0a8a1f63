//! The config, judged once. What comes out is an [`ExportPlan`] in which every default is resolved; nothing
//! downstream checks config again.

mod destination;
mod options;
mod token;
mod value;

use std::ops::Range;

use arrow::datatypes::DataType;

pub use destination::{Destination, MAX_BLOCKS, MAX_PARTS, PartSize, SasUrl};
pub use options::{
    CsvOptions, Formulas, JsonlOptions, NonFinite, ParquetCodec, ParquetColumn, ParquetOptions, Statistics,
};
pub use value::Value;
pub(crate) use value::{Fields, invalid};
#[cfg(feature = "api")]
pub(crate) use {destination::refused, value::choose, value::whole};

use crate::checksum::Checksum;
use crate::error::{Code, Error, Result};
use crate::table::types;
use crate::upload::{Known, Token};

/// The format of the files, with its options.
#[derive(Debug, Clone, PartialEq)]
pub enum Format {
    Csv(CsvOptions),
    Jsonl(JsonlOptions),
    Parquet(ParquetOptions),
}

impl Format {
    pub fn name(&self) -> &'static str {
        match self {
            Format::Csv(_) => "csv",
            Format::Jsonl(_) => "jsonl",
            Format::Parquet(_) => "parquet",
        }
    }

    /// Whether the files state the type of each column, so that a type cannot change once one has begun.
    pub fn is_typed(&self) -> bool {
        matches!(self, Format::Parquet(_))
    }

    fn content_type(&self) -> &'static str {
        match self {
            Format::Csv(_) => "text/csv; charset=utf-8",
            Format::Jsonl(_) => "application/x-ndjson",
            Format::Parquet(_) => "application/vnd.apache.parquet",
        }
    }
}

/// The codec around a whole file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    None,
    Gzip,
}

/// How many files, and when the next one starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    Single,
    /// A file ends at the end of the first block of rows that brings it to one of these limits.
    Multi {
        target_size: Option<u64>,
        max_row_groups: Option<u32>,
    },
}

/// What the driver found `source` to be.
#[derive(Debug, Clone, PartialEq)]
pub enum SourcePlan {
    /// Rows or columns, packed by the driver; `rows` where their number is known.
    Packed { rows: Option<u64> },
    /// A stream of bytes; `size` where it is known.
    Bytes { size: Option<u64> },
    /// A file that can be read at any place.
    File { size: u64 },
}

/// A valid config.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportPlan {
    pub source: SourcePlan,
    /// The name of the source file, which tells its format where its bytes do not.
    pub source_name: Option<String>,
    pub format: Format,
    pub compression: Compression,
    pub destination: Destination,
    /// The columns to export, in this order; `None` for all.
    pub selectors: Option<Vec<String>>,
    /// The rows to export, of those that the table has.
    pub rows: Range<u64>,
    /// Types that override what is inferred, by column.
    pub schema: Vec<(String, DataType)>,
    pub files: Files,
    /// The name of a file, without its extension.
    pub file_name: String,
    /// Fail with [`Code::StoreExists`] where the object is there already.
    pub error_if_exists: bool,
    /// Requests under way at once.
    pub concurrency: usize,
    /// Whether the store's CORS rule limits what it can be sent, and shown.
    pub in_browser: bool,
    /// Bytes that rows and file bytes may take at once.
    pub memory_limit: usize,
    /// Further tries of a request that failed in a way that passes.
    pub retries: u32,
    /// The table as the caller describes it, handed through to the status.
    pub table: Option<Value>,
    /// A digest of what the bytes of the files depend on besides the table.
    pub fingerprint: String,
    /// What an earlier job knew of the files.
    pub resume: Option<Token>,
}

const MIB: u64 = 1 << 20;
const DEFAULT_MEMORY_LIMIT: u64 = 64 * MIB;

impl ExportPlan {
    /// Judges a config. The first thing found wrong is the error, under its field's name.
    pub fn judge(config: &Value) -> Result<ExportPlan> {
        let mut fields = Fields::new("", config)?;
        let (source, source_name) = source(&mut fields)?;
        let memory_limit =
            fields.integer("memoryLimit", 16 * MIB, 2048 * MIB)?.unwrap_or(DEFAULT_MEMORY_LIMIT);
        let format = format(&mut fields, memory_limit)?;
        let compression = compression(&mut fields, &format)?;
        let destination = Destination::judge(fields.required("destination")?, memory_limit)?;
        let files = files(&mut fields, &format)?;
        let table = table(&mut fields)?;
        let named = fields.text("fileName")?;
        let file_name = file_name(named, &table, &source_name, &extension(&format, compression))?;
        let fingerprint = token::fingerprint(config, &file_name, &destination);
        let resume = fields.take("resume");
        let plan = ExportPlan {
            file_name,
            fingerprint,
            resume: None,
            source,
            source_name,
            compression,
            destination,
            selectors: fields.take("selectors").map(selectors).transpose()?,
            rows: rows(&mut fields)?,
            schema: schema(&mut fields)?,
            files,
            error_if_exists: fields
                .choice("exportMode", &[("ErrorIfExists", true), ("Overwrite", false)])?
                .unwrap_or(false),
            concurrency: fields.integer("concurrency", 1, 64)?.map_or(4, |n| n as usize),
            in_browser: false,
            memory_limit: memory_limit as usize,
            retries: fields.integer("retries", 0, 100)?.map_or(6, |n| n as u32),
            table,
            format,
        };
        fields.text("requestId")?.map_or(Ok(()), request_id)?;
        fields.other("signal", "an AbortSignal")?;
        fields.other("onStatus", "a function")?;
        let in_worker = fields.bool("worker")?.unwrap_or(false);
        fields.finish()?;
        let plan = plan.agree(in_worker)?;
        match resume {
            Some(token) => plan.resuming(token),
            None => Ok(plan),
        }
    }

    /// In a page or a worker of one: browsers have six connections to one host, and further requests would wait where
    /// their time counts already.
    pub fn in_browser(self) -> ExportPlan {
        ExportPlan { in_browser: true, concurrency: self.concurrency.min(6), ..self }
    }

    /// To go on from what an earlier job of this config told.
    pub fn resuming(self, token: &Value) -> Result<ExportPlan> {
        let resume = Some(token::judge(token, &self.fingerprint)?);
        Ok(ExportPlan { resume, ..self })
    }

    /// `csv`, `jsonl`, `parquet`, and `.gz` behind it where the whole file is compressed.
    pub fn extension(&self) -> String {
        extension(&self.format, self.compression)
    }

    /// The name of the file of this index, from 0.
    pub fn name_of_file(&self, index: u32) -> String {
        match self.files {
            Files::Single => format!("{}.{}", self.file_name, self.extension()),
            Files::Multi { .. } => format!("{}/{index:06}.{}", self.file_name, self.extension()),
        }
    }

    /// The checksum that goes along with what is sent, if any. In a page the store's CORS rule would have to allow a header
    /// that nobody asked for.
    pub fn sent_checksum(&self) -> Option<Checksum> {
        match &self.destination {
            destination if destination.sends_crc32c() => Some(Checksum::Crc32c),
            Destination::Azure { .. } => Some(Checksum::Md5),
            _ => (!self.in_browser).then_some(Checksum::Md5),
        }
    }

    /// What an earlier job knew of the file of this name.
    pub fn known(&self, name: &str) -> Option<&Known> {
        let files = &self.resume.as_ref()?.files;
        files.iter().find(|file| file.name == name).map(|file| &file.known)
    }

    pub fn content_type(&self) -> &'static str {
        match self.compression {
            Compression::None => self.format.content_type(),
            Compression::Gzip => "application/gzip",
        }
    }

    /// What can only be said of the whole.
    fn agree(self, in_worker: bool) -> Result<ExportPlan> {
        if self.destination.takes_one_file() && self.files != Files::Single {
            let message = "destination is the URL of one object, which takes one file; several need \
                           {type: \"presigned\", sign}, or the URL of a container";
            return Err(Error::new(Code::ConfigConflict, message).at_field("mode"));
        }
        if self.error_if_exists && matches!(self.destination, Destination::Companion { .. }) {
            let message = "exportMode is ErrorIfExists, and a Companion server names the objects and takes no condition";
            return Err(Error::new(Code::ConfigConflict, message).at_field("exportMode"));
        }
        if in_worker && matches!(self.destination, Destination::R2 { .. }) {
            let message = "worker is true, and no other thread can have the bucket of an R2 binding";
            return Err(Error::new(Code::ConfigConflict, message).at_field("worker"));
        }
        Ok(self)
    }
}

fn source(fields: &mut Fields) -> Result<(SourcePlan, Option<String>)> {
    const EXPECTED: &str = "rows, columns, an Arrow table, or a file of csv, jsonl, parquet or arrow";
    let value = fields.required("source")?;
    if !matches!(value, Value::Map(_)) {
        let error = invalid("source", value, EXPECTED);
        return Err(Error { code: Code::SourceUnsupported, ..error });
    }
    let mut source = Fields::new("source", value)?;
    let kind = source.required_choice("kind", &[("packed", 0), ("bytes", 1), ("file", 2), ("other", 3)])?;
    if kind == 3 {
        let message = format!("source is an object that is none of these: {EXPECTED}");
        return Err(Error::new(Code::SourceUnsupported, message).at_field("source"));
    }
    let name = source.text("name")?.map(str::to_owned);
    let rows = source.integer("rows", 0, 1 << 53)?;
    let size = source.integer("size", 0, 1 << 53)?;
    source.finish()?;
    let plan = match kind {
        0 => SourcePlan::Packed { rows },
        1 => SourcePlan::Bytes { size },
        _ => SourcePlan::File { size: size.unwrap_or(0) },
    };
    Ok((plan, name))
}

fn format(fields: &mut Fields, memory_limit: u64) -> Result<Format> {
    let name =
        fields.required_choice("format", &[("csv", "csv"), ("jsonl", "jsonl"), ("parquet", "parquet")])?;
    for key in ["csv", "jsonl", "parquet"].into_iter().filter(|key| *key != name) {
        if fields.take(key).is_some() {
            let message = format!("{key} is set, and the format is {name}");
            return Err(Error::new(Code::ConfigConflict, message).at_field(key));
        }
    }
    let empty = Value::Map(Vec::new());
    Ok(match name {
        "csv" => Format::Csv(options::csv(fields.take("csv").unwrap_or(&empty))?),
        "jsonl" => Format::Jsonl(options::jsonl(fields.take("jsonl").unwrap_or(&empty))?),
        _ if !cfg!(feature = "binary") => {
            return Err(Error::not_in_this_build(Code::FormatUnsupported, "parquet").at_field("format"));
        }
        _ => Format::Parquet(options::parquet(
            fields.take("parquet").unwrap_or(&empty),
            row_group_room(memory_limit),
        )?),
    })
}

fn compression(fields: &mut Fields, format: &Format) -> Result<Compression> {
    let compression = fields
        .choice("compression", &[("none", Compression::None), ("gzip", Compression::Gzip)])?
        .unwrap_or(Compression::None);
    if compression != Compression::None && format.is_typed() {
        let message =
            "compression is around the whole file, and parquet compresses inside: use parquet.compression";
        return Err(Error::new(Code::ConfigConflict, message).at_field("compression"));
    }
    Ok(compression)
}

/// Bytes of values that a row group may have: it is held until it is whole, and must leave room for the parts on
/// their way out.
fn row_group_room(memory_limit: u64) -> u64 {
    (memory_limit / 8 * 5).min(memory_limit - 12 * MIB)
}

fn files(fields: &mut Fields, format: &Format) -> Result<Files> {
    let mode = fields.choice("mode", &[("single_file", false), ("multi_file", true)])?;
    let target_size = fields.integer("targetFileSizeBytes", 1, 1 << 53)?;
    let max_row_groups = fields.integer("maxRowGroupsPerFile", 1, 1 << 15)?.map(|n| n as u32);
    if max_row_groups.is_some() && !format.is_typed() {
        let message = format!("maxRowGroupsPerFile is set, and {} has no row groups", format.name());
        return Err(Error::new(Code::ConfigConflict, message).at_field("maxRowGroupsPerFile"));
    }
    let limited = target_size.is_some() || max_row_groups.is_some();
    if mode == Some(false) && limited {
        let message = "mode is single_file, and a limit of the size of a file is set";
        return Err(Error::new(Code::ConfigConflict, message).at_field("mode"));
    }
    Ok(if mode.unwrap_or(limited) { Files::Multi { target_size, max_row_groups } } else { Files::Single })
}

/// The calls of one id are told from others by the driver. The rule is that of the Earth Engine API.
pub(crate) fn request_id(id: &str) -> Result<()> {
    if (1..=60).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Ok(());
    }
    let message = "requestId must be 1 to 60 letters, digits and hyphens";
    Err(Error::new(Code::ConfigInvalidValue, message).at_field("requestId"))
}

/// All of the table, unless there is a `start` or an `end`.
fn rows(fields: &mut Fields) -> Result<Range<u64>> {
    let Some(value) = fields.take("rows") else { return Ok(0..u64::MAX) };
    let mut rows = Fields::new("rows", value)?;
    let start = rows.integer("start", 0, 1 << 53)?.unwrap_or(0);
    let end = rows.integer("end", 0, 1 << 53)?.unwrap_or(u64::MAX);
    rows.finish()?;
    if end < start {
        let message = format!("rows.end is {end}, which is before rows.start");
        return Err(Error::new(Code::ConfigConflict, message).at_field("rows.end"));
    }
    Ok(start..end)
}

fn table(fields: &mut Fields) -> Result<Option<Value>> {
    match fields.take("table") {
        None => Ok(None),
        Some(table @ Value::Map(_)) => Ok(Some(table.clone())),
        Some(other) => Err(invalid("table", other, "an object")),
    }
}

fn extension(format: &Format, compression: Compression) -> String {
    match compression {
        Compression::None => format.name().to_owned(),
        Compression::Gzip => format!("{}.gz", format.name()),
    }
}

/// `fileName`, or the table's name, or the source file's without its extension, or `table`. An extension that
/// is there already is not added again.
fn file_name(
    named: Option<&str>,
    table: &Option<Value>,
    source_name: &Option<String>,
    extension: &str,
) -> Result<String> {
    let (field, name) = match (named, table_name(table)?) {
        (Some(name), _) => ("fileName", name.to_owned()),
        (None, Some(name)) => ("table.name", name.to_owned()),
        (None, None) => {
            let stem = source_name.as_deref().and_then(|name| name.split('.').next());
            ("source", stem.filter(|stem| is_file_name(stem)).unwrap_or("table").to_owned())
        }
    };
    let name = name.strip_suffix(&format!(".{extension}")).unwrap_or(&name);
    if is_file_name(name) {
        return Ok(name.to_owned());
    }
    let message = format!(
        "{field} must be the name of a file: 1 to 200 characters, no slash, no control character, not \".\" or \"..\""
    );
    Err(Error::new(Code::ConfigInvalidValue, message).at_field(field))
}

fn table_name(table: &Option<Value>) -> Result<Option<&str>> {
    let Some(Value::Map(entries)) = table else { return Ok(None) };
    match entries.iter().find(|(key, _)| key == "name").map(|(_, value)| value) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Text(name)) => Ok(Some(name)),
        Some(other) => Err(invalid("table.name", other, "a string")),
    }
}

fn is_file_name(name: &str) -> bool {
    (1..=200).contains(&name.chars().count())
        && !name.chars().any(|c| c == '/' || c == '\\' || c.is_control())
        && name != "."
        && name != ".."
}

pub(crate) fn selectors(value: &Value) -> Result<Vec<String>> {
    let Value::List(items) = value else {
        return Err(invalid("selectors", value, "an array of column names"));
    };
    let mut names: Vec<String> = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let path = format!("selectors[{index}]");
        let Value::Text(name) = item else { return Err(invalid(&path, item, "a column name")) };
        if names.contains(name) {
            let message = format!("{path} names a column for the second time");
            return Err(Error::new(Code::ConfigInvalidValue, message).at_field(path).in_column(name));
        }
        names.push(name.clone());
    }
    if names.is_empty() {
        let message = "selectors is empty; leave it out to export every column";
        return Err(Error::new(Code::ConfigInvalidValue, message).at_field("selectors"));
    }
    Ok(names)
}

fn schema(fields: &mut Fields) -> Result<Vec<(String, DataType)>> {
    let Some(value) = fields.take("schema") else { return Ok(Vec::new()) };
    let Value::Map(entries) = value else {
        return Err(invalid("schema", value, "an object of column names and types"));
    };
    let column = |(name, value): &(String, Value)| {
        let path = format!("schema.{name}");
        let Value::Text(text) = value else { return Err(invalid(&path, value, "a type, such as \"int64\"")) };
        let data_type = types::parse(text).map_err(|error| error.at_field(&path).in_column(name))?;
        Ok((name.clone(), data_type))
    };
    entries.iter().map(column).collect()
}
