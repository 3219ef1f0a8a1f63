//! Parquet files as a source: the footer first, then the selected columns of one row group after the other.
//!
//! Timestamps of 96 bits are read as `timestamp[us]`, or as `timestamp[ns]` where `schema` says so; one that has
//! more digits, or is beyond the type, is an error. An INTERVAL whose Arrow type the file does not tell is
//! `interval[month_day_nano]`. Dictionaries are read as their values.

mod checks;
mod footer;
mod raw;

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::DataType;
use bytes::Bytes;
use parquet::DecodeResult;
use parquet::arrow::ProjectionMask;
use parquet::arrow::push_decoder::{ParquetPushDecoder, ParquetPushDecoderBuilder};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;

use crate::error::{Code, Error, Result};
use crate::plan::ExportPlan;
use crate::table::declared::Declared;
use crate::table::select::Selection;
use crate::table::{Input, Need, Source, Step};
use footer::Footer;
use raw::Raw;

/// Rows of a batch at most; fewer where rows are wide.
const BATCH_ROWS: usize = 8192;
/// Bytes of a batch, as far as the footer tells how wide rows are.
const BATCH_BYTES: u64 = 4 << 20;

/// A Parquet file of a known size, of which any range can be asked for.
pub struct ParquetSource {
    selection: Selection,
    memory_limit: usize,
    state: State,
    /// Ranges that were asked for and have not come.
    awaited: Vec<Range<u64>>,
    arrived: Vec<(Range<u64>, Bytes)>,
}

enum State {
    Footer(Box<Footer>),
    Rows(Box<Rows>),
}

struct Rows {
    decoder: ParquetPushDecoder,
    declared: Declared,
    /// Where the columns start that begin with a dictionary.
    dictionaries: HashSet<u64>,
    /// The columns that come as bytes, in the order in which they are exported.
    raw: Vec<Option<Raw>>,
    /// The place of each exported column among those that are read, which come in the order of the file.
    places: Vec<usize>,
    total: u64,
    read: u64,
    given: bool,
}

impl ParquetSource {
    /// The file has `size` bytes.
    pub fn new(plan: &ExportPlan, size: u64) -> Self {
        ParquetSource {
            selection: Selection::of(plan),
            memory_limit: plan.memory_limit,
            state: State::Footer(Box::new(Footer::new(size))),
            awaited: Vec::new(),
            arrived: Vec::new(),
        }
    }

    fn need(&mut self, ranges: Vec<Range<u64>>) -> Result<Step> {
        let total =
            ranges.iter().map(|range| range.end.saturating_sub(range.start)).fold(0, u64::saturating_add);
        if total > self.memory_limit as u64 {
            let what = match &self.state {
                State::Footer(_) => "the footer of the parquet source".to_owned(),
                State::Rows(rows) => format!("a row group of the parquet source, from row {} on,", rows.read),
            };
            let message = format!("{what} takes {total} bytes, and memoryLimit is {}", self.memory_limit);
            return Err(Error::new(Code::LimitExceeded, message));
        }
        self.awaited = ranges.clone();
        Ok(Step::Need(Need::Ranges(ranges)))
    }

    fn take_arrived(&mut self) -> Result<()> {
        let (ranges, bytes): (Vec<_>, Vec<_>) = std::mem::take(&mut self.arrived).into_iter().unzip();
        if ranges.is_empty() {
            return Ok(());
        }
        match &mut self.state {
            State::Footer(footer) => footer.push(ranges, bytes),
            State::Rows(rows) => rows.push(ranges, bytes),
        }
    }
}

impl Rows {
    fn new(found: footer::Found, selection: &Selection) -> Result<Self> {
        let footer::Found { metadata, mut raw } = found;
        let mut schema = metadata.schema().as_ref().clone();
        for (index, raw) in &mut raw {
            *raw = raw.within(selection.target(schema.field(*index).name()));
            schema = raw.declared_in(&schema, *index);
        }
        let declared = Declared::new(selection, &schema)?;
        let indexes = declared.indexes();
        let descriptor = metadata.parquet_schema();
        let mask = ProjectionMask::roots(descriptor, indexes.iter().copied());
        let leaves: Vec<usize> =
            (0..descriptor.num_columns()).filter(|leaf| mask.leaf_included(*leaf)).collect();
        checks::judge_codecs(metadata.metadata(), &leaves)?;

        let mut in_file = indexes.to_vec();
        in_file.sort_unstable();
        let places = indexes.iter().map(|index| in_file.partition_point(|other| other < index)).collect();
        let raw_of = |index: &usize| raw.iter().find(|(other, _)| other == index).map(|(_, raw)| *raw);
        let batch_rows = batch_rows(metadata.metadata(), &leaves);
        let total = metadata.metadata().file_metadata().num_rows() as u64;
        Ok(Rows {
            raw: indexes.iter().map(raw_of).collect(),
            places,
            declared,
            dictionaries: checks::dictionaries(metadata.metadata(), &leaves),
            decoder: ParquetPushDecoderBuilder::new_with_metadata(metadata)
                .with_projection(mask)
                .with_batch_size(batch_rows)
                .build()
                .map_err(broken)?,
            total,
            read: 0,
            given: false,
        })
    }

    fn push(&mut self, ranges: Vec<Range<u64>>, bytes: Vec<Bytes>) -> Result<()> {
        for (range, bytes) in ranges.iter().zip(&bytes) {
            checks::judge_start(&self.dictionaries, range.start, bytes)?;
        }
        self.decoder.push_ranges(ranges, bytes).map_err(broken)
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<RecordBatch> {
        let column = |(place, raw): (&usize, &Option<Raw>)| -> Result<ArrayRef> {
            let array = batch.column(*place);
            let Some(raw) = raw else { return Ok(array.clone()) };
            raw.decode(array, batch.schema_ref().field(*place).name(), self.read)
        };
        let columns = self.places.iter().zip(&self.raw).map(column).collect::<Result<Vec<_>>>()?;
        let batch = self.declared.batch(&columns, batch.num_rows(), self.read)?;
        self.read += batch.num_rows() as u64;
        Ok(batch)
    }

    fn end(&mut self) -> Result<Step> {
        if self.read != self.total {
            return Err(corrupt("its row groups have another number of rows than its footer says"));
        }
        Ok(if std::mem::replace(&mut self.given, true) {
            Step::End
        } else {
            Step::Batch(self.declared.no_rows())
        })
    }
}

/// Rows of about [`BATCH_BYTES`], by the widest row group.
fn batch_rows(metadata: &ParquetMetaData, leaves: &[usize]) -> usize {
    let width = |group: &parquet::file::metadata::RowGroupMetaData| {
        let bytes: u64 =
            leaves.iter().map(|leaf| group.column(*leaf).uncompressed_size().max(0) as u64).sum();
        bytes / (group.num_rows().max(1) as u64)
    };
    let widest = metadata.row_groups().iter().map(width).max().unwrap_or(0).max(1);
    ((BATCH_BYTES / widest) as usize).clamp(1, BATCH_ROWS)
}

impl Source for ParquetSource {
    fn poll(&mut self) -> Result<Step> {
        if !self.awaited.is_empty() {
            return Err(Error::new(Code::Internal, "a range of the source was asked for and has not come"));
        }
        self.take_arrived()?;
        loop {
            match &mut self.state {
                State::Footer(footer) => match footer.read()? {
                    DecodeResult::NeedsData(ranges) => return self.need(ranges),
                    DecodeResult::Data(found) => {
                        self.state = State::Rows(Box::new(Rows::new(found, &self.selection)?));
                    }
                    DecodeResult::Finished => return Err(corrupt("its footer cannot be read")),
                },
                State::Rows(rows) => match rows.decoder.try_decode().map_err(broken)? {
                    DecodeResult::NeedsData(ranges) => return self.need(ranges),
                    DecodeResult::Data(batch) => {
                        rows.given = true;
                        return rows.batch(&batch).map(Step::Batch);
                    }
                    DecodeResult::Finished => return rows.end(),
                },
            }
        }
    }

    fn push(&mut self, input: Input) -> Result<()> {
        let Input::Range(range, bytes) = input else {
            return Err(Error::new(Code::Internal, "ranges were asked for, and something else came"));
        };
        let Some(place) = self.awaited.iter().position(|awaited| *awaited == range) else {
            return Err(Error::new(Code::Internal, "a range came that was not asked for"));
        };
        if bytes.len() as u64 != range.end - range.start {
            return Err(Error::new(
                Code::SourceTruncated,
                "the parquet source is shorter than it was said to be",
            ));
        }
        self.awaited.swap_remove(place);
        self.arrived.push((range, bytes));
        Ok(())
    }

    fn progress(&self) -> Option<f64> {
        let State::Rows(rows) = &self.state else { return Some(0.0) };
        Some(if rows.total == 0 { 1.0 } else { (rows.read as f64 / rows.total as f64).min(1.0) })
    }

    fn pending_bytes(&self) -> usize {
        let arrived: usize = self.arrived.iter().map(|(_, bytes)| bytes.len()).sum();
        match &self.state {
            State::Footer(_) => arrived,
            State::Rows(rows) => arrived + rows.decoder.buffered_bytes() as usize,
        }
    }
}

/// Whether a dictionary is anywhere in the type, and the type without.
fn without_dictionaries(data_type: &DataType) -> Option<DataType> {
    use DataType::*;
    let field = |field: &Arc<arrow::datatypes::Field>| {
        without_dictionaries(field.data_type())
            .map(|data_type| Arc::new(field.as_ref().clone().with_data_type(data_type)))
    };
    match data_type {
        Dictionary(_, values) => Some(without_dictionaries(values).unwrap_or(values.as_ref().clone())),
        List(item) => field(item).map(List),
        LargeList(item) => field(item).map(LargeList),
        FixedSizeList(item, length) => field(item).map(|item| FixedSizeList(item, *length)),
        Map(entries, sorted) => field(entries).map(|entries| Map(entries, *sorted)),
        Struct(fields) if fields.iter().any(|of| field(of).is_some()) => {
            Some(Struct(fields.iter().map(|of| field(of).unwrap_or_else(|| of.clone())).collect()))
        }
        _ => None,
    }
}

fn corrupt(what: &str) -> Error {
    Error::new(Code::SourceCorrupt, format!("the parquet source is corrupt: {what}"))
}

/// The crate's own sentence is not repeated: it may hold what was found in the data.
fn broken(error: ParquetError) -> Error {
    match error {
        ParquetError::NYI(_) => {
            Error::new(Code::SourceUnsupported, "the parquet source has a feature that cannot be read")
        }
        _ => corrupt("a page or its header breaks the rules of the format"),
    }
}
