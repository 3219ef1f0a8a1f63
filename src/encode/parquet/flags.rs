//! The values of boolean columns.

use arrow::array::BooleanBufferBuilder;
use arrow::buffer::BooleanBuffer;

use super::bounds::Bounds;
use super::column_values::OpenPage;
use super::metadata::Encoding;

/// The values of the open page, a bit each as the format has them.
pub struct Flags {
    bits: BooleanBufferBuilder,
}

impl Flags {
    pub fn new() -> Self {
        Flags { bits: BooleanBufferBuilder::new(0) }
    }

    pub fn push(&mut self, values: &BooleanBuffer) {
        self.bits.append_buffer(values);
    }
}

impl OpenPage for Flags {
    fn page_bytes(&self) -> usize {
        self.bits.len().div_ceil(8)
    }

    fn memory(&self) -> usize {
        self.bits.capacity() / 8
    }

    fn end_page(&mut self, out: &mut Vec<u8>) -> Encoding {
        out.extend_from_slice(&self.bits.as_slice()[..self.bits.len().div_ceil(8)]);
        Encoding::Plain
    }

    fn clear_page(&mut self) {
        self.bits.truncate(0);
    }

    fn bounds(&mut self) -> Option<Bounds> {
        let set = (0..self.bits.len()).filter(|at| self.bits.get_bit(*at)).count();
        let all = self.bits.len();
        (all > 0).then(|| Bounds::exact(vec![u8::from(set == all)], vec![u8::from(set > 0)]))
    }
}
