//! The same export that the package does in wasm, native: a whole job, from the bytes of an Arrow stream to those of a
//! file, without a network. `make bench` compares the two.
//!
//!     TABLEPORT_BENCH_ARROW=table.arrow cargo bench --bench export

use std::env;
use std::fs;

use bytes::Bytes;
use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use tableport::job::{Action, Event, Job, Pull, State};
use tableport::plan::{ExportPlan, Value};
use tableport::table::Input;
use tableport::upload::Answer;

/// As much as the package's driver gives at once.
const PIECE: usize = 1 << 20;

fn plan(format: &str, compression: &str) -> ExportPlan {
    let text = |text: &str| Value::Text(text.to_owned());
    let map = |entries: &[(&str, Value)]| {
        Value::Map(entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
    };
    let config = map(&[
        ("source", map(&[("kind", text("bytes"))])),
        ("format", text(format)),
        ("compression", text(compression)),
        ("destination", map(&[("type", text("memory"))])),
    ]);
    ExportPlan::judge(&config).expect("a valid config")
}

/// Runs a job to its end; returns its parts, which who measures the module keeps too: that memory is fresh in both.
fn export(plan: ExportPlan, table: &[u8]) -> Vec<Vec<u8>> {
    let mut job = Job::new("bench".to_owned(), plan, 0.0, 0);
    let mut pieces = table.chunks(PIECE);
    let mut parts = Vec::new();
    loop {
        match job.poll(0.0) {
            Action::Pull { need: Pull::Bytes } => {
                let input =
                    pieces.next().map_or(Input::End, |piece| Input::Bytes(Bytes::copy_from_slice(piece)));
                job.handle(Event::Input(input), 0.0);
            }
            Action::Sink { task, .. } => {
                // As the driver does: a part leaves as one copy.
                parts.push(job.take_part(task).unwrap_or_default().concat());
                job.handle(Event::Answered { task, answer: Answer::ok() }, 0.0);
            }
            Action::Close | Action::Again => {}
            Action::Done => break,
            action => panic!("a stream into a sink asks for {action:?}"),
        }
    }
    assert_eq!(job.status().resource.status, State::Completed);
    parts
}

fn exports(criterion: &mut Criterion) {
    let path = env::var("TABLEPORT_BENCH_ARROW").expect("TABLEPORT_BENCH_ARROW names an Arrow stream");
    let table = fs::read(path).expect("the Arrow stream can be read");
    let mut group = criterion.benchmark_group("native");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for (format, compression) in [("csv", "none"), ("jsonl", "none"), ("parquet", "none"), ("csv", "gzip")] {
        let plan = plan(format, compression);
        group.bench_function(format!("{format}-{compression}"), |bencher| {
            bencher.iter_with_large_drop(|| export(plan.clone(), &table));
        });
    }
    group.finish();
}

criterion_group!(benches, exports);
criterion_main!(benches);
