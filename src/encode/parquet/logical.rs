//! Arrow's types as Parquet's: a physical type, and what it means.
//!
//! <https://github.com/apache/parquet-format/blob/master/LogicalTypes.md>

use arrow::datatypes::{DataType, TimeUnit};

use super::order::Order;
use super::schema::Physical;
use super::thrift::Struct;

pub struct Primitive {
    pub physical: Physical,
    /// Of a fixed length of bytes.
    pub length: Option<usize>,
    pub logical: Option<Logical>,
    pub order: Order,
}

impl Primitive {
    /// Of a type that is not nested.
    pub fn of(data_type: &DataType) -> Primitive {
        use DataType::*;
        use Physical as P;
        let of = |physical, order, logical| Primitive { physical, length: None, logical, order };
        let fixed = |length, order, logical| Primitive {
            physical: P::FixedLenByteArray,
            length: Some(length),
            logical,
            order,
        };
        match data_type {
            Null => of(P::Int32, Order::None, Some(Logical::Unknown)),
            Boolean => of(P::Boolean, Order::Unsigned, None),
            Int8 => of(P::Int32, Order::Signed, Some(Logical::Integer(8, true))),
            Int16 => of(P::Int32, Order::Signed, Some(Logical::Integer(16, true))),
            Int32 => of(P::Int32, Order::Signed, None),
            Int64 | Duration(_) => of(P::Int64, Order::Signed, None),
            UInt8 => of(P::Int32, Order::Unsigned, Some(Logical::Integer(8, false))),
            UInt16 => of(P::Int32, Order::Unsigned, Some(Logical::Integer(16, false))),
            UInt32 => of(P::Int32, Order::Unsigned, Some(Logical::Integer(32, false))),
            UInt64 => of(P::Int64, Order::Unsigned, Some(Logical::Integer(64, false))),
            Float16 => fixed(2, Order::Half, Some(Logical::Float16)),
            Float32 => of(P::Float, Order::Float, None),
            Float64 => of(P::Double, Order::Float, None),
            Timestamp(unit, zone) => {
                let is_utc = zone.as_ref().is_some_and(|zone| !zone.is_empty());
                of(P::Int64, Order::Signed, Some(Logical::Timestamp(is_utc, *unit)))
            }
            Date32 => of(P::Int32, Order::Signed, Some(Logical::Date)),
            Time32(unit) => of(P::Int32, Order::Signed, Some(Logical::Time(*unit))),
            Time64(unit) => of(P::Int64, Order::Signed, Some(Logical::Time(*unit))),
            Interval(_) => fixed(12, Order::None, Some(Logical::Interval)),
            Decimal128(precision, scale) | Decimal256(precision, scale) => {
                let logical = Some(Logical::Decimal(*precision, *scale));
                match precision {
                    0..=9 => of(P::Int32, Order::Signed, logical),
                    10..=18 => of(P::Int64, Order::Signed, logical),
                    _ => fixed(decimal_width(*precision), Order::Decimal, logical),
                }
            }
            Utf8 | LargeUtf8 => of(P::ByteArray, Order::Bytes, Some(Logical::String)),
            FixedSizeBinary(length) => fixed(*length as usize, Order::Bytes, None),
            // Binary; no other type passes the layout.
            _ => of(P::ByteArray, Order::Bytes, None),
        }
    }
}

/// Bytes that the largest decimal of so many digits takes, with its sign.
pub fn decimal_width(precision: u8) -> usize {
    let bits = f64::from(precision) * std::f64::consts::LOG2_10 + 1.0;
    (bits / 8.0).ceil() as usize
}

/// What physical values mean.
#[derive(Debug, Clone, Copy)]
pub enum Logical {
    String,
    Map,
    List,
    Decimal(u8, i8),
    Date,
    Time(TimeUnit),
    Timestamp(bool, TimeUnit),
    Integer(i8, bool),
    Unknown,
    Float16,
    /// It has no logical type, only an older converted one.
    Interval,
}

impl Logical {
    pub fn write(self, node: &mut Struct) {
        if let Some(converted) = self.converted() {
            node.i32(6, converted);
        }
        if let Logical::Decimal(precision, scale) = self {
            node.i32(7, i32::from(scale));
            node.i32(8, i32::from(precision));
        }
        if !matches!(self, Logical::Interval) {
            node.structure(10, |s| self.write_union(s));
        }
    }

    /// The older way to say it, for older readers.
    fn converted(self) -> Option<i32> {
        Some(match self {
            Logical::String => 0,
            Logical::Map => 1,
            Logical::List => 3,
            Logical::Decimal(..) => 5,
            Logical::Date => 6,
            Logical::Time(TimeUnit::Millisecond) => 7,
            Logical::Time(TimeUnit::Microsecond) => 8,
            Logical::Timestamp(_, TimeUnit::Millisecond) => 9,
            Logical::Timestamp(_, TimeUnit::Microsecond) => 10,
            Logical::Integer(bits, is_signed) => {
                let unsigned = [8, 16, 32, 64].iter().position(|width| *width == bits)? as i32 + 11;
                unsigned + if is_signed { 4 } else { 0 }
            }
            Logical::Interval => 21,
            Logical::Time(_) | Logical::Timestamp(..) | Logical::Unknown | Logical::Float16 => return None,
        })
    }

    fn write_union(self, union: &mut Struct) {
        let mut empty = |id| union.structure(id, |_| {});
        match self {
            Logical::String => empty(1),
            Logical::Map => empty(2),
            Logical::List => empty(3),
            Logical::Date => empty(6),
            Logical::Unknown => empty(11),
            Logical::Float16 => empty(15),
            Logical::Interval => {}
            Logical::Decimal(precision, scale) => union.structure(5, |s| {
                s.i32(1, i32::from(scale));
                s.i32(2, i32::from(precision));
            }),
            Logical::Time(unit) => union.structure(7, |s| write_time(s, false, unit)),
            Logical::Timestamp(is_utc, unit) => union.structure(8, |s| write_time(s, is_utc, unit)),
            Logical::Integer(bits, is_signed) => union.structure(10, |s| {
                s.i8(1, bits);
                s.bool(2, is_signed);
            }),
        }
    }
}

fn write_time(time: &mut Struct, is_utc: bool, unit: TimeUnit) {
    time.bool(1, is_utc);
    let unit = match unit {
        TimeUnit::Second | TimeUnit::Millisecond => 1,
        TimeUnit::Microsecond => 2,
        TimeUnit::Nanosecond => 3,
    };
    time.structure(2, |s| s.structure(unit, |_| {}));
}
