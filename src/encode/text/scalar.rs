//! The values of one column of a type without children.

use std::ops::Range;

use arrow::array::{
    Array, AsArray, BinaryArray, BinaryViewArray, FixedSizeBinaryArray, LargeBinaryArray, LargeStringArray,
    StringArray, StringViewArray,
};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::digits::{Window, put};
use super::{Fault, decimal, interval, number, temporal};

type Float16 = <Float16Type as ArrowPrimitiveType>::Native;

/// An array of scalars, downcast once.
pub enum Scalar<'a> {
    Null,
    Boolean(&'a BooleanBuffer),
    Int8(&'a [i8]),
    Int16(&'a [i16]),
    Int32(&'a [i32]),
    Int64(&'a [i64]),
    UInt8(&'a [u8]),
    UInt16(&'a [u16]),
    UInt32(&'a [u32]),
    UInt64(&'a [u64]),
    Float16(&'a [Float16]),
    Float32(&'a [f32]),
    Float64(&'a [f64]),
    Decimal32(&'a [i32], i8),
    Decimal64(&'a [i64], i8),
    Decimal128(&'a [i128], i8),
    Decimal256(&'a [i256], i8),
    Date32(&'a [i32]),
    Date64(&'a [i64]),
    Time32(&'a [i32], TimeUnit),
    Time64(&'a [i64], TimeUnit),
    Timestamp { ticks: &'a [i64], unit: TimeUnit, zoned: bool },
    Duration(&'a [i64], TimeUnit),
    YearMonth(&'a [i32]),
    DayTime(&'a [IntervalDayTime]),
    MonthDayNano(&'a [IntervalMonthDayNano]),
    Text(Text<'a>),
    Binary(Binary<'a>),
}

/// What to do with the way in which the values of a column are written.
pub trait Visit {
    type Output;

    /// `write` writes the text of a row's value, and gives its length.
    fn with(self, write: impl FnMut(usize, &mut Window) -> Result<usize, Fault>) -> Self::Output;
}

/// Appends the value of one row.
struct One<'a> {
    row: usize,
    out: &'a mut Vec<u8>,
}

impl Visit for One<'_> {
    type Output = Result<(), Fault>;

    #[inline]
    fn with(self, mut write: impl FnMut(usize, &mut Window) -> Result<usize, Fault>) -> Self::Output {
        let mut window = [0; size_of::<Window>()];
        let length = write(self.row, &mut window)?;
        self.out.extend_from_slice(&window[..length]);
        Ok(())
    }
}

/// Strings, in any of Arrow's layouts.
pub enum Text<'a> {
    Small(&'a StringArray),
    Large(&'a LargeStringArray),
    View(&'a StringViewArray),
}

impl<'a> Text<'a> {
    pub fn value(&self, row: usize) -> &'a str {
        match self {
            Text::Small(array) => array.value(row),
            Text::Large(array) => array.value(row),
            Text::View(array) => array.value(row),
        }
    }
}

/// Bytes, in any of Arrow's layouts.
pub enum Binary<'a> {
    Small(&'a BinaryArray),
    Large(&'a LargeBinaryArray),
    Fixed(&'a FixedSizeBinaryArray),
    View(&'a BinaryViewArray),
}

impl<'a> Binary<'a> {
    fn value(&self, row: usize) -> &'a [u8] {
        match self {
            Binary::Small(array) => array.value(row),
            Binary::Large(array) => array.value(row),
            Binary::Fixed(array) => array.value(row),
            Binary::View(array) => array.value(row),
        }
    }
}

impl<'a> Scalar<'a> {
    /// The values of `array`, or `None` where its type has children or is none that has a text.
    pub fn of(array: &'a dyn Array) -> Option<Self> {
        use DataType as T;
        Some(match array.data_type() {
            T::Null => Scalar::Null,
            T::Boolean => Scalar::Boolean(array.as_boolean().values()),
            T::Int8 => Scalar::Int8(values::<Int8Type>(array)),
            T::Int16 => Scalar::Int16(values::<Int16Type>(array)),
            T::Int32 => Scalar::Int32(values::<Int32Type>(array)),
            T::Int64 => Scalar::Int64(values::<Int64Type>(array)),
            T::UInt8 => Scalar::UInt8(values::<UInt8Type>(array)),
            T::UInt16 => Scalar::UInt16(values::<UInt16Type>(array)),
            T::UInt32 => Scalar::UInt32(values::<UInt32Type>(array)),
            T::UInt64 => Scalar::UInt64(values::<UInt64Type>(array)),
            T::Float16 => Scalar::Float16(values::<Float16Type>(array)),
            T::Float32 => Scalar::Float32(values::<Float32Type>(array)),
            T::Float64 => Scalar::Float64(values::<Float64Type>(array)),
            T::Decimal32(_, scale) => Scalar::Decimal32(values::<Decimal32Type>(array), *scale),
            T::Decimal64(_, scale) => Scalar::Decimal64(values::<Decimal64Type>(array), *scale),
            T::Decimal128(_, scale) => Scalar::Decimal128(values::<Decimal128Type>(array), *scale),
            T::Decimal256(_, scale) => Scalar::Decimal256(values::<Decimal256Type>(array), *scale),
            T::Utf8 => Scalar::Text(Text::Small(array.as_string())),
            T::LargeUtf8 => Scalar::Text(Text::Large(array.as_string())),
            T::Utf8View => Scalar::Text(Text::View(array.as_string_view())),
            T::Binary => Scalar::Binary(Binary::Small(array.as_binary())),
            T::LargeBinary => Scalar::Binary(Binary::Large(array.as_binary())),
            T::FixedSizeBinary(_) => Scalar::Binary(Binary::Fixed(array.as_fixed_size_binary())),
            T::BinaryView => Scalar::Binary(Binary::View(array.as_binary_view())),
            _ => return Scalar::temporal(array),
        })
    }

    fn temporal(array: &'a dyn Array) -> Option<Self> {
        use DataType as T;
        use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
        Some(match array.data_type() {
            T::Date32 => Scalar::Date32(values::<Date32Type>(array)),
            T::Date64 => Scalar::Date64(values::<Date64Type>(array)),
            T::Time32(Second) => Scalar::Time32(values::<Time32SecondType>(array), Second),
            T::Time32(Millisecond) => Scalar::Time32(values::<Time32MillisecondType>(array), Millisecond),
            T::Time64(Microsecond) => Scalar::Time64(values::<Time64MicrosecondType>(array), Microsecond),
            T::Time64(Nanosecond) => Scalar::Time64(values::<Time64NanosecondType>(array), Nanosecond),
            T::Timestamp(unit, zone) => {
                let ticks = match unit {
                    Second => values::<TimestampSecondType>(array),
                    Millisecond => values::<TimestampMillisecondType>(array),
                    Microsecond => values::<TimestampMicrosecondType>(array),
                    Nanosecond => values::<TimestampNanosecondType>(array),
                };
                Scalar::Timestamp { ticks, unit: *unit, zoned: zone.is_some() }
            }
            T::Duration(unit) => {
                let ticks = match unit {
                    Second => values::<DurationSecondType>(array),
                    Millisecond => values::<DurationMillisecondType>(array),
                    Microsecond => values::<DurationMicrosecondType>(array),
                    Nanosecond => values::<DurationNanosecondType>(array),
                };
                Scalar::Duration(ticks, *unit)
            }
            T::Interval(IntervalUnit::YearMonth) => Scalar::YearMonth(values::<IntervalYearMonthType>(array)),
            T::Interval(IntervalUnit::DayTime) => Scalar::DayTime(values::<IntervalDayTimeType>(array)),
            T::Interval(IntervalUnit::MonthDayNano) => {
                Scalar::MonthDayNano(values::<IntervalMonthDayNanoType>(array))
            }
            _ => return None,
        })
    }

    /// Appends the text of a value that is there. A null has none.
    pub fn write(&self, row: usize, out: &mut Vec<u8>) -> Result<(), Fault> {
        if let Some(written) = self.fixed(One { row, out }) {
            return written;
        }
        match self {
            Scalar::Decimal32(values, scale) => decimal::decimal128(values[row].into(), *scale, out),
            Scalar::Decimal64(values, scale) => decimal::decimal128(values[row].into(), *scale, out),
            Scalar::Decimal128(values, scale) => decimal::decimal128(values[row], *scale, out),
            Scalar::Decimal256(values, scale) => decimal::decimal256(values[row], *scale, out),
            Scalar::Duration(ticks, unit) => interval::duration(ticks[row], *unit, out),
            Scalar::YearMonth(months) => interval::year_month(months[row], out),
            Scalar::DayTime(values) => interval::day_time(values[row], out),
            Scalar::MonthDayNano(values) => interval::month_day_nano(values[row], out),
            Scalar::Text(text) => out.extend_from_slice(text.value(row).as_bytes()),
            Scalar::Binary(binary) => base64(binary.value(row), out),
            _ => {}
        }
        Ok(())
    }

    /// Hands on how the values of a type of a fixed width are written, decided once for all rows; `None` for others.
    #[inline]
    pub fn fixed<V: Visit>(&self, visit: V) -> Option<V::Output> {
        Some(match self {
            Scalar::Boolean(bits) => visit.with(|row, window| Ok(boolean(bits.value(row), window))),
            Scalar::Int8(values) => visit.with(|row, window| Ok(number::signed(values[row].into(), window))),
            Scalar::Int16(values) => visit.with(|row, window| Ok(number::signed(values[row].into(), window))),
            Scalar::Int32(values) => visit.with(|row, window| Ok(number::signed(values[row].into(), window))),
            Scalar::Int64(values) => visit.with(|row, window| Ok(number::signed(values[row], window))),
            Scalar::UInt8(values) => {
                visit.with(|row, window| Ok(number::unsigned(values[row].into(), window)))
            }
            Scalar::UInt16(values) => {
                visit.with(|row, window| Ok(number::unsigned(values[row].into(), window)))
            }
            Scalar::UInt32(values) => {
                visit.with(|row, window| Ok(number::unsigned(values[row].into(), window)))
            }
            Scalar::UInt64(values) => visit.with(|row, window| Ok(number::unsigned(values[row], window))),
            Scalar::Float16(values) => {
                visit.with(|row, window| Ok(number::float(values[row].to_f32(), window)))
            }
            Scalar::Float32(values) => visit.with(|row, window| Ok(number::float(values[row], window))),
            Scalar::Float64(values) => {
                let mut floats = number::Floats::default();
                visit.with(|row, window| Ok(floats.write(values[row], window)))
            }
            Scalar::Date32(days) => visit.with(|row, window| temporal::date(days[row].into(), window)),
            Scalar::Date64(milliseconds) => {
                visit.with(|row, window| temporal::date64(milliseconds[row], window))
            }
            Scalar::Time32(ticks, unit) => {
                visit.with(|row, window| temporal::time(ticks[row].into(), *unit, window))
            }
            Scalar::Time64(ticks, unit) => {
                visit.with(|row, window| temporal::time(ticks[row], *unit, window))
            }
            Scalar::Timestamp { ticks, unit, zoned } => {
                visit.with(|row, window| temporal::timestamp(ticks[row], *unit, *zoned, window))
            }
            _ => return None,
        })
    }

    /// Whether a float among the rows, or behind a null there, is not finite.
    pub fn any_non_finite(&self, rows: Range<usize>) -> bool {
        match self {
            Scalar::Float16(values) => values[rows].iter().any(|value| !value.is_finite()),
            Scalar::Float32(values) => !values[rows].iter().all(|value| value.is_finite()),
            Scalar::Float64(values) => !values[rows].iter().all(|value| value.is_finite()),
            _ => false,
        }
    }

    /// The name of a float that is not finite, where the value is one.
    pub fn non_finite(&self, row: usize) -> Option<&'static str> {
        let value = match self {
            Scalar::Float16(values) => values[row].to_f64(),
            Scalar::Float32(values) => values[row].into(),
            Scalar::Float64(values) => values[row],
            _ => return None,
        };
        (!value.is_finite()).then(|| number::non_finite_name(value))
    }

    /// Whether the text is a JSON value as it is: a number, `true` or `false`.
    pub fn is_bare_in_json(&self) -> bool {
        use Scalar::*;
        matches!(
            self,
            Boolean(_)
                | Int8(_)
                | Int16(_)
                | Int32(_)
                | Int64(_)
                | UInt8(_)
                | UInt16(_)
                | UInt32(_)
                | UInt64(_)
                | Float16(_)
                | Float32(_)
                | Float64(_)
                | Decimal32(..)
                | Decimal64(..)
                | Decimal128(..)
                | Decimal256(..)
        )
    }
}

fn values<T: ArrowPrimitiveType>(array: &dyn Array) -> &[T::Native] {
    array.as_primitive::<T>().values()
}

fn boolean(value: bool, window: &mut Window) -> usize {
    put(if value { *b"true " } else { *b"false" }, 0, window) - usize::from(value)
}

fn base64(bytes: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + bytes.len().div_ceil(3) * 4, 0);
    let written = BASE64.encode_slice(bytes, &mut out[start..]);
    debug_assert_eq!(written, Ok(out.len() - start));
}
