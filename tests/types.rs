//! The grammar of types: what it reads, what it refuses, and that printing and parsing are inverse.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, IntervalUnit, TimeUnit};
use proptest::prelude::*;
use tableport::Code;
use tableport::table::types::{self, MAX_DEPTH, parse, print};

#[test]
fn reads_what_people_write() {
    let item = |data_type, nullable| Arc::new(Field::new("item", data_type, nullable));
    let cases = [
        ("int32", DataType::Int32),
        (" decimal( 12 , 2 ) ", DataType::Decimal128(12, 2)),
        ("decimal(39,0)", DataType::Decimal256(39, 0)),
        ("decimal256(5,-2)", DataType::Decimal256(5, -2)),
        ("timestamp[us, UTC]", DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))),
        ("timestamp[ns,+05:30]", DataType::Timestamp(TimeUnit::Nanosecond, Some("+05:30".into()))),
        ("timestamp[s]", DataType::Timestamp(TimeUnit::Second, None)),
        ("time64[ns]", DataType::Time64(TimeUnit::Nanosecond)),
        ("interval[day_time]", DataType::Interval(IntervalUnit::DayTime)),
        ("list<int8 not null>", DataType::List(item(DataType::Int8, false))),
        ("fixed_list<float32, 3>", DataType::FixedSizeList(item(DataType::Float32, true), 3)),
        ("struct<>", DataType::Struct(Vec::<Field>::new().into())),
        (
            r#"struct<a: int8, "odd \"name\"": string not null>"#,
            DataType::Struct(
                vec![
                    Field::new("a", DataType::Int8, true),
                    Field::new("odd \"name\"", DataType::Utf8, false),
                ]
                .into(),
            ),
        ),
        ("dictionary<int32, string>", DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into())),
    ];
    for (text, expected) in cases {
        assert_eq!(parse(text).as_ref(), Ok(&expected), "{text}");
    }
}

#[test]
fn says_where_and_what_is_allowed() {
    let cases = [
        ("", 1, "a type"),
        ("Int32", 1, "a type"),
        ("int32 not null", 7, "the end"),
        ("int32x", 1, "a type"),
        ("timestamp", 10, "\"[\""),
        ("timestamp[m]", 11, "one of s, ms, us, ns"),
        ("time32[ns]", 8, "one of s, ms"),
        ("decimal(77,2)", 9, "from 1 to 76"),
        ("decimal64(19,2)", 11, "from 1 to 18"),
        ("decimal(0,0)", 9, "from 1 to 76"),
        ("decimal(5,6)", 11, "from -76 to 5"),
        ("fixed_binary(0)", 14, "from 1"),
        ("list<int32", 11, "\">\""),
        ("list<int32 not>", 15, "not null"),
        ("struct<é: int32>", 8, "name of a field"),
        ("struct<a: int8, a: int8>", 18, "does not have yet"),
        ("struct<\"\\ud800\": int8>", 8, "a JSON string"),
        ("dictionary<string, string>", 12, "an integer type"),
        ("list<int32>é", 12, "the end"),
    ];
    for (text, position, expected) in cases {
        let error = parse(text).expect_err(text);
        assert_eq!(error.code, Code::ConfigInvalidValue);
        assert!(error.message.contains(&format!("character {position};")), "{text}: {}", error.message);
        assert!(error.message.contains(expected), "{text}: {}", error.message);
    }
}

#[test]
fn nesting_has_an_end() {
    let nested = |depth: usize| format!("{}int8{}", "list<".repeat(depth), ">".repeat(depth));
    assert!(parse(&nested(MAX_DEPTH - 1)).is_ok());
    assert_eq!(parse(&nested(MAX_DEPTH)).unwrap_err().code, Code::ConfigInvalidValue);
    assert_eq!(parse(&"list<".repeat(1_000_000)).unwrap_err().code, Code::ConfigInvalidValue);
}

fn any_unit() -> impl Strategy<Value = TimeUnit> {
    prop_oneof![
        Just(TimeUnit::Second),
        Just(TimeUnit::Millisecond),
        Just(TimeUnit::Microsecond),
        Just(TimeUnit::Nanosecond)
    ]
}

fn any_flat() -> impl Strategy<Value = DataType> {
    let plain = prop::sample::select(vec![
        DataType::Null,
        DataType::Boolean,
        DataType::Int8,
        DataType::UInt64,
        DataType::Float16,
        DataType::Utf8,
        DataType::LargeUtf8,
        DataType::Utf8View,
        DataType::BinaryView,
        DataType::LargeBinary,
        DataType::Date32,
        DataType::Date64,
        DataType::Time32(TimeUnit::Second),
        DataType::Time64(TimeUnit::Microsecond),
        DataType::Interval(IntervalUnit::MonthDayNano),
    ]);
    prop_oneof![
        plain,
        (1..100i32).prop_map(DataType::FixedSizeBinary),
        any_unit().prop_map(DataType::Duration),
        (any_unit(), any::<Option<String>>())
            .prop_map(|(unit, zone)| DataType::Timestamp(unit, zone.map(Into::into))),
        (1..=9u8, -9..=1i8).prop_map(|(p, s)| DataType::Decimal32(p, s)),
        (1..=18u8, -18..=1i8).prop_map(|(p, s)| DataType::Decimal64(p, s)),
        (1..=38u8, -38..=1i8).prop_map(|(p, s)| DataType::Decimal128(p, s)),
        (1..=76u8, -76..=1i8).prop_map(|(p, s)| DataType::Decimal256(p, s)),
    ]
}

fn any_type() -> impl Strategy<Value = DataType> {
    any_flat().prop_recursive(4, 20, 4, |inner| {
        let item = (inner.clone(), any::<bool>())
            .prop_map(|(data_type, nullable)| Arc::new(Field::new(types::ITEM, data_type, nullable)));
        let fields = prop::collection::btree_map(any::<String>(), (inner.clone(), any::<bool>()), 0..4)
            .prop_map(|fields| {
                let field = |(name, (data_type, nullable))| Field::new(name, data_type, nullable);
                fields.into_iter().map(field).collect::<Vec<_>>()
            });
        let map = (inner.clone(), inner.clone(), any::<bool>()).prop_map(|(key, value, nullable)| {
            let key = Field::new(types::KEY, key, false);
            let value = Field::new(types::VALUE, value, nullable);
            let entries = DataType::Struct(vec![key, value].into());
            DataType::Map(Arc::new(Field::new(types::ENTRIES, entries, false)), false)
        });
        prop_oneof![
            item.clone().prop_map(DataType::List),
            item.clone().prop_map(DataType::LargeList),
            (item, 0..9i32).prop_map(|(item, count)| DataType::FixedSizeList(item, count)),
            fields.prop_map(|fields| DataType::Struct(fields.into())),
            map,
            inner.prop_map(|value| DataType::Dictionary(DataType::Int16.into(), value.into())),
        ]
    })
}

proptest! {
    #[test]
    fn printing_and_parsing_are_inverse(data_type in any_type()) {
        prop_assert_eq!(parse(&print(&data_type)), Ok(data_type));
    }

    #[test]
    fn any_text_has_an_answer(text in "[a-z0-9<>()\\[\\], :\"\\\\é_-]{0,40}") {
        if let Ok(data_type) = parse(&text) {
            prop_assert_eq!(parse(&print(&data_type)), Ok(data_type));
        }
    }
}
