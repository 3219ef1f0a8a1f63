//! Source files: found to be what they are, unpacked, and exported by a job.

mod reading;

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use reading::{error, plan, read};
use tableport::job::{Action, Event, Job, Pull, State};
use tableport::plan::{ExportPlan, SourcePlan};
use tableport::table::Input;
use tableport::upload::Answer;
use tableport::{Code, Result};

fn stream(name: &str) -> ExportPlan {
    plan(SourcePlan::Bytes { size: None }, name, &[])
}

fn file(name: &str, bytes: &[u8]) -> ExportPlan {
    plan(SourcePlan::File { size: bytes.len() as u64 }, name, &[])
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn lines(rows: usize) -> String {
    (0..rows).map(|row| format!("{{\"id\":{row},\"text\":\"row {row}\"}}\n")).collect()
}

fn code(text: Result<String>) -> Code {
    text.unwrap_err().code
}

#[test]
fn gzip_is_unpacked_whatever_its_members() {
    let (head, tail) = (lines(3), lines(20_000));
    let packed = [gzip(head.as_bytes()), gzip(b""), gzip(tail.as_bytes()), vec![0; 700]].concat();
    for size in [1, 7, 1000, packed.len()] {
        let pieces: Vec<&[u8]> = packed.chunks(size).collect();
        assert!(read(&stream("t.jsonl.gz"), &pieces).text.unwrap() == format!("{head}{tail}"));
    }
    assert!(read(&file("t", &packed), &[&packed]).text.unwrap() == format!("{head}{tail}"));
}

#[test]
fn a_file_is_read_in_ranges() {
    let lines = lines(100_000);
    assert!(lines.len() > 3 << 20);
    assert!(read(&file("t.jsonl", lines.as_bytes()), &[lines.as_bytes()]).text.unwrap() == lines);
}

#[test]
fn broken_gzip_says_how() {
    let packed = gzip(lines(1000).as_bytes());
    for end in [2, 9, packed.len() / 2, packed.len() - 1] {
        assert_eq!(code(read(&stream("t.jsonl"), &[&packed[..end]]).text), Code::SourceTruncated);
    }
    let second = [&packed[..], &packed[..20]].concat();
    assert_eq!(error(&stream("t.jsonl"), &[&second]).code, Code::SourceTruncated);
    let mut checksum = packed.clone();
    let at = packed.len() - 6;
    checksum[at] ^= 1;
    assert_eq!(error(&stream("t.jsonl"), &[&checksum]).code, Code::SourceCorrupt);
    for garbage in [&b"{}"[..], b"\0\0x", &[0, 0x1f, 0x8b]] {
        let bytes = [&packed[..], garbage].concat();
        assert_eq!(error(&stream("t.jsonl"), &[&bytes]).code, Code::SourceCorrupt);
    }
}

#[test]
fn what_cannot_be_read_is_unsupported() {
    for bytes in [&b"PAR1 PAR1"[..], b"[{\"a\":1}]", b"PK\x03\x04", &gzip(b"PAR1 PAR1"), &gzip(&gzip(b"{}"))]
    {
        assert_eq!(error(&stream("t"), &[bytes]).code, Code::SourceUnsupported);
    }
    assert_eq!(error(&stream("t"), &[]).code, Code::SourceTruncated);
    assert_eq!(error(&file("t", b""), &[]).code, Code::SourceTruncated);
}

#[test]
fn a_job_takes_a_file_to_its_end() {
    let lines = lines(50_000);
    let packed = gzip(lines.as_bytes());
    let mut job = Job::new("job-1".to_owned(), file("t.jsonl.gz", &packed), 0.0, 1);
    let mut out = Vec::new();
    loop {
        let answer = |task| Event::Answered { task, answer: Answer::ok() };
        match job.poll(0.0) {
            Action::Pull { need: Pull::Ranges { ranges } } => {
                for (start, end) in ranges {
                    let (start, end) = (start as usize, end as usize);
                    let bytes = packed[start..end].to_vec().into();
                    job.handle(Event::Input(Input::Range(start as u64..end as u64, bytes)), 0.0);
                }
            }
            Action::Sink { task, .. } => {
                out.extend(job.take_part(task).unwrap_or_default().concat());
                job.handle(answer(task), 0.0);
            }
            Action::Close | Action::Again => {}
            Action::Done => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(job.status().resource.status, State::Completed);
    assert!(out == lines.into_bytes());
}

proptest! {
    #[test]
    fn no_byte_makes_it_panic(
        at in any::<proptest::sample::Index>(),
        byte: u8,
        end in any::<proptest::sample::Index>(),
        packed: bool,
    ) {
        let lines = lines(40);
        let mut bytes = if packed { gzip(lines.as_bytes()) } else { lines.clone().into_bytes() };
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes.truncate(end.index(bytes.len()) + 1);
        let whole = read(&stream("t.jsonl"), &[&bytes]).text;
        let pieces: Vec<&[u8]> = bytes.chunks(3).collect();
        prop_assert_eq!(whole, read(&stream("t.jsonl"), &pieces).text);
    }
}
