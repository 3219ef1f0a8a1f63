//! The values of columns of byte strings: text, binary, and what has a fixed number of bytes.

use super::bounds::{Bounds, Finder};
use super::column_values::OpenPage;
use super::dictionary::{ByteDictionary, Choice, Indices};
use super::metadata::Encoding;
use super::order::Order;

/// The values of the open page of a column, and what is kept of those before them in its chunk.
pub struct ByteValues {
    /// Lengths are written where they are not all the same.
    has_lengths: bool,
    has_dictionary: bool,
    dictionary: Option<ByteDictionary>,
    indices: Indices,
    /// The values of the page as they are written, while there is no dictionary.
    plain: Vec<u8>,
    /// What the values so far would take in `plain`, until the dictionary is judged.
    unjudged_bytes: usize,
    /// Of the values in `plain`.
    finder: Option<Finder>,
    order: Order,
    /// Whether the chunk's dictionary has been judged.
    is_judged: bool,
}

impl ByteValues {
    pub fn new(order: Order, has_lengths: bool, has_dictionary: bool) -> Self {
        let mut values = ByteValues {
            has_lengths,
            has_dictionary,
            dictionary: None,
            indices: Indices::default(),
            plain: Vec::new(),
            unjudged_bytes: 0,
            finder: (order != Order::None).then(|| Finder::new(order)),
            order,
            is_judged: false,
        };
        values.start_chunk();
        values
    }

    pub fn push<'a>(&mut self, values: impl Iterator<Item = &'a [u8]> + Clone) {
        let bytes = plain_bytes(self.has_lengths, values.clone());
        if let Some(dictionary) = &mut self.dictionary {
            self.indices.extend(values.map(|value| dictionary.index(value)));
            self.unjudged_bytes += bytes;
            return;
        }
        if let Some(finder) = &mut self.finder {
            values.clone().for_each(|value| finder.see(value));
        }
        append(&mut self.plain, self.has_lengths, bytes, values);
    }
}

impl OpenPage for ByteValues {
    fn start_chunk(&mut self) {
        self.plain = Vec::new();
        self.indices = Indices::default();
        self.unjudged_bytes = 0;
        self.dictionary = self.has_dictionary.then(ByteDictionary::default);
        self.is_judged = false;
    }

    fn page_bytes(&self) -> usize {
        self.plain.len() + self.indices.bytes()
    }

    fn memory(&self) -> usize {
        self.plain.capacity() + self.doubling_memory()
    }

    fn doubling_memory(&self) -> usize {
        self.indices.memory() + self.dictionary.as_ref().map_or(0, ByteDictionary::memory)
    }

    fn dictionary_is_full(&self) -> bool {
        self.dictionary.as_ref().is_some_and(ByteDictionary::is_full)
    }

    fn dictionary_page(&mut self, out: &mut Vec<u8>) -> Option<usize> {
        let dictionary = self.dictionary.take().filter(|dictionary| !dictionary.entries().is_empty())?;
        let entries = dictionary.entries();
        let values = entries.iter().map(|entry| dictionary.value(*entry));
        append(out, self.has_lengths, plain_bytes(self.has_lengths, values.clone()), values);
        Some(entries.len())
    }

    fn unjudged_bytes(&self) -> Option<usize> {
        (self.dictionary.is_some() && !self.is_judged).then_some(self.unjudged_bytes)
    }

    fn judge_dictionary(&mut self, at_end: bool, scratch: &mut Vec<u8>) {
        let Some(dictionary) = &self.dictionary else { return };
        if self.is_judged || self.indices.is_empty() {
            return;
        }
        self.is_judged = true;
        let entries = dictionary.entries();
        let bytes = plain_bytes(self.has_lengths, entries.iter().map(|entry| dictionary.value(*entry)));
        let choice = Choice {
            entries: entries.len(),
            entry_bytes: bytes as f64 / entries.len() as f64,
            other_bytes: self.unjudged_bytes,
            indices: &self.indices,
            at_end,
        };
        if choice.dictionary_pays(scratch) {
            return;
        }
        if let Some(finder) = &mut self.finder {
            entries.iter().for_each(|entry| finder.see(dictionary.value(*entry)));
        }
        let values = self.indices.iter().map(|index| dictionary.value(entries[index as usize]));
        append(&mut self.plain, self.has_lengths, self.unjudged_bytes, values);
        self.dictionary = None;
        self.indices.clear();
    }

    fn end_page(&mut self, out: &mut Vec<u8>) -> Encoding {
        match &self.dictionary {
            Some(dictionary) if !self.indices.is_empty() => {
                self.indices.encode(dictionary.entries().len(), out);
                Encoding::RleDictionary
            }
            _ => {
                out.extend_from_slice(&self.plain);
                Encoding::Plain
            }
        }
    }

    fn clear_page(&mut self) {
        self.plain.clear();
        self.indices.clear();
    }

    fn bounds(&mut self) -> Option<Bounds> {
        let Some(dictionary) = &self.dictionary else { return self.finder.as_mut()?.take() };
        let mut finder = Finder::new(self.order);
        let used = self.indices.used(dictionary.entries());
        used.iter().for_each(|entry| finder.see(dictionary.value(*entry)));
        finder.take()
    }
}

fn plain_bytes<'a>(has_lengths: bool, values: impl Iterator<Item = &'a [u8]>) -> usize {
    let length_bytes = if has_lengths { 4 } else { 0 };
    values.map(|value| value.len() + length_bytes).sum()
}

/// Appends values that take so many bytes.
fn append<'a>(out: &mut Vec<u8>, has_lengths: bool, bytes: usize, values: impl Iterator<Item = &'a [u8]>) {
    let start = out.len();
    out.reserve_exact(bytes);
    out.resize(start + bytes, 0);
    let mut rest = &mut out[start..];
    for value in values {
        if has_lengths {
            let (length, after) = rest.split_at_mut(4);
            length.copy_from_slice(&(value.len() as u32).to_le_bytes());
            rest = after;
        }
        let (place, after) = rest.split_at_mut(value.len());
        copy(value, place);
        rest = after;
    }
}

/// Short values as words that may overlap: in wasm a copy of any length is a call.
#[inline]
fn copy(from: &[u8], to: &mut [u8]) {
    fn ends<const N: usize>(from: &[u8], to: &mut [u8]) -> Option<()> {
        let (first, last) = (from.first_chunk::<N>()?, from.last_chunk::<N>()?);
        *to.first_chunk_mut()? = *first;
        *to.last_chunk_mut()? = *last;
        Some(())
    }
    match from.len() {
        0 => {}
        1 => to[0] = from[0],
        2..4 => drop(ends::<2>(from, to)),
        4..8 => drop(ends::<4>(from, to)),
        8..=16 => drop(ends::<8>(from, to)),
        _ => to.copy_from_slice(from),
    }
}
