//! Columns of which the parquet crate would lose something: they are read as the 12 bytes they are.
//!
//! The crate wraps a 96-bit timestamp around what 64 bits of nanoseconds hold, and drops the months of an INTERVAL
//! where no Arrow schema says that it has some.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Field, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit,
    Schema, TimeUnit, TimestampMicrosecondType, TimestampNanosecondType,
};
use parquet::arrow::ARROW_SCHEMA_META_KEY;
use parquet::basic::{ConvertedType, Type as Physical};
use parquet::file::metadata::ParquetMetaData;
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};

use super::{broken, corrupt};
use crate::error::{Code, Error, Result};

/// What the bytes are, and become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Raw {
    Timestamp,
    Nanoseconds,
    Interval,
}

/// How to read a file that has such columns.
pub struct Read {
    /// The file's schema, where they are bytes.
    pub schema: SchemaDescriptor,
    /// The columns, by their place.
    pub raw: Vec<(usize, Raw)>,
}

/// `None` where the file has no such columns.
pub fn read(metadata: &ParquetMetaData) -> Result<Option<Read>> {
    let pairs = metadata.file_metadata().key_value_metadata();
    let has_arrow_schema =
        pairs.is_some_and(|pairs| pairs.iter().any(|pair| pair.key == ARROW_SCHEMA_META_KEY));
    let root = metadata.file_metadata().schema_descr().root_schema();
    let mut fields = Vec::with_capacity(root.get_fields().len());
    let mut raw = Vec::new();
    for (index, field) in root.get_fields().iter().enumerate() {
        match raw_of(field, has_arrow_schema)? {
            Some(kind) => {
                raw.push((index, kind));
                fields.push(as_bytes(field)?);
            }
            None => fields.push(field.clone()),
        }
    }
    if raw.is_empty() {
        return Ok(None);
    }
    let root = Type::group_type_builder(root.name()).with_fields(fields).build().map_err(broken)?;
    Ok(Some(Read { schema: SchemaDescriptor::new(Arc::new(root)), raw }))
}

fn raw_of(field: &Type, has_arrow_schema: bool) -> Result<Option<Raw>> {
    if field.is_group() || is_repeated(field) {
        let below = if field.is_group() { field.get_fields() } else { &[] };
        if is_legacy(field, has_arrow_schema).is_some() || any_legacy(below, has_arrow_schema) {
            let message = "the parquet source has 96-bit timestamps or intervals within a nested column";
            return Err(Error::new(Code::SourceUnsupported, message).in_column(field.name()));
        }
        return Ok(None);
    }
    Ok(is_legacy(field, has_arrow_schema))
}

fn is_repeated(field: &Type) -> bool {
    let info = field.get_basic_info();
    info.has_repetition() && info.repetition() == parquet::basic::Repetition::REPEATED
}

fn any_legacy(fields: &[TypePtr], has_arrow_schema: bool) -> bool {
    fields.iter().any(|field| match field.is_group() {
        true => any_legacy(field.get_fields(), has_arrow_schema),
        false => is_legacy(field, has_arrow_schema).is_some(),
    })
}

fn is_legacy(field: &Type, has_arrow_schema: bool) -> Option<Raw> {
    if field.is_group() {
        return None;
    }
    let is_interval = field.get_basic_info().converted_type() == ConvertedType::INTERVAL;
    match field.get_physical_type() {
        Physical::INT96 => Some(Raw::Timestamp),
        Physical::FIXED_LEN_BYTE_ARRAY if is_interval && !has_arrow_schema => Some(Raw::Interval),
        _ => None,
    }
}

fn as_bytes(field: &Type) -> Result<TypePtr> {
    let bytes = Type::primitive_type_builder(field.name(), Physical::FIXED_LEN_BYTE_ARRAY)
        .with_length(12)
        .with_repetition(field.get_basic_info().repetition());
    bytes.build().map(Arc::new).map_err(broken)
}

impl Raw {
    /// The schema with what the column will be.
    pub fn declared_in(self, schema: &Schema, index: usize) -> Schema {
        let field = schema.field(index);
        let field = Arc::new(Field::new(field.name(), self.data_type(), field.is_nullable()));
        let fields = schema.fields().iter().enumerate();
        let fields = fields.map(|(other, old)| if other == index { field.clone() } else { old.clone() });
        Schema::new(fields.collect::<Vec<_>>())
    }

    /// What to read, given what the column is to become.
    pub fn within(self, target: Option<&DataType>) -> Raw {
        match (self, target) {
            (Raw::Timestamp, Some(DataType::Timestamp(TimeUnit::Nanosecond, _))) => Raw::Nanoseconds,
            _ => self,
        }
    }

    fn data_type(self) -> DataType {
        match self {
            Raw::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Raw::Nanoseconds => DataType::Timestamp(TimeUnit::Nanosecond, None),
            Raw::Interval => DataType::Interval(IntervalUnit::MonthDayNano),
        }
    }

    pub fn decode(self, array: &ArrayRef, column: &str, first_row: u64) -> Result<ArrayRef> {
        if array.data_type() != &DataType::FixedSizeBinary(12) {
            return Err(corrupt("a column has another type than its footer says"));
        }
        match self {
            Raw::Timestamp => each::<TimestampMicrosecondType>(array, column, first_row, |bytes| {
                let nanoseconds = nanoseconds(bytes);
                if nanoseconds % 1000 == 0 { (nanoseconds / 1000).try_into().ok() } else { None }
            }),
            Raw::Nanoseconds => each::<TimestampNanosecondType>(array, column, first_row, |bytes| {
                nanoseconds(bytes).try_into().ok()
            }),
            Raw::Interval => each::<IntervalMonthDayNanoType>(array, column, first_row, interval),
        }
    }
}

fn each<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    column: &str,
    first_row: u64,
    decode: impl Fn(&[u8; 12]) -> Option<T::Native>,
) -> Result<ArrayRef> {
    let array = array.as_fixed_size_binary();
    let value = |row: usize| {
        if array.is_null(row) {
            return Ok(None);
        }
        let value = array.value(row).first_chunk().and_then(&decode);
        value.map(Some).ok_or_else(|| {
            let message = "a value does not fit the type of its column; timestamp[ns] by schema may hold it";
            Error::new(Code::SourceTypeChanged, message).at_row(first_row + row as u64).in_column(column)
        })
    };
    let values = (0..array.len()).map(value).collect::<Result<PrimitiveArray<T>>>()?;
    Ok(Arc::new(values))
}

/// Since 1970: nanoseconds of the day, and the Julian day.
fn nanoseconds(bytes: &[u8; 12]) -> i128 {
    const DAY: i128 = 86_400_000_000_000;
    const EPOCH: i128 = 2_440_588;
    let of_day = bytes.first_chunk().map_or(0, |bytes| i64::from_le_bytes(*bytes));
    let day = bytes.last_chunk().map_or(0, |bytes| i32::from_le_bytes(*bytes));
    (day as i128 - EPOCH) * DAY + of_day as i128
}

/// Months, days and milliseconds, none of them negative.
fn interval(bytes: &[u8; 12]) -> Option<IntervalMonthDayNano> {
    let part =
        |index: usize| -> Option<u32> { Some(u32::from_le_bytes(bytes[index * 4..][..4].try_into().ok()?)) };
    let (months, days) = (part(0)?.try_into().ok()?, part(1)?.try_into().ok()?);
    Some(IntervalMonthDayNano::new(months, days, i64::from(part(2)?) * 1_000_000))
}
