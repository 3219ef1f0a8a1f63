//! Blocks depend on the rows alone.

mod tables;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, RecordBatch, RecordBatchOptions, StringArray};
use arrow::datatypes::{DataType, Field, Fields, Schema, UnionMode};
use proptest::prelude::*;
use tableport::output::blocks::{Block, Blocks};
use tables::Random;

fn blocks_of(batches: &[RecordBatch], max_rows: usize, max_bytes: u64) -> Vec<Block> {
    let mut blocks = Blocks::new(max_rows, max_bytes);
    let mut found = Vec::new();
    for batch in batches {
        blocks.push(batch.clone()).unwrap();
        while let Some(block) = blocks.next(false).unwrap() {
            found.push(block);
        }
    }
    while let Some(block) = blocks.next(true).unwrap() {
        found.push(block);
    }
    assert_eq!(blocks.pending_bytes(), 0);
    found
}

fn with_unions() -> Vec<DataType> {
    let fields = [(3, Field::new("a", DataType::Int32, true)), (7, Field::new("b", DataType::Utf8, true))];
    let union =
        DataType::Union(fields.into_iter().map(|(id, f)| (id, Arc::new(f))).collect(), UnionMode::Sparse);
    [tables::all_types(), vec![union, DataType::Null, DataType::Struct(Fields::empty())]].concat()
}

proptest! {
    #[test]
    fn any_batching_gives_the_same_blocks(
        seed: u64, rows in 0usize..300, max_rows in 1usize..120, max_bytes in 1u64..3000,
    ) {
        let mut random = Random(seed);
        let types = tables::some_of(&mut random, &with_unions());
        let table = tables::table(&mut random, &types, rows);
        let whole = blocks_of(std::slice::from_ref(&table), max_rows, max_bytes);
        let batches = tables::rebatch(&mut random, &table);
        let pieced = blocks_of(&batches, max_rows, max_bytes);

        prop_assert_eq!(whole.len(), pieced.len());
        let mut next_row = 0;
        for (a, b) in whole.iter().zip(&pieced) {
            prop_assert_eq!(a.first_row, next_row);
            prop_assert_eq!((a.first_row, a.bytes), (b.first_row, b.bytes));
            prop_assert_eq!(&a.batch, &b.batch);
            prop_assert!(a.batch.num_rows() <= max_rows);
            prop_assert!(a.bytes <= max_bytes || a.batch.num_rows() == 1);
            next_row += a.batch.num_rows() as u64;
        }
        prop_assert_eq!(next_row, rows as u64);
        // Every block is as long as it may be: the first row of the next one would not have fitted.
        for pair in whole.windows(2) {
            let first = blocks_of(&[pair[1].batch.slice(0, 1)], 1, 1)[0].bytes;
            prop_assert!(pair[0].batch.num_rows() == max_rows || pair[0].bytes + first > max_bytes);
        }
    }
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter(columns).unwrap()
}

#[test]
fn values_count_as_plainly_encoded() {
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None]));
    let names: ArrayRef = Arc::new(StringArray::from(vec![Some("abc"), None]));
    assert_eq!(blocks_of(&[batch(vec![("id", ids), ("name", names)])], 10, 1000)[0].bytes, 8 + 8 + 7 + 4);
}

#[test]
fn a_row_larger_than_a_block_stands_alone() {
    let long = "x".repeat(500);
    let names: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", &long, "c", "d"]));
    let rows: Vec<usize> = blocks_of(&[batch(vec![("name", names)])], 10, 100)
        .iter()
        .map(|block| block.batch.num_rows())
        .collect();
    assert_eq!(rows, [2, 1, 2]);
}

#[test]
fn rows_without_columns_are_counted() {
    let rows = |rows| {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::new(Schema::empty()), vec![], &options).unwrap()
    };
    let blocks = blocks_of(&[rows(3), rows(0), rows(4)], 5, 100);
    assert_eq!(blocks.iter().map(|block| block.batch.num_rows()).collect::<Vec<_>>(), [5, 2]);
}

#[test]
fn a_block_within_one_batch_is_not_copied() {
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(0..100));
    let blocks = blocks_of(&[batch(vec![("id", ids.clone())])], 10, 1 << 20);
    let data = blocks[3].batch.column(0).to_data();
    assert_eq!(data.buffers()[0].data_ptr(), ids.to_data().buffers()[0].data_ptr());
}
