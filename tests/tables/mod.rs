//! Generated tables of every type, for the properties that hold for all of them.
#![allow(dead_code)]

pub mod source;

use std::sync::Arc;

use arrow::array::*;
use arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::compute::{concat_batches, take};
use arrow::datatypes::*;

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// Small and large, with the ends of the range, within `min..=max`.
    fn integer(&mut self, min: i128, max: i128) -> i128 {
        match self.below(8) {
            0 => min,
            1 => max,
            2 => 0i128.clamp(min, max),
            3 => (-1i128).clamp(min, max),
            4 | 5 => (self.below(100) as i128).clamp(min, max),
            _ => {
                let bits = ((self.next() as u128) << 64) | self.next() as u128;
                match max.checked_sub(min).and_then(|span| span.checked_add(1)) {
                    Some(span) => min + (bits % span as u128) as i128,
                    None => (bits as i128).clamp(min, max),
                }
            }
        }
    }

    fn float(&mut self) -> f64 {
        match self.below(9) {
            0 => f64::NAN,
            1 => f64::INFINITY,
            2 => f64::NEG_INFINITY,
            3 => -0.0,
            4 => 0.0,
            5 => f64::MIN_POSITIVE,
            6 => f64::MAX,
            _ => self.next() as i64 as f64 / 1000.0,
        }
    }

    fn text(&mut self) -> String {
        const SOME: &[&str] =
            &["", "a", "NULL", "\"quoted\", and\nbroken", "émigré", "日本語", "😀😀", "\0", "x"];
        let part = SOME[self.below(SOME.len())];
        if self.chance(5) { part.repeat(100) } else { part.to_owned() }
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next() as u8).collect()
    }
}

const DAY_MS: i128 = 86_400_000;

/// A column; where it is null, the buffers still hold some value, as Arrow allows.
pub fn array(random: &mut Random, data_type: &DataType, nullable: bool, rows: usize) -> ArrayRef {
    let values = values(random, data_type, rows);
    if !nullable || matches!(data_type, DataType::Null | DataType::Union(..)) {
        return values;
    }
    let nulls = NullBuffer::from_iter((0..rows).map(|_| !random.chance(25)));
    make_array(values.to_data().into_builder().nulls(Some(nulls)).build().unwrap())
}

macro_rules! integers {
    ($random:expr, $rows:expr, $data_type:expr, $arrow:ty, $min:expr, $max:expr) => {{
        type Native = <$arrow as ArrowPrimitiveType>::Native;
        let values = (0..$rows).map(|_| $random.integer($min as i128, $max as i128) as Native);
        Arc::new(PrimitiveArray::<$arrow>::from_iter_values(values).with_data_type($data_type.clone()))
    }};
}

macro_rules! full_range {
    ($random:expr, $rows:expr, $data_type:expr, $arrow:ty) => {{
        type Native = <$arrow as ArrowPrimitiveType>::Native;
        integers!($random, $rows, $data_type, $arrow, Native::MIN, Native::MAX)
    }};
}

fn values(random: &mut Random, data_type: &DataType, rows: usize) -> ArrayRef {
    use DataType as T;
    use TimeUnit::*;
    match data_type {
        T::Null => Arc::new(NullArray::new(rows)),
        T::Boolean => Arc::new(BooleanArray::from_iter((0..rows).map(|_| Some(random.chance(50))))),
        T::Int8 => full_range!(random, rows, data_type, Int8Type),
        T::Int16 => full_range!(random, rows, data_type, Int16Type),
        T::Int32 => full_range!(random, rows, data_type, Int32Type),
        T::Int64 => full_range!(random, rows, data_type, Int64Type),
        T::UInt8 => full_range!(random, rows, data_type, UInt8Type),
        T::UInt16 => full_range!(random, rows, data_type, UInt16Type),
        T::UInt32 => full_range!(random, rows, data_type, UInt32Type),
        T::UInt64 => full_range!(random, rows, data_type, UInt64Type),
        T::Float16 => {
            let value = |_| half_from(random.float());
            Arc::new(Float16Array::from_iter_values((0..rows).map(value)))
        }
        T::Float32 => Arc::new(Float32Array::from_iter_values((0..rows).map(|_| random.float() as f32))),
        T::Float64 => Arc::new(Float64Array::from_iter_values((0..rows).map(|_| random.float()))),
        T::Decimal32(p, _) => {
            let max = 10i128.pow(*p as u32) - 1;
            integers!(random, rows, data_type, Decimal32Type, -max, max)
        }
        T::Decimal64(p, _) => {
            let max = 10i128.pow(*p as u32) - 1;
            integers!(random, rows, data_type, Decimal64Type, -max, max)
        }
        T::Decimal128(p, _) => {
            let max = 10i128.pow(*p as u32) - 1;
            integers!(random, rows, data_type, Decimal128Type, -max, max)
        }
        T::Decimal256(_, _) => {
            let value = |_| i256::from_i128(random.integer(i128::MIN, i128::MAX));
            let array = Decimal256Array::from_iter_values((0..rows).map(value));
            Arc::new(array.with_data_type(data_type.clone()))
        }
        T::Date32 => full_range!(random, rows, data_type, Date32Type),
        T::Date64 => {
            let day = |_| (random.integer(i32::MIN as i128, i32::MAX as i128) * DAY_MS) as i64;
            Arc::new(Date64Array::from_iter_values((0..rows).map(day)))
        }
        T::Time32(Second) => integers!(random, rows, data_type, Time32SecondType, 0, DAY_MS / 1000 - 1),
        T::Time32(_) => integers!(random, rows, data_type, Time32MillisecondType, 0, DAY_MS - 1),
        T::Time64(Microsecond) => {
            integers!(random, rows, data_type, Time64MicrosecondType, 0, DAY_MS * 1000 - 1)
        }
        T::Time64(_) => integers!(random, rows, data_type, Time64NanosecondType, 0, DAY_MS * 1_000_000 - 1),
        T::Timestamp(Second, _) => {
            // Within what milliseconds hold: Parquet has no seconds.
            let most = i64::MAX / 1000;
            integers!(random, rows, data_type, TimestampSecondType, -most, most)
        }
        T::Timestamp(Millisecond, _) => full_range!(random, rows, data_type, TimestampMillisecondType),
        T::Timestamp(Microsecond, _) => full_range!(random, rows, data_type, TimestampMicrosecondType),
        T::Timestamp(Nanosecond, _) => full_range!(random, rows, data_type, TimestampNanosecondType),
        T::Duration(Second) => full_range!(random, rows, data_type, DurationSecondType),
        T::Duration(Millisecond) => full_range!(random, rows, data_type, DurationMillisecondType),
        T::Duration(Microsecond) => full_range!(random, rows, data_type, DurationMicrosecondType),
        T::Duration(Nanosecond) => full_range!(random, rows, data_type, DurationNanosecondType),
        T::Interval(IntervalUnit::YearMonth) => full_range!(random, rows, data_type, IntervalYearMonthType),
        T::Interval(IntervalUnit::DayTime) => {
            let value = |_| IntervalDayTime::new(random.next() as i32, random.next() as i32);
            Arc::new(IntervalDayTimeArray::from_iter_values((0..rows).map(value)))
        }
        T::Interval(IntervalUnit::MonthDayNano) => {
            let value = |_| {
                IntervalMonthDayNano::new(random.next() as i32, random.next() as i32, random.next() as i64)
            };
            Arc::new(IntervalMonthDayNanoArray::from_iter_values((0..rows).map(value)))
        }
        T::Utf8 => Arc::new(StringArray::from_iter_values((0..rows).map(|_| random.text()))),
        T::LargeUtf8 => Arc::new(LargeStringArray::from_iter_values((0..rows).map(|_| random.text()))),
        T::Utf8View => Arc::new(StringViewArray::from_iter_values((0..rows).map(|_| random.text()))),
        T::Binary => Arc::new(BinaryArray::from_iter_values(some_bytes(random, rows))),
        T::LargeBinary => Arc::new(LargeBinaryArray::from_iter_values(some_bytes(random, rows))),
        T::BinaryView => Arc::new(BinaryViewArray::from_iter_values(some_bytes(random, rows))),
        T::FixedSizeBinary(width) => {
            let bytes = random.bytes(rows * *width as usize);
            Arc::new(FixedSizeBinaryArray::new(*width, bytes.into(), None))
        }
        T::List(field) => {
            let offsets = offsets::<i32>(random, rows);
            let items = array(random, field.data_type(), field.is_nullable(), offsets[rows] as usize);
            Arc::new(ListArray::new(field.clone(), offsets, items, None))
        }
        T::LargeList(field) => {
            let offsets = offsets::<i64>(random, rows);
            let items = array(random, field.data_type(), field.is_nullable(), offsets[rows] as usize);
            Arc::new(LargeListArray::new(field.clone(), offsets, items, None))
        }
        T::FixedSizeList(field, length) => {
            let items = array(random, field.data_type(), field.is_nullable(), rows * *length as usize);
            Arc::new(FixedSizeListArray::new(field.clone(), *length, items, None))
        }
        T::Map(field, sorted) => {
            let offsets = offsets::<i32>(random, rows);
            let entries = values(random, field.data_type(), offsets[rows] as usize);
            Arc::new(MapArray::new(field.clone(), offsets, entries.as_struct().clone(), None, *sorted))
        }
        T::Struct(fields) => {
            let of = |field: &FieldRef| array(random, field.data_type(), field.is_nullable(), rows);
            let children: Vec<ArrayRef> = fields.iter().map(of).collect();
            Arc::new(StructArray::try_new_with_length(fields.clone(), children, None, rows).unwrap())
        }
        T::Dictionary(key, value) => {
            let size = 1 + random.below(5);
            let dictionary = values(random, value, size);
            let keys = Int32Array::from_iter_values((0..rows).map(|_| random.below(size) as i32));
            match **key {
                T::Int32 => Arc::new(DictionaryArray::new(keys, dictionary)),
                T::UInt8 => {
                    let keys = UInt8Array::from_iter_values(keys.values().iter().map(|key| *key as u8));
                    Arc::new(DictionaryArray::new(keys, dictionary))
                }
                _ => unimplemented!("keys of {key}"),
            }
        }
        T::Union(fields, UnionMode::Sparse) => {
            let ids: Vec<i8> = fields.iter().map(|(id, _)| id).collect();
            let children = fields.iter().map(|(_, f)| array(random, f.data_type(), true, rows)).collect();
            let chosen: ScalarBuffer<i8> = (0..rows).map(|_| ids[random.below(ids.len())]).collect();
            Arc::new(UnionArray::try_new(fields.clone(), chosen, None, children).unwrap())
        }
        other => unimplemented!("{other}"),
    }
}

fn half_from(value: f64) -> <Float16Type as ArrowPrimitiveType>::Native {
    <Float16Type as ArrowPrimitiveType>::Native::from_f64(value)
}

fn some_bytes(random: &mut Random, rows: usize) -> Vec<Vec<u8>> {
    let value = |_| {
        let length = random.below(20);
        random.bytes(length)
    };
    (0..rows).map(value).collect()
}

fn offsets<O: OffsetSizeTrait>(random: &mut Random, rows: usize) -> OffsetBuffer<O> {
    OffsetBuffer::from_lengths((0..rows).map(|_| if random.chance(30) { 0 } else { random.below(4) }))
}

fn item(data_type: DataType) -> FieldRef {
    Arc::new(Field::new("item", data_type, true))
}

fn fields(list: &[(&str, DataType, bool)]) -> Fields {
    list.iter().map(|(name, data_type, nullable)| Field::new(*name, data_type.clone(), *nullable)).collect()
}

pub fn map_of(key: DataType, value: DataType) -> DataType {
    let entries = DataType::Struct(fields(&[("keys", key, false), ("values", value, true)]));
    DataType::Map(Arc::new(Field::new("entries", entries, false)), false)
}

/// Every type that is not made of others.
pub fn flat_types() -> Vec<DataType> {
    use DataType::*;
    use TimeUnit::*;
    let zone = || Some("UTC".into());
    vec![
        Boolean,
        Int8,
        Int16,
        Int32,
        Int64,
        UInt8,
        UInt16,
        UInt32,
        UInt64,
        Float16,
        Float32,
        Float64,
        Utf8,
        LargeUtf8,
        Utf8View,
        Binary,
        LargeBinary,
        BinaryView,
        FixedSizeBinary(3),
        Decimal32(7, 2),
        Decimal64(18, 3),
        Decimal128(5, 2),
        Decimal128(12, 2),
        Decimal128(38, 10),
        Decimal256(76, 0),
        Date32,
        Date64,
        Time32(Second),
        Time32(Millisecond),
        Time64(Microsecond),
        Time64(Nanosecond),
        Timestamp(Second, None),
        Timestamp(Millisecond, zone()),
        Timestamp(Microsecond, None),
        Timestamp(Microsecond, Some("America/New_York".into())),
        Timestamp(Nanosecond, zone()),
        Duration(Second),
        Duration(Millisecond),
        Duration(Microsecond),
        Duration(Nanosecond),
    ]
}

/// Types made of others.
pub fn nested_types() -> Vec<DataType> {
    use DataType::*;
    let point = || Struct(fields(&[("x", Float64, true), ("name", Utf8, true), ("id", Int64, false)]));
    vec![
        List(item(Int32)),
        List(item(Utf8)),
        LargeList(item(point())),
        FixedSizeList(item(Float32), 3),
        FixedSizeList(item(Utf8), 2),
        point(),
        Struct(fields(&[("tags", List(item(Utf8)), true), ("at", point(), true)])),
        map_of(Utf8, Int64),
        map_of(Int32, List(item(Utf8))),
        List(item(List(item(Utf8View)))),
        Dictionary(Box::new(Int32), Box::new(Utf8)),
        Dictionary(Box::new(UInt8), Box::new(Int64)),
    ]
}

pub fn all_types() -> Vec<DataType> {
    [flat_types(), nested_types()].concat()
}

/// A table of these types, in columns `c0`, `c1`, ...; every other type without nulls.
pub fn table(random: &mut Random, types: &[DataType], rows: usize) -> RecordBatch {
    let field =
        |(i, data_type): (usize, &DataType)| Field::new(format!("c{i}"), data_type.clone(), i % 3 != 2);
    let fields: Vec<Field> = types.iter().enumerate().map(field).collect();
    let columns = fields.iter().map(|f| array(random, f.data_type(), f.is_nullable(), rows)).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options).unwrap()
}

/// Some types of `all`.
pub fn some_of(random: &mut Random, all: &[DataType]) -> Vec<DataType> {
    (0..1 + random.below(5)).map(|_| all[random.below(all.len())].clone()).collect()
}

/// The same rows in other batches; some of them copied, so that their buffers differ.
pub fn rebatch(random: &mut Random, table: &RecordBatch) -> Vec<RecordBatch> {
    let mut batches = Vec::new();
    let mut row = 0;
    while row < table.num_rows() {
        let most = if random.chance(30) { 3 } else { 80 };
        let rows = (1 + random.below(most)).min(table.num_rows() - row);
        let slice = table.slice(row, rows);
        batches.push(if random.chance(30) && slice.num_columns() > 0 { copied(&slice) } else { slice });
        row += rows;
    }
    batches
}

/// The same values in fresh buffers.
pub fn copied(batch: &RecordBatch) -> RecordBatch {
    let all = UInt32Array::from_iter_values(0..batch.num_rows() as u32);
    let columns = batch.columns().iter().map(|column| take(column, &all, None).unwrap()).collect();
    RecordBatch::try_new(batch.schema(), columns).unwrap()
}

pub fn concat(batches: &[RecordBatch]) -> RecordBatch {
    concat_batches(&batches[0].schema(), batches).unwrap()
}
