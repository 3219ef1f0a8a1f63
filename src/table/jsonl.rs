//! JSON lines: a JSON object (RFC 8259) a line, in UTF-8, lines ended by `\n` or `\r\n`.
//!
//! - The types of columns are decided as [`infer`](super::infer) says, from the first rows: [`WINDOW_ROWS`] of
//!   them, or as many as begin in a quarter of `memoryLimit`. Strings stay strings, also those that read like dates.
//! - A number without fraction and exponent is an integer, and exact; beyond 64 bits it is refused unless `schema`
//!   makes the column a decimal, a float or a string. Every other number, `-0` too, is the nearest double.
//! - What `schema` makes a map is an object, or an array of `[key, value]`.
//! - A missing key is null. A key that first comes after the first rows is [`Code::SourceNewColumn`].
//! - A byte order mark and blank lines are skipped. The last line may lack its end, if it is whole.

pub(in crate::table) mod json;
mod lines;
mod names;
pub(in crate::table) mod observe;
mod table;
pub(in crate::table) mod values;

use std::collections::VecDeque;

use arrow::array::RecordBatch;
use arrow::datatypes::DataType;

use crate::error::{Code, Error, Result};
use crate::plan::ExportPlan;
use crate::table::columns;
use crate::table::infer::Observation;
use crate::table::rows::WINDOW_ROWS;
use crate::table::select::Selection;
use crate::table::{Input, Need, Source, Step};
use json::{LONE_SURROGATE, Path, Stop, TWICE};
use lines::{Line, Lines, Next};
use names::Names;
use table::Table;

/// A line's texts, and those of its batch, are offset by a signed 32 bits.
const MAX_LINE: usize = 1 << 30;

/// A table as JSON lines, given as bytes.
pub struct JsonlSource {
    selection: Selection,
    is_typed: bool,
    memory_limit: usize,
    lines: Lines,
    names: Names,
    row: u64,
    phase: Phase,
    batches: VecDeque<RecordBatch>,
    given: bool,
}

enum Phase {
    /// The first rows are looked at.
    Window(Vec<Observed>),
    Rows(Table),
    Ended,
}

/// What was seen of a key.
struct Observed {
    name: String,
    seen: Observation,
    target: Option<DataType>,
    is_wanted: bool,
}

impl JsonlSource {
    pub fn new(plan: &ExportPlan) -> Self {
        JsonlSource {
            selection: Selection::of(plan),
            is_typed: plan.format.is_typed(),
            memory_limit: plan.memory_limit,
            lines: Lines::new(plan.memory_limit.min(MAX_LINE)),
            names: Names::default(),
            row: 0,
            phase: Phase::Window(Vec::new()),
            batches: VecDeque::new(),
            given: false,
        }
    }

    fn line(&mut self, line: &Line) -> Result<()> {
        let bytes = self.lines.bytes(line);
        let Some(object) = object(bytes, line.is_whole)? else { return Ok(()) };
        self.names.begin_line();
        match &mut self.phase {
            Phase::Window(observed) => {
                let each = |key: &str, value: &str| {
                    observe(key, value, self.row, observed, &mut self.names, &self.selection)
                };
                json::members(object, each).map_err(|stop| failure(stop, line.is_whole))?;
                self.row += 1;
                if self.row == WINDOW_ROWS || self.lines.read_bytes() >= self.memory_limit / 4 {
                    self.decide()?;
                }
            }
            Phase::Rows(table) => {
                table.add(object, self.row, &mut self.names, line.is_whole, &mut self.batches)?;
                self.row += 1;
            }
            Phase::Ended => {}
        }
        Ok(())
    }

    /// Decides on the columns, and begins again at the first row.
    fn decide(&mut self) -> Result<()> {
        let Phase::Window(observed) = &mut self.phase else { return Ok(()) };
        let observed: Vec<_> =
            std::mem::take(observed).into_iter().map(|observed| (observed.name, observed.seen)).collect();
        let columns = columns::infer(&observed, &self.selection)?;
        let names = observed.iter().map(|(name, _)| name.as_str());
        let is_open = self.selection.selectors.is_none();
        self.phase = Phase::Rows(Table::new(columns, names, is_open, self.is_typed)?);
        self.lines.rewind();
        self.row = 0;
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        if matches!(self.phase, Phase::Window(_)) {
            return self.decide();
        }
        if let Phase::Rows(table) = std::mem::replace(&mut self.phase, Phase::Ended) {
            let last = table.end(!self.given && self.batches.is_empty())?;
            self.batches.extend(last);
        }
        Ok(())
    }
}

/// The text of a line that is an object; `None` for a blank line.
fn object(line: &[u8], is_whole: bool) -> Result<Option<&str>> {
    let text = std::str::from_utf8(line).map_err(|error| match error.error_len() {
        None if !is_whole => truncated(),
        _ => Error::new(Code::SourceInvalidText, "the line is not valid UTF-8"),
    })?;
    let text = text.trim_start_matches([' ', '\t', '\r']);
    match text.as_bytes().first() {
        None => Ok(None),
        Some(b'{') => Ok(Some(text)),
        Some(_) => Err(match serde_json::from_str::<serde::de::IgnoredAny>(text) {
            Ok(_) => Error::new(Code::SourceNotARow, "the line is JSON, and not an object"),
            Err(error) => syntax(&error, is_whole),
        }),
    }
}

fn observe(
    key: &str,
    value: &str,
    row: u64,
    observed: &mut Vec<Observed>,
    names: &mut Names,
    selection: &Selection,
) -> Result<()> {
    let name = json::string(key).ok_or_else(|| Error::new(Code::SourceInvalidText, LONE_SURROGATE))?;
    let place = names.find(&name).unwrap_or_else(|| {
        observed.push(Observed {
            name: name.to_string(),
            seen: Observation::default(),
            target: selection.target(&name).cloned(),
            is_wanted: selection
                .selectors
                .as_ref()
                .is_none_or(|wanted| wanted.iter().any(|wanted| *wanted == name)),
        });
        names.add(&name)
    });
    let path = Path::Column(&name);
    if !names.give(place) {
        return Err(path.error(Code::SourceCorrupt, TWICE));
    }
    let Observed { seen, target, is_wanted, .. } = &mut observed[place];
    if *is_wanted { observe::observe(value, seen, target.as_ref(), &path, row) } else { Ok(()) }
}

fn failure(stop: Stop<Error>, is_whole: bool) -> Error {
    match stop {
        Stop::By(error) => error,
        Stop::Syntax(error) => syntax(&error, is_whole),
    }
}

fn syntax(error: &serde_json::Error, is_whole: bool) -> Error {
    if error.is_eof() && !is_whole {
        return truncated();
    }
    let message = format!("the line is not well-formed JSON, at its byte {}", error.column());
    Error::new(Code::SourceCorrupt, message)
}

fn truncated() -> Error {
    Error::new(Code::SourceTruncated, "the last line ends within its object")
}

impl Source for JsonlSource {
    fn poll(&mut self) -> Result<Step> {
        loop {
            if let Some(batch) = self.batches.pop_front() {
                self.given = true;
                return Ok(Step::Batch(batch));
            }
            if matches!(self.phase, Phase::Ended) {
                return Ok(Step::End);
            }
            let next = self.lines.next().map_err(|error| error.at_row(self.row))?;
            match next {
                Next::Need => return Ok(Step::Need(Need::Bytes)),
                Next::End => self.end()?,
                Next::Line(line) => {
                    let row = self.row;
                    self.line(&line).map_err(|error| match error.place.row {
                        None if !error.code.as_str().starts_with("config/") => error.at_row(row),
                        _ => error,
                    })?;
                }
            }
        }
    }

    fn push(&mut self, input: Input) -> Result<()> {
        match input {
            Input::Bytes(bytes) => self.lines.push(&bytes),
            Input::End => self.lines.end(),
            Input::Batch(_) | Input::Range(..) => {
                return Err(Error::new(Code::Internal, "bytes of a stream were asked for, and others came"));
            }
        }
        Ok(())
    }

    fn progress(&self) -> Option<f64> {
        None
    }

    fn pending_bytes(&self) -> usize {
        let building = if let Phase::Rows(table) = &self.phase { table.text_bytes() } else { 0 };
        self.lines.pending_bytes() + building
    }
}
