//! What decoding may come upon, before it is known in which column.

use crate::error::{Code, Error};

pub type Decoded<T> = Result<T, Flaw>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Bytes that break the rules of the format.
    Corrupt(&'static str),
    /// What the format allows, and is not read.
    Unsupported(&'static str),
    /// The rows asked for take more than there is room for.
    NoRoom,
    /// Something that cannot be had in smaller pieces, of so many bytes.
    TooLarge(usize),
    /// The value in this slot does not fit the type of its column.
    Misfit(usize),
}

/// Where a flaw was found.
pub struct Place<'a> {
    pub column: &'a str,
    pub row_group: usize,
    /// The row of slot 0, where each slot is a row.
    pub first_row: Option<u64>,
    pub memory_limit: usize,
}

impl Flaw {
    pub fn at(self, place: &Place) -> Error {
        let (code, message) = match self {
            Flaw::Corrupt(what) => (
                Code::SourceCorrupt,
                format!("the parquet source is corrupt: {what}, in row group {}", place.row_group),
            ),
            Flaw::Unsupported(what) => {
                (Code::SourceUnsupported, format!("the parquet source has {what}, which cannot be read"))
            }
            Flaw::NoRoom => (
                Code::LimitExceeded,
                format!(
                    "a row of the parquet source takes more than memoryLimit, which is {}",
                    place.memory_limit
                ),
            ),
            Flaw::TooLarge(size) => {
                let limit = place.memory_limit;
                (
                    Code::LimitExceeded,
                    format!("a page of the parquet source takes {size} bytes, and memoryLimit is {limit}"),
                )
            }
            Flaw::Misfit(_) => (
                Code::SourceTypeChanged,
                "a value does not fit the type of its column; timestamp[ns] by schema may hold it".to_owned(),
            ),
        };
        let error = Error::new(code, message).in_column(place.column);
        match (self, place.first_row) {
            (Flaw::Misfit(slot), Some(first_row)) => error.at_row(first_row + slot as u64),
            _ => error,
        }
    }
}
