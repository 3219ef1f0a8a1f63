//! Packed columns become arrays; what breaks Arrow's layout is an error, never a panic.

#[path = "support/generate.rs"]
mod generate;

use arrow::array::{
    Array, ArrayData, ArrayRef, BooleanArray, Int64Array, NullArray, RecordBatch, StringArray, make_array,
};
use arrow::buffer::Buffer;
use arrow::datatypes::DataType;
use proptest::prelude::*;
use proptest::sample::Index;
use tableport::Code;
use tableport::table::packed::Packed;
use tableport::table::types::parse;

/// Packs as a driver may: validity and bits from some bit on, buffers longer than needed and anywhere in memory.
fn pack(data: &ArrayData, skew: usize) -> Packed {
    let shifted = |bits: &dyn Fn(usize) -> bool| {
        let mut bytes = vec![0u8; (data.len() + skew).div_ceil(8) + 1];
        (0..data.len())
            .filter(|row| bits(*row))
            .for_each(|row| bytes[(row + skew) / 8] |= 1 << ((row + skew) % 8));
        Buffer::from_vec(bytes)
    };
    let anywhere = |buffer: &Buffer| {
        let bytes: Vec<u8> =
            vec![0xAA; skew].into_iter().chain(buffer.iter().copied()).chain([0xAA; 3]).collect();
        Buffer::from_vec(bytes).slice(skew)
    };
    let buffers = match data.data_type() {
        DataType::Boolean => {
            let array = BooleanArray::from(data.clone());
            vec![shifted(&|row| array.value(row))]
        }
        _ => data.buffers().iter().map(anywhere).collect(),
    };
    let mut children: Vec<Packed> = data.child_data().iter().map(|child| pack(child, skew)).collect();
    let dictionary =
        matches!(data.data_type(), DataType::Dictionary(..)).then(|| Box::new(children.remove(0)));
    Packed {
        length: data.len(),
        validity: data.nulls().map(|nulls| shifted(&|row| nulls.is_valid(row))),
        bit_offset: skew,
        buffers,
        children,
        dictionary,
    }
}

fn columns(batch: &RecordBatch) -> impl Iterator<Item = ArrayRef> {
    // Without the offsets that slices have, as the driver has none either.
    batch
        .columns()
        .iter()
        .map(|array| make_array(array.to_data()))
        .filter(|array| array.to_data().offset() == 0)
}

/// Breaks one thing somewhere in a packed column.
fn spoil(packed: &mut Packed, what: u8, place: Index, value: u8) {
    let nested: Vec<&mut Packed> =
        packed.children.iter_mut().chain(packed.dictionary.as_deref_mut()).collect();
    if what >= 128 && !nested.is_empty() {
        let count = nested.len();
        return spoil(nested.into_iter().nth(place.index(count)).unwrap(), what << 1, place, value);
    }
    let mut flip = |buffer: &mut Buffer| {
        let mut bytes = buffer.to_vec();
        if !bytes.is_empty() {
            let at = place.index(bytes.len());
            bytes[at] ^= value;
        }
        *buffer = Buffer::from_vec(bytes);
    };
    match what % 8 {
        0 => packed.length = packed.length.wrapping_add(usize::from(value)),
        1 => packed.length = usize::MAX - usize::from(value),
        2 => packed.bit_offset = packed.bit_offset.wrapping_add(usize::from(value) << 56),
        3 => packed.buffers.iter_mut().for_each(flip),
        4 => packed
            .buffers
            .iter_mut()
            .for_each(|buffer| *buffer = buffer.slice_with_length(0, place.index(buffer.len() + 1))),
        5 => drop(packed.buffers.pop()),
        6 => drop(packed.children.pop()),
        _ => {
            packed.validity.iter_mut().for_each(&mut flip);
            packed.dictionary = None;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn packed_columns_come_back(batch in generate::table(4, 20), skew in 0usize..20) {
        for array in columns(&batch) {
            let packed = pack(&array.to_data(), skew);
            let back = packed.into_array(array.data_type(), "c");
            prop_assert_eq!(back.as_ref(), Ok(&array));
        }
    }

    #[test]
    fn what_is_broken_is_an_error_or_another_array(
        batch in generate::table(4, 20), what: u8, place: Index, value: u8,
    ) {
        for array in columns(&batch) {
            let mut packed = pack(&array.to_data(), 3);
            spoil(&mut packed, what, place, value);
            match packed.into_array(array.data_type(), "c") {
                Ok(found) => {
                    prop_assert!(found.to_data().validate_full().is_ok());
                }
                Err(error) => {
                    prop_assert_eq!(error.code, Code::SourceCorrupt);
                    prop_assert!(error.place.column.unwrap().starts_with('c'));
                }
            }
        }
    }
}

fn error(packed: Packed, data_type: &str) -> String {
    let error = packed.into_array(&parse(data_type).unwrap(), "c").unwrap_err();
    assert_eq!(error.code, Code::SourceCorrupt);
    error.message
}

#[test]
fn what_is_wrong_is_said() {
    let eight = || vec![Buffer::from_vec(vec![0i64; 8])];
    let column = |length, buffers| Packed { length, buffers, ..Packed::default() };
    assert!(column(8, eight()).into_array(&DataType::Int64, "c").is_ok());
    assert!(error(column(9, eight()), "int64").contains("shorter than the column"));
    assert!(error(column(8, vec![]), "int64").contains("as many buffers"));
    assert!(error(column(8, [eight(), eight()].concat()), "int64").contains("as many buffers"));
    let short = Packed { validity: Some(Buffer::from_vec(vec![255u8])), bit_offset: 1, ..column(8, eight()) };
    assert!(error(short, "int64").contains("validity is shorter"));
    assert!(error(column(2, eight()), "dictionary<int64, string>").contains("dictionary is missing"));
    assert!(error(column(2, eight()), "list<int8>").contains("as many children"));
    let text = |bytes: &[u8]| {
        vec![Buffer::from_vec(vec![0i32, bytes.len() as i32]), Buffer::from_vec(bytes.to_vec())]
    };
    assert!(error(column(1, text(b"\xFF")), "string").contains("not valid"));
    let back = vec![Buffer::from_vec(vec![0i32, 3, 1]), Buffer::from_vec(vec![b'a'; 3])];
    assert!(error(column(2, back), "string").contains("not valid"));
}

#[test]
fn a_nested_column_is_named_by_its_path() {
    let child = Packed { length: 1, ..Packed::default() };
    let list = Packed {
        length: 1,
        buffers: vec![Buffer::from_vec(vec![0i32, 1])],
        children: vec![Packed { length: 1, children: vec![child], ..Packed::default() }],
        ..Packed::default()
    };
    let error = list.into_array(&parse("list<struct<x: int8>>").unwrap(), "c").unwrap_err();
    assert_eq!(error.place.column.as_deref(), Some("c[].x"));
}

#[test]
fn empty_columns_need_no_offsets() {
    let empty = Packed { buffers: vec![Buffer::from_vec(Vec::<u8>::new()); 2], ..Packed::default() };
    let array = empty.into_array(&DataType::Utf8, "c").unwrap();
    assert_eq!(array.as_ref(), &StringArray::from(Vec::<&str>::new()) as &dyn Array);
    let nulls = Packed { length: 3, validity: Some(Buffer::from_vec(vec![0u8])), ..Packed::default() };
    assert_eq!(nulls.into_array(&DataType::Null, "c").unwrap().as_ref(), &NullArray::new(3) as &dyn Array);
    let unaligned = Buffer::from_vec(vec![0u8, 1, 0, 0, 0, 0, 0, 0, 0]).slice(1);
    let one = Packed { length: 1, buffers: vec![unaligned], ..Packed::default() };
    assert_eq!(
        one.into_array(&DataType::Int64, "c").unwrap().as_ref(),
        &Int64Array::from(vec![1]) as &dyn Array
    );
}
