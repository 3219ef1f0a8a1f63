//! Rows of a column as an Arrow array: each value among its nulls, and as its logical type.

use std::sync::Arc;

use arrow::array::{
    ArrayData, ArrayRef, BinaryViewArray, BooleanArray, FixedSizeBinaryArray, GenericByteArray, NullArray,
    StringViewArray, make_array,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer};
use arrow::datatypes::{
    ArrowNativeType, BinaryType, ByteArrayType, DataType, IntervalDayTime, IntervalMonthDayNano,
    IntervalUnit, LargeBinaryType, LargeUtf8Type, TimeUnit, Utf8Type, i256,
};
use parquet::basic::Type as Physical;

use super::byte_arrays::ByteArrays;
use super::column::Rows;
use super::fixed::FixedArrays;
use super::flaw::{Decoded, Flaw};
use super::schema::Leaf;
use super::spread::{spread, spread_bytes, spread_offsets};
use super::values::Values;

const TOO_LONG: Flaw = Flaw::Corrupt("a value is beyond its type");
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

/// An array of a type whose values are `T`s.
fn primitive<T: ArrowNativeType>(
    data_type: &DataType,
    values: Vec<T>,
    nulls: Option<NullBuffer>,
) -> Decoded<ArrayRef> {
    let data = ArrayData::builder(data_type.clone()).len(values.len()).add_buffer(Buffer::from_vec(values));
    data.nulls(nulls).build().map(make_array).map_err(|_| TOO_LONG)
}

/// Each value as another; one that has none is out of the range that its column's annotation allows.
fn each<F: Copy, T: ArrowNativeType>(
    data_type: &DataType,
    values: &[F],
    nulls: Option<NullBuffer>,
    become_: impl Fn(F) -> Option<T>,
) -> Decoded<ArrayRef> {
    let values = values.iter().map(|value| become_(*value)).collect::<Option<Vec<T>>>().ok_or(TOO_LONG)?;
    primitive(data_type, values, nulls)
}

fn words(leaf: &Leaf, values: Vec<u32>, nulls: Option<NullBuffer>) -> Decoded<ArrayRef> {
    use DataType::*;
    let to = &leaf.data_type;
    let signed = |value: u32| value as i32;
    match to {
        Int8 => each(to, &values, nulls, |value| i8::try_from(signed(value)).ok()),
        Int16 => each(to, &values, nulls, |value| i16::try_from(signed(value)).ok()),
        UInt8 => each(to, &values, nulls, |value| u8::try_from(value).ok()),
        UInt16 => each(to, &values, nulls, |value| u16::try_from(value).ok()),
        Date64 => each(to, &values, nulls, |value| Some(i64::from(signed(value)) * 86_400_000)),
        Timestamp(..) | Decimal64(..) => each(to, &values, nulls, |value| Some(i64::from(signed(value)))),
        Decimal128(..) => each(to, &values, nulls, |value| Some(i128::from(signed(value)))),
        Decimal256(..) => each(to, &values, nulls, |value| Some(i256::from_i128(signed(value).into()))),
        _ => primitive(to, values, nulls),
    }
}

fn long_words(leaf: &Leaf, values: Vec<u64>, nulls: Option<NullBuffer>) -> Decoded<ArrayRef> {
    use DataType::*;
    let to = &leaf.data_type;
    let signed = |value: u64| value as i64;
    match to {
        Decimal32(..) => each(to, &values, nulls, |value| i32::try_from(signed(value)).ok()),
        Decimal128(..) => each(to, &values, nulls, |value| Some(i128::from(signed(value)))),
        Decimal256(..) => each(to, &values, nulls, |value| Some(i256::from_i128(signed(value).into()))),
        _ => primitive(to, values, nulls),
    }
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
        return primitive(to, data.chunks_exact(2).map(half).collect(), nulls);
    }
    let value = |slot: usize| &data[slot * width..][..width];
    if leaf.storage.physical == Physical::INT96 {
        let is_nanoseconds = matches!(to, DataType::Timestamp(TimeUnit::Nanosecond, _));
        return slot_by_slot(to, nulls, slots, Flaw::Misfit, |slot| timestamp(value(slot), is_nanoseconds));
    }
    match to {
        DataType::Interval(IntervalUnit::YearMonth) => slot_by_slot(
            to,
            nulls,
            slots,
            |_| INTERVAL,
            |slot| match interval(value(slot))? {
                (months, 0, 0) => Some(months),
                _ => None,
            },
        ),
        DataType::Interval(IntervalUnit::DayTime) => slot_by_slot(
            to,
            nulls,
            slots,
            |_| INTERVAL,
            |slot| match interval(value(slot))? {
                (0, days, milliseconds) => Some(IntervalDayTime::new(days, milliseconds)),
                _ => None,
            },
        ),
        DataType::Interval(_) => slot_by_slot(to, nulls, slots, Flaw::Misfit, |slot| {
            // None of the three is negative.
            let (months, days, milliseconds) = interval(value(slot))?;
            let nanoseconds = i64::from(milliseconds as u32) * 1_000_000;
            (months >= 0 && days >= 0).then(|| IntervalMonthDayNano::new(months, days, nanoseconds))
        }),
        _ => decimals(to, nulls, slots, value),
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
    let long = |offsets: &[i32]| offsets.iter().map(|offset| i64::from(*offset)).collect();
    Ok(match &leaf.data_type {
        DataType::Utf8 => Arc::new(text::<Utf8Type>(offsets, data, nulls)?),
        DataType::LargeUtf8 => Arc::new(text::<LargeUtf8Type>(long(&offsets), data, nulls)?),
        DataType::Utf8View => Arc::new(StringViewArray::from(&text::<Utf8Type>(offsets, data, nulls)?)),
        DataType::Binary => Arc::new(text::<BinaryType>(offsets, data, nulls)?),
        DataType::LargeBinary => Arc::new(text::<LargeBinaryType>(long(&offsets), data, nulls)?),
        DataType::BinaryView => Arc::new(BinaryViewArray::from(&text::<BinaryType>(offsets, data, nulls)?)),
        to => {
            let value = |slot: usize| &data[offsets[slot] as usize..offsets[slot + 1] as usize];
            return decimals(to, nulls, slots, value);
        }
    })
}

fn text<T: ByteArrayType>(
    offsets: Vec<T::Offset>,
    data: Vec<u8>,
    nulls: Option<NullBuffer>,
) -> Decoded<GenericByteArray<T>> {
    let array = GenericByteArray::try_new(OffsetBuffer::new(offsets.into()), Buffer::from_vec(data), nulls);
    array.map_err(|_| Flaw::Corrupt("a text is not UTF-8"))
}

/// The value of each slot that is not null, by its number.
fn slot_by_slot<T: ArrowNativeType>(
    data_type: &DataType,
    nulls: Option<NullBuffer>,
    slots: usize,
    misfit: impl Fn(usize) -> Flaw,
    value: impl Fn(usize) -> Option<T>,
) -> Decoded<ArrayRef> {
    let of = |slot: usize| match &nulls {
        Some(nulls) if nulls.is_null(slot) => Ok(T::default()),
        _ => value(slot).ok_or_else(|| misfit(slot)),
    };
    let values = (0..slots).map(of).collect::<Decoded<Vec<T>>>()?;
    primitive(data_type, values, nulls)
}

/// Decimals, each of them a big-endian number.
fn decimals<'a>(
    to: &DataType,
    nulls: Option<NullBuffer>,
    slots: usize,
    value: impl Fn(usize) -> &'a [u8],
) -> Decoded<ArrayRef> {
    let beyond = |_| TOO_LONG;
    match to {
        DataType::Decimal32(..) => {
            slot_by_slot(to, nulls, slots, beyond, |slot| extended(value(slot)).map(i32::from_be_bytes))
        }
        DataType::Decimal64(..) => {
            slot_by_slot(to, nulls, slots, beyond, |slot| extended(value(slot)).map(i64::from_be_bytes))
        }
        DataType::Decimal128(..) => {
            slot_by_slot(to, nulls, slots, beyond, |slot| extended(value(slot)).map(i128::from_be_bytes))
        }
        DataType::Decimal256(..) => {
            slot_by_slot(to, nulls, slots, beyond, |slot| extended(value(slot)).map(i256::from_be_bytes))
        }
        _ => Err(Flaw::Unsupported("a column of a type")),
    }
}

/// A big-endian number in `N` bytes, where it fits; no number has no bytes.
fn extended<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    let sign = if bytes.first()? & 0x80 == 0 { 0 } else { 0xFF };
    let mut out = [sign; N];
    let Some(rest) = bytes.len().checked_sub(N) else {
        out[N - bytes.len()..].copy_from_slice(bytes);
        return Some(out);
    };
    let (above, low) = bytes.split_at(rest);
    out.copy_from_slice(low);
    let same = above.iter().all(|byte| *byte == sign) && (low.first()? ^ sign) & 0x80 == 0;
    same.then_some(out)
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

fn half(bytes: &[u8]) -> u16 {
    bytes.first_chunk().map_or(0, |bytes| u16::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn big_endian_numbers_keep_their_sign_and_their_size() {
        assert_eq!(extended::<4>(&[0x80]).map(i32::from_be_bytes), Some(-128));
        assert_eq!(extended::<4>(&[1, 0]).map(i32::from_be_bytes), Some(256));
        assert_eq!(extended::<2>(&[0xFF, 0xFF, 0x80, 0]).map(i16::from_be_bytes), Some(i16::MIN));
        assert_eq!(extended::<2>(&[0, 0x80, 0]), None);
        assert_eq!(extended::<2>(&[1, 0, 0]), None);
        assert_eq!(extended::<2>(&[]), None);
    }
}
