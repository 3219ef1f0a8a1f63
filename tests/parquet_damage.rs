//! Damaged parquet files: rows or an error that says where, within a bound of memory, and never a panic.

mod counting;
mod parquet_files;
mod tables;

use std::ops::Range;
use std::sync::Mutex;

use tableport::table::parquet::ParquetSource;
use tableport::{Code, Error, ExportPlan};
use tables::Random;
use tables::source::{plan, read};

static ALONE: Mutex<()> = Mutex::new(());

const FILES: u64 = 60;
const MEMORY_LIMIT: usize = 4 << 20;
/// A page, a batch of a quarter of the limit, and its copy as the types of the table.
const BOUND: usize = 3 * MEMORY_LIMIT;

fn read_through(bytes: &[u8]) -> Result<(), Error> {
    let plan = ExportPlan { memory_limit: MEMORY_LIMIT, ..plan(bytes.len(), &[], &[]) };
    read(ParquetSource::new(&plan, bytes.len() as u64), bytes, &mut Random(1)).map(|_| ())
}

fn footer_of(bytes: &[u8]) -> usize {
    let end = bytes.len() - 8;
    end - u32::from_le_bytes(bytes[end..end + 4].try_into().unwrap()) as usize
}

/// Damages a part of many files, and judges what is told of each.
fn damage(part: impl Fn(&[u8]) -> Range<usize>, judge: impl Fn(u64, Error)) {
    // The allocator counts for both tests.
    let _alone = ALONE.lock();
    let (mut errors, mut worst) = (0, 0);
    for seed in 0..FILES {
        let mut random = Random(seed);
        let rows = 1 + random.below(120);
        let table = parquet_files::some_table(&mut random, rows);
        let bytes = parquet_files::file_with(&table, parquet_files::some_properties(&mut random, &table));
        let part = part(&bytes);
        for _ in 0..100 {
            let mut damaged = bytes.clone();
            for _ in 0..1 + random.below(3) {
                let place = part.start + random.below(part.len());
                match random.below(4) {
                    0 => damaged[place] = [0, 0xFF, 0x7F, 0x80][random.below(4)],
                    1 => damaged[place..part.end.min(place + 9)].fill(0xFF),
                    _ => damaged[place] ^= 1 << random.below(8),
                }
            }
            let (result, peak) = counting::peak_of(|| read_through(&damaged));
            worst = worst.max(peak);
            if let Err(error) = result {
                errors += 1;
                judge(seed, error);
            }
        }
    }
    println!("{errors} errors in {} files, {worst} bytes held at most", FILES * 100);
    assert!(errors > FILES * 30);
    assert!(worst <= BOUND, "{worst} bytes held");
}

#[test]
fn damaged_pages_are_rows_or_an_error_in_their_column() {
    damage(
        |bytes| 4..footer_of(bytes),
        |seed, error| {
            let known = [Code::SourceCorrupt, Code::SourceUnsupported, Code::LimitExceeded];
            assert!(known.contains(&error.code), "{seed}: {error:?}");
            assert!(error.place.column.is_some(), "{seed}: {error:?}");
        },
    );
}

#[test]
fn damaged_footers_are_rows_or_an_error() {
    damage(
        |bytes| footer_of(bytes)..bytes.len(),
        |seed, error| {
            let known = [
                Code::SourceCorrupt,
                Code::SourceTruncated,
                Code::SourceUnsupported,
                Code::SourceDuplicateColumn,
                Code::SourceTypeChanged,
                Code::LimitExceeded,
            ];
            assert!(known.contains(&error.code), "{seed}: {error:?}");
        },
    );
}
