//! Numbers of a few bits each, as Parquet packs them: from the least significant bit up.

use super::thrift::varint;

/// Appends `values`, of `width` bits each (64 at most), and zeros up to a whole byte.
pub fn pack(values: impl Iterator<Item = u64>, width: u32, out: &mut Vec<u8>) {
    if width == 0 {
        return;
    }
    let (mut word, mut filled) = (0, 0);
    for value in values {
        word |= value << filled;
        filled += width;
        if filled >= 64 {
            out.extend_from_slice(&word.to_le_bytes());
            filled -= 64;
            word = if filled == 0 { 0 } else { value >> (width - filled) };
        }
    }
    out.extend_from_slice(&word.to_le_bytes()[..filled.div_ceil(8) as usize]);
}

/// Bits that `most` takes.
pub fn width(most: u64) -> u32 {
    u64::BITS - most.leading_zeros()
}

/// Appends the RLE and bit-packing hybrid of `values`, of `width` bits each (1 to 32).
pub fn hybrid<T: Copy + Eq + Into<u32>>(values: &[T], width: u32, out: &mut Vec<u8>) {
    // A shorter run takes less as packed bits, which it would else cut in two.
    let shortest_run = (8 * (4 + width.div_ceil(8)) / width).max(8) as usize;
    let (mut literals, mut at) = (0, 0);
    while at + 8 <= values.len() {
        let first = values[at];
        if values[at..at + 8].iter().any(|value| *value != first) {
            at += 8;
            continue;
        }
        let run = 8 + values[at + 8..].iter().take_while(|value| **value == first).count();
        if run < shortest_run {
            at += 8;
            continue;
        }
        packed(&values[literals..at], width, out);
        repeated(first.into(), run, width, out);
        at += run;
        literals = at;
    }
    packed(&values[literals..], width, out);
}

/// The same for values of one bit, which are in `bits` already.
pub fn hybrid_of_bits(bits: &[u8], len: usize, out: &mut Vec<u8>) {
    const SHORTEST_RUN: usize = 6;
    let whole = len / 8;
    let (mut literals, mut at) = (0, 0);
    let literal = |bytes: &[u8], out: &mut Vec<u8>| {
        if !bytes.is_empty() {
            varint(out, (bytes.len() as u64) << 1 | 1);
            out.extend_from_slice(bytes);
        }
    };
    while at < whole {
        let first = bits[at];
        let run = if first == 0 || first == 0xff {
            bits[at..whole].iter().take_while(|byte| **byte == first).count()
        } else {
            0
        };
        if run < SHORTEST_RUN {
            at += run.max(1);
            continue;
        }
        literal(&bits[literals..at], out);
        repeated(u32::from(first & 1), run * 8, 1, out);
        at += run;
        literals = at;
    }
    literal(&bits[literals..len.div_ceil(8)], out);
}

/// A run of one value.
pub fn repeated(value: u32, count: usize, width: u32, out: &mut Vec<u8>) {
    varint(out, (count as u64) << 1);
    out.extend_from_slice(&value.to_le_bytes()[..width.div_ceil(8) as usize]);
}

fn packed<T: Copy + Into<u32>>(values: &[T], width: u32, out: &mut Vec<u8>) {
    if values.is_empty() {
        return;
    }
    let groups = values.len().div_ceil(8);
    varint(out, (groups as u64) << 1 | 1);
    let start = out.len();
    pack(values.iter().map(|value| u64::from((*value).into())), width, out);
    out.resize(start + groups * width as usize, 0);
}
