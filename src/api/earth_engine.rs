//! `projects.table:export` of Earth Engine, and its operations.

use super::fault::Fault;
use super::fields::{Offer, conflict, implemented, key, lacking, only, unimplemented, wrapped};
use super::object::{get, object, object_of_some, text};
use super::report::{FileReport, Report};
use super::{Answer, Order};
use crate::encode::text::temporal;
use crate::error::{Code, Result};
use crate::job::State;
use crate::plan::{Fields, Value, invalid, refused, request_id, selectors};

const FORMATS: &[(&str, Offer)] = &[
    ("CSV", Ok("csv")),
    // What a field has that is left out.
    ("TABLE_FILE_FORMAT_UNSPECIFIED", Ok("csv")),
    ("GEO_JSON", Err("GEO_JSON")),
    ("KML", Err("KML")),
    ("KMZ", Err("KMZ")),
    ("SHP", Err("SHP")),
    ("TF_RECORD_TABLE", Err("TF_RECORD_TABLE")),
];

const DEFAULT_PRIORITY: u64 = 100;

/// One of the ways in which a table can be exported.
struct Way {
    /// Of the config.
    format: &'static str,
    file_name: Option<String>,
    destination: Value,
    /// What stands before the names of files, where they have an address of their own.
    uri: Option<String>,
}

/// Of `POST projects/{project}/table:export`. `priority`, `maxWorkers` and `workloadTag` are for the server to heed.
/// A table that goes to BigQuery is a Parquet file, for a load job with the disposition in `destination.write`.
pub fn order(body: &Value) -> Result<Order> {
    let mut fields = Fields::new("", body)?;
    let expression = fields.required("expression")?;
    plain("expression", expression)?;
    let way = way(&mut fields)?;
    let id = fields.text("requestId")?.filter(|id| !id.is_empty());
    id.map_or(Ok(()), request_id)?;
    let columns = fields.take("selectors").filter(|value| **value != Value::List(Vec::new()));
    columns.map(selectors).transpose()?;
    for key in ["maxErrorMeters", "maxVertices"] {
        lacking(&mut fields, key, "geometries are written as they are")?;
    }
    let terms = object_of_some(vec![
        ("description", fields.text("description")?.into()),
        ("priority", wrapped(&mut fields, "priority", 0, 9_999)?.unwrap_or(DEFAULT_PRIORITY).into()),
        ("maxWorkers", wrapped(&mut fields, "maxWorkers", 1, u32::MAX.into())?.into()),
        ("workloadTag", fields.text("workloadTag")?.into()),
        ("destinationUri", way.uri.into()),
    ]);
    fields.finish()?;
    let config = object_of_some(vec![
        ("format", way.format.into()),
        ("selectors", columns.cloned().into()),
        ("fileName", way.file_name.into()),
        ("requestId", id.into()),
    ]);
    let source = object(vec![("expression", expression.clone())]);
    Ok(Order { config, source, destination: way.destination, terms })
}

/// What is handed on as it is must have come whole.
fn plain(path: &str, value: &Value) -> Result<()> {
    match value {
        Value::Other(_) => Err(invalid(path, value, "JSON of a hundred levels at most")),
        Value::List(items) => items.iter().try_for_each(|item| plain(path, item)),
        Value::Map(entries) => entries.iter().try_for_each(|(_, item)| plain(path, item)),
        _ => Ok(()),
    }
}

fn way(fields: &mut Fields) -> Result<Way> {
    let ways =
        ["fileExportOptions", "bigqueryExportOptions", "assetExportOptions", "featureViewExportOptions"];
    let (name, options) = only(fields, &ways)?;
    match name {
        "fileExportOptions" => file(name, options),
        "bigqueryExportOptions" => bigquery(name, options),
        _ => Err(unimplemented(name, &format!("{name} is not implemented: tables leave as files"))),
    }
}

fn file(path: &str, options: &Value) -> Result<Way> {
    let mut fields = Fields::new(path, options)?;
    let offer = fields.choice("fileFormat", FORMATS)?.unwrap_or(Ok("csv"));
    let format = implemented(&fields, "fileFormat", offer)?;
    let (name, destination) = only(&mut fields, &["cloudStorageDestination", "driveDestination"])?;
    let path = fields.path_of(name);
    fields.finish()?;
    let fields = Fields::new(&path, destination)?;
    if name == "driveDestination" { drive(fields, format) } else { cloud_storage(fields, format) }
}

fn cloud_storage(mut fields: Fields, format: &'static str) -> Result<Way> {
    let bucket = fields.required_text("bucket")?;
    let path = fields.path_of("filenamePrefix");
    let (prefix, name) = key(&path, fields.text("filenamePrefix")?.unwrap_or_default())?;
    let permissions = [
        ("TILE_PERMISSIONS_UNSPECIFIED", Ok("default")),
        ("DEFAULT_OBJECT_ACL", Ok("default")),
        ("PUBLIC", Err("PUBLIC")),
    ];
    let offer = fields.choice("permissions", &permissions)?.unwrap_or(Ok("default"));
    implemented(&fields, "permissions", offer)?;
    lacking(&mut fields, "bucketCorsUris", "the bucket's rule is its owner's")?;
    fields.finish()?;
    Ok(Way {
        format,
        file_name: name.map(str::to_owned),
        destination: object(vec![
            ("service", "cloud-storage".into()),
            ("bucket", bucket.into()),
            ("prefix", prefix.into()),
        ]),
        uri: Some(format!("gs://{bucket}/{prefix}")),
    })
}

fn drive(mut fields: Fields, format: &'static str) -> Result<Way> {
    let folder = fields.text("folder")?;
    let path = fields.path_of("filenamePrefix");
    let (folders, name) = key(&path, fields.text("filenamePrefix")?.unwrap_or_default())?;
    if !folders.is_empty() {
        return Err(refused(&path, "the name of a file"));
    }
    fields.finish()?;
    let destination = object_of_some(vec![("service", "drive".into()), ("folder", folder.into())]);
    Ok(Way { format, file_name: name.map(str::to_owned), destination, uri: None })
}

fn bigquery(path: &str, options: &Value) -> Result<Way> {
    let mut fields = Fields::new(path, options)?;
    let destination = fields.required("bigqueryDestination")?;
    let path = fields.path_of("bigqueryDestination");
    fields.finish()?;
    let mut fields = Fields::new(&path, destination)?;
    let table = fields.required_text("table")?;
    // A project may have a domain before its name, with points of its own.
    let parts: Vec<&str> = table.rsplitn(3, '.').collect();
    let [table, dataset, project] = parts[..] else {
        return Err(refused(&fields.path_of("table"), "project.dataset.table"));
    };
    if [table, dataset, project].iter().any(|part| part.is_empty() || part.contains(['/', ' '])) {
        return Err(refused(&fields.path_of("table"), "project.dataset.table"));
    }
    let overwrite = fields.bool("overwrite")?.unwrap_or(false);
    let append = fields.bool("append")?.unwrap_or(false);
    let write = match (overwrite, append) {
        (true, true) => {
            let path = fields.path_of("append");
            return Err(conflict(&path, &format!("{path} and overwrite are both true")));
        }
        (true, false) => "WRITE_TRUNCATE",
        (false, true) => "WRITE_APPEND",
        (false, false) => "WRITE_EMPTY",
    };
    fields.finish()?;
    let destination = object(vec![
        ("service", "bigquery".into()),
        ("project", project.into()),
        ("dataset", dataset.into()),
        ("table", table.into()),
        ("write", write.into()),
    ]);
    Ok(Way { format: "parquet", file_name: None, destination, uri: None })
}

/// The Operation. `terms.project` is the project of its name, which the server adds; else it is `-`.
///
/// What has no counterpart: it starts when it was created, at the first attempt; there is one stage, which is through by
/// the job's own estimate; notifications are none, and `batchEecuUsageSeconds` is 0. `destinationUris` are of files in Cloud
/// Storage, once completed; elsewhere none.
pub fn operation(job: &Report, terms: &Value) -> Value {
    let project = match text(terms, "project") {
        "" => "-",
        project => project,
    };
    let done = job.state.is_terminal();
    let metadata = metadata(job, terms);
    let failure = job.failure.as_ref().map(|failure| {
        let (code, _) = rpc(failure.code);
        object(vec![
            ("code", code.into()),
            ("message", failure.message.into()),
            ("details", Value::List(Vec::new())),
        ])
    });
    let empty = || object(vec![("@type", "type.googleapis.com/google.protobuf.Empty".into())]);
    object_of_some(vec![
        ("name", format!("projects/{project}/operations/{}", job.id).into()),
        ("metadata", metadata),
        ("done", done.into()),
        ("error", failure.into()),
        ("response", (job.state == State::Completed).then(empty).into()),
    ])
}

fn metadata(job: &Report, terms: &Value) -> Value {
    let state = match job.state {
        State::Completed => "SUCCEEDED",
        State::Failed => "FAILED",
        State::Cancelled => "CANCELLED",
        State::Queued | State::Running if job.is_cancelling => "CANCELLING",
        State::Queued => "PENDING",
        State::Running => "RUNNING",
    };
    let is_started = job.state != State::Queued;
    let created = time(job.created_at);
    let stage = object(vec![
        ("displayName", "Write files".into()),
        ("completeWorkUnits", job.percent.into()),
        ("totalWorkUnits", 100u64.into()),
        ("description", "".into()),
    ]);
    object_of_some(vec![
        ("@type", "type.googleapis.com/google.earthengine.v1.OperationMetadata".into()),
        ("state", state.into()),
        ("description", text(terms, "description").into()),
        ("type", "EXPORT_FEATURES".into()),
        ("priority", or(get(terms, "priority"), DEFAULT_PRIORITY)),
        ("createTime", created.as_str().into()),
        ("updateTime", time(job.updated_at).into()),
        ("startTime", is_started.then_some(created).into()),
        ("endTime", job.state.is_terminal().then(|| time(job.updated_at)).into()),
        ("progress", (job.percent / 100.0).into()),
        ("stages", Value::List(is_started.then_some(stage).into_iter().collect())),
        ("attempt", 1u64.into()),
        ("destinationUris", Value::List(destination_uris(job, text(terms, "destinationUri")))),
        ("notifications", Value::List(Vec::new())),
        ("batchEecuUsageSeconds", 0u64.into()),
    ])
}

fn destination_uris(job: &Report, uri: &str) -> Vec<Value> {
    if uri.is_empty() || job.state != State::Completed {
        return Vec::new();
    }
    job.files.iter().map(|file: &FileReport| format!("{uri}{}", file.name).into()).collect()
}

fn or(value: &Value, default: u64) -> Value {
    if *value == Value::Null { default.into() } else { value.clone() }
}

/// `2013-01-01T05:00:00.000Z`
fn time(milliseconds: f64) -> String {
    let mut window = [0; 48];
    let unit = arrow::datatypes::TimeUnit::Millisecond;
    let length = temporal::timestamp(milliseconds as i64, unit, true, &mut window).unwrap_or(0);
    window[..length].iter().map(|byte| char::from(*byte)).collect()
}

/// Of google.rpc.Code: its number and its name.
fn rpc(code: Code) -> (u64, &'static str) {
    match Fault::of(code) {
        Fault::Cancelled => (1, "CANCELLED"),
        Fault::Invalid => (3, "INVALID_ARGUMENT"),
        Fault::NotFound | Fault::NoTable => (5, "NOT_FOUND"),
        Fault::Exists => (6, "ALREADY_EXISTS"),
        Fault::Refused => (7, "PERMISSION_DENIED"),
        Fault::Data | Fault::WrongState => (9, "FAILED_PRECONDITION"),
        Fault::Limit => (11, "OUT_OF_RANGE"),
        Fault::Unimplemented => (12, "UNIMPLEMENTED"),
        Fault::Internal => (13, "INTERNAL"),
        Fault::Unavailable => (14, "UNAVAILABLE"),
        Fault::Unauthenticated => (16, "UNAUTHENTICATED"),
    }
}

/// As Google's APIs answer by HTTP.
pub fn error(code: Code, message: &str) -> Answer {
    let (_, name) = rpc(code);
    let status = if name == "FAILED_PRECONDITION" { 400 } else { Fault::of(code).http() };
    let error = object(vec![
        ("code", u64::from(status).into()),
        ("message", message.into()),
        ("status", name.into()),
    ]);
    Answer { status, body: object(vec![("error", error)]) }
}
