//! The shortest text that reads back as the same float, of floats of usual size.
//!
//! A float is `m x 2^e`, and what reads back as it lies within half a step of `2^e`. For each `e` there is one `k` for
//! which a step times `10^k` is at least a tenth and less than one. So at most one number of `k` places behind the point
//! reads back as the float; if none does, one of `k + 1` places does, and the nearest of them is the one to write. All of
//! it is exact: a step times `10^k` fits in the 64 bits of a binary fraction.
//!
//! The scheme is that of R. Giulietti, "The Schubfach way to render doubles", and of V. Zverovich's and Y. Yaoyuan's
//! programs that follow it; these write floats of any size, which takes powers of ten of 128 bits.

use super::digits::{self, Window, put};
use crate::wide::product;

/// The exponents of floats from 2^-16, which have no exponent in their text, to below 2^26, whose digits before the point
/// are written at once.
const EXPONENTS: std::ops::Range<i32> = -68..-26;
const EXPONENT_BIAS: i32 = 1_075;
const FRACTION_BITS: u32 = 52;
/// Digits behind the point are written so many at once.
const PLACES: u32 = 16;

/// What is the same for all floats of an exponent.
#[derive(Clone, Copy)]
struct Scale {
    /// A step times `10^k`, in parts of 2^64.
    step: u64,
    /// Makes `k` places as many as are written at once.
    filler: u64,
    /// The places less the zeros that stand before those written at once.
    written: u32,
    zeros: u32,
}

static SCALES: [Scale; (EXPONENTS.end - EXPONENTS.start) as usize] = {
    let mut scales = [Scale::of(EXPONENTS.start); (EXPONENTS.end - EXPONENTS.start) as usize];
    let mut at = 0;
    while at < scales.len() {
        scales[at] = Scale::of(EXPONENTS.start + at as i32);
        at += 1;
    }
    scales
};

impl Scale {
    const fn of(exponent: i32) -> Self {
        // The step is 1 / 2^halvings.
        let halvings = -exponent as u32;
        let mut places = 0;
        while 10_u128.pow(places + 1) < 1 << halvings {
            places += 1;
        }
        let step = 5_u64.pow(places) << (64 + places - halvings);
        let zeros = places.saturating_sub(PLACES);
        let written = places - zeros;
        Scale { step, filler: 10_u64.pow(PLACES - written), written, zeros }
    }
}

/// Writes a float of usual size.
#[inline]
pub fn write(value: f64, window: &mut Window) -> Option<usize> {
    let bits = value.to_bits();
    let exponent = (bits >> FRACTION_BITS & 0x7ff) as i32 - EXPONENT_BIAS;
    let scale = SCALES.get((exponent - EXPONENTS.start) as usize)?;
    let fraction = bits & ((1 << FRACTION_BITS) - 1);
    if fraction == 0 {
        // Half as far from the float below as from the one above.
        return None;
    }
    let Decimal { number, reads_back, digit } = Decimal::of(fraction | 1 << FRACTION_BITS, scale.step);

    let whole = value.abs() as u32;
    // What overflows here is taken away again: what is left is less than 10^16.
    let behind =
        number.wrapping_mul(scale.filler).wrapping_sub(u64::from(whole).wrapping_mul(10_u64.pow(PLACES)));
    let end_of_sign = put([b'-'], 0, window) - usize::from(value.is_sign_positive());
    let point = digits::unpadded(whole, end_of_sign, window);
    // Zeros before those 16 places.
    let start = put([b'0'; 8], put([b'.'], point, window), window) - 8 + scale.zeros as usize;
    let length = digits::sixteen(behind, start, window);
    let end = put([b'0' + digit], start + scale.written as usize, window);
    Some(match length {
        _ if !reads_back => end,
        0 => point,
        _ => start + length,
    })
}

/// What `m` steps are written as.
struct Decimal {
    number: u64,
    /// Whether the number alone does.
    reads_back: bool,
    /// Stands behind a number that does not.
    digit: u8,
}

impl Decimal {
    /// Without a branch: for many a float, which way it would go is no better than a guess.
    #[inline]
    fn of(m: u64, step: u64) -> Self {
        let (number, rest) = product(m, step);
        let half_step = step / 2;
        // The ends of what reads back as an even `m` do so too.
        let is_even = m & 1 == 0;
        let (above, reaches) = rest.overflowing_add(half_step);
        let rounds_up = reaches & ((above > 0) | is_even);
        let rounds_down = (rest < half_step) | ((rest == half_step) & is_even);
        // Exact, as the lowest bits of a rest are zeros. A half goes to the even digit.
        let tenths = (rest >> 4) * 10;
        let digit = (tenths + (1 << 59) - u64::from(rest == 1 << 62)) >> 60;
        Decimal {
            number: number + u64::from(rounds_up),
            reads_back: rounds_up | rounds_down,
            digit: digit as u8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::number::float;
    use super::*;
    use proptest::prelude::*;

    fn text(write: impl FnOnce(&mut Window) -> Option<usize>) -> Option<String> {
        let mut window = [0; size_of::<Window>()];
        let length = write(&mut window)?;
        Some(String::from_utf8(window[..length].to_vec()).unwrap())
    }

    fn expected(value: f64) -> Option<String> {
        text(|window| Some(float(value, window)))
    }

    #[test]
    fn floats_of_usual_size_are_written() {
        for value in
            [0.1, -0.3, 5.0, 1e6, 0.1 + 0.2, 1.0 / 3.0, 0.000_02, 67_108_863.999_999_99, 1.5, 2.25, -1e7]
        {
            assert_eq!(text(|window| write(value, window)), expected(value));
        }
        for value in [0.0, 1.0, 0.5, 1e-5, 67_108_864.0, 1e300, 5e-324, f64::NAN, f64::INFINITY] {
            assert_eq!(text(|window| write(value, window)), None);
        }
    }

    #[test]
    fn steps_are_exact_and_between_a_tenth_and_one() {
        for (scale, exponent) in SCALES.iter().zip(EXPONENTS) {
            let halvings = -exponent as u32;
            let step = 10_u128.pow(scale.written + scale.zeros) << (64 - halvings.min(64))
                >> halvings.saturating_sub(64);
            assert_eq!(u128::from(scale.step), step);
            assert!(scale.step > u64::MAX / 10 && scale.step.trailing_zeros() >= 4);
            assert!(scale.zeros <= 8);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(50_000))]
        #[test]
        fn is_what_the_crate_for_floats_of_any_size_writes(fraction: u64, zeros in 0..53_u32, exponent in EXPONENTS, negative: bool) {
            let fraction = (fraction >> 12 >> zeros) << zeros;
            let bits = u64::from(negative) << 63 | ((exponent + EXPONENT_BIAS) as u64) << FRACTION_BITS | fraction;
            for bits in bits.saturating_sub(1)..=bits + 1 {
                let value = f64::from_bits(bits);
                if let Some(text) = text(|window| write(value, window)) {
                    prop_assert_eq!(Some(text), expected(value));
                }
            }
        }

        #[test]
        fn decimals_too(digits in 0..10_i64.pow(16), places in 0..20) {
            let value = digits as f64 / 10_f64.powi(places);
            if let Some(text) = text(|window| write(value, window)) {
                prop_assert_eq!(Some(text), expected(value));
            }
        }
    }
}
