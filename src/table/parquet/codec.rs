//! Page bodies decompressed, each to exactly the size that its header says.
//!
//! A size that the codec could not reach from the bytes there are is refused before anything is allocated.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::flaw::{Decoded, Flaw};
use super::metadata::Codec;

const DAMAGED: Flaw = Flaw::Corrupt("a page cannot be decompressed");

/// `bytes` decompressed to `size` bytes; more than `limit` is [`Flaw::TooLarge`].
pub fn decompress(codec: Codec, bytes: &[u8], size: usize, limit: usize) -> Decoded<Vec<u8>> {
    if size == 0 {
        return Ok(Vec::new());
    }
    // How much longer than its input the output of each codec can be.
    let most = match codec {
        Codec::Snappy => 22,
        Codec::Gzip => 1032,
        Codec::Lz4 | Codec::Lz4Raw => 255,
        _ => 40_000,
    };
    if size / most > bytes.len() {
        return Err(DAMAGED);
    }
    let out = match codec {
        Codec::Snappy => snappy(bytes, size, limit)?,
        _ if size > limit => return Err(Flaw::TooLarge(size)),
        Codec::Gzip => inflated(MultiGzDecoder::new(bytes), size)?,
        Codec::Zstd => zstd::bulk::decompress(bytes, size).map_err(|_| DAMAGED)?,
        Codec::Lz4Raw => lz4_block(bytes, size)?,
        Codec::Lz4 => lz4(bytes, size)?,
        _ => return Err(Flaw::Unsupported("a column compressed with brotli or lzo")),
    };
    if out.len() == size { Ok(out) } else { Err(DAMAGED) }
}

fn snappy(bytes: &[u8], size: usize, limit: usize) -> Decoded<Vec<u8>> {
    if snap::raw::decompress_len(bytes).ok() != Some(size) {
        return Err(DAMAGED);
    }
    if size > limit {
        return Err(Flaw::TooLarge(size));
    }
    let mut out = vec![0; size];
    snap::raw::Decoder::new().decompress(bytes, &mut out).map_err(|_| DAMAGED)?;
    Ok(out)
}

fn inflated(from: impl Read, size: usize) -> Decoded<Vec<u8>> {
    let mut out = Vec::with_capacity(size);
    from.take(size as u64 + 1).read_to_end(&mut out).map_err(|_| DAMAGED)?;
    Ok(out)
}

fn lz4_block(bytes: &[u8], size: usize) -> Decoded<Vec<u8>> {
    let mut out = vec![0; size];
    let length = lz4_flex::block::decompress_into(bytes, &mut out).map_err(|_| DAMAGED)?;
    out.truncate(length);
    Ok(out)
}

/// The deprecated LZ4: blocks as Hadoop frames them, or LZ4's own frames, or one bare block, as old writers did.
fn lz4(bytes: &[u8], size: usize) -> Decoded<Vec<u8>> {
    lz4_hadoop(bytes, size)
        .or_else(|_| {
            let out = inflated(lz4_flex::frame::FrameDecoder::new(bytes), size)?;
            if out.len() == size { Ok(out) } else { Err(DAMAGED) }
        })
        .or_else(|_| lz4_block(bytes, size))
}

/// Each block behind its decompressed and its compressed length, as big-endian numbers of 32 bits.
fn lz4_hadoop(mut bytes: &[u8], size: usize) -> Decoded<Vec<u8>> {
    let mut out = vec![0; size];
    let mut filled = 0usize;
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk().ok_or(DAMAGED)?;
        let (compressed, rest) = rest.split_first_chunk().ok_or(DAMAGED)?;
        let (length, compressed) =
            (u32::from_be_bytes(*length) as usize, u32::from_be_bytes(*compressed) as usize);
        let block = rest.get(..compressed).ok_or(DAMAGED)?;
        let end = filled.checked_add(length).ok_or(DAMAGED)?;
        let into = out.get_mut(filled..end).ok_or(DAMAGED)?;
        if lz4_flex::block::decompress_into(block, into).ok() != Some(length) {
            return Err(DAMAGED);
        }
        filled = end;
        bytes = &rest[compressed..];
    }
    out.truncate(filled);
    if filled == size { Ok(out) } else { Err(DAMAGED) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lz4_of_each_framing_is_read() {
        let text = b"one and one and one and two and two".repeat(20);
        let block = lz4_flex::block::compress(&text);
        let lengths = [text.len() as u32, block.len() as u32].map(u32::to_be_bytes).concat();
        let two = [&lengths[..], &block, &lengths, &block].concat();
        assert_eq!(decompress(Codec::Lz4, &block, text.len(), 1 << 20), Ok(text.clone()));
        assert_eq!(decompress(Codec::Lz4, &two, text.len() * 2, 1 << 20), Ok(text.repeat(2)));
        assert_eq!(decompress(Codec::Lz4, &two, text.len() * 2 + 1, 1 << 20), Err(DAMAGED));
    }

    #[test]
    fn sizes_that_cannot_be_are_refused() {
        let packed = snap::raw::Encoder::new().compress_vec(&[7; 5000]).unwrap();
        assert_eq!(decompress(Codec::Snappy, &packed, 5001, 1 << 20), Err(DAMAGED));
        assert_eq!(decompress(Codec::Snappy, &packed, 5000, 4999), Err(Flaw::TooLarge(5000)));
        assert_eq!(decompress(Codec::Lz4Raw, &[0; 10], i32::MAX as usize, usize::MAX), Err(DAMAGED));
    }
}
