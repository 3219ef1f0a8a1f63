//! The header of a page.

use super::flaw::{Decoded, Flaw};
use super::thrift::{STRUCT, Thrift};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Plain,
    PlainDictionary,
    Rle,
    BitPacked,
    DeltaBinaryPacked,
    DeltaLengthByteArray,
    DeltaByteArray,
    RleDictionary,
    ByteStreamSplit,
}

#[derive(Debug)]
pub struct PageHeader {
    pub kind: PageKind,
    pub uncompressed: usize,
    pub compressed: usize,
    pub crc: Option<u32>,
}

#[derive(Debug)]
pub enum PageKind {
    Data(DataPage),
    DataV2(DataPageV2),
    Dictionary {
        values: usize,
        encoding: Encoding,
    },
    /// An index page, or one of a kind that this was not written for.
    Other,
}

#[derive(Debug)]
pub struct DataPage {
    pub values: usize,
    pub encoding: Encoding,
    pub definition_levels: Encoding,
    pub repetition_levels: Encoding,
}

#[derive(Debug)]
pub struct DataPageV2 {
    pub values: usize,
    pub encoding: Encoding,
    /// Bytes of the definition and of the repetition levels.
    pub definition_levels: usize,
    pub repetition_levels: usize,
    pub is_compressed: bool,
}

const INCOMPLETE: Flaw = Flaw::Corrupt("a page's header lacks a field");

/// The header at the start of `bytes`, and its length.
pub fn read(bytes: &[u8]) -> Decoded<(PageHeader, usize)> {
    let mut thrift = Thrift::new(bytes);
    let (mut kind, mut uncompressed, mut compressed, mut crc) = (None, None, None, None);
    let mut numbers = Numbers::default();
    thrift.fields(|thrift, id, field| {
        match id {
            1 => kind = Some(thrift.i32(field)?),
            2 => uncompressed = Some(size(thrift.i32(field)?)?),
            3 => compressed = Some(size(thrift.i32(field)?)?),
            4 => crc = Some(thrift.i32(field)? as u32),
            5 | 7 | 8 => numbers = Numbers::read(thrift, field)?,
            _ => thrift.skip(field)?,
        }
        Ok(())
    })?;
    let kind = match kind.ok_or(INCOMPLETE)? {
        0 => PageKind::Data(numbers.data()?),
        2 => PageKind::Dictionary { values: numbers.size(1)?, encoding: numbers.encoding(2)? },
        3 => PageKind::DataV2(numbers.data_v2()?),
        _ => PageKind::Other,
    };
    let (uncompressed, compressed) = (uncompressed.ok_or(INCOMPLETE)?, compressed.ok_or(INCOMPLETE)?);
    Ok((PageHeader { kind, uncompressed, compressed, crc }, thrift.position()))
}

fn size(value: i32) -> Decoded<usize> {
    usize::try_from(value).map_err(|_| Flaw::Corrupt("a page has a negative size"))
}

/// The fields 1 to 7 of the header of a kind of pages: all but a few are 32-bit integers.
#[derive(Default)]
struct Numbers {
    numbers: [Option<i32>; 8],
    is_compressed: Option<bool>,
}

impl Numbers {
    fn read(thrift: &mut Thrift, kind: u8) -> Decoded<Numbers> {
        if kind != STRUCT {
            return Err(INCOMPLETE);
        }
        let mut read = Numbers::default();
        thrift.fields(|thrift, id, field| {
            match id {
                1..=7 if field == super::thrift::I32 => read.numbers[id as usize] = Some(thrift.i32(field)?),
                7 => read.is_compressed = Some(thrift.bool(field)?),
                _ => thrift.skip(field)?,
            }
            Ok(())
        })?;
        Ok(read)
    }

    fn size(&self, id: usize) -> Decoded<usize> {
        size(self.numbers[id].ok_or(INCOMPLETE)?)
    }

    fn encoding(&self, id: usize) -> Decoded<Encoding> {
        Ok(match self.numbers[id].ok_or(INCOMPLETE)? {
            0 => Encoding::Plain,
            2 => Encoding::PlainDictionary,
            3 => Encoding::Rle,
            4 => Encoding::BitPacked,
            5 => Encoding::DeltaBinaryPacked,
            6 => Encoding::DeltaLengthByteArray,
            7 => Encoding::DeltaByteArray,
            8 => Encoding::RleDictionary,
            9 => Encoding::ByteStreamSplit,
            _ => return Err(Flaw::Corrupt("a page has an encoding that the format does not have")),
        })
    }

    fn data(&self) -> Decoded<DataPage> {
        Ok(DataPage {
            values: self.size(1)?,
            encoding: self.encoding(2)?,
            definition_levels: self.encoding(3)?,
            repetition_levels: self.encoding(4)?,
        })
    }

    fn data_v2(&self) -> Decoded<DataPageV2> {
        Ok(DataPageV2 {
            values: self.size(1)?,
            encoding: self.encoding(4)?,
            definition_levels: self.size(5)?,
            repetition_levels: self.size(6)?,
            is_compressed: self.is_compressed.unwrap_or(true),
        })
    }
}
