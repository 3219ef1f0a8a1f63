//! Source files given to their readers in chosen pieces.

use std::sync::Arc;

use bytes::Bytes;
use tableport::compress::pool::Pool;
use tableport::output::{Output, Rotator};
use tableport::plan::{ExportPlan, SourcePlan, Value};
use tableport::table::{Input, Need, Step, file};
use tableport::{Error, Result};

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub fn plan(source: SourcePlan, name: &str, config: &[(&str, Value)]) -> ExportPlan {
    let entry = |key: &str, value| (key.to_owned(), value);
    let mut entries = vec![
        entry("source", Value::Map(vec![entry("kind", text("bytes"))])),
        entry("fileName", text("t")),
        entry("destination", Value::Map(vec![entry("type", text("memory"))])),
    ];
    entries.extend(config.iter().map(|(key, value)| entry(key, value.clone())));
    if !config.iter().any(|(key, _)| *key == "format") {
        entries.push(entry("format", text("jsonl")));
    }
    let plan = ExportPlan::judge(&Value::Map(entries)).unwrap();
    ExportPlan { source, source_name: Some(name.to_owned()), ..plan }
}

/// What an export of `pieces` writes, before compression, and the rows of its batches.
#[allow(dead_code)] // Not every test looks at all of it.
pub struct Read {
    pub text: Result<String>,
    pub rows: Vec<usize>,
}

pub fn read(plan: &ExportPlan, pieces: &[&[u8]]) -> Read {
    let mut rows = Vec::new();
    let mut out = Vec::new();
    let result = drive(plan, pieces, &mut out, &mut rows);
    Read { text: result.map(|()| String::from_utf8(out).unwrap()), rows }
}

fn drive(plan: &ExportPlan, pieces: &[&[u8]], out: &mut Vec<u8>, rows: &mut Vec<usize>) -> Result<()> {
    let whole: Vec<u8> = pieces.concat();
    let mut pieces = pieces.iter();
    let mut source = file::open(plan);
    let mut progress = 0.0;
    let mut rotator: Option<Rotator> = None;
    loop {
        match source.poll()? {
            Step::Batch(batch) => {
                rows.push(batch.num_rows());
                let rotator = rotator.get_or_insert_with(|| {
                    Rotator::new(Arc::new(plan.clone()), batch.schema(), Pool::default())
                });
                rotator.write(batch)?;
            }
            Step::Need(Need::Bytes) => {
                let input =
                    pieces.next().map_or(Input::End, |piece| Input::Bytes(Bytes::copy_from_slice(piece)));
                source.push(input)?;
            }
            Step::Need(Need::Ranges(ranges)) => {
                for range in ranges {
                    assert!(range.start < range.end, "nothing is asked for");
                    let bytes = Bytes::copy_from_slice(&whole[range.start as usize..range.end as usize]);
                    source.push(Input::Range(range, bytes))?;
                }
            }
            Step::Need(Need::Batch) => panic!("a file is not packed"),
            Step::End => {
                let mut rotator = rotator.expect("columns are told before the end");
                rotator.finish()?;
                while let Some(output) = rotator.next_output() {
                    if let Output::Part(part) = output {
                        out.extend(part.chunks.concat());
                    }
                }
                assert!(source.progress().is_none_or(|progress| progress == 1.0));
                assert_eq!(source.pending_bytes(), 0);
                return Ok(());
            }
        }
        let now = source.progress().unwrap_or(progress);
        assert!(now >= progress && now <= 1.0);
        progress = now;
    }
}

#[allow(dead_code)]
pub fn error(plan: &ExportPlan, pieces: &[&[u8]]) -> Error {
    read(plan, pieces).text.expect_err("it reads")
}
