//! `jobs/export-table` and `jobs/{job_id}/export-result` of Huawei's Data Lake Insight, and their jobs.

use super::fault::Fault;
use super::fields::{Offer, conflict, flag, implemented, key, unimplemented};
use super::object::{get, object, object_of_some, text};
use super::report::Report;
use super::{Answer, Body, Order};
use crate::error::{Code, Result};
use crate::job::State;
use crate::plan::{Fields, Value, refused};

const COMPRESSIONS: &[(&str, Offer)] =
    &[("none", Ok("none")), ("gzip", Ok("gzip")), ("bzip2", Err("bzip2")), ("deflate", Err("deflate"))];

/// The document writes the first of them in both ways.
const MODES: &[(&str, &str)] = &[
    ("ErrorIfExists", "ErrorIfExists"),
    ("errorifexists", "ErrorIfExists"),
    ("Overwrite", "Overwrite"),
    ("overwrite", "Overwrite"),
];

const ENCODINGS: &[(&str, Offer)] = &[("utf-8", Ok("utf-8")), ("gb2312", Err("gb2312")), ("gbk", Err("gbk"))];

/// Rows that are the result of a job, at most.
const MAX_LIMIT: u64 = 1 << 53;

/// Of `POST jobs/export-table`. Files are `<data_path>/000000.csv` and so on; `json` is one object a line.
///
/// The mode is of the folder in this API, and of each file here: whether the folder is there already, and which files in
/// it are to be deleted, is for the server to see to.
pub fn order(body: &Value) -> Result<Order> {
    let mut fields = Fields::new("", body)?;
    let (database, table) = (fields.required_text("database_name")?, fields.required_text("table_name")?);
    let source = object(vec![("database", database.into()), ("table", table.into())]);
    let named = vec![("database_name", database.into()), ("table_name", table.into())];
    folder(fields, source, named, |_, _| Ok((Value::Null, Vec::new())))
}

/// Of `POST jobs/{job_id}/export-result`, which is a table that the server finds by the job. Its `limit_num` is of rows,
/// and 0 of all.
pub fn order_of_result(body: &Value) -> Result<Order> {
    let fields = Fields::new("", body)?;
    folder(fields, object(Vec::new()), Vec::new(), |fields, data_type| {
        let offer = fields.choice("encoding_type", ENCODINGS)?.unwrap_or(Ok("utf-8"));
        implemented(fields, "encoding_type", offer)?;
        let limit = fields.integer("limit_num", 0, MAX_LIMIT)?.filter(|limit| *limit > 0);
        let rows = limit.map_or(Value::Null, |limit| object(vec![("end", limit.into())]));
        Ok((rows, quotes(fields, data_type)?))
    })
}

/// An export to a folder; `more` reads what else the request has: which rows, and how csv is quoted.
fn folder<'a>(
    mut fields: Fields<'a>,
    source: Value,
    table: Vec<(&'static str, Value)>,
    more: impl FnOnce(&mut Fields<'a>, &str) -> Result<(Value, Vec<(&'static str, Value)>)>,
) -> Result<Order> {
    let path = fields.required_text("data_path")?;
    let (bucket, prefix, folder) = data_path(path)?;
    let data_type = fields.required_choice("data_type", &[("csv", "csv"), ("json", "json")])?;
    let offer = fields.required_choice("compress", COMPRESSIONS)?;
    let compression = implemented(&fields, "compress", offer)?;
    let queue = fields.text("queue_name")?.filter(|name| !name.is_empty()).unwrap_or("default");
    let mode = fields.choice("export_mode", MODES)?.unwrap_or("ErrorIfExists");
    let mut csv = header(&mut fields, data_type)?;
    let (rows, quoting) = more(&mut fields, data_type)?;
    csv.extend(quoting);
    fields.finish()?;
    let config = object_of_some(vec![
        ("format", if data_type == "csv" { "csv" } else { "jsonl" }.into()),
        ("compression", compression.into()),
        ("mode", "multi_file".into()),
        ("fileName", folder.into()),
        ("exportMode", mode.into()),
        ("rows", rows),
        ("csv", if csv.is_empty() { Value::Null } else { object(csv) }),
    ]);
    let terms = vec![
        ("queue_name", queue.into()),
        ("data_path", path.into()),
        ("data_type", data_type.into()),
        ("compress", compression.into()),
        ("export_mode", mode.into()),
    ];
    Ok(Order {
        config,
        source,
        destination: object(vec![("bucket", bucket.into()), ("prefix", prefix.into())]),
        terms: object(table.into_iter().chain(terms).collect()),
    })
}

/// Of csv alone: json has quotes of its own.
fn quotes(fields: &mut Fields, data_type: &str) -> Result<Vec<(&'static str, Value)>> {
    let mut quoting = Vec::new();
    for (key, name) in [("quote_char", "quote"), ("escape_char", "escape")] {
        let Some(text) = fields.text(key)? else { continue };
        if data_type != "csv" {
            return Err(conflict(key, &format!("{key} is set, and data_type is json")));
        }
        if text.len() != 1 || !text.is_ascii() {
            return Err(refused(key, "one ASCII character"));
        }
        quoting.push((name, text.into()));
    }
    Ok(quoting)
}

/// `obs://bucket/folders/folder`, as its bucket, what stands before the last folder, and that.
fn data_path(path: &str) -> Result<(&str, &str, &str)> {
    let expected = "obs://<bucket>/<folder>, without commas";
    let wrong = || refused("data_path", expected);
    let (bucket, folders) =
        path.strip_prefix("obs://").and_then(|path| path.split_once('/')).ok_or_else(wrong)?;
    let (prefix, folder) = key("data_path", folders.strip_suffix('/').unwrap_or(folders))?;
    let folder = folder.filter(|_| !bucket.is_empty() && !path.contains(',')).ok_or_else(wrong)?;
    let end = bucket.rsplit_once('.').map_or("", |(_, end)| end);
    if end.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(refused("data_path", "in a bucket whose name has no digit behind its last \".\""));
    }
    Ok((bucket, prefix, folder))
}

/// Names of columns in the first line of csv. In json they stand before each value, and cannot be left out: that is
/// refused where it is asked for, though it is the default.
fn header(fields: &mut Fields, data_type: &str) -> Result<Vec<(&'static str, Value)>> {
    let header = flag(fields, "with_column_header")?;
    if data_type == "csv" {
        return Ok(vec![("header", header.unwrap_or(false).into())]);
    }
    match header {
        Some(false) => {
            let message =
                "with_column_header is false, and json without the names of columns is not implemented";
            Err(unimplemented("with_column_header", message))
        }
        _ => Ok(Vec::new()),
    }
}

/// The bodies of `POST jobs/export-table`, and of a job's `status`, `progress` and `detail`.
///
/// What has no counterpart is null, or the server's to say: `owner` is `terms.owner`. A bad row ends the job, so there is
/// none; progress is of the whole job, which has no jobs below it.
pub fn tell(body: Body, job: &Report, terms: &Value) -> Value {
    match body {
        Body::Progress => progress(job),
        Body::Detail => detail(job, terms),
        Body::Status => status(job, terms),
        Body::Response | Body::Error => response(job, terms),
    }
}

fn response(job: &Report, terms: &Value) -> Value {
    let [database, table, path] = ["database_name", "table_name", "data_path"].map(|key| text(terms, key));
    let message = format!("export all data from table {database}.{table} to path {path} started");
    object(vec![
        ("is_success", true.into()),
        ("message", message.into()),
        ("job_id", job.id.into()),
        ("job_mode", "async".into()),
    ])
}

fn status(job: &Report, terms: &Value) -> Value {
    let term = |key| get(terms, key).clone();
    object(vec![
        ("is_success", true.into()),
        ("message", job.message().into()),
        ("job_id", job.id.into()),
        ("job_type", "EXPORT".into()),
        ("job_mode", "async".into()),
        ("queue_name", term("queue_name")),
        ("owner", term("owner")),
        ("start_time", job.created_at.into()),
        ("duration", job.duration().into()),
        ("status", state(job).into()),
        ("input_row_count", job.rows_read.into()),
        ("bad_row_count", 0u64.into()),
        ("input_size", Value::Null),
        ("result_count", job.sum(|file| file.rows).into()),
        ("database_name", term("database_name")),
        ("table_name", term("table_name")),
        ("detail", Value::Null),
        ("statement", Value::Null),
        ("tags", Value::List(Vec::new())),
        ("user_conf", Value::Null),
        ("result_path", term("data_path")),
        ("result_format", term("data_type")),
    ])
}

fn progress(job: &Report) -> Value {
    object(vec![
        ("is_success", true.into()),
        ("message", job.message().into()),
        ("job_id", job.id.into()),
        ("status", state(job).into()),
        ("progress", (job.percent / 100.0).into()),
        ("sub_jobs", Value::List(Vec::new())),
    ])
}

fn detail(job: &Report, terms: &Value) -> Value {
    let term = |key| get(terms, key).clone();
    object(vec![
        ("is_success", true.into()),
        ("message", job.message().into()),
        ("job_id", job.id.into()),
        ("owner", term("owner")),
        ("start_time", job.created_at.into()),
        ("duration", job.duration().into()),
        ("export_mode", term("export_mode")),
        ("database_name", term("database_name")),
        ("table_name", term("table_name")),
        ("data_path", term("data_path")),
        ("data_type", term("data_type")),
        ("compress", term("compress")),
    ])
}

/// `SCALING` is of a cluster, which there is none of.
fn state(job: &Report) -> &'static str {
    match job.state {
        State::Queued => "LAUNCHING",
        State::Running => "RUNNING",
        State::Completed => "FINISHED",
        State::Failed => "FAILED",
        State::Cancelled => "CANCELLED",
    }
}

pub fn error(code: Code, message: &str) -> Answer {
    let (status, name) = match Fault::of(code) {
        Fault::Unauthenticated => (401, "DLI.0013"),
        Fault::NotFound => (404, "DLI.0023"),
        fault => (400, refused_as(fault)),
    };
    let body = object(vec![("error_code", name.into()), ("error_msg", message.into())]);
    Answer { status, body }
}

fn refused_as(fault: Fault) -> &'static str {
    match fault {
        Fault::Invalid => "DLI.0001",
        Fault::NoTable => "DLI.0002",
        Fault::WrongState | Fault::Limit => "DLI.0009",
        Fault::Exists => "DLI.0006",
        Fault::Unimplemented => "DLI.0007",
        Fault::Refused => "DLI.0011",
        Fault::Unavailable => "DLI.0012",
        Fault::Data => "DLI.0018",
        // There is none of its own.
        Fault::Cancelled | Fault::Internal | Fault::Unauthenticated | Fault::NotFound => "DLI.0999",
    }
}
