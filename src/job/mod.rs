//! The job: a state machine between a table and a destination. It asks its driver for one [`Action`] at a time and
//! is told what happened by [`Event`]s; time and randomness are arguments, so that a whole job runs in a test.

mod action;
mod ending;
mod file;
mod reading;
mod requests;
mod status;
mod task;

use std::sync::Arc;

pub use action::{Action, BodyKind, Pull, SignRequest, StoredPart};
pub use file::{Column, FileStatus};
pub use status::{ErrorStatus, Progress, Resource, Snapshot, State};

use crate::compress::pool::{Pieces, Pool};
use crate::error::{Code, Error, Result};
use crate::numbered::Numbered;
use crate::output::Rotator;
use crate::plan::ExportPlan;
use crate::table::range::Ranged;
use crate::table::rows::RowSource;
use crate::table::{Input, Need, Source};
use crate::upload::concurrency::Concurrency;
use crate::upload::retry::{Budget, Random};
use crate::upload::{Answer, Body, KnownFile, Token};
use file::File;
use status::Percent;
use task::Task;

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// What [`Action::Pull`] asked for.
    Input(Input),
    /// The source cannot be read on.
    SourceFailed(Error),
    /// The driver holds the URL of a request.
    Signed {
        task: u32,
    },
    /// A request was answered, or a sink did what it was asked.
    Answered {
        task: u32,
        answer: Answer,
    },
    /// A request was not answered.
    Failed {
        task: u32,
        error: Error,
    },
    /// A request failed since there is no network. It waits for one, and no try is lost.
    Offline {
        task: u32,
    },
    /// There may be a network again.
    Online,
    /// A helper did what [`Action::Compress`] asked for.
    Compressed {
        block: u32,
        pieces: Pieces,
    },
    Cancel,
}

#[derive(Debug, Clone, PartialEq)]
enum Reading {
    /// The source may be asked for the next batch.
    Ready,
    /// The driver is to be asked for this, once there is room.
    Needs(Need),
    /// The driver was asked; this many answers are still to come.
    Asked(usize),
    Ended,
}

#[derive(Debug, Clone, PartialEq)]
enum Phase {
    Running,
    /// Ends because of this, once what the driver has under way is settled.
    Stopping(Error),
    /// What was begun is being cleared away.
    Clearing(Error),
    Completed,
    Stopped(Error),
}

pub struct Job {
    id: String,
    created_at: f64,
    plan: Arc<ExportPlan>,
    table: Ranged,
    reading: Reading,
    /// Made when the columns are known.
    rotator: Option<Rotator>,
    pool: Pool,
    columns: Vec<Column>,
    files: Vec<File>,
    tasks: Numbered<Task>,
    phase: Phase,
    progress: Progress,
    percent: Percent,
    random: Random,
    budget: Budget,
    concurrency: Concurrency,
    /// Requests that were to clear away, and failed.
    left: u32,
    /// How often what a later job is to know may have changed, and that when it was told last.
    changes: u32,
    told: u32,
}

impl Job {
    /// A job that has done nothing yet. `now` is in milliseconds since 1970-01-01.
    pub fn new(id: String, plan: ExportPlan, now: f64, seed: u64) -> Self {
        Job {
            id,
            created_at: now,
            budget: Budget::new(plan.retries),
            concurrency: Concurrency::new(plan.concurrency),
            table: Ranged::open(&plan),
            plan: Arc::new(plan),
            reading: Reading::Ready,
            rotator: None,
            pool: Pool::default(),
            columns: Vec::new(),
            files: Vec::new(),
            tasks: Numbered::default(),
            phase: Phase::Running,
            progress: Progress::default(),
            percent: Percent::default(),
            random: Random::new(seed),
            left: 0,
            changes: 0,
            told: 0,
        }
    }

    /// With so many helpers at hand, which compress blocks.
    pub fn with_helpers(self, helpers: usize) -> Self {
        Job { pool: Pool::with_helpers(helpers), ..self }
    }

    /// The bytes of a block that is to be compressed, once.
    pub fn take_block(&mut self, block: u32) -> Option<Vec<u8>> {
        self.pool.take(block)
    }

    /// The source of packed rows, whose columns the driver asks for.
    pub fn rows(&mut self) -> Result<&mut RowSource> {
        self.table.rows()
    }

    /// The body of a request that is to be sent, chunk by chunk. It is handed out once; the driver keeps it for
    /// further tries.
    pub fn take_part(&mut self, task: u32) -> Option<Vec<Vec<u8>>> {
        match &mut self.tasks.get_mut(task)?.request.body {
            Body::Bytes(chunks) => Some(std::mem::take(chunks)),
            _ => None,
        }
    }

    /// Whether a request is not through.
    pub fn has_task(&self, task: u32) -> bool {
        self.tasks.has(task)
    }

    pub fn handle(&mut self, event: Event, now: f64) {
        match event {
            Event::Input(input) => self.input(input),
            Event::SourceFailed(error) => self.stop(error),
            Event::Signed { task } => self.signed(task),
            Event::Answered { task, answer } => self.answered(task, &answer, now),
            Event::Failed { task, error } => self.failed(task, error, None, now),
            Event::Offline { task } => self.offline(task),
            Event::Online => self.online(),
            Event::Compressed { block, pieces } => self.compressed(block, pieces),
            Event::Cancel => self.stop(Error::new(Code::Cancelled, "the export was cancelled")),
        }
    }

    /// The next thing to do.
    pub fn poll(&mut self, now: f64) -> Action {
        if let Some(action) = self.next_task_action(now) {
            return action;
        }
        let step = match self.phase {
            Phase::Running => self.run(),
            Phase::Stopping(_) => self.settle(),
            Phase::Clearing(_) => self.clear_away(),
            Phase::Completed | Phase::Stopped(_) => Some(Action::Done),
        };
        step.unwrap_or_else(|| self.wait())
    }

    pub fn status(&mut self) -> Snapshot {
        let (state, error) = match &self.phase {
            Phase::Running if self.reading == Reading::Ready && self.columns.is_empty() => {
                (State::Queued, None)
            }
            Phase::Running | Phase::Stopping(_) | Phase::Clearing(_) => (State::Running, None),
            Phase::Completed => (State::Completed, None),
            Phase::Stopped(error) if error.code == Code::Cancelled => (State::Cancelled, Some(error)),
            Phase::Stopped(error) => (State::Failed, Some(error)),
        };
        let completed = state == State::Completed;
        let sizes = self.files.iter().filter_map(|file| file.totals.as_ref()).map(|totals| totals.size);
        let read = if self.reading == Reading::Ended { Some(1.0) } else { self.table.progress() };
        Snapshot {
            resource: Resource {
                kind: "export",
                uri: format!("/exports/{}", self.id),
                id: self.id.clone(),
                created_at: self.created_at,
                status: state,
                error_message: error.map(|error| error.message.clone()),
                percent_completed: if completed { 100.0 } else { self.percent.update(read, &self.progress) },
                format: self.plan.format.name(),
                size: completed.then(|| sizes.sum::<u64>() as f64),
                file_count: completed.then_some(self.files.len() as u32),
                table: self.plan.table.clone(),
            },
            progress: self.progress,
            files: self.files.iter().map(File::status).collect(),
            error: error.map(ErrorStatus::from),
            resume: self.news().map(|token| token.to_value()),
        }
    }

    /// What a later job is to know, where that may have changed since it was told.
    fn news(&mut self) -> Option<Token> {
        if self.phase != Phase::Running || self.told == self.changes {
            return None;
        }
        self.told = self.changes;
        let known = |file: &File| Some(KnownFile { name: file.name.clone(), known: file.upload.known()? });
        let files: Vec<_> = self.files.iter().filter_map(known).collect();
        (!files.is_empty()).then(|| Token { config: self.plan.fingerprint.clone(), files })
    }

    fn wait(&self) -> Action {
        match self.tasks.iter().filter_map(Task::due).reduce(f64::min) {
            Some(until) => Action::Wait { until },
            None => Action::Idle,
        }
    }
}
