//! The Arrow type of a column's values: by its logical type, its converted type where it has none, and what the
//! embedded Arrow schema adds.

use arrow::datatypes::{
    DECIMAL128_MAX_PRECISION, DECIMAL256_MAX_PRECISION, DataType, IntervalUnit, TimeUnit,
};
use parquet::basic::{
    ConvertedType as Converted, LogicalType as Logical, TimeUnit as Unit, Type as Physical,
};
use parquet::schema::types::Type;

/// The type of a primitive; `hint` is what the embedded schema has for it. `None` where the file's annotations
/// contradict its physical type.
pub fn leaf_type(primitive: &Type, width: usize, hint: Option<&DataType>) -> Option<DataType> {
    let info = primitive.get_basic_info();
    let logical = info.logical_type_ref();
    if logical == Some(&Logical::Unknown) {
        return Some(DataType::Null);
    }
    let decimal = || decimal(primitive);
    let converted = info.converted_type();
    let of_file = match primitive.get_physical_type() {
        Physical::BOOLEAN => DataType::Boolean,
        Physical::FLOAT => DataType::Float32,
        Physical::DOUBLE => DataType::Float64,
        // Of any day there is, unlike nanoseconds; and without what the hint says of its unit.
        Physical::INT96 => return Some(DataType::Timestamp(TimeUnit::Microsecond, None)),
        Physical::INT32 => int32(logical, converted, decimal)?,
        Physical::INT64 => int64(logical, converted, decimal)?,
        Physical::BYTE_ARRAY => byte_array(logical, converted, decimal)?,
        Physical::FIXED_LEN_BYTE_ARRAY => fixed(logical, converted, width, decimal)?,
    };
    Some(hint.map_or(of_file.clone(), |hint| refined(of_file, hint)))
}

fn decimal(primitive: &Type) -> Option<DataType> {
    let info = primitive.get_basic_info();
    let (precision, scale) = match info.logical_type_ref() {
        Some(Logical::Decimal(decimal)) => (decimal.precision, decimal.scale),
        _ => (primitive.get_precision(), primitive.get_scale()),
    };
    let (precision, scale) = (u8::try_from(precision).ok()?, i8::try_from(scale).ok()?);
    if precision == 0 || scale < 0 || scale as u8 > precision || precision > DECIMAL256_MAX_PRECISION {
        return None;
    }
    Some(if precision <= DECIMAL128_MAX_PRECISION {
        DataType::Decimal128(precision, scale)
    } else {
        DataType::Decimal256(precision, scale)
    })
}

fn int32(
    logical: Option<&Logical>,
    converted: Converted,
    decimal: impl Fn() -> Option<DataType>,
) -> Option<DataType> {
    Some(match (logical, converted) {
        (Some(Logical::Integer(int)), _) => match (int.bit_width, int.is_signed) {
            (8, true) => DataType::Int8,
            (16, true) => DataType::Int16,
            (32, true) => DataType::Int32,
            (8, false) => DataType::UInt8,
            (16, false) => DataType::UInt16,
            (32, false) => DataType::UInt32,
            _ => return None,
        },
        (Some(Logical::Decimal(_)), _) | (None, Converted::DECIMAL) => decimal()?,
        (Some(Logical::Date), _) | (None, Converted::DATE) => DataType::Date32,
        (Some(Logical::Time(time)), _) if time.unit != Unit::MILLIS => return None,
        (Some(Logical::Time(_)), _) | (None, Converted::TIME_MILLIS) => {
            DataType::Time32(TimeUnit::Millisecond)
        }
        (Some(Logical::_Unknown { .. }), _) | (None, Converted::NONE | Converted::INT_32) => DataType::Int32,
        (None, Converted::INT_8) => DataType::Int8,
        (None, Converted::INT_16) => DataType::Int16,
        (None, Converted::UINT_8) => DataType::UInt8,
        (None, Converted::UINT_16) => DataType::UInt16,
        (None, Converted::UINT_32) => DataType::UInt32,
        _ => return None,
    })
}

fn int64(
    logical: Option<&Logical>,
    converted: Converted,
    decimal: impl Fn() -> Option<DataType>,
) -> Option<DataType> {
    let utc = || Some("UTC".into());
    Some(match (logical, converted) {
        (Some(Logical::Integer(int)), _) => match (int.bit_width, int.is_signed) {
            (64, true) => DataType::Int64,
            (64, false) => DataType::UInt64,
            _ => return None,
        },
        (Some(Logical::Decimal(_)), _) | (None, Converted::DECIMAL) => decimal()?,
        (Some(Logical::Time(time)), _) => match time.unit {
            Unit::MILLIS => return None,
            Unit::MICROS => DataType::Time64(TimeUnit::Microsecond),
            Unit::NANOS => DataType::Time64(TimeUnit::Nanosecond),
        },
        (Some(Logical::Timestamp(timestamp)), _) => {
            let unit = match timestamp.unit {
                Unit::MILLIS => TimeUnit::Millisecond,
                Unit::MICROS => TimeUnit::Microsecond,
                Unit::NANOS => TimeUnit::Nanosecond,
            };
            DataType::Timestamp(unit, if timestamp.is_adjusted_to_u_t_c { utc() } else { None })
        }
        (Some(Logical::_Unknown { .. }), _) | (None, Converted::NONE | Converted::INT_64) => DataType::Int64,
        (None, Converted::UINT_64) => DataType::UInt64,
        (None, Converted::TIME_MICROS) => DataType::Time64(TimeUnit::Microsecond),
        (None, Converted::TIMESTAMP_MILLIS) => DataType::Timestamp(TimeUnit::Millisecond, utc()),
        (None, Converted::TIMESTAMP_MICROS) => DataType::Timestamp(TimeUnit::Microsecond, utc()),
        _ => return None,
    })
}

fn byte_array(
    logical: Option<&Logical>,
    converted: Converted,
    decimal: impl Fn() -> Option<DataType>,
) -> Option<DataType> {
    Some(match (logical, converted) {
        (Some(Logical::String | Logical::Json), _) | (None, Converted::UTF8 | Converted::JSON) => {
            DataType::Utf8
        }
        (Some(Logical::Decimal(_)), _) | (None, Converted::DECIMAL) => decimal()?,
        (Some(Logical::Bson | Logical::Enum | Logical::_Unknown { .. }), _) => DataType::Binary,
        (Some(Logical::Geometry(_) | Logical::Geography(_)), _) => DataType::Binary,
        (None, Converted::NONE | Converted::BSON | Converted::ENUM) => DataType::Binary,
        _ => return None,
    })
}

fn fixed(
    logical: Option<&Logical>,
    converted: Converted,
    width: usize,
    decimal: impl Fn() -> Option<DataType>,
) -> Option<DataType> {
    Some(match (logical, converted) {
        (Some(Logical::Decimal(_)), _) | (None, Converted::DECIMAL) => match decimal()? {
            DataType::Decimal128(precision, scale) if width > 16 => DataType::Decimal256(precision, scale),
            decimal => decimal,
        },
        (Some(Logical::Float16), _) if width == 2 => DataType::Float16,
        (Some(Logical::Float16), _) => return None,
        (None, Converted::INTERVAL) if width == 12 => DataType::Interval(IntervalUnit::MonthDayNano),
        (None, Converted::INTERVAL) => return None,
        _ => DataType::FixedSizeBinary(i32::try_from(width).ok()?),
    })
}

/// `of_file`, as the embedded schema says it was before it was written. That is advice: it is taken where the values
/// stay the same.
fn refined(of_file: DataType, hint: &DataType) -> DataType {
    use DataType::*;
    use TimeUnit::*;
    let fits = match (&of_file, hint) {
        // Their indexes might not count all values of a batch.
        (_, Dictionary(_, values)) => return refined(of_file, values),
        (Int32 | Int64, Timestamp(..)) => true,
        (Int32, Time32(_)) | (Int64, Time64(_) | Duration(_) | Date64) | (Date32, Date64) => true,
        (Timestamp(unit, _), Timestamp(hinted, Some(_))) => unit == hinted,
        (Utf8, LargeUtf8 | Utf8View) => true,
        (Binary, LargeBinary | BinaryView | Utf8 | LargeUtf8 | Utf8View) => true,
        (Interval(_), Interval(unit)) => *unit != IntervalUnit::MonthDayNano,
        (Decimal128(precision, scale) | Decimal256(precision, scale), _) => {
            let same = |p: &u8, s: &i8, most: u8| (p, s) == (precision, scale) && *p <= most;
            match hint {
                Decimal32(p, s) => same(p, s, 9),
                Decimal64(p, s) => same(p, s, 18),
                Decimal128(p, s) => same(p, s, DECIMAL128_MAX_PRECISION),
                Decimal256(p, s) => same(p, s, DECIMAL256_MAX_PRECISION),
                _ => false,
            }
        }
        _ => false,
    };
    // A time of the other width is none.
    let is_type = !matches!(hint, Time32(Microsecond | Nanosecond) | Time64(Second | Millisecond));
    if fits && is_type { hint.clone() } else { of_file }
}
