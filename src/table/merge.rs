//! Dictionaries of several arrays, merged into one.

use std::collections::HashMap;

use arrow::array::{ArrayData, MutableArrayData};
use arrow::buffer::MutableBuffer;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

use super::pick;
use super::value::bytes;

/// Gives arrays of one type the same dictionaries, at any depth: those that differ are merged into one of the values
/// in use, in the order in which they come. Fails where their keys cannot count them.
pub fn merge_dictionaries(arrays: &mut [ArrayData]) -> Result<(), ArrowError> {
    for child in 0..arrays[0].child_data().len() {
        let mut children: Vec<_> = arrays.iter().map(|array| array.child_data()[child].clone()).collect();
        if !children.iter().any(has_dictionary) || are_same(&children) {
            continue;
        }
        merge_dictionaries(&mut children)?;
        for (array, merged) in arrays.iter_mut().zip(children) {
            let mut children = array.child_data().to_vec();
            children[child] = merged;
            *array = array.clone().into_builder().child_data(children).build()?;
        }
    }
    let DataType::Dictionary(keys, _) = arrays[0].data_type().clone() else { return Ok(()) };
    let dictionaries: Vec<_> = arrays.iter().map(|array| array.child_data()[0].clone()).collect();
    if are_same(&dictionaries) {
        return Ok(());
    }
    let mut merged = Merged::default();
    let rekeyed = arrays
        .iter()
        .enumerate()
        .map(|(index, array)| merged.rekey(index, array, &dictionaries[index], &keys));
    let rekeyed = rekeyed.collect::<Result<Vec<_>, _>>()?;
    let values = merged.values(&dictionaries)?;
    for (array, keys) in arrays.iter_mut().zip(rekeyed) {
        let builder =
            ArrayData::builder(array.data_type().clone()).len(array.len()).nulls(array.nulls().cloned());
        *array = builder.add_buffer(keys.into()).add_child_data(values.clone()).build()?;
    }
    Ok(())
}

fn has_dictionary(array: &ArrayData) -> bool {
    matches!(array.data_type(), DataType::Dictionary(..)) || array.child_data().iter().any(has_dictionary)
}

fn are_same(arrays: &[ArrayData]) -> bool {
    arrays.windows(2).all(|pair| pair[0].ptr_eq(&pair[1]))
}

/// The dictionary that comes of several.
#[derive(Default)]
struct Merged<'a> {
    /// The new keys of values, those of null too, that were found by their bytes.
    keys: HashMap<Option<&'a [u8]>, u64>,
    /// Where its values are from: which dictionary, and which of its values.
    places: Vec<(usize, usize)>,
}

impl<'a> Merged<'a> {
    /// The keys of an array, with which this dictionary takes the place of its own, the one numbered `index`.
    fn rekey(
        &mut self,
        index: usize,
        array: &ArrayData,
        dictionary: &'a ArrayData,
        key_type: &DataType,
    ) -> Result<MutableBuffer, ArrowError> {
        let width = key_type.primitive_width().unwrap_or(1);
        let bits = 8 * width as u32 - u32::from(key_type.is_signed_integer());
        let old = &array.buffers()[0][array.offset() * width..];
        let mut new = MutableBuffer::with_capacity(array.len() * width);
        let mut known = vec![None; dictionary.len()];
        for (row, key) in old.chunks_exact(width).take(array.len()).enumerate() {
            let key = match array.is_valid(row) {
                true => {
                    let place = pick::place(key);
                    *known[place].get_or_insert_with(|| self.key(index, dictionary, place))
                }
                false => 0,
            };
            if key.checked_shr(bits).is_some_and(|excess| excess > 0) {
                return Err(ArrowError::DictionaryKeyOverflowError);
            }
            new.extend_from_slice(&key.to_le_bytes()[..width]);
        }
        Ok(new)
    }

    /// The key of a value, which may be new.
    fn key(&mut self, index: usize, dictionary: &'a ArrayData, row: usize) -> u64 {
        let next = self.places.len() as u64;
        let told_by = match dictionary.is_valid(row) {
            true => bytes(dictionary, row).map(Some),
            false => Some(None),
        };
        let key = told_by.map_or(next, |bytes| *self.keys.entry(bytes).or_insert(next));
        if key == next {
            self.places.push((index, row));
        }
        key
    }

    fn values(&self, dictionaries: &[ArrayData]) -> Result<ArrayData, ArrowError> {
        let mut values = MutableArrayData::try_new(dictionaries.iter().collect(), false, self.places.len())?;
        for neighbours in self.places.chunk_by(|one, next| next.0 == one.0 && next.1 == one.1 + 1) {
            let (index, row) = neighbours[0];
            values.try_extend(index, row, row + neighbours.len())?;
        }
        Ok(values.freeze())
    }
}
