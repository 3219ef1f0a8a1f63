//! Parquet files, read back by the parquet crate's own reader.

mod tables;

use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::*;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::data_type::AsBytes;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::file::statistics::Statistics as Stats;
use proptest::prelude::*;
use tableport::compress::pool::Pool;
use tableport::encode::{Encoder, encoder};
use tableport::output::blocks::Blocks;
use tableport::plan::{Format, ParquetCodec, ParquetColumn, ParquetOptions, Statistics};
use tableport::{Code, Error};
use tables::Random;

fn options() -> ParquetOptions {
    ParquetOptions::default()
}

/// The file of these batches, a row group ending after each `group_blocks` blocks.
fn encode(options: ParquetOptions, batches: &[RecordBatch], group_blocks: usize) -> Result<Vec<u8>, Error> {
    let mut encoder = encoder(&Format::Parquet(options), &batches[0].schema(), &Pool::default())?;
    let mut out = Vec::new();
    let mut blocks = Blocks::new(64, 1 << 20);
    for batch in batches {
        blocks.push(batch.clone())?;
    }
    let mut in_group = 0;
    while let Some(block) = blocks.next(true)? {
        encoder.write(&block.batch, block.first_row, &mut out)?;
        in_group += 1;
        if in_group == group_blocks {
            end_row_group(encoder.as_mut(), &mut out)?;
            in_group = 0;
        }
    }
    if in_group > 0 {
        end_row_group(encoder.as_mut(), &mut out)?;
    }
    encoder.finish(&mut out)?;
    Ok(out)
}

fn end_row_group(encoder: &mut dyn Encoder, out: &mut Vec<u8>) -> Result<(), Error> {
    encoder.end_row_group()?;
    while encoder.drain(out) {}
    assert_eq!(encoder.pending_bytes(), 0);
    Ok(())
}

fn read(file: Vec<u8>) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(file)).unwrap();
    let schema = reader.schema().clone();
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    if batches.is_empty() { RecordBatch::new_empty(schema) } else { tables::concat(&batches) }
}

fn metadata(file: &[u8]) -> ParquetMetaData {
    use parquet::file::metadata::PageIndexPolicy;
    ParquetMetaDataReader::new()
        .with_page_index_policy(PageIndexPolicy::Optional)
        .parse_and_finish(&Bytes::copy_from_slice(file))
        .unwrap()
}

fn one(array: impl Array + 'static) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable([("c", Arc::new(array) as ArrayRef, true)]).unwrap()
}

fn error_of(batch: RecordBatch) -> Error {
    encode(options(), &[batch], 1).unwrap_err()
}

/// What the file says where it cannot say what the table said.
fn expected(batch: &RecordBatch) -> RecordBatch {
    let column = |column: &ArrayRef| expected_column(column);
    RecordBatch::try_from_iter_with_nullable(
        batch
            .schema()
            .fields()
            .iter()
            .zip(batch.columns())
            .map(|(field, array)| (field.name().clone(), column(array), field.is_nullable())),
    )
    .unwrap()
}

fn expected_column(array: &ArrayRef) -> ArrayRef {
    use DataType::*;
    match array.data_type() {
        Timestamp(TimeUnit::Second, zone) => {
            let ms: TimestampMillisecondArray =
                array.as_primitive::<TimestampSecondType>().unary(|s| s.wrapping_mul(1000));
            Arc::new(ms.with_timezone_opt(zone.clone()))
        }
        Time32(TimeUnit::Second) => {
            Arc::new(array.as_primitive::<Time32SecondType>().unary::<_, Time32MillisecondType>(|s| s * 1000))
        }
        Date64 => {
            Arc::new(array.as_primitive::<Date64Type>().unary::<_, Date32Type>(|ms| (ms / 86_400_000) as i32))
        }
        Decimal32(p, s) => {
            let wide: Decimal128Array = array.as_primitive::<Decimal32Type>().unary(i128::from);
            Arc::new(wide.with_data_type(Decimal128(*p, *s)))
        }
        Decimal64(p, s) => {
            let wide: Decimal128Array = array.as_primitive::<Decimal64Type>().unary(i128::from);
            Arc::new(wide.with_data_type(Decimal128(*p, *s)))
        }
        _ => array.clone(),
    }
}

/// A column as text: of one shape whatever the encoding of strings and the names of list items.
fn cells(batch: &RecordBatch) -> Vec<Vec<String>> {
    let options = arrow::util::display::FormatOptions::new().with_null("∅");
    let column = |array: &ArrayRef| {
        // Printing in a zone by name would need its rules.
        let array = match array.data_type() {
            DataType::Timestamp(unit, Some(_)) => {
                let plain = DataType::Timestamp(*unit, None);
                make_array(array.to_data().into_builder().data_type(plain).build().unwrap())
            }
            _ => array.clone(),
        };
        let formatter = arrow::util::display::ArrayFormatter::try_new(&array, &options).unwrap();
        (0..array.len()).map(|row| formatter.value(row).to_string()).collect()
    };
    batch.columns().iter().map(column).collect()
}

fn some_options(random: &mut Random) -> ParquetOptions {
    use ParquetCodec::*;
    ParquetOptions {
        codec: [None, Snappy, Gzip, Zstd, Lz4Raw][random.below(5)],
        dictionary: random.chance(50),
        statistics: [Statistics::None, Statistics::Chunk, Statistics::Page][random.below(3)],
        bloom_filters: random.chance(30),
        page_size: 1024,
        row_group_rows: 1000,
        ..options()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn what_is_written_is_read(seed: u64, rows in 0usize..300, group_blocks in 1usize..4) {
        let mut random = Random(seed);
        let types = tables::some_of(&mut random, &tables::all_types());
        let table = tables::table(&mut random, &types, rows);
        let options = some_options(&mut random);
        let file = encode(options.clone(), std::slice::from_ref(&table), group_blocks).unwrap();
        prop_assert_eq!(cells(&read(file.clone())), cells(&expected(&table)));

        let mut batches = tables::rebatch(&mut random, &table);
        batches.push(table.slice(0, 0));
        prop_assert!(encode(options, &batches, group_blocks).unwrap() == file, "other bytes for other batches");
    }
}

#[test]
fn every_type_is_read_as_it_was_or_as_stated() {
    let types = tables::all_types();
    let table = tables::table(&mut Random(7), &types, 200);
    let file = read(encode(options(), std::slice::from_ref(&table), 2).unwrap());
    for (i, from) in types.iter().enumerate() {
        use DataType::*;
        let stated = match from {
            Utf8View => Utf8,
            BinaryView => Binary,
            Decimal32(p, s) | Decimal64(p, s) => Decimal128(*p, *s),
            Date64 => Date32,
            Time32(TimeUnit::Second) => Time32(TimeUnit::Millisecond),
            Timestamp(TimeUnit::Second, zone) => Timestamp(TimeUnit::Millisecond, zone.clone()),
            Dictionary(_, values) => *values.clone(),
            other => other.clone(),
        };
        if !stated.is_nested() {
            assert_eq!(file.schema().field(i).data_type(), &stated, "{from}");
        }
    }
}

#[test]
fn a_table_without_rows_is_a_file() {
    let table = tables::table(&mut Random(1), &tables::all_types(), 0);
    let file = encode(options(), &[table], 1).unwrap();
    assert_eq!(read(file.clone()).num_rows(), 0);
    assert_eq!(metadata(&file).num_row_groups(), 0);
}

#[test]
fn null_columns_and_odd_names_are_columns() {
    let names = ["", "__proto__", "a.b", "naïve 😀", "constructor"];
    let columns = names.iter().map(|name| (*name, Arc::new(NullArray::new(3)) as ArrayRef, true));
    let table = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    assert_eq!(read(encode(options(), std::slice::from_ref(&table), 1).unwrap()), table);
}

#[test]
fn the_file_says_who_wrote_it_and_what_it_was_told() {
    let options = ParquetOptions { metadata: vec![("origin".into(), "a test".into())], ..options() };
    let file = encode(options, &[one(Int32Array::from(vec![1]))], 1).unwrap();
    let metadata = metadata(&file);
    let found = metadata.file_metadata();
    assert_eq!(found.created_by(), Some(concat!("tableport version ", env!("CARGO_PKG_VERSION"))));
    let pairs = found.key_value_metadata().unwrap();
    assert!(pairs.iter().any(|pair| pair.key == "origin" && pair.value.as_deref() == Some("a test")));
}

#[test]
fn the_key_of_the_arrow_schema_is_taken() {
    let options = ParquetOptions { metadata: vec![("ARROW:schema".into(), "x".into())], ..options() };
    let error = encode(options, &[one(Int32Array::from(vec![1]))], 1).unwrap_err();
    assert_eq!(error.code, Code::ConfigInvalidValue);
}

#[test]
fn columns_have_settings_of_their_own() {
    let ids: ArrayRef = Arc::new(Int32Array::from_iter_values((0..100).map(|n| n * n % 3 * 1_000_000)));
    let point = StructArray::from(vec![(Arc::new(Field::new("x", DataType::Int32, false)), ids.clone())]);
    let table = RecordBatch::try_from_iter([("id", ids), ("point", Arc::new(point) as ArrayRef)]).unwrap();
    let column = ParquetColumn {
        name: "point".into(),
        codec: Some(ParquetCodec::Gzip),
        dictionary: Some(false),
        statistics: Some(Statistics::None),
        bloom_filter: Some(true),
        ..Default::default()
    };
    let options = ParquetOptions { columns: vec![column], statistics: Statistics::Chunk, ..options() };
    let metadata = metadata(&encode(options, &[table], 9).unwrap());
    let [id, x] = metadata.row_group(0).columns() else { panic!("two columns") };
    assert_eq!(id.compression(), Compression::SNAPPY);
    assert!(matches!(x.compression(), Compression::GZIP(_)));
    assert!(id.dictionary_page_offset().is_some() && x.dictionary_page_offset().is_none());
    assert!(id.statistics().is_some() && x.statistics().is_none());
    assert!(id.bloom_filter_offset().is_none() && x.bloom_filter_offset().is_some());
    assert!(id.offset_index_offset().is_none(), "a page index that nobody asked for");
}

#[test]
fn an_override_of_no_column_is_an_error() {
    let column = ParquetColumn { name: "nope".into(), ..Default::default() };
    let error =
        encode(ParquetOptions { columns: vec![column], ..options() }, &[one(Int32Array::from(vec![1]))], 1)
            .unwrap_err();
    assert_eq!(
        (error.code, error.place.field.as_deref()),
        (Code::ConfigUnknownColumn, Some("parquet.columns.nope"))
    );
}

#[test]
fn statistics_are_right_for_readers() {
    let long = "z".repeat(100);
    let texts = one(StringArray::from(vec![Some(long.as_str()), Some("a"), None]));
    let metadata_of = |table| metadata(&encode(options(), &[table], 1).unwrap());
    let found = metadata_of(texts);
    let Some(Stats::ByteArray(stats)) = found.row_group(0).column(0).statistics() else { panic!() };
    let max = stats.max_opt().unwrap().as_bytes();
    assert!(max > long.as_bytes() && max.len() <= 64 && !stats.max_is_exact());
    assert_eq!((stats.min_opt().unwrap().as_bytes(), stats.min_is_exact()), (&b"a"[..], true));
    assert_eq!(stats.null_count_opt(), Some(1));

    let found = metadata_of(one(Float64Array::from(vec![f64::NAN, 0.0, 3.0, -0.0])));
    let Some(Stats::Double(stats)) = found.row_group(0).column(0).statistics() else { panic!() };
    let (min, max) = (stats.min_opt().unwrap(), stats.max_opt().unwrap());
    assert!(*min == 0.0 && min.is_sign_negative() && *max == 3.0);

    let found = metadata_of(one(UInt64Array::from(vec![1, u64::MAX])));
    let Some(Stats::Int64(stats)) = found.row_group(0).column(0).statistics() else { panic!() };
    assert_eq!((stats.min_opt(), stats.max_opt()), (Some(&1), Some(&-1)));
}

#[test]
fn pages_end_at_about_their_size() {
    let table = one(Int64Array::from_iter_values((0..100_000).map(|n| n * 7919)));
    let options = ParquetOptions { page_size: 8192, dictionary: false, ..options() };
    let metadata = metadata(&encode(options, &[table], usize::MAX).unwrap());
    let index = metadata.page_index().unwrap().offset_index(0, 0).unwrap();
    assert!(index.page_locations().len() >= 90);
}

#[test]
fn types_without_a_place_are_refused() {
    use DataType::*;
    let item = |data_type| Arc::new(Field::new("item", data_type, true));
    let union_fields = UnionFields::from_iter([(0, item(Int32))]);
    let refused = [
        (Interval(IntervalUnit::MonthDayNano), "c"),
        (Struct(Fields::empty()), "c"),
        (List(item(Struct(Fields::empty()))), "c[]"),
        (Decimal128(5, -2), "c"),
        (Union(union_fields, UnionMode::Sparse), "c"),
        (FixedSizeBinary(0), "c"),
        (Struct(vec![item(Int32), item(Int32)].into()), "c.item"),
        (RunEndEncoded(Arc::new(Field::new("run_ends", Int32, false)), item(Utf8)), "c"),
    ];
    for (data_type, path) in refused {
        let schema = Arc::new(Schema::new(vec![Field::new("c", data_type.clone(), true)]));
        let error = encoder(&Format::Parquet(options()), &schema, &Pool::default()).err().unwrap();
        assert_eq!(
            (error.code, error.place.column.as_deref()),
            (Code::FormatUnsupported, Some(path)),
            "{data_type}"
        );
    }
    let empty =
        encoder(&Format::Parquet(options()), &Arc::new(Schema::empty()), &Pool::default()).err().unwrap();
    assert_eq!(empty.code, Code::FormatUnsupported);
    let twice = Schema::new(vec![Field::new("c", Int32, true), Field::new("c", Int32, true)]);
    let error = encoder(&Format::Parquet(options()), &Arc::new(twice), &Pool::default()).err().unwrap();
    assert_eq!((error.code, error.place.column.as_deref()), (Code::FormatUnsupported, Some("c")));
}

fn place(error: Error) -> (Code, Option<String>, Option<u64>) {
    (error.code, error.place.column.clone(), error.place.row)
}

#[test]
fn values_that_do_not_fit_are_refused_with_their_row() {
    let refused = (Code::FormatUnsupported, Some("c".to_owned()), Some(2));
    assert_eq!(place(error_of(one(TimestampSecondArray::from(vec![0, 1, i64::MAX / 999])))), refused);
    assert_eq!(place(error_of(one(Date64Array::from(vec![0, 86_400_000, 1])))), refused);
    assert_eq!(place(error_of(one(Time32SecondArray::from(vec![0, 1, i32::MAX])))), refused);
    assert_eq!(place(error_of(one(IntervalYearMonthArray::from(vec![0, 1, -1])))), refused);
    let decimal = Decimal128Array::from(vec![0, 99_999, 100_000]).with_precision_and_scale(5, 2).unwrap();
    assert_eq!(place(error_of(one(decimal))), refused);
    // Behind a null, in a list, and in a dictionary.
    let hidden = TimestampSecondArray::new(vec![i64::MAX, 1].into(), Some(vec![false, true].into()));
    assert_eq!(read(encode(options(), &[one(hidden)], 1).unwrap()).column(0).null_count(), 1);
    let lists = [Some(vec![Some(0)]), None, Some(vec![Some(86_400_000), Some(1)])];
    assert_eq!(place(error_of(one(ListArray::from_iter_primitive::<Date64Type, _, _>(lists)))), refused);
    let keys = Int8Array::from(vec![0, 0, 1]);
    let dictionary = DictionaryArray::new(keys, Arc::new(Date64Array::from(vec![0, 1])));
    assert_eq!(place(error_of(one(dictionary))), refused);
}

#[test]
fn rows_of_an_error_count_from_the_start_of_the_table() {
    let days = Date64Array::from_iter_values((0..200).map(|n| if n == 150 { 1 } else { 0 }));
    assert_eq!(error_of(one(days)).place.row, Some(150));
}
