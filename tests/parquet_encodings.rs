//! What other writers may write: every encoding and page version, and the shapes of nesting of old files.

mod parquet_files;
mod tables;

use std::sync::Arc;

use arrow::array::*;
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::*;
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, Int32Type as Int32, Int96, Int96Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use parquet_files::{codecs, file_with, low_level, some_properties, some_table};
use proptest::prelude::*;
use tableport::table::parquet::ParquetSource;
use tableport::{Code, Error, ExportPlan};
use tables::source::{plan, read};
use tables::{Random, concat};

fn read_all(bytes: &[u8]) -> Result<Vec<RecordBatch>, Error> {
    read_within(bytes, 64 << 20)
}

fn read_within(bytes: &[u8], memory_limit: usize) -> Result<Vec<RecordBatch>, Error> {
    let plan = ExportPlan { memory_limit, ..plan(bytes.len(), &[], &[]) };
    read(ParquetSource::new(&plan, bytes.len() as u64), bytes, &mut Random(1))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_encoding_is_read(seed: u64, rows in 0usize..400) {
        let mut random = Random(seed);
        let table = some_table(&mut random, rows);
        let bytes = file_with(&table, some_properties(&mut random, &table));
        let batches = read_all(&bytes).unwrap();
        for batch in &batches {
            batch.columns().iter().for_each(|column| column.to_data().validate_full().unwrap());
        }
        prop_assert_eq!(&concat(&batches), &table);
    }
}

#[test]
fn long_columns_are_read_in_every_codec() {
    let rows = 70_000;
    let mut random = Random(11);
    let types = [DataType::Int64, DataType::Utf8, DataType::Float64, DataType::Boolean, DataType::Int16];
    let list = DataType::List(Arc::new(Field::new("item", DataType::Utf8, true)));
    let table = tables::table(&mut random, &[&types[..], &[list]].concat(), rows);
    for codec in codecs() {
        let properties = WriterProperties::builder().set_compression(codec);
        let properties = properties.set_max_row_group_row_count(Some(30_001)).build();
        assert_eq!(concat(&read_all(&file_with(&table, properties)).unwrap()), table, "{codec}");
    }
}

/// Writes integers at these levels.
fn integers<'a>(
    values: &'a [i32],
    definition: &'a [i16],
    repetition: &'a [i16],
) -> impl Fn(&mut SerializedColumnWriter) + 'a {
    let some = |levels: &'a [i16]| Some(levels).filter(|levels| !levels.is_empty());
    move |column| {
        column.typed::<Int32>().write_batch(values, some(definition), some(repetition)).unwrap();
    }
}

fn lists(
    item: &str,
    item_nullable: bool,
    values: ArrayRef,
    lengths: &[usize],
    valid: Option<Vec<bool>>,
) -> ArrayRef {
    let field = Arc::new(Field::new(item, values.data_type().clone(), item_nullable));
    let offsets = OffsetBuffer::from_lengths(lengths.iter().copied());
    Arc::new(ListArray::new(field, offsets, values, valid.map(NullBuffer::from)))
}

fn only(bytes: &[u8]) -> ArrayRef {
    concat(&read_all(bytes).unwrap()).column(0).clone()
}

#[test]
fn lists_of_before_there_were_rules_are_lists() {
    let numbers = |numbers: &[i32]| Arc::new(Int32Array::from(numbers.to_vec())) as ArrayRef;
    // A field that is repeated by itself is never null; its items are not either.
    let bytes =
        low_level("message m { repeated int32 n; }", &[&integers(&[1, 2, 3], &[1, 1, 0, 1], &[0, 1, 0, 0])]);
    assert_eq!(&only(&bytes), &lists("n", false, numbers(&[1, 2, 3]), &[2, 0, 1], None));

    let levels: (&[i16], &[i16]) = (&[2, 2, 0, 1, 2], &[0, 1, 0, 0, 0]);
    let write: &dyn Fn(&mut SerializedColumnWriter) = &integers(&[1, 2, 3], levels.0, levels.1);
    let valid = || Some(vec![true, false, true, true]);
    let bytes = low_level("message m { optional group l (LIST) { repeated int32 element; } }", &[write]);
    assert_eq!(&only(&bytes), &lists("element", false, numbers(&[1, 2, 3]), &[2, 0, 0, 1], valid()));

    for name in ["array", "l_tuple"] {
        let schema = format!(
            "message m {{ optional group l (LIST) {{ repeated group {name} {{ required int32 x; }} }} }}"
        );
        let fields = Fields::from(vec![Field::new("x", DataType::Int32, false)]);
        let structs = Arc::new(StructArray::new(fields, vec![numbers(&[1, 2, 3])], None));
        let expected = lists(name, false, structs, &[2, 0, 0, 1], valid());
        assert_eq!(&only(&low_level(&schema, &[write])), &expected);
    }
    let schema = "message m { optional group l (LIST) { repeated group bag { required int32 x; } } }";
    assert_eq!(
        &only(&low_level(schema, &[write])),
        &lists("x", false, numbers(&[1, 2, 3]), &[2, 0, 0, 1], valid())
    );
    let schema = "message m { optional group l (LIST) { repeated group pair { required int32 x; required int32 y; } } }";
    let fields =
        Fields::from(vec![Field::new("x", DataType::Int32, false), Field::new("y", DataType::Int32, false)]);
    let structs = Arc::new(StructArray::new(fields, vec![numbers(&[1, 2, 3]); 2], None));
    assert_eq!(
        &only(&low_level(schema, &[write, write])),
        &lists("pair", false, structs, &[2, 0, 0, 1], valid())
    );
    // A map without values is the list of its keys.
    let schema = "message m { optional group l (MAP) { repeated group key_value { required int32 key; } } }";
    assert_eq!(
        &only(&low_level(schema, &[write])),
        &lists("key", false, numbers(&[1, 2, 3]), &[2, 0, 0, 1], valid())
    );
    let schema =
        "message m { optional group l (LIST) { repeated group list (LIST) { repeated int32 array; } } }";
    let bytes = low_level(schema, &[&integers(&[1, 2, 3], &[3, 3, 3, 2, 0], &[0, 2, 1, 1, 0])]);
    let inner = lists("array", false, numbers(&[1, 2, 3]), &[2, 1, 0], None);
    assert_eq!(&only(&bytes), &lists("array", false, inner, &[3, 0], Some(vec![true, false])));
}

#[test]
fn a_null_array_of_duckdb_is_null() {
    // Once for each of its items.
    let schema = "message m { optional group l (LIST) { repeated group list { optional int32 element; } } }";
    let bytes = low_level(schema, &[&integers(&[1, 2], &[3, 2, 0, 0, 3], &[0, 1, 0, 1, 0])]);
    let numbers = Arc::new(Int32Array::from(vec![Some(1), None, Some(2)]));
    let valid = Some(vec![true, false, true]);
    assert_eq!(&only(&bytes), &lists("element", true, numbers, &[2, 0, 1], valid));
}

#[test]
fn a_row_may_go_on_in_the_next_page() {
    let rows: Vec<i16> = (0..9000).map(|n| i16::from(n % 3000 != 0)).collect();
    let values: Vec<i32> = (0..9000).collect();
    let properties = WriterProperties::builder().set_data_page_size_limit(100).set_write_batch_size(7);
    let schema = Arc::new(parse_message_type("message m { repeated int32 n; }").unwrap());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties.build())).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    integers(&values, &[1; 9000], &rows)(&mut column);
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    let numbers = Arc::new(Int32Array::from(values));
    assert_eq!(&only(&bytes), &lists("n", false, numbers, &[3000; 3], None));
}

#[test]
fn what_disagrees_is_corrupt_and_named() {
    let corrupt = |schema: &str, write: &[&dyn Fn(&mut SerializedColumnWriter)]| {
        let error = read_all(&low_level(schema, write)).map(|_| ()).unwrap_err();
        assert_eq!(error.code, Code::SourceCorrupt, "{error:?}");
        (error.place.column.unwrap(), error.message)
    };
    let list = "message m { optional group l (LIST) { repeated group list { required group element { required int32 x; required int32 y; } } } }";
    let (x, y) = (integers(&[1, 2], &[2, 2], &[0, 1]), integers(&[1], &[2], &[0]));
    assert_eq!(corrupt(list, &[&x, &y]).0, "l");
    let items = "message m { optional group l (LIST) { repeated group list { optional int32 element; } } }";
    corrupt(items, &[&integers(&[1], &[1, 3], &[0, 1])]);
    corrupt(items, &[&integers(&[1], &[0, 3], &[0, 1])]);
    corrupt(items, &[&integers(&[1], &[3, 1], &[0, 1])]);
    let value = |text: &'static [u8]| {
        move |column: &mut SerializedColumnWriter| {
            column.typed::<ByteArrayType>().write_batch(&[ByteArray::from(text)], None, None).unwrap();
        }
    };
    let (column, message) = corrupt("message m { required binary t (UTF8); }", &[&value(b"\xFF")]);
    assert_eq!((column.as_str(), message.contains("UTF-8, in row group 0")), ("t", true), "{message}");
    corrupt("message m { required int32 n (INTEGER(8, true)); }", &[&integers(&[128], &[], &[])]);
    corrupt("message m { required binary d (DECIMAL(5, 2)); }", &[&value(&[1; 17])]);
    let map = "message m { required group t (MAP) { repeated group key_value { optional int32 key; required int32 value; } } }";
    let keys = integers(&[1], &[2, 1], &[0, 1]);
    corrupt(map, &[&keys, &integers(&[1, 2], &[1, 1], &[0, 1])]);
}

#[test]
fn timestamps_of_96_bits_are_read_in_lists() {
    let mut day = Int96::new();
    day.set_data(1000, 0, 2_440_589);
    let bytes = low_level(
        "message m { repeated int96 at; }",
        &[&|column| {
            column.typed::<Int96Type>().write_batch(&[day], Some(&[1, 0]), Some(&[0, 0])).unwrap();
        }],
    );
    let expected = TimestampMicrosecondArray::from(vec![86_400_000_001]);
    assert_eq!(&only(&bytes), &lists("at", false, Arc::new(expected), &[1, 0], None));
}

#[test]
fn rows_that_a_dictionary_makes_long_come_in_small_batches() {
    let words = ["a".repeat(40_000), "b".repeat(40_000)];
    let column: ArrayRef = Arc::new(StringArray::from_iter_values((0..3000).map(|n| &words[n % 2])));
    let table = RecordBatch::try_from_iter([("word", column)]).unwrap();
    let bytes = file_with(&table, WriterProperties::builder().set_compression(Compression::SNAPPY).build());
    assert!(bytes.len() < 100_000);
    let batches = read_within(&bytes, 16 << 20).unwrap();
    assert!(batches.iter().all(|batch| batch.get_array_memory_size() < 8 << 20));
    assert_eq!(concat(&batches), table);
    let error = read_within(&bytes, 30_000).map(|_| ()).unwrap_err();
    assert_eq!((error.code, error.place.column.as_deref()), (Code::LimitExceeded, Some("word")), "{error:?}");
}
