//! Helpers that compress blocks: whoever they are and whenever they answer, the files are the same.

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use support::store::Store;
use support::world::{Weather, World};
use tableport::checksum::Checksum;
use tableport::job::{Job, State};
use tableport::plan::{Destination, ExportPlan, PartSize, Value};
use tableport::upload::retry::Random;

const ROWS: usize = 30_000;

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn plan(options: &[(&str, Value)]) -> ExportPlan {
    let entry = |key: &str, value| (key.to_owned(), value);
    let mut config = vec![
        entry("source", Value::Map(vec![entry("kind", text("packed"))])),
        entry("destination", Value::Map(vec![entry("type", text("memory"))])),
        entry("memoryLimit", Value::Number((16 << 20) as f64)),
    ];
    config.extend(options.iter().map(|(key, value)| entry(key, value.clone())));
    let plan = ExportPlan::judge(&Value::Map(config)).unwrap();
    ExportPlan {
        destination: Destination::Presigned { part_size: PartSize::equal(200_000), checksum: Checksum::Md5 },
        ..plan
    }
}

fn gzip_csv() -> Vec<(&'static str, Value)> {
    vec![("format", text("csv")), ("compression", text("gzip"))]
}

fn parquet(codec: &str, row_group_rows: f64) -> Vec<(&'static str, Value)> {
    let options = [("compression", text(codec)), ("rowGroupRows", Value::Number(row_group_rows))];
    let options = options.map(|(key, value)| (key.to_owned(), value));
    vec![("format", text("parquet")), ("parquet", Value::Map(options.to_vec()))]
}

/// Each row has some forty bytes that no codec makes nothing of.
fn table() -> RecordBatch {
    let mut random = Random::new(11);
    let mut word = || (random.unit() * (1u64 << 40) as f64) as i64;
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(0..ROWS as i64));
    let numbers: ArrayRef = Arc::new(Float64Array::from_iter_values((0..ROWS).map(|_| word() as f64 / 8.0)));
    let texts: ArrayRef =
        Arc::new(StringArray::from_iter_values((0..ROWS).map(|_| format!("{:x} of {:x}", word(), word()))));
    RecordBatch::try_from_iter([("id", ids), ("number", numbers), ("text", texts)]).unwrap()
}

struct Run {
    state: State,
    files: BTreeMap<String, Vec<u8>>,
    unfinished: usize,
    /// Blocks that helpers compressed.
    compressed: u32,
}

fn run(plan: ExportPlan, table: &RecordBatch, helpers: usize, seed: u64, cancel_at: Option<u32>) -> Run {
    let batches = (0..ROWS).step_by(8192).map(|at| table.slice(at, (ROWS - at).min(8192)));
    let mut world = World::new(Store::default(), Weather { cancel_at, ..Weather::default() }, seed);
    let mut job = Job::new("job".to_owned(), plan, 0.0, seed).with_helpers(helpers);
    let snapshot = world.run(&mut job, batches);
    Run {
        state: snapshot.resource.status,
        files: world.store.objects,
        unfinished: world.store.uploads.len(),
        compressed: world.compressed,
    }
}

#[test]
fn with_any_number_of_helpers_the_bytes_are_the_same() {
    let table = table();
    let target = |options: Vec<(&'static str, Value)>| {
        [options, vec![("targetFileSizeBytes", Value::Number(200_000.0))]].concat()
    };
    let configs = [
        gzip_csv(),
        parquet("zstd", 10_000.0),
        parquet("gzip", 1e6),
        target(gzip_csv()),
        target(parquet("zstd", 7_000.0)),
    ];
    for (at, config) in configs.iter().enumerate() {
        let alone = run(plan(config), &table, 0, 1, None);
        assert_eq!((alone.state, alone.compressed), (State::Completed, 0));
        assert_eq!(alone.files.len() > 1, at >= 3);
        for helpers in [1, 3] {
            for seed in 0..2 {
                let together = run(plan(config), &table, helpers, seed, None);
                assert_eq!(together.state, State::Completed);
                assert!(together.compressed > 1, "config {at}: helpers had {} blocks", together.compressed);
                assert!(together.files == alone.files, "config {at}, {helpers} helpers, seed {seed}");
            }
        }
    }
}

#[test]
fn codecs_that_are_quick_need_no_helper() {
    let table = table();
    for codec in ["snappy", "none", "lz4_raw"] {
        let done = run(plan(&parquet(codec, 1e6)), &table, 4, 1, None);
        assert_eq!((done.state, done.compressed), (State::Completed, 0));
    }
}

#[test]
fn a_job_that_is_cancelled_does_not_wait_for_helpers() {
    let table = table();
    let mut cancelled = 0;
    for seed in 0..12 {
        let done = run(plan(&gzip_csv()), &table, 2, seed, Some(6 + 3 * seed as u32));
        assert_eq!(done.unfinished, 0);
        cancelled += u32::from(done.state == State::Cancelled && done.files.is_empty());
    }
    assert!(cancelled > 6, "{cancelled} of 12");
}
