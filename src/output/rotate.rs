//! Files: which rows go into which, and the bytes of each.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::blocks::{Block, Blocks};
use super::file::{ClosingFile, FileTotals, OpenFile};
use super::parts::Part;
use crate::compress::pool::Pool;
use crate::error::Result;
use crate::plan::{ExportPlan, Files, Format};

/// Rows of a block. A multiple of the 1,024 rows in which the parquet crate looks at its page limits.
const BLOCK_ROWS: usize = 8192;
/// Bytes of a block's values.
const BLOCK_BYTES: u64 = 1 << 20;

/// What comes out, in this order for each file: `Open`, its parts, `Close`.
#[derive(Debug)]
pub enum Output {
    Open { name: String },
    Part(Part),
    Close(FileTotals),
}

/// Cuts the table into blocks, row groups and files, and encodes them.
///
/// Where what comes next depends on bytes that the pool still compresses, it waits ([`Rotator::is_waiting`]) until the
/// pool is idle, and then wants to [go on](Rotator::go_on).
pub struct Rotator {
    plan: Arc<ExportPlan>,
    schema: SchemaRef,
    pool: Pool,
    blocks: Blocks,
    /// What is to be done before the next block.
    steps: VecDeque<Step>,
    open: Option<OpenFile>,
    files_opened: u32,
    /// Whether the table is at its end; the last file may not be.
    ended: bool,
    output: VecDeque<Output>,
}

/// What is done at once.
enum Step {
    Encode(Block),
    /// Ends the pages of the row group.
    Flush,
    EndGroup,
    /// Ends the file if it is large enough.
    Judge,
    EndEncoding,
    Close(Box<ClosingFile>),
}

impl Rotator {
    pub fn new(plan: Arc<ExportPlan>, schema: SchemaRef, pool: Pool) -> Self {
        let max_bytes = match &plan.format {
            Format::Parquet(options) => BLOCK_BYTES.min(options.row_group_size),
            _ => BLOCK_BYTES,
        };
        Rotator {
            blocks: Blocks::new(BLOCK_ROWS, max_bytes).from_row(plan.rows.start),
            plan,
            schema,
            pool,
            steps: VecDeque::new(),
            open: None,
            files_opened: 0,
            ended: false,
            output: VecDeque::new(),
        }
    }

    /// The next rows, while it does not wait. Their schema may be wider than that of rows before, in formats that do not
    /// state types.
    pub fn write(&mut self, batch: RecordBatch) -> Result<()> {
        if batch.schema() != self.schema {
            while let Some(block) = self.blocks.next(true)? {
                self.steps.push_back(Step::Encode(block));
            }
            self.schema = batch.schema();
        }
        self.blocks.push(batch)?;
        self.go_on()
    }

    /// The table is at its end. A table without rows is one file still.
    pub fn finish(&mut self) -> Result<()> {
        self.ended = true;
        self.go_on()
    }

    /// Does what can be done without waiting for the pool.
    pub fn go_on(&mut self) -> Result<()> {
        while !self.is_waiting() {
            let Some(step) = self.next_step()? else { break };
            self.take(step)?;
        }
        Ok(())
    }

    /// Whether the next step needs bytes that the pool still compresses.
    pub fn is_waiting(&mut self) -> bool {
        !self.pool.is_idle() && self.needs_pool()
    }

    /// Whether all of the table has come out.
    pub fn is_done(&self) -> bool {
        self.ended && self.steps.is_empty() && self.open.is_none() && self.files_opened > 0
    }

    /// Takes in what the pool has compressed.
    pub fn collect(&mut self) {
        if let Some(file) = &mut self.open {
            file.collect();
        }
        self.take_parts();
    }

    pub fn next_output(&mut self) -> Option<Output> {
        self.output.pop_front()
    }

    /// Bytes held, without those that the pool has, and the outputs that wait to be taken.
    pub fn pending_bytes(&self) -> usize {
        let closing = match self.steps.front() {
            Some(Step::Close(file)) => file.pending_bytes(),
            _ => 0,
        };
        let open = self.open.as_ref().map_or(0, OpenFile::pending_bytes);
        self.blocks.pending_bytes() as usize + closing + open
    }

    fn next_step(&mut self) -> Result<Option<Step>> {
        if let Some(step) = self.steps.pop_front() {
            return Ok(Some(step));
        }
        if let Some(block) = self.blocks.next(self.ended)? {
            return Ok(Some(Step::Encode(block)));
        }
        if self.ended && self.files_opened == 0 {
            self.file(&self.schema.clone())?;
        }
        Ok((self.ended && self.open.is_some()).then(|| {
            self.end_file();
            self.steps.pop_front().expect("the end of a file has steps")
        }))
    }

    fn needs_pool(&mut self) -> bool {
        match self.steps.front() {
            Some(Step::EndGroup | Step::Close(_)) => true,
            Some(Step::Judge) => matches!(self.plan.files, Files::Multi { target_size: Some(_), .. }),
            Some(Step::Encode(_)) | None => self.group_takes_too_much(),
            Some(Step::Flush | Step::EndEncoding) => false,
        }
    }

    fn take(&mut self, step: Step) -> Result<()> {
        match step {
            Step::Encode(block) => self.encode(block)?,
            Step::Flush => self.open.as_mut().map_or(Ok(()), |file| file.encoder.flush())?,
            Step::EndGroup => self.open.as_mut().map_or(Ok(()), OpenFile::end_row_group)?,
            Step::Judge => self.end_file_at_limit(),
            Step::EndEncoding => {
                if let Some(file) = self.open.take() {
                    self.steps.push_front(Step::Close(Box::new(file.end_encoding()?)));
                }
            }
            Step::Close(file) => {
                let (parts, totals) = file.close();
                self.output.extend(parts.into_iter().map(Output::Part));
                self.output.push_back(Output::Close(totals));
            }
        }
        self.take_parts();
        Ok(())
    }

    fn encode(&mut self, block: Block) -> Result<()> {
        if block.batch.num_rows() > self.group_room() {
            let (head, tail) = block.split_at(self.group_room())?;
            self.steps.push_front(Step::Encode(tail));
            return self.encode(head);
        }
        if self.group_is_full_before(&block) {
            self.steps.push_front(Step::Encode(block));
            self.end_group();
            return Ok(());
        }
        self.file(&block.batch.schema())?.write(&block)?;
        if self.group_room() == 0 {
            self.end_group();
        } else {
            self.steps.push_front(Step::Judge);
        }
        Ok(())
    }

    /// Ends the row group, and perhaps the file, before what comes next.
    fn end_group(&mut self) {
        self.do_first([Step::Flush, Step::EndGroup, Step::Judge]);
    }

    fn end_file(&mut self) {
        self.do_first([Step::Flush, Step::EndGroup, Step::EndEncoding]);
    }

    fn do_first<const N: usize>(&mut self, steps: [Step; N]) {
        steps.into_iter().rev().for_each(|step| self.steps.push_front(step));
    }

    /// Rows that the open row group still takes.
    fn group_room(&self) -> usize {
        let in_group = self.open.as_ref().map_or(0, |file| file.group_rows);
        match &self.plan.format {
            Format::Parquet(options) => (options.row_group_rows - in_group) as usize,
            _ => usize::MAX,
        }
    }

    fn group_is_full_before(&mut self, block: &Block) -> bool {
        let (Format::Parquet(options), Some(file)) = (&self.plan.format, &self.open) else { return false };
        let is_full = file.group_rows > 0 && file.group_bytes + block.bytes > options.row_group_size;
        is_full || self.group_takes_too_much()
    }

    fn group_takes_too_much(&mut self) -> bool {
        let (Format::Parquet(options), Some(file)) = (&self.plan.format, &mut self.open) else {
            return false;
        };
        file.group_rows > 0 && file.encoder.row_group_bytes_ahead() as u64 > options.row_group_room
    }

    fn end_file_at_limit(&mut self) {
        let (Files::Multi { target_size, max_row_groups }, Some(file)) = (self.plan.files, &mut self.open)
        else {
            return;
        };
        file.collect();
        let large = target_size.is_some_and(|target| file.size() >= target);
        let many =
            max_row_groups.is_some_and(|max| file.group_rows == 0 && file.totals.row_groups >= Some(max));
        if large || many {
            self.end_file();
        }
    }

    fn file(&mut self, schema: &SchemaRef) -> Result<&mut OpenFile> {
        if self.open.is_none() {
            let name = self.plan.name_of_file(self.files_opened);
            let file = OpenFile::new(&self.plan, schema, &self.pool)?;
            self.files_opened += 1;
            self.output.push_back(Output::Open { name });
            self.open = Some(file);
        }
        Ok(self.open.as_mut().expect("opened above"))
    }

    fn take_parts(&mut self) {
        let Some(file) = &mut self.open else { return };
        self.output.extend(file.ready.drain(..).map(Output::Part));
    }
}
