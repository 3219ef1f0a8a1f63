//! The options of the format, settled for each leaf column.

use super::arrow_schema;
use super::schema::Leaf;
use crate::compress::codec::{Codec, Recipe};
use crate::error::{Code, Error, Result};
use crate::plan::{ParquetCodec, ParquetColumn, ParquetOptions, Statistics};

/// Bytes by which a dictionary is judged: at least, and at most.
const JUDGED_BYTES: (u64, u64) = (4 << 10, 128 << 10);

/// A codec and its level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compression {
    pub codec: ParquetCodec,
    pub level: Option<u32>,
}

impl Compression {
    /// The number that the format gives the codec.
    pub fn number(self) -> i32 {
        match self.codec {
            ParquetCodec::None => 0,
            ParquetCodec::Snappy => 1,
            ParquetCodec::Gzip => 2,
            ParquetCodec::Zstd => 6,
            ParquetCodec::Lz4Raw => 7,
        }
    }

    /// How pages are compressed, if they are.
    pub fn recipe(self) -> Option<Recipe> {
        let of = |codec, level: u32| Some(Recipe::new(codec, self.level.unwrap_or(level)));
        match self.codec {
            ParquetCodec::None => None,
            ParquetCodec::Snappy => of(Codec::Snappy, 0),
            ParquetCodec::Gzip => of(Codec::Gzip, 6),
            ParquetCodec::Zstd => of(Codec::Zstd, 3),
            ParquetCodec::Lz4Raw => of(Codec::Lz4Raw, 0),
        }
    }
}

/// How a leaf column is written.
#[derive(Debug, Clone)]
pub struct ColumnSettings {
    pub compression: Compression,
    pub dictionary: bool,
    pub statistics: Statistics,
    /// The most values that its bloom filter is made for.
    pub bloom_filter: Option<u64>,
    /// Bytes of a page before compression at about which it is ended.
    pub page_size: usize,
    /// Bytes of values by which it is judged whether a dictionary pays. What is in a dictionary takes its memory several
    /// times until then, so of many columns each has fewer.
    pub judged_bytes: usize,
    /// Whether pages are listed with their places: where any column has statistics of pages.
    pub offset_index: bool,
}

/// The settings of each leaf. Fails where a column is named that is not there.
pub fn of_columns(options: &ParquetOptions, leaves: &[Leaf]) -> Result<Vec<ColumnSettings>> {
    let named = |column: &ParquetColumn| leaves.iter().any(|leaf| leaf.path[0] == column.name);
    if let Some(stranger) = options.columns.iter().find(|column| !named(column)) {
        let message = "parquet.columns names a column that is not exported";
        let field = format!("parquet.columns.{}", stranger.name);
        return Err(Error::new(Code::ConfigUnknownColumn, message).at_field(field).in_column(&stranger.name));
    }
    let none = ParquetColumn::default();
    let of = |leaf: &Leaf| {
        let named = options.columns.iter().find(|column| column.name == leaf.path[0]);
        of_column(options, named.unwrap_or(&none))
    };
    let mut settings: Vec<ColumnSettings> = leaves.iter().map(of).collect();
    let share = options.row_group_room / (8 * leaves.len().max(1) as u64);
    let judged_bytes = share.clamp(JUDGED_BYTES.0, JUDGED_BYTES.1) as usize;
    settings.iter_mut().for_each(|column| column.judged_bytes = judged_bytes);
    let has_pages = options.statistics == Statistics::Page
        || settings.iter().any(|column| column.statistics == Statistics::Page);
    settings.iter_mut().for_each(|column| column.offset_index = has_pages);
    Ok(settings)
}

fn of_column(options: &ParquetOptions, column: &ParquetColumn) -> ColumnSettings {
    let codec = column.codec.unwrap_or(options.codec);
    let inherited = if codec == options.codec { options.level } else { None };
    ColumnSettings {
        compression: Compression { codec, level: column.level.or(inherited) },
        dictionary: column.dictionary.unwrap_or(options.dictionary),
        statistics: column.statistics.unwrap_or(options.statistics),
        bloom_filter: column.bloom_filter.unwrap_or(options.bloom_filters).then_some(options.row_group_rows),
        page_size: options.page_size,
        judged_bytes: JUDGED_BYTES.1 as usize,
        offset_index: false,
    }
}

/// The metadata that was asked for. Fails where a key is taken.
pub fn key_values(options: &ParquetOptions) -> Result<Vec<(String, String)>> {
    if options.metadata.iter().any(|(key, _)| key == arrow_schema::KEY) {
        let message = "parquet.metadata has a key that holds the Arrow schema, which is written by itself";
        let field = format!("parquet.metadata.{}", arrow_schema::KEY);
        return Err(Error::new(Code::ConfigInvalidValue, message).at_field(field));
    }
    Ok(options.metadata.clone())
}
