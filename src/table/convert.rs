//! Columns of one type as columns of another, exactly.
//!
//! | from                    | to                                                                            |
//! |-------------------------|-------------------------------------------------------------------------------|
//! | null                    | anything                                                                      |
//! | anything                | null, where nothing else is there                                             |
//! | integers                | integers, decimals, floats; as counts of its unit a date, time, timestamp or  |
//! |                         | duration, of months `interval[year_month]`                                    |
//! | decimals                | decimals, integers                                                            |
//! | floats                  | floats, integers; decimals, by their shortest text                            |
//! | timestamps, dates       | timestamps of any unit and zone, dates                                        |
//! | times, durations        | the same in another unit                                                      |
//! | strings                 | `string`, `large_string`, `string_view`                                       |
//! | binary                  | `binary`, `large_binary`, `binary_view`; `fixed_binary` of their length       |
//! | strings                 | what their text says, as csv and jsonl are written                            |
//! | lists, structs, maps    | lists of any kind, structs of the same fields, maps, of what is converted     |
//! | structs                 | intervals, of `months`, of `days` and `milliseconds`, or of `months`, `days`  |
//! |                         | and `nanoseconds`; what is null is 0                                          |
//! | dictionaries            | what their values may become                                                  |
//! | what may become `V`     | `dictionary<K, V>`, its keys of 32 or 64 bits                                 |
//!
//! Each value either stays what it is or is an error with its row: nothing is cut or wrapped. The one rounding is that
//! which a declared float asks for: `float16` and `float32` take the nearest value to any number that a `float64`
//! holds, and refuse what would become infinite. A dictionary has a key for each row: files hold its values, and
//! whether narrower keys suffice would depend on how many rows come at once.

mod decimals;
mod floats;
mod interval;
mod json;
mod nested;
mod numbers;
mod text;

use arrow::array::{Array, ArrayData, ArrayRef, AsArray, make_array, new_empty_array, new_null_array};
use arrow::buffer::{Buffer, MutableBuffer};
use arrow::datatypes::DataType;

use crate::error::{Code, Error, Result};
use crate::table::views::views;
use crate::table::{pick, types, value};

/// Why a column cannot be converted.
enum Misfit {
    /// Its type never can.
    Type,
    /// The value in this row cannot.
    Row(usize),
}

type Converted = Result<ArrayRef, Misfit>;

/// `array` as `target`. Fails with [`Code::ConfigCannotConvert`] where there is no way between the types, and
/// with [`Code::SourceTypeChanged`] at a value that would not stay what it is; `first_row` is the place of the
/// array's first value in the table.
pub fn convert(array: &ArrayRef, target: &DataType, column: &str, first_row: u64) -> Result<ArrayRef> {
    converted(array, target).map_err(|misfit| match misfit {
        Misfit::Type => no_way(array.data_type(), target, column),
        Misfit::Row(row) => {
            let to = types::print(target);
            let message =
                format!("a value of the column cannot become {to}, which schema asks for, unchanged");
            Error::new(Code::SourceTypeChanged, message).at_row(first_row + row as u64).in_column(column)
        }
    })
}

/// Fails with [`Code::ConfigCannotConvert`] where [`convert`] would do so for any values.
pub fn judge(from: &DataType, target: &DataType, column: &str) -> Result<()> {
    converted(&new_empty_array(from), target).map(|_| ()).map_err(|_| no_way(from, target, column))
}

fn no_way(from: &DataType, target: &DataType, column: &str) -> Error {
    let (from, to) = (types::print(from), types::print(target));
    let message = format!("schema makes the column {to}, which {from} cannot become without loss");
    Error::new(Code::ConfigCannotConvert, message).at_field(format!("schema.{column}")).in_column(column)
}

fn converted(array: &ArrayRef, target: &DataType) -> Converted {
    use DataType::*;
    match (array.data_type(), target) {
        (from, to) if from == to => Ok(array.clone()),
        (Null, _) => Ok(new_null_array(target, array.len())),
        (_, Null) => match (0..array.len()).find(|row| array.is_valid(*row)) {
            Some(row) => Err(Misfit::Row(row)),
            None => Ok(new_null_array(target, array.len())),
        },
        (Dictionary(..), _) => {
            let dictionary = array.as_any_dictionary();
            let values = pick::flat(dictionary).map_err(|_| Misfit::Type)?;
            converted(&values, target)
        }
        (_, Dictionary(key, value)) => {
            let values = converted(array, value)?;
            keyed(&values, target, key)
        }
        (Utf8 | LargeUtf8 | Utf8View, Utf8 | LargeUtf8 | Utf8View) => bytes(array, target),
        (Utf8, _) => text::parse(array.as_string(), target),
        (LargeUtf8 | Utf8View, _) => converted(&bytes(array, &Utf8)?, target),
        (
            Binary | LargeBinary | BinaryView | FixedSizeBinary(_),
            Binary | LargeBinary | BinaryView | FixedSizeBinary(_),
        ) => bytes(array, target),
        (List(_) | LargeList(_) | FixedSizeList(..), List(_) | LargeList(_) | FixedSizeList(..)) => {
            nested::list(array, target)
        }
        (Struct(_), Struct(fields)) => nested::structs(array.as_struct(), fields),
        (Struct(_), Interval(unit)) => interval::of_parts(array.as_struct(), *unit),
        (Map(..), Map(entries, is_sorted)) => nested::map(array, entries, *is_sorted),
        _ => numbers::number(array, target),
    }
}

/// Texts or binaries, laid out in another way.
fn bytes(array: &ArrayRef, target: &DataType) -> Converted {
    let data = array.to_data();
    let value = |row| value::bytes(&data, row).unwrap_or_default();
    match target {
        DataType::FixedSizeBinary(_) => numbers::collect(array, target, &mut |row, bytes| {
            let value = value(row);
            (value.len() == bytes.len()).then(|| bytes.copy_from_slice(value))
        }),
        DataType::Utf8View | DataType::BinaryView => {
            let is_text = *target == DataType::Utf8View;
            let values = bytes(array, if is_text { &DataType::Utf8 } else { &DataType::Binary })?;
            views(&values, target).map_err(|_| Misfit::Type)
        }
        _ => {
            let is_large = matches!(target, DataType::LargeUtf8 | DataType::LargeBinary);
            let (width, most) = if is_large { (8, usize::MAX) } else { (4, i32::MAX as usize) };
            let mut offsets = MutableBuffer::from_len_zeroed(width);
            let mut bytes = Vec::new();
            for row in 0..array.len() {
                if array.is_valid(row) {
                    bytes.extend_from_slice(value(row));
                }
                if bytes.len() > most {
                    return Err(Misfit::Row(row));
                }
                offsets.extend_from_slice(&(bytes.len() as u64).to_le_bytes()[..width]);
            }
            let data = ArrayData::builder(target.clone()).len(array.len()).nulls(array.nulls().cloned());
            let data = data.add_buffer(offsets.into()).add_buffer(Buffer::from_vec(bytes)).build();
            data.map(make_array).map_err(|_| Misfit::Type)
        }
    }
}

/// A dictionary of type `target` in which each row has its own value.
fn keyed(values: &ArrayRef, target: &DataType, keys: &DataType) -> Converted {
    let (width, most) = match keys {
        DataType::Int32 => (4, i32::MAX as u64),
        DataType::UInt32 => (4, u32::MAX.into()),
        DataType::Int64 => (8, i64::MAX as u64),
        DataType::UInt64 => (8, u64::MAX),
        _ => return Err(Misfit::Type),
    };
    let rows = values.len() as u64;
    if rows > most {
        return Err(Misfit::Row(most as usize));
    }
    let mut keys = MutableBuffer::with_capacity(values.len() * width);
    (0..rows).for_each(|row| keys.extend_from_slice(&row.to_le_bytes()[..width]));
    let data = ArrayData::builder(target.clone()).len(values.len()).nulls(values.logical_nulls());
    let data = data.add_buffer(keys.into()).add_child_data(values.to_data()).build();
    data.map(make_array).map_err(|_| Misfit::Type)
}
