//! What was seen decides on the type; `schema` decides how it is packed.

use tableport::table::infer::{Kind, Observation, infer, merge, packing, widens};
use tableport::table::types::{parse, print};
use tableport::{Code, Error};

use Kind::*;

fn seen(kinds: &[(Kind, u64)]) -> Observation {
    Observation { kinds: kinds.to_vec(), ..Observation::default() }
}

fn list(items: Observation) -> Observation {
    Observation { items: Some(Box::new(items)), ..seen(&[(List, 0)]) }
}

fn object(fields: &[(&str, Observation)]) -> Observation {
    let fields = fields.iter().map(|(name, seen)| ((*name).to_owned(), seen.clone()));
    Observation { fields: fields.collect(), ..seen(&[(Struct, 0)]) }
}

fn map(keys: Observation, values: Observation) -> Observation {
    Observation { entries: Some(Box::new((keys, values))), ..seen(&[(Map, 0)]) }
}

fn place(error: &Error) -> (Code, Option<u64>, Option<&str>) {
    (error.code, error.place.row, error.place.column.as_deref())
}

#[test]
fn types_of_what_agrees() {
    let cases = [
        (seen(&[]), "null"),
        (seen(&[(Null, 0)]), "null"),
        (seen(&[(Null, 0), (Boolean, 3)]), "boolean"),
        (seen(&[(Int32, 0)]), "int32"),
        (seen(&[(Int32, 0), (Int53, 1)]), "int64"),
        (seen(&[(Int64, 0)]), "int64"),
        (seen(&[(Int32, 0), (Uint64, 1)]), "uint64"),
        (seen(&[(Float, 0)]), "float64"),
        (seen(&[(Int53, 0), (Float, 1)]), "float64"),
        (seen(&[(String, 0)]), "string"),
        (seen(&[(Date, 0)]), "timestamp[ms, UTC]"),
        (seen(&[(Binary, 0)]), "binary"),
        (list(seen(&[])), "list<null>"),
        (list(list(seen(&[(Int32, 0), (Float, 0)]))), "list<list<float64>>"),
        (object(&[]), "struct<>"),
        (map(seen(&[(Int32, 0)]), seen(&[(String, 0)])), "map<int32, string>"),
        (
            object(&[("b", seen(&[(String, 0)])), ("a", object(&[("x", seen(&[(Null, 0)]))]))]),
            "struct<b: string, a: struct<x: null>>",
        ),
        (Observation { stated: Some("uint8".into()), ..seen(&[]) }, "uint8"),
    ];
    for (seen, expected) in cases {
        assert_eq!(infer(&seen, "c").map(|data_type| print(&data_type)), Ok(expected.to_owned()), "{seen:?}");
    }
}

#[test]
fn the_first_row_that_disagrees_is_named() {
    let cases = [
        (seen(&[(String, 0), (Int32, 7), (Boolean, 5)]), 5, "c"),
        (seen(&[(Int32, 9), (String, 2)]), 9, "c"),
        (seen(&[(Float, 1), (Int64, 8)]), 8, "c"),
        (seen(&[(Int64, 1), (Float, 8)]), 8, "c"),
        (seen(&[(Uint64, 4), (Float, 3), (Int64, 2)]), 3, "c"),
        (seen(&[(Date, 0), (String, 1)]), 1, "c"),
        (seen(&[(List, 0), (Struct, 1)]), 1, "c"),
        (Observation { negative: Some(4), ..seen(&[(Int32, 0), (Uint64, 6)]) }, 6, "c"),
        (Observation { negative: Some(9), ..seen(&[(Int32, 0), (Uint64, 6)]) }, 9, "c"),
        (object(&[("a", list(seen(&[(Int32, 3), (String, 3)])))]), 3, "c.a[]"),
        (map(seen(&[(Int32, 0)]), seen(&[(Int32, 2), (String, 5)])), 5, "c.value"),
        (map(seen(&[]), seen(&[(Struct, 0), (Map, 1)])), 1, "c.value"),
    ];
    for (seen, row, column) in cases {
        let error = infer(&seen, "c").unwrap_err();
        assert_eq!(place(&error), (Code::SourceTypeChanged, Some(row), Some(column)), "{seen:?}");
        assert!(error.message.contains("schema"), "{}", error.message);
    }
    let big = infer(&list(seen(&[(Int32, 0), (Big, 7)])), "c").unwrap_err();
    assert_eq!(place(&big), (Code::SourceUnsupportedValue, Some(7), Some("c[]")));
    let both = infer(&seen(&[(String, 0), (Int32, 7)]), "c").unwrap_err();
    assert!(both.message.contains("strings") && both.message.contains("integers"), "{}", both.message);
}

#[test]
fn packed_on_the_way_to_what_schema_asks_for() {
    let cases = [
        (seen(&[(Null, 0)]), "int8", "null", false),
        (seen(&[(Int32, 0)]), "int8", "int32", false),
        (seen(&[(Int32, 0), (Int64, 1)]), "float64", "int64", false),
        (seen(&[(Int64, 0), (Float, 1)]), "float64", "string", true),
        (seen(&[(String, 0)]), "int64", "string", false),
        (seen(&[(String, 0), (Int32, 1), (Float, 2)]), "decimal(12,2)", "string", true),
        (seen(&[(Int32, 0)]), "decimal(12,2)", "string", true),
        (seen(&[(String, 0)]), "string", "string", false),
        (seen(&[(String, 0), (Boolean, 1), (Date, 2)]), "string", "string", true),
        (seen(&[(Int32, 1)]), "large_string", "string", true),
        (seen(&[(Date, 0)]), "date32", "timestamp[ms, UTC]", false),
        (seen(&[(Date, 0), (String, 4)]), "timestamp[us, UTC]", "string", true),
        (list(seen(&[(Int32, 0)])), "fixed_list<float32, 2>", "list<int32>", false),
        (list(seen(&[(String, 1), (Int32, 2)])), "list<string>", "list<string>", true),
        (list(seen(&[(Big, 1), (Float, 2)])), "list<decimal(38,2)>", "list<string>", true),
        (list(seen(&[(Int32, 1)])), "dictionary<int32, list<duration[ms]>>", "list<int32>", false),
        (seen(&[(Big, 0)]), "decimal(60,0)", "string", true),
        (seen(&[(Int53, 0)]), "timestamp[ms, UTC]", "int64", false),
        (seen(&[(Binary, 0)]), "fixed_binary(4)", "binary", false),
        (seen(&[(String, 0)]), "list<int8>", "string", false),
        (
            object(&[("a", seen(&[(Int32, 0)])), ("b", seen(&[(Float, 1)]))]),
            "map<string, float32>",
            "map<string, float64>",
            false,
        ),
        (
            map(seen(&[(Int32, 0)]), object(&[])),
            "map<int64, map<string, int8>>",
            "map<int32, map<null, null>>",
            false,
        ),
        (
            object(&[("days", seen(&[(Int32, 0)]))]),
            "interval[day_time]",
            "struct<days: int32, milliseconds: null>",
            false,
        ),
        (
            object(&[("b", seen(&[(Int32, 0)]))]),
            "struct<a: string, b: int8>",
            "struct<a: null, b: int32>",
            false,
        ),
    ];
    for (seen, target, packed, as_text) in cases {
        let packing = packing(&seen, &parse(target).unwrap(), "c").unwrap();
        assert_eq!(
            (print(&packing.data_type).as_str(), packing.as_text),
            (packed, as_text),
            "{seen:?} {target}"
        );
    }
}

#[test]
fn what_schema_cannot_ask_for() {
    let cases = [
        (seen(&[(Int32, 3)]), "boolean", Code::ConfigCannotConvert, 3, "c"),
        (seen(&[(Float, 0)]), "int32", Code::ConfigCannotConvert, 0, "c"),
        (seen(&[(Float, 0)]), "timestamp[ms]", Code::ConfigCannotConvert, 0, "c"),
        (seen(&[(Int32, 0)]), "interval[day_time]", Code::ConfigCannotConvert, 0, "c"),
        (seen(&[(Big, 4)]), "float64", Code::ConfigCannotConvert, 4, "c"),
        (
            map(seen(&[(Int32, 0)]), seen(&[(Date, 3)])),
            "map<int8, int8>",
            Code::ConfigCannotConvert,
            3,
            "c.value",
        ),
        (map(seen(&[]), seen(&[])), "struct<>", Code::ConfigCannotConvert, 0, "c"),
        (
            object(&[("hours", seen(&[(Int32, 6)]))]),
            "interval[day_time]",
            Code::ConfigCannotConvert,
            6,
            "c.hours",
        ),
        (seen(&[(Int32, 0), (String, 5)]), "duration[s]", Code::SourceTypeChanged, 5, "c"),
        (seen(&[(String, 0), (Date, 5)]), "date32", Code::SourceTypeChanged, 5, "c"),
        (seen(&[(String, 0), (Binary, 2)]), "string", Code::ConfigCannotConvert, 2, "c"),
        (seen(&[(String, 0), (Boolean, 2)]), "int32", Code::ConfigCannotConvert, 2, "c"),
        (seen(&[(List, 5)]), "string", Code::ConfigCannotConvert, 5, "c"),
        (list(seen(&[(Date, 1)])), "list<binary>", Code::ConfigCannotConvert, 1, "c[]"),
        (object(&[("x", seen(&[(Int32, 6)]))]), "struct<a: int8>", Code::ConfigCannotConvert, 6, "c.x"),
        (list(seen(&[(String, 1), (List, 2)])), "list<list<int8>>", Code::SourceTypeChanged, 2, "c[]"),
    ];
    for (seen, target, code, row, column) in cases {
        let error = packing(&seen, &parse(target).unwrap(), "c").unwrap_err();
        assert_eq!(place(&error), (code, Some(row), Some(column)), "{seen:?} {target}");
    }
}

#[test]
fn what_is_seen_later_is_added() {
    let mut all = object(&[("a", seen(&[(Int32, 0)]))]);
    merge(&mut all, &object(&[("a", seen(&[(Int32, 9), (Float, 9)])), ("b", list(seen(&[(String, 9)])))]));
    assert_eq!(all.fields[0].1, seen(&[(Int32, 0), (Float, 9)]));
    assert_eq!(print(&infer(&all, "c").unwrap()), "struct<a: float64, b: list<string>>");
}

#[test]
fn wider_is_what_prints_the_same() {
    let widens = |old: &str, new: &str| widens(&parse(old).unwrap(), &parse(new).unwrap());
    for (old, new) in [
        ("null", "string"),
        ("int32", "int64"),
        ("int32", "float64"),
        ("int64", "float64"),
        ("list<null>", "list<int32>"),
        ("struct<a: int32>", "struct<a: int64>"),
    ] {
        assert!(widens(old, new), "{old} {new}");
        assert!(!widens(new, old), "{new} {old}");
    }
    assert!(widens("map<int32, null>", "map<int64, string>"));
    assert!(!widens("int32", "string"));
    assert!(!widens("struct<a: int32>", "struct<a: int32, b: int32>"));
    assert!(!widens("struct<a: int32>", "struct<b: int32>"));
}

#[test]
fn the_driver_speaks_json() {
    let text = r#"{"kinds": [["null", 0], ["uint64", 3]], "items": null, "fields": [["a", {"kinds": [["list", 1]]}]]}"#;
    let read: Observation = serde_json::from_str(text).unwrap();
    assert_eq!(read.kinds, [(Null, 0), (Uint64, 3)]);
    assert_eq!(read.fields, [("a".to_owned(), seen(&[(List, 1)]))]);
}
