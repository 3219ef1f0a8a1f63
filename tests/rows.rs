//! Rows that a driver packs: columns decided, chosen, widened and converted.

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use tableport::plan::{ExportPlan, Value};
use tableport::table::infer::{FieldSpec, Kind, Observation};
use tableport::table::packed::Packed;
use tableport::table::rows::RowSource;
use tableport::table::{Input, Need, Source, Step, types};
use tableport::{Code, Error};

fn source(format: &str, schema: &[(&str, &str)], selectors: &[&str]) -> RowSource {
    let text = |text: &str| Value::Text(text.to_owned());
    let entry = |key: &str, value| (key.to_owned(), value);
    let schema = schema.iter().map(|(name, data_type)| entry(name, text(data_type)));
    let mut config = vec![
        entry("source", Value::Map(vec![entry("kind", text("packed")), entry("rows", Value::Number(4.0))])),
        entry("format", text(format)),
        entry("destination", Value::Map(vec![entry("type", text("memory"))])),
        entry("schema", Value::Map(schema.collect())),
    ];
    if !selectors.is_empty() {
        config.push(entry("selectors", Value::List(selectors.iter().map(|name| text(name)).collect())));
    }
    RowSource::new(&ExportPlan::judge(&Value::Map(config)).unwrap())
}

fn seen(kind: Kind, row: u64) -> Observation {
    Observation { kinds: vec![(kind, row)], ..Observation::default() }
}

fn columns(list: &[(&str, Kind)]) -> Vec<(String, Observation)> {
    list.iter().map(|(name, kind)| ((*name).to_owned(), seen(*kind, 0))).collect()
}

fn specs(fields: &[FieldSpec]) -> Vec<String> {
    let as_text = |field: &FieldSpec| if field.as_text { " as text" } else { "" };
    fields.iter().map(|field| format!("{}: {}{}", field.name, field.data_type, as_text(field))).collect()
}

fn schema(batch: &RecordBatch) -> Vec<String> {
    let schema = batch.schema();
    let name = |field: &std::sync::Arc<arrow::datatypes::Field>| {
        format!("{}: {}", field.name(), types::print(field.data_type()))
    };
    schema.fields().iter().map(name).collect()
}

fn ints(values: &[i32]) -> Packed {
    Packed { length: values.len(), buffers: vec![Buffer::from_vec(values.to_vec())], ..Packed::default() }
}

fn texts(values: &[&str]) -> Packed {
    let ends = values.iter().scan(0, |end, text| {
        *end += text.len() as i32;
        Some(*end)
    });
    let offsets: Vec<i32> = std::iter::once(0).chain(ends).collect();
    let bytes = values.concat().into_bytes();
    let buffers = vec![Buffer::from_vec(offsets), Buffer::from_vec(bytes)];
    Packed { length: values.len(), buffers, ..Packed::default() }
}

fn place(error: &Error) -> (Code, Option<&str>, Option<u64>, Option<&str>) {
    (error.code, error.place.field.as_deref(), error.place.row, error.place.column.as_deref())
}

/// What is left to read, of a source that is at its end.
fn rest(mut source: RowSource) -> Vec<RecordBatch> {
    source.push(Input::End).unwrap();
    let mut batches = Vec::new();
    loop {
        match source.poll().unwrap() {
            Step::Batch(batch) => batches.push(batch),
            Step::End => return batches,
            Step::Need(need) => panic!("at its end it needs {need:?}"),
        }
    }
}

#[test]
fn rows_become_batches() {
    let mut source = source("parquet", &[("price", "decimal(6,2)"), ("late", "date32")], &[]);
    assert!(matches!(source.poll(), Ok(Step::Need(Need::Batch))));
    let fields = source.infer(&columns(&[("id", Kind::Int32), ("price", Kind::Float)])).unwrap();
    assert_eq!(specs(&fields), ["id: int32", "price: string as text", "late: null"]);
    for (row, price) in [(0, "12.5"), (1, "1e2")] {
        let nulls = Packed { length: 1, ..Packed::default() };
        let batch = source.pack(1, vec![ints(&[row]), texts(&[price]), nulls]).unwrap();
        assert_eq!(schema(&batch), ["id: int32", "price: decimal(6,2)", "late: date32"]);
        source.push(Input::Batch(batch)).unwrap();
    }
    assert_eq!(source.progress(), Some(0.5));
    assert_eq!(rest(source).iter().map(RecordBatch::num_rows).sum::<usize>(), 2);
}

#[test]
fn a_value_that_schema_refuses_has_its_row_in_the_table() {
    let mut source = source("parquet", &[("price", "decimal(6,2)")], &[]);
    source.infer(&columns(&[("price", Kind::String)])).unwrap();
    source.pack(2, vec![texts(&["1", "2"])]).unwrap();
    let error = source.pack(2, vec![texts(&["3", "NA"])]).unwrap_err();
    assert_eq!(place(&error), (Code::SourceTypeChanged, None, Some(3), Some("price")));
}

#[test]
fn selectors_choose_and_order() {
    let seen = columns(&[("a", Kind::Int32), ("b", Kind::String), ("__proto__", Kind::Int32)]);
    let fields = source("csv", &[], &["__proto__", "a"]).infer(&seen).unwrap();
    assert_eq!(specs(&fields), ["__proto__: int32", "a: int32"]);
    let error = source("csv", &[], &["a", "nope"]).infer(&seen).unwrap_err();
    assert_eq!(place(&error), (Code::ConfigUnknownColumn, Some("selectors[1]"), None, Some("nope")));
    let fields = source("csv", &[("nope", "int8")], &["nope"]).infer(&seen).unwrap();
    assert_eq!(specs(&fields), ["nope: null"]);
}

#[test]
fn declared_columns() {
    let field = |name: &str, data_type: &str| FieldSpec {
        name: name.to_owned(),
        data_type: data_type.to_owned(),
        nullable: true,
        as_text: false,
    };
    let fields = [field("a", "int32"), field("b", "timestamp[ns]")];
    assert_eq!(source("parquet", &[], &["b", "a"]).declare(&fields), Ok(vec![1, 0]));
    let mut converted = source("parquet", &[("a", "int8")], &["a"]);
    assert_eq!(converted.declare(&fields), Ok(vec![0]));
    assert_eq!(schema(&converted.pack(1, vec![ints(&[7])]).unwrap()), ["a: int8"]);
    let error = converted.pack(1, vec![ints(&[128])]).unwrap_err();
    assert_eq!(place(&error), (Code::SourceTypeChanged, None, Some(1), Some("a")));

    let error = |schema: &[(&str, &str)], fields: &[FieldSpec]| {
        let error = source("parquet", schema, &[]).declare(fields).unwrap_err();
        (error.code, error.place.column.unwrap())
    };
    let twice = [field("a", "int32"), field("a", "int32")];
    assert_eq!(error(&[], &twice), (Code::SourceDuplicateColumn, "a".into()));
    assert_eq!(error(&[("c", "int8")], &fields), (Code::ConfigUnknownColumn, "c".into()));
    assert_eq!(error(&[("b", "boolean")], &fields), (Code::ConfigCannotConvert, "b".into()));
    assert_eq!(error(&[], &[field("u", "union")]), (Code::SourceUnsupported, "u".into()));
}

#[test]
fn types_widen_where_files_state_none() {
    let mut text = source("jsonl", &[], &[]);
    text.infer(&columns(&[("n", Kind::Int32), ("late", Kind::Null)])).unwrap();
    assert_eq!(text.widen(0, 20_000, &seen(Kind::Float, 20_000)).unwrap().data_type, "float64");
    assert_eq!(text.widen(1, 20_000, &seen(Kind::String, 20_000)).unwrap().data_type, "string");
    let large = text.widen(0, 30_000, &seen(Kind::Int64, 30_000)).unwrap_err();
    assert_eq!(place(&large), (Code::SourceTypeChanged, None, Some(30_000), Some("n")));

    let mut typed = source("parquet", &[("set", "decimal(6,2)")], &[]);
    typed.infer(&columns(&[("n", Kind::Int32), ("set", Kind::Null)])).unwrap();
    for (column, kind, row) in [(0, Kind::Float, 100_000), (0, Kind::String, 100_000)] {
        let error = typed.widen(column, row, &seen(kind, row)).unwrap_err();
        assert_eq!(place(&error), (Code::SourceTypeChanged, None, Some(row), Some("n")));
    }
    let error = typed.widen(1, 5, &seen(Kind::Binary, 5)).unwrap_err();
    assert_eq!(place(&error), (Code::ConfigCannotConvert, None, Some(5), Some("set")));
}

#[test]
fn what_schema_sets_is_packed_anew_when_other_kinds_come() {
    let mut source = source("parquet", &[("zip", "string"), ("none", "int64")], &[]);
    let fields = source.infer(&columns(&[("zip", Kind::String), ("none", Kind::Null)])).unwrap();
    assert_eq!(specs(&fields), ["zip: string", "none: null"]);
    let later = [
        source.widen(0, 20_000, &seen(Kind::Int32, 20_000)),
        source.widen(1, 20_000, &seen(Kind::Int32, 20_000)),
    ];
    assert_eq!(specs(&later.map(Result::unwrap)), ["zip: string as text", "none: int32"]);
    let again = source.widen(0, 20_001, &seen(Kind::Int32, 20_001)).unwrap_err();
    assert_eq!(place(&again), (Code::SourceTypeChanged, None, Some(20_001), Some("zip")));
}

#[test]
fn no_rows_are_a_table_of_the_columns_that_config_names() {
    let mut empty = source("csv", &[("b", "int8")], &["a", "b"]);
    assert_eq!(specs(&empty.infer(&[]).unwrap()), ["a: null", "b: null"]);
    let batches = rest(empty);
    assert_eq!((batches.len(), batches[0].num_rows()), (1, 0));
    assert_eq!(schema(&batches[0]), ["a: null", "b: int8"]);

    let mut nothing = source("csv", &[], &[]);
    assert_eq!(nothing.infer(&[]), Ok(vec![]));
    assert_eq!(rest(nothing)[0].num_columns(), 0);
}

#[test]
fn rows_without_columns_are_counted() {
    let mut source = source("csv", &[], &[]);
    source.infer(&[]).unwrap();
    assert_eq!(source.pack(3, vec![]).unwrap().num_rows(), 3);
}
