//! What a job holds at once, counted at the allocator.

mod counting;
mod support;

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use support::store::Store;
use support::world::{Weather, World};
use tableport::checksum::Checksum;
use tableport::job::{Job, State};
use tableport::plan::{Destination, ExportPlan, PartSize, Value};
use tableport::upload::retry::Random;

const MEMORY_LIMIT: usize = 16 << 20;

fn plan(format: &str, memory_limit: usize) -> ExportPlan {
    let text = |text: &str| Value::Text(text.to_owned());
    let entry = |key: &str, value| (key.to_owned(), value);
    let config = vec![
        entry("source", Value::Map(vec![entry("kind", text("packed"))])),
        entry("format", text(format)),
        entry("destination", Value::Map(vec![entry("type", text("memory"))])),
        entry("memoryLimit", Value::Number(memory_limit as f64)),
    ];
    let plan = ExportPlan::judge(&Value::Map(config)).unwrap();
    ExportPlan {
        destination: Destination::Presigned { part_size: PartSize::equal(1 << 20), checksum: Checksum::Md5 },
        ..plan
    }
}

/// Rows that no codec makes smaller.
fn batch(random: &mut Random) -> RecordBatch {
    let mut word = || (random.unit() * (1u64 << 53) as f64) as i64;
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values((0..4096).map(|_| word())));
    let line = |_| (0..6).map(|_| format!("{:x}", word())).collect::<String>();
    let texts: ArrayRef = Arc::new(StringArray::from_iter_values((0..4096).map(line)));
    RecordBatch::try_from_iter([("id", ids), ("text", texts)]).unwrap()
}

/// Few rows of many columns.
fn wide(random: &mut Random) -> RecordBatch {
    let column = |index: usize| {
        let value = |_| (random.unit() * (1u64 << 53) as f64) as i64;
        (format!("c{index}"), Arc::new(Int64Array::from_iter_values((0..256).map(value))) as ArrayRef)
    };
    RecordBatch::try_from_iter((0..1000).map(column).collect::<Vec<_>>()).unwrap()
}

/// Exports the batches; answers with the bytes that came out, and those held at most.
fn export(format: &str, memory_limit: usize, batches: impl Iterator<Item = RecordBatch>) -> (f64, usize) {
    let mut world = World::new(Store::default(), Weather::default(), 7);
    world.store.discards = true;
    let mut job = Job::new("job".to_owned(), plan(format, memory_limit), 0.0, 7);
    let (done, peak) = counting::peak_of(|| world.run(&mut job, batches));
    assert_eq!(done.resource.status, State::Completed, "{:?}", done.error);
    (done.resource.size.unwrap(), peak)
}

#[test]
fn memory_stays_under_its_limit() {
    for format in ["csv", "jsonl", "parquet"] {
        let mut random = Random::new(7);
        let (size, peak) = export(format, MEMORY_LIMIT, (0..120).map(|_| batch(&mut random)));
        println!("{format}: {size} bytes out, {peak} held at most");
        assert!(size > 40e6, "{format}: {size} bytes out");
        assert!(peak <= MEMORY_LIMIT, "{format}: {peak} bytes held");
    }
    // In the same test, since the allocator counts for all threads.
    let mut random = Random::new(7);
    let (size, peak) = export("parquet", 4 * MEMORY_LIMIT, (0..40).map(|_| wide(&mut random)));
    println!("parquet, 1,000 columns: {size} bytes out, {peak} held at most");
    assert!(peak <= 4 * MEMORY_LIMIT, "parquet, 1,000 columns: {peak} bytes held");
}
