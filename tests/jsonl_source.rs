//! JSON lines as a table.

mod reading;

use proptest::prelude::*;
use reading::{error, plan, read};
use tableport::plan::{ExportPlan, SourcePlan, Value};
use tableport::{Code, Error};

const WINDOW: usize = 10_000;

fn with(config: &[(&str, Value)]) -> ExportPlan {
    plan(SourcePlan::Bytes { size: None }, "t.jsonl", config)
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn schema(columns: &[(&str, &str)]) -> (&'static str, Value) {
    let entry = |(name, data_type): &(&str, &str)| ((*name).to_owned(), text(data_type));
    ("schema", Value::Map(columns.iter().map(entry).collect()))
}

fn selectors(names: &[&str]) -> (&'static str, Value) {
    ("selectors", Value::List(names.iter().map(|name| text(name)).collect()))
}

#[track_caller]
fn written(config: &[(&str, Value)], lines: &str) -> String {
    read(&with(config), &[lines.as_bytes()]).text.unwrap()
}

#[track_caller]
fn fails(config: &[(&str, Value)], lines: &str, code: Code, row: u64, column: Option<&str>) -> Error {
    let error = error(&with(config), &[lines.as_bytes()]);
    assert_eq!(
        (error.code, error.place.row, error.place.column.as_deref()),
        (code, Some(row), column),
        "{error}"
    );
    error
}

#[test]
fn lines_come_out_as_they_went_in() {
    let lines = concat!(
        r#"{"b":true,"i":1,"l":9007199254740993,"u":null,"f":1.5,"s":"é\"\n","o":{"x":1,"y":null},"a":[[1],[],null]}"#,
        "\n",
        r#"{"b":null,"i":-2147483648,"l":-9223372036854775808,"u":18446744073709551615,"f":-0,"s":"","o":null,"a":null}"#,
        "\n",
        r#"{"b":false,"i":2147483647,"l":null,"u":0,"f":1e+300,"s":"2013-01-01","o":{"x":null,"y":"😀"},"a":[]}"#,
        "\n",
    );
    assert_eq!(written(&[], lines), lines);
}

#[test]
fn missing_keys_are_null_blank_lines_and_marks_are_nothing() {
    let lines =
        "\u{feff}\n{\"a\":1}\r\n \t\r\n{\"b\":\"\\u00e9\\ud83d\\ude00\"}\n\n { \"b\" : null , \"a\" : 2 } ";
    let expected = "{\"a\":1,\"b\":null}\n{\"a\":null,\"b\":\"é😀\"}\n{\"a\":2,\"b\":null}\n";
    assert_eq!(written(&[], lines), expected);
}

#[test]
fn no_rows_are_a_table() {
    let csv = ("format", text("csv"));
    for lines in ["", "\n \n", "\u{feff}"] {
        let read =
            read(&with(&[csv.clone(), schema(&[("a", "int32"), ("b", "string")])]), &[lines.as_bytes()]);
        assert_eq!((read.text.unwrap().as_str(), read.rows.as_slice()), ("a,b\n", &[0][..]));
    }
}

#[test]
fn numbers_are_the_nearest_doubles() {
    let lines = "{\"f\":0.1}\n{\"f\":2.2250738585072011e-308}\n{\"f\":5e-324}\n{\"f\":1.7976931348623157e308}\n{\"f\":7}\n";
    let expected = "{\"f\":0.1}\n{\"f\":2.225073858507201e-308}\n{\"f\":5e-324}\n{\"f\":1.7976931348623157e308}\n{\"f\":7}\n";
    assert_eq!(written(&[], lines).replace("e+", "e"), expected);
}

#[test]
fn schema_takes_numbers_by_their_text() {
    let lines = "{\"d\":123456789012345678901234567890.12,\"s\":1.0,\"t\":\"2013-01-01\"}\n{\"d\":\"0.5\",\"s\":true,\"t\":null}\n";
    let types = schema(&[("d", "decimal(38,2)"), ("s", "string"), ("t", "date32")]);
    let expected = "{\"d\":123456789012345678901234567890.12,\"s\":\"1.0\",\"t\":\"2013-01-01\"}\n{\"d\":0.50,\"s\":\"true\",\"t\":null}\n";
    assert_eq!(written(&[types], lines), expected);
    let nested = schema(&[("o", "struct<p: list<decimal(22,1)>>")]);
    assert_eq!(
        written(&[nested], "{\"o\":{\"p\":[1,123456789012345678901.5]}}\n"),
        "{\"o\":{\"p\":[1.0,123456789012345678901.5]}}\n"
    );
    fails(
        &[schema(&[("d", "decimal(4,1)")])],
        "{\"d\":1}\n{\"d\":0.15}\n",
        Code::SourceTypeChanged,
        1,
        Some("d"),
    );
    fails(&[schema(&[("d", "int32")])], "{\"d\":1}\n{\"d\":1.5}\n", Code::ConfigCannotConvert, 1, Some("d"));
    fails(
        &[schema(&[("f", "float64")])],
        "{\"f\":9007199254740993}\n",
        Code::SourceTypeChanged,
        0,
        Some("f"),
    );
}

#[test]
fn selectors_choose_and_what_is_not_chosen_does_not_matter() {
    let mut lines = String::from("{\"a\":1,\"b\":1}\n{\"b\":\"x\",\"a\":2}\n");
    lines.push_str(&"{\"a\":3}\n".repeat(WINDOW));
    lines.push_str("{\"new\":1,\"a\":4,\"b\":[]}\n");
    let out = written(&[selectors(&["a"])], &lines);
    assert!(out.ends_with("{\"a\":3}\n{\"a\":4}\n"));
    fails(&[], &lines, Code::SourceTypeChanged, 1, Some("b"));
    let unknown = error(&with(&[selectors(&["z"])]), &[b"{\"a\":1}\n"]);
    assert_eq!(
        (unknown.code, unknown.place.field.as_deref()),
        (Code::ConfigUnknownColumn, Some("selectors[0]"))
    );
}

#[test]
fn after_the_first_rows_columns_widen_or_stop() {
    let first = "{\"a\":1,\"n\":null}\n".repeat(WINDOW);
    let later = "{\"a\":2.5,\"n\":{\"x\":[1]}}\n{\"a\":5000000000,\"n\":null}\n";
    assert_eq!(written(&[], &(first.clone() + later)), first.clone() + later);
    let large = first.clone() + "{\"a\":2.5,\"n\":null}\n{\"a\":9007199254740993,\"n\":null}\n";
    fails(&[], &large, Code::SourceTypeChanged, WINDOW as u64 + 1, Some("a"));
    let other = first.clone() + "{\"a\":\"x\",\"n\":null}\n";
    fails(&[], &other, Code::SourceTypeChanged, WINDOW as u64, Some("a"));
    let new = first.clone() + "{\"z\":1}\n";
    fails(&[], &new, Code::SourceNewColumn, WINDOW as u64, Some("z"));
    let parquet =
        error(&with(&[("format", text("parquet"))]), &[(first + "{\"a\":2.5,\"n\":null}\n").as_bytes()]);
    assert_eq!((parquet.code, parquet.place.row), (Code::SourceTypeChanged, Some(WINDOW as u64)));
}

#[test]
fn what_is_wrong_has_its_place_and_never_its_value() {
    let cases: &[(&str, Code, Option<&str>)] = &[
        ("[1]\n", Code::SourceNotARow, None),
        ("null\n", Code::SourceNotARow, None),
        ("{\"a\":1,}\n", Code::SourceCorrupt, None),
        ("{\"a\":01}\n", Code::SourceCorrupt, None),
        ("{\"a\":\"secret\n", Code::SourceCorrupt, None),
        ("{\"a\":1} {\"a\":2}\n", Code::SourceCorrupt, None),
        ("{\"a\":NaN}\n", Code::SourceCorrupt, None),
        ("secret\n", Code::SourceCorrupt, None),
        ("{\"a\":1,\"a\":2}\n", Code::SourceCorrupt, Some("a")),
        ("{\"o\":{\"x\":1,\"x\":2}}\n", Code::SourceCorrupt, Some("o")),
        ("{\"a\":18446744073709551616}\n", Code::SourceUnsupportedValue, Some("a")),
        ("{\"o\":{\"x\":[1e400]}}\n", Code::SourceUnsupportedValue, Some("o.x[]")),
        ("{\"s\":\"\\ud800\"}\n", Code::SourceInvalidText, Some("s")),
        ("{\"\\ud800\":1}\n", Code::SourceInvalidText, None),
        ("{\"a\":1", Code::SourceTruncated, None),
        ("{\"s\":\"secret", Code::SourceTruncated, None),
    ];
    let first = "{\"a\":1,\"s\":\"\",\"o\":null}\n";
    for before in [1, WINDOW] {
        for (line, code, column) in cases {
            let error = fails(&[], &(first.repeat(before) + line), *code, before as u64, *column);
            assert!(!error.message.contains("secret"));
        }
    }
    let bytes = error(&with(&[]), &[b"{\"a\":1}\n{\"s\":\"\xff\"}\n"]);
    assert_eq!((bytes.code, bytes.place.row), (Code::SourceInvalidText, Some(1)));
    let cut = error(&with(&[]), &[b"{\"a\":1}\n{\"s\":\"\xc3"]);
    assert_eq!((cut.code, cut.place.row), (Code::SourceTruncated, Some(1)));
    let deep = format!("{{\"a\":{}{}}}\n", "[".repeat(100_000), "]".repeat(100_000));
    fails(&[], &deep, Code::SourceUnsupportedValue, 0, Some("a"));
}

#[test]
fn a_line_longer_than_the_limit_is_refused_before_it_is_whole() {
    let plan = ExportPlan { memory_limit: 1 << 20, ..with(&[]) };
    let piece = vec![b' '; 1 << 18];
    let error = error(&plan, &[b"{\"a\":1}\n{", &piece, &piece, &piece, &piece, &piece]);
    assert_eq!((error.code, error.place.row), (Code::LimitExceeded, Some(1)));
}

/// Rows of which most agree.
fn lines() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just("null".to_owned()),
        any::<i32>().prop_map(|n| n.to_string()),
        any::<i64>().prop_map(|n| n.to_string()),
        (-1e9..1e9).prop_map(|n: f64| n.to_string()),
        any::<String>().prop_map(|s| serde_json::Value::from(s).to_string()),
        Just("[1,null,2]".to_owned()),
        Just("{\"x\":1,\"y\":[\"é\"]}".to_owned()),
    ];
    let row = (value, "[abc]").prop_map(|(value, key)| format!("{{\"{key}\":{value}}}"));
    proptest::collection::vec((row, prop_oneof!["\n", "\r\n", "\n\n"]), 0..6)
        .prop_map(|rows| rows.into_iter().map(|(row, end)| row + &end).collect())
}

proptest! {
    #[test]
    fn however_bytes_come_the_result_is_the_same(
        lines in lines(),
        flips in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..2),
        keep in 0.5..1.5,
        size in 1_usize..9,
    ) {
        let mut bytes = lines.into_bytes();
        for (at, byte) in flips {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        bytes.truncate((bytes.len() as f64 * keep) as usize);
        let whole = read(&with(&[]), &[&bytes]);
        let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
        let cut = read(&with(&[]), &pieces);
        prop_assert_eq!(&whole.text, &cut.text);
        prop_assert_eq!(&whole.rows, &cut.rows);
    }

    #[test]
    fn batches_are_of_rows_and_not_of_chunks(rows in 1_usize..30_000, size in 1000_usize..100_000) {
        let lines: String = (0..rows).map(|row| format!("{{\"n\":{row}}}\n")).collect();
        let pieces: Vec<&[u8]> = lines.as_bytes().chunks(size).collect();
        let read = read(&with(&[]), &pieces);
        prop_assert_eq!(read.text.unwrap(), lines);
        prop_assert!(read.rows[..read.rows.len() - 1].iter().all(|rows| *rows == 8192));
    }
}
