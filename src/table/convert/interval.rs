//! Durations and intervals: of text, and of objects of their parts.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray, StringArray, StructArray};
use arrow::datatypes::{
    DataType, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType,
    IntervalDayTime, IntervalDayTimeType, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit,
    IntervalYearMonthType, TimeUnit,
};

use super::numbers::{counts, per_second};
use super::{Converted, Misfit};
use crate::table::text::period::{Period, period};

/// ISO 8601 texts as `target`, a duration or an interval.
pub fn parse(texts: &StringArray, target: &DataType) -> Converted {
    let of = |unit: TimeUnit| move |period: Period| period.duration(per_second(&unit));
    match target {
        DataType::Duration(TimeUnit::Second) => each::<DurationSecondType>(texts, of(TimeUnit::Second)),
        DataType::Duration(TimeUnit::Millisecond) => {
            each::<DurationMillisecondType>(texts, of(TimeUnit::Millisecond))
        }
        DataType::Duration(TimeUnit::Microsecond) => {
            each::<DurationMicrosecondType>(texts, of(TimeUnit::Microsecond))
        }
        DataType::Duration(TimeUnit::Nanosecond) => {
            each::<DurationNanosecondType>(texts, of(TimeUnit::Nanosecond))
        }
        DataType::Interval(IntervalUnit::YearMonth) => each::<IntervalYearMonthType>(texts, |period| {
            (period.days == 0 && period.nanoseconds == 0).then_some(period.months)?.try_into().ok()
        }),
        DataType::Interval(IntervalUnit::DayTime) => each::<IntervalDayTimeType>(texts, |period| {
            let is_whole = period.months == 0 && period.nanoseconds % 1_000_000 == 0;
            let milliseconds = is_whole.then_some(period.nanoseconds / 1_000_000)?;
            Some(IntervalDayTime::new(period.days.try_into().ok()?, milliseconds.try_into().ok()?))
        }),
        _ => each::<IntervalMonthDayNanoType>(texts, |period| {
            Some(IntervalMonthDayNano::new(
                period.months.try_into().ok()?,
                period.days.try_into().ok()?,
                period.nanoseconds.try_into().ok()?,
            ))
        }),
    }
}

fn each<T: ArrowPrimitiveType>(
    texts: &StringArray,
    value: impl Fn(Period) -> Option<T::Native>,
) -> Converted {
    let parse = |(row, text): (usize, Option<&str>)| {
        text.map(|text| period(text).and_then(&value).ok_or(Misfit::Row(row))).transpose()
    };
    let values = texts.iter().enumerate().map(parse).collect::<Result<PrimitiveArray<T>, Misfit>>()?;
    Ok(Arc::new(values))
}

/// Structs of integers as `target`, an interval whose parts their fields name. A part that is null or missing is 0.
pub fn of_parts(array: &StructArray, target: &DataType) -> Converted {
    let names: &[&str] = match target {
        DataType::Interval(IntervalUnit::DayTime) => &["days", "milliseconds"],
        DataType::Interval(IntervalUnit::MonthDayNano) => &["months", "days", "nanoseconds"],
        _ => return Err(Misfit::Type),
    };
    if array.fields().iter().any(|field| !names.contains(&field.name().as_str())) {
        return Err(Misfit::Type);
    }
    let days = part(array, "days")?;
    match target {
        DataType::Interval(IntervalUnit::DayTime) => {
            let milliseconds = part(array, "milliseconds")?;
            gather::<IntervalDayTimeType>(array, |row| {
                let days = days(row).try_into().ok()?;
                Some(IntervalDayTime::new(days, milliseconds(row).try_into().ok()?))
            })
        }
        _ => {
            let (months, nanoseconds) = (part(array, "months")?, part(array, "nanoseconds")?);
            gather::<IntervalMonthDayNanoType>(array, |row| {
                let (months, days) = (months(row).try_into().ok()?, days(row).try_into().ok()?);
                Some(IntervalMonthDayNano::new(months, days, nanoseconds(row).try_into().ok()?))
            })
        }
    }
}

type Part = Box<dyn Fn(usize) -> i128>;

fn part(array: &StructArray, name: &str) -> Result<Part, Misfit> {
    let Some(column) = array.column_by_name(name).filter(|column| *column.data_type() != DataType::Null)
    else {
        return Ok(Box::new(|_| 0));
    };
    if !column.data_type().is_integer() {
        return Err(Misfit::Type);
    }
    let (value, column) = (counts(column).ok_or(Misfit::Type)?, column.clone());
    Ok(Box::new(move |row| if column.is_null(row) { 0 } else { value(row) }))
}

fn gather<T: ArrowPrimitiveType>(
    array: &StructArray,
    value: impl Fn(usize) -> Option<T::Native>,
) -> Converted {
    let value = |row| match array.is_null(row) {
        true => Ok(None),
        false => value(row).map(Some).ok_or(Misfit::Row(row)),
    };
    let values = (0..array.len()).map(value).collect::<Result<PrimitiveArray<T>, Misfit>>()?;
    Ok(Arc::new(values) as ArrayRef)
}
