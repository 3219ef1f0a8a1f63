//! The rows of a table that are exported: those within a range, of all that its source gives.
//!
//! Rows before the range are read, and judged, as any, except those that a source can [leave out](Source::passed);
//! of the rows behind it, only what comes in one batch with its last.

use std::ops::Range;

use arrow::array::RecordBatch;

use crate::error::{Code, Error, Result};
use crate::plan::{ExportPlan, SourcePlan};
use crate::table::rows::RowSource;
use crate::table::{Input, Source, Step, file};

/// The part of a table that the plan wants.
pub struct Ranged {
    wanted: Range<u64>,
    /// None once no more of it is wanted.
    table: Option<Table>,
    /// Rows that came.
    read: u64,
}

/// Where the rows come from.
enum Table {
    Rows(RowSource),
    File(Box<dyn Source>),
}

impl Ranged {
    pub fn open(plan: &ExportPlan) -> Self {
        let table = match plan.source {
            SourcePlan::Packed { .. } => Table::Rows(RowSource::new(plan)),
            SourcePlan::Bytes { .. } | SourcePlan::File { .. } => Table::File(file::open(plan)),
        };
        Ranged { wanted: plan.rows.clone(), table: Some(table), read: 0 }
    }

    /// The source of packed rows, whose columns the driver asks for.
    pub fn rows(&mut self) -> Result<&mut RowSource> {
        match &mut self.table {
            Some(Table::Rows(rows)) => Ok(rows),
            _ => Err(Error::new(Code::Internal, "no rows are read, and some were given")),
        }
    }

    fn source(&self) -> Option<&dyn Source> {
        self.table.as_ref().map(|table| match table {
            Table::Rows(rows) => rows,
            Table::File(source) => source.as_ref(),
        })
    }

    fn source_mut(&mut self) -> Option<&mut dyn Source> {
        Some(match self.table.as_mut()? {
            Table::Rows(rows) => rows,
            Table::File(source) => source.as_mut(),
        })
    }

    /// What is wanted of the next rows. It may be none of them: a batch tells the columns, too.
    fn take(&mut self, batch: RecordBatch) -> RecordBatch {
        let rows = batch.num_rows() as u64;
        let first = self.read + self.source().map_or(0, Source::passed);
        self.read += rows;
        if first + rows >= self.wanted.end {
            self.table = None;
        }
        let place = |row: u64| row.saturating_sub(first).min(rows) as usize;
        let (start, end) = (place(self.wanted.start), place(self.wanted.end));
        batch.slice(start, end - start)
    }
}

impl Source for Ranged {
    fn poll(&mut self) -> Result<Step> {
        let Some(source) = self.source_mut() else { return Ok(Step::End) };
        let step = source.poll()?;
        Ok(match step {
            Step::Batch(batch) => Step::Batch(self.take(batch)),
            Step::Need(need) => Step::Need(need),
            Step::End => {
                self.table = None;
                Step::End
            }
        })
    }

    fn push(&mut self, input: Input) -> Result<()> {
        self.source_mut().map_or(Ok(()), |source| source.push(input))
    }

    /// The share of the whole input, or of the rows up to the end of the range, which may be behind the table's.
    fn progress(&self) -> Option<f64> {
        let Some(source) = self.source() else { return Some(1.0) };
        let rows = self.wanted.end.saturating_sub(source.passed()).max(1);
        let of_rows = (self.wanted.end < u64::MAX).then(|| self.read as f64 / rows as f64);
        source.progress().into_iter().chain(of_rows).reduce(f64::max)
    }

    fn pending_bytes(&self) -> usize {
        self.source().map_or(0, Source::pending_bytes)
    }
}
