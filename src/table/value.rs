//! Values as bytes, whatever their type.

use arrow::array::{ArrayData, ByteView};
use arrow::datatypes::{ArrowNativeType, DataType};

/// The bytes of a text, a binary, or a value of fixed width; `None` for other types: those that are nested, and
/// booleans. Those of a null mean nothing.
pub fn bytes(values: &ArrayData, row: usize) -> Option<&[u8]> {
    let buffers = values.buffers();
    match values.data_type() {
        DataType::Utf8 | DataType::Binary => Some(spanned::<i32>(values, row)),
        DataType::LargeUtf8 | DataType::LargeBinary => Some(spanned::<i64>(values, row)),
        DataType::Utf8View | DataType::BinaryView => {
            let view = ByteView::from(values.buffer::<u128>(0)[row]);
            let (length, start) = (view.length as usize, view.offset as usize);
            if length <= 12 {
                return Some(&buffers[0][(values.offset() + row) * 16 + 4..][..length]);
            }
            Some(&buffers[1 + view.buffer_index as usize][start..start + length])
        }
        other => {
            let width = width(other)?;
            Some(&buffers[0][(values.offset() + row) * width..][..width])
        }
    }
}

fn spanned<O: ArrowNativeType>(values: &ArrayData, row: usize) -> &[u8] {
    let offsets = values.buffer::<O>(0);
    &values.buffers()[1][offsets[row].as_usize()..offsets[row + 1].as_usize()]
}

/// The bytes of each value of a type of fixed width.
pub fn width(data_type: &DataType) -> Option<usize> {
    match data_type {
        DataType::FixedSizeBinary(size) => usize::try_from(*size).ok(),
        primitive => primitive.primitive_width(),
    }
}
