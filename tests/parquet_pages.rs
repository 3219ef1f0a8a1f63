//! Parquet files of many pages, of columns that are encoded in every way: the values come back, and what the file says
//! of them holds.

mod tables;

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::*;
use arrow::compute::cast;
use arrow::datatypes::*;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{BoundaryOrder, Encoding};
use parquet::file::metadata::{ColumnChunkMetaData, PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::statistics::Statistics as Stats;
use proptest::prelude::*;
use tableport::compress::pool::Pool;
use tableport::encode::encoder;
use tableport::output::blocks::Blocks;
use tableport::plan::{Format, ParquetCodec, ParquetOptions};
use tables::Random;

/// Row groups end after so many rows, at a block.
fn encode(options: &ParquetOptions, batches: &[RecordBatch], group_rows: usize) -> Vec<u8> {
    let mut encoder =
        encoder(&Format::Parquet(options.clone()), &batches[0].schema(), &Pool::default()).unwrap();
    let mut out = Vec::new();
    let mut blocks = Blocks::new(8192, 1 << 20);
    batches.iter().for_each(|batch| blocks.push(batch.clone()).unwrap());
    let mut rows = 0;
    while let Some(block) = blocks.next(true).unwrap() {
        if rows >= group_rows {
            encoder.end_row_group().unwrap();
            rows = 0;
        }
        encoder.write(&block.batch, block.first_row, &mut out).unwrap();
        rows += block.batch.num_rows();
        while encoder.drain(&mut out) {}
    }
    if rows > 0 {
        encoder.end_row_group().unwrap();
        while encoder.drain(&mut out) {}
    }
    encoder.finish(&mut out).unwrap();
    out
}

fn read(file: &[u8]) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::copy_from_slice(file)).unwrap();
    let schema = reader.schema().clone();
    let batches: Vec<_> = reader.with_batch_size(8192).build().unwrap().map(Result::unwrap).collect();
    arrow::compute::concat_batches(&schema, &batches).unwrap()
}

fn metadata(file: &[u8]) -> ParquetMetaData {
    ParquetMetaDataReader::new()
        .with_page_index_policy(PageIndexPolicy::Optional)
        .parse_and_finish(&Bytes::copy_from_slice(file))
        .unwrap()
}

/// Numbers in the ways in which columns come.
fn numbers(random: &mut Random, rows: usize) -> Vec<i128> {
    let start = [0, -5, 1 << 20, 1 << 40][random.below(4)];
    let few = 1 + random.below(300) as u64;
    let turn = random.below(rows + 1);
    let shape = random.below(8);
    let number = |row: usize, random: &mut Random| match shape {
        0 => start,
        1 => start + row as i128,
        2 => start - row as i128 / 7,
        3 => i128::from(random.next() % few),
        4 => i128::from(random.next() as i64),
        5 => start + i128::from(random.next() % 1_000_000),
        6 if row < turn => i128::from(random.next() % few),
        7 if row < turn => start + row as i128,
        _ => i128::from(random.next()),
    };
    (0..rows).map(|row| number(row, random)).collect()
}

fn float(number: i128) -> f64 {
    match number % 64 {
        13 => f64::NAN,
        17 => -0.0,
        _ => number as f64 / 8.0,
    }
}

fn text(number: i128) -> String {
    let tail = if number % 16 == 3 { "é".repeat(40) } else { String::new() };
    format!("{}{number}{tail}", "k".repeat((number % 90) as usize & 0x7f))
}

const TYPES: usize = 19;

/// A column of one of the types, of some numbers.
fn column(of: usize, numbers: &[i128]) -> ArrayRef {
    use DataType::*;
    let words = || Int64Array::from_iter_values(numbers.iter().map(|n| *n as i64));
    let texts = || StringArray::from_iter_values(numbers.iter().map(|n| text(*n)));
    let decimal = |digits: u32, precision, scale| {
        let values = numbers.iter().map(|n| n % 10i128.pow(digits));
        Decimal128Array::from_iter_values(values).with_precision_and_scale(precision, scale).unwrap()
    };
    match of {
        0 => Arc::new(words()),
        1 => Arc::new(words().unary::<_, Int32Type>(|n| n as i32)),
        2 => Arc::new(words().unary::<_, Int8Type>(|n| n as i8)),
        3 => Arc::new(words().unary::<_, UInt64Type>(|n| n as u64)),
        4 => Arc::new(words().unary::<_, UInt32Type>(|n| n as u32)),
        5 => Arc::new(Float64Array::from_iter_values(numbers.iter().map(|n| float(*n)))),
        6 => Arc::new(Float32Array::from_iter_values(numbers.iter().map(|n| float(*n) as f32))),
        7 => cast(&column(6, numbers), &Float16).unwrap(),
        8 => Arc::new(texts()),
        9 => Arc::new(BinaryArray::from_iter_values(numbers.iter().map(|n| text(*n).into_bytes()))),
        10 => {
            let bytes = numbers.iter().flat_map(|n| (*n as u32).to_be_bytes()).collect::<Vec<u8>>();
            Arc::new(FixedSizeBinaryArray::new(4, bytes.into(), None))
        }
        11 => Arc::new(BooleanArray::from_iter(numbers.iter().map(|n| Some(n & 1 == 1)))),
        12 => Arc::new(decimal(5, 7, 2)),
        13 => Arc::new(decimal(12, 15, 0)),
        14 => Arc::new(decimal(30, 34, 4)),
        15 => Arc::new(words().reinterpret_cast::<TimestampMicrosecondType>()),
        16 => cast(&column(1, numbers), &Date32).unwrap(),
        17 => Arc::new(texts().iter().map(|t| t.map(str::to_owned)).collect::<StringViewArray>()),
        _ => {
            let few: Vec<i128> = numbers.iter().map(|n| n % 50).collect();
            let texts = column(8, &few);
            cast(&texts, &Dictionary(Box::new(Int32), Box::new(Utf8))).unwrap()
        }
    }
}

fn with_nulls(random: &mut Random, array: ArrayRef) -> ArrayRef {
    let turn = random.below(array.len() + 1);
    let shape = random.below(4);
    let valid = |row: usize, random: &mut Random| match shape {
        0 => true,
        1 => random.chance(70),
        2 => row < turn,
        _ => row / 30_000 == 1,
    };
    let nulls: arrow::buffer::BooleanBuffer = (0..array.len()).map(|row| valid(row, random)).collect();
    let nulls = arrow::buffer::NullBuffer::new(nulls);
    make_array(array.to_data().into_builder().nulls(Some(nulls)).build().unwrap())
}

/// Lists of some of the values, or a struct around them.
fn nested(random: &mut Random, items: ArrayRef, rows: usize) -> ArrayRef {
    let item = Arc::new(Field::new("item", items.data_type().clone(), true));
    if random.chance(40) {
        let fields = vec![item].into();
        let values = StructArray::new(fields, vec![items.slice(0, rows)], None);
        return with_nulls(random, Arc::new(values));
    }
    let mut left = items.len();
    let lengths = (0..rows).map(|_| {
        let most = if random.chance(1) { 400 } else { 4 };
        let length = random.below(most).min(left);
        left -= length;
        length
    });
    let offsets = arrow::buffer::OffsetBuffer::<i32>::from_lengths(lengths.collect::<Vec<_>>());
    let items = items.slice(0, offsets[rows] as usize);
    with_nulls(random, Arc::new(ListArray::new(item, offsets, items, None)))
}

fn table(random: &mut Random, rows: usize) -> RecordBatch {
    let columns = 1 + random.below(4);
    let columns = (0..columns).map(|at| {
        let is_nested = random.chance(25);
        let count = if is_nested { rows * 2 } else { rows };
        let values = column(random.below(TYPES), &numbers(random, count));
        let nullable = random.chance(70);
        let values = if nullable { with_nulls(random, values) } else { values };
        let values = if is_nested { nested(random, values, rows) } else { values };
        (format!("c{at}"), values, nullable || is_nested)
    });
    RecordBatch::try_from_iter_with_nullable(columns.collect::<Vec<_>>()).unwrap()
}

/// The column as the file has it.
fn stored(array: &ArrayRef) -> ArrayRef {
    use DataType::*;
    match array.data_type() {
        Utf8View | Dictionary(..) => cast(array, &Utf8).unwrap(),
        List(item) => {
            let list = array.as_list::<i32>();
            let values = stored(list.values());
            let item = Arc::new(item.as_ref().clone().with_data_type(values.data_type().clone()));
            Arc::new(ListArray::new(item, list.offsets().clone(), values, list.nulls().cloned()))
        }
        Struct(_) => {
            let inner = array.as_struct();
            let values = stored(inner.column(0));
            let field = Field::new("item", values.data_type().clone(), true);
            Arc::new(StructArray::new(vec![field].into(), vec![values], inner.nulls().cloned()))
        }
        _ => array.clone(),
    }
}

/// Bit for bit the same: Arrow's own equality takes NaN for unequal, and the item of a list by its name.
fn same(found: &ArrayRef, wanted: &ArrayRef) -> bool {
    let nulls = |array: &ArrayRef| array.logical_nulls().filter(|nulls| nulls.null_count() > 0);
    if found.len() != wanted.len() || nulls(found) != nulls(wanted) {
        return false;
    }
    let valid: Vec<usize> = (0..found.len()).filter(|row| wanted.is_valid(*row)).collect();
    match found.data_type() {
        DataType::List(_) => {
            let (found, wanted) = (found.as_list::<i32>(), wanted.as_list::<i32>());
            let rows = UInt32Array::from_iter_values(valid.iter().map(|row| *row as u32));
            let lengths =
                |list: &ListArray| valid.iter().map(|row| list.value_length(*row)).collect::<Vec<_>>();
            let items = |list: &ListArray| {
                let list = arrow::compute::take(list, &rows, None).unwrap();
                let list = list.as_list::<i32>();
                let (start, end) = (list.offsets()[0] as usize, list.offsets()[list.len()] as usize);
                list.values().slice(start, end - start)
            };
            lengths(found) == lengths(wanted) && same(&items(found), &items(wanted))
        }
        DataType::Struct(_) => {
            let inner = |array: &ArrayRef| {
                let rows = UInt32Array::from_iter_values(valid.iter().map(|row| *row as u32));
                arrow::compute::take(array.as_struct().column(0), &rows, None).unwrap()
            };
            same(&inner(found), &inner(wanted))
        }
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            let (found, wanted) = (cast(found, &DataType::Float64), cast(wanted, &DataType::Float64));
            let (found, wanted) = (found.unwrap(), wanted.unwrap());
            let bits = |array: &ArrayRef, row| array.as_primitive::<Float64Type>().value(row).to_bits();
            valid.iter().all(|row| bits(&found, *row) == bits(&wanted, *row))
        }
        _ => found == wanted,
    }
}

/// A value, as statistics compare it.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
enum Key {
    Int(i128),
    Float(f64),
    Bytes(Vec<u8>),
}

/// The values of the leaf below some rows; nulls and NaN left out.
fn keys(array: &ArrayRef) -> Vec<Key> {
    use DataType::*;
    let ints = |array: &ArrayRef| {
        let wide = cast(array, &Decimal128(38, 0)).unwrap();
        wide.as_primitive::<Decimal128Type>().iter().flatten().map(Key::Int).collect()
    };
    match array.data_type() {
        List(_) => {
            let list = array.as_list::<i32>();
            list.iter().flatten().flat_map(|items| keys(&items)).collect()
        }
        Struct(_) => {
            let inner = array.as_struct();
            let valid = (0..array.len() as u32).filter(|row| array.is_valid(*row as usize));
            keys(&arrow::compute::take(inner.column(0), &UInt32Array::from_iter_values(valid), None).unwrap())
        }
        Decimal128(..) => array.as_primitive::<Decimal128Type>().iter().flatten().map(Key::Int).collect(),
        Float16 | Float32 | Float64 => {
            let wide = cast(array, &Float64).unwrap();
            let values = wide.as_primitive::<Float64Type>().iter().flatten();
            values.filter(|value| !value.is_nan()).map(Key::Float).collect()
        }
        Utf8 => array.as_string::<i32>().iter().flatten().map(|t| Key::Bytes(t.into())).collect(),
        Binary => array.as_binary::<i32>().iter().flatten().map(|b| Key::Bytes(b.into())).collect(),
        FixedSizeBinary(_) => {
            array.as_fixed_size_binary().iter().flatten().map(|b| Key::Bytes(b.into())).collect()
        }
        Boolean => array.as_boolean().iter().flatten().map(|b| Key::Int(b.into())).collect(),
        Date32 => ints(&cast(array, &Int32).unwrap()),
        Timestamp(..) => ints(&cast(array, &Int64).unwrap()),
        _ => ints(array),
    }
}

/// What bytes of statistics mean for a column of this type.
fn key_of(data_type: &DataType, bytes: &[u8]) -> Key {
    use DataType::*;
    let little = |bytes: &[u8]| {
        let mut wide = [0; 16];
        wide[..bytes.len()].copy_from_slice(bytes);
        let unused = 128 - 8 * bytes.len() as u32;
        (i128::from_le_bytes(wide) << unused, unused)
    };
    match data_type {
        List(item) => key_of(item.data_type(), bytes),
        Struct(fields) => key_of(fields[0].data_type(), bytes),
        Float16 => {
            let [low, high] = bytes else { panic!("two bytes") };
            let half = <Float16Type as ArrowPrimitiveType>::Native::from_le_bytes([*low, *high]);
            Key::Float(half.to_f64())
        }
        Float32 => Key::Float(f32::from_le_bytes(bytes.try_into().unwrap()).into()),
        Float64 => Key::Float(f64::from_le_bytes(bytes.try_into().unwrap())),
        Utf8 | Binary | FixedSizeBinary(_) => Key::Bytes(bytes.into()),
        Decimal128(19.., _) => {
            let mut wide = if bytes[0] & 0x80 == 0 { [0; 16] } else { [0xff; 16] };
            wide[16 - bytes.len()..].copy_from_slice(bytes);
            Key::Int(i128::from_be_bytes(wide))
        }
        UInt32 | UInt64 | Boolean => {
            let (value, unused) = little(bytes);
            Key::Int((value as u128 >> unused) as i128)
        }
        _ => {
            let (value, unused) = little(bytes);
            Key::Int(value >> unused)
        }
    }
}

fn check_bounds(data_type: &DataType, min: &[u8], max: &[u8], rows: &ArrayRef) {
    let (min, max) = (key_of(data_type, min), key_of(data_type, max));
    let values = keys(rows);
    assert!(!values.is_empty(), "bounds of nothing");
    for value in &values {
        assert!(min <= *value && *value <= max, "{value:?} is not within {min:?} and {max:?}");
    }
    if let (Key::Float(min), Key::Float(max)) = (&min, &max) {
        assert!(*min != 0.0 || min.is_sign_negative(), "a least zero is -0.0");
        assert!(*max != 0.0 || max.is_sign_positive(), "a greatest zero is +0.0");
    }
    let is_exact = |bound: &Key| values.contains(bound);
    if !matches!(min, Key::Bytes(_)) {
        assert!(is_exact(&min) && is_exact(&max), "bounds that no value has");
    }
}

fn check_chunk(chunk: &ColumnChunkMetaData, rows: &ArrayRef) {
    let stats = chunk.statistics().unwrap();
    let values = keys(rows);
    assert_eq!(stats.min_bytes_opt().is_some(), !values.is_empty());
    let (Some(min), Some(max)) = (stats.min_bytes_opt(), stats.max_bytes_opt()) else { return };
    check_bounds(rows.data_type(), min, max, rows);
    assert!(min.len() <= 64 && max.len() <= 64);
    for (bound, is_exact) in [(min, stats.min_is_exact()), (max, stats.max_is_exact())] {
        let is_there = values.contains(&key_of(rows.data_type(), bound));
        assert!(!is_exact || is_there, "a bound that is called exact");
    }
    if let Stats::ByteArray(_) = stats
        && rows.data_type() == &DataType::Utf8
    {
        assert!(std::str::from_utf8(min).is_ok() && std::str::from_utf8(max).is_ok());
    }
    if !rows.data_type().is_nested() {
        assert_eq!(stats.null_count_opt(), Some(rows.null_count() as u64));
    }
}

/// The bounds of a page in the index, as bytes.
fn bounds_of_page(index: &ColumnIndexMetaData, page: usize) -> Option<(Vec<u8>, Vec<u8>)> {
    macro_rules! words {
        ($index:expr) => {{
            let bytes = |value: &_| parquet::data_type::AsBytes::as_bytes(value).to_vec();
            Some((bytes($index.min_value(page)?), bytes($index.max_value(page)?)))
        }};
    }
    match index {
        ColumnIndexMetaData::BOOLEAN(index) => words!(index),
        ColumnIndexMetaData::INT32(index) => words!(index),
        ColumnIndexMetaData::INT64(index) => words!(index),
        ColumnIndexMetaData::FLOAT(index) => words!(index),
        ColumnIndexMetaData::DOUBLE(index) => words!(index),
        ColumnIndexMetaData::BYTE_ARRAY(index) | ColumnIndexMetaData::FIXED_LEN_BYTE_ARRAY(index) => {
            Some((index.min_value(page)?.to_vec(), index.max_value(page)?.to_vec()))
        }
        ColumnIndexMetaData::INT96(_) => None,
    }
}

fn check_pages(metadata: &ParquetMetaData, group: usize, leaf: usize, rows: &ArrayRef) {
    let index = metadata.page_index().unwrap();
    let places = index.offset_index(group, leaf).unwrap().page_locations();
    let starts: Vec<usize> = places.iter().map(|place| place.first_row_index as usize).collect();
    let Some(index) = index.column_index(group, leaf) else {
        assert!(keys(rows).len() < rows.len(), "a page of NaN is the only reason to have no index");
        return;
    };
    let mut bounds: Vec<(Key, Key)> = Vec::new();
    for (page, start) in starts.iter().enumerate() {
        let end = starts.get(page + 1).copied().unwrap_or(rows.len());
        assert!(end > *start && end - start <= 20_000);
        let in_page = rows.slice(*start, end - start);
        if index.is_null_page(page) {
            assert!(keys(&in_page).is_empty());
            continue;
        }
        if !rows.data_type().is_nested() {
            assert_eq!(index.null_count(page), Some(in_page.null_count() as i64));
        }
        let (min, max) = bounds_of_page(index, page).unwrap();
        check_bounds(rows.data_type(), &min, &max, &in_page);
        bounds.push((key_of(rows.data_type(), &min), key_of(rows.data_type(), &max)));
    }
    let is = |wanted: Ordering| {
        let in_order = |a: &Key, b: &Key| a.partial_cmp(b).is_some_and(|found| found != wanted.reverse());
        bounds.windows(2).all(|pair| in_order(&pair[0].0, &pair[1].0) && in_order(&pair[0].1, &pair[1].1))
    };
    match index.get_boundary_order().unwrap() {
        BoundaryOrder::ASCENDING => assert!(is(Ordering::Less)),
        BoundaryOrder::DESCENDING => assert!(is(Ordering::Greater)),
        BoundaryOrder::UNORDERED => {}
    }
}

fn check(table: &RecordBatch, file: &[u8]) {
    let found = read(file);
    let metadata = metadata(file);
    for (at, column) in table.columns().iter().enumerate() {
        let wanted = stored(column);
        assert!(same(found.column(at), &wanted), "a column of {} came back otherwise", column.data_type());
        let mut row = 0;
        for (group, of_group) in metadata.row_groups().iter().enumerate() {
            let rows = wanted.slice(row, of_group.num_rows() as usize);
            row += rows.len();
            check_chunk(of_group.column(at), &rows);
            check_pages(&metadata, group, at, &rows);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn what_is_said_of_pages_holds(seed: u64, rows in 1usize..50_000, few in any::<bool>()) {
        let mut random = Random(seed);
        let rows = if few { rows / 40 + 1 } else { rows };
        let table = table(&mut random, rows);
        let options = ParquetOptions {
            codec: [ParquetCodec::Snappy, ParquetCodec::None][random.below(2)],
            dictionary: random.chance(70),
            page_size: [1 << 20, 100_000, 3000][random.below(3)],
            row_group_rows: 1 << 20,
            bloom_filters: random.chance(10),
            ..ParquetOptions::default()
        };
        let group_rows = 1 + random.below(60_000);
        let file = encode(&options, std::slice::from_ref(&table), group_rows);
        check(&table, &file);
        let batches = tables::rebatch(&mut random, &table);
        prop_assert!(encode(&options, &batches, group_rows) == file, "other bytes for other batches");
    }
}

/// The encodings of the data pages of the one column.
fn encodings(values: impl Array + 'static) -> Vec<Encoding> {
    let table = RecordBatch::try_from_iter([("c", Arc::new(values) as ArrayRef)]).unwrap();
    let file = encode(&ParquetOptions::default(), std::slice::from_ref(&table), usize::MAX);
    check(&table, &file);
    let metadata = metadata(&file);
    let of_data_pages = metadata.row_group(0).column(0).page_encoding_stats_mask().unwrap();
    of_data_pages.encodings().collect()
}

#[test]
fn values_are_encoded_as_they_are_smallest() {
    let rows = 100_000i64;
    let random = |n: i64| Random(n as u64).next();
    let delta = [Encoding::DELTA_BINARY_PACKED];
    let dictionary = [Encoding::RLE_DICTIONARY];
    assert_eq!(encodings(Int64Array::from_iter_values(0..rows)), delta);
    assert_eq!(encodings(Int64Array::from_iter_values((0..rows).map(|n| (random(n) >> 30) as i64))), delta);
    assert_eq!(
        encodings(Int32Array::from_iter_values((0..rows).map(|n| random(n) as i32))),
        [Encoding::PLAIN]
    );
    let few = (0..rows).map(|n| random(n) % 5000 * 1_000_003);
    assert_eq!(encodings(UInt64Array::from_iter_values(few)), dictionary);
    let prices = (0..rows).map(|n| (random(n) % 10_000) as f64 / 100.0);
    assert_eq!(encodings(Float64Array::from_iter_values(prices)), dictionary);
    let names = (0..rows).map(|n| format!("user {}", random(n)));
    assert_eq!(encodings(StringArray::from_iter_values(names)), [Encoding::PLAIN]);
    // A dictionary that is full before the column ends.
    let words = (0..rows).map(|n| format!("{:0100}", if n < 50_000 { n % 100 } else { n }));
    assert_eq!(encodings(StringArray::from_iter_values(words)), [Encoding::PLAIN, Encoding::RLE_DICTIONARY]);
}
