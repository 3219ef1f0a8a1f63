//! csv and jsonl: what each type becomes, the options, and the place of what cannot be written.

use std::sync::Arc;

use arrow::array::*;

use tableport::encode::encoder;
use tableport::plan::{CsvOptions, Format, JsonlOptions};

fn encode(format: &Format, batch: &RecordBatch) -> tableport::Result<String> {
    let mut out = Vec::new();
    let mut encoder = encoder(format, &batch.schema())?;
    encoder.write(batch, 100, &mut out)?;
    encoder.finish(&mut out)?;
    Ok(String::from_utf8(out).expect("csv and jsonl are UTF-8"))
}

fn csv(options: CsvOptions, batch: &RecordBatch) -> tableport::Result<String> {
    encode(&Format::Csv(options), batch)
}

fn jsonl(options: JsonlOptions, batch: &RecordBatch) -> tableport::Result<String> {
    encode(&Format::Jsonl(options), batch)
}

fn table(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true))).unwrap()
}

fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

#[test]
fn csv_smoke() {
    let batch = table(vec![
        ("id", Arc::new(Int64Array::from(vec![Some(1), None, Some(i64::MAX)]))),
        ("a,\"b\"", texts(&[Some(""), None, Some("x\r\"y\"")])),
        ("f", Arc::new(Float64Array::from(vec![1.0, -0.0, f64::NAN]))),
    ]);
    let expected = "id,\"a,\"\"b\"\"\",f\n1,\"\",1\n,,-0\n9223372036854775807,\"x\r\"\"y\"\"\",NaN\n";
    assert_eq!(csv(CsvOptions::default(), &batch).unwrap(), expected);
    let expected = "{\"id\":1,\"a,\\\"b\\\"\":\"\",\"f\":1}\n{\"id\":null,\"a,\\\"b\\\"\":null,\"f\":-0}\n{\"id\":9223372036854775807,\"a,\\\"b\\\"\":\"x\\r\\\"y\\\"\",\"f\":\"NaN\"}\n";
    assert_eq!(jsonl(JsonlOptions::default(), &batch).unwrap(), expected);
}
