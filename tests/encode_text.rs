//! csv and jsonl of arrays that a table written as JSON (see `golden.rs`) cannot show: odd layouts, slices, types
//! without a form, types that widen in the middle of a file.

use std::sync::Arc;

use arrow::array::*;
use arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, Fields, Int8Type, Int32Type, UnionFields, UnionMode};
use tableport::Code;
use tableport::compress::pool::Pool;
use tableport::encode::encoder;
use tableport::plan::{CsvOptions, Format, JsonlOptions};

fn csv() -> Format {
    Format::Csv(CsvOptions::default())
}

fn jsonl() -> Format {
    Format::Jsonl(JsonlOptions::default())
}

/// One file of these batches; their first row is row 100 of the table.
fn encode(format: &Format, batches: &[RecordBatch]) -> tableport::Result<String> {
    let mut out = Vec::new();
    let mut encoder = encoder(format, &batches[0].schema(), &Pool::default())?;
    let mut first_row = 100;
    for batch in batches {
        encoder.write(batch, first_row, &mut out)?;
        first_row += batch.num_rows() as u64;
    }
    encoder.finish(&mut out)?;
    Ok(String::from_utf8(out).expect("csv and jsonl are UTF-8"))
}

fn column(array: ArrayRef) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable([("x", array, true)]).unwrap()
}

fn lines(array: ArrayRef) -> String {
    encode(&jsonl(), &[column(array)]).unwrap()
}

#[test]
fn types_without_a_form_are_refused_before_a_row_is_written() {
    let run_ends: RunArray<Int32Type> = ["a", "a", "b"].into_iter().collect();
    let fields = UnionFields::try_new([0], [Field::new("a", DataType::Int32, true)]).unwrap();
    let union = DataType::Union(fields, UnionMode::Sparse);
    let item = Arc::new(Field::new("odd", union, true));
    let cases: Vec<(ArrayRef, &str)> =
        vec![(Arc::new(run_ends), "x"), (new_empty_array(&DataType::List(item)), "x[]")];
    for (array, place) in cases {
        for format in [csv(), jsonl()] {
            let error =
                encoder(&format, &column(array.clone()).schema(), &Pool::default()).err().expect("an error");
            assert_eq!(error.code, Code::FormatUnsupported);
            assert_eq!(error.place.column.as_deref(), Some(place));
            assert_eq!(error.place.row, None);
        }
    }
}

#[test]
fn a_struct_with_two_fields_of_one_name_is_refused() {
    let fields = Fields::from(vec![
        Field::new("a", DataType::Int32, true),
        Field::new("b", DataType::Int32, true),
        Field::new("a", DataType::Int32, true),
    ]);
    let schema = column(new_empty_array(&DataType::Struct(fields))).schema();
    for format in [csv(), jsonl()] {
        let error = encoder(&format, &schema, &Pool::default()).err().expect("an error");
        assert_eq!((error.code, error.place.column.as_deref()), (Code::FormatUnsupported, Some("x.a")));
    }
}

#[test]
fn dictionaries_may_hold_nulls_on_both_sides() {
    let values = Arc::new(StringArray::from(vec![Some("a"), None]));
    // The key of a null row is out of range, which Arrow allows.
    let keys =
        Int8Array::new(ScalarBuffer::from(vec![0, 1, 99]), Some(NullBuffer::from(vec![true, true, false])));
    let array: ArrayRef = Arc::new(DictionaryArray::<Int8Type>::try_new(keys, values).unwrap());
    assert_eq!(lines(array.clone()), "{\"x\":\"a\"}\n{\"x\":null}\n{\"x\":null}\n");
    assert_eq!(encode(&csv(), &[column(array)]).unwrap(), "x\na\n\"\"\n\"\"\n");

    let keys = Int8Array::from(vec![None, None]);
    let empty = Arc::new(StringArray::from(Vec::<&str>::new()));
    let array = DictionaryArray::<Int8Type>::try_new(keys, empty).unwrap();
    assert_eq!(lines(Arc::new(array)), "{\"x\":null}\n{\"x\":null}\n");
}

#[test]
fn list_views_may_share_and_skip_items() {
    let item = Arc::new(Field::new("item", DataType::Int32, true));
    let items = Arc::new(Int32Array::from(vec![1, 2, 3, 4]));
    let expected = "{\"x\":[3,4]}\n{\"x\":[2,3]}\n{\"x\":[]}\n";
    let views =
        ListViewArray::new(item.clone(), vec![2, 1, 0].into(), vec![2, 2, 0].into(), items.clone(), None);
    assert_eq!(lines(Arc::new(views)), expected);
    let views = LargeListViewArray::new(item, vec![2, 1, 0].into(), vec![2, 2, 0].into(), items, None);
    assert_eq!(lines(Arc::new(views)), expected);
}

#[test]
fn what_lies_below_a_null_is_not_looked_at() {
    let late = Arc::new(TimestampSecondArray::from(vec![i64::MAX, 0]));
    let field =
        Arc::new(Field::new("t", DataType::Timestamp(arrow::datatypes::TimeUnit::Second, None), true));
    let nulls = Some(NullBuffer::from(vec![false, true]));
    let structs = StructArray::new(Fields::from(vec![field.clone()]), vec![late.clone()], nulls.clone());
    assert_eq!(lines(Arc::new(structs)), "{\"x\":null}\n{\"x\":{\"t\":\"1970-01-01T00:00:00\"}}\n");
    let lists = ListArray::new(field, OffsetBuffer::from_lengths([1, 1]), late, nulls);
    assert_eq!(lines(Arc::new(lists)), "{\"x\":null}\n{\"x\":[\"1970-01-01T00:00:00\"]}\n");
}

#[test]
fn errors_count_rows_over_the_whole_table() {
    let good = column(Arc::new(Date32Array::from(vec![0, 1])));
    let bad = column(Arc::new(Date32Array::from(vec![2, i32::MAX])));
    for format in [csv(), jsonl()] {
        let error = encode(&format, &[good.clone(), bad.clone()]).unwrap_err();
        assert_eq!(error.code, Code::FormatUnsupported);
        assert_eq!((error.place.row, error.place.column.as_deref()), (Some(103), Some("x")));
    }
}

#[test]
fn a_column_may_widen_within_a_file() {
    let batches = [
        column(new_null_array(&DataType::Null, 1)),
        column(Arc::new(Int32Array::from(vec![1, -2]))),
        column(Arc::new(Int64Array::from(vec![1_i64 << 40]))),
        column(Arc::new(Float64Array::from(vec![3.0, 0.5]))),
    ];
    assert_eq!(encode(&csv(), &batches).unwrap(), "x\n\"\"\n1\n-2\n1099511627776\n3\n0.5\n");
    let expected =
        ["null", "1", "-2", "1099511627776", "3", "0.5"].map(|x| format!("{{\"x\":{x}}}\n")).concat();
    assert_eq!(encode(&jsonl(), &batches).unwrap(), expected);
}

#[test]
fn large_cells_and_many_columns_come_through() {
    let long = "a,\"b\"\n".repeat(500_000);
    let batch = column(Arc::new(StringArray::from(vec![long.as_str()])));
    let quoted = format!("x\n\"{}\"\n", long.replace('"', "\"\""));
    assert!(encode(&csv(), std::slice::from_ref(&batch)).unwrap() == quoted);
    let names: Vec<String> = (0..5_000).map(|index| format!("c{index}")).collect();
    let ones: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    let batch = RecordBatch::try_from_iter(names.iter().map(|name| (name, ones.clone()))).unwrap();
    let expected = format!("{}\n{}\n", names.join(","), vec!["1"; 5_000].join(","));
    assert_eq!(encode(&csv(), &[batch]).unwrap(), expected);
}
