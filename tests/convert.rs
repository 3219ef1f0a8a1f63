//! Columns of one type as columns of another: unchanged, or an error with its row.

mod tables;

use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::*;
use proptest::prelude::*;
use tableport::Code;
use tableport::table::convert::{convert, judge};
use tableport::table::types::parse;
use tables::Random;

fn to(array: impl Array + 'static, text: &str) -> Result<ArrayRef, (Code, Option<u64>)> {
    let array: ArrayRef = Arc::new(array);
    convert(&array, &parse(text).unwrap(), "c", 100).map_err(|error| {
        assert_eq!(error.place.column.as_deref(), Some("c"));
        (error.code, error.place.row)
    })
}

fn misfit(row: u64) -> Result<ArrayRef, (Code, Option<u64>)> {
    Err((Code::SourceTypeChanged, Some(100 + row)))
}

fn is(array: impl Array + 'static) -> Result<ArrayRef, (Code, Option<u64>)> {
    Ok(Arc::new(array))
}

#[test]
fn integers() {
    let some = || Int64Array::from(vec![Some(0), None, Some(200), Some(-3)]);
    assert_eq!(to(some(), "int16"), is(Int16Array::from(vec![Some(0), None, Some(200), Some(-3)])));
    assert_eq!(to(some(), "uint8"), misfit(3));
    assert_eq!(to(some(), "int8"), misfit(2));
    assert_eq!(to(UInt64Array::from(vec![u64::MAX]), "int64"), misfit(0));
    assert_eq!(
        to(Int64Array::from(vec![1 << 53]), "float64"),
        is(Float64Array::from(vec![9007199254740992.0]))
    );
    assert_eq!(to(Int64Array::from(vec![0, (1 << 53) + 1]), "float64"), misfit(1));
    assert_eq!(
        to(Int32Array::from(vec![(1 << 24) + 1]), "float32"),
        is(Float32Array::from(vec![16777216.0]))
    );
    assert_eq!(to(Int64Array::from(vec![0, (1 << 53) + 1]), "float32"), misfit(1));
    let decimal = Decimal128Array::from(vec![1200]).with_precision_and_scale(6, 2).unwrap();
    assert_eq!(to(Int8Array::from(vec![12]), "decimal(6, 2)"), is(decimal));
    assert_eq!(to(Int32Array::from(vec![10_000]), "decimal(6, 2)"), misfit(0));
}

#[test]
fn floats() {
    assert_eq!(
        to(Float64Array::from(vec![0.5, f64::NEG_INFINITY]), "float32"),
        is(Float32Array::from(vec![0.5, f32::NEG_INFINITY]))
    );
    assert_eq!(
        to(Float64Array::from(vec![0.1, 1e-50, f32::MAX.into()]), "float32"),
        is(Float32Array::from(vec![0.1, 0.0, f32::MAX]))
    );
    assert_eq!(to(Float64Array::from(vec![0.5, 1e39]), "float32"), misfit(1));
    let halves = to(Float64Array::from(vec![0.1, 65519.0]), "float16").unwrap();
    let halves: Vec<f32> = halves.as_primitive::<Float16Type>().values().iter().map(|h| h.to_f32()).collect();
    assert_eq!(halves, [0.099975586, 65504.0]);
    assert_eq!(to(Float64Array::from(vec![0.1, -65520.0]), "float16"), misfit(1));
    assert!(
        to(Float64Array::from(vec![f64::NAN]), "float32")
            .unwrap()
            .as_primitive::<Float32Type>()
            .value(0)
            .is_nan()
    );
    assert_eq!(to(Float32Array::from(vec![0.1]), "float64"), is(Float64Array::from(vec![0.1f32 as f64])));
    assert_eq!(to(Float64Array::from(vec![3.0, -7.0]), "int32"), is(Int32Array::from(vec![3, -7])));
    for odd in [0.5, f64::NAN, f64::INFINITY, -0.0, 3e9] {
        assert_eq!(to(Float64Array::from(vec![0.0, odd]), "int32"), misfit(1), "{odd}");
    }
    // The least float above what the type holds.
    assert_eq!(to(Float64Array::from(vec![9223372036854775808.0]), "int64"), misfit(0));
    assert_eq!(to(Float64Array::from(vec![18446744073709551616.0]), "uint64"), misfit(0));
}

#[test]
fn decimals() {
    let decimal = |value, p, s| Decimal128Array::from(vec![value]).with_precision_and_scale(p, s).unwrap();
    assert_eq!(to(decimal(123, 5, 2), "decimal(7, 4)"), is(decimal(12300, 7, 4)));
    assert_eq!(to(decimal(1230, 5, 2), "decimal(4, 1)"), is(decimal(123, 4, 1)));
    assert_eq!(to(decimal(1234, 5, 2), "decimal(4, 1)"), misfit(0));
    assert_eq!(to(decimal(99999, 5, 2), "decimal(5, 3)"), misfit(0));
    assert_eq!(to(decimal(700, 5, 2), "int32"), is(Int32Array::from(vec![7])));
    let most = 10i128.pow(38) - 1;
    assert_eq!(to(decimal(most, 38, 0), "decimal(38, 1)"), misfit(0));
    let wide = |text: &str, p, s| {
        let value = i256::from_string(text).unwrap();
        Decimal256Array::from(vec![value]).with_precision_and_scale(p, s).unwrap()
    };
    let text = most.to_string();
    assert_eq!(to(decimal(most, 38, 0), "decimal(39, 1)"), is(wide(&format!("{text}0"), 39, 1)));
    assert_eq!(to(wide(&format!("{text}0"), 39, 1), "decimal(38, 0)"), is(decimal(most, 38, 0)));
    assert_eq!(to(wide(&format!("{text}1"), 39, 1), "decimal(38, 0)"), misfit(0));
    assert_eq!(to(wide(&"9".repeat(76), 76, 0), "decimal(76, 1)"), misfit(0));
    assert_eq!(to(decimal(1200, 5, 0), "decimal(3, -2)"), is(decimal(12, 3, -2)));
    assert_eq!(to(decimal(1250, 5, 0), "decimal(3, -2)"), misfit(0));
    assert_eq!(to(decimal(12, 3, -2), "int16"), is(Int16Array::from(vec![1200])));
    assert_eq!(to(decimal(0, 3, -38), "decimal256(76, 76)"), is(wide("0", 76, 76)));
    assert_eq!(to(decimal(1, 3, -38), "decimal256(76, 76)"), misfit(0));
    assert_eq!(to(Float64Array::from(vec![0.1]), "decimal(2, 1)"), is(decimal(1, 2, 1)));
    assert_eq!(to(Float32Array::from(vec![0.1]), "decimal(2, 1)"), is(decimal(1, 2, 1)));
    for odd in [0.15, 10.0, f64::NAN, f64::INFINITY] {
        assert_eq!(to(Float64Array::from(vec![0.0, odd]), "decimal(2, 1)"), misfit(1), "{odd}");
    }
}

#[test]
fn time() {
    let ms = || TimestampMillisecondArray::from(vec![1_500, 86_400_000]);
    let us = TimestampMicrosecondArray::from(vec![1_500_000, 86_400_000_000]).with_timezone("UTC");
    assert_eq!(to(ms(), "timestamp[us, UTC]"), is(us));
    assert_eq!(to(ms().with_timezone("UTC"), "timestamp[ms]"), is(ms()));
    assert_eq!(to(ms(), "timestamp[s]"), misfit(0));
    assert_eq!(to(TimestampSecondArray::from(vec![i64::MAX / 10]), "timestamp[ns]"), misfit(0));
    assert_eq!(
        to(Date32Array::from(vec![-1]), "timestamp[ms]"),
        is(TimestampMillisecondArray::from(vec![-86_400_000]))
    );
    assert_eq!(to(ms(), "date32"), misfit(0));
    assert_eq!(to(Date64Array::from(vec![86_400_000]), "date32"), is(Date32Array::from(vec![1])));
    assert_eq!(
        to(Time32SecondArray::from(vec![5]), "time64[ns]"),
        is(Time64NanosecondArray::from(vec![5_000_000_000]))
    );
    assert_eq!(
        to(DurationSecondArray::from(vec![5]), "duration[ms]"),
        is(DurationMillisecondArray::from(vec![5_000]))
    );
}

#[test]
fn integers_are_counts_of_the_unit() {
    let one = |value: i64| Int64Array::from(vec![0, value]);
    assert_eq!(to(one(1500), "duration[ms]"), is(DurationMillisecondArray::from(vec![0, 1500])));
    assert_eq!(
        to(one(-1), "timestamp[us, UTC]"),
        is(TimestampMicrosecondArray::from(vec![0, -1]).with_timezone("UTC"))
    );
    assert_eq!(to(one(-1), "date32"), is(Date32Array::from(vec![0, -1])));
    assert_eq!(to(one(86_400_000), "date64"), is(Date64Array::from(vec![0, 86_400_000])));
    assert_eq!(to(one(1), "date64"), misfit(1));
    assert_eq!(to(one(86_399), "time32[s]"), is(Time32SecondArray::from(vec![0, 86_399])));
    assert_eq!(to(one(86_400), "time32[s]"), misfit(1));
    assert_eq!(to(one(-1), "time64[ns]"), misfit(1));
    assert_eq!(to(one(14), "interval[year_month]"), is(IntervalYearMonthArray::from(vec![0, 14])));
    assert_eq!(to(one(1 << 31), "interval[year_month]"), misfit(1));
    assert_eq!(to(UInt64Array::from(vec![u64::MAX]), "duration[ns]"), misfit(0));
}

#[test]
fn durations_and_intervals() {
    let texts = |texts: &[&str]| StringArray::from(texts.to_vec());
    assert_eq!(to(texts(&["PT1.5S"]), "duration[ms]"), is(DurationMillisecondArray::from(vec![1500])));
    assert_eq!(to(texts(&["PT1S", "PT1.5S"]), "duration[s]"), misfit(1));
    assert_eq!(to(texts(&["-P1Y2M"]), "interval[year_month]"), is(IntervalYearMonthArray::from(vec![-14])));
    assert_eq!(to(texts(&["P1Y", "P1D"]), "interval[year_month]"), misfit(1));
    let day_time = || IntervalDayTimeArray::from(vec![IntervalDayTime::new(3, -500)]);
    assert_eq!(to(texts(&["P3DT-0.5S"]), "interval[day_time]"), is(day_time()));
    assert_eq!(to(texts(&["PT0.0001S"]), "interval[day_time]"), misfit(0));
    let nano = || IntervalMonthDayNanoArray::from(vec![IntervalMonthDayNano::new(1, 2, 3)]);
    assert_eq!(to(texts(&["P1M2DT0.000000003S"]), "interval[month_day_nano]"), is(nano()));

    let parts = |names: &[&str], values: &[i64]| {
        let column = |value: &i64| Arc::new(Int64Array::from(vec![*value])) as ArrayRef;
        let field = |name: &&str| Field::new(*name, DataType::Int64, true);
        let fields: Vec<Field> = names.iter().map(field).collect();
        StructArray::new(fields.into(), values.iter().map(column).collect(), None)
    };
    let names = ["months", "days", "nanoseconds"];
    assert_eq!(to(parts(&names, &[1, 2, 3]), "interval[month_day_nano]"), is(nano()));
    assert_eq!(to(parts(&names, &[1 << 31, 2, 3]), "interval[month_day_nano]"), misfit(0));
    assert_eq!(
        to(parts(&["months"], &[14]), "interval[year_month]"),
        is(IntervalYearMonthArray::from(vec![14]))
    );
    assert_eq!(to(parts(&["milliseconds", "days"], &[-500, 3]), "interval[day_time]"), is(day_time()));
    let no_way = to(parts(&["days", "hours"], &[1, 1]), "interval[day_time]");
    assert_eq!(no_way, Err((Code::ConfigCannotConvert, None)));
}

#[test]
fn maps() {
    let mut builder = MapBuilder::new(None, StringBuilder::new(), Int64Builder::new());
    for key in ["1", "2"] {
        builder.keys().append_value(key);
        builder.values().append_value(300);
        builder.append(true).unwrap();
        builder.append(false).unwrap();
    }
    let map = builder.finish();
    let found = to(map.clone(), "map<int8, float32>").unwrap();
    let found = found.as_map();
    assert_eq!(found.keys().as_ref(), &Int8Array::from(vec![1, 2]));
    assert_eq!(found.values().as_ref(), &Float32Array::from(vec![300.0, 300.0]));
    assert_eq!(found.nulls(), map.nulls());
    assert_eq!(found.value_offsets(), [0, 1, 1, 2, 2]);
    assert_eq!(to(map.slice(2, 2), "map<int8, int64>").unwrap().as_map().value_offsets(), [0, 1, 1]);
    assert_eq!(to(map, "map<string, int8>"), misfit(0));
}

#[test]
fn texts_of_nested_values_are_json() {
    let texts = StringArray::from(vec![Some("[1, null, 2.5]"), None, Some("[]")]);
    let lists = [Some(vec![Some(1.0), None, Some(2.5)]), None, Some(vec![])];
    let lists = ListArray::from_iter_primitive::<Float32Type, _, _>(lists);
    let found = to(texts, "list<float32>").unwrap();
    assert_eq!(found.as_list::<i32>().iter().collect::<Vec<_>>(), lists.iter().collect::<Vec<_>>());
    let text = |text: &str| StringArray::from(vec!["{}", text]);
    let found = to(text(r#"{"a": "1.5", "b": true}"#), "map<string, string>").unwrap();
    assert_eq!(found.as_map().values().as_ref(), &StringArray::from(vec!["1.5", "true"]));
    for bad in ["[", "[1] 2", "1", "{\"a\": {}}", "\"a\""] {
        assert_eq!(to(text(bad), "map<string, int8>"), misfit(1), "{bad}");
    }
    assert_eq!(to(text("[[1]]"), "map<int8, int8>"), misfit(1));
    assert_eq!(to(text("[[null, 1]]"), "map<int8, int8>"), misfit(1));
    let found = to(text("[[7, 1]]"), "map<int8, int8>").unwrap();
    assert_eq!(found.as_map().keys().as_ref(), &Int8Array::from(vec![7]));
}

#[test]
fn text_bytes_and_dictionaries() {
    let words = vec![Some("a"), None, Some("日本")];
    assert_eq!(
        to(StringArray::from(words.clone()), "large_string"),
        is(LargeStringArray::from(words.clone()))
    );
    assert_eq!(
        to(LargeStringArray::from(words.clone()), "string_view"),
        is(StringViewArray::from(words.clone()))
    );
    assert_eq!(to(StringViewArray::from(words.clone()), "string"), is(StringArray::from(words.clone())));
    let bytes = || BinaryArray::from(vec![b"a".as_slice()]);
    assert_eq!(to(bytes(), "large_binary"), is(LargeBinaryArray::from(vec![b"a".as_slice()])));
    let fixed = FixedSizeBinaryArray::try_from_iter([b"ab", b"cd"].into_iter()).unwrap();
    let two = || BinaryArray::from(vec![b"ab".as_slice(), b"cd"]);
    assert_eq!(to(two(), "fixed_binary(2)"), is(fixed.clone()));
    assert_eq!(to(fixed, "binary"), is(two()));
    assert_eq!(to(BinaryArray::from(vec![b"ab".as_slice(), b"c"]), "fixed_binary(2)"), misfit(1));
    let keyed = to(StringArray::from(words.clone()), "dictionary<uint32, large_string>").unwrap();
    assert_eq!(to(keyed, "string"), is(StringArray::from(words.clone())));
    assert_eq!(
        to(StringArray::from(words.clone()), "dictionary<int16, string>"),
        Err((Code::ConfigCannotConvert, None))
    );
    let dictionary: DictionaryArray<Int8Type> = words.iter().copied().collect();
    assert_eq!(to(dictionary, "string"), is(StringArray::from(words)));
    assert_eq!(to(NullArray::new(2), "date32"), is(Date32Array::new_null(2)));
    assert_eq!(to(Date32Array::new_null(2), "null"), is(NullArray::new(2)));
    assert_eq!(to(StringArray::from(vec![None, Some("")]), "null"), misfit(1));
}

#[test]
fn lists_and_structs() {
    let lists = || {
        ListArray::from_iter_primitive::<Int64Type, _, _>([
            Some(vec![Some(1), None]),
            None,
            Some(vec![Some(300), Some(4)]),
        ])
    };
    let fixed = FixedSizeListArray::from_iter_primitive::<Int16Type, _, _>(
        [Some(vec![Some(1), None]), None, Some(vec![Some(300), Some(4)])],
        2,
    );
    let found = to(lists(), "fixed_list<int16, 2>").unwrap();
    assert_eq!(found.as_fixed_size_list().iter().collect::<Vec<_>>(), fixed.iter().collect::<Vec<_>>());
    assert_eq!(to(lists(), "list<uint8>"), misfit(2));
    assert_eq!(to(lists(), "fixed_list<int16, 3>"), misfit(0));
    assert_eq!(
        to(fixed, "large_list<int64>").unwrap().as_list::<i64>().value(2).as_ref(),
        &Int64Array::from(vec![300, 4])
    );

    let x: ArrayRef = Arc::new(Int64Array::from(vec![5000, 2]));
    let hidden = StructArray::new(
        vec![Field::new("x", DataType::Int64, true)].into(),
        vec![x],
        Some(vec![false, true].into()),
    );
    let found = to(hidden, "struct<x: int8>").unwrap();
    assert_eq!(found.as_struct().column(0).as_ref(), &Int8Array::from(vec![None, Some(2)]));
}

#[test]
fn texts() {
    let texts = |texts: &[&str]| StringArray::from(texts.to_vec());
    let some = StringViewArray::from(vec![Some("7"), None, Some("-08")]);
    assert_eq!(to(some, "int8"), is(Int8Array::from(vec![Some(7), None, Some(-8)])));
    assert_eq!(to(texts(&["127", "128"]), "int8"), misfit(1));
    assert_eq!(to(texts(&["1", "1.0"]), "int64"), misfit(1));
    assert_eq!(to(texts(&["18446744073709551615"]), "uint64"), is(UInt64Array::from(vec![u64::MAX])));
    assert_eq!(to(texts(&["true", "FALSE"]), "boolean"), is(BooleanArray::from(vec![true, false])));
    assert_eq!(to(texts(&["true", "1"]), "boolean"), misfit(1));
    assert_eq!(
        to(texts(&["0.1", "-Infinity", "1e3"]), "float64"),
        is(Float64Array::from(vec![0.1, f64::NEG_INFINITY, 1000.0]))
    );
    assert_eq!(to(texts(&["9007199254740993"]), "float64"), misfit(0));
    assert_eq!(to(texts(&["0.5", "1e39"]), "float32"), misfit(1));
    assert_eq!(to(texts(&["16777217", "1e-50"]), "float32"), is(Float32Array::from(vec![16777216.0, 0.0])));
    assert_eq!(to(texts(&["9007199254740993"]), "float32"), misfit(0));
    assert_eq!(to(texts(&["0.5", "65520"]), "float16"), misfit(1));
    assert_eq!(to(texts(&["YWI=", ""]), "binary"), is(BinaryArray::from(vec![b"ab".as_slice(), b""])));
    assert_eq!(to(texts(&["YWI=", "YWI"]), "binary"), misfit(1));
    assert_eq!(to(texts(&["YWI="]), "fixed_binary(3)"), misfit(0));
    assert_eq!(to(texts(&["0.1", "1234568000"]), "float32"), is(Float32Array::from(vec![0.1, 1234567936.0])));
    let decimal = Decimal128Array::from(vec![1250, -1]).with_precision_and_scale(12, 2).unwrap();
    assert_eq!(to(texts(&["12.5", "-1e-2"]), "decimal(12,2)"), is(decimal));
    assert_eq!(to(texts(&["12.505"]), "decimal(12,2)"), misfit(0));
    assert_eq!(to(texts(&["1234567"]), "decimal32(6,0)"), misfit(0));
    let huge = Decimal256Array::from(vec![i256::from_string(&"9".repeat(76)).unwrap()]);
    assert_eq!(
        to(texts(&[&"9".repeat(76)]), "decimal(76,0)"),
        is(huge.with_precision_and_scale(76, 0).unwrap())
    );
    assert_eq!(to(texts(&["1970-01-02"]), "date32"), is(Date32Array::from(vec![1])));
    assert_eq!(to(texts(&["1970-01-02"]), "date64"), is(Date64Array::from(vec![86_400_000])));
    assert_eq!(to(texts(&["1970-01-02", "1970-01-02T00:00:00"]), "date32"), misfit(1));
    assert_eq!(to(texts(&["00:00:01.5"]), "time32[ms]"), is(Time32MillisecondArray::from(vec![1500])));
    assert_eq!(to(texts(&["00:00:01.5"]), "time32[s]"), misfit(0));
    assert_eq!(to(texts(&["24:00:00"]), "time64[ns]"), misfit(0));
}

#[test]
fn texts_of_times_keep_their_offset() {
    let text = |text: &str| StringArray::from(vec![text.to_owned()]);
    let (local, utc) = ("1970-01-01T01:00:00", "1970-01-01T01:00:00+01:00");
    assert_eq!(to(text(local), "timestamp[s]"), is(TimestampSecondArray::from(vec![3600])));
    assert_eq!(
        to(text(local), "timestamp[s, UTC]"),
        is(TimestampSecondArray::from(vec![3600]).with_timezone("UTC"))
    );
    assert_eq!(to(text(local), "timestamp[s, Europe/Paris]"), misfit(0));
    assert_eq!(to(text(utc), "timestamp[s]"), misfit(0));
    let paris = TimestampSecondArray::from(vec![0]).with_timezone("Europe/Paris");
    assert_eq!(to(text(utc), "timestamp[s, Europe/Paris]"), is(paris));
}

#[test]
fn no_way() {
    for (from, target) in [
        ("string", "dictionary<uint8, string>"),
        ("int32", "string"),
        ("boolean", "int8"),
        ("timestamp[ms]", "int64"),
        ("int64", "interval[day_time]"),
        ("float64", "timestamp[ms]"),
        ("time32[s]", "duration[s]"),
        ("decimal(5, 2)", "float64"),
        ("decimal(5, 2)", "timestamp[s]"),
        ("map<string, int8>", "struct<a: int8>"),
        ("list<int32>", "list<string>"),
        ("struct<a: int8>", "struct<b: int8>"),
        ("int32", "list<int32>"),
    ] {
        let error = judge(&parse(from).unwrap(), &parse(target).unwrap(), "c").unwrap_err();
        assert_eq!(
            (error.code, error.place.field.as_deref()),
            (Code::ConfigCannotConvert, Some("schema.c")),
            "{from} {target}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    /// There and back again gives the same values, wherever the way there was open.
    #[test]
    fn nothing_is_changed(seed: u64) {
        let mut random = Random(seed);
        let types = tables::all_types();
        let (from, target) = (&types[random.below(types.len())], &types[random.below(types.len())]);
        let array = tables::array(&mut random, from, true, 3);
        if judge(from, target, "c").is_ok()
            && judge(target, from, "c").is_ok()
            && let Ok(there) = convert(&array, target, "c", 0)
        {
            // A declared float takes the nearest value.
            let print = |data_type| tableport::table::types::print(data_type);
            if ["float16", "float32"].iter().any(|float| print(target).contains(float)) && print(from) != print(target) {
                return Ok(());
            }
            // The way back may be narrower: integers become floats within the digits that every one of them has.
            let Ok(back) = convert(&there, from, "c", 0) else { return Ok(()) };
            let is_nan = |array: &ArrayRef| format!("{array:?}").contains("NaN");
            prop_assert!(back.as_ref() == array.as_ref() || is_nan(&array), "{:?}\n{:?}", array, back);
        }
    }
}
