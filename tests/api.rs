//! The cases of `tests/api/<api>/<case>/`: a folder added there is a test added.
//!
//! - `request.json` is the body of a request (in a case whose name begins with `result`, of `export-result`), and `config.json` what it asks for: a config, and what the server adds a
//!   source and a destination by. Or `error.json` is how it is refused.
//! - `job.json` is a snapshot of a job, `terms.json`, which may be left out, what is kept of its request; `status.json`,
//!   `response.json`, `progress.json`, `detail.json` and `error.json` are the bodies that tell of it. A `response` that is
//!   the status is left out.
//!
//! `BLESS=1 cargo test --test api` writes what comes out as what is expected.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Number, Value as Json, json};
use tableport::api::{Api, Body, Request};
use tableport::job::{ErrorStatus, Job};
use tableport::plan::{ExportPlan, Value};

/// The bodies, by what their files are called.
const BODIES: [&str; 5] = ["status", "response", "progress", "detail", "error"];

#[test]
fn every_case_comes_out_as_expected() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api");
    let cases: Vec<PathBuf> = folders(&root).iter().flat_map(|api| folders(api)).collect();
    assert!(!cases.is_empty(), "no cases in {}", root.display());
    let failures: Vec<String> = cases.iter().flat_map(|case| check(case)).collect();
    assert!(failures.is_empty(), "of {} cases:\n{}", cases.len(), failures.join("\n"));
}

fn folders(parent: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).expect("a folder").map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

/// What is wrong in a case.
fn check(case: &Path) -> Vec<String> {
    let name = case.parent().and_then(Path::file_name).expect("an API").to_str().unwrap();
    let api = Api::from_text(name).expect("an API");
    let found = match (read(&case.join("request.json")), read(&case.join("job.json"))) {
        (Some(body), None) => order(api, request(case), &body),
        (None, Some(job)) => bodies(api, &job, &read(&case.join("terms.json")).unwrap_or(Json::Null)),
        _ => panic!("{} has a request.json or a job.json", case.display()),
    };
    ["config"].iter().chain(&BODIES).filter_map(|name| compare(case, name, &found[*name])).collect()
}

fn request(case: &Path) -> Request {
    let name = case.file_name().expect("a folder").to_str().unwrap();
    if name.starts_with("result") { Request::Result } else { Request::Table }
}

fn order(api: Api, request: Request, body: &Json) -> Json {
    match api.order(request, &value(body)) {
        Ok(order) => {
            let order = json(&serde_json::to_value(order).unwrap());
            judge(order["config"].clone());
            json!({ "config": order })
        }
        Err(error) => {
            let mut refused = serde_json::to_value(ErrorStatus::from(&error)).unwrap();
            refused["response"] = serde_json::to_value(api.refusal(&error)).unwrap();
            json!({ "error": json(&refused) })
        }
    }
}

/// What comes of a request, with a source and a destination, must be a config.
fn judge(mut config: Json) {
    config["source"] = json!({ "kind": "packed" });
    config["destination"] = json!({ "type": "memory" });
    if let Err(error) = ExportPlan::judge(&value(&config)) {
        panic!("{config} is no config: {error}");
    }
}

fn bodies(api: Api, job: &Json, terms: &Json) -> Json {
    let tell = |name| {
        let body = Body::from_text(name).unwrap();
        api.tell(body, &value(job), &value(terms)).map(|body| json(&serde_json::to_value(body).unwrap())).ok()
    };
    let mut bodies: serde_json::Map<String, Json> =
        BODIES.into_iter().filter_map(|name| Some((name.to_owned(), tell(name)?))).collect();
    if bodies["response"] == bodies["status"] {
        bodies.remove("response");
    }
    bodies.into()
}

/// Compares what was found under a name with the file of that name: null with none.
fn compare(case: &Path, name: &str, found: &Json) -> Option<String> {
    let path = case.join(format!("{name}.json"));
    if std::env::var_os("BLESS").is_some() {
        match found {
            Json::Null => drop(fs::remove_file(path)),
            found => fs::write(path, format!("{found:#}\n")).expect("the expected file"),
        }
        return None;
    }
    let expected = read(&path).unwrap_or(Json::Null);
    (expected != *found).then(|| format!("{}:\nexpected {expected}\n     got {found}", path.display()))
}

fn read(path: &Path) -> Option<Json> {
    let text = fs::read_to_string(path).ok()?;
    Some(json(&serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))))
}

/// With whole numbers written as such, as JavaScript does.
fn json(value: &Json) -> Json {
    match value {
        Json::Number(number) => match number.as_f64() {
            Some(n) if n.fract() == 0.0 => Json::Number(Number::from(n as i64)),
            _ => value.clone(),
        },
        Json::Array(items) => items.iter().map(json).collect(),
        Json::Object(entries) => entries.iter().map(|(key, item)| (key.clone(), json(item))).collect(),
        other => other.clone(),
    }
}

/// As it comes from JavaScript, where an object can be nested too deeply.
fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::Number(number.as_f64().unwrap()),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(value).collect()),
        Json::Object(entries) if entries.contains_key("<nested too deeply>") => {
            Value::Other("nested too deeply".to_owned())
        }
        Json::Object(entries) => {
            Value::Map(entries.iter().map(|(key, item)| (key.clone(), value(item))).collect())
        }
    }
}

#[test]
fn the_snapshot_of_a_job_is_what_is_told_of() {
    let config =
        json!({ "source": { "kind": "packed" }, "format": "csv", "destination": { "type": "memory" } });
    let plan = ExportPlan::judge(&value(&config)).unwrap();
    let mut job = Job::new("job-1".to_owned(), plan, 1_000.0, 1);
    let snapshot = serde_json::to_value(job.status()).unwrap();
    let resource = Api::Redivis.tell(Body::Status, &value(&snapshot), &Value::Null).unwrap();
    assert_eq!(resource, value(&snapshot["resource"]));
    let operation = Api::EarthEngine.tell(Body::Status, &value(&snapshot), &Value::Null).unwrap();
    let operation = serde_json::to_value(operation).unwrap();
    assert_eq!(operation["name"], "projects/-/operations/job-1");
    assert_eq!(operation["metadata"]["state"], "PENDING");
}

#[test]
fn a_body_that_is_no_object_is_refused_by_every_api() {
    for name in ["redivis", "earth-engine", "dli", "export-temp"] {
        let error = Api::from_text(name).unwrap().order(Request::Table, &Value::Null).unwrap_err();
        assert_eq!(error.to_string(), "config/invalid-value: body is null; it must be an object", "{name}");
    }
    assert_eq!(Api::from_text("canary").unwrap_err().place.field.as_deref(), Some("api"));
    assert_eq!(Body::from_text("canary").unwrap_err().place.field.as_deref(), Some("body"));
}
