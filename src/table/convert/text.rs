//! Strings: what their text says.

use std::sync::Arc;

use arrow::array::{Array, BinaryBuilder, BooleanBuilder, PrimitiveArray, PrimitiveBuilder, StringArray};
use arrow::datatypes::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::floats::half;
use super::{Converted, Misfit, converted, interval, json};
use crate::table::text::{number, time};

pub fn parse(texts: &StringArray, target: &DataType) -> Converted {
    let parser = Parser { texts, target };
    match target {
        DataType::Boolean => parser.booleans(),
        DataType::Int8 => parser.integers::<Int8Type>(),
        DataType::Int16 => parser.integers::<Int16Type>(),
        DataType::Int32 => parser.integers::<Int32Type>(),
        DataType::Int64 => parser.integers::<Int64Type>(),
        DataType::UInt8 => parser.integers::<UInt8Type>(),
        DataType::UInt16 => parser.integers::<UInt16Type>(),
        DataType::UInt32 => parser.integers::<UInt32Type>(),
        DataType::UInt64 => parser.integers::<UInt64Type>(),
        DataType::Float64 => parser.values::<Float64Type>(number::float),
        DataType::Float32 => parser.values::<Float32Type>(number::float32),
        DataType::Float16 => parser.values::<Float16Type>(|text| half(number::float(text)?)),
        DataType::Decimal32(precision, scale) => {
            parser.decimals::<Decimal32Type>(*precision, *scale, |value| value.to_i128()?.try_into().ok())
        }
        DataType::Decimal64(precision, scale) => {
            parser.decimals::<Decimal64Type>(*precision, *scale, |value| value.to_i128()?.try_into().ok())
        }
        DataType::Decimal128(precision, scale) => {
            parser.decimals::<Decimal128Type>(*precision, *scale, i256::to_i128)
        }
        DataType::Decimal256(precision, scale) => parser.decimals::<Decimal256Type>(*precision, *scale, Some),
        DataType::Date32 => parser.values::<Date32Type>(time::date),
        DataType::Date64 => {
            parser.values::<Date64Type>(|text| time::date(text).map(|days| i64::from(days) * 86_400_000))
        }
        DataType::Time32(_) | DataType::Time64(_) => parser.times(),
        DataType::Timestamp(..) => parser.timestamps(),
        DataType::Duration(_) | DataType::Interval(_) => interval::parse(texts, target),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            converted(&parser.bytes()?, target)
        }
        nested if nested.is_nested() => json::parse(texts, target),
        _ => Err(Misfit::Type),
    }
}

struct Parser<'a> {
    texts: &'a StringArray,
    target: &'a DataType,
}

impl Parser<'_> {
    fn booleans(&self) -> Converted {
        let mut builder = BooleanBuilder::with_capacity(self.texts.len());
        for (index, text) in self.texts.iter().enumerate() {
            let parsed = text.map(|text| number::boolean(text).ok_or(Misfit::Row(index))).transpose()?;
            builder.append_option(parsed);
        }
        Ok(Arc::new(builder.finish()))
    }

    /// Bytes in base64 (RFC 4648, padded).
    fn bytes(&self) -> Converted {
        let mut builder = BinaryBuilder::new();
        for (row, text) in self.texts.iter().enumerate() {
            let bytes = text.map(|text| STANDARD.decode(text)).transpose().map_err(|_| Misfit::Row(row))?;
            builder.append_option(bytes);
        }
        Ok(Arc::new(builder.finish()))
    }

    fn primitives<T: ArrowPrimitiveType>(
        &self,
        mut parse: impl FnMut(&str) -> Option<T::Native>,
    ) -> Result<PrimitiveArray<T>, Misfit> {
        let mut builder = PrimitiveBuilder::<T>::with_capacity(self.texts.len());
        for (index, text) in self.texts.iter().enumerate() {
            let parsed = text.map(|text| parse(text).ok_or(Misfit::Row(index))).transpose()?;
            builder.append_option(parsed);
        }
        Ok(builder.finish().with_data_type(self.target_of::<T>()))
    }

    /// The target, where it is of this physical type: with its precision, scale or zone.
    fn target_of<T: ArrowPrimitiveType>(&self) -> DataType {
        if PrimitiveArray::<T>::is_compatible(self.target) { self.target.clone() } else { T::DATA_TYPE }
    }

    fn values<T: ArrowPrimitiveType>(&self, parse: impl FnMut(&str) -> Option<T::Native>) -> Converted {
        Ok(Arc::new(self.primitives::<T>(parse)?))
    }

    fn integers<T: ArrowPrimitiveType>(&self) -> Converted
    where
        T::Native: TryFrom<i128>,
    {
        self.values::<T>(|text| number::integer(text)?.try_into().ok())
    }

    fn decimals<T: ArrowPrimitiveType>(
        &self,
        precision: u8,
        scale: i8,
        narrow: fn(i256) -> Option<T::Native>,
    ) -> Converted {
        let mut scratch = String::new();
        self.values::<T>(|text| narrow(number::decimal(text, precision, scale, &mut scratch)?))
    }

    fn times(&self) -> Converted {
        let narrow = |count: i64| i32::try_from(count).ok();
        match self.target {
            DataType::Time32(TimeUnit::Second) => {
                self.values::<Time32SecondType>(|text| time::time(text, 0).and_then(narrow))
            }
            DataType::Time32(_) => {
                self.values::<Time32MillisecondType>(|text| time::time(text, 3).and_then(narrow))
            }
            DataType::Time64(TimeUnit::Microsecond) => {
                self.values::<Time64MicrosecondType>(|text| time::time(text, 6))
            }
            _ => self.values::<Time64NanosecondType>(|text| time::time(text, 9)),
        }
    }

    fn timestamps(&self) -> Converted {
        let DataType::Timestamp(unit, zone) = self.target else { return Err(Misfit::Type) };
        // A text without an offset is local time, which is a point in time in a zone that is UTC alone; a text
        // with one is a point in time, which a type without a zone cannot say.
        let (may_have_offset, may_lack_offset) = match zone.as_deref() {
            None => (false, true),
            Some(zone) => (true, is_utc(zone)),
        };
        let parse = |text: &str, digits| {
            let timestamp = time::timestamp(text)?;
            let fits = if timestamp.has_offset { may_have_offset } else { may_lack_offset };
            fits.then(|| timestamp.count(digits))?
        };
        match unit {
            TimeUnit::Second => self.values::<TimestampSecondType>(|text| parse(text, 0)),
            TimeUnit::Millisecond => self.values::<TimestampMillisecondType>(|text| parse(text, 3)),
            TimeUnit::Microsecond => self.values::<TimestampMicrosecondType>(|text| parse(text, 6)),
            TimeUnit::Nanosecond => self.values::<TimestampNanosecondType>(|text| parse(text, 9)),
        }
    }
}

fn is_utc(zone: &str) -> bool {
    matches!(zone, "UTC" | "Etc/UTC" | "Z" | "GMT" | "+00:00")
}
