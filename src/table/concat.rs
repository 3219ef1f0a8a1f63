//! Arrays one behind the other, as one.
//!
//! Arrow's own kernel for it brings along one that interleaves, and one that merges dictionaries, each for every type
//! there is: an eighth of the module.

use arrow::array::{Array, ArrayData, ArrayRef, Capacities, MutableArrayData, make_array};
use arrow::datatypes::{ArrowNativeType, DataType};
use arrow::error::ArrowError;

use super::merge::merge_dictionaries;

/// The values of arrays of one type. Fails where they are more than the offsets or keys of the type can count.
pub fn concat(arrays: &[ArrayRef]) -> Result<ArrayRef, ArrowError> {
    let mut pieces: Vec<ArrayData> = arrays.iter().map(|array| array.to_data()).collect();
    if pieces.windows(2).any(|pair| pair[0].data_type() != pair[1].data_type()) {
        return Err(ArrowError::InvalidArgumentError("arrays of several types".to_owned()));
    }
    merge_dictionaries(&mut pieces)?;
    join(&pieces).map(make_array)
}

/// The values of several arrays, whose dictionaries are the same.
pub fn join(pieces: &[ArrayData]) -> Result<ArrayData, ArrowError> {
    let capacities = capacities(pieces);
    let mut joined = MutableArrayData::try_with_capacities(pieces.iter().collect(), false, capacities)?;
    for (index, piece) in pieces.iter().enumerate() {
        joined.try_extend(index, 0, piece.len())?;
    }
    Ok(joined.freeze())
}

/// Texts and binaries say how many bytes they have; what else grows does so as it comes.
fn capacities(pieces: &[ArrayData]) -> Capacities {
    let rows = pieces.iter().map(ArrayData::len).sum();
    let bytes = match pieces[0].data_type() {
        DataType::Utf8 | DataType::Binary => pieces.iter().map(span::<i32>).sum(),
        DataType::LargeUtf8 | DataType::LargeBinary => pieces.iter().map(span::<i64>).sum(),
        _ => return Capacities::Array(rows),
    };
    Capacities::Binary(rows, Some(bytes))
}

/// The bytes or items from the first value's to the last one's.
fn span<O: ArrowNativeType>(piece: &ArrayData) -> usize {
    let offsets = piece.buffer::<O>(0);
    offsets.get(piece.len()).map_or(0, |end| end.as_usize() - offsets[0].as_usize())
}
