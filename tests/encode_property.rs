//! Tables of random types and values, encoded and read back: the values are the same, and the bytes do not
//! depend on the batches.

#[path = "support/generate.rs"]
mod generate;
#[path = "support/readback.rs"]
mod readback;

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::DataType;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::value::RawValue;
use tableport::compress::pool::Pool;
use tableport::encode::encoder;
use tableport::plan::{CsvOptions, Format, Formulas, JsonlOptions};

/// The bytes of one file, in batches that end at `cuts`.
fn encode(format: &Format, batch: &RecordBatch, cuts: &[Index]) -> Vec<u8> {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(batch.num_rows() + 1)).collect();
    ends.push(batch.num_rows());
    ends.sort_unstable();
    let mut out = Vec::new();
    let mut encoder = encoder(format, &batch.schema(), &Pool::default()).unwrap();
    let mut start = 0;
    for end in ends {
        encoder.write(&batch.slice(start, end - start), start as u64, &mut out).unwrap();
        start = end;
    }
    encoder.finish(&mut out).unwrap();
    out
}

fn cuts() -> impl Strategy<Value = Vec<Index>> {
    proptest::collection::vec(any::<Index>(), 1..5)
}

fn dialect() -> impl Strategy<Value = CsvOptions> {
    use proptest::sample::select;
    let delimiter = select(b",;\t|-1e".to_vec());
    let null = select(vec!["", "NA", "\\N", "-1", "true", "[]"]);
    let line_ending = select(vec!["\n", "\r\n"]);
    (any::<bool>(), delimiter, select(b"\"'".to_vec()), any::<bool>(), line_ending, null, any::<bool>())
        .prop_map(|(header, delimiter, quote, backslash, line_ending, null, bom)| CsvOptions {
            header,
            delimiter,
            quote,
            escape: if backslash { b'\\' } else { quote },
            line_ending,
            null_value: null.to_owned(),
            bom,
            formulas: Formulas::Keep,
        })
        .prop_filter("as the plan has it", |options| {
            !options.null_value.bytes().any(|byte| byte == options.delimiter || byte == options.quote)
        })
}

/// A field's text, and whether it stood in quotes.
type Field = (String, bool);

/// A strict reader: what RFC 4180, with the dialect's freedoms, does not allow is a panic.
fn read_csv(options: &CsvOptions, bytes: &[u8]) -> Vec<Vec<Field>> {
    let text = std::str::from_utf8(bytes).unwrap();
    let mut rest = if options.bom { text.strip_prefix('\u{feff}').expect("a BOM") } else { text };
    let (delimiter, quote) = (options.delimiter as char, options.quote as char);
    let mut records = Vec::new();
    while !rest.is_empty() {
        let mut record = Vec::new();
        loop {
            let (field, after) = match rest.strip_prefix(quote) {
                Some(quoted) => read_quoted(options, quoted),
                None => {
                    let end = rest.find([delimiter, '\n', '\r', quote]).expect("the end of a field");
                    ((rest[..end].to_owned(), false), &rest[end..])
                }
            };
            record.push(field);
            if let Some(next) = after.strip_prefix(delimiter) {
                rest = next;
                continue;
            }
            rest = after.strip_prefix(options.line_ending).expect("the end of a line");
            break;
        }
        records.push(record);
    }
    records
}

fn read_quoted<'a>(options: &CsvOptions, quoted: &'a str) -> (Field, &'a str) {
    let (quote, escape) = (options.quote as char, options.escape as char);
    let mut text = String::new();
    let mut chars = quoted.chars();
    loop {
        let char = chars.next().expect("the end of a quoted field");
        if char == escape && chars.as_str().starts_with([quote, escape]) {
            text.extend(chars.next());
        } else if char == quote {
            return ((text, true), chars.as_str());
        } else {
            assert_ne!(char, escape);
            text.push(char);
        }
    }
}

fn check_field(options: &CsvOptions, array: &dyn Array, row: usize, (text, quoted): &Field, alone: bool) {
    if array.logical_nulls().is_some_and(|nulls| nulls.is_null(row)) {
        let empty_line = alone && options.null_value.is_empty();
        assert_eq!((text, *quoted), (&options.null_value, empty_line));
        return;
    }
    assert!(*quoted || *text != options.null_value, "{text:?} reads like a null");
    match array.data_type() {
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_any_dictionary();
            let key = dictionary.normalized_keys()[row];
            check_field(options, dictionary.values().as_ref(), key, &(text.clone(), *quoted), alone);
        }
        data_type if data_type.is_nested() => {
            readback::json(array, row, &serde_json::from_str::<Box<RawValue>>(text).unwrap());
        }
        _ => readback::scalar(array, row, text),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn jsonl_reads_back(batch in generate::table(4, 8), cuts in cuts()) {
        let format = Format::Jsonl(JsonlOptions::default());
        let bytes = encode(&format, &batch, &[]);
        prop_assert_eq!(&encode(&format, &batch, &cuts), &bytes);
        let text = String::from_utf8(bytes).unwrap();
        prop_assert!(text.is_empty() || text.ends_with('\n'));
        prop_assert_eq!(text.lines().count(), batch.num_rows());
        for (row, line) in text.lines().enumerate() {
            let object: BTreeMap<String, Box<RawValue>> = serde_json::from_str(line).unwrap();
            prop_assert_eq!(object.len(), batch.num_columns());
            for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
                readback::json(array.as_ref(), row, &object[field.name()]);
            }
        }
    }

    #[test]
    fn jsonl_without_nulls_lacks_their_keys_alone(batch in generate::table(4, 8)) {
        let options = JsonlOptions { keep_nulls: false, ..JsonlOptions::default() };
        let text = String::from_utf8(encode(&Format::Jsonl(options), &batch, &[])).unwrap();
        prop_assert_eq!(text.lines().count(), batch.num_rows());
        for (row, line) in text.lines().enumerate() {
            let object: BTreeMap<String, Box<RawValue>> = serde_json::from_str(line).unwrap();
            for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
                let null = array.logical_nulls().is_some_and(|nulls| nulls.is_null(row));
                prop_assert_eq!(object.contains_key(field.name()), !null);
            }
        }
    }

    #[test]
    fn csv_reads_back(batch in generate::table(4, 8), options in dialect(), cuts in cuts()) {
        let format = Format::Csv(options.clone());
        let bytes = encode(&format, &batch, &[]);
        prop_assert_eq!(&encode(&format, &batch, &cuts), &bytes);
        let mut records = read_csv(&options, &bytes);
        if options.header {
            let names: Vec<String> = records.remove(0).into_iter().map(|(text, _)| text).collect();
            prop_assert_eq!(names, batch.schema().fields().iter().map(|f| f.name().clone()).collect::<Vec<_>>());
        }
        prop_assert_eq!(records.len(), batch.num_rows());
        for (row, record) in records.iter().enumerate() {
            prop_assert_eq!(record.len(), batch.num_columns());
            for (field, array) in record.iter().zip(batch.columns()) {
                check_field(&options, array.as_ref(), row, field, batch.num_columns() == 1);
            }
        }
    }

    /// Another reader sees the same fields as the strict one above.
    #[test]
    fn the_csv_crate_agrees(batch in generate::table(4, 8)) {
        let options = CsvOptions::default();
        let bytes = encode(&Format::Csv(options.clone()), &batch, &[]);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&bytes[..]);
        let theirs: Vec<Vec<String>> =
            reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
        let ours: Vec<Vec<String>> = read_csv(&options, &bytes)
            .into_iter()
            .map(|record| record.into_iter().map(|(text, _)| text).collect())
            .collect();
        prop_assert_eq!(theirs, ours);
    }
}
