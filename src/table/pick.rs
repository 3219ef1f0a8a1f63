//! Values picked out of an array.
//!
//! Arrow's own kernel for it compares the values of run-end encoded arrays, of every type there is, which would be
//! an eighth of the module.

use arrow::array::{AnyDictionaryArray, Array, ArrayRef, MutableArrayData, make_array};
use arrow::error::ArrowError;

/// The values at `indexes`, in that order; those that are `None` are null. Fails where they are more than the offsets
/// of their type can count, or an index is out of range.
pub fn pick(values: &dyn Array, indexes: &[Option<usize>]) -> Result<ArrayRef, ArrowError> {
    let data = values.to_data();
    let mut picked = MutableArrayData::try_new(vec![&data], true, indexes.len())?;
    // Neighbours are copied together.
    let mut run = 0..0;
    for index in indexes {
        match *index {
            Some(index) if index == run.end && !run.is_empty() => run.end += 1,
            Some(index) if index >= values.len() => {
                return Err(ArrowError::InvalidArgumentError("an index out of range".to_owned()));
            }
            Some(index) => {
                picked.try_extend(0, run.start, run.end)?;
                run = index..index + 1;
            }
            None => {
                picked.try_extend(0, run.start, run.end)?;
                picked.try_extend_nulls(1)?;
                run = 0..0;
            }
        }
    }
    picked.try_extend(0, run.start, run.end)?;
    Ok(make_array(picked.freeze()))
}

/// The values of a dictionary's rows.
pub fn flat(dictionary: &dyn AnyDictionaryArray) -> Result<ArrayRef, ArrowError> {
    let place = |(row, place): (usize, usize)| dictionary.keys().is_valid(row).then_some(place);
    let places: Vec<_> = places(dictionary).into_iter().enumerate().map(place).collect();
    pick(dictionary.values(), &places)
}

/// The place of each row's value in a dictionary. That of a null row may be out of range, and is not to be looked at.
pub fn places(dictionary: &dyn AnyDictionaryArray) -> Vec<usize> {
    let keys = dictionary.keys().to_data();
    let width = keys.data_type().primitive_width().unwrap_or(1);
    let values = keys.buffers()[0][keys.offset() * width..].chunks_exact(width);
    values.take(keys.len()).map(place).collect()
}

/// What the bytes of a key say.
pub fn place(key: &[u8]) -> usize {
    let mut bytes = [0; 8];
    bytes[..key.len()].copy_from_slice(key);
    u64::from_le_bytes(bytes) as usize
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, AsArray, DictionaryArray, Int8Array, StringArray};
    use arrow::datatypes::Int8Type;

    use super::*;

    #[test]
    fn values_come_in_the_order_that_was_asked_for() {
        let values = StringArray::from(vec![Some("a"), None, Some("c"), Some("d")]).slice(1, 3);
        let picked = pick(&values, &[Some(1), Some(2), None, Some(0), Some(1), Some(1)]).unwrap();
        let expected = [Some("c"), Some("d"), None, None, Some("c"), Some("c")];
        assert_eq!(picked.as_string::<i32>().iter().collect::<Vec<_>>(), expected);
        assert_eq!(pick(&values, &[]).unwrap().len(), 0);
        assert!(pick(&values, &[Some(0), Some(3)]).is_err());
    }

    #[test]
    fn a_dictionary_is_its_values_and_its_nulls() {
        let values = StringArray::from(vec![Some("x"), None]);
        let keys = Int8Array::from(vec![Some(0), None, Some(1), Some(0)]);
        let dictionary = DictionaryArray::<Int8Type>::try_new(keys, std::sync::Arc::new(values)).unwrap();
        let expected = [Some("x"), None, None, Some("x")];
        let flat = flat(&dictionary).unwrap();
        assert_eq!(flat.as_string::<i32>().iter().collect::<Vec<_>>(), expected);
    }
}
