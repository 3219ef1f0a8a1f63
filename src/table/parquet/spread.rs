//! Values without nulls, moved to their slots among the nulls.

use arrow::buffer::NullBuffer;

/// As many values as there are slots; where a slot is null, any value.
pub fn spread<T: Copy + Default>(mut values: Vec<T>, nulls: &NullBuffer) -> Vec<T> {
    let mut from = values.len();
    values.resize(nulls.len(), T::default());
    // Backwards, a value is never put where one is that has not been moved.
    for slot in (0..nulls.len()).rev() {
        if from > slot {
            break;
        }
        if nulls.is_valid(slot) {
            from -= 1;
            values[slot] = values[from];
        }
    }
    values
}

/// The same for values of `width` bytes.
pub fn spread_bytes(mut values: Vec<u8>, width: usize, nulls: &NullBuffer) -> Vec<u8> {
    let mut from = values.len();
    values.resize(nulls.len() * width, 0);
    for slot in (0..nulls.len()).rev() {
        if from > slot * width {
            break;
        }
        if nulls.is_valid(slot) {
            from -= width;
            values.copy_within(from..from + width, slot * width);
        }
    }
    values
}

/// The offsets of values, where a null takes no bytes.
pub fn spread_offsets(offsets: &[i32], nulls: &NullBuffer) -> Vec<i32> {
    let mut value = 0;
    let mut spread = Vec::with_capacity(nulls.len() + 1);
    spread.push(0);
    for is_valid in nulls.iter() {
        value += usize::from(is_valid);
        spread.push(offsets[value]);
    }
    spread
}
