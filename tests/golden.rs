//! The cases of `tests/golden/<format>/<case>/`: a folder added there is a test added.
//!
//! - `table.json` is the table, in the form of `support/json_table.rs`.
//! - `options.json`, which may be left out, is what `config[format]` would be.
//! - `expected.<format>` is the file, byte for byte, or `expected-error.json` the code and place of the failure.
//!
//! `BLESS=1 cargo test --test golden` writes what comes out as what is expected.

#[path = "support/json_table.rs"]
mod json_table;

use std::fs;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use tableport::compress::pool::Pool;
use tableport::encode::encoder;
use tableport::plan::{Format, Value};
use tableport::{Error, ExportPlan};

#[test]
fn every_case_comes_out_as_expected() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let cases: Vec<PathBuf> = folders(&root).iter().flat_map(|format| folders(format)).collect();
    assert!(!cases.is_empty(), "no cases in {}", root.display());
    let failures: Vec<String> = cases.iter().filter_map(|case| check(case).err()).collect();
    assert!(failures.is_empty(), "{} of {} cases:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

fn folders(parent: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).expect("a folder").map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn check(case: &Path) -> Result<(), String> {
    let name = case.parent().and_then(Path::file_name).expect("a format").to_str().unwrap();
    let batch = json_table::read(&fs::read_to_string(case.join("table.json")).expect("table.json"));
    let format = format(name, &case.join("options.json"));
    let whole = encode(&format, &batch, batch.num_rows().max(1));
    if let Ok(bytes) = &whole {
        let by_row = encode(&format, &batch, 1);
        if by_row.as_ref() != Ok(bytes) {
            return Err(format!("{}: row by row it comes out differently", case.display()));
        }
    }
    let (file, bytes) = match whole {
        Ok(bytes) => (format!("expected.{name}"), bytes),
        Err(error) => ("expected-error.json".to_owned(), describe(&error).into_bytes()),
    };
    compare(&case.join(file), &bytes)
}

fn compare(path: &Path, bytes: &[u8]) -> Result<(), String> {
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, bytes).expect("the expected file");
        return Ok(());
    }
    match fs::read(path) {
        Ok(expected) if expected == bytes => Ok(()),
        Ok(expected) => Err(format!(
            "{}:\nexpected {}\n     got {}",
            path.display(),
            expected.escape_ascii(),
            bytes.escape_ascii()
        )),
        Err(_) => Err(format!("{} is not there; got {}", path.display(), bytes.escape_ascii())),
    }
}

fn format(name: &str, options: &Path) -> Format {
    let options = fs::read_to_string(options).unwrap_or_else(|_| "{}".to_owned());
    let text = |text: &str| Value::Text(text.to_owned());
    let tagged = |key: &str, tag: &str| Value::Map(vec![(key.to_owned(), text(tag))]);
    let config = Value::Map(vec![
        ("source".to_owned(), tagged("kind", "packed")),
        ("format".to_owned(), text(name)),
        (name.to_owned(), value(&serde_json::from_str(&options).expect("options.json"))),
        ("destination".to_owned(), tagged("type", "memory")),
    ]);
    ExportPlan::judge(&config).expect("options that are allowed").format
}

fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => Value::Number(number.as_f64().unwrap()),
        serde_json::Value::String(text) => Value::Text(text.clone()),
        serde_json::Value::Array(items) => Value::List(items.iter().map(value).collect()),
        serde_json::Value::Object(entries) => {
            Value::Map(entries.iter().map(|(key, item)| (key.clone(), value(item))).collect())
        }
    }
}

/// The bytes of the one file that `batch`, in slices of `rows`, becomes.
fn encode(format: &Format, batch: &RecordBatch, rows: usize) -> tableport::Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut encoder = encoder(format, &batch.schema(), &Pool::default())?;
    for start in (0..batch.num_rows()).step_by(rows) {
        let slice = batch.slice(start, rows.min(batch.num_rows() - start));
        encoder.write(&slice, start as u64, &mut out)?;
    }
    encoder.finish(&mut out)?;
    Ok(out)
}

fn describe(error: &Error) -> String {
    let place = &error.place;
    let json = serde_json::json!({ "code": error.code.as_str(), "row": place.row, "column": place.column });
    format!("{json:#}\n")
}
