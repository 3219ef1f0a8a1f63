//! Rows and columns that the driver packs: their types are decided here, from what it saw.

use arrow::array::RecordBatch;

use crate::error::Result;
use crate::plan::ExportPlan;
use crate::table::infer::{FieldSpec, Observation};
use crate::table::packed::Packed;
use crate::table::{Input, Source, Step};

/// A source whose batches the driver packs.
pub struct RowSource {}

impl RowSource {
    pub fn new(_plan: &ExportPlan) -> Self {
        RowSource {}
    }

    /// Decides the columns from the first rows: an observation for each column seen, in order of appearance.
    /// Answers with the columns to pack, in order.
    pub fn infer(&mut self, _columns: &[(String, Observation)]) -> Result<Vec<FieldSpec>> {
        todo!()
    }

    /// The columns of a source that states its types (Arrow). Answers with the indexes of those to pass.
    pub fn declare(&mut self, _fields: &[FieldSpec]) -> Result<Vec<usize>> {
        todo!()
    }

    /// A value of row `row` did not fit column `column` (an index into what `infer` answered). Answers with the
    /// wider column from now on, or fails with [`crate::Code::SourceTypeChanged`].
    pub fn widen(&mut self, _column: usize, _row: u64, _seen: &Observation) -> Result<FieldSpec> {
        todo!()
    }

    /// The next rows: a packed column for each that `infer` or `declare` answered with.
    pub fn pack(&mut self, _rows: usize, _columns: Vec<Packed>) -> Result<RecordBatch> {
        todo!()
    }
}

impl Source for RowSource {
    fn poll(&mut self) -> Result<Step> {
        todo!()
    }

    fn push(&mut self, _input: Input) -> Result<()> {
        todo!()
    }

    fn progress(&self) -> Option<f64> {
        todo!()
    }

    fn pending_bytes(&self) -> usize {
        todo!()
    }
}
