//! The options of the format as the parquet crate takes them.

use arrow::datatypes::Schema;
use parquet::arrow::add_encoded_arrow_schema_to_metadata;
use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{
    EnabledStatistics, WriterProperties, WriterPropertiesBuilder, WriterVersion,
};
use parquet::schema::types::{ColumnPath, SchemaDescriptor};

use crate::error::{Code, Error, Result};
use crate::plan::{ParquetCodec, ParquetColumn, ParquetOptions, Statistics};

const ARROW_SCHEMA: &str = "ARROW:schema";
/// For readers that know the writers of files they must be careful with.
const CREATED_BY: &str = concat!("tableport version ", env!("CARGO_PKG_VERSION"));

pub fn properties(
    options: &ParquetOptions,
    schema: &Schema,
    descriptor: &SchemaDescriptor,
) -> Result<WriterProperties> {
    let statistics = |column: &ParquetColumn| column.statistics.unwrap_or(options.statistics);
    let page_index = options.statistics == Statistics::Page
        || options.columns.iter().any(|c| statistics(c) == Statistics::Page);
    let mut builder = WriterProperties::builder()
        // Data pages of version 1: every reader has them, and nothing here needs the second.
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(compression(options.codec, options.level)?)
        .set_data_page_size_limit(options.page_size)
        .set_dictionary_enabled(options.dictionary)
        .set_statistics_enabled(enabled(options.statistics))
        .set_offset_index_disabled(!page_index)
        .set_key_value_metadata(metadata(options)?);
    if options.bloom_filters {
        builder = builder.set_bloom_filter_max_ndv(options.row_group_rows);
    }
    for column in &options.columns {
        builder = override_column(builder, column, options, descriptor)?;
    }
    let mut properties = builder.build();
    add_encoded_arrow_schema_to_metadata(schema, &mut properties);
    Ok(properties)
}

/// Settles the leaves below a column of the table.
fn override_column(
    mut builder: WriterPropertiesBuilder,
    column: &ParquetColumn,
    options: &ParquetOptions,
    descriptor: &SchemaDescriptor,
) -> Result<WriterPropertiesBuilder> {
    let is_below = |path: &&ColumnPath| path.parts().first() == Some(&column.name);
    let leaves: Vec<_> =
        descriptor.columns().iter().map(|leaf| leaf.path()).filter(is_below).cloned().collect();
    if leaves.is_empty() {
        let message = "parquet.columns names a column that is not exported";
        let field = format!("parquet.columns.{}", column.name);
        return Err(Error::new(Code::ConfigUnknownColumn, message).at_field(field).in_column(&column.name));
    }
    let codec = column.codec.unwrap_or(options.codec);
    let inherited = if codec == options.codec { options.level } else { None };
    let compression = compression(codec, column.level.or(inherited))?;
    for leaf in leaves {
        builder = builder.set_column_compression(leaf.clone(), compression);
        if let Some(dictionary) = column.dictionary {
            builder = builder.set_column_dictionary_enabled(leaf.clone(), dictionary);
        }
        if let Some(statistics) = column.statistics {
            builder = builder.set_column_statistics_enabled(leaf.clone(), enabled(statistics));
        }
        builder = match column.bloom_filter {
            Some(true) => builder.set_column_bloom_filter_max_ndv(leaf, options.row_group_rows),
            Some(false) => builder.set_column_bloom_filter_enabled(leaf, false),
            None => builder,
        };
    }
    Ok(builder)
}

fn compression(codec: ParquetCodec, level: Option<u32>) -> Result<Compression> {
    Ok(match codec {
        ParquetCodec::None => Compression::UNCOMPRESSED,
        ParquetCodec::Snappy => Compression::SNAPPY,
        ParquetCodec::Gzip => {
            Compression::GZIP(GzipLevel::try_new(level.unwrap_or(6)).map_err(super::failed)?)
        }
        ParquetCodec::Zstd => {
            Compression::ZSTD(ZstdLevel::try_new(level.unwrap_or(3) as i32).map_err(super::failed)?)
        }
        ParquetCodec::Lz4Raw => Compression::LZ4_RAW,
    })
}

fn enabled(statistics: Statistics) -> EnabledStatistics {
    match statistics {
        Statistics::None => EnabledStatistics::None,
        Statistics::Chunk => EnabledStatistics::Chunk,
        Statistics::Page => EnabledStatistics::Page,
    }
}

fn metadata(options: &ParquetOptions) -> Result<Option<Vec<KeyValue>>> {
    if options.metadata.iter().any(|(key, _)| key == ARROW_SCHEMA) {
        let message = "parquet.metadata has a key that holds the Arrow schema, which is written by itself";
        let field = format!("parquet.metadata.{ARROW_SCHEMA}");
        return Err(Error::new(Code::ConfigInvalidValue, message).at_field(field));
    }
    let pair = |(key, value): &(String, String)| KeyValue::new(key.clone(), value.clone());
    Ok(Some(options.metadata.iter().map(pair).collect()))
}
