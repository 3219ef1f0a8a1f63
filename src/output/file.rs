//! One file on its way out: encoded, compressed, cut into parts.

use arrow::datatypes::SchemaRef;

use super::blocks::Block;
use super::parts::{Part, PartCutter};
use crate::compress::pool::Pool;
use crate::compress::{self, Compressor};
use crate::encode::{self, Encoder};
use crate::error::Result;
use crate::plan::ExportPlan;

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

/// One file: its encoder, its codec and its parts.
pub struct OpenFile {
    pub encoder: Box<dyn Encoder>,
    compressor: Option<Box<dyn Compressor>>,
    /// What the encoder wrote and the compressor has not taken; unused without one.
    encoded: Vec<u8>,
    cutter: PartCutter,
    /// Parts that are full.
    pub ready: Vec<Part>,
    pub totals: FileTotals,
    /// Of the open row group.
    pub group_rows: u64,
    pub group_bytes: u64,
}

impl OpenFile {
    pub fn new(plan: &ExportPlan, schema: &SchemaRef, pool: &Pool) -> Result<Self> {
        Ok(OpenFile {
            encoder: encode::encoder(&plan.format, schema, pool)?,
            compressor: compress::compressor(plan.compression, pool),
            encoded: Vec::new(),
            cutter: PartCutter::new(&plan.destination),
            ready: Vec::new(),
            totals: FileTotals { row_groups: plan.format.is_typed().then_some(0), ..FileTotals::default() },
            group_rows: 0,
            group_bytes: 0,
        })
    }

    pub fn write(&mut self, block: &Block) -> Result<()> {
        self.step(|encoder, out| encoder.write(&block.batch, block.first_row, out))?;
        let rows = block.batch.num_rows() as u64;
        self.totals.rows += rows;
        self.group_rows += rows;
        self.group_bytes += block.bytes;
        Ok(())
    }

    pub fn end_row_group(&mut self) -> Result<()> {
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
        compressor.write(&self.encoded)?;
        self.encoded.clear();
        self.collect();
        Ok(())
    }

    /// Takes in what was compressed since.
    pub fn collect(&mut self) {
        let Some(compressor) = &mut self.compressor else { return };
        compressor.drain(self.cutter.buffer());
        self.cut();
    }

    fn cut(&mut self) {
        let OpenFile { cutter, ready, totals, .. } = self;
        cutter.cut(&mut |part| {
            totals.count(&part);
            ready.push(part);
        });
    }

    /// Bytes of the file so far.
    pub fn size(&self) -> u64 {
        self.totals.size + self.cutter.filled() as u64
    }

    /// Ends the file, after its last row group. What is compressed as a whole has its end still to come.
    pub fn end_encoding(self) -> Result<ClosingFile> {
        let OpenFile { encoder, mut compressor, mut encoded, mut cutter, ready, totals, .. } = self;
        match &mut compressor {
            None => encoder.finish(cutter.buffer())?,
            Some(compressor) => {
                encoder.finish(&mut encoded)?;
                compressor.write(&encoded)?;
                compressor.end()?;
            }
        }
        Ok(ClosingFile { compressor, cutter, ready, totals })
    }

    pub fn pending_bytes(&self) -> usize {
        let compressing = self.compressor.as_ref().map_or(0, |compressor| compressor.pending_bytes());
        self.encoder.pending_bytes() + self.cutter.pending_bytes() + self.encoded.capacity() + compressing
    }
}

/// A file whose encoder is through.
pub struct ClosingFile {
    compressor: Option<Box<dyn Compressor>>,
    cutter: PartCutter,
    ready: Vec<Part>,
    totals: FileTotals,
}

impl ClosingFile {
    pub fn pending_bytes(&self) -> usize {
        self.cutter.pending_bytes()
    }

    /// The rest of its parts, once the pool has nothing left.
    pub fn close(self) -> (Vec<Part>, FileTotals) {
        let ClosingFile { compressor, mut cutter, mut ready, mut totals } = self;
        if let Some(compressor) = compressor {
            compressor.finish(cutter.buffer());
        }
        let mut finished = Vec::new();
        cutter.cut(&mut |part| finished.push(part));
        finished.extend(cutter.last());
        finished.iter().for_each(|part| totals.count(part));
        ready.extend(finished);
        (ready, totals)
    }
}
