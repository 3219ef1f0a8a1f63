//! Parquet files as a source.

mod parquet_files;
mod tables;

use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::*;
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{FixedLenByteArray, FixedLenByteArrayType, Int96, Int96Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedColumnWriter;
use parquet_files::{file_with, low_level};
use proptest::prelude::*;
use tableport::table::parquet::ParquetSource;
use tableport::table::{Input, Need, Source, Step, types};
use tableport::{Code, Error};
use tables::source::{code_and_field, plan, read};
use tables::{Random, concat};

fn file(table: &RecordBatch) -> Vec<u8> {
    file_with(table, WriterProperties::builder().set_max_row_group_row_count(Some(40)).build())
}

fn read_with(bytes: &[u8], selectors: &[&str], schema: &[(&str, &str)]) -> Result<Vec<RecordBatch>, Error> {
    let source = ParquetSource::new(&plan(bytes.len(), selectors, schema), bytes.len() as u64);
    read(source, bytes, &mut Random(1))
}

fn read_all(bytes: &[u8]) -> Result<Vec<RecordBatch>, Error> {
    read_with(bytes, &[], &[])
}

/// Types that the writer of the crate takes; without dictionaries, which are read as values.
fn some_table(random: &mut Random, rows: usize) -> RecordBatch {
    let mut types = tables::all_types();
    types.retain(|data_type| !matches!(data_type, DataType::Dictionary(..)));
    let types = tables::some_of(random, &types);
    tables::table(random, &types, rows)
}

fn ids() -> RecordBatch {
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(1..=100));
    let names: ArrayRef = Arc::new(StringArray::from_iter_values((1..=100).map(|n| format!("name {n}"))));
    let odd: ArrayRef = Arc::new(Float64Array::from_iter_values((1..=100).map(|n| n as f64 / 2.0)));
    RecordBatch::try_from_iter([("id", ids), ("name", names), ("odd", odd)]).unwrap()
}

proptest! {
    #[test]
    fn files_are_read(seed: u64, rows in 0usize..200) {
        let mut random = Random(seed);
        let table = some_table(&mut random, rows);
        prop_assert_eq!(&concat(&read_all(&file(&table)).unwrap()), &table);
    }

    #[test]
    fn a_cut_source_is_truncated(seed: u64, at: prop::sample::Index) {
        let bytes = file(&some_table(&mut Random(seed), 20));
        let error = read_all(&bytes[..at.index(bytes.len())]).unwrap_err();
        prop_assert_eq!(error.code, Code::SourceTruncated);
    }

    #[test]
    fn a_damaged_footer_is_an_error_or_other_values_but_never_a_panic(seed: u64, flips in 1usize..6) {
        let mut random = Random(seed);
        let mut bytes = file(&some_table(&mut random, 60));
        let end = bytes.len() - 4;
        let footer = u32::from_le_bytes(bytes[end - 4..end].try_into().unwrap()) as usize;
        for _ in 0..flips {
            let place = end - 1 - random.below(4 + footer);
            bytes[place] ^= 1 << random.below(8);
        }
        if let Err(error) = read_all(&bytes) {
            let known = [
                Code::SourceCorrupt, Code::SourceTruncated, Code::SourceUnsupported, Code::LimitExceeded,
                Code::SourceDuplicateColumn, Code::SourceTypeChanged,
            ];
            prop_assert!(known.contains(&error.code), "{:?}", error);
        }
    }
}

#[test]
fn damaged_pages_are_corrupt() {
    for codec in
        [Compression::SNAPPY, Compression::LZ4_RAW, Compression::ZSTD(ZstdLevel::try_new(1).unwrap())]
    {
        let bytes = file_with(&ids(), WriterProperties::builder().set_compression(codec).build());
        for place in [4, 60, 100] {
            let mut bytes = bytes.clone();
            bytes[place..place + 40].fill(0xFF);
            assert_eq!(read_all(&bytes).unwrap_err().code, Code::SourceCorrupt, "{codec} at {place}");
        }
    }
}

#[test]
fn selectors_choose_and_order_and_schema_converts() {
    let bytes = file(&ids());
    let found = concat(&read_with(&bytes, &["odd", "id"], &[("id", "int16")]).unwrap());
    assert_eq!(found.column(0), ids().column(2));
    assert_eq!(found.column(1).as_ref(), &Int16Array::from_iter_values(1..=100));

    let error = read_with(&bytes, &[], &[("odd", "int32")]).unwrap_err();
    assert_eq!((error.code, error.place.row), (Code::SourceTypeChanged, Some(0)));
    let error = read_with(&bytes, &["nope"], &[]).unwrap_err();
    assert_eq!(code_and_field(error), (Code::ConfigUnknownColumn, Some("selectors[0]".into())));
    let error = read_with(&bytes, &[], &[("nope", "int8")]).unwrap_err();
    assert_eq!(code_and_field(error), (Code::ConfigUnknownColumn, Some("schema.nope".into())));
}

#[test]
fn columns_that_are_not_selected_are_not_read() {
    let bytes = file(&ids());
    let mut source = ParquetSource::new(&plan(bytes.len(), &["id"], &[]), bytes.len() as u64);
    let mut asked = 0;
    loop {
        match source.poll().unwrap() {
            Step::Need(Need::Ranges(ranges)) => {
                for range in ranges {
                    // The footer is asked for together with what lies before it.
                    asked += if range.end == bytes.len() as u64 { 0 } else { range.end - range.start };
                    let part = bytes[range.start as usize..range.end as usize].to_vec();
                    source.push(Input::Range(range, part.into())).unwrap();
                }
            }
            Step::Batch(_) => assert!(source.pending_bytes() < bytes.len() / 2),
            Step::Need(_) => panic!("a file is read by ranges"),
            Step::End => break,
        }
    }
    assert_eq!(source.pending_bytes(), 0);
    assert!(asked > 0 && asked < bytes.len() as u64 / 2, "{asked} of {}", bytes.len());
}

#[test]
fn dictionaries_are_read_as_their_values() {
    let words = ["a", "b", "a"];
    let dictionary: DictionaryArray<Int8Type> = words.into_iter().collect();
    let table = RecordBatch::try_from_iter([("word", Arc::new(dictionary) as ArrayRef)]).unwrap();
    assert_eq!(read_all(&file(&table)).unwrap()[0].column(0).as_ref(), &StringArray::from(words.to_vec()));
}

#[test]
fn batches_of_wide_rows_are_small() {
    let wide: ArrayRef =
        Arc::new(StringArray::from_iter_values((0..40).map(|n| format!("{n}").repeat(500_000))));
    let table = RecordBatch::try_from_iter([("wide", wide)]).unwrap();
    let batches = read_all(&file(&table)).unwrap();
    assert!(batches.iter().all(|batch| batch.num_rows() < 10));
    assert_eq!(concat(&batches), table);
}

fn timestamps(values: &[(i64, u32)]) -> Vec<u8> {
    let value = |(of_day, day): &(i64, u32)| {
        let mut value = Int96::new();
        value.set_data(*of_day as u32, (*of_day >> 32) as u32, *day);
        value
    };
    let values: Vec<Int96> = values.iter().map(value).collect();
    low_level(
        "message m { required int96 at; }",
        &[&|column| {
            column.typed::<Int96Type>().write_batch(&values, None, None).unwrap();
        }],
    )
}

#[test]
fn timestamps_of_96_bits_are_exact_or_an_error() {
    const EPOCH: u32 = 2_440_588;
    // 1970-01-02 and a microsecond, and the last day of the year 9999.
    let bytes = timestamps(&[(1000, EPOCH + 1), (0, EPOCH + 2_932_896)]);
    let found = read_all(&bytes).unwrap();
    let expected = TimestampMicrosecondArray::from(vec![86_400_000_001, 2_932_896 * 86_400_000_000]);
    assert_eq!(found[0].column(0).as_ref(), &expected);
    let error = read_with(&bytes, &[], &[("at", "timestamp[ns]")]).unwrap_err();
    assert_eq!((error.code, error.place.row), (Code::SourceTypeChanged, Some(1)));

    let bytes = timestamps(&[(0, EPOCH), (1, EPOCH)]);
    let error = read_all(&bytes).unwrap_err();
    assert_eq!((error.code, error.place.row), (Code::SourceTypeChanged, Some(1)));
    let found = read_with(&bytes, &[], &[("at", "timestamp[ns, UTC]")]).unwrap();
    let expected = TimestampNanosecondArray::from(vec![0, 1]).with_timezone("UTC");
    assert_eq!(found[0].column(0).as_ref(), &expected);
}

#[test]
fn intervals_keep_their_months() {
    let bytes = [7u32, 3, 500].iter().flat_map(|part| part.to_le_bytes()).collect::<Vec<u8>>();
    let value = FixedLenByteArray::from(bytes);
    let bytes = low_level(
        "message m { required fixed_len_byte_array(12) for (INTERVAL); }",
        &[&|column| {
            column
                .typed::<FixedLenByteArrayType>()
                .write_batch(std::slice::from_ref(&value), None, None)
                .unwrap();
        }],
    );
    let expected = IntervalMonthDayNanoArray::from(vec![IntervalMonthDayNano::new(7, 3, 500_000_000)]);
    assert_eq!(read_all(&bytes).unwrap()[0].column(0).as_ref(), &expected);
}

#[test]
fn other_files_are_refused() {
    assert_eq!(read_all(b"").unwrap_err().code, Code::SourceTruncated);
    assert_eq!(read_all(b"PAR1, and then nothing").unwrap_err().code, Code::SourceTruncated);
    assert_eq!(read_all(b"PARE\x01\0\0\0\0\0\0\0PARE").unwrap_err().code, Code::SourceUnsupported);
}

#[test]
fn a_row_group_beyond_the_memory_limit_is_named() {
    let mut random = Random(3);
    let noise: ArrayRef = Arc::new(Int64Array::from_iter_values((0..3 << 20).map(|_| random.next() as i64)));
    let table = RecordBatch::try_from_iter([("noise", noise)]).unwrap();
    let bytes = file_with(&table, WriterProperties::builder().set_dictionary_enabled(false).build());
    let plan = tableport::ExportPlan { memory_limit: 4 << 20, ..plan(bytes.len(), &[], &[]) };
    let error = read(ParquetSource::new(&plan, bytes.len() as u64), &bytes, &mut random).unwrap_err();
    assert_eq!(error.code, Code::LimitExceeded);
    assert!(error.message.contains("row group"), "{}", error.message);
}

#[test]
fn a_range_that_comes_short_is_truncated() {
    let bytes = file(&ids());
    let mut source = ParquetSource::new(&plan(bytes.len(), &[], &[]), bytes.len() as u64);
    let Step::Need(Need::Ranges(ranges)) = source.poll().unwrap() else { panic!("no need") };
    let error = source.push(Input::Range(ranges[0].clone(), bytes[..5].to_vec().into())).unwrap_err();
    assert_eq!(error.code, Code::SourceTruncated);
}

#[test]
fn every_annotation_has_its_type() {
    let cases = [
        ("boolean a", "boolean"),
        ("int32 a", "int32"),
        ("int32 a (INT_8)", "int8"),
        ("int32 a (INT_16)", "int16"),
        ("int32 a (INT_32)", "int32"),
        ("int32 a (UINT_8)", "uint8"),
        ("int32 a (UINT_16)", "uint16"),
        ("int32 a (UINT_32)", "uint32"),
        ("int32 a (INTEGER(8,true))", "int8"),
        ("int32 a (INTEGER(32,false))", "uint32"),
        ("int32 a (DATE)", "date32"),
        ("int32 a (TIME_MILLIS)", "time32[ms]"),
        ("int32 a (TIME(MILLIS,true))", "time32[ms]"),
        ("int32 a (DECIMAL(9,2))", "decimal(9,2)"),
        ("int64 a", "int64"),
        ("int64 a (INT_64)", "int64"),
        ("int64 a (UINT_64)", "uint64"),
        ("int64 a (INTEGER(64,false))", "uint64"),
        ("int64 a (TIME_MICROS)", "time64[us]"),
        ("int64 a (TIME(NANOS,false))", "time64[ns]"),
        ("int64 a (TIMESTAMP_MILLIS)", "timestamp[ms, UTC]"),
        ("int64 a (TIMESTAMP_MICROS)", "timestamp[us, UTC]"),
        ("int64 a (TIMESTAMP(NANOS,true))", "timestamp[ns, UTC]"),
        ("int64 a (TIMESTAMP(MICROS,false))", "timestamp[us]"),
        ("int64 a (DECIMAL(18,0))", "decimal(18,0)"),
        ("int96 a", "timestamp[us]"),
        ("float a", "float32"),
        ("double a", "float64"),
        ("binary a", "binary"),
        ("binary a (UTF8)", "string"),
        ("binary a (STRING)", "string"),
        ("binary a (JSON)", "string"),
        ("binary a (BSON)", "binary"),
        ("binary a (ENUM)", "binary"),
        ("binary a (DECIMAL(40,3))", "decimal(40,3)"),
        ("fixed_len_byte_array(7) a", "fixed_binary(7)"),
        ("fixed_len_byte_array(16) a (UUID)", "fixed_binary(16)"),
        ("fixed_len_byte_array(2) a (FLOAT16)", "float16"),
        ("fixed_len_byte_array(12) a (INTERVAL)", "interval[month_day_nano]"),
        ("fixed_len_byte_array(10) a (DECIMAL(20,20))", "decimal(20,20)"),
        ("fixed_len_byte_array(20) a (DECIMAL(20,2))", "decimal256(20,2)"),
        ("group a { optional int32 x (DATE); }", "struct<x: date32>"),
        ("group a (LIST) { repeated group list { optional binary element (UTF8); } }", "list<string>"),
        ("group a (LIST) { repeated int64 element; }", "list<int64 not null>"),
        (
            "group a (LIST) { repeated group array { required int32 x; } }",
            "list<struct<x: int32 not null> not null>",
        ),
        (
            "group a (MAP) { repeated group key_value { required binary key (UTF8); optional int32 value; } }",
            "map<string, int32>",
        ),
        (
            "group a (MAP_KEY_VALUE) { repeated group map { required int32 key; required int32 value; } }",
            "map<int32, int32 not null>",
        ),
    ];
    for (column, expected) in cases {
        let leaves = column.matches(';').count().max(1);
        let end = if column.ends_with('}') { "" } else { ";" };
        let none: &dyn Fn(&mut SerializedColumnWriter) = &|_| {};
        let bytes = low_level(&format!("message m {{ optional {column}{end} }}"), &vec![none; leaves]);
        let schema = read_all(&bytes).unwrap()[0].schema();
        assert_eq!(types::print(schema.field(0).data_type()), expected, "{column}");
        assert!(schema.field(0).is_nullable(), "{column}");
    }
}
