//! The Arrow type of a column's values: by what the file says they stand for, and what the embedded Arrow schema adds.

use arrow::datatypes::{
    DECIMAL128_MAX_PRECISION, DECIMAL256_MAX_PRECISION, DataType, IntervalUnit, TimeUnit,
};

use super::annotation::Annotation;
use super::metadata::Physical;

/// The type of a column whose values are `width` bytes wide; `hint` is what the embedded schema has for it. `None`
/// where the file's annotation contradicts the physical type.
pub fn leaf_type(
    physical: Physical,
    annotation: Annotation,
    width: usize,
    hint: Option<&DataType>,
) -> Option<DataType> {
    if annotation == Annotation::Null {
        return Some(DataType::Null);
    }
    let of_file = match physical {
        Physical::Boolean => DataType::Boolean,
        Physical::Float => DataType::Float32,
        Physical::Double => DataType::Float64,
        // Of any day there is, unlike nanoseconds; and without what the hint says of its unit.
        Physical::Int96 => return Some(DataType::Timestamp(TimeUnit::Microsecond, None)),
        Physical::Int32 => int32(annotation)?,
        Physical::Int64 => int64(annotation)?,
        Physical::ByteArray => byte_array(annotation)?,
        Physical::FixedLenByteArray => fixed(annotation, width)?,
    };
    Some(hint.map_or(of_file.clone(), |hint| refined(of_file, hint)))
}

fn decimal(precision: i32, scale: i32) -> Option<DataType> {
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

fn int32(annotation: Annotation) -> Option<DataType> {
    Some(match annotation {
        Annotation::Integer { bits: 8, is_signed: true } => DataType::Int8,
        Annotation::Integer { bits: 16, is_signed: true } => DataType::Int16,
        Annotation::Integer { bits: 32, is_signed: true } => DataType::Int32,
        Annotation::Integer { bits: 8, is_signed: false } => DataType::UInt8,
        Annotation::Integer { bits: 16, is_signed: false } => DataType::UInt16,
        Annotation::Integer { bits: 32, is_signed: false } => DataType::UInt32,
        // What has more digits is not in 32 bits.
        Annotation::Decimal { precision: 10.., .. } => return None,
        Annotation::Decimal { precision, scale } => decimal(precision, scale)?,
        Annotation::Date => DataType::Date32,
        Annotation::Time(TimeUnit::Millisecond) => DataType::Time32(TimeUnit::Millisecond),
        Annotation::None | Annotation::Unknown => DataType::Int32,
        _ => return None,
    })
}

fn int64(annotation: Annotation) -> Option<DataType> {
    Some(match annotation {
        Annotation::Integer { bits: 64, is_signed: true } => DataType::Int64,
        Annotation::Integer { bits: 64, is_signed: false } => DataType::UInt64,
        Annotation::Decimal { precision: 19.., .. } => return None,
        Annotation::Decimal { precision, scale } => decimal(precision, scale)?,
        Annotation::Time(unit @ (TimeUnit::Microsecond | TimeUnit::Nanosecond)) => DataType::Time64(unit),
        Annotation::Timestamp(unit, is_utc) => DataType::Timestamp(unit, is_utc.then(|| "UTC".into())),
        Annotation::None | Annotation::Unknown => DataType::Int64,
        _ => return None,
    })
}

fn byte_array(annotation: Annotation) -> Option<DataType> {
    Some(match annotation {
        Annotation::String | Annotation::Json => DataType::Utf8,
        Annotation::Decimal { precision, scale } => decimal(precision, scale)?,
        Annotation::Bson | Annotation::Enum | Annotation::Geometry => DataType::Binary,
        Annotation::None | Annotation::Unknown => DataType::Binary,
        _ => return None,
    })
}

fn fixed(annotation: Annotation, width: usize) -> Option<DataType> {
    Some(match annotation {
        Annotation::Decimal { precision, scale } => match decimal(precision, scale)? {
            DataType::Decimal128(precision, scale) if width > 16 => DataType::Decimal256(precision, scale),
            decimal => decimal,
        },
        Annotation::Float16 if width == 2 => DataType::Float16,
        Annotation::Interval if width == 12 => DataType::Interval(IntervalUnit::MonthDayNano),
        Annotation::Uuid if width == 16 => DataType::FixedSizeBinary(16),
        Annotation::None | Annotation::Unknown => DataType::FixedSizeBinary(i32::try_from(width).ok()?),
        _ => return None,
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
