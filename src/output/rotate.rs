//! Files: which rows go into which, and the bytes of each.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::blocks::{Block, Blocks};
use super::parts::{Part, PartCutter};
use crate::compress::{self, Compressor};
use crate::encode::{self, Encoder};
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

/// What a finished file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileTotals {
    pub rows: u64,
    /// In formats that have them.
    pub row_groups: Option<u32>,
    pub size: u64,
    pub parts: u32,
}

impl FileTotals {
    fn count(&mut self, part: &Part) {
        self.size += part.size as u64;
        self.parts += 1;
    }
}

/// Cuts the table into blocks, row groups and files, and encodes them.
pub struct Rotator {
    plan: Arc<ExportPlan>,
    schema: SchemaRef,
    blocks: Blocks,
    open: Option<OpenFile>,
    files_opened: u32,
    output: VecDeque<Output>,
}

impl Rotator {
    pub fn new(plan: Arc<ExportPlan>, schema: SchemaRef) -> Self {
        let max_bytes = match &plan.format {
            Format::Parquet(options) => BLOCK_BYTES.min(options.row_group_size),
            _ => BLOCK_BYTES,
        };
        Rotator {
            plan,
            schema,
            blocks: Blocks::new(BLOCK_ROWS, max_bytes),
            open: None,
            files_opened: 0,
            output: VecDeque::new(),
        }
    }

    /// The next rows. Their schema may be wider than that of rows before, in formats that do not state types.
    pub fn write(&mut self, batch: RecordBatch) -> Result<()> {
        if batch.schema() != self.schema {
            self.encode_blocks(true)?;
            self.schema = batch.schema();
        }
        self.blocks.push(batch)?;
        self.encode_blocks(false)
    }

    /// The table is at its end. A table without rows is one file still.
    pub fn finish(&mut self) -> Result<()> {
        self.encode_blocks(true)?;
        if self.files_opened == 0 {
            self.file()?;
        }
        self.close_file()
    }

    pub fn next_output(&mut self) -> Option<Output> {
        self.output.pop_front()
    }

    /// Bytes held, without the outputs that wait to be taken.
    pub fn pending_bytes(&self) -> usize {
        self.blocks.pending_bytes() as usize + self.open.as_ref().map_or(0, OpenFile::pending_bytes)
    }

    fn encode_blocks(&mut self, at_end: bool) -> Result<()> {
        while let Some(mut block) = self.blocks.next(at_end)? {
            while block.batch.num_rows() > self.group_room() {
                let (head, tail) = block.split_at(self.group_room())?;
                self.encode(&head)?;
                block = tail;
            }
            self.encode(&block)?;
        }
        Ok(())
    }

    fn encode(&mut self, block: &Block) -> Result<()> {
        if self.group_is_full_before(block) {
            self.end_row_group()?;
        }
        self.file()?.write(block)?;
        self.take_parts();
        self.end_what_is_full()
    }

    /// Rows that the open row group still takes.
    fn group_room(&self) -> usize {
        let in_group = self.open.as_ref().map_or(0, |file| file.group_rows);
        match &self.plan.format {
            Format::Parquet(options) => (options.row_group_rows - in_group) as usize,
            _ => usize::MAX,
        }
    }

    fn group_is_full_before(&self, block: &Block) -> bool {
        let (Format::Parquet(options), Some(file)) = (&self.plan.format, &self.open) else { return false };
        let takes_too_much = || file.encoder.row_group_bytes_ahead() as u64 > options.row_group_room;
        file.group_rows > 0 && (file.group_bytes + block.bytes > options.row_group_size || takes_too_much())
    }

    fn end_what_is_full(&mut self) -> Result<()> {
        let Some(file) = &self.open else { return Ok(()) };
        if let Format::Parquet(options) = &self.plan.format
            && file.group_rows >= options.row_group_rows
        {
            return self.end_row_group();
        }
        self.close_if_at_limit()
    }

    fn end_row_group(&mut self) -> Result<()> {
        let Some(file) = &mut self.open else { return Ok(()) };
        file.end_row_group()?;
        self.take_parts();
        self.close_if_at_limit()
    }

    fn close_if_at_limit(&mut self) -> Result<()> {
        let (Files::Multi { target_size, max_row_groups }, Some(file)) = (self.plan.files, &self.open) else {
            return Ok(());
        };
        let large = target_size.is_some_and(|target| file.size() >= target);
        let many =
            max_row_groups.is_some_and(|max| file.group_rows == 0 && file.totals.row_groups >= Some(max));
        if large || many { self.close_file() } else { Ok(()) }
    }

    fn file(&mut self) -> Result<&mut OpenFile> {
        if self.open.is_none() {
            let name = self.plan.name_of_file(self.files_opened);
            let file = OpenFile::new(&self.plan, &self.schema)?;
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

    fn close_file(&mut self) -> Result<()> {
        let Some(mut file) = self.open.take() else { return Ok(()) };
        file.end_row_group()?;
        let (parts, totals) = file.finish()?;
        self.output.extend(parts.into_iter().map(Output::Part));
        self.output.push_back(Output::Close(totals));
        Ok(())
    }
}

/// One file: its encoder, its codec and its parts.
struct OpenFile {
    encoder: Box<dyn Encoder>,
    compressor: Option<Box<dyn Compressor>>,
    /// What the encoder wrote and the compressor has not taken; unused without one.
    encoded: Vec<u8>,
    cutter: PartCutter,
    ready: Vec<Part>,
    totals: FileTotals,
    group_rows: u64,
    group_bytes: u64,
}

impl OpenFile {
    fn new(plan: &ExportPlan, schema: &SchemaRef) -> Result<Self> {
        Ok(OpenFile {
            encoder: encode::encoder(&plan.format, schema)?,
            compressor: compress::compressor(plan.compression),
            encoded: Vec::new(),
            cutter: PartCutter::new(&plan.destination),
            ready: Vec::new(),
            totals: FileTotals { row_groups: plan.format.is_typed().then_some(0), ..FileTotals::default() },
            group_rows: 0,
            group_bytes: 0,
        })
    }

    fn write(&mut self, block: &Block) -> Result<()> {
        self.step(|encoder, out| encoder.write(&block.batch, block.first_row, out))?;
        let rows = block.batch.num_rows() as u64;
        self.totals.rows += rows;
        self.group_rows += rows;
        self.group_bytes += block.bytes;
        Ok(())
    }

    fn end_row_group(&mut self) -> Result<()> {
        if self.group_rows == 0 {
            return Ok(());
        }
        self.encoder.end_row_group()?;
        if let Some(row_groups) = &mut self.totals.row_groups {
            *row_groups += 1;
        }
        self.group_rows = 0;
        self.group_bytes = 0;
        loop {
            let mut more = false;
            self.step(|encoder, out| {
                more = encoder.drain(out);
                Ok(())
            })?;
            if !more {
                return Ok(());
            }
        }
    }

    /// One call of the encoder, and the way of its bytes through the compressor into parts.
    fn step(&mut self, encode: impl FnOnce(&mut dyn Encoder, &mut Vec<u8>) -> Result<()>) -> Result<()> {
        let Some(compressor) = &mut self.compressor else {
            encode(self.encoder.as_mut(), self.cutter.buffer())?;
            self.cut();
            return Ok(());
        };
        encode(self.encoder.as_mut(), &mut self.encoded)?;
        compressor.write(&self.encoded, self.cutter.buffer())?;
        self.encoded.clear();
        self.cut();
        Ok(())
    }

    fn cut(&mut self) {
        let OpenFile { cutter, ready, totals, .. } = self;
        cutter.cut(&mut |part| {
            totals.count(&part);
            ready.push(part);
        });
    }

    /// Bytes of the file so far.
    fn size(&self) -> u64 {
        self.totals.size + self.cutter.filled() as u64
    }

    fn finish(self) -> Result<(Vec<Part>, FileTotals)> {
        let OpenFile { encoder, compressor, mut encoded, mut cutter, mut ready, mut totals, .. } = self;
        match compressor {
            None => encoder.finish(cutter.buffer())?,
            Some(mut compressor) => {
                encoder.finish(&mut encoded)?;
                compressor.write(&encoded, cutter.buffer())?;
                compressor.finish(cutter.buffer())?;
            }
        }
        let mut finished = Vec::new();
        cutter.cut(&mut |part| finished.push(part));
        finished.extend(cutter.last());
        finished.iter().for_each(|part| totals.count(part));
        ready.extend(finished);
        Ok((ready, totals))
    }

    fn pending_bytes(&self) -> usize {
        self.encoder.pending_bytes() + self.cutter.pending_bytes() + self.encoded.capacity()
    }
}
