//! A file of Arrow's IPC format, read at the places that its footer names.

use std::ops::Range;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use bytes::Bytes;

use super::footer::{self, Place, Places};
use super::message::{Header, Message};
use super::table::Table;
use super::{corrupt, messages};
use crate::error::{Code, Error, Result};
use crate::plan::ExportPlan;
use crate::table::select::Selection;
use crate::table::{Input, Need, Source, Step};

/// What is asked for first: enough for the footers of most files, and all of a small one.
const FIRST: u64 = 64 << 10;
/// Small blocks that lie one behind the other are asked for together, up to so many bytes.
const TOGETHER: u64 = 1 << 20;
/// What precedes the metadata of a message: its length, and before that, since 0.15, four bytes of ones.
const CONTINUATION: [u8; 4] = [0xFF; 4];

/// A file of a known size, of which any range can be asked for.
pub struct IpcFile {
    selection: Selection,
    memory_limit: usize,
    size: u64,
    state: State,
    awaited: Option<Range<u64>>,
    /// Where the bytes are from that came last.
    arrived: Option<(u64, Bytes)>,
}

enum State {
    /// Until the end of the file has come, and the footer is known to be there.
    Footer(Option<Range<u64>>),
    Blocks(Box<Blocks>),
    End,
}

struct Blocks {
    table: Table,
    places: Vec<Place>,
    /// How many of the places are of dictionaries.
    dictionaries: usize,
    next: usize,
    total: u64,
    read: u64,
    given: bool,
}

impl IpcFile {
    /// The file has `size` bytes.
    pub fn new(plan: &ExportPlan, size: u64) -> Self {
        IpcFile {
            selection: Selection::of(plan),
            memory_limit: plan.memory_limit,
            size,
            state: State::Footer(None),
            awaited: None,
            arrived: None,
        }
    }

    /// The bytes of a range, once they are here.
    fn bytes(&self, range: &Range<u64>) -> Option<Bytes> {
        let (start, bytes) = self.arrived.as_ref()?;
        let from = usize::try_from(range.start.checked_sub(*start)?).ok()?;
        let to = from + usize::try_from(range.end - range.start).ok()?;
        (to <= bytes.len()).then(|| bytes.slice(from..to))
    }

    fn need(&mut self, range: Range<u64>) -> Result<Step> {
        let bytes = range.end - range.start;
        if bytes > self.memory_limit as u64 {
            return Err(messages::too_large(bytes, self.memory_limit));
        }
        self.arrived = None;
        self.awaited = Some(range.clone());
        Ok(Step::Need(Need::Ranges(vec![range])))
    }

    fn take(&mut self, bytes: &Bytes, place: &Place) -> Result<Option<RecordBatch>> {
        let State::Blocks(blocks) = &mut self.state else { return Ok(None) };
        let batch = blocks.take(bytes, place.metadata)?;
        let next = blocks.places.get(blocks.next).map(|place| place.range.clone());
        if next.is_none_or(|range| self.bytes(&range).is_none()) {
            self.arrived = None;
        }
        Ok(batch)
    }

    /// After the last block.
    fn end(&mut self) -> Step {
        if let State::Blocks(blocks) = &mut self.state
            && !std::mem::replace(&mut blocks.given, true)
        {
            return Step::Batch(blocks.table.no_rows());
        }
        self.arrived = None;
        self.state = State::End;
        Step::End
    }

    fn open(&self, footer: &[u8], end: u64) -> Result<Blocks> {
        let footer = footer::read(footer)?;
        let table = Table::new(&footer.schema, &self.selection, self.memory_limit)?;
        let Places { dictionaries: mut places, batches } = Places::of(&footer, end)?;
        let dictionaries = places.len();
        places.extend(batches);
        let total = places.iter().map(|place| place.range.end - place.range.start).sum();
        Ok(Blocks { table, places, dictionaries, next: 0, total, read: 0, given: false })
    }
}

impl Blocks {
    /// The range to ask for: the next block, and those right behind it while they are small.
    fn range(&self, first: &Place) -> Range<u64> {
        let mut range = first.range.clone();
        for place in &self.places[self.next + 1..] {
            if place.range.start != range.end || place.range.end - range.start > TOGETHER {
                break;
            }
            range.end = place.range.end;
        }
        range
    }

    /// Takes in the next block; a batch of rows comes out as one.
    fn take(&mut self, bytes: &Bytes, metadata: usize) -> Result<Option<RecordBatch>> {
        let (front, body) = (bytes.slice(..metadata), Buffer::from(bytes.slice(metadata..)));
        let message = message_of(&front)?;
        if message.body_length != body.len() as i64 {
            return Err(corrupt("a body has another length than the footer says"));
        }
        let is_dictionary = self.next < self.dictionaries;
        self.next += 1;
        self.read += bytes.len() as u64;
        match message.header {
            Header::Dictionary(dictionary) if is_dictionary => {
                if self.table.has_dictionary(&dictionary) {
                    return Err(corrupt("a column has two dictionaries, which in a file it may not"));
                }
                self.table.dictionary(&dictionary, &body).map(|()| None)
            }
            Header::Rows(rows) if !is_dictionary => {
                self.given = true;
                self.table.batch(rows, &body).map(Some)
            }
            _ => Err(corrupt("a block is something else than the footer says")),
        }
    }
}

/// The message of a block's metadata, which has its length in front.
fn message_of(metadata: &[u8]) -> Result<Message<'_>> {
    let metadata = metadata.strip_prefix(&CONTINUATION).unwrap_or(metadata);
    let (length, metadata) = metadata.split_first_chunk().ok_or_else(|| corrupt("a block has no message"))?;
    let length = usize::try_from(i32::from_le_bytes(*length)).ok();
    let metadata = length.and_then(|length| metadata.get(..length));
    Message::read(metadata.ok_or_else(|| corrupt("a message is longer than its block"))?)
}

impl Source for IpcFile {
    fn poll(&mut self) -> Result<Step> {
        if self.awaited.is_some() {
            return Err(Error::new(Code::Internal, "a range of the source was asked for and has not come"));
        }
        loop {
            match &mut self.state {
                State::Footer(None) => {
                    let range = self.size.saturating_sub(FIRST)..self.size;
                    let Some(end) = self.bytes(&range) else { return self.need(range) };
                    self.state = State::Footer(Some(footer::place(&end, self.size)?));
                }
                State::Footer(Some(place)) => {
                    let place = place.clone();
                    let Some(footer) = self.bytes(&place) else { return self.need(place) };
                    self.state = State::Blocks(Box::new(self.open(&footer, place.start)?));
                }
                State::Blocks(blocks) => {
                    let Some(place) = blocks.places.get(blocks.next).cloned() else { return Ok(self.end()) };
                    let range = blocks.range(&place);
                    let Some(bytes) = self.bytes(&place.range) else { return self.need(range) };
                    if let Some(batch) = self.take(&bytes, &place)? {
                        return Ok(Step::Batch(batch));
                    }
                }
                State::End => return Ok(Step::End),
            }
        }
    }

    fn push(&mut self, input: Input) -> Result<()> {
        let Input::Range(range, bytes) = input else {
            return Err(Error::new(Code::Internal, "a range was asked for, and something else came"));
        };
        if self.awaited.take() != Some(range.clone()) {
            return Err(Error::new(Code::Internal, "a range came that was not asked for"));
        }
        if bytes.len() as u64 != range.end - range.start {
            return Err(Error::new(
                Code::SourceTruncated,
                "the Arrow source is shorter than it was said to be",
            ));
        }
        self.arrived = Some((range.start, bytes));
        Ok(())
    }

    fn progress(&self) -> Option<f64> {
        Some(match &self.state {
            State::Footer(_) => 0.0,
            State::Blocks(blocks) if blocks.total > 0 => blocks.read as f64 / blocks.total as f64,
            State::Blocks(_) | State::End => 1.0,
        })
    }

    fn pending_bytes(&self) -> usize {
        let arrived = self.arrived.as_ref().map_or(0, |(_, bytes)| bytes.len());
        arrived + if let State::Blocks(blocks) = &self.state { blocks.table.held_bytes() } else { 0 }
    }
}
