//! Texts and binaries as views.

use arrow::array::{Array, ArrayData, ArrayRef, make_array};
use arrow::buffer::Buffer;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

/// What has offsets of 32 bits as an array of a type of views, of the same bytes.
pub fn views(values: &dyn Array, target: &DataType) -> Result<ArrayRef, ArrowError> {
    let data = values.to_data();
    let offsets = data.buffer::<i32>(0).get(..=data.len()).unwrap_or_default();
    let bytes = &data.buffers()[1];
    let views: Vec<u128> = offsets.windows(2).map(|span| view(bytes, span[0], span[1])).collect();
    let data = ArrayData::builder(target.clone()).len(values.len()).nulls(values.nulls().cloned());
    data.add_buffer(Buffer::from_vec(views)).add_buffer(bytes.clone()).build().map(make_array)
}

/// Its length, and either the value, of up to 12 bytes, or the first four and where it is in the first buffer.
fn view(bytes: &[u8], start: i32, end: i32) -> u128 {
    let value = &bytes[start as usize..end as usize];
    let mut view = [0; 16];
    view[..4].copy_from_slice(&(value.len() as u32).to_le_bytes());
    if value.len() <= 12 {
        view[4..][..value.len()].copy_from_slice(value);
    } else {
        view[4..8].copy_from_slice(&value[..4]);
        view[12..].copy_from_slice(&start.to_le_bytes());
    }
    u128::from_le_bytes(view)
}
