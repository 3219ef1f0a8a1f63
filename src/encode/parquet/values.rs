//! The values of columns as a Parquet file has them; see [`super::layout`].

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, FixedSizeListArray, GenericListArray, MapArray,
    OffsetSizeTrait, PrimitiveArray, StructArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    DecimalType, Field, FieldRef, IntervalDayTimeType, IntervalUnit, IntervalYearMonthType,
    Time32MillisecondType, Time32SecondType, TimeUnit, TimestampMillisecondType, TimestampSecondType,
};

use crate::error::{Code, Error};
use crate::table::pick;

/// A value that the file cannot hold.
pub struct Misfit {
    row: usize,
    message: &'static str,
}

impl Misfit {
    pub fn into_error(self, column: &str, first_row: u64) -> Error {
        Error::new(Code::FormatUnsupported, self.message)
            .in_column(column)
            .at_row(first_row + self.row as u64)
    }
}

/// Whether the values of this type are those of the file.
fn is_stored_as_is(data_type: &DataType) -> bool {
    use DataType::*;
    match data_type {
        Timestamp(TimeUnit::Second, _) | Time32(TimeUnit::Second) | Date64 | Interval(_) => false,
        Decimal32(..) | Decimal64(..) | Decimal128(..) | Decimal256(..) => false,
        Dictionary(_, values) => !values.is_nested() && is_stored_as_is(values),
        List(item) | LargeList(item) | FixedSizeList(item, _) | Map(item, _) => {
            is_stored_as_is(item.data_type())
        }
        Struct(fields) => fields.iter().all(|field| is_stored_as_is(field.data_type())),
        _ => true,
    }
}

/// The column with values that Parquet has a type for.
pub fn stored(array: &ArrayRef) -> Result<ArrayRef, Misfit> {
    use DataType::*;
    if is_stored_as_is(array.data_type()) {
        return Ok(array.clone());
    }
    match array.data_type() {
        Timestamp(TimeUnit::Second, zone) => {
            let message = "a timestamp in seconds is beyond what parquet holds in milliseconds";
            let scaled: PrimitiveArray<TimestampMillisecondType> =
                each(array.as_primitive::<TimestampSecondType>(), message, |seconds| {
                    seconds.checked_mul(1000)
                })?;
            Ok(Arc::new(scaled.with_timezone_opt(zone.clone())))
        }
        Time32(TimeUnit::Second) => {
            let message = "a time is beyond what parquet holds in milliseconds";
            let scaled: PrimitiveArray<Time32MillisecondType> =
                each(array.as_primitive::<Time32SecondType>(), message, |seconds| seconds.checked_mul(1000))?;
            Ok(Arc::new(scaled))
        }
        Date64 => {
            let message = "a date64 is not a whole day; give the column the type timestamp[ms] by schema";
            let days: PrimitiveArray<Date32Type> =
                each(array.as_primitive::<Date64Type>(), message, whole_days)?;
            Ok(Arc::new(days))
        }
        Interval(unit) => judge_interval(array, *unit),
        Decimal32(precision, scale) => {
            let array = judge_decimal(array.as_primitive::<Decimal32Type>(), *precision)?;
            let wide: PrimitiveArray<Decimal128Type> = array.unary(i128::from);
            Ok(Arc::new(wide.with_data_type(Decimal128(*precision, *scale))))
        }
        Decimal64(precision, scale) => {
            let array = judge_decimal(array.as_primitive::<Decimal64Type>(), *precision)?;
            let wide: PrimitiveArray<Decimal128Type> = array.unary(i128::from);
            Ok(Arc::new(wide.with_data_type(Decimal128(*precision, *scale))))
        }
        Decimal128(precision, _) => {
            judge_decimal(array.as_primitive::<Decimal128Type>(), *precision).map(|_| array.clone())
        }
        Decimal256(precision, _) => {
            judge_decimal(array.as_primitive::<Decimal256Type>(), *precision).map(|_| array.clone())
        }
        _ => stored_nested(array),
    }
}

fn stored_nested(array: &ArrayRef) -> Result<ArrayRef, Misfit> {
    match array.data_type() {
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let flat = pick::flat(dictionary).map_err(|_| BROKEN)?;
            stored(&flat)
        }
        DataType::List(item) => stored_list(array.as_list::<i32>(), item),
        DataType::LargeList(item) => stored_list(array.as_list::<i64>(), item),
        DataType::FixedSizeList(item, length) => {
            let list = array.as_fixed_size_list();
            let width = *length as usize;
            let items = stored(list.values()).map_err(|misfit| misfit.within(|index| index / width))?;
            let field = retyped(item, &items);
            let nulls = list.nulls().cloned();
            let list = FixedSizeListArray::try_new(field, *length, items, nulls);
            Ok(Arc::new(list.map_err(|_| BROKEN)?))
        }
        DataType::Map(entries, sorted) => {
            let map = array.as_map();
            let row = |index| row_of(map.offsets(), index);
            let stored = stored_struct(map.entries()).map_err(|misfit| misfit.within(row))?;
            let field = entries.as_ref().clone().with_data_type(stored.data_type().clone());
            let (offsets, nulls) = (map.offsets().clone(), map.nulls().cloned());
            let map = MapArray::try_new(Arc::new(field), offsets, stored, nulls, *sorted);
            Ok(Arc::new(map.map_err(|_| BROKEN)?))
        }
        _ => stored_struct(array.as_struct()).map(|array| Arc::new(array) as ArrayRef),
    }
}

fn stored_list<O: OffsetSizeTrait>(list: &GenericListArray<O>, item: &Field) -> Result<ArrayRef, Misfit> {
    let row = |index| row_of(list.offsets(), index);
    let items = stored(list.values()).map_err(|misfit| misfit.within(row))?;
    let (offsets, nulls) = (list.offsets().clone(), list.nulls().cloned());
    let list = GenericListArray::try_new(retyped(item, &items), offsets, items, nulls);
    Ok(Arc::new(list.map_err(|_| BROKEN)?))
}

fn stored_struct(array: &StructArray) -> Result<StructArray, Misfit> {
    let columns = array.columns().iter().map(stored).collect::<Result<Vec<_>, _>>()?;
    let fields = array.fields().iter().zip(&columns).map(|(field, column)| retyped(field, column)).collect();
    StructArray::try_new_with_length(fields, columns, array.nulls().cloned(), array.len()).map_err(|_| BROKEN)
}

/// Arrays built of the parts of a valid one are valid.
const BROKEN: Misfit = Misfit { row: 0, message: "a nested column breaks Arrow's rules" };

impl Misfit {
    /// The same, with the row of the list that the item is in.
    fn within(self, row: impl Fn(usize) -> usize) -> Misfit {
        Misfit { row: row(self.row), ..self }
    }
}

fn row_of<O: OffsetSizeTrait>(offsets: &OffsetBuffer<O>, index: usize) -> usize {
    offsets.partition_point(|offset| offset.as_usize() <= index).saturating_sub(1)
}

fn retyped(field: &Field, array: &ArrayRef) -> FieldRef {
    Arc::new(field.clone().with_data_type(array.data_type().clone()))
}

/// Every value changed; a null stays one, whatever lies behind it.
fn each<A, B>(
    array: &PrimitiveArray<A>,
    message: &'static str,
    change: impl Fn(A::Native) -> Option<B::Native>,
) -> Result<PrimitiveArray<B>, Misfit>
where
    A: ArrowPrimitiveType,
    B: ArrowPrimitiveType,
{
    array.try_unary(|value| change(value).ok_or(())).map_err(|()| {
        let misfit = |row: &usize| array.is_valid(*row) && change(array.value(*row)).is_none();
        Misfit { row: (0..array.len()).find(misfit).unwrap_or(0), message }
    })
}

/// Fails at the first value for which `holds` is false.
fn judge<A: ArrowPrimitiveType>(
    array: &PrimitiveArray<A>,
    message: &'static str,
    holds: impl Fn(A::Native) -> bool,
) -> Result<(), Misfit> {
    if array.values().iter().all(|value| holds(*value)) {
        return Ok(());
    }
    match (0..array.len()).find(|row| array.is_valid(*row) && !holds(array.value(*row))) {
        Some(row) => Err(Misfit { row, message }),
        None => Ok(()),
    }
}

/// Arrow does not see to it that a decimal has no more digits than its type says; the file has no room for more.
fn judge_decimal<T: DecimalType>(
    array: &PrimitiveArray<T>,
    precision: u8,
) -> Result<&PrimitiveArray<T>, Misfit> {
    let message = "a decimal has more digits than its type says";
    judge(array, message, |value| T::is_valid_decimal_precision(value, precision))?;
    Ok(array)
}

fn judge_interval(array: &ArrayRef, unit: IntervalUnit) -> Result<ArrayRef, Misfit> {
    let message = "an interval is negative, which parquet cannot hold";
    match unit {
        IntervalUnit::YearMonth => {
            judge(array.as_primitive::<IntervalYearMonthType>(), message, |months| months >= 0)?;
        }
        IntervalUnit::DayTime => {
            let holds = |value: <IntervalDayTimeType as ArrowPrimitiveType>::Native| {
                value.days >= 0 && value.milliseconds >= 0
            };
            judge(array.as_primitive::<IntervalDayTimeType>(), message, holds)?;
        }
        // Refused by its type, before any value comes.
        IntervalUnit::MonthDayNano => {}
    }
    Ok(array.clone())
}

fn whole_days(milliseconds: i64) -> Option<i32> {
    const DAY: i64 = 86_400_000;
    if milliseconds % DAY == 0 { i32::try_from(milliseconds / DAY).ok() } else { None }
}
