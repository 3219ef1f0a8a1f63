//! Blocks: the one way in which a table is sliced, whatever batches it came in.

use arrow::array::RecordBatch;

use crate::error::Result;

/// A slice of the table, and how many bytes its values take, plainly encoded.
#[derive(Debug, Clone)]
pub struct Block {
    pub batch: RecordBatch,
    pub bytes: u64,
    /// The place of its first row in the table.
    pub first_row: u64,
}

/// Cuts a stream of batches into blocks.
pub struct Blocks {}

impl Blocks {
    pub fn new(_max_bytes: u64) -> Self {
        Blocks {}
    }

    pub fn push(&mut self, _batch: RecordBatch) -> Result<()> {
        todo!()
    }

    /// The next whole block; at the end of the table, the rest.
    pub fn next(&mut self, _max_rows: usize, _at_end: bool) -> Result<Option<Block>> {
        todo!()
    }

    pub fn pending_bytes(&self) -> u64 {
        todo!()
    }
}
