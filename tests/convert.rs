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
    assert_eq!(to(Int32Array::from(vec![(1 << 24) + 1]), "float32"), misfit(0));
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
    assert_eq!(to(Float64Array::from(vec![0.5, 0.1]), "float32"), misfit(1));
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
    let dictionary: DictionaryArray<Int8Type> = words.iter().copied().collect();
    assert_eq!(to(dictionary, "string"), is(StringArray::from(words)));
    assert_eq!(to(NullArray::new(2), "date32"), is(Date32Array::new_null(2)));
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
    assert_eq!(to(texts(&["0.5", "16777217"]), "float32"), misfit(1));
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
        ("string", "binary"),
        ("string", "duration[s]"),
        ("string", "list<string>"),
        ("int32", "string"),
        ("boolean", "int8"),
        ("int64", "timestamp[ms]"),
        ("time32[s]", "duration[s]"),
        ("float64", "decimal(5, 2)"),
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
            // The way back may be narrower: integers become floats within the digits that every one of them has.
            let Ok(back) = convert(&there, from, "c", 0) else { return Ok(()) };
            let is_nan = |array: &ArrayRef| format!("{array:?}").contains("NaN");
            prop_assert!(back.as_ref() == array.as_ref() || is_nan(&array), "{:?}\n{:?}", array, back);
        }
    }
}
