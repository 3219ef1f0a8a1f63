//! Rows of a column as an Arrow array: each value among its nulls, and as its logical type.

use std::sync::Arc;

use arrow::array::{ArrayData, ArrayRef, BooleanArray, FixedSizeBinaryArray, NullArray, make_array};
use arrow::buffer::{BooleanBuffer, Buffer, MutableBuffer, NullBuffer};
use arrow::datatypes::{
    DataType, IntervalDayTime, IntervalMonthDayNano, IntervalUnit, TimeUnit, ToByteSlice, i256,
};

use super::byte_arrays::ByteArrays;
use super::column::Rows;
use super::fixed::FixedArrays;
use super::flaw::{Decoded, Flaw};
use super::metadata::Physical;
use super::schema::Leaf;
use super::spread::{spread, spread_bytes, spread_offsets};
use super::values::Values;
use crate::table::views::views;

const TOO_LONG: Flaw = Flaw::Corrupt("a value is beyond its type");
const NO_TYPE: Flaw = Flaw::Unsupported("a column of a type");
const INTERVAL: Flaw = Flaw::Corrupt("an interval has parts that its type does not have");

/// Each slot of the rows: [`Flaw::Misfit`] names the one whose value cannot become what it should.
pub fn array(leaf: &Leaf, rows: Rows) -> Decoded<ArrayRef> {
    let Rows { values, nulls, slots, .. } = rows;
    if values.len() + nulls.as_ref().map_or(0, NullBuffer::null_count) != slots {
        return Err(Flaw::Corrupt("a page has fewer values than its levels say"));
    }
    if leaf.data_type == DataType::Null {
        return match values.len() {
            0 => Ok(Arc::new(NullArray::new(slots))),
            _ => Err(Flaw::Corrupt("a column of nulls has values")),
        };
    }
    match values {
        Values::Booleans(values) => booleans(values.build(), nulls),
        Values::Words(values) => {
            let values = match &nulls {
                Some(nulls) => spread(values, nulls),
                None => values,
            };
            words(leaf, values, nulls)
        }
        Values::LongWords(values) => {
            let values = match &nulls {
                Some(nulls) => spread(values, nulls),
                None => values,
            };
            long_words(leaf, values, nulls)
        }
        Values::Fixed(values) => fixed(leaf, values, nulls, slots),
        Values::Bytes(values) => byte_arrays(leaf, values, nulls, slots),
    }
}

fn booleans(values: BooleanBuffer, nulls: Option<NullBuffer>) -> Decoded<ArrayRef> {
    let Some(nulls) = nulls else { return Ok(Arc::new(BooleanArray::new(values, None))) };
    let mut values = values.iter();
    let spread = nulls.iter().map(|is_valid| is_valid && values.next().unwrap_or_default()).collect();
    Ok(Arc::new(BooleanArray::new(spread, Some(nulls))))
}

/// An array of a type of fixed width, by the bytes of its values.
fn primitive(data_type: &DataType, values: Buffer, nulls: Option<NullBuffer>) -> Decoded<ArrayRef> {
    let width = data_type.primitive_width().ok_or(NO_TYPE)?;
    let data = ArrayData::builder(data_type.clone()).len(values.len() / width).add_buffer(values);
    data.nulls(nulls).align_buffers(true).build().map(make_array).map_err(|_| TOO_LONG)
}

fn words(leaf: &Leaf, values: Vec<u32>, nulls: Option<NullBuffer>) -> Decoded<ArrayRef> {
    use DataType::*;
    match &leaf.data_type {
        to @ (UInt8 | UInt16) => resized(to, &values.into_iter().map(i64::from).collect::<Vec<_>>(), nulls),
        to if to.primitive_width() != Some(4) => {
            let signed = |value: u32| i64::from(value as i32);
            resized(to, &values.into_iter().map(signed).collect::<Vec<_>>(), nulls)
        }
        to => primitive(to, Buffer::from_vec(values), nulls),
    }
}

fn long_words(leaf: &Leaf, values: Vec<u64>, nulls: Option<NullBuffer>) -> Decoded<ArrayRef> {
    match &leaf.data_type {
        to if to.primitive_width() != Some(8) => {
            resized(to, &values.into_iter().map(|value| value as i64).collect::<Vec<_>>(), nulls)
        }
        to => primitive(to, Buffer::from_vec(values), nulls),
    }
}

/// Numbers as a type of another width; one that is beyond it is out of the range that its column's annotation
/// allows.
fn resized(to: &DataType, values: &[i64], nulls: Option<NullBuffer>) -> Decoded<ArrayRef> {
    let values = match (to.primitive_width(), to.is_unsigned_integer()) {
        _ if *to == DataType::Date64 => bytes_of(values, |days| Some((days * 86_400_000).to_le_bytes())),
        (Some(1), true) => bytes_of(values, |value| Some(u8::try_from(value).ok()?.to_le_bytes())),
        (Some(2), true) => bytes_of(values, |value| Some(u16::try_from(value).ok()?.to_le_bytes())),
        (Some(1), false) => bytes_of(values, |value| Some(i8::try_from(value).ok()?.to_le_bytes())),
        (Some(2), false) => bytes_of(values, |value| Some(i16::try_from(value).ok()?.to_le_bytes())),
        (Some(4), false) => bytes_of(values, |value| Some(i32::try_from(value).ok()?.to_le_bytes())),
        (Some(8), false) => bytes_of(values, |value| Some(value.to_le_bytes())),
        (Some(16), false) => bytes_of(values, |value| Some(i128::from(value).to_le_bytes())),
        (Some(32), false) => bytes_of(values, |value| Some(i256::from(value).to_le_bytes())),
        _ => return Err(NO_TYPE),
    };
    primitive(to, values.ok_or(TOO_LONG)?, nulls)
}

fn bytes_of<const N: usize>(values: &[i64], of: impl Fn(i64) -> Option<[u8; N]>) -> Option<Buffer> {
    let values = values.iter().map(|value| of(*value)).collect::<Option<Vec<_>>>()?;
    Some(Buffer::from_vec(values.into_flattened()))
}

fn fixed(leaf: &Leaf, values: FixedArrays, nulls: Option<NullBuffer>, slots: usize) -> Decoded<ArrayRef> {
    let width = values.width;
    let data = match &nulls {
        Some(nulls) => spread_bytes(values.data, width, nulls),
        None => values.data,
    };
    let to = &leaf.data_type;
    if let DataType::FixedSizeBinary(width) = to {
        let array = FixedSizeBinaryArray::try_new_with_len(*width, Buffer::from_vec(data), nulls, slots);
        return array.map(|array| Arc::new(array) as ArrayRef).map_err(|_| TOO_LONG);
    }
    if to == &DataType::Float16 {
        return primitive(to, Buffer::from_vec(data), nulls);
    }
    let value = |slot: usize| &data[slot * width..][..width];
    if leaf.storage.physical == Physical::Int96 {
        let is_nanoseconds = matches!(to, DataType::Timestamp(TimeUnit::Nanosecond, _));
        return slot_by_slot(to, nulls, slots, &Flaw::Misfit, &|slot, bytes| {
            put(bytes, &timestamp(value(slot), is_nanoseconds)?.to_le_bytes())
        });
    }
    match to {
        DataType::Interval(IntervalUnit::YearMonth) => {
            slot_by_slot(to, nulls, slots, &|_| INTERVAL, &|slot, bytes| match interval(value(slot))? {
                (months, 0, 0) => put(bytes, &months.to_le_bytes()),
                _ => None,
            })
        }
        DataType::Interval(IntervalUnit::DayTime) => {
            slot_by_slot(to, nulls, slots, &|_| INTERVAL, &|slot, bytes| match interval(value(slot))? {
                (0, days, milliseconds) => {
                    put(bytes, IntervalDayTime::new(days, milliseconds).to_byte_slice())
                }
                _ => None,
            })
        }
        DataType::Interval(_) => slot_by_slot(to, nulls, slots, &Flaw::Misfit, &|slot, bytes| {
            // None of the three is negative.
            let (months, days, milliseconds) = interval(value(slot))?;
            let nanoseconds = i64::from(milliseconds as u32) * 1_000_000;
            let interval = IntervalMonthDayNano::new(months, days, nanoseconds);
            if months >= 0 && days >= 0 { put(bytes, interval.to_byte_slice()) } else { None }
        }),
        _ => decimals(to, nulls, slots, &value),
    }
}

fn byte_arrays(
    leaf: &Leaf,
    values: ByteArrays,
    nulls: Option<NullBuffer>,
    slots: usize,
) -> Decoded<ArrayRef> {
    let offsets = match &nulls {
        Some(nulls) => spread_offsets(&values.offsets, nulls),
        None => values.offsets,
    };
    let data = values.data;
    match &leaf.data_type {
        to @ (DataType::Utf8 | DataType::Binary) => texts(to, Buffer::from_vec(offsets), data, nulls, slots),
        to @ (DataType::LargeUtf8 | DataType::LargeBinary) => {
            let offsets: Vec<i64> = offsets.into_iter().map(i64::from).collect();
            texts(to, Buffer::from_vec(offsets), data, nulls, slots)
        }
        to @ (DataType::Utf8View | DataType::BinaryView) => {
            let of = if *to == DataType::Utf8View { &DataType::Utf8 } else { &DataType::Binary };
            let texts = texts(of, Buffer::from_vec(offsets), data, nulls, slots)?;
            views(&texts, to).map_err(|_| TOO_LONG)
        }
        to => decimals(to, nulls, slots, &|slot| &data[offsets[slot] as usize..offsets[slot + 1] as usize]),
    }
}

fn texts(
    to: &DataType,
    offsets: Buffer,
    data: Vec<u8>,
    nulls: Option<NullBuffer>,
    slots: usize,
) -> Decoded<ArrayRef> {
    let array =
        ArrayData::builder(to.clone()).len(slots).add_buffer(offsets).add_buffer(Buffer::from_vec(data));
    array.nulls(nulls).build().map(make_array).map_err(|_| Flaw::Corrupt("a text is not UTF-8"))
}

/// The array of which each slot that is not null has the bytes that `write` fills in, given its number.
fn slot_by_slot(
    data_type: &DataType,
    nulls: Option<NullBuffer>,
    slots: usize,
    misfit: &dyn Fn(usize) -> Flaw,
    write: &dyn Fn(usize, &mut [u8]) -> Option<()>,
) -> Decoded<ArrayRef> {
    let width = data_type.primitive_width().ok_or(NO_TYPE)?;
    let mut values = MutableBuffer::from_len_zeroed(slots * width);
    for (slot, value) in values.chunks_exact_mut(width).enumerate() {
        if nulls.as_ref().is_none_or(|nulls| nulls.is_valid(slot)) {
            write(slot, value).ok_or_else(|| misfit(slot))?;
        }
    }
    primitive(data_type, values.into(), nulls)
}

fn put(place: &mut [u8], value: &[u8]) -> Option<()> {
    place.copy_from_slice(value);
    Some(())
}

/// Decimals, each of them a big-endian number.
fn decimals<'a>(
    to: &DataType,
    nulls: Option<NullBuffer>,
    slots: usize,
    value: &dyn Fn(usize) -> &'a [u8],
) -> Decoded<ArrayRef> {
    match to {
        DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => {
            slot_by_slot(to, nulls, slots, &|_| TOO_LONG, &|slot, bytes| extend(value(slot), bytes))
        }
        _ => Err(NO_TYPE),
    }
}

/// A big-endian number as a little-endian one of as many bytes as there is room for, where it fits; no number has no
/// bytes.
fn extend(number: &[u8], into: &mut [u8]) -> Option<()> {
    let sign = if number.first()? & 0x80 == 0 { 0 } else { 0xFF };
    into.fill(sign);
    into.iter_mut().zip(number.iter().rev()).for_each(|(into, byte)| *into = *byte);
    let above = &number[..number.len().saturating_sub(into.len())];
    let same = above.iter().all(|byte| *byte == sign) && (into.last()? ^ sign) & 0x80 == 0;
    same.then_some(())
}

/// INT96: the nanoseconds of the day, and the Julian day; since 1970 in microseconds or nanoseconds, where it fits.
fn timestamp(bytes: &[u8], is_nanoseconds: bool) -> Option<i64> {
    const DAY: i128 = 86_400_000_000_000;
    const EPOCH: i128 = 2_440_588;
    let (of_day, day) = (i64::from_le_bytes(*bytes.first_chunk()?), i32::from_le_bytes(*bytes.last_chunk()?));
    let nanoseconds = (i128::from(day) - EPOCH) * DAY + i128::from(of_day);
    match is_nanoseconds {
        true => nanoseconds.try_into().ok(),
        false if nanoseconds % 1000 == 0 => (nanoseconds / 1000).try_into().ok(),
        false => None,
    }
}

/// The months, days and milliseconds of an INTERVAL.
fn interval(bytes: &[u8]) -> Option<(i32, i32, i32)> {
    let part = |index: usize| Some(i32::from_le_bytes(*bytes.get(index * 4..)?.first_chunk()?));
    Some((part(0)?, part(1)?, part(2)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn big_endian_numbers_keep_their_sign_and_their_size() {
        fn extended<const N: usize>(number: &[u8]) -> Option<[u8; N]> {
            let mut bytes = [1; N];
            extend(number, &mut bytes).map(|()| bytes)
        }
        assert_eq!(extended(&[0x80]).map(i32::from_le_bytes), Some(-128));
        assert_eq!(extended(&[1, 0]).map(i32::from_le_bytes), Some(256));
        assert_eq!(extended(&[0xFF, 0xFF, 0x80, 0]).map(i16::from_le_bytes), Some(i16::MIN));
        assert_eq!(extended::<2>(&[0, 0x80, 0]), None);
        assert_eq!(extended::<2>(&[1, 0, 0]), None);
        assert_eq!(extended::<2>(&[]), None);
    }
}
