//! Files of Arrow's IPC format, read at the places that their footer names.

mod tables;

use std::ops::Range;
use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::*;
use arrow::ipc::writer::{DictionaryHandling, FileWriter, IpcWriteOptions};
use arrow::ipc::{Block, CompressionType, root_as_footer};
use proptest::prelude::*;
use tableport::table::ipc::{IpcFile, IpcSource};
use tableport::table::{Input, Need, Source, Step, file};
use tableport::{Code, Error, ExportPlan};
use tables::source::{plan, read};
use tables::{Random, concat};

const COMPRESSIONS: [Option<CompressionType>; 3] =
    [None, Some(CompressionType::LZ4_FRAME), Some(CompressionType::ZSTD)];

fn written(batches: &[RecordBatch], options: IpcWriteOptions) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = FileWriter::try_new_with_options(&mut bytes, &batches[0].schema(), options).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    drop(writer);
    bytes
}

fn file_of(batches: &[RecordBatch]) -> Vec<u8> {
    written(batches, IpcWriteOptions::default())
}

fn read_with(bytes: &[u8], plan: &ExportPlan) -> Result<Vec<RecordBatch>, Error> {
    read(IpcFile::new(plan, bytes.len() as u64), bytes, &mut Random(1))
}

fn read_all(bytes: &[u8]) -> Result<Vec<RecordBatch>, Error> {
    read_with(bytes, &plan(bytes.len(), &[], &[]))
}

fn code(bytes: &[u8]) -> Code {
    read_all(bytes).unwrap_err().code
}

fn words(words: &[&str]) -> RecordBatch {
    let column: DictionaryArray<Int8Type> = words.iter().copied().collect();
    let numbers = Int64Array::from_iter_values(0..words.len() as i64);
    RecordBatch::try_from_iter([("word", Arc::new(column) as ArrayRef), ("number", Arc::new(numbers))])
        .unwrap()
}

fn halves(all: &[&str]) -> [RecordBatch; 2] {
    let (table, half) = (words(all), all.len() / 2);
    [table.slice(0, half), table.slice(half, all.len() - half)]
}

fn texts(batches: &[RecordBatch]) -> Vec<String> {
    let text = |batch: &RecordBatch| {
        let words = arrow::compute::cast(batch.column(0), &DataType::Utf8).unwrap();
        words.as_string::<i32>().iter().map(|word| word.unwrap_or("null").to_owned()).collect::<Vec<_>>()
    };
    batches.iter().flat_map(text).collect()
}

fn footer_of(bytes: &[u8]) -> Range<usize> {
    let end = bytes.len() - 10;
    end - u32::from_le_bytes(bytes[end..end + 4].try_into().unwrap()) as usize..end
}

/// Of dictionaries, and of batches.
fn blocks(bytes: &[u8]) -> (Vec<Block>, Vec<Block>) {
    let footer = root_as_footer(&bytes[footer_of(bytes)]).unwrap();
    let dictionaries = footer.dictionaries().into_iter().flatten().copied().collect();
    (dictionaries, footer.recordBatches().into_iter().flatten().copied().collect())
}

/// The file with other blocks in the place of some that its footer names.
fn with_blocks(bytes: &[u8], changes: &[(Block, Block)]) -> Vec<u8> {
    let footer = footer_of(bytes);
    let mut changed = bytes.to_vec();
    for (old, new) in changes {
        let at = footer.start + bytes[footer.clone()].windows(24).position(|window| window == old.0).unwrap();
        changed[at..at + 24].copy_from_slice(&new.0);
    }
    changed
}

/// The file with this block moved behind all others.
fn moved_to_the_end(bytes: &[u8], block: Block) -> Vec<u8> {
    let length = block.metaDataLength() as i64 + block.bodyLength();
    let (start, footer) = (block.offset() as usize, footer_of(bytes).start);
    let (dictionaries, batches) = blocks(bytes);
    let shifted = |other: Block| {
        let offset = match other.offset() {
            offset if offset == block.offset() => footer as i64 - length,
            offset if offset > block.offset() => offset - length,
            offset => offset,
        };
        (other, Block::new(offset, other.metaDataLength(), other.bodyLength()))
    };
    let changes: Vec<_> = dictionaries.into_iter().chain(batches).map(shifted).collect();
    let mut moved = with_blocks(bytes, &changes);
    moved[start..footer].rotate_left(length as usize);
    moved
}

fn some_batches(random: &mut Random, rows: usize) -> (RecordBatch, Vec<RecordBatch>) {
    let types = tables::some_of(random, &tables::all_types());
    let table = tables::table(random, &types, rows);
    // A file has one dictionary for a column; the batches must share it.
    let batches = vec![table.slice(0, rows / 2), table.slice(rows / 2, rows - rows / 2)];
    (table, batches)
}

proptest! {
    #[test]
    fn files_are_read(seed: u64, rows in 0usize..200, kind in 0usize..3) {
        let (table, batches) = some_batches(&mut Random(seed), rows);
        let options = IpcWriteOptions::default().try_with_compression(COMPRESSIONS[kind]).unwrap();
        prop_assert_eq!(&concat(&read_all(&written(&batches, options)).unwrap()), &table);
    }

    #[test]
    fn columns_come_in_the_order_of_selectors(seed: u64, at: prop::sample::Index) {
        let (table, batches) = some_batches(&mut Random(seed), 20);
        let schema = table.schema();
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let chosen: Vec<usize> = [at.index(names.len()), 0].into_iter().collect::<std::collections::BTreeSet<_>>().into_iter().rev().collect();
        let selectors: Vec<&str> = chosen.iter().map(|index| names[*index]).collect();
        let bytes = file_of(&batches);
        let found = read_with(&bytes, &plan(bytes.len(), &selectors, &[])).unwrap();
        prop_assert_eq!(&concat(&found), &table.project(&chosen).unwrap());
    }

    #[test]
    fn damage_is_an_error_or_other_values_but_never_a_panic(seed: u64, flips in 1usize..6, kind in 0usize..3, in_footer: bool) {
        let mut random = Random(seed);
        let (_, batches) = some_batches(&mut random, 30);
        let options = IpcWriteOptions::default().try_with_compression(COMPRESSIONS[kind]).unwrap();
        let mut bytes = written(&batches, options);
        let from = if in_footer { footer_of(&bytes).start } else { 8 };
        for _ in 0..flips {
            let place = from + random.below(bytes.len() - from);
            bytes[place] ^= 1 << random.below(8);
        }
        if let Err(error) = read_all(&bytes) {
            let known = [Code::SourceCorrupt, Code::SourceTruncated, Code::SourceUnsupported, Code::LimitExceeded];
            prop_assert!(known.contains(&error.code) || error.code == Code::SourceDuplicateColumn, "{:?}", error);
        }
    }
}

#[test]
fn a_file_cut_anywhere_is_truncated() {
    let bytes = file_of(&[words(&["a", "b"]), words(&["a", "b"])]);
    for end in 0..bytes.len() {
        if end > 0 {
            assert_eq!(code(&bytes[..end]), Code::SourceTruncated, "at {end}");
        }
        let plan = ExportPlan { source_name: Some("t.arrow".into()), ..plan(end, &[], &[]) };
        let mut source = file::open(&plan);
        let error = loop {
            match source.poll() {
                Ok(Step::Need(Need::Ranges(ranges))) => {
                    for range in ranges {
                        let part = bytes[..end][range.start as usize..range.end as usize].to_vec();
                        source.push(Input::Range(range, part.into())).unwrap();
                    }
                }
                Ok(step) => panic!("{step:?}"),
                Err(error) => break error,
            }
        };
        assert_eq!(error.code, Code::SourceTruncated, "at {end}");
    }
}

#[test]
fn the_schema_is_that_of_the_footer() {
    let mut bytes = file_of(&[words(&["a", "b"])]);
    let first = blocks(&bytes).0[0].offset() as usize;
    bytes[8..first].fill(0xAA);
    assert_eq!(texts(&read_all(&bytes).unwrap()), ["a", "b"]);
}

#[test]
fn dictionaries_may_lie_behind_the_rows() {
    let bytes = file_of(&halves(&["a", "b", "a", "b", "a", "a"]));
    let found = read_all(&moved_to_the_end(&bytes, blocks(&bytes).0[0])).unwrap();
    assert_eq!(texts(&found), ["a", "b", "a", "b", "a", "a"]);
}

#[test]
fn additions_to_a_dictionary_are_joined_before_the_rows() {
    let options = IpcWriteOptions::default().with_dictionary_handling(DictionaryHandling::Delta);
    let all = ["a", "b", "c", "d", "e"];
    let keys = |keys: &[i8], words: &[&str]| {
        let values: ArrayRef = Arc::new(StringArray::from(words.to_vec()));
        let column: ArrayRef = Arc::new(DictionaryArray::new(Int8Array::from(keys.to_vec()), values));
        RecordBatch::try_from_iter([("word", column)]).unwrap()
    };
    let batches = [keys(&[0, 1], &all[..2]), keys(&[2, 0, 3], &all[..4]), keys(&[4, 1], &all)];
    let mut bytes = written(&batches, options);
    assert_eq!(blocks(&bytes).0.len(), 3);
    let expected = ["a", "b", "c", "a", "d", "e", "b"];
    assert_eq!(texts(&read_all(&bytes).unwrap()), expected);
    // Nor does it matter where they lie, only in which order the footer names them.
    for at in [0, 1] {
        bytes = moved_to_the_end(&bytes, blocks(&bytes).0[at]);
        assert_eq!(texts(&read_all(&bytes).unwrap()), expected);
    }
    let found = blocks(&bytes).0;
    let beginning_last = with_blocks(&bytes, &[(found[0], found[1]), (found[1], found[0])]);
    assert_eq!(code(&beginning_last), Code::SourceCorrupt);
}

#[test]
fn blocks_that_cannot_be_are_corrupt() {
    let bytes = file_of(&halves(&["a", "b", "b", "a"]));
    let (dictionaries, batches) = blocks(&bytes);
    let (block, footer) = (batches[1], footer_of(&bytes).start as i64);
    let (offset, metadata, body) = (block.offset(), block.metaDataLength(), block.bodyLength());
    for new in [
        Block::new(-8, metadata, body),
        Block::new(0, metadata, body),
        Block::new(offset, -8, body),
        Block::new(offset, 0, body),
        Block::new(offset, 4, body),
        Block::new(offset, metadata, -8),
        Block::new(offset, metadata, body - 8),
        Block::new(offset, metadata - 8, body),
        Block::new(offset, i32::MAX, body),
        Block::new(offset, metadata, i64::MAX),
        Block::new(i64::MAX, i32::MAX, i64::MAX),
        Block::new(footer - 8, metadata, body),
        // The same rows twice, a dictionary in the place of rows, and rows that begin within others.
        batches[0],
        dictionaries[0],
        Block::new(batches[0].offset() + 8, metadata, body),
    ] {
        assert_eq!(code(&with_blocks(&bytes, &[(block, new)])), Code::SourceCorrupt, "{new:?}");
    }
    assert_eq!(code(&with_blocks(&bytes, &[(dictionaries[0], batches[0])])), Code::SourceCorrupt);
    let swapped = with_blocks(&bytes, &[(block, dictionaries[0]), (dictionaries[0], block)]);
    assert_eq!(code(&swapped), Code::SourceCorrupt);
}

#[test]
fn a_footer_longer_than_the_file_is_corrupt() {
    let mut bytes = file_of(&[words(&["a"])]);
    let end = bytes.len() - 10;
    for length in [bytes.len() as u32, (end - 7) as u32, u32::MAX, i32::MAX as u32, 0, 8] {
        bytes[end..end + 4].copy_from_slice(&length.to_le_bytes());
        assert_eq!(code(&bytes), Code::SourceCorrupt, "{length}");
    }
}

#[test]
fn a_second_dictionary_for_a_column_is_corrupt() {
    let options = IpcWriteOptions::default().with_dictionary_handling(DictionaryHandling::Delta);
    let all: ArrayRef = Arc::new(StringArray::from(vec!["a", "b"]));
    let keys = |length| {
        let column = DictionaryArray::new(Int8Array::from(vec![0]), all.slice(0, length));
        RecordBatch::try_from_iter([("word", Arc::new(column) as ArrayRef)]).unwrap()
    };
    let mut bytes_of_two = written(&[keys(1), keys(2)], options);
    let delta = blocks(&bytes_of_two).0[1];
    let metadata = delta.offset() as usize..delta.offset() as usize + delta.metaDataLength() as usize;
    let is_delta = |bytes: &[u8]| {
        let message = arrow::ipc::root_as_message(&bytes[metadata.start + 8..metadata.end]).ok()?;
        Some(message.header_as_dictionary_batch()?.isDelta())
    };
    assert_eq!(is_delta(&bytes_of_two), Some(true));
    let flag = metadata.clone().find(|place| {
        let mut other = bytes_of_two.clone();
        other[*place] ^= 1;
        is_delta(&other) == Some(false) && bytes_of_two[*place] == 1
    });
    bytes_of_two[flag.unwrap()] = 0;
    assert_eq!(code(&bytes_of_two), Code::SourceCorrupt);
}

#[test]
fn what_is_larger_than_memory_is_named() {
    let limited = |bytes: &[u8], limit| {
        let plan = ExportPlan { memory_limit: limit, ..plan(bytes.len(), &["number"], &[]) };
        read_with(bytes, &plan)
    };
    let long = "x".repeat(5000);
    let bytes = file_of(&[words(&[&long, "a"]), words(&[&long, "b"])][..1]);
    // The footer, and what comes with it.
    assert_eq!(limited(&bytes, 1000).unwrap_err().code, Code::LimitExceeded);

    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..100_000));
    let bytes = file_of(&[RecordBatch::try_from_iter([("number", numbers)]).unwrap()]);
    let error = limited(&bytes, 100_000).unwrap_err();
    assert_eq!(error.code, Code::LimitExceeded);
    assert!(error.message.contains("smaller batches"), "{}", error.message);

    let zeros: ArrayRef = Arc::new(Int64Array::from(vec![0; 100_000]));
    let options = IpcWriteOptions::default().try_with_compression(COMPRESSIONS[2]).unwrap();
    let bytes = written(&[RecordBatch::try_from_iter([("number", zeros)]).unwrap()], options);
    assert_eq!(limited(&bytes, 100_000).unwrap_err().code, Code::LimitExceeded);
}

#[test]
fn dictionaries_are_held_together_within_the_limit_and_only_those_of_columns_that_are_read() {
    let column = |letter: &str| {
        let values: ArrayRef =
            Arc::new(StringArray::from_iter_values((0..100).map(|n| format!("{n}{letter}").repeat(5000))));
        let keys = Int8Array::from_iter_values(0..100);
        Arc::new(DictionaryArray::new(keys, values)) as ArrayRef
    };
    let table =
        RecordBatch::try_from_iter([("a", column("a")), ("b", column("b")), ("c", column("c"))]).unwrap();
    let bytes = file_of(std::slice::from_ref(&table));
    let limited = |selectors: &[&str]| {
        let plan = ExportPlan { memory_limit: 3_500_000, ..plan(bytes.len(), selectors, &[]) };
        read_with(&bytes, &plan)
    };
    assert_eq!(concat(&limited(&["b"]).unwrap()).column(0), table.column(1));
    assert_eq!(concat(&limited(&["c", "a"]).unwrap()).column(0), table.column(2));
    let error = limited(&[]).unwrap_err();
    assert_eq!(error.code, Code::LimitExceeded);
    assert!(error.message.contains("dictionaries"), "{}", error.message);
}

#[test]
fn small_blocks_are_asked_for_together_and_large_ones_alone() {
    let asked = |batches: &[RecordBatch]| {
        let bytes = file_of(batches);
        let mut source = IpcFile::new(&plan(bytes.len(), &[], &[]), bytes.len() as u64);
        let (mut asked, mut held) = (Vec::new(), 0);
        loop {
            match source.poll().unwrap() {
                Step::Need(Need::Ranges(ranges)) => {
                    for range in ranges {
                        let part = bytes[range.start as usize..range.end as usize].to_vec();
                        asked.push(part.len());
                        source.push(Input::Range(range, part.into())).unwrap();
                    }
                }
                Step::Batch(_) => {}
                Step::Need(_) => panic!("a file is read by ranges"),
                Step::End => break,
            }
            held = held.max(source.pending_bytes());
        }
        assert_eq!(source.pending_bytes(), 0);
        (asked, held)
    };
    let numbers = |rows: usize| {
        let column: ArrayRef = Arc::new(Int64Array::from_iter_values(0..rows as i64));
        RecordBatch::try_from_iter([("number", column)]).unwrap()
    };
    let (small, held) = asked(&vec![numbers(1000); 400]);
    assert!((4..=6).contains(&small.len()), "{small:?}");
    assert!(held <= 1 << 20, "{held}");
    let (large, _) = asked(&vec![numbers(200_000); 3]);
    assert_eq!(large.len(), 4, "{large:?}");
    // All of a small file comes with its footer.
    assert_eq!(asked(&[words(&["a"]), words(&["a"])]).0.len(), 1);
}

#[test]
fn a_file_without_batches_tells_its_columns() {
    let table = words(&["a"]).slice(0, 0);
    let mut bytes = Vec::new();
    FileWriter::try_new(&mut bytes, &table.schema()).unwrap().finish().unwrap();
    let found = read_all(&bytes).unwrap();
    assert_eq!(concat(&found), table);
}

#[test]
fn a_stream_of_a_file_is_collected_where_it_cannot_be_read_as_it_comes() {
    let whole = |bytes: &[u8]| {
        let ends = (0..bytes.len()).chain([bytes.len()]);
        let told: Vec<bool> = ends.filter_map(|end| file::reads_whole(&bytes[..end], false)).collect();
        assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "it changes its mind");
        file::reads_whole(bytes, true).unwrap()
    };
    let ordered = file_of(&[words(&["a", "b"])]);
    assert!(!whole(&ordered));
    let unordered = moved_to_the_end(&ordered, blocks(&ordered).0[0]);
    assert!(whole(&unordered));
    let mut without_schema = ordered.clone();
    let schema = blocks(&ordered).0[0].offset() as usize - 8;
    without_schema.drain(8..8 + schema);
    assert!(whole(&without_schema));
    for bytes in [&unordered, &without_schema] {
        let error = read(IpcSource::new(&plan(bytes.len(), &[], &[])), bytes, &mut Random(1)).unwrap_err();
        assert_eq!(error.code, Code::SourceUnsupported);
        assert!(error.message.contains("Blob"), "{}", error.message);
    }
    // Nothing but the magic tells a file; text and streams are read as they come.
    assert!(!whole(b"ARROW,a\n1,2\n") && !whole(b"") && !whole(b"a"));
    assert!(whole(b"PAR1....PAR1"));
}
