//! `POST /v1/data/export-temp` and `POST /v2/data/export`, one request and its result. The second names its folder and
//! store under `export_paths`.

use super::fault::Fault;
use super::fields::{conflict, key};
use super::object::{get, object, object_of_some, text};
use super::report::Report;
use super::{Answer, Order};
use crate::error::{Code, Error, Result};
use crate::job::State;
use crate::plan::{Fields, Value, invalid, refused};

const FORMATS: &[(&str, &str)] = &[("Parquet", "parquet"), ("Jsonl", "jsonl")];
const MODES: &[(&str, &str)] = &[("multi_file", "multi_file"), ("single_file", "single_file")];

/// Where a request wants its files.
struct Paths<'a> {
    /// The field of the path.
    field: &'static str,
    path: &'a str,
    store: Vec<(&'static str, Value)>,
}

/// What is said of the sizes of files.
struct Limits {
    row_group_size: Option<u64>,
    max_row_groups: Option<u64>,
    target_size: Option<u64>,
}

/// The path of the first form is the file's, unless it ends with a slash, and there is one file unless `mode` says
/// otherwise. That of the second is a folder: `<path>/000000.parquet` and so on, or one file in it, which the server names.
///
/// A store without an `endpoint` is the server's to find, as is one without `storage_config`. Credentials stand where a
/// destination has them, and nowhere else.
pub fn order(body: &Value) -> Result<Order> {
    let mut fields = Fields::new("", body)?;
    let form = fields.take("export_paths");
    let paths = match form {
        Some(value) => second(value)?,
        None => first(&mut fields)?,
    };
    let format = fields.choice("format", FORMATS)?.unwrap_or("parquet");
    let default = if form.is_some() { "multi_file" } else { "single_file" };
    let mode = fields.choice("mode", MODES)?.unwrap_or(default);
    let limits = limits(&mut fields, format, mode)?;
    let include_metrics = fields.bool("include_metrics")?.unwrap_or(false);
    fields.finish()?;

    let is_folder = paths.path.ends_with('/') || form.is_some();
    let (prefix, file_name) = place(&paths, is_folder, mode)?;
    let row_group_size = limits.row_group_size.map(|size| object(vec![("rowGroupSize", size.into())]));
    let config = object_of_some(vec![
        ("format", format.into()),
        ("mode", mode.into()),
        ("fileName", file_name.into()),
        ("parquet", row_group_size.into()),
        ("maxRowGroupsPerFile", limits.max_row_groups.into()),
        ("targetFileSizeBytes", limits.target_size.into()),
    ]);
    let terms = object(vec![
        ("version", if form.is_some() { 2u64 } else { 1 }.into()),
        ("mode", mode.into()),
        ("prefix", prefix.as_str().into()),
        ("include_metrics", include_metrics.into()),
    ]);
    let mut destination = paths.store;
    destination.push(("prefix", prefix.into()));
    Ok(Order { config, source: object(Vec::new()), destination: object_of_some(destination), terms })
}

fn first<'a>(fields: &mut Fields<'a>) -> Result<Paths<'a>> {
    let field = "directory_path";
    let path = fields.required_text(field)?;
    Ok(Paths { field, path, store: store(fields)? })
}

fn second(value: &Value) -> Result<Paths<'_>> {
    let field = "export_paths.paths";
    let mut fields = Fields::new("export_paths", value)?;
    let path = directory(field, fields.required("paths")?)?;
    let config = fields.take("storage_config");
    fields.finish()?;
    let Some(config) = config else { return Ok(Paths { field, path, store: Vec::new() }) };
    let mut fields = Fields::new("export_paths.storage_config", config)?;
    let store = store(&mut fields)?;
    fields.finish()?;
    Ok(Paths { field, path, store })
}

/// The one of a list.
fn directory<'a>(field: &str, value: &'a Value) -> Result<&'a str> {
    let Value::List(paths) = value else { return Err(invalid(field, value, "an array of one directory")) };
    match &paths[..] {
        [Value::Text(path)] if !path.is_empty() => Ok(path),
        [other] => Err(invalid(&format!("{field}[0]"), other, "a path that is not empty")),
        _ => {
            let message = format!("{field} has {} entries; it must be exactly one directory", paths.len());
            Err(Error::new(Code::ConfigInvalidValue, message).at_field(field))
        }
    }
}

/// A bucket, as a destination of type `s3` has it.
fn store(fields: &mut Fields) -> Result<Vec<(&'static str, Value)>> {
    fields.required_choice("storage_type", &[("S3", ())])?;
    let bucket = fields.required_text("bucket")?;
    let secrets = fields.required("credentials")?;
    let mut credentials = Fields::new(&fields.path_of("credentials"), secrets)?;
    let access_key = credentials.required_text("access_key")?;
    let secret_key = credentials.required_text("secret_key")?;
    credentials.finish()?;
    let none = Value::Map(Vec::new());
    let mut options = Fields::new(&fields.path_of("options"), fields.take("options").unwrap_or(&none))?;
    let store = vec![
        ("type", "s3".into()),
        ("endpoint", options.text("endpoint")?.into()),
        ("bucket", bucket.into()),
        ("region", options.text("region")?.unwrap_or("us-east-1").into()),
        (
            "credentials",
            object(vec![("accessKeyId", access_key.into()), ("secretAccessKey", secret_key.into())]),
        ),
        ("allowHttp", options.bool("allow_http")?.into()),
        ("virtualHostedStyle", options.bool("virtual_hosted_style")?.into()),
    ];
    options.finish()?;
    Ok(store)
}

/// `max_row_groups_per_file` takes precedence over `target_file_size_bytes`.
fn limits(fields: &mut Fields, format: &str, mode: &str) -> Result<Limits> {
    let row_group_size = fields.integer("row_group_size", 1 << 10, 1 << 40)?;
    let max_row_groups = fields.integer("max_row_groups_per_file", 1, 1 << 15)?;
    let target_size = fields.integer("target_file_size_bytes", 1, 1 << 53)?;
    let given = [
        ("row_group_size", row_group_size.is_some()),
        ("max_row_groups_per_file", max_row_groups.is_some()),
        ("target_file_size_bytes", target_size.is_some()),
    ];
    let [size, groups, target] = given.map(|(name, is_given)| is_given.then_some(name));
    if let Some(name) = size.or(groups).filter(|_| format == "jsonl") {
        return Err(conflict(name, &format!("{name} is set, and Jsonl has no row groups")));
    }
    if let Some(name) = groups.or(target).filter(|_| mode == "single_file") {
        return Err(conflict(name, &format!("{name} is set, and the mode is single_file")));
    }
    Ok(Limits { row_group_size, max_row_groups, target_size: target_size.filter(|_| groups.is_none()) })
}

/// What stands before the names of files, and the name in the config.
fn place<'a>(paths: &Paths<'a>, is_folder: bool, mode: &str) -> Result<(String, Option<&'a str>)> {
    let path = paths.path.strip_suffix('/').unwrap_or(paths.path);
    let (folders, name) = key(paths.field, path)?;
    if name.is_none() {
        return Err(refused(paths.field, "a path with a name at its end"));
    }
    Ok(if is_folder && mode == "single_file" {
        (format!("{path}/"), None)
    } else {
        (folders.to_owned(), name)
    })
}

/// The result, in the form of the request's version. Of a job that has not ended, which this API never tells of, `code`
/// is 202, and there are neither data nor an exception.
///
/// What has no counterpart: uncompressed bytes are not counted, and the sizes of the files stand for them; a Jsonl file has
/// no row groups, and its average is 0; `rss_peak_bytes` is null, since no runtime tells it. Files are named
/// `000000.parquet`, not `part-00000.parquet`. Times are milliseconds.
pub fn result(job: &Report, terms: &Value) -> Value {
    match (&job.failure, job.state) {
        (Some(failure), _) => error(failure.code, failure.message).body,
        (None, State::Completed) => envelope(200, true, data(job, terms), Value::Null),
        _ => envelope(202, false, Value::Null, Value::Null),
    }
}

fn envelope(code: u16, success: bool, data: Value, exception: Value) -> Value {
    object(vec![
        ("code", u64::from(code).into()),
        ("success", success.into()),
        ("data", data),
        ("exception", exception),
    ])
}

fn data(job: &Report, terms: &Value) -> Value {
    let (groups, size) = (job.sum(|file| file.row_groups), job.sum(|file| file.size));
    let average = if groups > 0.0 { (size / groups).round() } else { 0.0 };
    let is_second = *get(terms, "version") == Value::Number(2.0);
    let is_single = text(terms, "mode") == "single_file";
    let first = job.files.first().map_or("", |file| file.name);
    let first = format!("{}{first}", text(terms, "prefix"));
    let (folder, _) = split(&first);
    let names = || Value::List(job.files.iter().map(|file| split(file.name).1.into()).collect());
    let result = object_of_some(vec![
        ("mode", is_second.then(|| text(terms, "mode")).into()),
        ("output_prefix", is_second.then_some(folder).into()),
        ("files", is_second.then(names).into()),
        ("file_path", (!is_second).then_some(if is_single { &first } else { folder }).into()),
        ("num_row_groups", groups.into()),
        ("total_row_count", job.sum(|file| file.rows).into()),
        ("total_uncompressed_byte_size", size.into()),
        ("average_uncompressed_row_group_size", average.into()),
    ]);
    let elapsed = Value::from(job.duration());
    let is_asked = *get(terms, "include_metrics") == Value::Bool(true);
    let metrics =
        is_asked.then(|| object(vec![("elapsed_time", elapsed.clone()), ("rss_peak_bytes", Value::Null)]));
    object_of_some(vec![
        ("elapsed_time", (!is_second).then_some(elapsed).into()),
        ("export_result", result),
        ("metrics", metrics.into()),
    ])
}

/// A path's folder and the name in it.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

pub fn error(code: Code, message: &str) -> Answer {
    let status = Fault::of(code).http();
    let exception = object(vec![("code", code.as_str().into()), ("message", message.into())]);
    Answer { status, body: envelope(status, false, Value::Null, exception) }
}
