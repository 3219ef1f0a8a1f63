//! A stream of bytes cut into its messages.
//!
//! Each is `FFFFFFFF`, the length of its metadata, the metadata (a flatbuffer that says how long its body is), and
//! the body. A length of 0 ends the stream. A stream that just stops is taken for cut short, although the format
//! allows it: nothing else tells the two apart. See "Encapsulated message format" in Arrow's columnar format.

use std::collections::VecDeque;

use arrow::buffer::{Buffer, MutableBuffer};
use bytes::Bytes;

use super::message::{Header, Message};
use super::{corrupt, schema};
use crate::error::{Code, Error, Result};

pub const MAGIC: &[u8] = b"ARROW1";
/// The magic and the least of its padding.
const FILE_START: usize = 8;
const CONTINUATION: [u8; 4] = [0xFF; 4];

pub enum Next {
    Message { metadata: Buffer, body: Buffer },
    Bytes,
    End,
}

pub struct Messages {
    limit: usize,
    chunks: VecDeque<Bytes>,
    /// What was gathered of the part of the message that comes next.
    part: MutableBuffer,
    expected: Expected,
    is_file: bool,
    /// The last bytes of a file, which end with the magic.
    tail: Vec<u8>,
    at_end: bool,
    bytes_read: u64,
}

enum Expected {
    Start,
    /// What pads the magic of a file, by 2 bytes or up to 64 in all.
    Padding,
    /// The schema of a file without its length in front, as polars writes it: up to the next message.
    BareSchema(MutableBuffer),
    Length,
    /// Streams before 0.15 have the length alone.
    LengthAfterContinuation,
    Metadata(usize),
    Body(Buffer, usize),
    /// Nothing of the stream: only what a file has behind it.
    Nothing,
}

impl Messages {
    pub fn new(limit: usize) -> Self {
        Messages {
            limit,
            chunks: VecDeque::new(),
            part: MutableBuffer::new(0),
            expected: Expected::Start,
            is_file: false,
            tail: Vec::new(),
            at_end: false,
            bytes_read: 0,
        }
    }

    pub fn push(&mut self, bytes: Bytes) {
        self.bytes_read += bytes.len() as u64;
        self.chunks.push_back(bytes);
    }

    pub fn end(&mut self) {
        self.at_end = true;
    }

    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    pub fn pending_bytes(&self) -> usize {
        self.part.capacity() + self.chunks.iter().map(Bytes::len).sum::<usize>()
    }

    /// Whether this began as a file does.
    pub fn is_file(&self) -> bool {
        self.is_file
    }

    /// What the next message says, whether or not its body has come; `None` where it takes more bytes.
    pub fn next_metadata(&mut self) -> Result<Option<Buffer>> {
        let next = self.next();
        if let Expected::Body(metadata, _) = &self.expected {
            return Ok(Some(metadata.clone()));
        }
        match next? {
            Next::Message { metadata, .. } => Ok(Some(metadata)),
            Next::Bytes => Ok(None),
            Next::End => Err(truncated()),
        }
    }

    pub fn next(&mut self) -> Result<Next> {
        loop {
            let wanted = match &self.expected {
                Expected::Start => FILE_START,
                Expected::Padding
                | Expected::BareSchema(_)
                | Expected::Length
                | Expected::LengthAfterContinuation => 4,
                Expected::Metadata(length) | Expected::Body(_, length) => *length,
                Expected::Nothing => return self.pass_the_rest(),
            };
            if !self.gather(wanted)? {
                return if self.at_end { Err(truncated()) } else { Ok(Next::Bytes) };
            }
            let part: Buffer = std::mem::take(&mut self.part).into();
            match std::mem::replace(&mut self.expected, Expected::Length) {
                Expected::Start => self.start(&part),
                Expected::Padding if part.as_slice() == [0; 4] => self.expected = Expected::Padding,
                Expected::Padding | Expected::Length if part.as_slice() == CONTINUATION => {
                    self.expected = Expected::LengthAfterContinuation;
                }
                Expected::Padding => self.expected = Expected::BareSchema(aligned(&part)),
                Expected::BareSchema(mut metadata) => {
                    if part.as_slice() == CONTINUATION && is_message(&metadata) {
                        self.expected = Expected::LengthAfterContinuation;
                        return Ok(Next::Message { metadata: metadata.into(), body: Buffer::from(&[]) });
                    }
                    self.judge_size(metadata.len())?;
                    metadata.extend_from_slice(&part);
                    self.expected = Expected::BareSchema(metadata);
                }
                Expected::Length | Expected::LengthAfterContinuation => {
                    self.expected = expect_metadata(&part)?;
                }
                Expected::Metadata(_) => self.expected = expect_body(part)?,
                Expected::Body(metadata, _) => return Ok(Next::Message { metadata, body: part }),
                Expected::Nothing => {}
            }
        }
    }

    /// Whether the part has come that is `wanted` bytes long.
    fn gather(&mut self, wanted: usize) -> Result<bool> {
        self.judge_size(wanted)?;
        if self.part.is_empty() {
            self.part = MutableBuffer::with_capacity(wanted);
        }
        while self.part.len() < wanted {
            let Some(chunk) = self.chunks.front_mut() else { return Ok(false) };
            let taken = chunk.split_to(chunk.len().min(wanted - self.part.len()));
            self.part.extend_from_slice(&taken);
            if chunk.is_empty() {
                self.chunks.pop_front();
            }
        }
        Ok(true)
    }

    fn judge_size(&self, bytes: usize) -> Result<()> {
        if bytes > self.limit { Err(too_large(bytes as u64, self.limit)) } else { Ok(()) }
    }

    fn start(&mut self, part: &Buffer) {
        self.is_file = part.starts_with(MAGIC);
        if self.is_file {
            self.expected = Expected::Padding;
        } else {
            self.chunks.push_front(Bytes::copy_from_slice(part));
        }
    }

    fn pass_the_rest(&mut self) -> Result<Next> {
        while let Some(chunk) = self.chunks.pop_front() {
            if !self.is_file && !chunk.is_empty() {
                return Err(corrupt("there is more behind the end of the stream"));
            }
            self.tail.extend_from_slice(&chunk[chunk.len().saturating_sub(MAGIC.len())..]);
            self.tail.drain(..self.tail.len().saturating_sub(MAGIC.len()));
        }
        if !self.at_end {
            return Ok(Next::Bytes);
        }
        if self.is_file && self.tail != MAGIC { Err(truncated()) } else { Ok(Next::End) }
    }
}

/// As flatbuffers must lie.
fn aligned(bytes: &[u8]) -> MutableBuffer {
    let mut buffer = MutableBuffer::new(1024);
    buffer.extend_from_slice(bytes);
    buffer
}

/// Whether these bytes are the message of a schema, and end where one may.
fn is_message(bytes: &[u8]) -> bool {
    bytes.len().is_multiple_of(8)
        && match Message::read(bytes).map(|message| message.header) {
            Ok(Header::Schema(schema)) => schema::read(&schema).is_ok(),
            _ => false,
        }
}

fn expect_metadata(length: &[u8]) -> Result<Expected> {
    let length: [u8; 4] = length.try_into().map_err(|_| corrupt("a message has no length"))?;
    match i32::from_le_bytes(length) {
        0 => Ok(Expected::Nothing),
        length if length > 0 => Ok(Expected::Metadata(length as usize)),
        _ => Err(corrupt("a message has a negative length")),
    }
}

fn expect_body(metadata: Buffer) -> Result<Expected> {
    let message = Message::read(&metadata)?;
    let length = usize::try_from(message.body_length).map_err(|_| corrupt("a body has a negative length"))?;
    Ok(Expected::Body(metadata, length))
}

pub fn truncated() -> Error {
    Error::new(Code::SourceTruncated, "the Arrow source ends before its table does")
}

pub fn too_large(bytes: u64, limit: usize) -> Error {
    let message = format!(
        "a batch of the Arrow source takes {bytes} bytes, and memoryLimit is {limit}; write it in smaller batches"
    );
    Error::new(Code::LimitExceeded, message)
}
