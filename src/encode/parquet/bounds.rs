//! The least and the greatest value of a page or a chunk, plainly encoded.

use std::cmp::Ordering;

use super::order::Order;

/// Longer bounds are cut: they would be copied into the footer, where every reader has to get past them.
const LONGEST: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    pub min: Bound,
    pub max: Bound,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    pub value: Vec<u8>,
    /// Whether it is a value of the column, not only beyond all of them.
    pub is_exact: bool,
}

impl Bounds {
    pub fn exact(min: Vec<u8>, max: Vec<u8>) -> Self {
        let exact = |value| Bound { value, is_exact: true };
        Bounds { min: exact(min), max: exact(max) }
    }

    /// The bounds of both. Neither has been cut.
    pub fn widen(&mut self, other: &Bounds, order: Order) {
        if order.compare(&other.min.value, &self.min.value).is_lt() {
            self.min = other.min.clone();
        }
        if order.compare(&other.max.value, &self.max.value).is_gt() {
            self.max = other.max.clone();
        }
    }

    /// Bounds of 64 bytes at most, that hold still.
    pub fn cut(self, order: Order, is_text: bool) -> Self {
        if order != Order::Bytes {
            return self;
        }
        let cut = |bound: Bound, cut: fn(&[u8], bool) -> Option<Vec<u8>>| {
            let shorter = if bound.value.len() > LONGEST { cut(&bound.value, is_text) } else { None };
            shorter.map_or(bound, |value| Bound { value, is_exact: false })
        };
        Bounds { min: cut(self.min, cut_min), max: cut(self.max, cut_max) }
    }
}

fn cut_min(value: &[u8], is_text: bool) -> Option<Vec<u8>> {
    Some(start_of(value, is_text).to_vec())
}

/// The least value greater than all that start as this one does. Nothing where there is none.
fn cut_max(value: &[u8], is_text: bool) -> Option<Vec<u8>> {
    let start = start_of(value, is_text);
    if is_text {
        let start = std::str::from_utf8(start).ok()?;
        let greater = start.char_indices().rev().find_map(|(at, char)| Some((at, char_after(char)?)));
        return greater.map(|(at, char)| [&start[..at], char.encode_utf8(&mut [0; 4])].concat().into_bytes());
    }
    let at = start.iter().rposition(|byte| *byte < 0xff)?;
    let mut greater = start[..=at].to_vec();
    greater[at] += 1;
    Some(greater)
}

/// The first 64 bytes, or a few less where a character would be cut.
fn start_of(value: &[u8], is_text: bool) -> &[u8] {
    let is_within = |at: &usize| is_text && value[*at] & 0xc0 == 0x80;
    let end = (LONGEST - 3..=LONGEST).rev().find(|at| !is_within(at)).unwrap_or(LONGEST);
    &value[..end]
}

fn char_after(char: char) -> Option<char> {
    (char..=char::MAX).nth(1)
}

/// Finds the bounds of byte strings, as they come.
#[derive(Debug)]
pub struct Finder {
    order: Order,
    min: Vec<u8>,
    max: Vec<u8>,
    min_key: u64,
    max_key: u64,
    any: bool,
}

impl Finder {
    pub fn new(order: Order) -> Self {
        let (min, max) = Default::default();
        Finder { order, min, max, min_key: 0, max_key: 0, any: false }
    }

    #[inline]
    pub fn see(&mut self, value: &[u8]) {
        let key = self.order.key(value);
        // Most values are neither, which their first bytes tell.
        if self.any && self.min_key < key && key < self.max_key {
            return;
        }
        self.see_closely(value, key);
    }

    fn see_closely(&mut self, value: &[u8], key: u64) {
        if self.order.is_nan(value) {
            return;
        }
        if !self.any || (key, value).cmp(&(self.min_key, &self.min[..])) == Ordering::Less {
            self.min.clear();
            self.min.extend_from_slice(value);
            self.min_key = key;
        }
        if !self.any || (key, value).cmp(&(self.max_key, &self.max[..])) == Ordering::Greater {
            self.max.clear();
            self.max.extend_from_slice(value);
            self.max_key = key;
        }
        self.any = true;
    }

    /// The bounds of what was seen since the last call.
    pub fn take(&mut self) -> Option<Bounds> {
        let any = std::mem::take(&mut self.any);
        if !any || self.order == Order::None {
            return None;
        }
        let mut bounds = Bounds::exact(self.min.clone(), self.max.clone());
        if self.order == Order::Half {
            // Readers may take the two zeros for equal.
            if bounds.min.value == [0, 0] {
                bounds.min.value = vec![0, 0x80];
            }
            if bounds.max.value == [0, 0x80] {
                bounds.max.value = vec![0, 0];
            }
        }
        Some(bounds)
    }
}
