//! The values of columns of 32 or 64 bits: integers, and floats by their bits.

use arrow::datatypes::{ArrowNativeType, ToByteSlice};

use super::bounds::Bounds;
use super::column_values::OpenPage;
use super::delta;
use super::dictionary::{Choice, Indices, WordDictionary};
use super::metadata::Encoding;
use super::order::Order;

pub trait Word: ArrowNativeType + Ord {
    const WIDTH: usize = size_of::<Self>();

    fn signed(self) -> i64;
    fn bits(self) -> u64;
    /// The float of these bits, and its inverse.
    fn as_float(self) -> f64;
    fn of_float(float: f64) -> Self;
    /// Nothing where the difference does not fit.
    fn minus(self, other: Self) -> Option<i64>;
}

impl Word for i32 {
    fn signed(self) -> i64 {
        i64::from(self)
    }

    fn bits(self) -> u64 {
        u64::from(self as u32)
    }

    #[inline]
    fn as_float(self) -> f64 {
        f32::from_bits(self as u32).into()
    }

    fn of_float(float: f64) -> i32 {
        (float as f32).to_bits() as i32
    }

    #[inline]
    fn minus(self, other: i32) -> Option<i64> {
        self.checked_sub(other).map(i64::from)
    }
}

impl Word for i64 {
    fn signed(self) -> i64 {
        self
    }

    fn bits(self) -> u64 {
        self as u64
    }

    #[inline]
    fn as_float(self) -> f64 {
        f64::from_bits(self as u64)
    }

    fn of_float(float: f64) -> i64 {
        float.to_bits() as i64
    }

    #[inline]
    fn minus(self, other: i64) -> Option<i64> {
        self.checked_sub(other)
    }
}

/// The values of the open page of a column, and what is kept of those before them in its chunk.
pub struct WordValues<W> {
    order: Order,
    has_dictionary: bool,
    dictionary: Option<WordDictionary<W>>,
    indices: Indices,
    /// The values of the page, while there is no dictionary.
    plain: Vec<W>,
    /// Whether differences were smaller than the values in the chunk's first page without a dictionary.
    delta_pays: Option<bool>,
    /// Whether the chunk's dictionary has been judged.
    is_judged: bool,
}

/// Differences are written where they take no more than this share of the values.
const DELTA_PAYS: (usize, usize) = (7, 8);

impl<W: Word> WordValues<W> {
    pub fn new(order: Order, has_dictionary: bool) -> Self {
        let mut values = WordValues {
            order,
            has_dictionary,
            dictionary: None,
            indices: Indices::default(),
            plain: Vec::new(),
            delta_pays: None,
            is_judged: false,
        };
        values.start_chunk();
        values
    }

    pub fn push(&mut self, values: &[W]) {
        match &mut self.dictionary {
            Some(dictionary) => self.indices.extend(values.iter().map(|value| dictionary.index(*value))),
            None => {
                self.plain.reserve_exact(values.len());
                self.plain.extend_from_slice(values);
            }
        }
    }

    /// What differences would take, where that is less.
    fn delta(&self, scratch: &mut Vec<u8>) -> Option<usize> {
        scratch.clear();
        let pays = delta::encode(&self.plain, scratch)
            && scratch.len() * DELTA_PAYS.1 <= self.plain.len() * W::WIDTH * DELTA_PAYS.0;
        pays.then_some(scratch.len())
    }
}

impl<W: Word> OpenPage for WordValues<W> {
    fn start_chunk(&mut self) {
        self.plain = Vec::new();
        self.indices = Indices::default();
        self.dictionary = self.has_dictionary.then(WordDictionary::default);
        self.delta_pays = if self.order == Order::Float { Some(false) } else { None };
        self.is_judged = false;
    }

    fn page_bytes(&self) -> usize {
        self.plain.len() * W::WIDTH + self.indices.bytes()
    }

    fn memory(&self) -> usize {
        self.plain.capacity() * W::WIDTH + self.doubling_memory()
    }

    fn doubling_memory(&self) -> usize {
        self.indices.memory() + self.dictionary.as_ref().map_or(0, WordDictionary::memory)
    }

    fn dictionary_is_full(&self) -> bool {
        self.dictionary.as_ref().is_some_and(WordDictionary::is_full)
    }

    fn dictionary_page(&mut self, out: &mut Vec<u8>) -> Option<usize> {
        let dictionary = self.dictionary.take().filter(|dictionary| !dictionary.values().is_empty())?;
        out.extend_from_slice(dictionary.values().to_byte_slice());
        Some(dictionary.values().len())
    }

    fn unjudged_bytes(&self) -> Option<usize> {
        (self.dictionary.is_some() && !self.is_judged).then(|| self.indices.len() * W::WIDTH)
    }

    fn judge_dictionary(&mut self, at_end: bool, scratch: &mut Vec<u8>) {
        let Some(dictionary) = &self.dictionary else { return };
        if self.is_judged || self.indices.is_empty() {
            return;
        }
        self.is_judged = true;
        self.plain.extend(self.indices.iter().map(|index| dictionary.values()[index as usize]));
        let alternative = if self.delta_pays == Some(false) { None } else { self.delta(scratch) };
        let choice = Choice {
            entries: dictionary.values().len(),
            entry_bytes: W::WIDTH as f64,
            other_bytes: alternative.unwrap_or(self.plain.len() * W::WIDTH),
            indices: &self.indices,
            at_end,
        };
        if choice.dictionary_pays(scratch) {
            self.plain.clear();
        } else {
            self.dictionary = None;
            self.indices.clear();
        }
    }

    fn end_page(&mut self, out: &mut Vec<u8>) -> Encoding {
        if self.plain.is_empty() && self.indices.is_empty() {
            return Encoding::Plain;
        }
        if let Some(dictionary) = &self.dictionary {
            self.indices.encode(dictionary.values().len(), out);
            return Encoding::RleDictionary;
        }
        let start = out.len();
        if self.delta_pays != Some(false) {
            let plain_bytes = self.plain.len() * W::WIDTH;
            let pays = delta::encode(&self.plain, out)
                && (out.len() - start) * DELTA_PAYS.1 <= plain_bytes * DELTA_PAYS.0;
            let pays_at_all = *self.delta_pays.get_or_insert(pays);
            if pays && pays_at_all {
                return Encoding::DeltaBinaryPacked;
            }
            out.truncate(start);
        }
        out.extend_from_slice(self.plain.to_byte_slice());
        Encoding::Plain
    }

    fn clear_page(&mut self) {
        self.plain.clear();
        self.indices.clear();
    }

    fn bounds(&mut self) -> Option<Bounds> {
        let used = self.dictionary.as_ref().map(|dictionary| self.indices.used(dictionary.values()));
        let values = used.as_deref().unwrap_or(&self.plain);
        let (min, max) = match self.order {
            Order::Signed => min_max(values, |value| value),
            Order::Unsigned => min_max(values, W::bits),
            Order::Float => float_min_max(values),
            _ => None,
        }?;
        let bytes = |word: W| word.to_byte_slice().to_vec();
        Some(Bounds::exact(bytes(min), bytes(max)))
    }
}

fn min_max<W: Word, K: Ord>(values: &[W], key: impl Fn(W) -> K) -> Option<(W, W)> {
    let first = *values.first()?;
    Some(values.iter().fold((first, first), |(min, max), value| {
        (if key(*value) < key(min) { *value } else { min }, if key(*value) > key(max) { *value } else { max })
    }))
}

/// NaN left out, of which no comparison holds. A least zero is -0.0 and a greatest +0.0: readers may take the two for
/// equal.
fn float_min_max<W: Word>(values: &[W]) -> Option<(W, W)> {
    let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values {
        let float = value.as_float();
        if float < min {
            min = float;
        }
        if float > max {
            max = float;
        }
    }
    let zero = |bound: f64, zero: f64| W::of_float(if bound == 0.0 { zero } else { bound });
    (min <= max).then(|| (zero(min, -0.0), zero(max, 0.0)))
}
