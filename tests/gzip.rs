//! Whole-file gzip: the same bytes however they were cut, in a form that other readers take.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use flate2::read::GzDecoder;
use proptest::prelude::*;
use tableport::compress::codec::{Codec, Codecs, Recipe};
use tableport::compress::compressor;
use tableport::compress::pool::Pool;
use tableport::plan::Compression;

fn gzip<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut compressor = compressor(Compression::Gzip, &Pool::default()).expect("a codec");
    for piece in pieces {
        compressor.write(piece).unwrap();
        compressor.drain(&mut out);
    }
    compressor.end().unwrap();
    compressor.finish(&mut out);
    out
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut out).unwrap();
    out
}

/// Text that repeats itself at all distances, so that matches reach back across every cut.
fn text(length: usize, seed: u32) -> Vec<u8> {
    let mut state = seed | 1;
    let mut out = Vec::with_capacity(length + 32);
    while out.len() < length {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let _ = writeln!(out, "{},row {},{}", state >> 20, state >> 27, state >> 12);
    }
    out.truncate(length);
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn cutting_does_not_show(
        length in 0..400_000_usize,
        seed: u32,
        cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..12),
    ) {
        let input = text(length, seed);
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(length + 1)).collect();
        places.extend([0, length]);
        places.sort_unstable();
        let whole = gzip([&input[..]]);
        prop_assert_eq!(&gzip(places.windows(2).map(|pair| &input[pair[0]..pair[1]])), &whole);
        prop_assert_eq!(gunzip(&whole), input);
    }
}

#[test]
fn single_bytes_and_block_sized_pieces_make_the_same_file() {
    let input = text(200_001, 7);
    let whole = gzip([&input[..]]);
    for size in [1, 65_535, 65_536, 65_537, 131_072] {
        assert!(gzip(input.chunks(size)) == whole, "in pieces of {size}");
    }
}

#[test]
fn blocks_do_not_depend_on_those_before() {
    let input = text(4_000_000, 5);
    let mut used = Codecs::default();
    for (at, block) in input.windows(150_000).step_by(110_000).enumerate() {
        let deflate = |level| Recipe {
            history: if at % 3 == 0 { 0 } else { 32 << 10 },
            is_last: at % 5 == 0,
            ..Recipe::new(Codec::Deflate, level)
        };
        let others =
            [(Codec::Gzip, 6), (Codec::Zstd, 1), (Codec::Zstd, 3), (Codec::Snappy, 0), (Codec::Lz4Raw, 0)];
        let others = others.map(|(codec, level)| Recipe::new(codec, level));
        for recipe in [1, 6, 9].map(deflate).into_iter().chain(others) {
            let alone = Codecs::default().compress(recipe, block).unwrap().to_vec();
            assert!(used.compress(recipe, block).unwrap() == alone, "block {at}, {recipe:?}");
        }
    }
}

#[test]
fn the_header_tells_nothing_of_when_and_where() {
    let bytes = gzip([&b"a"[..]]);
    // Magic, deflate, no flags, no time, no extra flags, an unknown OS: RFC 1952, section 2.3.
    assert_eq!(bytes[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
    assert_eq!(gunzip(&gzip([])), b"");
}

#[test]
fn python_reads_it() {
    let input = text(300_000, 3);
    let script = "import gzip,sys; sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))";
    let mut python = Command::new("python3")
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3");
    let mut stdin = python.stdin.take().unwrap();
    let bytes = gzip([&input[..]]);
    let feed = std::thread::spawn(move || stdin.write_all(&bytes));
    let output = python.wait_with_output().unwrap();
    feed.join().unwrap().unwrap();
    assert!(output.status.success());
    assert!(output.stdout == input);
}
