//! Tables of random types and values, within what every text form can hold.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::*;
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::*;
use proptest::collection::vec;
use proptest::prelude::*;

/// Seconds of the years 0000 to 9999.
const FOUR_DIGIT_YEARS: Range<i64> = -62_167_219_200..253_402_300_800;
const DAY: i64 = 86_400;

/// A table of up to `columns` columns and `rows` rows.
pub fn table(columns: usize, rows: usize) -> impl Strategy<Value = RecordBatch> {
    (vec(data_type(), 1..=columns), 0..=rows).prop_flat_map(|(types, rows)| {
        let arrays: Vec<_> = types.iter().map(|data_type| array(data_type.clone(), rows)).collect();
        (vec(name(), types.len()), arrays).prop_map(|(names, arrays)| {
            let named = names.into_iter().enumerate().map(|(index, name)| format!("{index}{name}"));
            RecordBatch::try_from_iter_with_nullable(named.zip(arrays).map(|(n, a)| (n, a, true))).unwrap()
        })
    })
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{0,3}", ".{0,4}", Just("__proto__".to_owned()), Just(",\"\n".to_owned())]
}

fn unit() -> impl Strategy<Value = TimeUnit> {
    use TimeUnit::*;
    prop::sample::select(vec![Second, Millisecond, Microsecond, Nanosecond])
}

fn scalar_type() -> impl Strategy<Value = DataType> {
    use DataType::*;
    let plain = vec![
        Null,
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
        Date32,
        Date64,
    ];
    let rarer = vec![
        FixedSizeBinary(5),
        Time32(TimeUnit::Second),
        Time32(TimeUnit::Millisecond),
        Time64(TimeUnit::Microsecond),
        Time64(TimeUnit::Nanosecond),
        Interval(IntervalUnit::YearMonth),
        Interval(IntervalUnit::DayTime),
        Interval(IntervalUnit::MonthDayNano),
    ];
    let zone = prop::sample::select(vec![None, Some("UTC".into()), Some("America/New_York".into())]);
    prop_oneof![
        4 => prop::sample::select(plain),
        2 => prop::sample::select(rarer),
        1 => (unit(), zone).prop_map(|(unit, zone)| Timestamp(unit, zone)),
        1 => unit().prop_map(Duration),
        1 => (1..=9_u8, -3..=9_i8).prop_map(|(p, s)| Decimal32(p, s.min(p as i8))),
        1 => (1..=18_u8, -3..=18_i8).prop_map(|(p, s)| Decimal64(p, s.min(p as i8))),
        1 => (1..=38_u8, -3..=38_i8).prop_map(|(p, s)| Decimal128(p, s.min(p as i8))),
        1 => (1..=76_u8, -3..=76_i8).prop_map(|(p, s)| Decimal256(p, s.min(p as i8))),
    ]
}

fn data_type() -> impl Strategy<Value = DataType> {
    use DataType::*;
    let item = |data_type| Arc::new(Field::new("item", data_type, true));
    scalar_type().prop_recursive(3, 8, 3, move |inner| {
        let text = || prop::sample::select(vec![Utf8, LargeUtf8, Utf8View, Int32]);
        let index = || prop::sample::select(vec![Int8, UInt16, Int64]);
        prop_oneof![
            inner.clone().prop_map(move |t| List(item(t))),
            inner.clone().prop_map(move |t| LargeList(item(t))),
            (inner.clone(), 0..4).prop_map(move |(t, size)| FixedSizeList(item(t), size)),
            vec(inner.clone(), 1..4).prop_map(|types| {
                let field = |(index, data_type)| Field::new(format!("f\"{index}"), data_type, true);
                Struct(types.into_iter().enumerate().map(field).collect())
            }),
            (text(), inner.clone()).prop_map(|(key, value)| {
                let pair = vec![Field::new("key", key, false), Field::new("value", value, true)];
                Map(Arc::new(Field::new("entries", Struct(pair.into()), false)), false)
            }),
            (index(), inner).prop_map(|(index, value)| Dictionary(Box::new(index), Box::new(value))),
        ]
    })
}

fn present(rows: usize) -> impl Strategy<Value = NullBuffer> {
    vec(prop::bool::weighted(0.8), rows).prop_map(NullBuffer::from)
}

/// An array of `rows` values; where the type allows, some are null.
pub fn array(data_type: DataType, rows: usize) -> BoxedStrategy<ArrayRef> {
    match data_type {
        DataType::List(field) => (vec(0..4_usize, rows), present(rows))
            .prop_flat_map(move |(lengths, nulls)| {
                let field = field.clone();
                array(field.data_type().clone(), lengths.iter().sum()).prop_map(move |items| {
                    let offsets = OffsetBuffer::from_lengths(lengths.clone());
                    Arc::new(ListArray::new(field.clone(), offsets, items, Some(nulls.clone()))) as ArrayRef
                })
            })
            .boxed(),
        DataType::LargeList(field) => (vec(0..4_usize, rows), present(rows))
            .prop_flat_map(move |(lengths, nulls)| {
                let field = field.clone();
                array(field.data_type().clone(), lengths.iter().sum()).prop_map(move |items| {
                    let offsets = OffsetBuffer::from_lengths(lengths.clone());
                    Arc::new(LargeListArray::new(field.clone(), offsets, items, Some(nulls.clone())))
                        as ArrayRef
                })
            })
            .boxed(),
        DataType::FixedSizeList(field, size) => {
            (array(field.data_type().clone(), rows * size as usize), present(rows))
                .prop_map(move |(items, nulls)| {
                    let list = FixedSizeListArray::try_new_with_length(
                        field.clone(),
                        size,
                        items,
                        Some(nulls),
                        rows,
                    );
                    Arc::new(list.unwrap()) as ArrayRef
                })
                .boxed()
        }
        DataType::Struct(fields) => {
            let children: Vec<_> =
                fields.iter().map(|field| array(field.data_type().clone(), rows)).collect();
            (children, present(rows))
                .prop_map(move |(children, nulls)| {
                    Arc::new(StructArray::new(fields.clone(), children, Some(nulls))) as ArrayRef
                })
                .boxed()
        }
        DataType::Map(entries, _) => map(entries, rows),
        DataType::Dictionary(index, value) => (array(*value, 4), vec(prop::option::of(0..4_i32), rows))
            .prop_map(move |(values, keys)| {
                let keys: ArrayRef = Arc::new(Int32Array::from(keys));
                let keys = arrow::compute::cast(&keys, &index).unwrap();
                dictionary(&keys, values)
            })
            .boxed(),
        scalar => scalars(scalar, rows),
    }
}

fn dictionary(keys: &ArrayRef, values: ArrayRef) -> ArrayRef {
    downcast_integer_array!(
        keys => Arc::new(DictionaryArray::try_new(keys.clone(), values).unwrap()) as ArrayRef,
        other => panic!("{other} is no type of keys")
    )
}

/// Keys differ within a map.
fn map(entries: FieldRef, rows: usize) -> BoxedStrategy<ArrayRef> {
    let DataType::Struct(pair) = entries.data_type().clone() else { panic!("a map of pairs") };
    (vec(prop::collection::btree_map(any::<i32>(), Just(()), 0..3), rows), present(rows))
        .prop_flat_map(move |(maps, nulls): (Vec<BTreeMap<i32, ()>>, _)| {
            let (entries, pair) = (entries.clone(), pair.clone());
            let keys: ArrayRef =
                Arc::new(Int32Array::from_iter_values(maps.iter().flat_map(|map| map.keys().copied())));
            let keys = arrow::compute::cast(&keys, pair[0].data_type()).unwrap();
            let offsets = OffsetBuffer::from_lengths(maps.iter().map(BTreeMap::len));
            array(pair[1].data_type().clone(), keys.len()).prop_map(move |values| {
                let pairs = StructArray::new(pair.clone(), vec![keys.clone(), values], None);
                let map = MapArray::new(entries.clone(), offsets.clone(), pairs, Some(nulls.clone()), false);
                Arc::new(map) as ArrayRef
            })
        })
        .boxed()
}

fn of<T: ArrowPrimitiveType>(
    values: impl Strategy<Value = T::Native> + 'static,
    data_type: &DataType,
    rows: usize,
) -> BoxedStrategy<ArrayRef>
where
    T::Native: std::fmt::Debug,
{
    let data_type = data_type.clone();
    vec(prop::option::weighted(0.8, values), rows)
        .prop_map(move |values| {
            let array = PrimitiveArray::<T>::from_iter(values).with_data_type(data_type.clone());
            Arc::new(array) as ArrayRef
        })
        .boxed()
}

fn scalars(data_type: DataType, rows: usize) -> BoxedStrategy<ArrayRef> {
    use DataType as T;
    use TimeUnit::*;
    let t = &data_type;
    match t {
        T::Null => Just(Arc::new(NullArray::new(rows)) as ArrayRef).boxed(),
        T::Boolean => vec(any::<Option<bool>>(), rows)
            .prop_map(|values| Arc::new(BooleanArray::from(values)) as ArrayRef)
            .boxed(),
        T::Int8 => of::<Int8Type>(any::<i8>(), t, rows),
        T::Int16 => of::<Int16Type>(any::<i16>(), t, rows),
        T::Int32 => of::<Int32Type>(any::<i32>(), t, rows),
        T::Int64 => of::<Int64Type>(any::<i64>(), t, rows),
        T::UInt8 => of::<UInt8Type>(any::<u8>(), t, rows),
        T::UInt16 => of::<UInt16Type>(any::<u16>(), t, rows),
        T::UInt32 => of::<UInt32Type>(any::<u32>(), t, rows),
        T::UInt64 => of::<UInt64Type>(any::<u64>(), t, rows),
        T::Float16 => of::<Float16Type>(
            any::<u16>().prop_map(<Float16Type as ArrowPrimitiveType>::Native::from_bits),
            t,
            rows,
        ),
        T::Float32 => of::<Float32Type>(any::<u32>().prop_map(f32::from_bits), t, rows),
        T::Float64 => of::<Float64Type>(float64(), t, rows),
        T::Decimal32(p, _) => of::<Decimal32Type>(digits(*p).prop_map(|text| text.parse().unwrap()), t, rows),
        T::Decimal64(p, _) => of::<Decimal64Type>(digits(*p).prop_map(|text| text.parse().unwrap()), t, rows),
        T::Decimal128(p, _) => {
            of::<Decimal128Type>(digits(*p).prop_map(|text| text.parse().unwrap()), t, rows)
        }
        T::Decimal256(p, _) => {
            of::<Decimal256Type>(digits(*p).prop_map(|text| i256::from_string(&text).unwrap()), t, rows)
        }
        T::Date32 => of::<Date32Type>(days().prop_map(|days| days as i32), t, rows),
        T::Date64 => of::<Date64Type>(days().prop_map(|days| days * DAY * 1_000), t, rows),
        T::Time32(Second) => of::<Time32SecondType>(0..DAY as i32, t, rows),
        T::Time32(_) => of::<Time32MillisecondType>(0..DAY as i32 * 1_000, t, rows),
        T::Time64(Microsecond) => of::<Time64MicrosecondType>(0..DAY * 1_000_000, t, rows),
        T::Time64(_) => of::<Time64NanosecondType>(0..DAY * 1_000_000_000, t, rows),
        T::Timestamp(Second, _) => of::<TimestampSecondType>(instants(1), t, rows),
        T::Timestamp(Millisecond, _) => of::<TimestampMillisecondType>(instants(1_000), t, rows),
        T::Timestamp(Microsecond, _) => of::<TimestampMicrosecondType>(instants(1_000_000), t, rows),
        T::Timestamp(Nanosecond, _) => of::<TimestampNanosecondType>(any::<i64>(), t, rows),
        T::Duration(Second) => of::<DurationSecondType>(any::<i64>(), t, rows),
        T::Duration(Millisecond) => of::<DurationMillisecondType>(any::<i64>(), t, rows),
        T::Duration(Microsecond) => of::<DurationMicrosecondType>(any::<i64>(), t, rows),
        T::Duration(Nanosecond) => of::<DurationNanosecondType>(any::<i64>(), t, rows),
        T::Interval(IntervalUnit::YearMonth) => of::<IntervalYearMonthType>(any::<i32>(), t, rows),
        T::Interval(IntervalUnit::DayTime) => {
            let values = any::<(i32, i32)>().prop_map(|(days, ms)| IntervalDayTime::new(days, ms));
            of::<IntervalDayTimeType>(values, t, rows)
        }
        T::Interval(IntervalUnit::MonthDayNano) => {
            let values = any::<(i32, i32, i64)>().prop_map(|(m, d, ns)| IntervalMonthDayNano::new(m, d, ns));
            of::<IntervalMonthDayNanoType>(values, t, rows)
        }
        _ => bytes_or_text(data_type, rows),
    }
}

fn bytes_or_text(data_type: DataType, rows: usize) -> BoxedStrategy<ArrayRef> {
    use DataType as T;
    match data_type {
        T::FixedSizeBinary(size) => vec(prop::option::of(vec(any::<u8>(), size as usize)), rows)
            .prop_map(move |values| {
                let array = FixedSizeBinaryArray::try_from_sparse_iter_with_size(values.into_iter(), size);
                Arc::new(array.unwrap()) as ArrayRef
            })
            .boxed(),
        T::Binary | T::LargeBinary | T::BinaryView => vec(prop::option::of(vec(any::<u8>(), 0..20)), rows)
            .prop_map(move |values| {
                let array: ArrayRef = Arc::new(BinaryArray::from_iter(values));
                arrow::compute::cast(&array, &data_type).unwrap()
            })
            .boxed(),
        _ => vec(prop::option::of(text()), rows)
            .prop_map(move |values| {
                let array: ArrayRef = Arc::new(StringArray::from(values));
                arrow::compute::cast(&array, &data_type).unwrap()
            })
            .boxed(),
    }
}

fn text() -> impl Strategy<Value = String> {
    let tricky = [
        "", " ", "NA", "-1", "\\N", "\r", "\n", "\"", "'", "\\", "\"\"", ",", "a,b", "\t", "null",
        "\u{feff}", "=1",
    ];
    prop_oneof![
        ".{0,24}",
        "[a-z0-9,;|\"'\\\\\n\r\t -]{0,40}",
        prop::sample::select(tricky.map(str::to_owned).to_vec()),
    ]
}

fn float64() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        any::<i32>().prop_map(f64::from),
        any::<i32>().prop_map(|value| f64::from(value) / 100.0),
        prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0]),
    ]
}

fn digits(precision: u8) -> impl Strategy<Value = String> {
    proptest::string::string_regex(&format!("-?[0-9]{{1,{precision}}}")).unwrap()
}

fn days() -> impl Strategy<Value = i64> {
    FOUR_DIGIT_YEARS.start / DAY..FOUR_DIGIT_YEARS.end / DAY
}

fn instants(per_second: i64) -> impl Strategy<Value = i64> {
    FOUR_DIGIT_YEARS.start * per_second..FOUR_DIGIT_YEARS.end * per_second
}
