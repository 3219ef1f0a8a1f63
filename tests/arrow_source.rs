//! Arrow's IPC format as a source.

mod tables;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::*;
use arrow::ipc::CompressionType;
use arrow::ipc::writer::{DictionaryTracker, FileWriter, IpcDataGenerator, IpcWriteOptions, StreamWriter};
use proptest::prelude::*;
use tableport::table::ipc::message::{Header, Message};
use tableport::table::ipc::{IpcSource, schema};
use tableport::{Code, Error};
use tables::source::{code_and_field, plan, read};
use tables::{Random, concat};

fn stream(batches: &[RecordBatch], compression: Option<CompressionType>) -> Vec<u8> {
    let options = IpcWriteOptions::default().try_with_compression(compression).unwrap();
    let mut bytes = Vec::new();
    let mut writer = StreamWriter::try_new_with_options(&mut bytes, &batches[0].schema(), options).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    drop(writer);
    bytes
}

fn file(batches: &[RecordBatch]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = FileWriter::try_new(&mut bytes, &batches[0].schema()).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    drop(writer);
    bytes
}

fn read_with(bytes: &[u8], selectors: &[&str], schema: &[(&str, &str)]) -> Result<Vec<RecordBatch>, Error> {
    read(IpcSource::new(&plan(bytes.len(), selectors, schema)), bytes, &mut Random(bytes.len() as u64))
}

fn read_all(bytes: &[u8]) -> Result<Vec<RecordBatch>, Error> {
    read_with(bytes, &[], &[])
}

fn some_table(random: &mut Random, rows: usize) -> RecordBatch {
    let types = tables::some_of(random, &tables::all_types());
    tables::table(random, &types, rows)
}

fn ids() -> RecordBatch {
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 300]));
    let names: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c"]));
    RecordBatch::try_from_iter([("id", ids), ("name", names)]).unwrap()
}

proptest! {
    #[test]
    fn streams_and_files_are_read(seed: u64, rows in 0usize..200) {
        let mut random = Random(seed);
        let table = some_table(&mut random, rows);
        let batches = if rows == 0 { vec![table.clone()] } else { tables::rebatch(&mut random, &table) };
        let kinds = [
            stream(&batches, None),
            stream(&batches, Some(CompressionType::LZ4_FRAME)),
            stream(&batches, Some(CompressionType::ZSTD)),
        ];
        for bytes in kinds {
            prop_assert_eq!(&concat(&read_all(&bytes).unwrap()), &table);
        }
    }

    #[test]
    fn files_are_read(seed: u64, rows in 1usize..200) {
        let mut random = Random(seed);
        // A file has one dictionary for a column; the batches must share it.
        let table = some_table(&mut random, rows);
        let batches = [table.slice(0, rows / 2), table.slice(rows / 2, rows - rows / 2)];
        prop_assert_eq!(&concat(&read_all(&file(&batches)).unwrap()), &table);
    }

    #[test]
    fn a_cut_source_is_truncated(seed: u64, at: prop::sample::Index) {
        let mut random = Random(seed);
        let table = some_table(&mut random, 20);
        for bytes in [file(std::slice::from_ref(&table)), stream(&[table], None)] {
            let cut = &bytes[..at.index(bytes.len())];
            prop_assert_eq!(read_all(cut).unwrap_err().code, Code::SourceTruncated);
        }
    }

    #[test]
    fn damage_is_an_error_or_other_values_but_never_a_panic(seed: u64, flips in 1usize..6, kind in 0usize..3) {
        let mut random = Random(seed);
        let table = some_table(&mut random, 30);
        let compression = [None, Some(CompressionType::LZ4_FRAME), Some(CompressionType::ZSTD)][kind];
        let mut bytes = stream(&[table.slice(0, 10), table.slice(10, 20)], compression);
        for _ in 0..flips {
            let place = random.below(bytes.len());
            bytes[place] ^= 1 << random.below(8);
        }
        if let Err(error) = read_all(&bytes) {
            let known = [Code::SourceCorrupt, Code::SourceTruncated, Code::SourceUnsupported, Code::LimitExceeded];
            prop_assert!(known.contains(&error.code) || error.code == Code::SourceDuplicateColumn, "{:?}", error);
        }
    }
}

#[test]
fn a_table_without_rows_tells_its_columns() {
    let table = ids().slice(0, 0);
    for bytes in [stream(std::slice::from_ref(&table), None), file(std::slice::from_ref(&table))] {
        assert_eq!(concat(&read_all(&bytes).unwrap()), table);
    }
}

/// As polars writes them: the first message has no length in front.
#[test]
fn a_file_may_begin_with_a_bare_schema() {
    let bytes = file(&[ids()]);
    let schema = bytes.windows(4).position(|word| word == [0xFF; 4]).unwrap();
    let bare = [b"ARROW1\0\0", &bytes[schema + 8..]].concat();
    assert_eq!(read_all(&bare).unwrap(), [ids()]);
    assert_eq!(read_all(&bare[..200]).unwrap_err().code, Code::SourceTruncated);
}

#[test]
fn what_comes_behind_a_stream_is_not_dropped() {
    let bytes = [stream(&[ids()], None), stream(&[ids()], None)].concat();
    assert_eq!(read_all(&bytes).unwrap_err().code, Code::SourceCorrupt);
}

#[test]
fn other_bytes_are_corrupt() {
    assert_eq!(read_all(b"").unwrap_err().code, Code::SourceTruncated);
    assert_eq!(read_all(b"id,name\n1,2\n").unwrap_err().code, Code::LimitExceeded);
}

#[test]
fn selectors_choose_and_order_and_schema_converts() {
    let bytes = stream(&[ids(), ids()], None);
    let batches = read_with(&bytes, &["name", "id"], &[("id", "int16")]).unwrap();
    assert_eq!(batches[1].column(0).as_ref(), &StringArray::from(vec!["a", "b", "c"]));
    assert_eq!(batches[1].column(1).as_ref(), &Int16Array::from(vec![1, 2, 300]));

    let error = read_with(&bytes, &[], &[("id", "int8")]).unwrap_err();
    assert_eq!(
        (error.code, error.place.row, error.place.column.as_deref()),
        (Code::SourceTypeChanged, Some(2), Some("id"))
    );
    let error = read_with(&bytes, &["id", "nope"], &[]).unwrap_err();
    assert_eq!(code_and_field(error), (Code::ConfigUnknownColumn, Some("selectors[1]".into())));
    let error = read_with(&bytes, &[], &[("nope", "int8")]).unwrap_err();
    assert_eq!(code_and_field(error), (Code::ConfigUnknownColumn, Some("schema.nope".into())));
    let error = read_with(&bytes, &[], &[("id", "list<int8>")]).unwrap_err();
    assert_eq!(error.code, Code::ConfigCannotConvert);
}

#[test]
fn two_columns_of_one_name_are_refused() {
    let column: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    let table = RecordBatch::try_from_iter([("a", column.clone()), ("a", column)]).unwrap();
    let error = read_all(&stream(&[table], None)).unwrap_err();
    assert_eq!((error.code, error.place.column.as_deref()), (Code::SourceDuplicateColumn, Some("a")));
}

#[test]
fn a_batch_beyond_the_memory_limit_is_named() {
    // A long run of zeros is small as it comes and large as it is.
    let zeros: ArrayRef = Arc::new(Int64Array::from(vec![0; 12 << 20]));
    let table = RecordBatch::try_from_iter([("zeros", zeros)]).unwrap();
    let bytes = stream(&[table], Some(CompressionType::ZSTD));
    assert!(bytes.len() < 1 << 20);
    assert_eq!(read_all(&bytes).unwrap_err().code, Code::LimitExceeded);
}

#[test]
fn metadata_of_the_source_does_not_go_on() {
    let metadata = HashMap::from([("a".to_owned(), "b".to_owned())]);
    let field = Field::new("id", DataType::Int32, true).with_metadata(metadata);
    let column: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    let table = RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![column]).unwrap();
    let found = read_all(&stream(&[table], None)).unwrap();
    assert!(found[0].schema().field(0).metadata().is_empty());
}

#[test]
fn columns_that_cannot_be_exported_can_be_passed_over() {
    let dense = UnionFields::try_new(
        [2, 5],
        [Field::new("i", DataType::Int32, true), Field::new("t", DataType::Utf8View, true)],
    );
    let text: ArrayRef = Arc::new(StringViewArray::from(vec![Some("longer than a view of itself"), None]));
    let number: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    let children = vec![number.clone(), text.clone()];
    let (ids, places) = (vec![5i8, 2, 5], vec![0i32, 0, 1]);
    let union = UnionArray::try_new(dense.unwrap(), ids.into(), Some(places.into()), children).unwrap();
    let runs = RunArray::<Int16Type>::try_new(&Int16Array::from(vec![1, 3]), &text).unwrap();
    let item = Arc::new(Field::new("item", DataType::Int32, true));
    let views = ListViewArray::new(item, vec![0, 0, 1].into(), vec![1, 0, 0].into(), number, None);
    let last: ArrayRef = Arc::new(Int64Array::from(vec![7, 8, 9]));
    let columns: [(&str, ArrayRef); 4] = [
        ("union", Arc::new(union)),
        ("runs", Arc::new(runs)),
        ("views", Arc::new(views)),
        ("last", last.clone()),
    ];
    let bytes = stream(&[RecordBatch::try_from_iter(columns).unwrap()], None);
    let read = read_with(&bytes, &["last"], &[]).unwrap();
    assert_eq!(concat(&read).column(0), &last);
    for name in ["union", "runs", "views"] {
        assert_eq!(read_with(&bytes, &[name], &[]).unwrap_err().code, Code::SourceUnsupported, "{name}");
    }
}

/// A schema as Arrow's writer says it, read.
fn read_back(schema: &Schema) -> Schema {
    let options = IpcWriteOptions::default();
    let mut tracker = DictionaryTracker::new(false);
    let written =
        IpcDataGenerator::default().schema_to_bytes_with_dictionary_tracker(schema, &mut tracker, &options);
    let Header::Schema(table) = Message::read(&written.ipc_message).unwrap().header else {
        panic!("a schema")
    };
    schema::read(&table).unwrap()
}

#[test]
fn schemas_are_read_as_they_were_written() {
    let of = |data_type| Field::new("item", data_type, true).with_metadata([("key", "value")]);
    let item = |data_type| Arc::new(of(data_type));
    let ends = Arc::new(Field::new("run_ends", DataType::Int32, false));
    let union = |mode| {
        DataType::Union(UnionFields::try_new([7, 3], [of(DataType::Utf8), of(DataType::Null)]).unwrap(), mode)
    };
    let rare = [
        union(UnionMode::Dense),
        union(UnionMode::Sparse),
        DataType::RunEndEncoded(ends, item(DataType::Utf8)),
        DataType::ListView(item(DataType::Utf8)),
        DataType::LargeListView(item(tables::map_of(DataType::Utf8, DataType::Decimal256(76, -3)))),
        DataType::Struct(Fields::empty()),
        DataType::Timestamp(TimeUnit::Nanosecond, Some("Asia/Tokyo".into())),
    ];
    for data_type in tables::all_types().into_iter().chain(rare) {
        for nullable in [true, false] {
            let schema =
                Schema::new(vec![Field::new("a name", data_type.clone(), nullable), of(DataType::Int8)]);
            assert_eq!(read_back(&schema), schema);
        }
    }
}

#[test]
fn a_schema_nested_without_end_is_corrupt() {
    let mut deep = DataType::Int8;
    for _ in 0..100 {
        deep = DataType::List(Arc::new(Field::new("item", deep, true)));
    }
    let schema = Schema::new(vec![Field::new("deep", deep, true)]);
    let bytes = stream(&[RecordBatch::new_empty(Arc::new(schema))], None);
    assert_eq!(read_all(&bytes).unwrap_err().code, Code::SourceCorrupt);
}
