//! A range of a table's rows: the same bytes as of a table that has only these, and no more read than they need.

mod parquet_files;
mod tables;

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::*;
use arrow::ipc::writer::{FileWriter, StreamWriter};
use bytes::Bytes;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet_files::file_with;
use proptest::prelude::*;
use tableport::job::{Action, Event, Job, Pull, Snapshot};
use tableport::plan::{ExportPlan, Value};
use tableport::table::Input;
use tableport::upload::Answer;
use tables::{Random, rebatch};

/// What a job reads.
enum Given {
    Packed(VecDeque<RecordBatch>),
    Stream(VecDeque<Bytes>),
    File(Bytes),
}

/// What came of it.
struct Exported {
    bytes: Vec<u8>,
    done: Snapshot,
    /// Ranges of the file that were asked for.
    asked: Vec<Range<u64>>,
    pulls: usize,
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn map(entries: &[(&str, Value)]) -> Value {
    Value::Map(entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
}

fn range(rows: &Range<usize>) -> Value {
    map(&[("start", Value::Number(rows.start as f64)), ("end", Value::Number(rows.end as f64))])
}

/// Exports to `format`; with the types of [`table`], which text cannot tell of every part of it.
fn export(given: Given, format: &str, rows: Option<&Range<usize>>) -> Exported {
    let types = [("id", "int64"), ("text", "string"), ("half", "float64")].map(|(key, t)| (key, text(t)));
    let mut config = vec![("schema", map(&types))];
    config.extend(rows.map(|rows| ("rows", range(rows))));
    export_with(given, format, &config)
}

fn export_with(mut given: Given, format: &str, config: &[(&str, Value)]) -> Exported {
    let source = match &given {
        Given::Packed(_) => map(&[("kind", text("packed"))]),
        Given::Stream(_) => map(&[("kind", text("bytes"))]),
        Given::File(bytes) => map(&[("kind", text("file")), ("size", Value::Number(bytes.len() as f64))]),
    };
    let mut config = config.to_vec();
    config.extend([("source", source), ("format", text(format))]);
    config.push(("destination", map(&[("type", text("memory"))])));
    if format == "parquet" {
        config.push(("parquet", map(&[("rowGroupRows", Value::Number(30.0))])));
    }
    let plan = ExportPlan::judge(&map(&config)).unwrap();
    let mut job = Job::new("job-1".to_owned(), plan, 0.0, 1);
    let (mut bytes, mut asked, mut pulls, mut percent) = (Vec::new(), Vec::new(), 0, 0.0);
    let mut is_closed = false;
    loop {
        let action = job.poll(0.0);
        let now = job.status().resource.percent_completed;
        assert!(now >= percent && now <= 100.0, "from {percent} to {now}");
        percent = now;
        match action {
            Action::Pull { need } => {
                assert!(!is_closed);
                pulls += 1;
                for input in answer(&mut given, need, &mut asked) {
                    job.handle(Event::Input(input), 0.0);
                }
            }
            Action::Sink { task, .. } => {
                bytes.extend(job.take_part(task).unwrap_or_default().concat());
                job.handle(Event::Answered { task, answer: Answer::ok() }, 0.0);
            }
            Action::Close => is_closed = true,
            Action::Again => {}
            Action::Done => break,
            other => panic!("{other:?}"),
        }
    }
    let done = job.status();
    assert!(is_closed || done.error.is_some());
    Exported { bytes, done, asked, pulls }
}

fn answer(given: &mut Given, need: Pull, asked: &mut Vec<Range<u64>>) -> Vec<Input> {
    match (given, need) {
        (Given::Packed(batches), Pull::Batch) => {
            vec![batches.pop_front().map_or(Input::End, Input::Batch)]
        }
        (Given::Stream(chunks), Pull::Bytes) => vec![chunks.pop_front().map_or(Input::End, Input::Bytes)],
        (Given::File(bytes), Pull::Ranges { ranges }) => {
            let input = |(start, end): (f64, f64)| {
                asked.push(start as u64..end as u64);
                Input::Range(start as u64..end as u64, bytes.slice(start as usize..end as usize))
            };
            ranges.into_iter().map(input).collect()
        }
        (_, need) => panic!("{need:?} of another kind of source"),
    }
}

fn table(rows: usize) -> RecordBatch {
    let texts = (0..rows).map(|n| (n % 5 > 0).then(|| format!("text, {}", n % 7)));
    let halves = (0..rows).map(|n| (n % 11 > 2).then_some(n as f64 / 2.0));
    RecordBatch::try_from_iter_with_nullable([
        ("id", Arc::new(Int64Array::from_iter_values(0..rows as i64)) as ArrayRef, true),
        ("text", Arc::new(StringArray::from_iter(texts)), true),
        ("half", Arc::new(Float64Array::from_iter(halves)), true),
    ])
    .unwrap()
}

fn packed(batches: impl IntoIterator<Item = RecordBatch>) -> Given {
    Given::Packed(batches.into_iter().collect())
}

/// The text of a table.
fn lines(table: &RecordBatch, format: &str) -> Bytes {
    export(packed([table.clone()]), format, None).bytes.into()
}

fn arrow(table: &RecordBatch, random: &mut Random, is_file: bool) -> Bytes {
    let mut bytes = Vec::new();
    let schema = table.schema();
    if is_file {
        let mut writer = FileWriter::try_new(&mut bytes, &schema).unwrap();
        rebatch(random, table).iter().for_each(|batch| writer.write(batch).unwrap());
        writer.finish().unwrap();
    } else {
        let mut writer = StreamWriter::try_new(&mut bytes, &schema).unwrap();
        rebatch(random, table).iter().for_each(|batch| writer.write(batch).unwrap());
        writer.finish().unwrap();
    }
    bytes.into()
}

fn parquet(table: &RecordBatch, group_rows: usize) -> Bytes {
    file_with(table, WriterProperties::builder().set_max_row_group_row_count(Some(group_rows)).build()).into()
}

/// The table as each kind of source there is.
fn sources(table: &RecordBatch, random: &mut Random) -> Vec<(&'static str, Given)> {
    let pieces = |bytes: Bytes, size: usize| {
        let ends = (0..bytes.len()).step_by(size);
        Given::Stream(ends.map(|at| bytes.slice(at..bytes.len().min(at + size))).collect())
    };
    let size = 1 + random.below(500);
    vec![
        ("packed", packed(rebatch(random, table))),
        ("csv", Given::File(lines(table, "csv"))),
        ("a stream of csv", pieces(lines(table, "csv"), size)),
        ("jsonl", Given::File(lines(table, "jsonl"))),
        ("a stream of jsonl", pieces(lines(table, "jsonl"), size)),
        ("arrow", Given::File(arrow(table, random, true))),
        ("a stream of arrow", pieces(arrow(table, random, false), size)),
        ("parquet", Given::File(parquet(table, 1 + random.below(60)))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_range_has_the_bytes_of_a_table_that_has_only_its_rows(
        seed: u64,
        rows in 1usize..300,
        start in 0usize..330,
        length in 0usize..330,
    ) {
        let table = table(rows);
        let range = start..start + length;
        let (from, to) = (start.min(rows), range.end.min(rows));
        for format in ["csv", "jsonl", "parquet"] {
            let alone = export(packed([table.slice(from, to - from)]), format, None).bytes;
            for (source, given) in sources(&table, &mut Random(seed)) {
                let part = export(given, format, Some(&range));
                prop_assert!(part.bytes == alone, "{source} to {format}: {:?}", part.done.error);
                prop_assert_eq!(part.done.progress.rows, (to - from) as f64);
            }
        }
    }
}

#[test]
fn ranges_without_gaps_are_the_table() {
    let table = table(100);
    let whole = lines(&table, "jsonl");
    for size in [1, 7, 40, 100] {
        let part =
            |start| export(Given::File(parquet(&table, 16)), "jsonl", Some(&(start..start + size))).bytes;
        assert_eq!((0..100).step_by(size).flat_map(part).collect::<Vec<u8>>(), whole);
    }
}

#[test]
fn row_groups_without_a_row_of_the_range_are_not_read() {
    let file = parquet(&table(1000), 100);
    let reader = SerializedFileReader::new(file.clone()).unwrap();
    let of_groups = |groups: Range<usize>| {
        let chunk = |group: usize| (0..3).map(move |column| (group, column));
        let place = |(group, column): (usize, usize)| {
            let (start, length) = reader.metadata().row_group(group).column(column).byte_range();
            start..start + length
        };
        groups.flat_map(chunk).map(place).collect::<Vec<_>>()
    };
    for (rows, groups) in
        [(250..420, 2..5), (300..400, 3..4), (0..1, 0..1), (999..2000, 9..10), (1000..1200, 0..0)]
    {
        let part = export(Given::File(file.clone()), "csv", Some(&rows));
        // First come the beginning, which tells what the file is, and the footer.
        assert!(part.asked[0] == (0..4096) && part.asked[1].end == file.len() as u64);
        assert_eq!(part.asked[2..], of_groups(groups), "rows {rows:?}");
    }
}

#[test]
fn how_far_it_is_is_told_of_the_range() {
    let file = parquet(&table(1000), 100);
    let bytes = file.len() as f64;
    let plan = ExportPlan::judge(&map(&[
        ("source", map(&[("kind", text("file")), ("size", Value::Number(bytes))])),
        ("format", text("csv")),
        ("destination", map(&[("type", text("memory"))])),
        ("rows", range(&(500..1000))),
    ]));
    let mut job = Job::new("job-1".to_owned(), plan.unwrap(), 0.0, 1);
    let mut first = None;
    while job.status().progress.rows < 500.0 {
        if let Action::Pull { need } = job.poll(0.0) {
            for input in answer(&mut Given::File(file.clone()), need, &mut Vec::new()) {
                job.handle(Event::Input(input), 0.0);
            }
        }
        let status = job.status();
        first = first.or((status.progress.rows > 0.0).then_some(status.resource.percent_completed));
    }
    // A fifth was read, of which nothing is stored.
    assert_eq!(first, Some(10.0));
}

#[test]
fn nothing_is_read_on_at_the_end_of_the_range() {
    let batch = table(50);
    let endless = || packed(std::iter::repeat_n(batch.clone(), 1000));
    for (end, pulls) in [(0, 1), (1, 1), (50, 1), (51, 2), (2000, 40)] {
        let part = export(endless(), "csv", Some(&(0..end)));
        assert_eq!((part.pulls, part.done.progress.rows), (pulls, end as f64));
    }
    let chunk = Bytes::from("a\n1\n".repeat(10_000));
    let chunks = Given::Stream(std::iter::repeat_n(chunk, 1000).collect());
    let part = export_with(chunks, "csv", &[("rows", range(&(1000..3000)))]);
    assert!(part.pulls < 5, "{} pulls", part.pulls);
}

#[test]
fn rows_in_errors_count_over_the_whole_table() {
    let place = |given, format, config: &[(&str, Value)]| {
        let rows = [("rows", range(&(100..200)))];
        let error = export_with(given, format, &[&rows, config].concat()).done.error.unwrap();
        (error.code, error.place.row.unwrap() as u64)
    };
    // Found by what writes: a formula in row 150.
    let formula = |rows: usize| (0..rows).map(|n| if n == 150 { "=1+1" } else { "x" });
    let column = Arc::new(StringArray::from_iter_values(formula(300))) as ArrayRef;
    let formulas = RecordBatch::try_from_iter([("a", column)]).unwrap();
    let refuse = [("csv", map(&[("formulas", text("error"))]))];
    for given in [packed([formulas.clone()]), Given::File(parquet(&formulas, 40))] {
        assert_eq!(place(given, "csv", &refuse), ("format/formula", 150));
    }
    // Found by what reads: in the range, and before it.
    for row in [150, 20] {
        let line = |n: usize| if n == row { "1,2\n".to_owned() } else { "1\n".to_owned() };
        let csv: String = std::iter::once("a\n".to_owned()).chain((0..300).map(line)).collect();
        assert_eq!(place(Given::File(csv.into()), "csv", &[]), ("source/ragged-row", row as u64));
    }
}

#[test]
fn the_first_rows_of_the_table_decide_on_types() {
    let csv = |first: &str| Bytes::from(format!("a\n{first}\n{}", "1\n".repeat(100)));
    let rows = [("rows", range(&(50..60)))];
    for (first, data_type) in [("2", "int64"), ("1.5", "float64"), ("x", "string")] {
        let part = export_with(Given::File(csv(first)), "parquet", &rows);
        assert_eq!(part.done.files[0].schema[0].data_type, data_type);
        assert_eq!(part.done.files[0].rows, Some(10.0));
    }
}
