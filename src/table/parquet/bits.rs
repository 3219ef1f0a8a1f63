//! Integers of some bits each, packed one after the other.

/// Fills `out` with integers of `width` bits, up to 64, from bit `at` of `bytes` on, the least significant bit
/// first. Bits beyond the end are 0: who asks has looked that there are enough.
pub fn unpack<T: Packed>(bytes: &[u8], at: usize, width: u32, out: &mut [T]) {
    // As many at once as fit into 64 bits behind the 7 that may be before them.
    match width {
        0..=7 => by::<T, 8>(bytes, at, width, out),
        8..=14 => by::<T, 4>(bytes, at, width, out),
        15..=28 => by::<T, 2>(bytes, at, width, out),
        _ => one_by_one(bytes, at, width, out),
    }
}

fn by<T: Packed, const N: usize>(bytes: &[u8], mut at: usize, width: u32, out: &mut [T]) {
    let mask = (1u64 << width) - 1;
    let mut groups = out.chunks_exact_mut(N);
    for group in &mut groups {
        let packed = load(bytes, at / 8) >> (at % 8);
        for (index, value) in group.iter_mut().enumerate() {
            *value = T::of((packed >> (index * width as usize)) & mask);
        }
        at += N * width as usize;
    }
    one_by_one(bytes, at, width, groups.into_remainder());
}

fn one_by_one<T: Packed>(bytes: &[u8], mut at: usize, width: u32, out: &mut [T]) {
    let mask = if width == 64 { u64::MAX } else { (1 << width) - 1 };
    for value in out {
        let low = load(bytes, at / 8) >> (at % 8);
        // With up to 7 bits before it, what is wider than 57 bits reaches into a ninth byte.
        let high = match width {
            58.. if !at.is_multiple_of(8) => load(bytes, at / 8 + 8) << (64 - at % 8),
            _ => 0,
        };
        *value = T::of((low | high) & mask);
        at += width as usize;
    }
}

/// An unsigned integer that packed ones become.
pub trait Packed {
    fn of(bits: u64) -> Self;
}

impl Packed for u32 {
    fn of(bits: u64) -> u32 {
        bits as u32
    }
}

impl Packed for u64 {
    fn of(bits: u64) -> u64 {
        bits
    }
}

#[inline]
fn load(bytes: &[u8], at: usize) -> u64 {
    match bytes.get(at..at + 8).and_then(|bytes| bytes.first_chunk()) {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => load_end(bytes, at),
    }
}

#[cold]
fn load_end(bytes: &[u8], at: usize) -> u64 {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().take(8).enumerate().fold(0, |value, (index, byte)| value | u64::from(*byte) << (8 * index))
}

/// An unsigned LEB128 integer at `at`, which moves behind it; `None` where it is cut or beyond 64 bits.
pub fn varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_is_unpacked_from_every_bit() {
        let bytes: Vec<u8> = (0..200u32).map(|n| (n * 37 + n / 3) as u8).collect();
        let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| u64::from(byte >> (at % 8) & 1));
        for width in 0..=64 {
            for at in 0..40 {
                let mut out = [0u64; 24];
                unpack(&bytes, at, width, &mut out);
                for (index, value) in out.iter().enumerate() {
                    let start = at + index * width as usize;
                    let expected = (0..width as usize).fold(0, |all, n| all | bit(start + n) << n);
                    assert_eq!(*value, expected, "{index} of {width} bits from {at}");
                }
            }
        }
    }
}
