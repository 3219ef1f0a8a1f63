//! The orders in which the least and the greatest value are found, by logical type; as readers compare.
//!
//! <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>, ColumnOrder

use std::cmp::Ordering;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// There is none that readers agree on.
    None,
    Signed,
    Unsigned,
    /// NaN has no place in it, and the zeros are equal.
    Float,
    /// Unsigned bytes, one by one.
    Bytes,
    /// Two's complement, most significant byte first, all of one width.
    Decimal,
    /// As [`Order::Float`], of 16 bits.
    Half,
}

impl Order {
    /// Orders plainly encoded values that are not NaN.
    pub fn compare(self, a: &[u8], b: &[u8]) -> Ordering {
        self.key(a).cmp(&self.key(b)).then_with(|| a.cmp(b))
    }

    /// Orders as the values do, as far as the first 8 bytes tell. Values of one key are ordered as bytes.
    #[inline]
    pub fn key(self, value: &[u8]) -> u64 {
        match self {
            Order::None => 0,
            Order::Bytes => leading(value),
            Order::Decimal => leading(value) ^ 1 << 63,
            _ => self.key_of_word(value),
        }
    }

    fn key_of_word(self, value: &[u8]) -> u64 {
        let mut bytes = [0; 8];
        bytes[..value.len()].copy_from_slice(value);
        let raw = i64::from_le_bytes(bytes);
        let unused = 64 - 8 * value.len() as u32;
        // Extended by its sign.
        let signed = raw << unused >> unused;
        match self {
            Order::Signed => signed as u64 ^ 1 << 63,
            Order::Float | Order::Half => total_order(signed) as u64 ^ 1 << 63,
            _ => raw as u64,
        }
    }

    pub fn is_nan(self, value: &[u8]) -> bool {
        match (self, value) {
            (Order::Half, [low, high]) => (u16::from_le_bytes([*low, *high]) & 0x7fff) > 0x7c00,
            _ => false,
        }
    }
}

/// An integer that orders as the float of these bits. Its own inverse.
fn total_order(bits: i64) -> i64 {
    bits ^ ((bits >> 63) as u64 >> 1) as i64
}

#[inline]
fn leading(value: &[u8]) -> u64 {
    match value.first_chunk() {
        Some(eight) => u64::from_be_bytes(*eight),
        None => {
            let mut bytes = [0; 8];
            bytes[..value.len()].copy_from_slice(value);
            u64::from_be_bytes(bytes)
        }
    }
}
