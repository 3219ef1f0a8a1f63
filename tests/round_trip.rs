//! Generated tables of every type, written and read back: csv and jsonl by our own sources, told the types by
//! `schema`; parquet by the parquet crate's Arrow reader. Readers of text that are not ours are in encode_property.rs.

#[path = "support/generate.rs"]
mod generate;
mod tables;
#[path = "support/values.rs"]
mod values;

use std::sync::Arc;

use arrow::array::{Array, ArrayData, ArrayRef, Int32Array, RecordBatch, make_array};
use arrow::datatypes::*;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;
use tableport::compress::pool::Pool;
use tableport::encode::encoder;
use tableport::plan::{CsvOptions, Format, JsonlOptions, ParquetOptions};
use tableport::table::csv::CsvSource;
use tableport::table::jsonl::JsonlSource;
use tableport::table::types::{parse, print};
use tableport::table::{Input, Need, Source, Step};
use tableport::{Code, Error};
use tables::source::plan;
use values::values;

/// Fails only where the format lacks a type or a value.
fn encode(format: Format, batch: &RecordBatch) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    let mut encoder = encoder(&format, &batch.schema(), &Pool::default())?;
    encoder.write(batch, 0, &mut out)?;
    encoder.end_row_group()?;
    while encoder.drain(&mut out) {}
    encoder.finish(&mut out)?;
    Ok(out)
}

fn read(mut source: impl Source, bytes: &[u8]) -> Vec<RecordBatch> {
    source.push(Input::Bytes(Bytes::copy_from_slice(bytes))).unwrap();
    let mut batches = Vec::new();
    loop {
        match source.poll().unwrap() {
            Step::Batch(batch) => batches.push(batch),
            Step::Need(Need::Bytes) => source.push(Input::End).unwrap(),
            Step::Need(need) => panic!("text needs {need:?}"),
            Step::End => return batches,
        }
    }
}

/// The table behind a column of row numbers, so that no line is empty.
fn numbered(batch: &RecordBatch) -> RecordBatch {
    let ids: ArrayRef = Arc::new(Int32Array::from_iter_values(0..batch.num_rows() as i32));
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns());
    let columns = columns.map(|(field, column)| (field.name().clone(), column.clone(), true));
    RecordBatch::try_from_iter_with_nullable([("id".to_owned(), ids, true)].into_iter().chain(columns))
        .unwrap()
}

/// The type that `schema` asks for: that of the column, but for narrow keys of dictionaries.
fn asked(data_type: &DataType) -> DataType {
    let text = print(data_type);
    let wide = ["int8", "uint16", "int64"]
        .iter()
        .fold(text, |text, key| text.replace(&format!("dictionary<{key}, "), "dictionary<int32, "));
    parse(&wide).unwrap()
}

fn assert_same(name: &str, expected: &dyn Array, found: &dyn Array) {
    assert_eq!(found.len(), expected.len(), "{name}");
    for (row, (expected, found)) in values(expected).iter().zip(values(found)).enumerate() {
        assert_eq!(&found, expected, "row {row} of {name}");
    }
}

/// Checks what a source of text read, by the types it was told.
fn assert_read(table: &RecordBatch, batches: &[RecordBatch]) {
    let found = tables::concat(batches);
    assert_eq!(found.num_columns(), table.num_columns());
    for (index, field) in table.schema().fields().iter().enumerate() {
        let column = found.column(index);
        assert_eq!(column.data_type(), &asked(field.data_type()));
        assert_same(&print(field.data_type()), table.column(index), column);
    }
}

fn schema_of(table: &RecordBatch) -> Vec<(String, String)> {
    let schema = table.schema();
    let asked = |field: &FieldRef| (field.name().clone(), print(&asked(field.data_type())));
    schema.fields().iter().map(asked).collect()
}

/// Whether Parquet has no place for a type, as its encoder documents.
fn is_foreign(data_type: &DataType) -> bool {
    use DataType::*;
    match data_type {
        Interval(IntervalUnit::MonthDayNano) | FixedSizeList(_, 0) => true,
        Decimal32(_, scale) | Decimal64(_, scale) | Decimal128(_, scale) | Decimal256(_, scale) => *scale < 0,
        List(item) | LargeList(item) | FixedSizeList(item, _) => is_foreign(item.data_type()),
        Map(entries, _) => is_foreign(entries.data_type()),
        Struct(fields) => fields.iter().any(|field| is_foreign(field.data_type())),
        Dictionary(_, values) => is_foreign(values),
        _ => false,
    }
}

/// Whether a column holds an interval below zero, which Parquet's INTERVAL cannot, be it beneath a null.
fn has_negative_interval(data: &ArrayData) -> bool {
    let own = match data.data_type() {
        DataType::Interval(_) => {
            values(&make_array(data.clone())).iter().any(|value| format!("{value:?}").contains('-'))
        }
        _ => false,
    };
    own || data.child_data().iter().any(has_negative_interval)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn csv(batch in generate::table(4, 8)) {
        let table = numbered(&batch);
        let bytes = encode(Format::Csv(CsvOptions::default()), &table).unwrap();
        let schema = schema_of(&table);
        let schema: Vec<(&str, &str)> = schema.iter().map(|(name, text)| (&**name, &**text)).collect();
        let source = CsvSource::new(&plan(bytes.len(), &[], &schema), Some(b','));
        assert_read(&table, &read(source, &bytes));
    }

    #[test]
    fn jsonl(batch in generate::table(4, 8)) {
        let table = numbered(&batch);
        let bytes = encode(Format::Jsonl(JsonlOptions::default()), &table).unwrap();
        let schema = schema_of(&table);
        let schema: Vec<(&str, &str)> = schema.iter().map(|(name, text)| (&**name, &**text)).collect();
        let source = JsonlSource::new(&plan(bytes.len(), &[], &schema));
        assert_read(&table, &read(source, &bytes));
    }

    #[test]
    fn parquet(batch in generate::table(4, 8)) {
        for (index, field) in batch.schema().fields().iter().enumerate() {
            let table = batch.project(&[index]).unwrap();
            let column = table.column(0);
            let file = match encode(Format::Parquet(ParquetOptions::default()), &table) {
                Ok(file) => file,
                Err(error) => {
                    prop_assert_eq!(error.code, Code::FormatUnsupported);
                    prop_assert!(is_foreign(field.data_type()) || has_negative_interval(&column.to_data()), "{}", error.message);
                    continue;
                }
            };
            let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(file)).unwrap();
            let found: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
            match &found[..] {
                [] => prop_assert_eq!(table.num_rows(), 0),
                batches => assert_same(&print(field.data_type()), column, tables::concat(batches).column(0)),
            }
        }
    }
}
