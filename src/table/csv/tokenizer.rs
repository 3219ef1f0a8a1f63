//! Bytes into records and cells, by RFC 4180.

use memchr::memchr;

use crate::scan::{each, splat};

const QUOTE: u8 = b'"';

/// Where a cell lies in its record.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    start: usize,
    end: usize,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Quoted,
    /// Quoted, with doubled quotes inside.
    Escaped,
}

/// What breaks the rules, in the cell of this index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    TextAfterQuote(usize),
    Unterminated(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    CellStart,
    Plain,
    Quoted,
    /// Behind a quote inside a quoted cell: its end, or half of a doubled one.
    Quote,
}

/// Finds records in bytes that come in chunks. What was scanned is not scanned again, however they come.
pub struct Tokenizer {
    delimiter: u8,
    buffer: Vec<u8>,
    /// Where the record begins that is being scanned, and how far it was.
    start: usize,
    at: usize,
    /// The end of the last whole record, without its line end.
    end: usize,
    state: State,
    cell_start: usize,
    form: Form,
    spans: Vec<Span>,
    /// A line feed at the start belongs to the carriage return before it.
    after_return: bool,
    is_whole: bool,
}

impl Tokenizer {
    /// Begins with the bytes of `buffer` from `start` on.
    pub fn new(delimiter: u8, buffer: Vec<u8>, start: usize) -> Self {
        Tokenizer {
            delimiter,
            buffer,
            start,
            at: start,
            end: start,
            state: State::CellStart,
            cell_start: start,
            form: Form::Plain,
            spans: Vec::new(),
            after_return: false,
            is_whole: false,
        }
    }

    /// Appends bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Forgets the bytes before the record that is being scanned.
    pub fn forget(&mut self) {
        self.settle();
        let start = self.start;
        self.buffer.drain(..start);
        self.at -= start;
        self.cell_start -= start;
        self.start = 0;
        for span in &mut self.spans {
            span.start -= start;
            span.end -= start;
        }
    }

    pub fn buffered(&self) -> usize {
        self.buffer.len()
    }

    /// Bytes of the record that is being scanned.
    pub fn record_len(&self) -> usize {
        self.at - self.start
    }

    /// Where the next record begins, for `rewind`. Nothing may be forgotten in between.
    pub fn mark(&mut self) -> (usize, bool) {
        self.settle();
        (self.start, self.after_return)
    }

    pub fn rewind(&mut self, (start, after_return): (usize, bool)) {
        self.start = start;
        self.after_return = after_return;
        self.is_whole = false;
        self.begin();
    }

    /// Gives the last record out once more.
    pub fn again(&mut self) {
        self.is_whole = false;
        self.after_return = false;
        self.begin();
    }

    /// The next record, or `None` until more bytes come; `at_end` says that none will.
    pub fn next(&mut self, at_end: bool) -> Result<Option<Record<'_>>, Flaw> {
        self.settle();
        self.is_whole = self.scan()? || at_end && self.scan_end()?;
        if !self.is_whole {
            return Ok(None);
        }
        Ok(Some(Record { bytes: &self.buffer[..self.end], start: self.start, spans: &self.spans }))
    }

    /// Steps behind the record that was given out.
    fn settle(&mut self) {
        if std::mem::take(&mut self.is_whole) {
            self.start = self.at;
            self.begin();
        }
    }

    fn begin(&mut self) {
        self.at = self.start;
        self.cell_start = self.start;
        self.state = State::CellStart;
        self.spans.clear();
    }

    fn scan(&mut self) -> Result<bool, Flaw> {
        if self.after_return && self.at < self.buffer.len() {
            if self.buffer[self.at] == b'\n' {
                self.start += 1;
                self.begin();
            }
            self.after_return = false;
        }
        while self.at < self.buffer.len() {
            match self.state {
                State::CellStart if self.buffer[self.at] == QUOTE => {
                    self.at += 1;
                    self.cell_start = self.at;
                    self.form = Form::Quoted;
                    self.state = State::Quoted;
                }
                State::CellStart => {
                    self.cell_start = self.at;
                    self.form = Form::Plain;
                    self.state = State::Plain;
                }
                State::Plain => {
                    if self.scan_plain() {
                        return Ok(true);
                    }
                }
                State::Quoted => match memchr(QUOTE, &self.buffer[self.at..]) {
                    Some(length) => {
                        self.at += length + 1;
                        self.state = State::Quote;
                    }
                    None => self.at = self.buffer.len(),
                },
                State::Quote => match self.buffer[self.at] {
                    QUOTE => {
                        self.at += 1;
                        self.form = Form::Escaped;
                        self.state = State::Quoted;
                    }
                    byte if byte == self.delimiter || byte == b'\n' || byte == b'\r' => {
                        if self.end_cell(self.at - 1) {
                            return Ok(true);
                        }
                    }
                    _ => return Err(Flaw::TextAfterQuote(self.spans.len())),
                },
            }
        }
        Ok(false)
    }

    /// Goes on through cells without quotes, up to one that has them or is yet to come; whether the record ended.
    fn scan_plain(&mut self) -> bool {
        const LINE_FEED: u64 = splat(b'\n');
        const RETURN: u64 = splat(b'\r');
        let delimiter = splat(self.delimiter);
        let mut cell_start = self.cell_start;
        while let Some(word) = self.buffer[self.at..].first_chunk() {
            let word = u64::from_le_bytes(*word);
            let mut ends = each(word, delimiter) | each(word, LINE_FEED) | each(word, RETURN);
            while ends != 0 {
                let end = self.at + ends.trailing_zeros() as usize / 8;
                ends &= ends - 1;
                let is_last = self.buffer[end] != self.delimiter;
                let may_be_quoted = self.buffer.get(end + 1).is_none_or(|byte| *byte == QUOTE);
                if is_last || may_be_quoted {
                    (self.cell_start, self.at) = (cell_start, end);
                    return self.end_cell(end);
                }
                self.spans.push(Span { start: cell_start, end, form: Form::Plain });
                cell_start = end + 1;
            }
            self.at += 8;
        }
        self.cell_start = cell_start;
        let is_end = |byte: &u8| *byte == self.delimiter || *byte == b'\n' || *byte == b'\r';
        match self.buffer[self.at..].iter().position(is_end) {
            Some(length) => {
                self.at += length;
                self.end_cell(self.at)
            }
            None => {
                self.at = self.buffer.len();
                false
            }
        }
    }

    /// Ends the cell at `end`, and says whether the byte behind it ends the record too.
    #[inline]
    fn end_cell(&mut self, end: usize) -> bool {
        self.spans.push(Span { start: self.cell_start, end, form: self.form });
        let byte = self.buffer[self.at];
        self.end = self.at;
        self.at += 1;
        self.state = State::CellStart;
        self.after_return = byte == b'\r';
        byte != self.delimiter
    }

    /// The last record, where no line end follows it.
    fn scan_end(&mut self) -> Result<bool, Flaw> {
        if self.at == self.start {
            return Ok(false);
        }
        let end = match self.state {
            State::CellStart => {
                self.form = Form::Plain;
                self.cell_start = self.at;
                self.at
            }
            State::Plain => self.at,
            State::Quote => self.at - 1,
            State::Quoted => return Err(Flaw::Unterminated(self.spans.len())),
        };
        self.spans.push(Span { start: self.cell_start, end, form: self.form });
        self.end = self.at;
        Ok(true)
    }
}

/// One line of the table, or several where quoted cells hold line ends.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    bytes: &'a [u8],
    start: usize,
    spans: &'a [Span],
}

impl<'a> Record<'a> {
    pub fn count(&self) -> usize {
        self.spans.len()
    }

    /// Its length in bytes.
    pub fn size(&self) -> usize {
        self.bytes.len() - self.start
    }

    /// Whether nothing is on its line.
    pub fn is_blank(&self) -> bool {
        matches!(self.spans, [span] if span.form == Form::Plain && span.start == span.end)
    }

    /// Its cells, or the index of the first that is not UTF-8.
    pub fn cells(self) -> Result<Cells<'a>, usize> {
        match std::str::from_utf8(&self.bytes[self.start..]) {
            Ok(text) => Ok(Cells { text, start: self.start, spans: self.spans }),
            Err(error) => {
                let at = self.start + error.valid_up_to();
                Err(self.spans.iter().position(|span| at <= span.end).unwrap_or_default())
            }
        }
    }
}

/// The cells of a record, as text.
pub struct Cells<'a> {
    text: &'a str,
    start: usize,
    spans: &'a [Span],
}

impl<'a> Cells<'a> {
    /// A cell's text; `None` for one that is empty and not quoted. `scratch` holds it where quotes were doubled.
    #[inline]
    pub fn get<'b>(&self, index: usize, scratch: &'b mut String) -> Option<&'b str>
    where
        'a: 'b,
    {
        let span = self.spans[index];
        let text = &self.text[span.start - self.start..span.end - self.start];
        match span.form {
            Form::Plain => (!text.is_empty()).then_some(text),
            Form::Quoted => Some(text),
            Form::Escaped => {
                scratch.clear();
                let mut rest = text;
                while let Some(at) = memchr(QUOTE, rest.as_bytes()) {
                    scratch.push_str(&rest[..=at]);
                    rest = &rest[at + 2..];
                }
                scratch.push_str(rest);
                Some(scratch)
            }
        }
    }
}
