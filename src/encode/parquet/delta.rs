//! DELTA_BINARY_PACKED: the differences between integers, packed in as few bits as each 32 of them take.
//!
//! <https://parquet.apache.org/docs/file-format/data-pages/encodings/#DELTAENC>

use super::bits;
use super::thrift::{varint, zigzag};
use super::words::Word;

const MINIBLOCK: usize = 32;
const MINIBLOCKS: usize = 4;
const BLOCK: usize = MINIBLOCK * MINIBLOCKS;

/// Appends `values`. False, with nothing of use appended, where a difference overflows: readers are not of one mind
/// on what it is then.
pub fn encode<W: Word>(values: &[W], out: &mut Vec<u8>) -> bool {
    varint(out, BLOCK as u64);
    varint(out, MINIBLOCKS as u64);
    varint(out, values.len() as u64);
    let Some((first, rest)) = values.split_first() else {
        zigzag(out, 0);
        return true;
    };
    zigzag(out, first.signed());
    let mut last = *first;
    let mut deltas = [0; BLOCK];
    for block in rest.chunks(BLOCK) {
        for (delta, value) in deltas.iter_mut().zip(block) {
            let Some(difference) = value.minus(last) else { return false };
            *delta = difference;
            last = *value;
        }
        if !encode_block(&deltas[..block.len()], out) {
            return false;
        }
    }
    true
}

fn encode_block(deltas: &[i64], out: &mut Vec<u8>) -> bool {
    let (min, max) = deltas.iter().fold((i64::MAX, i64::MIN), |(min, max), d| (min.min(*d), max.max(*d)));
    if max.checked_sub(min).is_none() {
        return false;
    }
    zigzag(out, min);
    let mut widths = [0; MINIBLOCKS];
    for (width, miniblock) in widths.iter_mut().zip(deltas.chunks(MINIBLOCK)) {
        let all = miniblock.iter().fold(0, |all, delta| all | (delta - min) as u64);
        *width = bits::width(all) as u8;
    }
    out.extend_from_slice(&widths);
    for (width, miniblock) in widths.iter().zip(deltas.chunks(MINIBLOCK)) {
        let padding = MINIBLOCK - miniblock.len();
        let values = miniblock.iter().map(|delta| (delta - min) as u64);
        bits::pack(values.chain(std::iter::repeat_n(0, padding)), u32::from(*width), out);
    }
    true
}
