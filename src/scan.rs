//! Finding the first byte of interest, eight bytes at a time.

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);

/// `byte` in each byte of a word.
pub const fn splat(byte: u8) -> u64 {
    ONES * byte as u64
}

/// Marks the bytes of `word` that equal those of `splat`. A mark above the lowest one may be false, since
/// borrows go upwards, so only the lowest counts.
pub fn equal(word: u64, splat: u64) -> u64 {
    let difference = word ^ splat;
    difference.wrapping_sub(ONES) & !difference & HIGHS
}

/// As [`equal`], but every mark counts.
pub fn each(word: u64, splat: u64) -> u64 {
    let difference = word ^ splat;
    !(((difference & !HIGHS) + !HIGHS) | difference) & HIGHS
}

/// Marks the bytes of `word` that are below `limit`, 128 at most; only the lowest mark counts, as in [`equal`].
pub fn below(word: u64, limit: u8) -> u64 {
    word.wrapping_sub(splat(limit)) & !word & HIGHS
}

/// The place of the first byte that `marks` marks.
#[inline]
pub fn find(bytes: &[u8], marks: impl Fn(u64) -> u64) -> Option<usize> {
    let Some(last) = bytes.last_chunk::<8>() else {
        let word = bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        let place = marks(word).trailing_zeros() as usize / 8;
        return (place < bytes.len()).then_some(place);
    };
    for (index, word) in bytes.as_chunks::<8>().0.iter().enumerate() {
        let found = marks(u64::from_le_bytes(*word));
        if found != 0 {
            return Some(index * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    // The last word overlaps the one before it, in which there was nothing to find.
    let place = marks(u64::from_le_bytes(*last)).trailing_zeros() as usize / 8;
    (place < 8).then_some(bytes.len() - 8 + place)
}

/// Whether `marks` marks any byte. Without a look at where it is, this is the fastest for text that has none.
#[inline]
pub fn holds(bytes: &[u8], marks: impl Fn(u64) -> u64) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    let found = words.iter().fold(0, |found, word| found | marks(u64::from_le_bytes(*word)));
    found != 0 || find(rest, marks).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn marks_every_byte_that_equals(bytes: [u8; 8], at in 0..8_usize) {
            let marks = each(u64::from_le_bytes(bytes), splat(bytes[at])).to_le_bytes();
            prop_assert_eq!(marks, bytes.map(|byte| if byte == bytes[at] { 0x80 } else { 0 }));
        }

        #[test]
        fn finds_what_a_plain_loop_finds(bytes in proptest::collection::vec(any::<u8>(), 0..40), a: u8, b in 0..=128_u8) {
            prop_assert_eq!(find(&bytes, |w| equal(w, splat(a))), bytes.iter().position(|x| *x == a));
            prop_assert_eq!(find(&bytes, |w| below(w, b)), bytes.iter().position(|x| *x < b));
            prop_assert_eq!(holds(&bytes, |w| equal(w, splat(a))), bytes.contains(&a));
            let either = find(&bytes, |w| below(w, b) | equal(w, splat(a)));
            prop_assert_eq!(either, bytes.iter().position(|x| *x < b || *x == a));
        }
    }
}
