//! The float nearest to a decimal number; between two that are as near, the even one.
//!
//! The number is `w x 10^q`, of which `w` is what its first 19 digits say. The product is made of 64 bits with a power of
//! ten of 64 bits, and so lies a few units of the last bit below what it stands for, at most. Where a float is nearest to
//! all that lies within those, it is the one. Else, once in a few hundred numbers of 17 digits, all digits are compared with
//! what lies halfway between two floats, exactly.
//!
//! The scheme is W. Clinger's, "How to read floating point numbers accurately"; the standard library's is D. Lemire's, which
//! takes a table of 10 KB of powers.

use std::cmp::Ordering;

use crate::wide;

/// Digits that fit in 64 bits, whichever they are.
const DIGITS: usize = 19;
/// Powers of ten below are of no number but zero, with 19 digits; those above are of none that is finite.
const EXPONENTS: std::ops::Range<i64> = -342..309;

/// Digits in front of the point and behind it, times a power of ten.
#[derive(Clone, Copy)]
pub struct Decimal<'a> {
    pub whole: &'a [u8],
    pub fraction: &'a [u8],
    pub exponent: i64,
}

impl Decimal<'_> {
    pub fn to_double(self) -> f64 {
        let (w, q, left_out) = self.read();
        let exact = if left_out { None } else { exact_double(w, q) };
        exact.unwrap_or_else(|| f64::from_bits(self.nearest(DOUBLE)))
    }

    pub fn to_single(self) -> f32 {
        f32::from_bits(self.nearest(SINGLE) as u32)
    }

    /// The digits that count, the first of which is not 0.
    fn digits(&self) -> impl Iterator<Item = u8> + Clone {
        self.whole.iter().chain(self.fraction).map(|digit| digit - b'0').skip_while(|digit| *digit == 0)
    }

    /// `w` and `q`, and whether there are more digits than those of `w`.
    fn read(&self) -> (u64, i64, bool) {
        let q = self.exponent - self.fraction.len() as i64;
        let with = |w: u64, digit: &u8| w * 10 + u64::from(digit - b'0');
        if self.whole.len() + self.fraction.len() <= DIGITS {
            return (self.fraction.iter().fold(self.whole.iter().fold(0, with), with), q, false);
        }
        let w = self.digits().take(DIGITS).fold(0, |w, digit| w * 10 + u64::from(digit));
        let left_out = self.digits().skip(DIGITS).count();
        (w, q + left_out as i64, left_out > 0)
    }

    fn nearest(&self, format: Format) -> u64 {
        let (w, q, left_out) = self.read();
        format.nearest(w, q, left_out, &|number, exponent| self.compare(number, exponent))
    }

    /// With `number x 2^exponent`.
    fn compare(&self, number: u64, exponent: i32) -> Ordering {
        // What is halfway between floats has fewer digits: of those behind it counts only whether there are any.
        const ENOUGH: usize = 800;
        let mut ours = Natural::of(0);
        self.digits().take(ENOUGH).for_each(|digit| ours.multiply(10, digit.into()));
        let rest = self.digits().skip(ENOUGH);
        let mut power = (self.exponent - self.fraction.len() as i64 + rest.clone().count() as i64) as i32;
        if rest.max() > Some(0) {
            ours.multiply(10, 1);
            power -= 1;
        }
        compare(ours, power, number, exponent)
    }
}

/// The double nearest to `w x 10^q`.
#[inline]
pub fn to_double(w: u64, q: i32) -> f64 {
    let compare = |number, exponent| compare(Natural::of(w), q, number, exponent);
    exact_double(w, q.into()).unwrap_or_else(|| f64::from_bits(DOUBLE.nearest(w, q.into(), false, &compare)))
}

/// Where both `w` and the power of ten are exact as doubles, their product or quotient is the nearest.
#[inline]
fn exact_double(w: u64, q: i64) -> Option<f64> {
    const POWERS: [f64; 23] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
        1e18, 1e19, 1e20, 1e21, 1e22,
    ];
    let power = POWERS.get(q.unsigned_abs() as usize)?;
    (w <= 1 << 53).then(|| if q < 0 { w as f64 / power } else { w as f64 * power })
}

/// A format of floats: the bits of a significand, and what is added to an exponent.
#[derive(Clone, Copy)]
struct Format {
    precision: u32,
    bias: i32,
}

const DOUBLE: Format = Format { precision: 53, bias: 1023 };
const SINGLE: Format = Format { precision: 24, bias: 127 };

impl Format {
    /// The bits of the float nearest to `w x 10^q`, or a little more where digits were `left_out`. `exact` compares the
    /// number with `number x 2^exponent`.
    fn nearest(self, w: u64, q: i64, left_out: bool, exact: &dyn Fn(u64, i32) -> Ordering) -> u64 {
        let Format { precision, bias } = self;
        let infinite = (2 * bias as u64 + 1) << (precision - 1);
        if w == 0 || q < EXPONENTS.start {
            return 0;
        } else if q >= EXPONENTS.end {
            return infinite;
        }
        let (bits, exponent) = product(w, q as i32);
        // Twice a unit for the first factor and for the second, and one for the product; 19 for digits that were left out.
        let error = if left_out { 25 } else { 6 };

        // As many bits are dropped as the float does not have: it may be too small to have all of them.
        let biased = exponent + 63 + bias;
        let dropped = 64 - precision + (1 - biased).clamp(0, 64) as u32;
        let kept = bits.checked_shr(dropped).unwrap_or(0);
        let rest = bits - (kept << (dropped & 63));
        let half = 1 << ((dropped - 1) & 63);
        let rounds_up = if dropped < 64 && rest > half {
            true
        } else if dropped < 64 && rest + error < half {
            false
        } else {
            match exact(2 * kept + 1, exponent + dropped as i32 - 1) {
                Ordering::Less => false,
                Ordering::Equal => kept & 1 == 1,
                Ordering::Greater => true,
            }
        };
        // A carry out of the significand is one into the exponent.
        let significand = kept + u64::from(rounds_up);
        (((biased.max(1) - 1) as u64) << (precision - 1)).saturating_add(significand).min(infinite)
    }
}

/// `ours x 10^power` with `number x 2^exponent`.
fn compare(mut ours: Natural, power: i32, number: u64, exponent: i32) -> Ordering {
    let mut theirs = Natural::of(number);
    let fives = if power < 0 { &mut theirs } else { &mut ours };
    (0..power.unsigned_abs()).for_each(|_| fives.multiply(5, 0));
    let twos = power - exponent;
    let shifted = if twos < 0 { &mut theirs } else { &mut ours };
    shifted.shift(twos.unsigned_abs());
    ours.compare(&theirs)
}

/// `w x 10^q` as 64 bits, the first of which is 1, and the exponent of two that they are of. They are not more than it,
/// and 5 less at most.
fn product(w: u64, q: i32) -> (u64, i32) {
    let power = &POWERS[(q.div_euclid(16) - LOWEST) as usize];
    let fives = FIVES[q.rem_euclid(16) as usize];
    let zeros = [w.leading_zeros(), fives.leading_zeros()];
    let (first, first_exponent) = top(w << zeros[0], fives << zeros[1]);
    let (bits, exponent) = top(first, power.bits);
    let shifted = (zeros[0] + zeros[1]) as i32;
    (bits, exponent + first_exponent - shifted + power.exponent + q)
}

/// The highest 64 bits of a product of numbers whose first bit is 1, and the exponent of two that they are of.
fn top(a: u64, b: u64) -> (u64, i32) {
    let (high, low) = wide::product(a, b);
    let zeros = high.leading_zeros();
    (high << zeros | low >> 1 >> (63 - zeros), 64 - zeros as i32)
}

static FIVES: [u64; 16] = {
    let mut powers = [1; 16];
    let mut n = 1;
    while n < 16 {
        powers[n] = powers[n - 1] * 5;
        n += 1;
    }
    powers
};

/// `5^(16 n)`, of which `bits` are the highest, times `2^exponent`.
struct Power {
    bits: u64,
    exponent: i32,
}

const LOWEST: i32 = EXPONENTS.start.div_euclid(16) as i32;
const HIGHEST: i32 = EXPONENTS.end.div_euclid(16) as i32;

static POWERS: [Power; (HIGHEST - LOWEST + 1) as usize] = {
    const STEP: u128 = 5_u128.pow(16);
    const LOW: u128 = u64::MAX as u128;
    let mut powers = [const { Power { bits: 1 << 63, exponent: -63 } }; (HIGHEST - LOWEST + 1) as usize];
    // Of 128 bits while they are made, so that all 64 that are kept are right.
    let (mut bits, mut exponent) = (1 << 127, -127);
    let mut n = 0;
    while n > LOWEST {
        n -= 1;
        bits = ((bits / STEP) << 37) + ((bits % STEP) << 37) / STEP;
        let zeros = bits.leading_zeros();
        bits <<= zeros;
        exponent -= 37 + zeros as i32;
        powers[(n - LOWEST) as usize] = Power { bits: (bits >> 64) as u64, exponent: exponent + 64 };
    }
    (bits, exponent) = (1 << 127, -127);
    n = 0;
    while n < HIGHEST {
        n += 1;
        let low = (bits & LOW) * STEP;
        let high = (bits >> 64) * STEP + (low >> 64);
        let dropped = 64 - high.leading_zeros();
        bits = (high << (64 - dropped)) | ((low & LOW) >> dropped);
        exponent += dropped as i32;
        powers[(n - LOWEST) as usize] = Power { bits: (bits >> 64) as u64, exponent: exponent + 64 };
    }
    powers
};

/// A natural number of any size, the lowest 32 bits first.
struct Natural(Vec<u32>);

impl Natural {
    fn of(number: u64) -> Self {
        let mut natural = Natural(vec![number as u32, (number >> 32) as u32]);
        natural.0.truncate(2 - (number.leading_zeros() / 32) as usize);
        natural
    }

    /// By a factor, and adds to the product.
    fn multiply(&mut self, factor: u32, added: u32) {
        let mut carry = u64::from(added);
        for digit in &mut self.0 {
            carry += u64::from(*digit) * u64::from(factor);
            *digit = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    fn shift(&mut self, bits: u32) {
        self.multiply(1 << (bits % 32), 0);
        self.0.splice(..0, std::iter::repeat_n(0, bits as usize / 32));
    }

    fn compare(&self, other: &Self) -> Ordering {
        let lengths = self.0.len().cmp(&other.0.len());
        lengths.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Compares with the standard library.
    fn check(text: &str) {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let exponent = exponent.parse().unwrap();
        let decimal = Decimal { whole: whole.as_bytes(), fraction: fraction.as_bytes(), exponent };
        assert_eq!(decimal.to_double().to_bits(), text.parse::<f64>().unwrap().to_bits(), "{text}");
        assert_eq!(decimal.to_single().to_bits(), text.parse::<f32>().unwrap().to_bits(), "{text}");
    }

    /// A number, and the next ones that are written with a digit more.
    fn check_around(digits: &str, exponent: i32) {
        check(&format!("{digits}e{exponent}"));
        check(&format!("{digits}1e{}", exponent - 1));
        check(&format!("{digits}{}1e{}", "0".repeat(900), exponent - 901));
        let below = digits.strip_suffix(|_: char| true).unwrap();
        let last = digits.as_bytes()[digits.len() - 1];
        if last > b'0' {
            check(&format!("{below}{}9e{}", char::from(last - 1), exponent - 1));
        }
    }

    #[test]
    fn the_ends_of_what_a_float_can_be() {
        let tiny = "2.4703282292062327208299439697";
        for text in ["0", "0.000", "0e9999", "1e-99999999", "1e99999999", "5e-324", "2e-324", "3e-324", tiny]
        {
            check(text);
        }
        for text in ["1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308", "1e309"] {
            check(text);
        }
        for text in ["2.2250738585072011e-308", "2.2250738585072014e-308", "3.4028235677973366e38", "7e-46"] {
            check(text);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]
        #[test]
        fn numbers_of_any_size(digits in "[0-9]{1,25}", fraction in "[0-9]{0,25}", exponent in -400..350_i32) {
            check(&format!("{digits}.{fraction}e{exponent}"));
        }

        #[test]
        fn numbers_of_usual_size(digits in 0..10_u64.pow(17), exponent in -25..5_i32) {
            check(&format!("{digits}e{exponent}"));
        }

        #[test]
        fn what_is_written_of_floats(bits: u64) {
            let value = f64::from_bits(bits & (u64::MAX >> 1));
            prop_assume!(value.is_finite());
            check(&format!("{value:e}"));
            check(&format!("{:e}", value as f32).replace("inf", "1"));
        }

        #[test]
        fn halfway_between_integers(significand in 1_u64 << 53..1 << 54, zeros in 0..60_u32) {
            check_around(&(u128::from(significand | 1) << zeros).to_string(), 0);
            check_around(&(u128::from(significand >> 29 | 1) << zeros).to_string(), 0);
        }

        #[test]
        fn halfway_between_fractions(significand in 1_u64 << 53..1 << 54, places in 0..30_u32) {
            let digits = u128::from(significand | 1) * 5_u128.pow(places);
            check_around(&digits.to_string(), -(places as i32));
        }

        #[test]
        fn halfway_between_the_smallest(significand in 0..1_u32 << 24) {
            let value = (f64::from(significand) + 0.5) * f64::from(f32::from_bits(1));
            let text = format!("{value:.200}");
            check_around(text.trim_start_matches("0.").trim_end_matches('0'), -(text.trim_end_matches('0').len() as i32 - 2));
        }
    }
}
