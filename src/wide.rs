//! Numbers of 128 bits.

/// The high and the low half of a product of 128 bits, which in wasm would be a call.
#[inline]
pub fn product(a: u64, b: u64) -> (u64, u64) {
    const LOW: u64 = u32::MAX as u64;
    let (a_high, a_low, b_high, b_low) = (a >> 32, a & LOW, b >> 32, b & LOW);
    let middle = a_low * b_high + ((a_low * b_low) >> 32);
    let other = a_high * b_low + (middle & LOW);
    (a_high * b_high + (middle >> 32) + (other >> 32), a.wrapping_mul(b))
}
