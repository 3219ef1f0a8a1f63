//! The values of an Arrow array as Parquet's physical types have them, nulls left out.

use arrow::array::{Array, ArrowPrimitiveType, AsArray, BinaryViewArray, GenericByteArray};
use arrow::buffer::{BooleanBuffer, ScalarBuffer};
use arrow::datatypes::*;

use super::logical::decimal_width;
use crate::error::{Code, Error, Result};

/// Which values of an array there are to write.
#[derive(Clone, Copy)]
pub enum Picked<'p> {
    All,
    At(&'p [u32]),
}

impl Picked<'_> {
    fn map<V>(self, len: usize, value: impl Fn(usize) -> V) -> Vec<V> {
        match self {
            Picked::All => (0..len).map(value).collect(),
            Picked::At(places) => places.iter().map(|at| value(*at as usize)).collect(),
        }
    }
}

/// Values of a leaf column, in order.
pub enum Values<'a> {
    /// There are none, and never will be.
    None,
    Flags(BooleanBuffer),
    Words32(ScalarBuffer<i32>),
    Words64(ScalarBuffer<i64>),
    Bytes(Vec<&'a [u8]>),
    /// Of so many bytes each.
    Fixed(usize, Vec<u8>),
}

/// The values of an array of a type that [`super::values::stored`] gives.
pub fn values<'a>(array: &'a dyn Array, picked: Picked) -> Result<Values<'a>> {
    use DataType::*;
    let len = array.len();
    Ok(match array.data_type() {
        Null => Values::None,
        Boolean => {
            let all = array.as_boolean().values();
            Values::Flags(match picked {
                Picked::All => all.clone(),
                Picked::At(_) => picked.map(len, |at| all.value(at)).into_iter().collect(),
            })
        }
        Int8 => Values::Words32(narrow::<Int8Type>(array, picked, i32::from)),
        Int16 => Values::Words32(narrow::<Int16Type>(array, picked, i32::from)),
        UInt8 => Values::Words32(narrow::<UInt8Type>(array, picked, i32::from)),
        UInt16 => Values::Words32(narrow::<UInt16Type>(array, picked, i32::from)),
        Int32 | UInt32 | Float32 | Date32 | Time32(_) => Values::Words32(words(array, picked)),
        Int64 | UInt64 | Float64 | Time64(_) | Timestamp(..) | Duration(_) => {
            Values::Words64(words(array, picked))
        }
        Decimal128(precision, _) => decimal::<Decimal128Type, 16>(
            array,
            picked,
            *precision,
            |value| value as i64,
            |value| value.to_be_bytes(),
        ),
        Decimal256(precision, _) => decimal::<Decimal256Type, 32>(
            array,
            picked,
            *precision,
            |value| value.as_i128() as i64,
            |value| value.to_be_bytes(),
        ),
        Float16 => fixed::<Float16Type, 2>(array, picked, |value| value.to_le_bytes()),
        Interval(IntervalUnit::YearMonth) => {
            fixed::<IntervalYearMonthType, 12>(array, picked, |months| interval(months, 0, 0))
        }
        Interval(IntervalUnit::DayTime) => fixed::<IntervalDayTimeType, 12>(array, picked, |value| {
            interval(0, value.days, value.milliseconds)
        }),
        Utf8 => byte_array::<Utf8Type>(array, picked),
        LargeUtf8 => byte_array::<LargeUtf8Type>(array, picked),
        Binary => byte_array::<BinaryType>(array, picked),
        LargeBinary => byte_array::<LargeBinaryType>(array, picked),
        Utf8View => {
            let all = array.as_string_view();
            Values::Bytes(picked.map(len, |at| all.value(at).as_bytes()))
        }
        BinaryView => {
            let all: &BinaryViewArray = array.as_binary_view();
            Values::Bytes(picked.map(len, |at| all.value(at)))
        }
        FixedSizeBinary(_) => {
            let all = array.as_fixed_size_binary();
            Values::Bytes(picked.map(len, |at| all.value(at)))
        }
        Dictionary(..) => return of_dictionary(array, picked),
        other => return Err(unexpected(other)),
    })
}

/// Values of the width that they are stored in, whatever they mean.
fn words<T: ArrowNativeType>(array: &dyn Array, picked: Picked) -> ScalarBuffer<T> {
    let data = array.to_data();
    let all = ScalarBuffer::new(data.buffers()[0].clone(), data.offset(), data.len());
    match picked {
        Picked::All => all,
        Picked::At(_) => picked.map(all.len(), |at| all[at]).into(),
    }
}

fn narrow<P: ArrowPrimitiveType>(
    array: &dyn Array,
    picked: Picked,
    widen: impl Fn(P::Native) -> i32,
) -> ScalarBuffer<i32> {
    let all = array.as_primitive::<P>().values();
    picked.map(all.len(), |at| widen(all[at])).into()
}

fn decimal<'a, P: ArrowPrimitiveType, const N: usize>(
    array: &dyn Array,
    picked: Picked,
    precision: u8,
    small: impl Fn(P::Native) -> i64,
    bytes: impl Fn(P::Native) -> [u8; N],
) -> Values<'a> {
    let all = array.as_primitive::<P>().values();
    match precision {
        0..=9 => Values::Words32(picked.map(all.len(), |at| small(all[at]) as i32).into()),
        10..=18 => Values::Words64(picked.map(all.len(), |at| small(all[at])).into()),
        _ => {
            let width = decimal_width(precision);
            let each = picked.map(all.len(), |at| bytes(all[at]));
            Values::Fixed(width, each.iter().flat_map(|bytes| &bytes[N - width..]).copied().collect())
        }
    }
}

fn fixed<'a, P: ArrowPrimitiveType, const N: usize>(
    array: &dyn Array,
    picked: Picked,
    bytes: impl Fn(P::Native) -> [u8; N],
) -> Values<'a> {
    let all = array.as_primitive::<P>().values();
    Values::Fixed(N, picked.map(all.len(), |at| bytes(all[at])).into_flattened())
}

fn interval(months: i32, days: i32, milliseconds: i32) -> [u8; 12] {
    let mut bytes = [0; 12];
    for (part, value) in bytes.as_chunks_mut::<4>().0.iter_mut().zip([months, days, milliseconds]) {
        *part = value.to_le_bytes();
    }
    bytes
}

fn byte_array<'a, T: ByteArrayType>(array: &'a dyn Array, picked: Picked) -> Values<'a> {
    let all: &GenericByteArray<T> = array.as_bytes();
    let (offsets, data) = (all.value_offsets(), all.value_data());
    let value = |at: usize| &data[offsets[at].as_usize()..offsets[at + 1].as_usize()];
    Values::Bytes(picked.map(all.len(), value))
}

fn of_dictionary<'a>(array: &'a dyn Array, picked: Picked) -> Result<Values<'a>> {
    let dictionary = array.as_any_dictionary();
    if dictionary.values().is_empty() {
        return values(dictionary.values(), Picked::All);
    }
    let keys = dictionary.normalized_keys();
    let places = picked.map(keys.len(), |at| keys[at] as u32);
    values(dictionary.values(), Picked::At(&places))
}

fn unexpected(data_type: &DataType) -> Error {
    Error::new(Code::Internal, format!("a column of type {data_type} came where its leaves were expected"))
}
