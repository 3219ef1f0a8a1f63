//! Durations and intervals: of text, and of objects of their parts.

use std::sync::Arc;

use arrow::array::{
    Array, ArrowPrimitiveType, AsArray, IntervalDayTimeArray, IntervalMonthDayNanoArray,
    IntervalYearMonthArray, PrimitiveArray, StringArray, StructArray,
};
use arrow::datatypes::{
    DataType, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType,
    Int32Type, Int64Type, IntervalDayTime, IntervalDayTimeType, IntervalMonthDayNano,
    IntervalMonthDayNanoType, IntervalUnit, IntervalYearMonthType, TimeUnit,
};

use super::numbers::per_second;
use super::{Converted, Misfit, nested};
use crate::table::text::period::{Period, period};
use crate::table::types::interval_parts;

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

/// Structs of [`interval_parts`] as `target`. A part that is null is 0.
pub fn of_parts(array: &StructArray, unit: IntervalUnit) -> Converted {
    let parts = nested::structs(array, &interval_parts(unit))?;
    let parts = parts.as_struct();
    let int = |name: &str| {
        let column = parts.column_by_name(name).and_then(|column| column.as_primitive_opt::<Int32Type>());
        let column = column.ok_or(Misfit::Type)?;
        Ok(move |row: usize| if column.is_null(row) { 0 } else { column.value(row) })
    };
    let nulls = array.nulls().cloned();
    Ok(match unit {
        IntervalUnit::YearMonth => {
            let months = int("months")?;
            let values = (0..array.len()).map(months).collect();
            Arc::new(IntervalYearMonthArray::new(values, nulls))
        }
        IntervalUnit::DayTime => {
            let (days, milliseconds) = (int("days")?, int("milliseconds")?);
            let value = |row| IntervalDayTime::new(days(row), milliseconds(row));
            Arc::new(IntervalDayTimeArray::new((0..array.len()).map(value).collect(), nulls))
        }
        IntervalUnit::MonthDayNano => {
            let (months, days) = (int("months")?, int("days")?);
            let rest =
                parts.column_by_name("nanoseconds").and_then(|rest| rest.as_primitive_opt::<Int64Type>());
            let rest = rest.ok_or(Misfit::Type)?;
            let value = |row: usize| {
                let nanoseconds = if rest.is_null(row) { 0 } else { rest.value(row) };
                IntervalMonthDayNano::new(months(row), days(row), nanoseconds)
            };
            Arc::new(IntervalMonthDayNanoArray::new((0..array.len()).map(value).collect(), nulls))
        }
    })
}
