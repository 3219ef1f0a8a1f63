//! Texts and binary values of offsets.

use arrow::array::{Array, ArrayData, GenericByteArray, OffsetSizeTrait};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::ByteArrayType;

/// The array of so many values; nothing where the offsets do not fit, or a text is no UTF-8. What Arrow's crate checks
/// of arrays of any type takes several times as long.
pub fn array<T: ByteArrayType>(
    length: usize,
    buffers: &[Buffer],
    nulls: Option<NullBuffer>,
) -> Option<ArrayData> {
    let [offsets, values] = buffers else { return None };
    let offsets = match length {
        0 if offsets.is_empty() => OffsetBuffer::new_empty(),
        _ => checked(ScalarBuffer::new(aligned::<T::Offset>(offsets), 0, length + 1))?,
    };
    let array = GenericByteArray::<T>::try_new(offsets, values.clone(), nulls);
    array.ok().map(|array| array.into_data())
}

fn aligned<T>(buffer: &Buffer) -> Buffer {
    match buffer.as_ptr().align_offset(align_of::<T>()) {
        0 => buffer.clone(),
        _ => Buffer::from_slice_ref(buffer.as_slice()),
    }
}

/// Offsets that never go back.
fn checked<O: OffsetSizeTrait>(offsets: ScalarBuffer<O>) -> Option<OffsetBuffer<O>> {
    let is_sorted = offsets.first()? >= &O::zero() && offsets.windows(2).all(|pair| pair[0] <= pair[1]);
    is_sorted.then(|| OffsetBuffer::new(offsets))
}
