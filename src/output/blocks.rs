//! Blocks: the one way in which a table is sliced, whatever batches it came in.

use std::collections::VecDeque;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::error::ArrowError;

use super::measure::Sizes;
use crate::error::{Code, Error, Result};
use crate::table::concat::concat;

/// A slice of the table.
#[derive(Debug, Clone)]
pub struct Block {
    pub batch: RecordBatch,
    /// The place of its first row in the table.
    pub first_row: u64,
    /// What its values take, plainly encoded, as [`Sizes`] counts it.
    pub bytes: u64,
}

impl Block {
    /// Two blocks of it: the first `rows` rows, and the others.
    pub fn split_at(&self, rows: usize) -> Result<(Block, Block)> {
        let head = self.batch.slice(0, rows);
        let bytes = Sizes::of(&head)?.total(rows);
        let tail = Block {
            batch: self.batch.slice(rows, self.batch.num_rows() - rows),
            first_row: self.first_row + rows as u64,
            bytes: self.bytes - bytes,
        };
        Ok((Block { batch: head, first_row: self.first_row, bytes }, tail))
    }
}

/// Cuts a stream of batches into blocks.
///
/// A block ends when it has `max_rows` rows, or when the next row would bring it over `max_bytes`; a row larger
/// than that is a block by itself. So the cuts depend on the rows alone, never on the batches they came in.
#[derive(Debug)]
pub struct Blocks {
    max_rows: usize,
    max_bytes: u64,
    open: Open,
    ready: VecDeque<Block>,
    pending_bytes: u64,
}

/// The block that is being filled.
#[derive(Debug, Default)]
struct Open {
    pieces: Vec<RecordBatch>,
    first_row: u64,
    rows: usize,
    bytes: u64,
}

impl Blocks {
    pub fn new(max_rows: usize, max_bytes: u64) -> Self {
        let (open, ready) = Default::default();
        Blocks { max_rows: max_rows.max(1), max_bytes, open, ready, pending_bytes: 0 }
    }

    /// The same of a table of which only the rows from this one on come.
    pub fn from_row(self, first_row: u64) -> Self {
        Blocks { open: Open { first_row, ..self.open }, ..self }
    }

    /// Adds the next rows of the table.
    pub fn push(&mut self, batch: RecordBatch) -> Result<()> {
        let sizes = Sizes::of(&batch)?;
        let mut row = 0;
        while row < batch.num_rows() {
            let rows = self.room(&sizes, row, batch.num_rows());
            if rows == 0 {
                self.end_block()?;
                continue;
            }
            let bytes = sizes.total(row + rows) - sizes.total(row);
            self.pending_bytes += bytes;
            self.open.add(batch.slice(row, rows), bytes)?;
            row += rows;
            if self.open.rows == self.max_rows {
                self.end_block()?;
            }
        }
        Ok(())
    }

    /// The next whole block; at the end of the table, the rest.
    pub fn next(&mut self, at_end: bool) -> Result<Option<Block>> {
        if self.ready.is_empty() && at_end && self.open.rows > 0 {
            self.end_block()?;
        }
        let block = self.ready.pop_front();
        self.pending_bytes -= block.as_ref().map_or(0, |block| block.bytes);
        Ok(block)
    }

    /// Bytes of the rows that are here, as [`Block::bytes`] counts them.
    pub fn pending_bytes(&self) -> u64 {
        self.pending_bytes
    }

    /// How many of the rows from `row` on go into the open block.
    fn room(&self, sizes: &Sizes, row: usize, end: usize) -> usize {
        let end = end.min(row + self.max_rows - self.open.rows);
        let rows = sizes.rows_within(row, end, self.max_bytes.saturating_sub(self.open.bytes));
        // Values of no bytes at all still end a block that a larger row overfilled.
        if self.open.rows == 0 {
            rows.max(1)
        } else if self.open.bytes > self.max_bytes {
            0
        } else {
            rows
        }
    }

    fn end_block(&mut self) -> Result<()> {
        let next_row = self.open.first_row + self.open.rows as u64;
        let open = std::mem::replace(&mut self.open, Open { first_row: next_row, ..Open::default() });
        let batch = join(&open.pieces)?;
        self.ready.push_back(Block { batch, first_row: open.first_row, bytes: open.bytes });
        Ok(())
    }
}

/// Batches of up to this many rows are merged as they come: the arrays around a few rows take more than the rows.
const SMALL: usize = 256;

impl Open {
    fn add(&mut self, piece: RecordBatch, bytes: u64) -> Result<()> {
        self.rows += piece.num_rows();
        self.bytes += bytes;
        self.pieces.push(piece);
        // As a binary counter carries: each row is copied at most log2(SMALL) times.
        while let [.., last, next] = &self.pieces[..]
            && next.num_rows() >= last.num_rows()
            && next.num_rows() <= SMALL
        {
            let merged = join(&self.pieces[self.pieces.len() - 2..])?;
            self.pieces.truncate(self.pieces.len() - 2);
            self.pieces.push(merged);
        }
        Ok(())
    }
}

/// One batch of several; a single one is not copied.
fn join(pieces: &[RecordBatch]) -> Result<RecordBatch> {
    if let [piece] = pieces {
        return Ok(piece.clone());
    }
    let column = |index| {
        let parts: Vec<ArrayRef> = pieces.iter().map(|piece| piece.column(index).clone()).collect();
        concat(&parts)
    };
    let columns = (0..pieces[0].num_columns()).map(column).collect::<Result<_, _>>().map_err(too_large)?;
    let options =
        RecordBatchOptions::new().with_row_count(Some(pieces.iter().map(RecordBatch::num_rows).sum()));
    RecordBatch::try_new_with_options(pieces[0].schema(), columns, &options).map_err(too_large)
}

/// Batches of one schema fail to become one only where their values do not fit Arrow's offsets or keys.
fn too_large(_: ArrowError) -> Error {
    let message = "rows of one block hold more values than the offsets of their Arrow type can count";
    Error::new(Code::LimitExceeded, message)
}
