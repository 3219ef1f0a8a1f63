//! Arrays one behind the other are what Arrow's own kernel makes of them, and more where keys would run out.

#[path = "support/generate.rs"]
#[allow(dead_code)]
mod generate;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, Int8Array, LargeStringArray, StringArray};
use arrow::datatypes::{DataType, Field, Int8Type};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use tableport::table::concat::concat;

/// Slices of several arrays of one type.
fn pieces() -> impl Strategy<Value = Vec<ArrayRef>> {
    generate::table(1, 0).prop_flat_map(|table| {
        let data_type = table.column(0).data_type().clone();
        let array = (0..20_usize).prop_flat_map(move |rows| generate::array(data_type.clone(), rows));
        vec((array, vec((any::<Index>(), any::<Index>()), 1..3)), 1..4).prop_map(|arrays| {
            let slices = |(array, cuts): (ArrayRef, Vec<(Index, Index)>)| {
                let slice = |(start, length): (Index, Index)| {
                    let start = start.index(array.len() + 1);
                    array.slice(start, length.index(array.len() - start + 1))
                };
                cuts.into_iter().map(slice).collect::<Vec<_>>()
            };
            arrays.into_iter().flat_map(slices).collect()
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn arrows_own_kernel_agrees(pieces in pieces()) {
        let joined = concat(&pieces).unwrap();
        let expected = arrow::compute::concat(&pieces.iter().map(AsRef::as_ref).collect::<Vec<_>>()).unwrap();
        joined.to_data().validate_full().unwrap();
        prop_assert_eq!(joined.data_type(), expected.data_type());
        prop_assert_eq!(&joined, &expected);
    }
}

fn dictionary(keys: Vec<Option<i8>>, values: Vec<Option<&str>>) -> ArrayRef {
    let values = Arc::new(StringArray::from(values));
    Arc::new(DictionaryArray::<Int8Type>::try_new(Int8Array::from(keys), values).unwrap())
}

#[test]
fn dictionaries_become_one_of_the_values_in_use() {
    let one = dictionary(vec![Some(2), None, Some(0), Some(1)], vec![Some("a"), None, Some("c")]);
    let other = dictionary(vec![Some(1), Some(3), Some(2)], vec![Some("x"), Some("c"), Some("d"), None]);
    let joined = concat(&[one, other.slice(0, 2), other]).unwrap();
    let joined = joined.as_dictionary::<Int8Type>();
    let values = joined.values().as_string::<i32>();
    assert_eq!(values.iter().collect::<Vec<_>>(), [Some("c"), Some("a"), None, Some("d")]);
    let keys = [Some(0), None, Some(1), Some(2), Some(0), Some(2), Some(0), Some(2), Some(3)];
    assert_eq!(joined.keys().iter().collect::<Vec<_>>(), keys);
}

#[test]
fn the_same_dictionary_is_kept() {
    let array = dictionary(vec![Some(0), Some(1), Some(1)], vec![Some("a"), Some("b"), Some("unused")]);
    let joined = concat(&[array.slice(1, 2), array.slice(0, 1)]).unwrap();
    let joined = joined.as_dictionary::<Int8Type>();
    assert!(joined.values().to_data().ptr_eq(&array.as_dictionary::<Int8Type>().values().to_data()));
}

/// 100 values each, of which 128 are different, and unlike those of any one.
fn hundred(first: usize) -> ArrayRef {
    let values: Vec<_> = (first..first + 100).map(|value| value.to_string()).collect();
    dictionary((0..100).map(Some).collect(), values.iter().map(|value| Some(value.as_str())).collect())
}

#[test]
fn keys_run_out_only_where_the_values_do() {
    let joined = concat(&[hundred(0), hundred(28), hundred(14)]).unwrap();
    assert_eq!(joined.as_dictionary::<Int8Type>().values().len(), 128);
    assert!(concat(&[hundred(0), hundred(29)]).is_err());
    let list = |array: ArrayRef| {
        let field = Arc::new(Field::new("item", array.data_type().clone(), true));
        let offsets = arrow::buffer::OffsetBuffer::from_lengths([array.len()]);
        Arc::new(arrow::array::ListArray::new(field, offsets, array, None)) as ArrayRef
    };
    assert_eq!(concat(&[list(hundred(0)), list(hundred(28))]).unwrap().as_list::<i32>().values().len(), 200);
    assert!(concat(&[list(hundred(0)), list(hundred(29))]).is_err());
}

#[test]
fn what_cannot_be_one_array_is_an_error() {
    let (short, long) = (StringArray::from(vec!["a"]), LargeStringArray::from(vec!["a"]));
    assert!(concat(&[Arc::new(short) as ArrayRef, Arc::new(long)]).is_err());
    let binary: ArrayRef = Arc::new(arrow::array::BinaryArray::from_vec(vec![&vec![0; 1 << 28]; 1]));
    assert_eq!(binary.data_type(), &DataType::Binary);
    assert!(concat(&vec![binary; 8]).is_err());
}
