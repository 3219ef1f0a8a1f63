//! The cells of a few hundred rows, written column by column and then joined row by row.
//!
//! In a loop over one column everything is of one type, and what is the same for all its cells was decided before.
//! The cells lie in the cache until they are joined, which looks at nothing but where each begins and ends.

use std::ops::Range;

use arrow::array::{GenericStringArray, OffsetSizeTrait};
use arrow::buffer::NullBuffer;

use super::Fault;
use super::digits::Window;
use super::scalar::Visit;
use crate::error::Error;

/// Short texts are copied as so many bytes, whatever their length: a call for a few bytes takes longer than they do.
const STEP: usize = 32;
/// Bytes of a column's cells that are kept for the next rows.
const KEPT: usize = 256 << 10;

/// Cells that are written before they are joined: as many as fit in a processor's own cache.
const CELLS: usize = 8_192;
const MIN_ROWS: usize = 16;
const MAX_ROWS: usize = 1_024;

/// A text that is written again and again.
struct Padded {
    /// Filled up to whole steps.
    bytes: Vec<u8>,
    length: usize,
}

impl Padded {
    fn new(text: &[u8]) -> Self {
        let mut bytes = text.to_vec();
        bytes.resize(text.len().next_multiple_of(STEP), 0);
        Padded { bytes, length: text.len() }
    }

    #[inline]
    fn write(&self, at: usize, out: &mut [u8]) -> usize {
        for (index, step) in self.bytes.as_chunks::<STEP>().0.iter().enumerate() {
            put(*step, at + index * STEP, out);
        }
        at + self.length
    }
}

/// What stands around the text of each cell of a column.
pub struct Frame {
    before: Padded,
    after: [u8; 2],
    after_length: usize,
    /// The whole cell of a null.
    null: Padded,
}

impl Frame {
    /// `after` is two bytes at most.
    pub fn new(before: &[u8], after: &[u8], null: &[u8]) -> Self {
        let byte = |index: usize| after.get(index).copied().unwrap_or_default();
        Frame {
            before: Padded::new(before),
            after: [byte(0), byte(1)],
            after_length: after.len(),
            null: Padded::new(null),
        }
    }

    /// Bytes to be had for a cell whose text takes so many.
    fn room(&self, text: usize) -> usize {
        self.null.bytes.len().max(self.before.bytes.len() + text + self.after.len())
    }

    pub fn end(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.after[..self.after_length]);
    }

    #[inline]
    fn close(&self, at: usize, out: &mut [u8]) -> usize {
        put(self.after, at, out);
        at + self.after_length
    }
}

/// The cells of one column.
#[derive(Default)]
pub struct Cells {
    /// Behind the last cell there is a step at least, of no meaning.
    bytes: Vec<u8>,
    /// Where each cell begins, and where the last one ends.
    offsets: Vec<usize>,
}

impl Cells {
    /// Cells that are written one by one.
    pub fn each(
        &mut self,
        rows: Range<usize>,
        mut write: impl FnMut(usize, &mut Vec<u8>) -> crate::error::Result<()>,
    ) -> Result<(), (usize, Error)> {
        self.bytes.clear();
        self.offsets.clear();
        self.offsets.push(0);
        for row in rows {
            write(row, &mut self.bytes).map_err(|error| (row, error))?;
            self.offsets.push(self.bytes.len());
        }
        self.bytes.resize(self.bytes.len() + STEP, 0);
        Ok(())
    }

    /// Makes room for cells of that many bytes, and for where they end.
    fn make_room(&mut self, rows: usize, room: usize) {
        self.offsets.resize(rows + 1, 0);
        if self.bytes.len() < room + STEP {
            self.bytes.resize(room + STEP, 0);
        }
    }

    /// Lets go of what a row out of the ordinary took.
    fn settle(&mut self) {
        if self.bytes.capacity() > KEPT {
            self.bytes = Vec::new();
        }
    }
}

/// Cells to be written in a loop over their rows.
pub struct Fill<'a> {
    pub cells: &'a mut Cells,
    pub rows: Range<usize>,
    pub nulls: Option<&'a NullBuffer>,
    pub frame: &'a Frame,
}

impl Visit for Fill<'_> {
    /// A failure stands by its row.
    type Output = Result<(), (usize, Fault)>;

    #[inline]
    fn with(self, mut write: impl FnMut(usize, &mut Window) -> Result<usize, Fault>) -> Self::Output {
        let Fill { cells, rows, nulls, frame } = self;
        cells.make_room(rows.len(), rows.len() * frame.room(size_of::<Window>()));
        let Cells { bytes, offsets } = cells;
        let bytes = &mut bytes[..];
        let mut at = 0;
        for (row, end) in rows.zip(&mut offsets[1..]) {
            if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                at = frame.null.write(at, bytes);
            } else {
                at = frame.before.write(at, bytes);
                let window = bytes[at..].first_chunk_mut().expect("room for each row");
                at += write(row, window).map_err(|fault| (row, fault))?;
                at = frame.close(at, bytes);
            }
            *end = at;
        }
        Ok(())
    }
}

impl Fill<'_> {
    pub fn again(&mut self) -> Fill<'_> {
        Fill { cells: self.cells, rows: self.rows.clone(), ..*self }
    }

    /// Strings without anything to be escaped; `quote` says whether one stands in quotes, and in which.
    #[inline]
    pub fn strings<O: OffsetSizeTrait>(
        self,
        array: &GenericStringArray<O>,
        quote: impl Fn(&[u8]) -> Option<u8>,
    ) {
        let Fill { cells, rows, nulls, frame } = self;
        let (starts, values) = (array.value_offsets(), array.value_data());
        let total = (starts[rows.end] - starts[rows.start]).as_usize();
        cells.make_room(rows.len(), rows.len() * frame.room(2) + total);
        let Cells { bytes, offsets } = cells;
        let bytes = &mut bytes[..];
        let mut at = 0;
        for (row, end) in rows.zip(&mut offsets[1..]) {
            if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                at = frame.null.write(at, bytes);
            } else {
                at = frame.before.write(at, bytes);
                let text = starts[row].as_usize()..starts[row + 1].as_usize();
                let quote = quote(&values[text.clone()]);
                bytes[at] = quote.unwrap_or_default();
                at = copy(values, text, at + usize::from(quote.is_some()), bytes);
                bytes[at] = quote.unwrap_or_default();
                at = frame.close(at + usize::from(quote.is_some()), bytes);
            }
            *end = at;
        }
    }
}

/// The cells of all columns.
#[derive(Default)]
pub struct Table(Vec<Cells>);

impl Table {
    /// Appends rows. `column` writes the cells of a column, by its place; `end` is given the places where a row
    /// begins and where its last cell ends, and tells where the row does, three bytes further at most.
    ///
    /// The failure is the first one of the first row that has one.
    #[inline]
    pub fn write(
        &mut self,
        rows: usize,
        columns: usize,
        out: &mut Vec<u8>,
        mut column: impl FnMut(usize, Range<usize>, &mut Cells) -> Result<(), (usize, Error)>,
        end: impl Fn(&mut [u8], usize, usize) -> usize,
    ) -> Result<(), (usize, Error)> {
        self.0.resize_with(columns, Cells::default);
        let at_once = (CELLS / columns.max(1)).clamp(MIN_ROWS, MAX_ROWS);
        for start in (0..rows).step_by(at_once) {
            let mut these = start..rows.min(start + at_once);
            let mut failure = None;
            for (index, cells) in self.0.iter_mut().enumerate() {
                if let Err((row, error)) = column(index, these.clone(), cells) {
                    // Whatever is wrong in the rows above comes first.
                    these.end = row;
                    failure = Some((row, error));
                }
            }
            match failure {
                Some(failure) => return Err(failure),
                None => self.join(these.len(), out, &end),
            }
        }
        Ok(())
    }

    #[inline]
    fn join(&mut self, rows: usize, out: &mut Vec<u8>, end: impl Fn(&mut [u8], usize, usize) -> usize) {
        let total: usize = self.0.iter().map(|cells| cells.offsets[rows]).sum();
        let mut at = out.len();
        out.resize(at + total + rows * 3 + STEP, 0);
        let bytes = &mut out[..];
        let columns: Vec<_> =
            self.0.iter().map(|cells| (&cells.bytes[..], &cells.offsets[..=rows])).collect();
        for row in 0..rows {
            let begin = at;
            for (cells, offsets) in &columns {
                at = copy(cells, offsets[row]..offsets[row + 1], at, bytes);
            }
            at = end(bytes, begin, at);
        }
        out.truncate(at);
        self.0.iter_mut().for_each(Cells::settle);
    }
}

/// Copies a text, and what lies behind a short one; the place behind it.
#[inline]
fn copy(from: &[u8], text: Range<usize>, at: usize, to: &mut [u8]) -> usize {
    let length = text.len();
    let rest = &from[text.start..];
    if length <= STEP
        && let Some(step) = rest.first_chunk::<STEP>()
    {
        put(*step, at, to);
    } else {
        to[at..at + length].copy_from_slice(&rest[..length]);
    }
    at + length
}

#[inline]
fn put<const N: usize>(bytes: [u8; N], at: usize, out: &mut [u8]) {
    out[at..at + N].copy_from_slice(&bytes);
}
