//! Dictionaries: each value once, and its place wherever it occurs.

use super::bits;
use super::words::Word;

/// Bytes of a dictionary page, plainly encoded, from which on there are no more values for it.
pub const DICTIONARY_LIMIT: usize = 1 << 20;

/// Places in the dictionary of the values of a page.
#[derive(Debug, Default)]
pub struct Indices {
    all: Vec<u32>,
}

impl Indices {
    pub fn extend(&mut self, indices: impl Iterator<Item = u32>) {
        self.all.extend(indices);
    }

    pub fn iter(&self) -> impl Iterator<Item = u32> {
        self.all.iter().copied()
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub fn clear(&mut self) {
        self.all.clear();
    }

    pub fn memory(&self) -> usize {
        self.all.capacity() * 4
    }

    /// About what they take; each is two bytes at most in a dictionary of usual size.
    pub fn bytes(&self) -> usize {
        self.all.len() * 2
    }

    pub fn encode(&self, entries: usize, out: &mut Vec<u8>) {
        // Not 0, which some readers do not expect.
        let width = bits::width(entries.saturating_sub(1) as u64).max(1);
        out.push(width as u8);
        bits::hybrid(&self.all, width, out);
    }

    /// Those of `entries` that occur in the page.
    pub fn used<T: Copy>(&self, entries: &[T]) -> Vec<T> {
        let mut seen = vec![false; entries.len()];
        self.all.iter().for_each(|index| seen[*index as usize] = true);
        entries.iter().zip(seen).filter(|(_, seen)| *seen).map(|(entry, _)| *entry).collect()
    }
}

/// Whether a dictionary makes a chunk smaller, judged by its first values.
pub struct Choice<'a> {
    pub entries: usize,
    /// What an entry takes in the dictionary page.
    pub entry_bytes: f64,
    /// What its values take without a dictionary.
    pub other_bytes: usize,
    pub indices: &'a Indices,
    /// Whether these are all.
    pub at_end: bool,
}

/// Pages over which the dictionary of a chunk is taken to spread.
const PAGES: f64 = 10.0;

impl Choice<'_> {
    pub fn dictionary_pays(&self, scratch: &mut Vec<u8>) -> bool {
        scratch.clear();
        self.indices.encode(self.entries, scratch);
        let dictionary_bytes = self.entries as f64 * self.entry_bytes;
        let other_bytes = self.other_bytes as f64;
        if self.at_end {
            return dictionary_bytes + (scratch.len() as f64) < other_bytes;
        }
        let (first, second) = self.entries_by_half();
        let growing = second * self.entry_bytes * 2.0 + scratch.len() as f64;
        growing < other_bytes || self.when_grown(first, second).is_some_and(|bytes| bytes < other_bytes)
    }

    /// How many entries were new in each half of the page. Entries are numbered as they come.
    fn entries_by_half(&self) -> (f64, f64) {
        let half = &self.indices.all[..self.indices.len() / 2];
        let first = half.iter().max().map_or(0, |last| *last as usize + 1);
        (first as f64, (self.entries - first) as f64)
    }

    /// What a page takes once all values have been seen, with its share of the dictionary: new ones come ever more
    /// seldom, by the same ratio from half page to half page. Nothing where the dictionary would be full before.
    fn when_grown(&self, first: f64, second: f64) -> Option<f64> {
        let entries = first * first / (first - second);
        let dictionary_bytes = entries * self.entry_bytes;
        let fits = first > second && dictionary_bytes < DICTIONARY_LIMIT as f64;
        let index_bits = f64::from(bits::width(entries as u64));
        fits.then(|| self.indices.len() as f64 * index_bits / 8.0 + dictionary_bytes / PAGES)
    }
}

/// Slots of a hash table that is never more than half full: 0, or the index of an entry and 1.
#[derive(Debug)]
struct Slots {
    slots: Vec<u32>,
    shift: u32,
}

impl Slots {
    fn of(bits: u32) -> Self {
        Slots { slots: vec![0; 1 << bits], shift: 64 - bits }
    }

    fn are_too_few(&self, entries: usize) -> bool {
        entries * 2 > self.slots.len()
    }

    fn twice(&self) -> Self {
        Slots::of(64 - self.shift + 1)
    }

    /// The slot of the entry that `is_it` accepts, or the empty one in which it belongs.
    #[inline]
    fn find(&mut self, hash: u64, mut is_it: impl FnMut(usize) -> bool) -> &mut u32 {
        let mask = self.slots.len() - 1;
        let mut at = (hash >> self.shift) as usize & mask;
        while self.slots[at] != 0 && !is_it(self.slots[at] as usize - 1) {
            at = (at + 1) & mask;
        }
        &mut self.slots[at]
    }
}

const FIRST_BITS: u32 = 10;
/// Odd, and half of its bits set: 2^64 divided by the golden ratio.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

#[inline]
fn scramble(word: u64) -> u64 {
    (word ^ word >> 32).wrapping_mul(MULTIPLIER)
}

#[derive(Debug)]
pub struct WordDictionary<W> {
    values: Vec<W>,
    slots: Slots,
}

impl<W: Word> Default for WordDictionary<W> {
    fn default() -> Self {
        WordDictionary { values: Vec::new(), slots: Slots::of(FIRST_BITS) }
    }
}

impl<W: Word> WordDictionary<W> {
    #[inline]
    pub fn index(&mut self, value: W) -> u32 {
        let values = &self.values;
        let slot = self.slots.find(scramble(value.bits()), |index| values[index] == value);
        if *slot == 0 {
            return self.add(value);
        }
        *slot - 1
    }

    #[inline(never)]
    fn add(&mut self, value: W) -> u32 {
        if self.slots.are_too_few(self.values.len() + 1) {
            let mut slots = self.slots.twice();
            for (index, value) in self.values.iter().enumerate() {
                *slots.find(scramble(value.bits()), |_| false) = index as u32 + 1;
            }
            self.slots = slots;
        }
        *self.slots.find(scramble(value.bits()), |_| false) = self.values.len() as u32 + 1;
        self.values.push(value);
        self.values.len() as u32 - 1
    }

    pub fn values(&self) -> &[W] {
        &self.values
    }

    pub fn is_full(&self) -> bool {
        self.values.len() * W::WIDTH >= DICTIONARY_LIMIT
    }

    pub fn memory(&self) -> usize {
        self.values.capacity() * W::WIDTH + self.slots.slots.len() * 4
    }
}

/// A dictionary of byte strings.
#[derive(Debug)]
pub struct ByteDictionary {
    data: Vec<u8>,
    entries: Vec<Entry>,
    slots: Slots,
}

#[derive(Debug, Clone, Copy)]
pub struct Entry {
    hash: u32,
    start: u32,
    end: u32,
}

impl Default for ByteDictionary {
    fn default() -> Self {
        ByteDictionary { data: Vec::new(), entries: Vec::new(), slots: Slots::of(FIRST_BITS) }
    }
}

impl ByteDictionary {
    #[inline]
    pub fn index(&mut self, value: &[u8]) -> u32 {
        let hash = hash(value);
        let (entries, data) = (&self.entries, &self.data);
        let slot = self.slots.find(hash, |index| {
            let entry = entries[index];
            entry.hash == hash as u32 && equal(&data[entry.start as usize..entry.end as usize], value)
        });
        if *slot == 0 {
            return self.add(value, hash);
        }
        *slot - 1
    }

    #[inline(never)]
    fn add(&mut self, value: &[u8], hash: u64) -> u32 {
        if self.slots.are_too_few(self.entries.len() + 1) {
            let mut slots = self.slots.twice();
            for index in 0..self.entries.len() {
                let hash = self::hash(self.value(self.entries[index]));
                *slots.find(hash, |_| false) = index as u32 + 1;
            }
            self.slots = slots;
        }
        *self.slots.find(hash, |_| false) = self.entries.len() as u32 + 1;
        let start = self.data.len() as u32;
        self.data.extend_from_slice(value);
        self.entries.push(Entry { hash: hash as u32, start, end: self.data.len() as u32 });
        self.entries.len() as u32 - 1
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    #[inline]
    pub fn value(&self, entry: Entry) -> &[u8] {
        &self.data[entry.start as usize..entry.end as usize]
    }

    pub fn is_full(&self) -> bool {
        self.data.len() + self.entries.len() * 4 >= DICTIONARY_LIMIT
    }

    pub fn memory(&self) -> usize {
        self.data.capacity() + self.entries.capacity() * size_of::<Entry>() + self.slots.slots.len() * 4
    }
}

/// As words that may overlap: in wasm a comparison of any length is a call.
#[inline]
fn equal(a: &[u8], b: &[u8]) -> bool {
    fn ends<const N: usize>(bytes: &[u8]) -> Option<(&[u8; N], &[u8; N])> {
        Some((bytes.first_chunk()?, bytes.last_chunk()?))
    }
    a.len() == b.len()
        && match a.len() {
            0 => true,
            1 => a[0] == b[0],
            2..4 => ends::<2>(a) == ends::<2>(b),
            4..8 => ends::<4>(a) == ends::<4>(b),
            8..=16 => ends::<8>(a) == ends::<8>(b),
            _ => a == b,
        }
}

/// Eight bytes at a time; the last eight may overlap those before.
#[inline]
fn hash(value: &[u8]) -> u64 {
    let with = |hash: u64, word| scramble(hash.rotate_left(5) ^ word);
    let mut hash = value.len() as u64;
    if let Some(last) = value.last_chunk() {
        let words = value[..value.len() - 1].as_chunks().0;
        hash = words.iter().fold(hash, |hash, word| with(hash, u64::from_le_bytes(*word)));
        return with(hash, u64::from_le_bytes(*last));
    }
    let rest = match (value.first_chunk(), value.last_chunk()) {
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
        }
        _ => value.iter().fold(0, |rest, byte| rest << 8 | u64::from(*byte)),
    };
    with(hash, rest)
}
