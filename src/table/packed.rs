//! Columns as they cross from JavaScript: in Arrow's own layout.

use arrow::buffer::Buffer;

/// One column, or one node of a nested one.
#[derive(Debug, Clone)]
pub struct Packed {
    pub length: usize,
    /// One bit a value, 1 for present; `None` where there are no nulls.
    pub validity: Option<Buffer>,
    /// The bit of the first value, in `validity` and in the values of booleans.
    pub bit_offset: usize,
    /// The buffers that Arrow's columnar format lists for the type, without the validity.
    pub buffers: Vec<Buffer>,
    pub children: Vec<Packed>,
    pub dictionary: Option<Box<Packed>>,
}
