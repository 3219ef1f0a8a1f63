//! A small table, a job of it under some weather, and the file that it must become.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use tableport::job::{Job, Snapshot};
use tableport::plan::{Destination, ExportPlan, Value};
use tableport::upload::retry::Random;

use crate::support::world::{CANARY, Serve, Weather, World};

/// Of a job that sends `rows` to `destination`, as csv.
pub fn plan(rows: u64, destination: Destination) -> ExportPlan {
    let text = |text: &str| Value::Text(text.to_owned());
    let entry = |key: &str, value| (key.to_owned(), value);
    let source = vec![entry("kind", text("packed")), entry("rows", Value::Number(rows as f64))];
    let config = vec![
        entry("source", Value::Map(source)),
        entry("format", text("csv")),
        entry("fileName", text("t")),
        entry("destination", Value::Map(vec![entry("type", text("memory"))])),
    ];
    let plan = ExportPlan::judge(&Value::Map(config)).unwrap();
    ExportPlan { destination, ..plan }
}

/// The text of a row. One of each hundred is what must come out nowhere else.
fn text(n: usize) -> String {
    if n % 100 == 7 { CANARY.to_owned() } else { "é".repeat(n % 17) }
}

fn batch(from: usize, to: usize) -> RecordBatch {
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values((from..to).map(|n| n as i64)));
    let texts: ArrayRef = Arc::new(StringArray::from_iter_values((from..to).map(text)));
    RecordBatch::try_from_iter([("id", ids), ("text", texts)]).unwrap()
}

/// Those rows in batches.
pub fn batches(rows: Range<usize>, random: &mut Random) -> Vec<RecordBatch> {
    let mut batches = vec![batch(0, 0)];
    let mut from = rows.start;
    while from < rows.end {
        let to = rows.end.min(from + 1 + (random.unit() * 40.0) as usize);
        batches.push(batch(from, to));
        from = to;
    }
    batches
}

/// The file of these rows.
pub fn expected(from: usize, to: usize) -> Vec<u8> {
    let row = |n: usize| match text(n) {
        text if text.is_empty() => format!("{n},\"\"\n"),
        text => format!("{n},{text}\n"),
    };
    std::iter::once("id,text\n".to_owned()).chain((from..to).map(row)).collect::<String>().into_bytes()
}

/// Runs a job of `rows` to its end.
pub fn run_with<S: Serve>(
    store: S,
    plan: ExportPlan,
    rows: usize,
    weather: Weather,
    seed: u64,
) -> (Snapshot, World<S>) {
    let mut random = Random::new(seed);
    let batches = batches(0..rows, &mut random);
    let mut world = World::new(store, weather, seed);
    let mut job = Job::new("job-1".to_owned(), plan, 1_000.0, seed);
    let snapshot = world.run(&mut job, batches.into_iter());
    (snapshot, world)
}

/// Runs another job, of these rows, from where the one of `world` was cut off.
pub fn go_on<S: Serve>(
    world: World<S>,
    plan: ExportPlan,
    rows: Range<usize>,
    weather: Weather,
    seed: u64,
) -> (Snapshot, World<S>) {
    let plan = match &world.token {
        Some(token) => plan.resuming(token).unwrap(),
        None => plan,
    };
    let mut job = Job::new("job-2".to_owned(), plan, 1_000.0, seed);
    let mut again = World::new(world.store, weather, seed + 1);
    let batches = batches(rows, &mut Random::new(seed + 1));
    (again.run(&mut job, batches.into_iter()), again)
}
