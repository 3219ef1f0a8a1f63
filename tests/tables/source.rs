//! Reading a source natively: what it needs is given, from bytes in memory.
#![allow(dead_code)]

use arrow::array::RecordBatch;
use bytes::Bytes;
use tableport::plan::{ExportPlan, SourcePlan, Value};
use tableport::table::{Input, Need, Source, Step, types};
use tableport::{Code, Error};

use super::Random;

pub fn plan(size: usize, selectors: &[&str], schema: &[(&str, &str)]) -> ExportPlan {
    let text = |text: &str| Value::Text(text.to_owned());
    let entry = |key: &str, value| (key.to_owned(), value);
    let config = vec![
        entry("source", Value::Map(vec![entry("kind", text("bytes"))])),
        entry("format", text("csv")),
        entry("destination", Value::Map(vec![entry("type", text("memory"))])),
    ];
    let plan = ExportPlan::judge(&Value::Map(config)).unwrap();
    let selectors = selectors.iter().map(|name| name.to_string()).collect::<Vec<_>>();
    ExportPlan {
        source: SourcePlan::File { size: size as u64 },
        selectors: if selectors.is_empty() { None } else { Some(selectors) },
        schema: schema.iter().map(|(name, text)| (name.to_string(), types::parse(text).unwrap())).collect(),
        ..plan
    }
}

/// Every batch of a source of these bytes, which come in chunks of some size.
pub fn read(mut source: impl Source, bytes: &[u8], random: &mut Random) -> Result<Vec<RecordBatch>, Error> {
    let mut batches = Vec::new();
    let mut at = 0;
    let most = 1 + random.below(2000);
    let mut progress = 0.0;
    loop {
        match source.poll()? {
            Step::Batch(batch) => batches.push(batch),
            Step::End => break,
            Step::Need(Need::Bytes) if at == bytes.len() => source.push(Input::End)?,
            Step::Need(Need::Bytes) => {
                let end = bytes.len().min(at + 1 + random.below(most));
                source.push(Input::Bytes(Bytes::copy_from_slice(&bytes[at..end])))?;
                at = end;
            }
            Step::Need(Need::Ranges(ranges)) => {
                assert!(!ranges.is_empty());
                for range in ranges {
                    let wanted = &bytes[range.start as usize..range.end as usize];
                    source.push(Input::Range(range, Bytes::copy_from_slice(wanted)))?;
                }
            }
            Step::Need(Need::Batch) => panic!("a file has no packed rows"),
        }
        let now = source.progress().unwrap();
        assert!((progress..=1.0).contains(&now), "from {progress} to {now}");
        progress = now;
    }
    assert_eq!(progress, 1.0);
    assert!(!batches.is_empty(), "no batch, so no columns");
    Ok(batches)
}

pub fn code_and_field(error: Error) -> (Code, Option<String>) {
    (error.code, error.place.field.clone())
}
