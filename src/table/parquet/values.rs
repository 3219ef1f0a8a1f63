//! The values of a column, without its nulls: where they come from, and what they are read into.

use std::sync::Arc;

use arrow::array::BooleanBufferBuilder;
use bytes::Bytes;

use super::booleans::Booleans;
use super::byte_arrays::{ByteArrays, ByteDictionary, ByteValues};
use super::delta::Delta;
use super::fixed::{FixedArrays, FixedValues};
use super::flaw::{Decoded, Flaw};
use super::header::Encoding;
use super::hybrid::Indexes;
use super::metadata::Physical;
use super::words::{Split, Word, Words, cut};

/// Values of a column, one after the other.
pub enum Values {
    Booleans(BooleanBufferBuilder),
    Words(Vec<u32>),
    LongWords(Vec<u64>),
    Fixed(FixedArrays),
    Bytes(ByteArrays),
}

/// The values of a page that have not been read.
#[derive(Debug, Clone)]
pub enum PageValues {
    Booleans(Booleans),
    Words(Words<u32>),
    LongWords(Words<u64>),
    Fixed(FixedValues),
    Bytes(ByteValues),
}

/// The values of a dictionary page.
#[derive(Debug, Clone)]
pub enum Dictionary {
    Words(Arc<Vec<u32>>),
    LongWords(Arc<Vec<u64>>),
    Fixed(Arc<FixedArrays>),
    Bytes(Arc<ByteDictionary>),
}

/// What the values of a column are in the file; of one width, where it is fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Storage {
    pub physical: Physical,
    pub width: usize,
}

impl Values {
    /// None so far; those of no fixed width have room for so many bytes.
    pub fn new(storage: Storage, room: usize) -> Self {
        match storage.physical {
            Physical::Boolean => Values::Booleans(BooleanBufferBuilder::new(0)),
            Physical::Int32 | Physical::Float => Values::Words(Vec::new()),
            Physical::Int64 | Physical::Double => Values::LongWords(Vec::new()),
            Physical::Int96 | Physical::FixedLenByteArray => {
                Values::Fixed(FixedArrays { width: storage.width, data: Vec::new(), count: 0 })
            }
            Physical::ByteArray => Values::Bytes(ByteArrays::new(room)),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Values::Booleans(values) => values.len(),
            Values::Words(values) => values.len(),
            Values::LongWords(values) => values.len(),
            Values::Fixed(values) => values.count,
            Values::Bytes(values) => values.offsets.len() - 1,
        }
    }

    /// Bytes whose number the column's width does not tell.
    pub fn data_size(&self) -> usize {
        if let Values::Bytes(values) = self { values.data.len() } else { 0 }
    }
}

impl Dictionary {
    pub fn new(storage: Storage, mut body: Bytes, count: usize) -> Decoded<Self> {
        Ok(match storage.physical {
            Physical::Boolean => return Err(Flaw::Corrupt("a column of booleans has a dictionary")),
            Physical::Int32 | Physical::Float => Dictionary::Words(Arc::new(words(&mut body, count)?)),
            Physical::Int64 | Physical::Double => Dictionary::LongWords(Arc::new(words(&mut body, count)?)),
            Physical::Int96 | Physical::FixedLenByteArray => {
                let data = cut(&mut body, count, storage.width)?.to_vec();
                Dictionary::Fixed(Arc::new(FixedArrays { width: storage.width, data, count }))
            }
            Physical::ByteArray => Dictionary::Bytes(Arc::new(ByteDictionary::new(body, count)?)),
        })
    }

    /// Bytes held.
    pub fn size(&self) -> usize {
        match self {
            Dictionary::Words(values) => values.len() * 4,
            Dictionary::LongWords(values) => values.len() * 8,
            Dictionary::Fixed(values) => values.data.len(),
            Dictionary::Bytes(values) => values.size(),
        }
    }
}

fn words<T: Word>(body: &mut Bytes, count: usize) -> Decoded<Vec<T>> {
    let mut values = Vec::new();
    Words::Plain(std::mem::take(body)).read(count, &mut values)?;
    Ok(values)
}

impl PageValues {
    /// The values of a page, which are `body`.
    pub fn new(
        storage: Storage,
        encoding: Encoding,
        dictionary: Option<&Dictionary>,
        body: Bytes,
    ) -> Decoded<Self> {
        if let Encoding::PlainDictionary | Encoding::RleDictionary = encoding {
            let indexes = Indexes::new(body)?;
            let dictionary =
                dictionary.ok_or(Flaw::Corrupt("a page needs a dictionary, and there is none"))?;
            return Ok(match dictionary.clone() {
                Dictionary::Words(values) => PageValues::Words(Words::Dictionary(indexes, values)),
                Dictionary::LongWords(values) => PageValues::LongWords(Words::Dictionary(indexes, values)),
                Dictionary::Fixed(values) => PageValues::Fixed(FixedValues::Dictionary(indexes, values)),
                Dictionary::Bytes(values) => PageValues::Bytes(ByteValues::Dictionary(indexes, values)),
            });
        }
        // A page of nulls has no values, and may lack even the head of its encoding.
        let encoding = if body.is_empty() { Encoding::Plain } else { encoding };
        match storage.physical {
            Physical::Boolean => booleans(encoding, body).map(PageValues::Booleans),
            Physical::Int32 => integers(encoding, body).map(PageValues::Words),
            Physical::Int64 => integers(encoding, body).map(PageValues::LongWords),
            Physical::Float => floats(encoding, body).map(PageValues::Words),
            Physical::Double => floats(encoding, body).map(PageValues::LongWords),
            Physical::Int96 if encoding == Encoding::Plain => Ok(PageValues::Fixed(FixedValues::Plain(body))),
            Physical::Int96 => Err(MISMATCH),
            Physical::FixedLenByteArray => fixed(encoding, body, storage.width).map(PageValues::Fixed),
            Physical::ByteArray => byte_arrays(encoding, body).map(PageValues::Bytes),
        }
    }

    /// Reads the next `count` values. Both are of the same column.
    pub fn read(&mut self, count: usize, out: &mut Values) -> Decoded<()> {
        match (self, out) {
            (PageValues::Booleans(from), Values::Booleans(out)) => from.read(count, out),
            (PageValues::Words(from), Values::Words(out)) => from.read(count, out),
            (PageValues::LongWords(from), Values::LongWords(out)) => from.read(count, out),
            (PageValues::Fixed(from), Values::Fixed(out)) => from.read(count, out),
            (PageValues::Bytes(from), Values::Bytes(out)) => from.read(count, out),
            _ => Err(MISMATCH),
        }
    }
}

const MISMATCH: Flaw = Flaw::Corrupt("a page has an encoding that its column's type does not have");

fn booleans(encoding: Encoding, body: Bytes) -> Decoded<Booleans> {
    match encoding {
        Encoding::Plain => Ok(Booleans::Plain { bytes: body, bit: 0 }),
        Encoding::Rle => Booleans::runs(body),
        _ => Err(MISMATCH),
    }
}

fn integers<T: Word>(encoding: Encoding, body: Bytes) -> Decoded<Words<T>> {
    match encoding {
        Encoding::DeltaBinaryPacked => Delta::new(body).map(Words::Delta),
        _ => floats(encoding, body),
    }
}

fn floats<T: Word>(encoding: Encoding, body: Bytes) -> Decoded<Words<T>> {
    match encoding {
        Encoding::Plain => Ok(Words::Plain(body)),
        Encoding::ByteStreamSplit => Split::new(body, T::SIZE).map(Words::Split),
        _ => Err(MISMATCH),
    }
}

fn fixed(encoding: Encoding, body: Bytes, width: usize) -> Decoded<FixedValues> {
    match encoding {
        Encoding::Plain => Ok(FixedValues::Plain(body)),
        Encoding::ByteStreamSplit => Split::new(body, width).map(FixedValues::Split),
        Encoding::DeltaByteArray => {
            ByteValues::delta(body).map(|values| FixedValues::Delta(Box::new(values)))
        }
        _ => Err(MISMATCH),
    }
}

fn byte_arrays(encoding: Encoding, body: Bytes) -> Decoded<ByteValues> {
    match encoding {
        Encoding::Plain => Ok(ByteValues::Plain { bytes: body, at: 0 }),
        Encoding::DeltaLengthByteArray => ByteValues::delta_length(body),
        Encoding::DeltaByteArray => ByteValues::delta(body),
        _ => Err(MISMATCH),
    }
}
