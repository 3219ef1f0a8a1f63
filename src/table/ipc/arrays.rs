//! The buffers of a message's body as arrays.

use std::collections::HashMap;
use std::io::Read;

use arrow::array::{Array, ArrayData, ArrayRef, layout, make_array, new_empty_array};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer};
use arrow::datatypes::{DataType, Field};
use lz4_flex::frame::FrameDecoder;

use super::message::{Codec, Rows};
use super::{broken, corrupt, dictionaries, unsupported};
use crate::error::Result;

/// Columns that lie one behind the other in a body, and are taken out one by one.
pub struct Columns<'a> {
    rows: Rows<'a>,
    body: &'a Buffer,
    dictionaries: &'a HashMap<i64, ArrayRef>,
}

impl<'a> Columns<'a> {
    /// `dictionaries` are by their ids. A column of nulls does without one.
    pub fn new(rows: Rows<'a>, body: &'a Buffer, dictionaries: &'a HashMap<i64, ArrayRef>) -> Self {
        Columns { rows, body, dictionaries }
    }

    /// The next column. Lengths, offsets, keys and UTF-8 are checked.
    pub fn take(&mut self, field: &Field) -> Result<ArrayRef> {
        self.array(field).map(make_array)
    }

    fn array(&mut self, field: &Field) -> Result<ArrayData> {
        let data_type = field.data_type();
        let (length, nulls) = self.node()?;
        let layout = layout(data_type);
        let nulls = if layout.can_contain_null_mask { self.nulls(length, nulls)? } else { None };
        let count = layout.buffers.len() + if layout.variadic { self.views()? } else { 0 };
        let buffers = (0..count).map(|_| self.buffer()).collect::<Result<Vec<_>>>()?;
        let children = match data_type {
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                vec![self.array(item)?]
            }
            DataType::Map(entries, _) => vec![self.array(entries)?],
            DataType::Struct(fields) => {
                fields.iter().map(|field| self.array(field)).collect::<Result<_>>()?
            }
            DataType::Dictionary(_, values) => {
                let id = dictionaries::dictionary_of(field).map(|(id, _)| id);
                let dictionary = id.and_then(|id| self.dictionaries.get(&id).cloned());
                vec![dictionary.unwrap_or_else(|| new_empty_array(values)).to_data()]
            }
            DataType::Union(..)
            | DataType::RunEndEncoded(..)
            | DataType::ListView(_)
            | DataType::LargeListView(_) => {
                return Err(unsupported("the Arrow source holds a type that cannot be read"));
            }
            _ => Vec::new(),
        };
        ArrayData::builder(data_type.clone())
            .len(length)
            .nulls(nulls)
            .buffers(buffers)
            .child_data(children)
            .align_buffers(true)
            .build()
            .map_err(broken)
    }

    /// Passes over the next column.
    pub fn skip(&mut self, data_type: &DataType) -> Result<()> {
        self.node()?;
        let layout = layout(data_type);
        let had_validity = self.rows.is_v4 && matches!(data_type, DataType::Union(..));
        let validity = usize::from(layout.can_contain_null_mask || had_validity);
        let views = if layout.variadic { self.views()? } else { 0 };
        for _ in 0..validity + layout.buffers.len() + views {
            self.rows.next_buffer();
        }
        match data_type {
            DataType::List(item)
            | DataType::LargeList(item)
            | DataType::ListView(item)
            | DataType::LargeListView(item)
            | DataType::FixedSizeList(item, _)
            | DataType::Map(item, _) => self.skip(item.data_type()),
            DataType::Struct(fields) => fields.iter().try_for_each(|field| self.skip(field.data_type())),
            DataType::Union(fields, _) => {
                fields.iter().try_for_each(|(_, field)| self.skip(field.data_type()))
            }
            DataType::RunEndEncoded(ends, values) => {
                self.skip(ends.data_type())?;
                self.skip(values.data_type())
            }
            _ => Ok(()),
        }
    }

    /// The length and the number of nulls of the next node.
    fn node(&mut self) -> Result<(usize, usize)> {
        let node = self.rows.next_node();
        let numbers =
            node.and_then(|(length, nulls)| Some((length.try_into().ok()?, nulls.try_into().ok()?)));
        numbers.ok_or_else(|| corrupt("a batch has no node for a column"))
    }

    fn views(&mut self) -> Result<usize> {
        let count = self.rows.next_views().and_then(|count| usize::try_from(count).ok());
        count
            .filter(|count| *count <= self.body.len())
            .ok_or_else(|| corrupt("a column of views has no number of buffers"))
    }

    fn nulls(&mut self, length: usize, count: usize) -> Result<Option<NullBuffer>> {
        let validity = self.buffer()?;
        if count == 0 {
            return Ok(None);
        }
        if validity.len() < length.div_ceil(8) {
            return Err(corrupt("a validity is shorter than its column"));
        }
        let nulls = NullBuffer::new(BooleanBuffer::new(validity, 0, length));
        if nulls.null_count() != count {
            return Err(corrupt("a column has another number of nulls than its validity"));
        }
        Ok(Some(nulls))
    }

    fn buffer(&mut self) -> Result<Buffer> {
        let span = self.rows.next_buffer().and_then(|(start, length)| {
            let (start, length) = (usize::try_from(start).ok()?, usize::try_from(length).ok()?);
            (start.checked_add(length)? <= self.body.len()).then_some((start, length))
        });
        let (start, length) = span.ok_or_else(|| corrupt("a buffer is not in its body"))?;
        let buffer = self.body.slice_with_length(start, length);
        match self.rows.codec {
            Some(codec) if !buffer.is_empty() => decompressed(codec, &buffer),
            _ => Ok(buffer),
        }
    }
}

/// A buffer without its compression. It begins with the length that it then has, or with -1 where it is stored as
/// it is.
fn decompressed(codec: Codec, buffer: &Buffer) -> Result<Buffer> {
    let damaged = || corrupt("a buffer cannot be decompressed");
    let (length, bytes) = buffer.split_first_chunk().ok_or_else(damaged)?;
    let length = match i64::from_le_bytes(*length) {
        -1 => return Ok(buffer.slice(length.len())),
        0 => return Ok(Buffer::from(&[])),
        length => usize::try_from(length).map_err(|_| damaged())?,
    };
    let values = match codec {
        Codec::Zstd => zstd::bulk::decompress(bytes, length).map_err(|_| damaged())?,
        Codec::Lz4Frame => {
            let mut values = Vec::with_capacity(length);
            let mut frame = FrameDecoder::new(bytes).take(length as u64 + 1);
            frame.read_to_end(&mut values).map_err(|_| damaged())?;
            values
        }
    };
    if values.len() == length { Ok(Buffer::from_vec(values)) } else { Err(damaged()) }
}
