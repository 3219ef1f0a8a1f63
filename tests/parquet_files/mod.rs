//! Files of every encoding, page version and codec, as the parquet crate writes them.
#![allow(dead_code)]

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
use parquet::arrow::{ArrowSchemaConverter, ArrowWriter};
use parquet::basic::{Compression, Encoding, GzipLevel, Type as Physical, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;

use crate::tables::{self, Random};

/// Some columns of types that the writer takes; without dictionaries, which are read as values.
pub fn some_table(random: &mut Random, rows: usize) -> RecordBatch {
    let mut types = tables::all_types();
    types.retain(|data_type| !matches!(data_type, DataType::Dictionary(..)));
    let types = tables::some_of(random, &types);
    tables::table(random, &types, rows)
}

/// The codecs that are read.
pub fn codecs() -> [Compression; 6] {
    [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::LZ4_RAW,
        Compression::LZ4,
    ]
}

/// Properties chosen at random, with an encoding for each column that its type allows.
pub fn some_properties(random: &mut Random, table: &RecordBatch) -> WriterProperties {
    let version = if random.chance(50) { WriterVersion::PARQUET_1_0 } else { WriterVersion::PARQUET_2_0 };
    let codecs = codecs();
    let mut properties = WriterProperties::builder()
        .set_writer_version(version)
        .set_compression(codecs[random.below(codecs.len())])
        .set_max_row_group_row_count(Some(1 + random.below(150)))
        .set_data_page_row_count_limit(1 + random.below(60))
        .set_write_batch_size(1 + random.below(30))
        .set_dictionary_page_size_limit(if random.chance(30) { 64 } else { 1 << 20 })
        .set_statistics_enabled(EnabledStatistics::None);
    let schema = ArrowSchemaConverter::new().convert(&table.schema()).unwrap();
    for column in schema.columns() {
        let encodings = encodings(column.physical_type());
        let chosen = random.below(encodings.len() + 1);
        properties =
            properties.set_column_dictionary_enabled(column.path().clone(), chosen == encodings.len());
        if let Some(encoding) = encodings.get(chosen) {
            properties = properties.set_column_encoding(column.path().clone(), *encoding);
        }
    }
    properties.build()
}

fn encodings(physical: Physical) -> &'static [Encoding] {
    use Encoding::*;
    match physical {
        Physical::BOOLEAN => &[PLAIN, RLE],
        Physical::INT32 | Physical::INT64 => &[PLAIN, DELTA_BINARY_PACKED, BYTE_STREAM_SPLIT],
        Physical::FLOAT | Physical::DOUBLE => &[PLAIN, BYTE_STREAM_SPLIT],
        Physical::BYTE_ARRAY => &[PLAIN, DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY],
        Physical::FIXED_LEN_BYTE_ARRAY => &[PLAIN, DELTA_BYTE_ARRAY, BYTE_STREAM_SPLIT],
        Physical::INT96 => &[PLAIN],
    }
}

pub fn file_with(table: &RecordBatch, properties: WriterProperties) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, table.schema(), Some(properties)).unwrap();
    writer.write(table).unwrap();
    writer.close().unwrap();
    bytes
}

/// A file of one column per `write`.
pub fn low_level(schema: &str, write: &[&dyn Fn(&mut SerializedColumnWriter)]) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Default::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for write in write {
        let mut column = group.next_column().unwrap().unwrap();
        write(&mut column);
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
    bytes
}
