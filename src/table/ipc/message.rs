//! What the metadata of messages says: the tables of Arrow's `Message.fbs`.

use super::flatbuffer::{Broken, Table};
use super::{corrupt, unsupported};
use crate::error::Result;

/// The first version whose messages are laid out as today's.
const V4: i16 = 3;

pub struct Message<'a> {
    version: i16,
    pub header: Header<'a>,
    pub body_length: i64,
}

pub enum Header<'a> {
    Schema(Table<'a>),
    Dictionary(Dictionary<'a>),
    Rows(Rows<'a>),
    Other,
}

pub struct Dictionary<'a> {
    pub id: i64,
    pub values: Rows<'a>,
    /// Whether it is added to the one before it.
    pub is_delta: bool,
}

/// Columns, of rows or of a dictionary's values: their nodes and buffers lie one behind the other.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    pub length: i64,
    nodes: &'a [[u8; 16]],
    buffers: &'a [[u8; 16]],
    views: &'a [[u8; 8]],
    pub codec: Option<Codec>,
    /// Unions had a validity once.
    pub is_v4: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    Lz4Frame,
    Zstd,
}

impl<'a> Message<'a> {
    /// Fails where the metadata cannot be read, or is of a version of long ago.
    pub fn read(metadata: &'a [u8]) -> Result<Self> {
        let message = Message::of(metadata).map_err(|_| corrupt("a message cannot be read"))?;
        if message.version < V4 {
            return Err(unsupported("the Arrow source is of a version before 0.8"));
        }
        Ok(message)
    }

    fn of(metadata: &'a [u8]) -> Result<Self, Broken> {
        let message = Table::root(metadata)?;
        let version = message.i16(0, 0)?;
        let header = || message.table(2)?.ok_or(Broken);
        let header = match message.u8(1)? {
            1 => Header::Schema(header()?),
            2 => {
                let header = header()?;
                let values = Rows::of(&header.table(1)?.ok_or(Broken)?, version)?;
                Header::Dictionary(Dictionary { id: header.i64(0)?, values, is_delta: header.bool(2)? })
            }
            3 => Header::Rows(Rows::of(&header()?, version)?),
            _ => Header::Other,
        };
        Ok(Message { version, header, body_length: message.i64(3)? })
    }
}

impl<'a> Rows<'a> {
    fn of(batch: &Table<'a>, version: i16) -> Result<Self, Broken> {
        let codec = match batch.table(3)? {
            None => None,
            Some(compression) => match compression.u8(0)? {
                0 => Some(Codec::Lz4Frame),
                1 => Some(Codec::Zstd),
                _ => return Err(Broken),
            },
        };
        Ok(Rows {
            length: batch.i64(0)?,
            nodes: batch.list(1)?,
            buffers: batch.list(2)?,
            views: batch.list(4)?,
            codec,
            is_v4: version == V4,
        })
    }

    /// The length of each node.
    pub fn lengths(&self) -> impl Iterator<Item = i64> + use<'a> {
        self.nodes.iter().map(|node| pair(node).0)
    }

    /// Where each buffer begins in the body, and its length.
    pub fn buffers(&self) -> impl Iterator<Item = (i64, i64)> + use<'a> {
        self.buffers.iter().map(pair)
    }

    /// How many buffers of values each column of views has.
    pub fn views(&self) -> impl Iterator<Item = i64> + use<'a> {
        self.views.iter().copied().map(i64::from_le_bytes)
    }

    /// The length and the number of nulls of the next node, which is taken out.
    pub fn next_node(&mut self) -> Option<(i64, i64)> {
        self.nodes.split_off_first().map(pair)
    }

    /// The next buffer, in the same way.
    pub fn next_buffer(&mut self) -> Option<(i64, i64)> {
        self.buffers.split_off_first().map(pair)
    }

    /// The next number of views, in the same way.
    pub fn next_views(&mut self) -> Option<i64> {
        self.views.split_off_first().copied().map(i64::from_le_bytes)
    }
}

fn pair(bytes: &[u8; 16]) -> (i64, i64) {
    let bytes = u128::from_le_bytes(*bytes);
    (bytes as i64, (bytes >> 64) as i64)
}
