//! What the arrow crate takes for granted of a schema and of a batch's buffers, where it would panic.

use arrow::array::{BufferSpec, layout};
use arrow::buffer::Buffer;
use arrow::datatypes::{DataType, UnionMode};

use super::message::Rows;
use super::{corrupt, messages};
use crate::error::Result;

/// Fails at a type that is none.
pub fn judge_type(data_type: &DataType) -> Result<()> {
    let nonsense = || Err(corrupt("a column has a type that makes no sense"));
    match data_type {
        DataType::FixedSizeBinary(width) if *width < 0 => nonsense(),
        DataType::FixedSizeList(_, length) if *length < 0 => nonsense(),
        DataType::Dictionary(keys, _) if !keys.is_dictionary_key_type() => nonsense(),
        DataType::Dictionary(_, values) => judge_type(values),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) if fields.len() == 2 => judge_type(entries.data_type()),
            _ => nonsense(),
        },
        DataType::Decimal32(precision, scale) => judge_decimal(*precision, *scale, 9),
        DataType::Decimal64(precision, scale) => judge_decimal(*precision, *scale, 18),
        DataType::Decimal128(precision, scale) => judge_decimal(*precision, *scale, 38),
        DataType::Decimal256(precision, scale) => judge_decimal(*precision, *scale, 76),
        DataType::Struct(fields) => fields.iter().try_for_each(|field| judge_type(field.data_type())),
        DataType::Union(fields, _) => fields.iter().try_for_each(|(_, field)| judge_type(field.data_type())),
        DataType::RunEndEncoded(ends, values) => match ends.data_type() {
            DataType::Int16 | DataType::Int32 | DataType::Int64 => judge_type(values.data_type()),
            _ => nonsense(),
        },
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => judge_type(item.data_type()),
        _ => Ok(()),
    }
}

fn judge_decimal(precision: u8, scale: i8, most: u8) -> Result<()> {
    if (1..=most).contains(&precision) && scale.unsigned_abs() <= precision {
        return Ok(());
    }
    Err(corrupt("a decimal has a precision or scale that its type does not allow"))
}

/// Fails where a buffer of a batch of these columns is not within the body, or ends within a value; and where the
/// batch says that it is larger, once decompressed, than there is memory for. Answers with its bytes.
pub fn judge(batch: &Rows, columns: &[&DataType], body: &Buffer, limit: usize) -> Result<u64> {
    let is_compressed = batch.codec.is_some();
    let mut widths = Widths { widths: Vec::new(), widest: 1, views: batch.views() };
    for column in columns {
        widths.add(column, body.len())?;
    }
    if batch.lengths().chain([batch.length]).any(|length| !is_countable(length, widths.widest)) {
        return Err(corrupt("a batch has a number of rows that it cannot have"));
    }
    let mut widths = widths.widths.into_iter();
    let mut total = 0u64;
    for (start, length) in batch.buffers() {
        let span = usize::try_from(start).ok().zip(usize::try_from(length).ok());
        let span = span.and_then(|(start, length)| Some(start..start.checked_add(length)?));
        let bytes =
            span.and_then(|span| body.get(span)).ok_or_else(|| corrupt("a buffer is not in its body"))?;
        let length = length_of(bytes, is_compressed)?;
        if length % widths.next().unwrap_or(1).max(1) as u64 != 0 {
            return Err(corrupt("a buffer ends within a value"));
        }
        total = total.saturating_add(length);
    }
    if total <= limit as u64 { Ok(total) } else { Err(messages::too_large(total, limit)) }
}

/// Whether the crate can count the bytes and items of that many values, in 32 bits too.
fn is_countable(length: i64, widest: usize) -> bool {
    i32::try_from(length).is_ok_and(|length| length >= 0 && length.checked_mul(widest as i32).is_some())
}

/// The length of a buffer once it is decompressed. One that is compressed begins with it, or with -1 where it is
/// stored as it is.
fn length_of(bytes: &[u8], is_compressed: bool) -> Result<u64> {
    if !is_compressed || bytes.is_empty() {
        return Ok(bytes.len() as u64);
    }
    let prefix = bytes.first_chunk().ok_or_else(|| corrupt("a compressed buffer has no length"))?;
    match i64::from_le_bytes(*prefix) {
        -1 => Ok(bytes.len() as u64 - 8),
        length => u64::try_from(length).map_err(|_| corrupt("a compressed buffer has a negative length")),
    }
}

/// The widths of the values in each buffer, in the order of a batch; 1 where any length will do.
struct Widths<V> {
    widths: Vec<usize>,
    /// The most bytes or items that one value takes by its type.
    widest: usize,
    /// How many data buffers each column of views has.
    views: V,
}

impl<V: Iterator<Item = i64>> Widths<V> {
    fn add(&mut self, data_type: &DataType, most: usize) -> Result<()> {
        match data_type {
            DataType::FixedSizeBinary(width) if *width < 0 => {
                return Err(corrupt("a type has a negative width"));
            }
            DataType::Union(fields, mode) => {
                self.widths.extend(if *mode == UnionMode::Dense { &[1, 4][..] } else { &[1] });
                return fields.iter().try_for_each(|(_, field)| self.add(field.data_type(), most));
            }
            DataType::RunEndEncoded(ends, values) => {
                self.add(ends.data_type(), most)?;
                return self.add(values.data_type(), most);
            }
            _ => {}
        }
        let layout = layout(data_type);
        self.widths.extend(layout.can_contain_null_mask.then_some(1));
        for buffer in &layout.buffers {
            let width = if let BufferSpec::FixedWidth { byte_width, .. } = buffer { *byte_width } else { 1 };
            self.widest = self.widest.max(width);
            self.widths.push(width);
        }
        if layout.variadic {
            let count = self.views.next().and_then(|count| usize::try_from(count).ok());
            let count = count.ok_or_else(|| corrupt("a column of views has no number of buffers"))?;
            self.widths.extend(std::iter::repeat_n(1, count.min(most)));
        }
        match data_type {
            DataType::List(item)
            | DataType::LargeList(item)
            | DataType::ListView(item)
            | DataType::LargeListView(item)
            | DataType::FixedSizeList(item, _)
            | DataType::Map(item, _) => self.add(item.data_type(), most),
            DataType::Struct(fields) => fields.iter().try_for_each(|field| self.add(field.data_type(), most)),
            _ => Ok(()),
        }
    }
}
