//! What a footer says: the schema, and where the columns of each row group are.

use super::annotation::{self, Annotation};
use super::flaw::{Decoded, Flaw};
use super::thrift::{STRUCT, Thrift};
use crate::table::types::MAX_DEPTH;

#[derive(Debug)]
pub struct Metadata {
    pub root: Element,
    pub rows: i64,
    pub groups: Vec<RowGroup>,
    /// The Arrow schema that writers of Arrow tables put here.
    pub arrow_schema: Option<String>,
    pub is_encrypted: bool,
}

/// A column, or a group of them.
#[derive(Debug, Default)]
pub struct Element {
    pub name: String,
    /// `None` for a group.
    pub physical: Option<Physical>,
    /// The width of values of [`Physical::FixedLenByteArray`].
    pub width: Option<i32>,
    pub repetition: Repetition,
    pub annotation: Annotation,
    pub children: Vec<Element>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Physical {
    Boolean,
    Int32,
    Int64,
    Int96,
    Float,
    Double,
    ByteArray,
    FixedLenByteArray,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Repetition {
    #[default]
    Required,
    Optional,
    Repeated,
}

#[derive(Debug, Default)]
pub struct RowGroup {
    pub rows: i64,
    pub columns: Vec<ColumnChunk>,
}

/// Where a column of a row group is in the file.
#[derive(Debug)]
pub struct ColumnChunk {
    pub codec: Codec,
    pub start: i64,
    pub compressed: i64,
    pub uncompressed: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    Uncompressed,
    Snappy,
    Gzip,
    Lzo,
    Brotli,
    /// As Hadoop frames it, or nobody knows how.
    Lz4,
    Zstd,
    Lz4Raw,
}

impl Element {
    /// How many columns it is, or has in it.
    pub fn leaves(&self) -> usize {
        let within = self.children.iter().map(Element::leaves).sum::<usize>();
        within + usize::from(self.physical.is_some())
    }
}

const ARROW_SCHEMA: &str = "ARROW:schema";
const INCOMPLETE: Flaw = Flaw::Corrupt("its footer lacks a field");
const NO_TREE: Flaw = Flaw::Corrupt("its schema is not the tree that it says it is");
const UNKNOWN: Flaw = Flaw::Corrupt("its footer has a number that stands for nothing");

/// Reads a footer.
pub fn read(footer: &[u8]) -> Decoded<Metadata> {
    let (mut elements, mut rows, mut groups, mut arrow_schema) = (Vec::new(), None, None, None);
    let mut is_encrypted = false;
    Thrift::new(footer).fields(|thrift, id, kind| {
        match id {
            2 => elements = list(thrift, kind, element)?,
            3 => rows = Some(thrift.i64(kind)?),
            4 => groups = Some(list(thrift, kind, row_group)?),
            5 => arrow_schema = list(thrift, kind, arrow_schema_of)?.into_iter().flatten().next(),
            8 => {
                is_encrypted = true;
                thrift.skip(kind)?;
            }
            _ => thrift.skip(kind)?,
        }
        Ok(())
    })?;
    let mut elements = elements.into_iter();
    let root = tree(&mut elements, MAX_DEPTH + 2)?;
    if elements.next().is_some() || root.physical.is_some() {
        return Err(NO_TREE);
    }
    let (rows, groups) = (rows.ok_or(INCOMPLETE)?, groups.ok_or(INCOMPLETE)?);
    Ok(Metadata { root, rows, groups, arrow_schema, is_encrypted })
}

fn list<'a, T>(
    thrift: &mut Thrift<'a>,
    kind: u8,
    read: impl Fn(&mut Thrift<'a>) -> Decoded<T>,
) -> Decoded<Vec<T>> {
    let (kind, length) = thrift.list(kind)?;
    if kind != STRUCT {
        return Err(Flaw::Corrupt("its footer has a list of something else"));
    }
    (0..length).map(|_| read(thrift)).collect()
}

/// An element, and how many of those behind it are its children.
fn element(thrift: &mut Thrift) -> Decoded<(Element, i32)> {
    let (mut element, mut children) = (Element::default(), 0);
    let (mut logical, mut converted) = (None, None);
    let (mut precision, mut scale) = (-1, -1);
    thrift.fields(|thrift, id, kind| {
        match id {
            1 => element.physical = Some(physical(thrift.i32(kind)?)?),
            2 => element.width = Some(thrift.i32(kind)?),
            3 => {
                element.repetition = match thrift.i32(kind)? {
                    0 => Repetition::Required,
                    1 => Repetition::Optional,
                    2 => Repetition::Repeated,
                    _ => return Err(UNKNOWN),
                }
            }
            4 => element.name = text(thrift, kind)?,
            5 => children = thrift.i32(kind)?,
            6 => converted = Some(thrift.i32(kind)?),
            7 => scale = thrift.i32(kind)?,
            8 => precision = thrift.i32(kind)?,
            10 => logical = Some(annotation::logical(thrift, kind)?),
            _ => thrift.skip(kind)?,
        }
        Ok(())
    })?;
    element.annotation = match (logical, converted) {
        (Some(logical), _) => logical,
        (None, Some(converted)) => annotation::converted(converted, precision, scale),
        (None, None) => Annotation::None,
    };
    Ok((element, children))
}

/// The next element with those that are within it.
fn tree(elements: &mut impl Iterator<Item = (Element, i32)>, depth: usize) -> Decoded<Element> {
    let depth = depth.checked_sub(1).ok_or(Flaw::Unsupported("columns nested too deep"))?;
    let (mut element, children) = elements.next().ok_or(NO_TREE)?;
    let is_root = depth == MAX_DEPTH + 1;
    if children < 0 || (children == 0 && element.physical.is_none() && !is_root) {
        return Err(NO_TREE);
    }
    if children > 0 {
        element.physical = None;
    }
    for _ in 0..children {
        element.children.push(tree(elements, depth)?);
    }
    Ok(element)
}

fn row_group(thrift: &mut Thrift) -> Decoded<RowGroup> {
    let (mut columns, mut rows) = (None, None);
    thrift.fields(|thrift, id, kind| {
        match id {
            1 => columns = Some(list(thrift, kind, column_chunk)?),
            3 => rows = Some(thrift.i64(kind)?),
            _ => thrift.skip(kind)?,
        }
        Ok(())
    })?;
    Ok(RowGroup { rows: rows.ok_or(INCOMPLETE)?, columns: columns.ok_or(INCOMPLETE)? })
}

fn column_chunk(thrift: &mut Thrift) -> Decoded<ColumnChunk> {
    let mut chunk = None;
    thrift.fields(|thrift, id, kind| match (id, kind) {
        (3, STRUCT) => column_metadata(thrift).map(|found| chunk = Some(found)),
        _ => thrift.skip(kind),
    })?;
    chunk.ok_or(INCOMPLETE)
}

fn column_metadata(thrift: &mut Thrift) -> Decoded<ColumnChunk> {
    let (mut codec, mut uncompressed, mut compressed, mut data, mut dictionary) =
        (None, None, None, None, None);
    thrift.fields(|thrift, id, kind| {
        match id {
            4 => codec = Some(self::codec(thrift.i32(kind)?)?),
            6 => uncompressed = Some(thrift.i64(kind)?),
            7 => compressed = Some(thrift.i64(kind)?),
            9 => data = Some(thrift.i64(kind)?),
            11 => dictionary = Some(thrift.i64(kind)?),
            _ => thrift.skip(kind)?,
        }
        Ok(())
    })?;
    Ok(ColumnChunk {
        codec: codec.ok_or(INCOMPLETE)?,
        start: dictionary.or(data).ok_or(INCOMPLETE)?,
        compressed: compressed.ok_or(INCOMPLETE)?,
        uncompressed: uncompressed.ok_or(INCOMPLETE)?,
    })
}

/// The value of a pair, if its key is that of an Arrow schema.
fn arrow_schema_of(thrift: &mut Thrift) -> Decoded<Option<String>> {
    let (mut is_schema, mut value) = (false, None);
    thrift.fields(|thrift, id, kind| {
        match id {
            1 => is_schema = thrift.binary(kind)? == ARROW_SCHEMA.as_bytes(),
            2 if is_schema => value = Some(text(thrift, kind)?),
            _ => thrift.skip(kind)?,
        }
        Ok(())
    })?;
    Ok(value)
}

fn text(thrift: &mut Thrift, kind: u8) -> Decoded<String> {
    let text = str::from_utf8(thrift.binary(kind)?);
    text.map(str::to_owned).map_err(|_| Flaw::Corrupt("its footer has a text that is not UTF-8"))
}

fn physical(number: i32) -> Decoded<Physical> {
    Ok(match number {
        0 => Physical::Boolean,
        1 => Physical::Int32,
        2 => Physical::Int64,
        3 => Physical::Int96,
        4 => Physical::Float,
        5 => Physical::Double,
        6 => Physical::ByteArray,
        7 => Physical::FixedLenByteArray,
        _ => return Err(UNKNOWN),
    })
}

fn codec(number: i32) -> Decoded<Codec> {
    Ok(match number {
        0 => Codec::Uncompressed,
        1 => Codec::Snappy,
        2 => Codec::Gzip,
        3 => Codec::Lzo,
        4 => Codec::Brotli,
        5 => Codec::Lz4,
        6 => Codec::Zstd,
        7 => Codec::Lz4Raw,
        _ => return Err(UNKNOWN),
    })
}
