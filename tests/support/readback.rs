//! Whether a text says what an array holds, told without the code that wrote it.

use std::collections::BTreeMap;

use arrow::array::*;
use arrow::datatypes::*;
use base64::Engine;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use serde_json::value::RawValue;

/// Asserts that `json` is the value at `row`.
pub fn json(array: &dyn Array, row: usize, json: &RawValue) {
    let raw = json.get();
    if array.logical_nulls().is_some_and(|nulls| nulls.is_null(row)) {
        assert_eq!(raw, "null", "{}", array.data_type());
        return;
    }
    match array.data_type() {
        DataType::List(_) => items(array.as_list::<i32>().value(row).as_ref(), raw),
        DataType::LargeList(_) => items(array.as_list::<i64>().value(row).as_ref(), raw),
        DataType::FixedSizeList(_, _) => items(array.as_fixed_size_list().value(row).as_ref(), raw),
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            let object: BTreeMap<String, Box<RawValue>> = serde_json::from_str(raw).unwrap();
            assert_eq!(object.len(), fields.len());
            for (field, column) in fields.iter().zip(columns) {
                self::json(column.as_ref(), row, &object[field.name()]);
            }
        }
        DataType::Map(_, _) => map(&array.as_map().value(row), raw),
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_any_dictionary();
            let key = dictionary.normalized_keys()[row];
            self::json(dictionary.values().as_ref(), key, json);
        }
        data_type => {
            let is_string = raw.starts_with('"');
            let text = if is_string { serde_json::from_str(raw).unwrap() } else { raw.to_owned() };
            scalar(array, row, &text);
            let is_number = data_type.is_numeric() || *data_type == DataType::Boolean;
            let is_finite = !matches!(text.as_str(), "NaN" | "Infinity" | "-Infinity");
            assert_eq!(is_string, !(is_number && is_finite), "{data_type}: {raw}");
        }
    }
}

fn items(items: &dyn Array, raw: &str) {
    let values: Vec<Box<RawValue>> = serde_json::from_str(raw).unwrap();
    assert_eq!(values.len(), items.len());
    for (row, value) in values.iter().enumerate() {
        json(items, row, value);
    }
}

fn map(entries: &StructArray, raw: &str) {
    let [keys, values] = entries.columns() else { panic!("a map of pairs") };
    if keys.data_type().is_numeric() {
        let pairs: Vec<[Box<RawValue>; 2]> = serde_json::from_str(raw).unwrap();
        assert_eq!(pairs.len(), entries.len());
        for (row, [key, value]) in pairs.iter().enumerate() {
            json(keys, row, key);
            json(values, row, value);
        }
        return;
    }
    let object: BTreeMap<String, Box<RawValue>> = serde_json::from_str(raw).unwrap();
    assert_eq!(object.len(), entries.len());
    let keys = arrow::compute::cast(keys, &DataType::Utf8).unwrap();
    for (row, key) in keys.as_string::<i32>().iter().enumerate() {
        json(values, row, &object[key.unwrap()]);
    }
}

/// Asserts that `text` is that of the scalar at `row`, which is there.
pub fn scalar(array: &dyn Array, row: usize, text: &str) {
    use DataType as T;
    let floats = |wide: f64, read: f64| {
        assert!(
            wide == read && wide.is_sign_negative() == read.is_sign_negative()
                || wide.is_nan() && read.is_nan(),
            "{text}"
        )
    };
    match array.data_type() {
        T::Boolean => assert_eq!(text.parse(), Ok(array.as_boolean().value(row))),
        T::Float16 => floats(
            array.as_primitive::<Float16Type>().value(row).to_f64(),
            text.parse::<f32>().unwrap().into(),
        ),
        T::Float32 => {
            floats(array.as_primitive::<Float32Type>().value(row).into(), text.parse::<f32>().unwrap().into())
        }
        T::Float64 => floats(array.as_primitive::<Float64Type>().value(row), text.parse().unwrap()),
        T::Decimal32(_, s) => decimal(i256::from(array.as_primitive::<Decimal32Type>().value(row)), *s, text),
        T::Decimal64(_, s) => decimal(i256::from(array.as_primitive::<Decimal64Type>().value(row)), *s, text),
        T::Decimal128(_, s) => {
            decimal(i256::from_i128(array.as_primitive::<Decimal128Type>().value(row)), *s, text)
        }
        T::Decimal256(_, s) => decimal(array.as_primitive::<Decimal256Type>().value(row), *s, text),
        T::Utf8 | T::LargeUtf8 | T::Utf8View => {
            let one = arrow::compute::cast(&array.slice(row, 1), &T::Utf8).unwrap();
            assert_eq!(text, one.as_string::<i32>().value(0));
        }
        T::Binary | T::LargeBinary | T::BinaryView | T::FixedSizeBinary(_) => {
            let one = arrow::compute::cast(&array.slice(row, 1), &T::Binary).unwrap();
            let bytes = base64::engine::general_purpose::STANDARD.decode(text);
            assert_eq!(bytes.as_deref(), Ok(one.as_binary::<i32>().value(0)));
        }
        T::Interval(_) => interval(array, row, text),
        data_type if data_type.is_temporal() => {
            assert_eq!(ticks(data_type, text), integer(array, row), "{text}")
        }
        _ => assert_eq!(text.parse(), Ok(integer(array, row))),
    }
}

fn integer(array: &dyn Array, row: usize) -> i128 {
    if *array.data_type() == DataType::UInt64 {
        return array.as_primitive::<UInt64Type>().value(row).into();
    }
    let one = array.slice(row, 1);
    let narrow = matches!(array.data_type(), DataType::Date32 | DataType::Time32(_));
    let one = if narrow { arrow::compute::cast(&one, &DataType::Int32).unwrap() } else { one };
    arrow::compute::cast(&one, &DataType::Int64).unwrap().as_primitive::<Int64Type>().value(0).into()
}

fn decimal(value: i256, scale: i8, text: &str) {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    assert_eq!(fraction.len(), scale.max(0) as usize, "{text}");
    assert!(
        whole.trim_start_matches('-') == "0" || !whole.trim_start_matches('-').starts_with('0'),
        "{text}"
    );
    let digits = i256::from_string(&format!("{whole}{fraction}")).unwrap();
    let stretched = value.wrapping_mul(i256::from_i128(10).wrapping_pow(u32::from((-scale).max(0) as u8)));
    assert_eq!(digits, stretched, "{text}");
}

fn ticks(data_type: &DataType, text: &str) -> i128 {
    let per_second = |unit: &TimeUnit| match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000_i128,
    };
    let scaled = |seconds: i64, nanos: u32, unit: &TimeUnit| {
        let nanos = i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        assert_eq!(nanos * per_second(unit) % 1_000_000_000, 0);
        nanos / (1_000_000_000 / per_second(unit))
    };
    let days = |text| NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap().to_epoch_days();
    match data_type {
        DataType::Date32 => days(text).into(),
        DataType::Date64 => i128::from(days(text)) * 86_400_000,
        DataType::Time32(unit) | DataType::Time64(unit) => {
            let time = NaiveTime::parse_from_str(text, "%H:%M:%S%.f").unwrap();
            scaled(time.num_seconds_from_midnight().into(), time.nanosecond(), unit)
        }
        DataType::Timestamp(unit, zone) => {
            assert_eq!(text.ends_with('Z'), zone.is_some());
            let text = text.trim_end_matches('Z');
            let instant = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").unwrap().and_utc();
            scaled(instant.timestamp(), instant.timestamp_subsec_nanos(), unit)
        }
        DataType::Duration(unit) => {
            let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
            let seconds = rest.strip_prefix("PT").and_then(|rest| rest.strip_suffix('S')).unwrap();
            sign * seconds_as_ticks(seconds, per_second(unit))
        }
        other => panic!("{other}"),
    }
}

/// `1.500` with 1,000 ticks a second is 1,500.
fn seconds_as_ticks(text: &str, per_second: i128) -> i128 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    assert_eq!(10_i128.pow(fraction.len() as u32), per_second, "{text}");
    format!("{whole}{fraction}").parse().unwrap()
}

fn interval(array: &dyn Array, row: usize, text: &str) {
    let (date, time) = text.strip_prefix('P').unwrap().split_once('T').unwrap_or((&text[1..], ""));
    assert!(!date.is_empty() || !time.is_empty());
    let mut parts: BTreeMap<char, i128> = BTreeMap::new();
    let mut rest = date;
    while let Some(end) = rest.find(|c: char| c.is_ascii_alphabetic()) {
        assert!(parts.insert(rest[end..].chars().next().unwrap(), rest[..end].parse().unwrap()).is_none());
        rest = &rest[end + 1..];
    }
    let mut part = |designator| parts.remove(&designator).unwrap_or(0);
    let months = part('Y') * 12 + part('M');
    let days = part('D');
    assert!(parts.is_empty() && rest.is_empty(), "{text}");
    let seconds = |per_second| match time.strip_suffix('S') {
        None => 0,
        Some(seconds) => seconds_as_ticks(seconds, per_second),
    };
    match array.data_type() {
        DataType::Interval(IntervalUnit::YearMonth) => {
            assert_eq!(months, array.as_primitive::<IntervalYearMonthType>().value(row).into());
        }
        DataType::Interval(IntervalUnit::DayTime) => {
            let value = array.as_primitive::<IntervalDayTimeType>().value(row);
            assert_eq!((days, seconds(1_000)), (value.days.into(), value.milliseconds.into()));
        }
        _ => {
            let value = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
            assert_eq!((months, days), (value.months.into(), value.days.into()));
            assert_eq!(seconds(1_000_000_000), value.nanoseconds.into());
        }
    }
}
