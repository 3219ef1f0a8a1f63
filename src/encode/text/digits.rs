//! Digits, eight at a time.

/// Room for the text of any scalar of a fixed width: the longest are 33 bytes of a timestamp in nanoseconds. More
/// than it takes may be written there; what counts is the length that is returned.
pub type Window = [u8; 48];

const ASCII: u64 = u64::from_ne_bytes([b'0'; 8]);

/// Appends what `write` writes.
#[inline]
pub fn append(out: &mut Vec<u8>, write: impl FnOnce(&mut Window) -> usize) {
    let mut window = [0; size_of::<Window>()];
    let length = write(&mut window);
    out.extend_from_slice(&window[..length]);
}

/// The digits of a number below 10^8, leading zeros and all, as values: the first one in the lowest byte.
///
/// The number is split in halves, each of them in its lane of one word: first to pairs of digits, then to digits.
/// The constants divide by 100 and by 10, exactly for what a lane holds.
#[inline]
fn eight(value: u32) -> u64 {
    let high = value / 10_000;
    let halves = u64::from(high) | u64::from(value - high * 10_000) << 32;
    let hundreds = ((halves * 10_486) >> 20) & 0x0000_007f_0000_007f;
    ones_and_tens(hundreds | (halves - hundreds * 100) << 16, 0x000f_000f_000f_000f)
}

/// Splits numbers below 100 to their two digits. Each lies in a byte under a `mask` of 4 bits, with nothing in the
/// byte above.
#[inline]
fn ones_and_tens(numbers: u64, mask: u64) -> u64 {
    let tens = ((numbers * 103) >> 10) & mask;
    tens | (numbers - tens * 10) << 8
}

/// Writes the eight digits of a number below 10^8.
#[inline]
pub fn padded(value: u32, at: usize, window: &mut Window) -> usize {
    put((eight(value) | ASCII).to_le_bytes(), at, window)
}

/// Writes a number.
#[inline]
pub fn unsigned(value: u64, at: usize, window: &mut Window) -> usize {
    const EIGHT: u64 = 100_000_000;
    if value < EIGHT {
        return unpadded(value as u32, at, window);
    }
    let high = value / EIGHT;
    let at = if high < EIGHT {
        unpadded(high as u32, at, window)
    } else {
        let highest = high / EIGHT;
        let at = unpadded(highest as u32, at, window);
        padded((high - highest * EIGHT) as u32, at, window)
    };
    padded((value - high * EIGHT) as u32, at, window)
}

/// Writes a number below 10^8 without leading zeros.
#[inline]
pub fn unpadded(value: u32, at: usize, window: &mut Window) -> usize {
    let digits = eight(value);
    let zeros = (digits.trailing_zeros() / 8).min(7);
    put(((digits | ASCII) >> (zeros * 8)).to_le_bytes(), at, window) - zeros as usize
}

/// Writes a point and the eight digits of a number below 10^8 without the zeros at its end; nothing for zero.
#[inline]
pub fn fraction(value: u32, at: usize, window: &mut Window) -> usize {
    let digits = eight(value);
    let zeros = (digits.leading_zeros() / 8) as usize;
    let end = put((digits | ASCII).to_le_bytes(), put([b'.'], at, window), window);
    if zeros == 8 { at } else { end - zeros }
}

/// Writes the 16 digits of a number below 10^16, leading zeros and all; their number without the zeros at the end.
#[inline]
pub fn sixteen(value: u64, at: usize, window: &mut Window) -> usize {
    // 10^8 / 256. By a float, as a division of 64 bits takes long; a half keeps whole quotients from being cut.
    const DIVISOR: f64 = 390_625.0;
    let high = (((value >> 8) as i64 as f64 + 0.5) * (1.0 / DIVISOR)) as u32;
    let (first, last) = (eight(high), eight((value - u64::from(high) * 100_000_000) as u32));
    let middle = put((first | ASCII).to_le_bytes(), at, window);
    put((last | ASCII).to_le_bytes(), middle, window);
    let zeros = if last == 0 { 64 + first.leading_zeros() } else { last.leading_zeros() };
    16 - (zeros / 8) as usize
}

/// Writes `YYYY-MM-DD`, of a year below 10,000.
#[inline]
pub fn date(year: u32, month: u32, day: u32, at: usize, window: &mut Window) -> usize {
    let century = year / 100;
    let numbers = u64::from(century) | u64::from(year - century * 100) << 16 | u64::from(month) << 40;
    let digits = ones_and_tens(numbers, 0x0000_0f00_000f_000f);
    let at = put((digits | u64::from_le_bytes(*b"0000-00-")).to_le_bytes(), at, window);
    put([b'0' + (day / 10) as u8, b'0' + (day % 10) as u8], at, window)
}

/// Writes `HH:MM:SS`, of seconds since midnight.
#[inline]
pub fn clock(seconds: u32, at: usize, window: &mut Window) -> usize {
    let (minutes, hours) = (seconds / 60, seconds / 3_600);
    let numbers =
        u64::from(hours) | u64::from(minutes - hours * 60) << 24 | u64::from(seconds - minutes * 60) << 48;
    let digits = ones_and_tens(numbers, 0x000f_0000_0f00_000f);
    put((digits | u64::from_le_bytes(*b"00:00:00")).to_le_bytes(), at, window)
}

/// Writes bytes; the place behind them.
#[inline]
pub fn put<const N: usize>(bytes: [u8; N], at: usize, window: &mut Window) -> usize {
    window[at..at + N].copy_from_slice(&bytes);
    at + N
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(write: impl FnOnce(&mut Window) -> usize) -> String {
        let mut out = Vec::new();
        append(&mut out, write);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_pair_and_every_place_of_digits() {
        for value in (0..10_000).chain((0..10_000).map(|value| value * 10_000)).chain([99_999_999]) {
            assert_eq!(text(|window| padded(value, 0, window)), format!("{value:08}"));
            assert_eq!(text(|window| unpadded(value, 0, window)), value.to_string());
            let behind = format!(".{value:08}");
            let expected = behind.trim_end_matches('0').trim_end_matches('.');
            assert_eq!(text(|window| fraction(value, 0, window)), expected);
        }
    }

    #[test]
    fn every_second_of_a_day_and_every_date() {
        for seconds in 0..86_400 {
            let expected = format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
            assert_eq!(text(|window| clock(seconds, 0, window)), expected);
        }
        for year in 0..10_000 {
            let (month, day) = (year % 12 + 1, year % 31 + 1);
            let expected = format!("{year:04}-{month:02}-{day:02}");
            assert_eq!(text(|window| date(year, month, day, 0, window)), expected);
        }
    }

    proptest! {
        #[test]
        fn sixteen_digits_of_numbers_of_every_length(value in 0..10_u64.pow(16), divisor in 0..16_u32, near in 0..3_u64) {
            let power = 10_u64.pow(divisor);
            for value in [value, value / power, value / power * power, (value / power * power).saturating_sub(near)] {
                let mut window = [0; 48];
                let length = sixteen(value, 0, &mut window);
                let expected = format!("{value:016}");
                prop_assert_eq!(std::str::from_utf8(&window[..16]).unwrap(), &expected);
                prop_assert_eq!(length, expected.trim_end_matches('0').len());
            }
        }

        #[test]
        fn numbers_of_every_length(value: u64, shift in 0..64) {
            let value = value >> shift;
            prop_assert_eq!(text(|window| unsigned(value, 0, window)), value.to_string());
        }
    }
}
