//! Durations and intervals: of text, and of objects of their parts.

use std::sync::Arc;

use arrow::array::{
    Array, AsArray, IntervalDayTimeArray, IntervalMonthDayNanoArray, IntervalYearMonthArray, StringArray,
    StructArray,
};
use arrow::datatypes::{
    DataType, Int32Type, Int64Type, IntervalDayTime, IntervalMonthDayNano, IntervalUnit, ToByteSlice,
};

use super::numbers::{collect, collect_counts, per_second};
use super::{Converted, Misfit, nested};
use crate::table::text::period::period;
use crate::table::types::interval_parts;

/// ISO 8601 texts as `target`, a duration or an interval.
pub fn parse(texts: &StringArray, target: &DataType) -> Converted {
    let said = |row| period(texts.value(row));
    match target {
        DataType::Duration(unit) => {
            let per_second = per_second(unit);
            collect_counts(texts, target, &mut |row| Some(said(row)?.duration(per_second)?.into()))
        }
        DataType::Interval(IntervalUnit::YearMonth) => collect_counts(texts, target, &mut |row| {
            let period = said(row)?;
            (period.days == 0 && period.nanoseconds == 0).then_some(period.months)
        }),
        DataType::Interval(IntervalUnit::DayTime) => collect(texts, target, &mut |row, bytes| {
            let period = said(row)?;
            let is_whole = period.months == 0 && period.nanoseconds % 1_000_000 == 0;
            let milliseconds = is_whole.then_some(period.nanoseconds / 1_000_000)?;
            let interval = IntervalDayTime::new(period.days.try_into().ok()?, milliseconds.try_into().ok()?);
            bytes.copy_from_slice(interval.to_byte_slice());
            Some(())
        }),
        _ => collect(texts, target, &mut |row, bytes| {
            let period = said(row)?;
            let (months, days) = (period.months.try_into().ok()?, period.days.try_into().ok()?);
            let interval = IntervalMonthDayNano::new(months, days, period.nanoseconds.try_into().ok()?);
            bytes.copy_from_slice(interval.to_byte_slice());
            Some(())
        }),
    }
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
