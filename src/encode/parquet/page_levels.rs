//! The levels of a page that is open.

use arrow::array::BooleanBufferBuilder;
use arrow::buffer::NullBuffer;

use super::bits;
use super::levels::Slot;
use super::schema::Leaf;

pub struct PageLevels {
    max_definition: u16,
    max_repetition: u16,
    slots: usize,
    nulls: usize,
    /// Of a column that is not nested.
    validity: BooleanBufferBuilder,
    definitions: Vec<u16>,
    repetitions: Vec<u16>,
}

impl PageLevels {
    pub fn new(leaf: &Leaf) -> Self {
        PageLevels {
            max_definition: leaf.max_definition,
            max_repetition: leaf.max_repetition,
            slots: 0,
            nulls: 0,
            validity: BooleanBufferBuilder::new(0),
            definitions: Vec::new(),
            repetitions: Vec::new(),
        }
    }

    /// Rows of a column that is not nested.
    pub fn push_flat(&mut self, rows: usize, nulls: Option<NullBuffer>) {
        self.slots += rows;
        match nulls {
            Some(nulls) => {
                self.nulls += nulls.null_count();
                self.validity.append_buffer(nulls.inner());
            }
            None if self.max_definition > 0 => self.validity.append_n(rows, true),
            None => {}
        }
    }

    pub fn push_nested(&mut self, slots: &[Slot]) {
        self.slots += slots.len();
        self.nulls += slots.iter().filter(|slot| slot.value().is_none()).count();
        self.definitions.extend(slots.iter().map(|slot| slot.definition));
        if self.max_repetition > 0 {
            self.repetitions.extend(slots.iter().map(|slot| slot.repetition));
        }
    }

    /// Values, nulls and empty lists.
    pub fn slots(&self) -> usize {
        self.slots
    }

    pub fn nulls(&self) -> usize {
        self.nulls
    }

    /// About what the levels of nested columns take.
    pub fn bytes(&self) -> usize {
        (self.definitions.len() + self.repetitions.len()) / 4
    }

    pub fn memory(&self) -> usize {
        self.validity.capacity() / 8 + 2 * (self.definitions.capacity() + self.repetitions.capacity())
    }

    /// Appends the levels, as data pages of version 1 have them.
    pub fn encode(&self, out: &mut Vec<u8>) {
        if self.max_repetition > 0 {
            with_length(out, |out| hybrid(&self.repetitions, self.max_repetition, out));
        }
        if self.max_definition == 0 {
            return;
        }
        with_length(out, |out| {
            if self.nulls == 0 || self.nulls == self.slots && self.definitions.is_empty() {
                let level = if self.nulls == 0 { self.max_definition } else { 0 };
                bits::repeated(level.into(), self.slots, width(self.max_definition), out);
            } else if self.definitions.is_empty() {
                bits::hybrid_of_bits(self.validity.as_slice(), self.slots, out);
            } else {
                hybrid(&self.definitions, self.max_definition, out);
            }
        });
    }

    pub fn clear(&mut self) {
        self.slots = 0;
        self.nulls = 0;
        self.validity.truncate(0);
        self.definitions.clear();
        self.repetitions.clear();
    }
}

fn width(max_level: u16) -> u32 {
    bits::width(max_level.into())
}

fn hybrid(levels: &[u16], max_level: u16, out: &mut Vec<u8>) {
    bits::hybrid(levels, width(max_level), out);
}

fn with_length(out: &mut Vec<u8>, encode: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    encode(out);
    let length = (out.len() - start - 4) as u32;
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
}
