//! From the source to the parts of files: reading on while there is room.

use std::sync::Arc;

use arrow::datatypes::{Field, SchemaRef};

use super::action::{Action, Pull};
use super::file::{Column, File};
use super::task::Task;
use super::{Job, Phase, Reading};
use crate::compress::pool::Pieces;
use crate::error::{Code, Error, Result};
use crate::output::{Output, Rotator};
use crate::table::{Input, Need, Source, Step, types};
use crate::upload;

/// Bytes kept free for the block that is being encoded, and for the page that ends with it.
const WORKING_SPACE: usize = 8 << 20;
/// One byte in this many more is lost to the gaps of an allocator that gives nothing back: measured, up to a quarter.
const GAPS: usize = 4;

impl Job {
    pub(super) fn input(&mut self, input: Input) {
        if self.phase != Phase::Running {
            return;
        }
        let at_end = matches!(input, Input::End);
        self.reading = match self.reading {
            Reading::Asked(count) if count > 1 && !at_end => Reading::Asked(count - 1),
            _ => Reading::Ready,
        };
        if let Err(error) = self.table.push(input) {
            self.stop(error);
        }
    }

    /// One step of a job that runs.
    pub(super) fn run(&mut self) -> Option<Action> {
        if let Some((block, recipe)) = self.pool.hand_out() {
            return Some(Action::Compress { block, recipe });
        }
        let is_waiting = self.rotator.as_mut().is_some_and(Rotator::is_waiting);
        let has_room = self.has_room();
        if is_waiting || !has_room || self.pool.is_behind() {
            match self.compress_here() {
                Ok(true) => return Some(Action::Again),
                Ok(false) => {}
                Err(error) => {
                    self.stop(error);
                    return Some(Action::Again);
                }
            }
        }
        if is_waiting {
            return None;
        }
        if self.reading == Reading::Ended {
            let is_encoded = self.rotator.as_ref().is_some_and(Rotator::is_done);
            let is_stored = self.tasks.is_empty() && self.files.iter().all(|file| file.upload.is_stored());
            return (is_encoded && is_stored).then(|| {
                self.phase = Phase::Completed;
                Action::Done
            });
        }
        if !has_room {
            return None;
        }
        match &self.reading {
            Reading::Ready => {
                if let Err(error) = self.read_on() {
                    self.stop(error);
                }
                Some(if self.reading == Reading::Ended { Action::Close } else { Action::Again })
            }
            Reading::Needs(need) => {
                let need = need.clone();
                self.reading =
                    Reading::Asked(if let Need::Ranges(ranges) = &need { ranges.len() } else { 1 });
                Some(Action::Pull { need: Pull::from(&need) })
            }
            Reading::Asked(_) | Reading::Ended => None,
        }
    }

    /// Compresses a block that no helper has; false where there is none.
    fn compress_here(&mut self) -> Result<bool> {
        let did = self.pool.work()?;
        if did {
            self.encode_on()?;
        }
        Ok(did)
    }

    /// A helper compressed a block.
    pub(super) fn compressed(&mut self, block: u32, pieces: Pieces) {
        self.pool.compressed(block, pieces);
        if let Err(error) = self.encode_on() {
            self.stop(error);
        }
    }

    /// Takes what was compressed further.
    fn encode_on(&mut self) -> Result<()> {
        let Some(rotator) = &mut self.rotator else { return Ok(()) };
        rotator.collect();
        rotator.go_on()?;
        self.take_output()
    }

    pub(super) fn read_on(&mut self) -> Result<()> {
        match self.table.poll()? {
            Step::Need(need) => self.reading = Reading::Needs(need),
            Step::Batch(batch) => {
                self.progress.rows += batch.num_rows() as f64;
                self.rotator(&batch.schema()).write(batch)?;
                self.take_output()?;
            }
            Step::End => {
                self.reading = Reading::Ended;
                let Some(rotator) = &mut self.rotator else {
                    return Err(Error::new(Code::Internal, "the source ended before it stated its columns"));
                };
                rotator.finish()?;
                self.take_output()?;
            }
        }
        Ok(())
    }

    pub(super) fn rotator(&mut self, schema: &SchemaRef) -> &mut Rotator {
        let column = |field: &Arc<Field>| Column {
            name: field.name().clone(),
            data_type: types::print(field.data_type()),
        };
        self.columns = schema.fields().iter().map(column).collect();
        self.rotator.get_or_insert_with(|| Rotator::new(self.plan.clone(), schema.clone(), self.pool.clone()))
    }

    pub(super) fn take_output(&mut self) -> Result<()> {
        while let Some(output) = self.rotator.as_mut().and_then(Rotator::next_output) {
            match output {
                Output::Open { name } => self.open_file(name),
                Output::Part(part) => {
                    self.progress.bytes_encoded += part.size as f64;
                    let file = self.last_file()?;
                    file.upload.push(part).map_err(|error| error.in_file(&file.name))?;
                }
                Output::Close(totals) => {
                    let columns = self.columns.clone();
                    let file = self.last_file()?;
                    file.columns = columns;
                    file.upload.close(&totals).map_err(|error| error.in_file(&file.name))?;
                    file.totals = Some(totals);
                }
            }
        }
        Ok(())
    }

    pub(super) fn open_file(&mut self, name: String) {
        self.files.push(File {
            index: self.files.len() as u32,
            content_type: self.plan.content_type(),
            upload: upload::upload(&self.plan, &self.id, &name),
            name,
            totals: None,
            columns: Vec::new(),
            attempts: 0,
        });
    }

    pub(super) fn last_file(&mut self) -> Result<&mut File> {
        self.files.last_mut().ok_or_else(|| Error::new(Code::Internal, "bytes before a file was opened"))
    }

    /// Whether more may be read: what is held, and the space to work in, fit in the limit. Where nothing is on its
    /// way out, or to a helper and back, waiting would be for ever, so reading goes on.
    pub(super) fn has_room(&self) -> bool {
        let encoding = self.rotator.as_ref().map_or(0, Rotator::pending_bytes) + self.table.pending_bytes();
        let waiting: usize = self.files.iter().map(|file| file.upload.pending_bytes()).sum();
        let sending: usize = self.tasks.iter().map(Task::held_bytes).sum();
        let held = encoding + waiting + sending + self.pool.held_bytes();
        let is_alone = self.tasks.is_empty() && self.pool.is_idle();
        held + held / GAPS + WORKING_SPACE <= self.plan.memory_limit || is_alone
    }
}
