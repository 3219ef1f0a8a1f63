//! Source files: unpacked where they are gzip, and read as what they are found to be.

#[cfg_attr(not(feature = "binary"), path = "file/no_binary.rs")]
mod binary;

use std::ops::Range;

use bytes::Bytes;

use crate::error::{Code, Error, Result};
use crate::plan::{ExportPlan, SourcePlan};
use crate::table::csv::CsvSource;
use crate::table::gunzip::{self, Gunzip, Next};
use crate::table::jsonl::JsonlSource;
use crate::table::sniff::{self, SourceFormat};
use crate::table::{Input, Need, Source, Step};

/// What is asked of a file at once, where it is read from its beginning to its end.
const RANGE: u64 = 1 << 20;

/// The reader of the source file of `plan`.
pub fn open(plan: &ExportPlan) -> Box<dyn Source> {
    let (size, is_file) = match plan.source {
        SourcePlan::Packed { .. } => (None, false),
        SourcePlan::Bytes { size } => (size, false),
        SourcePlan::File { size } => (Some(size), true),
    };
    Box::new(FileSource {
        plan: plan.clone(),
        state: State::Begin { head: Vec::new() },
        unpacking: Unpacking::Unknown(Vec::new()),
        size,
        is_file,
        read: 0,
        ended: false,
    })
}

/// Whether a stream of a file that begins with `head` is to be collected and given as a file, since its format tells at
/// its end what is where; `None` where that takes more of it to tell, which it may as long as it is not `at_end`.
pub fn reads_whole(head: &[u8], at_end: bool) -> Option<bool> {
    if head.len() < sniff::MAGIC_LENGTH && !at_end {
        return None;
    }
    binary::reads_whole(head, at_end)
}

struct FileSource {
    plan: ExportPlan,
    state: State,
    unpacking: Unpacking,
    size: Option<u64>,
    /// Whether it is read by ranges.
    is_file: bool,
    read: u64,
    ended: bool,
}

enum State {
    /// Until its first bytes tell what it is.
    Begin { head: Vec<u8> },
    /// Given bytes in order.
    Stream(Box<dyn Source>),
    /// Asks for ranges itself.
    #[cfg_attr(not(feature = "binary"), expect(dead_code))]
    Ranges(Box<dyn Source>),
}

/// The way from the bytes of the file to those of its format.
enum Unpacking {
    /// Too little has come to tell.
    Unknown(Vec<u8>),
    Plain(Option<Bytes>),
    Gzip(Gunzip),
}

impl FileSource {
    /// The next bytes of the format; `None` where more of the file is needed, or it has ended.
    fn unpack(&mut self) -> Result<Option<Bytes>> {
        if let Unpacking::Unknown(head) = &mut self.unpacking {
            if head.len() < gunzip::MAGIC.len() && !self.ended {
                return Ok(None);
            }
            let head = Bytes::from(std::mem::take(head));
            self.unpacking = if head.starts_with(gunzip::MAGIC) {
                let mut gunzip = Gunzip::default();
                gunzip.push(head);
                Unpacking::Gzip(gunzip)
            } else {
                Unpacking::Plain(Some(head))
            };
        }
        match &mut self.unpacking {
            Unpacking::Unknown(_) => Ok(None),
            Unpacking::Plain(bytes) => Ok(bytes.take().filter(|bytes| !bytes.is_empty())),
            Unpacking::Gzip(gunzip) => match gunzip.step()? {
                Next::Bytes(bytes) => Ok(Some(bytes.into())),
                Next::Drained if self.ended => gunzip.finish().map(|()| None),
                Next::Drained => Ok(None),
            },
        }
    }

    fn need(&self) -> Need {
        match self.size {
            Some(size) if self.is_file => {
                // What it is may show that no more of its beginning is wanted.
                let is_unknown = matches!(self.state, State::Begin { .. });
                let length = if is_unknown { sniff::HEAD as u64 } else { RANGE };
                let range = self.read..size.min(self.read + length);
                Need::Ranges(vec![range])
            }
            _ => Need::Bytes,
        }
    }

    fn take(&mut self, bytes: Bytes) {
        self.read += bytes.len() as u64;
        match &mut self.unpacking {
            Unpacking::Unknown(head) => head.extend_from_slice(&bytes),
            Unpacking::Plain(next) => *next = Some(bytes),
            Unpacking::Gzip(gunzip) => gunzip.push(bytes),
        }
    }

    /// Answers with what is needed to tell the format, once no more.
    fn begin(&mut self) -> Result<Option<Need>> {
        loop {
            let next = self.unpack()?;
            let State::Begin { head } = &mut self.state else { return Ok(None) };
            if let Some(bytes) = &next {
                head.extend_from_slice(bytes);
            }
            if head.len() >= sniff::HEAD || (next.is_none() && self.ended) {
                break;
            }
            if next.is_none() {
                return Ok(Some(self.need()));
            }
        }
        let State::Begin { head } = &mut self.state else { return Ok(None) };
        let head = std::mem::take(head);
        let format = sniff::sniff(&head[..head.len().min(sniff::HEAD)], self.plan.source_name.as_deref())?;
        self.state = self.open(format)?;
        match &mut self.state {
            State::Stream(source) if !head.is_empty() => source.push(Input::Bytes(head.into()))?,
            _ => {}
        }
        Ok(None)
    }

    fn open(&self, format: SourceFormat) -> Result<State> {
        Ok(State::Stream(match format {
            SourceFormat::Csv => {
                let delimiter = self.plan.source_name.as_deref().and_then(sniff::delimiter);
                Box::new(CsvSource::new(&self.plan, delimiter))
            }
            SourceFormat::Jsonl => Box::new(JsonlSource::new(&self.plan)),
            binary => {
                let size = self.size.filter(|_| self.is_file);
                let is_plain = matches!(self.unpacking, Unpacking::Plain(_));
                return binary::open(binary, &self.plan, size, is_plain);
            }
        }))
    }

    fn take_range(&mut self, range: Range<u64>, bytes: Bytes) -> Result<()> {
        if let State::Ranges(source) = &mut self.state {
            self.read += bytes.len() as u64;
            return source.push(Input::Range(range, bytes));
        }
        if range.end - range.start != bytes.len() as u64 {
            return Err(Error::new(Code::SourceTruncated, "the source file is shorter than its size says"));
        }
        self.take(bytes);
        self.ended = self.size == Some(self.read);
        Ok(())
    }
}

impl Source for FileSource {
    fn poll(&mut self) -> Result<Step> {
        self.ended |= self.is_file && self.size == Some(self.read) && !matches!(self.state, State::Ranges(_));
        if matches!(self.state, State::Begin { .. })
            && let Some(need) = self.begin()?
        {
            return Ok(Step::Need(need));
        }
        loop {
            let step = match &mut self.state {
                State::Stream(source) => source.poll()?,
                State::Ranges(source) => return source.poll(),
                State::Begin { .. } => return Ok(Step::Need(self.need())),
            };
            if !matches!(step, Step::Need(_)) {
                return Ok(step);
            }
            let input = match self.unpack()? {
                Some(bytes) => Input::Bytes(bytes),
                None if self.ended => Input::End,
                None => return Ok(Step::Need(self.need())),
            };
            if let State::Stream(source) = &mut self.state {
                source.push(input)?;
            }
        }
    }

    fn push(&mut self, input: Input) -> Result<()> {
        match input {
            Input::Bytes(bytes) => self.take(bytes),
            Input::Range(range, bytes) => self.take_range(range, bytes)?,
            Input::End => self.ended = true,
            Input::Batch(_) => {
                return Err(Error::new(Code::Internal, "bytes of a file were asked for, and rows came"));
            }
        }
        Ok(())
    }

    fn progress(&self) -> Option<f64> {
        if let State::Ranges(source) = &self.state {
            return source.progress();
        }
        let size = self.size?;
        match &self.state {
            // What was read may have to be read again.
            State::Begin { .. } => Some(0.0),
            _ if size == 0 => Some(1.0),
            _ => Some((self.read as f64 / size as f64).min(1.0)),
        }
    }

    fn passed(&self) -> u64 {
        if let State::Ranges(source) = &self.state { source.passed() } else { 0 }
    }

    fn pending_bytes(&self) -> usize {
        let packed = match &self.unpacking {
            Unpacking::Unknown(bytes) => bytes.len(),
            Unpacking::Plain(bytes) => bytes.as_ref().map_or(0, Bytes::len),
            Unpacking::Gzip(gunzip) => gunzip.pending_bytes(),
        };
        let read = match &self.state {
            State::Begin { head } => head.len(),
            State::Stream(source) | State::Ranges(source) => source.pending_bytes(),
        };
        packed + read
    }
}
