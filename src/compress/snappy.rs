//! Snappy, its raw format: runs of literal bytes, and copies of what stood up to 64 KiB before.
//!
//! <https://github.com/google/snappy/blob/main/format_description.txt>
//!
//! What is copied is found as in Google's encoder, but by five bytes that are the same instead of four. A copy of four
//! takes three bytes, and the literal that it cuts in two one more: among numbers those are most of the copies, and
//! finding them takes a third of the time.

use std::ops::Range;

/// Bytes that are compressed by themselves: what they copy is among them, so that 16 bits tell where.
const BLOCK: usize = 1 << 16;
const TABLE_BITS: u32 = 14;
/// Bytes at the end of a block in which no copy begins, so that whole words can be read where one may.
const MARGIN: usize = 15;
const SHORTEST_COPY: usize = 5;
/// After so many looks in vain, steps grow by a byte.
const PATIENCE: usize = 32;

/// Bytes to be had for the compressed form of so many.
pub fn room(length: usize) -> usize {
    32 + length + length / 6
}

pub struct Snappy {
    table: Box<Table>,
}

/// Where in the block five bytes of a hash were last.
type Table = [u16; 1 << TABLE_BITS];

impl Default for Snappy {
    fn default() -> Self {
        Snappy { table: Box::new([0; 1 << TABLE_BITS]) }
    }
}

impl Snappy {
    /// Compresses `input` to the start of `out`, which has [`room`]; returns how many bytes it takes.
    pub fn compress(&mut self, input: &[u8], out: &mut [u8]) -> usize {
        let mut end = varint(input.len(), out);
        for block in input.chunks(BLOCK) {
            self.table.fill(0);
            end = compress_block(block, &mut self.table, end, out);
        }
        end
    }
}

/// Writes a block from `end` on; the place behind it. All that writes does so.
fn compress_block(block: &[u8], table: &mut Table, mut end: usize, out: &mut [u8]) -> usize {
    let limit = block.len().saturating_sub(MARGIN);
    let (mut written, mut at) = (0, 1);
    'copies: while let Some((start, mut from)) = next_copy(block, table, at, limit) {
        end = literal(block, written..start, end, out);
        at = start;
        loop {
            let length = SHORTEST_COPY + same(block, from + SHORTEST_COPY, at + SHORTEST_COPY);
            end = copy(at - from, length, end, out);
            at += length;
            written = at;
            if at >= limit {
                break 'copies;
            }
            last(table, word(block, at - 1), at - 1);
            // Often one copy follows another.
            let next = word(block, at);
            from = last(table, next, at);
            if !begin_alike(next, word(block, from)) {
                break;
            }
        }
        at += 1;
    }
    literal(block, written..block.len(), end, out)
}

/// Where the next copy begins, and where its bytes are.
#[inline]
fn next_copy(block: &[u8], table: &mut Table, mut at: usize, limit: usize) -> Option<(usize, usize)> {
    let mut looks = PATIENCE;
    while at < limit {
        let here = word(block, at);
        let from = last(table, here, at);
        if begin_alike(here, word(block, from)) {
            return Some((at, from));
        }
        let step = looks / PATIENCE;
        looks += step;
        at += step;
    }
    None
}

/// Where bytes such as the first of `word` were last; from now on, that is `at`.
#[inline]
fn last(table: &mut Table, word: u64, at: usize) -> usize {
    // A prime, as in LZ4; the highest bits depend on all five bytes.
    const MULTIPLIER: u64 = 889_523_592_379;
    let hash = (word << 24).wrapping_mul(MULTIPLIER) >> (u64::BITS - TABLE_BITS);
    usize::from(std::mem::replace(&mut table[hash as usize], at as u16))
}

#[inline]
fn word(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(*bytes[at..].first_chunk().expect("words are read before the margin"))
}

#[inline]
fn begin_alike(a: u64, b: u64) -> bool {
    (a ^ b) << (64 - 8 * SHORTEST_COPY) == 0
}

/// How many bytes from `from` on are those from `at` on.
#[inline]
fn same(block: &[u8], from: usize, at: usize) -> usize {
    let (earlier, later) = (&block[from..], &block[at..]);
    for (index, (a, b)) in earlier.as_chunks().0.iter().zip(later.as_chunks().0).enumerate() {
        let difference = u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b);
        if difference != 0 {
            return index * 8 + difference.trailing_zeros() as usize / 8;
        }
    }
    let rest = later.len() / 8 * 8;
    rest + earlier[rest..].iter().zip(&later[rest..]).take_while(|(a, b)| a == b).count()
}

#[inline]
fn put<const N: usize>(bytes: [u8; N], end: usize, out: &mut [u8]) -> usize {
    out[end..end + N].copy_from_slice(&bytes);
    end + N
}

fn varint(mut value: usize, out: &mut [u8]) -> usize {
    let mut end = 0;
    while value >= 0x80 {
        end = put([value as u8 | 0x80], end, out);
        value >>= 7;
    }
    put([value as u8], end, out)
}

#[inline]
fn literal(block: &[u8], bytes: Range<usize>, end: usize, out: &mut [u8]) -> usize {
    const STEP: usize = 16;
    let length = bytes.len();
    let end = match length {
        0 => return end,
        1..=60 => put([((length - 1) << 2) as u8], end, out),
        61..=0x100 => put([60 << 2, (length - 1) as u8], end, out),
        _ => put([61 << 2, (length - 1) as u8, ((length - 1) >> 8) as u8], end, out),
    };
    // A call for a few bytes takes longer than they do.
    if length <= STEP
        && let Some(step) = block[bytes.start..].first_chunk::<STEP>()
    {
        put(*step, end, out);
    } else {
        out[end..end + length].copy_from_slice(&block[bytes]);
    }
    end + length
}

/// Copies of 64 bytes at most; none is left with fewer than four.
#[inline]
fn copy(offset: usize, mut length: usize, mut end: usize, out: &mut [u8]) -> usize {
    while length >= 68 {
        end = long_copy(offset, 64, end, out);
        length -= 64;
    }
    if length > 64 {
        end = long_copy(offset, 60, end, out);
        length -= 60;
    }
    if length < 12 && offset < 2_048 {
        put([(offset >> 8 << 5 | (length - 4) << 2 | 1) as u8, offset as u8], end, out)
    } else {
        long_copy(offset, length, end, out)
    }
}

#[inline]
fn long_copy(offset: usize, length: usize, end: usize, out: &mut [u8]) -> usize {
    put([((length - 1) << 2 | 2) as u8, offset as u8, (offset >> 8) as u8], end, out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(input: &[u8]) -> usize {
        let mut out = vec![0xaa; room(input.len())];
        let mut snappy = Snappy::default();
        // What is left of other pages changes nothing.
        snappy.compress(
            &[b"of another page; ".repeat(9), input.to_vec()].concat(),
            &mut vec![0; room(input.len() + 200)],
        );
        let length = snappy.compress(input, &mut out);
        assert!(snap::raw::Decoder::new().decompress_vec(&out[..length]).unwrap() == input);
        let mut again = vec![0; room(input.len())];
        assert_eq!(Snappy::default().compress(input, &mut again), length);
        assert!(again[..length] == out[..length]);
        length
    }

    #[test]
    fn every_length_about_the_margin_and_the_block() {
        for length in (0..100).chain(BLOCK - 20..BLOCK + 40) {
            let counted: Vec<u8> = (0..length).map(|at| (at * at / 7) as u8).collect();
            check(&counted);
            check(&vec![7; length]);
        }
    }

    #[test]
    fn copies_of_every_length_and_from_everywhere() {
        let noise: Vec<u8> =
            (0..BLOCK as u32).map(|at| (at.wrapping_mul(2_654_435_769) >> 13) as u8).collect();
        for length in 0..200 {
            for gap in [0, 1, 5, 2_000, 2_047, 2_048, 2_049, 65_000] {
                let input = [&noise[100..100 + length], &noise[..gap], &noise[100..100 + length]].concat();
                check(&input);
            }
        }
    }

    #[test]
    fn what_repeats_gets_small() {
        assert!(check(&b"a few words ".repeat(10_000)) < 6_000);
    }

    proptest! {
        #[test]
        fn the_decoder_gives_it_back(
            pieces in proptest::collection::vec((proptest::collection::vec(any::<u8>(), 0..40), 0..6_usize), 0..60),
            times in 1..80_usize,
        ) {
            let once: Vec<u8> = pieces.iter().flat_map(|(piece, times)| piece.repeat(*times)).collect();
            check(&once.repeat(times));
        }

        #[test]
        fn few_symbols(input in proptest::collection::vec(0..3_u8, 0..3_000)) {
            check(&input);
        }
    }
}
