//! The footer of a file: where its schema and row groups are said.

use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use bytes::Bytes;
use parquet::DecodeResult;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::file::metadata::{
    PageIndexPolicy, ParquetMetaData, ParquetMetaDataOptions, ParquetMetaDataPushDecoder,
};

use super::raw::{self, Raw};
use super::{broken, checks, corrupt, without_dictionaries};
use crate::error::{Code, Error, Result};

/// What is asked for first: enough for the footers of most files.
const FIRST: u64 = 64 << 10;
/// The magic at the start, the length of the footer and the magic at the end.
const LEAST: u64 = 12;

pub struct Footer {
    size: u64,
    decoder: Option<ParquetMetaDataPushDecoder>,
    /// What came, in case the footer is read again, in other terms.
    came: Vec<(Range<u64>, Bytes)>,
}

/// What a footer says.
#[derive(Debug)]
pub struct Found {
    pub metadata: ArrowReaderMetadata,
    /// The columns that are read as bytes, by their place.
    pub raw: Vec<(usize, Raw)>,
}

impl Footer {
    pub fn new(size: u64) -> Self {
        Footer { size, decoder: None, came: Vec::new() }
    }

    pub fn push(&mut self, ranges: Vec<Range<u64>>, bytes: Vec<Bytes>) -> Result<()> {
        self.came.extend(ranges.iter().cloned().zip(bytes.iter().cloned()));
        match &mut self.decoder {
            Some(decoder) => decoder.push_ranges(ranges, bytes).map_err(broken),
            None => {
                let end = bytes.last().ok_or_else(truncated)?;
                judge_end(end)?;
                self.decoder = Some(self.decoder(None)?);
                Ok(())
            }
        }
    }

    pub fn read(&mut self) -> Result<DecodeResult<Found>> {
        if self.size < LEAST {
            return Err(truncated());
        }
        let Some(decoder) = &mut self.decoder else {
            let range = self.size.saturating_sub(FIRST)..self.size;
            return Ok(DecodeResult::NeedsData(std::iter::once(range).collect()));
        };
        match decoder.try_decode().map_err(broken)? {
            DecodeResult::NeedsData(ranges) => Ok(DecodeResult::NeedsData(ranges)),
            DecodeResult::Data(metadata) => self.found(metadata).map(DecodeResult::Data),
            DecodeResult::Finished => Err(corrupt("its footer cannot be read")),
        }
    }

    fn decoder(&self, options: Option<Arc<ParquetMetaDataOptions>>) -> Result<ParquetMetaDataPushDecoder> {
        let mut decoder = ParquetMetaDataPushDecoder::try_new(self.size)
            .map_err(broken)?
            .with_page_index_policy(PageIndexPolicy::Skip)
            .with_metadata_options(options);
        let (ranges, bytes) = self.came.iter().cloned().unzip();
        decoder.push_ranges(ranges, bytes).map_err(broken)?;
        Ok(decoder)
    }

    fn found(&self, metadata: ParquetMetaData) -> Result<Found> {
        checks::judge_places(&metadata, self.size)?;
        let Some(raw::Read { schema, raw }) = raw::read(&metadata)? else {
            return Ok(Found { metadata: as_arrow(metadata)?, raw: Vec::new() });
        };
        let options = ParquetMetaDataOptions::new().with_schema(Arc::new(schema));
        match self.decoder(Some(Arc::new(options)))?.try_decode().map_err(broken)? {
            DecodeResult::Data(metadata) => Ok(Found { metadata: as_arrow(metadata)?, raw }),
            _ => Err(corrupt("its footer cannot be read")),
        }
    }
}

fn as_arrow(metadata: ParquetMetaData) -> Result<ArrowReaderMetadata> {
    let metadata = Arc::new(metadata);
    let options = ArrowReaderOptions::new();
    let found = ArrowReaderMetadata::try_new(metadata.clone(), options.clone()).map_err(broken)?;
    match plain_schema(found.schema()) {
        None => Ok(found),
        Some(schema) => ArrowReaderMetadata::try_new(metadata, options.with_schema(schema)).map_err(broken),
    }
}

/// The schema without dictionaries, where it has some: their keys might not count all values of a batch.
fn plain_schema(schema: &Schema) -> Option<SchemaRef> {
    let plain: Vec<_> = schema.fields().iter().map(|field| without_dictionaries(field.data_type())).collect();
    if plain.iter().all(Option::is_none) {
        return None;
    }
    let fields = schema.fields().iter().zip(plain).map(|(field, plain)| match plain {
        Some(data_type) => Arc::new(field.as_ref().clone().with_data_type(data_type)),
        None => field.clone(),
    });
    Some(Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone())))
}

fn judge_end(end: &[u8]) -> Result<()> {
    match end.last_chunk() {
        Some(b"PAR1") => Ok(()),
        Some(b"PARE") => Err(Error::new(Code::SourceUnsupported, "the parquet source is encrypted")),
        _ => Err(truncated()),
    }
}

fn truncated() -> Error {
    Error::new(Code::SourceTruncated, "the parquet source ends before its footer does")
}
