//! Columns as they cross from JavaScript: in Arrow's own layout.

mod bytes;

use arrow::array::{ArrayData, ArrayRef, make_array};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer};
use arrow::datatypes::{BinaryType, DataType, LargeBinaryType, LargeUtf8Type, Utf8Type};

use crate::error::{Code, Error, Result};
use crate::table::value;

/// One column, or one node of a nested one.
#[derive(Debug, Clone, Default)]
pub struct Packed {
    pub length: usize,
    /// One bit a value, 1 for present; `None` where there are no nulls.
    pub validity: Option<Buffer>,
    /// The bit of the first value, in `validity` and in the values of booleans.
    pub bit_offset: usize,
    /// The buffers that Arrow's columnar format lists for the type, without the validity. They may be longer
    /// than needed, and begin at the first value; offsets need not begin at 0.
    pub buffers: Vec<Buffer>,
    /// The items of a list, the fields of a struct, or the one struct of entries of a map.
    pub children: Vec<Packed>,
    /// The values of a dictionary, whose keys are `buffers[0]`.
    pub dictionary: Option<Box<Packed>>,
}

impl Packed {
    /// The array of type `data_type` that this packs. A packed column is input like any other: lengths, offsets,
    /// keys and UTF-8 are checked, and what breaks Arrow's layout is [`Code::SourceCorrupt`] in `column`.
    pub fn into_array(self, data_type: &DataType, column: &str) -> Result<ArrayRef> {
        self.into_data(data_type, column).map(make_array)
    }

    fn into_data(self, data_type: &DataType, column: &str) -> Result<ArrayData> {
        let length = self.length;
        let corrupt = |what: &str| corrupt(column, what);
        let nulls = match &self.validity {
            Some(validity) if *data_type != DataType::Null => {
                let bits = bits(validity, self.bit_offset, length)
                    .ok_or_else(|| corrupt("the validity is shorter than the column"))?;
                Some(NullBuffer::new(BooleanBuffer::new(bits, 0, length)))
            }
            _ => None,
        };
        let buffers = trim(self.buffers, data_type, length, self.bit_offset).map_err(corrupt)?;
        let children = children(self.children, self.dictionary, data_type, length, column)?;
        let data = match data_type {
            DataType::Utf8 => bytes::array::<Utf8Type>(length, &buffers, nulls),
            DataType::LargeUtf8 => bytes::array::<LargeUtf8Type>(length, &buffers, nulls),
            DataType::Binary => bytes::array::<BinaryType>(length, &buffers, nulls),
            DataType::LargeBinary => bytes::array::<LargeBinaryType>(length, &buffers, nulls),
            _ => {
                let builder = ArrayData::builder(data_type.clone()).len(length).nulls(nulls);
                builder.buffers(buffers).child_data(children).align_buffers(true).build().ok()
            }
        };
        data.ok_or_else(|| corrupt("an offset, a key, a null or the encoding of a text is not valid"))
    }
}

fn corrupt(column: &str, what: &str) -> Error {
    let message = format!("a packed column breaks Arrow's layout: {what}");
    Error::new(Code::SourceCorrupt, message).in_column(column)
}

/// `length` bits from `offset`, as a buffer that begins with the first.
fn bits(buffer: &Buffer, offset: usize, length: usize) -> Option<Buffer> {
    let end = offset.checked_add(length)?;
    (end.div_ceil(8) <= buffer.len()).then(|| buffer.bit_slice(offset, length))
}

/// The buffers that `data_type` wants, cut to `length` values, so that what is behind them plays no part.
fn trim(
    mut buffers: Vec<Buffer>,
    data_type: &DataType,
    length: usize,
    bit_offset: usize,
) -> Result<Vec<Buffer>, &'static str> {
    let (count, is_variadic) = match data_type {
        DataType::Null | DataType::Struct(_) | DataType::FixedSizeList(..) => (0, false),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Binary | DataType::LargeBinary => (2, false),
        DataType::Utf8View | DataType::BinaryView => (1, true),
        DataType::Union(..) | DataType::RunEndEncoded(..) => return Err("its type is not supported"),
        DataType::ListView(_) | DataType::LargeListView(_) => return Err("its type is not supported"),
        _ => (1, false),
    };
    if buffers.len() < count || (!is_variadic && buffers.len() > count) {
        return Err("it does not have as many buffers as its type");
    }
    let Some(first) = buffers.first_mut() else { return Ok(buffers) };
    const SHORT: &str = "a buffer is shorter than the column";
    *first = match data_type {
        DataType::Boolean => bits(first, bit_offset, length).ok_or(SHORT)?,
        DataType::Utf8 | DataType::Binary | DataType::List(_) | DataType::Map(..) => {
            trim_offsets(first, length, 4).ok_or(SHORT)?
        }
        DataType::LargeUtf8 | DataType::LargeBinary | DataType::LargeList(_) => {
            trim_offsets(first, length, 8).ok_or(SHORT)?
        }
        _ => trim_values(first, length, width(data_type)?).ok_or(SHORT)?,
    };
    Ok(buffers)
}

/// The bytes of one value in the first buffer of a type of fixed width.
fn width(data_type: &DataType) -> Result<usize, &'static str> {
    match data_type {
        DataType::Utf8View | DataType::BinaryView => Some(16),
        DataType::Dictionary(key, _) => key.primitive_width(),
        fixed => value::width(fixed),
    }
    .ok_or("its type is not supported")
}

fn trim_values(buffer: &Buffer, length: usize, width: usize) -> Option<Buffer> {
    let bytes = length.checked_mul(width)?;
    (bytes <= buffer.len()).then(|| buffer.slice_with_length(0, bytes))
}

fn trim_offsets(buffer: &Buffer, length: usize, width: usize) -> Option<Buffer> {
    // Arrow lets an empty column do without its one offset.
    if length == 0 && buffer.is_empty() {
        return Some(buffer.clone());
    }
    trim_values(buffer, length.checked_add(1)?, width)
}

fn children(
    packed: Vec<Packed>,
    dictionary: Option<Box<Packed>>,
    data_type: &DataType,
    length: usize,
    column: &str,
) -> Result<Vec<ArrayData>> {
    let types: Vec<(String, &DataType)> = match data_type {
        DataType::List(item) | DataType::LargeList(item) => vec![(format!("{column}[]"), item.data_type())],
        DataType::FixedSizeList(item, count) => {
            let fits = usize::try_from(*count).ok().and_then(|count| count.checked_mul(length));
            fits.ok_or_else(|| corrupt(column, "it is longer than memory"))?;
            vec![(format!("{column}[]"), item.data_type())]
        }
        DataType::Map(entries, _) => vec![(column.to_owned(), entries.data_type())],
        DataType::Struct(fields) => {
            fields.iter().map(|field| (format!("{column}.{}", field.name()), field.data_type())).collect()
        }
        DataType::Dictionary(_, value) => {
            let Some(dictionary) = dictionary else {
                return Err(corrupt(column, "its dictionary is missing"));
            };
            return Ok(vec![dictionary.into_data(value, column)?]);
        }
        _ => Vec::new(),
    };
    if packed.len() != types.len() {
        return Err(corrupt(column, "it does not have as many children as its type"));
    }
    packed
        .into_iter()
        .zip(types)
        .map(|(child, (column, data_type))| child.into_data(data_type, &column))
        .collect()
}
