//! CRC-32C (Castagnoli): eight bytes at a step, by tables.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

/// The polynomial, with the coefficient of x^0 in the highest bit, as those of all that follows.
const POLYNOMIAL: u32 = 0x82f6_3b78;
const ONE: u32 = 1 << 31;
/// x^8, by which a byte more multiplies.
const BYTE: u32 = ONE >> 8;
const STEP: usize = 8;

/// By how many bytes come after it, what a byte adds.
type Tables = [[u32; 256]; STEP];

/// The sum of bytes behind those whose sum is `crc`, which is 0 where there are none.
pub fn extend(crc: u32, bytes: &[u8]) -> u32 {
    let tables = tables();
    let (steps, rest) = bytes.as_chunks::<STEP>();
    let mut crc = !crc;
    for step in steps {
        let step = u64::from_le_bytes(*step) ^ u64::from(crc);
        let added = (0..STEP).map(|at| tables[STEP - 1 - at][(step >> (8 * at)) as usize & 255]);
        crc = added.fold(0, |sum, added| sum ^ added);
    }
    for byte in rest {
        crc = (crc >> 8) ^ tables[0][(crc as u8 ^ byte) as usize];
    }
    !crc
}

/// The sum of bytes whose sum is `first`, and of `size` more whose own is `second`.
pub fn join(first: u32, second: u32, size: u64) -> u32 {
    let (mut shift, mut factor, mut bits) = (ONE, BYTE, size);
    while bits > 0 {
        if bits & 1 == 1 {
            shift = product(shift, factor);
        }
        factor = product(factor, factor);
        bits >>= 1;
    }
    product(first, shift) ^ second
}

/// As stores write it: its bytes, the highest first, in base64.
pub fn text(crc: u32) -> String {
    BASE64.encode(crc.to_be_bytes())
}

/// Of two polynomials, modulo the third.
fn product(a: u32, mut b: u32) -> u32 {
    let mut sum = 0;
    for bit in (0..u32::BITS).rev() {
        if a >> bit & 1 == 1 {
            sum ^= b;
        }
        b = times_x(b);
    }
    sum
}

fn times_x(a: u32) -> u32 {
    if a & 1 == 1 { (a >> 1) ^ POLYNOMIAL } else { a >> 1 }
}

/// Made when first asked for: in the module they would be 8 KiB that no codec makes smaller.
fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let mut tables = [[0; 256]; STEP];
        for byte in 0..256 {
            let mut crc = (0..8).fold(byte as u32, |crc, _| times_x(crc));
            for table in &mut tables {
                table[byte] = crc;
                crc = (0..8).fold(crc, |crc, _| times_x(crc));
            }
        }
        tables
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_rfc_3720() {
        let counting: Vec<u8> = (0..32).collect();
        let falling: Vec<u8> = (0..32).rev().collect();
        let cases: [(&[u8], u32); 5] = [
            (b"123456789", 0xe306_9283),
            (&[0; 32], 0x8a91_36aa),
            (&[0xff; 32], 0x62a8_ab43),
            (&counting, 0x46dd_794e),
            (&falling, 0x113f_db5c),
        ];
        for (bytes, sum) in cases {
            assert_eq!(extend(0, bytes), sum);
        }
        assert_eq!(text(0xe306_9283), "4waSgw==");
    }

    #[test]
    fn however_bytes_are_cut_their_sum_is_the_same() {
        let bytes: Vec<u8> = (0..1000_u32).map(|n| ((n * n) >> 3) as u8).collect();
        let whole = extend(0, &bytes);
        for cut in [0, 1, 7, 8, 9, 500, 999, 1000] {
            let (first, second) = bytes.split_at(cut);
            assert_eq!(extend(extend(0, first), second), whole);
            assert_eq!(join(extend(0, first), extend(0, second), second.len() as u64), whole);
        }
    }
}
