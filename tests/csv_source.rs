//! csv files as sources: their dialect, their types, what is refused, and that chunks play no part.

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::concat_batches;
use bytes::Bytes;
use proptest::prelude::*;
use tableport::compress::pool::Pool;
use tableport::encode::encoder;
use tableport::plan::{ExportPlan, Format, JsonlOptions, Value};
use tableport::table::csv::CsvSource;
use tableport::table::{Input, Need, Source, Step, types};
use tableport::{Code, Error};

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn plan(format: &str, schema: &[(&str, &str)], selectors: &[&str]) -> ExportPlan {
    let entry = |key: &str, value| (key.to_owned(), value);
    let schema = schema.iter().map(|(name, data_type)| entry(name, text(data_type)));
    let mut config = vec![
        entry("source", Value::Map(vec![entry("kind", text("bytes"))])),
        entry("format", text(format)),
        entry("destination", Value::Map(vec![entry("type", text("memory"))])),
        entry("schema", Value::Map(schema.collect())),
    ];
    if !selectors.is_empty() {
        config.push(entry("selectors", Value::List(selectors.iter().map(|name| text(name)).collect())));
    }
    ExportPlan::judge(&Value::Map(config)).unwrap()
}

fn read(source: &mut dyn Source, chunks: &[&[u8]]) -> Result<Vec<RecordBatch>, Error> {
    let mut chunks = chunks.iter();
    let mut batches = Vec::new();
    loop {
        match source.poll()? {
            Step::Batch(batch) => batches.push(batch),
            Step::Need(Need::Bytes) => source.push(match chunks.next() {
                Some(chunk) => Input::Bytes(Bytes::copy_from_slice(chunk)),
                None => Input::End,
            })?,
            Step::Need(need) => panic!("a csv file needs no {need:?}"),
            Step::End => return Ok(batches),
        }
    }
}

fn read_plan(plan: &ExportPlan, file: &[u8]) -> Result<RecordBatch, Error> {
    let batches = read(&mut CsvSource::new(plan, None), &[file])?;
    Ok(concat_batches(batches[0].schema_ref(), &batches).unwrap())
}

/// The columns as `name: type`, and the rows as JSON.
fn table(file: &str) -> (Vec<String>, Vec<String>) {
    show(&read_plan(&plan("parquet", &[], &[]), file.as_bytes()).unwrap())
}

fn show(batch: &RecordBatch) -> (Vec<String>, Vec<String>) {
    let schema = batch.schema();
    let columns =
        schema.fields().iter().map(|field| format!("{}: {}", field.name(), types::print(field.data_type())));
    let mut lines = Vec::new();
    let mut json = encoder(&Format::Jsonl(JsonlOptions::default()), &schema, &Pool::default()).unwrap();
    json.write(batch, 0, &mut lines).unwrap();
    json.finish(&mut lines).unwrap();
    let rows = String::from_utf8(lines).unwrap().lines().map(str::to_owned).collect();
    (columns.collect(), rows)
}

fn error(file: &[u8]) -> Error {
    read_plan(&plan("parquet", &[], &[]), file).unwrap_err()
}

fn place(error: &Error) -> (Code, Option<u64>, Option<&str>) {
    (error.code, error.place.row, error.place.column.as_deref())
}

#[test]
fn one_type_for_what_all_cells_are() {
    let cases = [
        (&["true", "FALSE", ""][..], "boolean"),
        (&["0", "-9223372036854775808", "9223372036854775807"], "int64"),
        (&["1", "1.5", "-0", "1e300", ".5"], "float64"),
        (&["0.30000000000000004"], "float64"),
        (&["2013-01-01", "-000001-12-31"], "date32"),
        (&["2013-01-01 05:00", "2013-01-01T05:00:00.5"], "timestamp[ms]"),
        (&["2013-01-01T05:00:00Z", "2013-01-01T05:00:00.1234+01:00"], "timestamp[us, UTC]"),
        (&["2013-01-01T05:00:00.123456789Z"], "timestamp[ns, UTC]"),
        (&["9999-12-31 00:00:00"], "timestamp[ms]"),
        (&["9999-12-31 00:00:00", "2013-01-01T05:00:00.123456789"], "string"),
        (&["2013-01-01T05:00:00Z", "2013-01-01T05:00:00"], "string"),
        (&["", ""], "string"),
        (&["01234"], "string"),
        (&["+1"], "string"),
        (&["007.5"], "string"),
        (&["5."], "string"),
        (&["1", "NA"], "string"),
        (&["1", "true"], "string"),
        (&["9223372036854775808"], "string"),
        (&["9007199254740993", "0.5"], "string"),
        (&["0.1234567890123456789"], "string"),
        (&["1e999"], "string"),
        (&["NaN"], "string"),
        (&["1", "\"\""], "string"),
        (&["2013-02-29"], "string"),
        (&["1", "2013-01-01"], "string"),
        (&[" 1"], "string"),
        (&["\"1\"", "2"], "int64"),
    ];
    for (cells, expected) in cases {
        let file: String = cells.iter().map(|cell| format!("x,{cell}\n")).collect();
        let (columns, _) = table(&format!("a,b\n{file}"));
        assert_eq!(columns[1], format!("b: {expected}"), "{cells:?}");
    }
}

#[test]
fn values_are_what_was_written() {
    let file = "b,i,f,d,t,z,s\n\
                true,9007199254740993,0.1,2013-01-01,2013-01-01 05:00,2013-01-01T05:00:00+01:00,\"a \"\"b\"\",\nc\"\n\
                ,,,,,,\n\
                FALSE,-1,-0,0000-02-29,1969-12-31T23:59:59.999,1970-01-01T00:00:00Z,\"\"\n";
    let (_, rows) = table(file);
    assert_eq!(
        rows,
        [
            r#"{"b":true,"i":9007199254740993,"f":0.1,"d":"2013-01-01","t":"2013-01-01T05:00:00.000","z":"2013-01-01T04:00:00.000Z","s":"a \"b\",\nc"}"#,
            r#"{"b":null,"i":null,"f":null,"d":null,"t":null,"z":null,"s":null}"#,
            r#"{"b":false,"i":-1,"f":-0,"d":"0000-02-29","t":"1969-12-31T23:59:59.999","z":"1970-01-01T00:00:00.000Z","s":""}"#,
        ]
    );
}

#[test]
fn dialects() {
    let expected = table("a,b\n1,x\n2,y\n");
    let same = [
        "\u{feff}a,b\n1,x\n2,y\n",
        "a,b\r\n1,x\r\n2,y\r\n",
        "a,b\r1,x\r2,y",
        "a,b\n1,x\n2,y",
        "a,b\n1,x\n\n2,y\n\n\n",
        "a;b\n1;x\n2;y\n",
        "a\tb\n1\tx\n2\ty\n",
        "a|b\r\n1|x\r\n\r\n2|y",
        "\"a\",\"b\"\n\"1\",\"x\"\n\"2\",\"y\"",
    ];
    for file in same {
        assert_eq!(table(file), expected, "{file:?}");
    }
    assert_eq!(table("a,b\nx\"y,\"\"\"\"\n").1, [r#"{"a":"x\"y","b":"\""}"#]);
    assert_eq!(
        table("a\n1\n\n2").1,
        [r#"{"a":1}"#, r#"{"a":null}"#, r#"{"a":2}"#],
        "one column: a blank line is null"
    );
    assert_eq!(table("a\r\n1\r\n\r\n2\r\n").1, [r#"{"a":1}"#, r#"{"a":null}"#, r#"{"a":2}"#]);
    assert_eq!(table(",__proto__\n1,2\n").1, [r#"{"":1,"__proto__":2}"#]);
    assert_eq!(table("a,b\n1,\n").1, [r#"{"a":1,"b":null}"#]);
    assert_eq!(table("a,b\n1,").1, [r#"{"a":1,"b":null}"#]);
}

#[test]
fn no_rows_are_a_table_of_columns() {
    assert_eq!(table("a,b\n"), (vec!["a: string".to_owned(), "b: string".to_owned()], vec![]));
    let plan = plan("parquet", &[("b", "int8")], &["b"]);
    assert_eq!(show(&read_plan(&plan, b"a,b").unwrap()).0, ["b: int8"]);
}

#[test]
fn what_is_wrong_has_a_place() {
    type Case = (&'static [u8], Code, Option<u64>, Option<&'static str>);
    let cases: [Case; 13] = [
        (b"", Code::SourceTruncated, None, None),
        (b"\xEF\xBB\xBF", Code::SourceTruncated, None, None),
        (b"\xFF\xFEa\0", Code::SourceInvalidText, None, None),
        (b"a,b\n1,2\n3\n", Code::SourceRaggedRow, Some(1), None),
        (b"a,b\n1,2\n3,4,5\n", Code::SourceRaggedRow, Some(1), None),
        (b"a,b\n1,2\n3,\"4", Code::SourceTruncated, Some(1), Some("b")),
        (b"a,b\n1,2\n3,\"4\" \n", Code::SourceCorrupt, Some(1), Some("b")),
        (b"a,b\n1,2\nx,\xFF\n", Code::SourceInvalidText, Some(1), Some("b")),
        (b"a,b\n1,2\nx,\xE2\x82\n", Code::SourceInvalidText, Some(1), Some("b")),
        (b"a,\xFF\n", Code::SourceInvalidText, None, None),
        (b"a,b,a\n", Code::SourceDuplicateColumn, None, Some("a")),
        (b"a,,b,\n", Code::SourceDuplicateColumn, None, Some("")),
        (b"\"a\"b\n", Code::SourceCorrupt, None, None),
    ];
    for (file, code, row, column) in cases {
        assert_eq!(place(&error(file)), (code, row, column), "{:?}", String::from_utf8_lossy(file));
    }
    assert!(error(b"a,b\n1,2\n3\n").message.contains("1 cells, and the header 2"));
}

#[test]
fn a_quote_that_is_never_closed_does_not_take_all_memory() {
    let plan = plan("parquet", &[], &[]);
    let chunk = vec![b'x'; 1 << 20];
    let mut chunks: Vec<&[u8]> = vec![b"a,b\n1,\""];
    chunks.extend(std::iter::repeat_n(chunk.as_slice(), 32));
    let error = read(&mut CsvSource::new(&plan, None), &chunks).unwrap_err();
    assert_eq!(place(&error), (Code::LimitExceeded, Some(0), None));
}

#[test]
fn selectors_and_schema() {
    let file = b"id,zip,price\n1,01234,12.50\n2,NA,3\n";
    let set = plan("parquet", &[("price", "decimal(12,2)"), ("id", "string")], &["price", "id"]);
    let (columns, rows) = show(&read_plan(&set, file).unwrap());
    assert_eq!(columns, ["price: decimal(12,2)", "id: string"]);
    assert_eq!(rows, [r#"{"price":12.50,"id":"1"}"#, r#"{"price":3.00,"id":"2"}"#]);

    let strict = plan("parquet", &[("zip", "int32")], &[]);
    let error = read_plan(&strict, file).unwrap_err();
    assert_eq!((error.place.row, error.place.column.as_deref()), (Some(1), Some("zip")));

    let unknown = read_plan(&plan("parquet", &[], &["id", "nope"]), file).unwrap_err();
    assert_eq!(place(&unknown), (Code::ConfigUnknownColumn, None, Some("nope")));
    assert_eq!(unknown.place.field.as_deref(), Some("selectors[1]"));
}

fn numbers(count: usize, last: &str) -> String {
    let rows: String = (0..count).map(|row| format!("{row},x\n")).collect();
    format!("n,s\n{rows}{last},y\n")
}

#[test]
fn types_are_those_of_the_window() {
    let file = numbers(9_999, "NA");
    assert_eq!(table(&file).0[0], "n: string", "within the window");
    let file = numbers(10_000, "NA");
    assert_eq!(place(&error(file.as_bytes())), (Code::SourceTypeChanged, Some(10_000), Some("n")));
    let fraction = numbers(100_000, "0.5");
    assert_eq!(place(&error(fraction.as_bytes())), (Code::SourceTypeChanged, Some(100_000), Some("n")));

    let batches = read(&mut CsvSource::new(&plan("csv", &[], &[]), None), &[fraction.as_bytes()]).unwrap();
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 100_001);
    let last = batches.last().unwrap();
    assert_eq!(
        (last.num_rows(), show(last)),
        (1, (vec!["n: float64".into(), "s: string".into()], vec![r#"{"n":0.5,"s":"y"}"#.into()]))
    );
    let set = plan("parquet", &[("n", "float64")], &[]);
    assert_eq!(read_plan(&set, fraction.as_bytes()).unwrap().num_rows(), 100_001);
}

#[test]
fn the_window_has_an_end_in_bytes() {
    let wide = "w".repeat(1 << 20);
    let rows: String = (0..6).map(|row| format!("{row},{wide}\n")).collect();
    assert_eq!(
        place(&error(format!("n,s\n{rows}x,y\n").as_bytes())),
        (Code::SourceTypeChanged, Some(6), Some("n"))
    );
}

/// Cuts `file` at these places.
fn cut<'a>(file: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(file.len() + 1)).collect();
    places.sort_unstable();
    places.push(file.len());
    let mut from = 0;
    let piece = |to: usize| {
        let piece = &file[from..to];
        from = to;
        piece
    };
    places.into_iter().map(piece).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn chunks_play_no_part(
        file in prop::collection::vec(prop::sample::select(b"a1,;\"\"\n\r.-\xC3\xA9\xEF\xBB\xBF".to_vec()), 0..60),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let plan = plan("parquet", &[], &[]);
        let whole = read(&mut CsvSource::new(&plan, None), &[&file]);
        let bytes: Vec<&[u8]> = file.chunks(1).collect();
        prop_assert_eq!(&read(&mut CsvSource::new(&plan, None), &bytes), &whole);
        prop_assert_eq!(&read(&mut CsvSource::new(&plan, None), &cut(&file, &cuts)), &whole);
    }

    #[test]
    fn quoted_text_comes_back(
        rows in prop::collection::vec(prop::collection::vec(prop::option::of("[a\",;\r\né]{0,6}"), 3), 0..20),
        line_end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
    ) {
        let quoted = |cell: &Option<String>| match cell {
            None => String::new(),
            Some(text) => format!("\"{}\"", text.replace('"', "\"\"")),
        };
        let line = |row: &Vec<Option<String>>| row.iter().map(quoted).collect::<Vec<_>>().join(",") + line_end;
        let file = format!("a,b,c{line_end}") + &rows.iter().map(line).collect::<String>();
        let plan = plan("parquet", &[("a", "string"), ("b", "string"), ("c", "string")], &[]);
        let batch = read_plan(&plan, file.as_bytes()).unwrap();
        let cell = |row: usize, column: usize| {
            let column = batch.column(column).as_string::<i32>();
            column.iter().nth(row).unwrap().map(str::to_owned)
        };
        let back: Vec<Vec<_>> = (0..batch.num_rows()).map(|row| (0..3).map(|column| cell(row, column)).collect()).collect();
        prop_assert_eq!(back, rows);
    }

    #[test]
    fn any_bytes_have_an_answer(file in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_plan(&plan("csv", &[], &[]), &file);
    }
}

#[test]
fn batches_do_not_depend_on_chunks() {
    let file = numbers(30_000, "0.5");
    let plan = plan("csv", &[], &[]);
    let whole = read(&mut CsvSource::new(&plan, None), &[file.as_bytes()]).unwrap();
    let chunks: Vec<&[u8]> = file.as_bytes().chunks(777).collect();
    assert_eq!(read(&mut CsvSource::new(&plan, None), &chunks).unwrap(), whole);
    assert!(whole.iter().all(|batch| batch.num_rows() <= 8192));
}

#[test]
fn cells_do_not_depend_on_chunks() {
    let row = "1234567,\"a,b\",,\"\",12345678,\"x\"\"y\",é\r\n\"1\",2,\"3\",4,\"5\n6\",7,8888888\n";
    let file = format!("a,b,c,d,e,f,g\n{}", row.repeat(8));
    let plan = plan("csv", &[], &[]);
    let whole = read(&mut CsvSource::new(&plan, None), &[file.as_bytes()]).unwrap();
    for size in 1..100 {
        let chunks: Vec<&[u8]> = file.as_bytes().chunks(size).collect();
        assert_eq!(read(&mut CsvSource::new(&plan, None), &chunks).unwrap(), whole, "chunks of {size}");
    }
}
