//! The job: a state machine between a table and a destination. It asks its driver for one [`Action`] at a time and
//! is told what happened by [`Event`]s; time and randomness are arguments, so that a whole job runs in a test.

mod action;
mod file;
mod status;
mod task;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use action::{Action, BodyKind, Pull, SignRequest};
pub use file::{Column, FileStatus};
pub use status::{ErrorStatus, Progress, Resource, Snapshot, State};

use crate::error::{Code, Error, Result};
use crate::output::{Output, Rotator};
use crate::plan::{ExportPlan, SourcePlan};
use crate::table::rows::RowSource;
use crate::table::{self, Input, Need, Source, Step, types};
use crate::upload::retry::Random;
use crate::upload::{self, Answer, Body};
use file::File;
use status::Percent;
use task::{Task, TaskState};

/// Bytes kept free for the block that is being encoded, and for the page that ends with it.
const WORKING_SPACE: usize = 8 << 20;
/// One byte in this many more is lost to the gaps of an allocator that gives nothing back: measured, up to a quarter.
const GAPS: usize = 4;

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
    Cancel,
}

/// Where the rows come from.
enum Table {
    Rows(RowSource),
    File(Box<dyn Source>),
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
    table: Table,
    reading: Reading,
    /// Made when the columns are known.
    rotator: Option<Rotator>,
    columns: Vec<Column>,
    files: Vec<File>,
    tasks: BTreeMap<u32, Task>,
    tasks_begun: u32,
    phase: Phase,
    progress: Progress,
    percent: Percent,
    random: Random,
}

impl Job {
    /// A job that has done nothing yet. `now` is in milliseconds since 1970-01-01.
    pub fn new(id: String, plan: ExportPlan, now: f64, seed: u64) -> Self {
        let table = match plan.source {
            SourcePlan::Packed { .. } => Table::Rows(RowSource::new(&plan)),
            SourcePlan::Bytes { .. } | SourcePlan::File { .. } => Table::File(table::file::open(&plan)),
        };
        Job {
            id,
            created_at: now,
            plan: Arc::new(plan),
            table,
            reading: Reading::Ready,
            rotator: None,
            columns: Vec::new(),
            files: Vec::new(),
            tasks: BTreeMap::new(),
            tasks_begun: 0,
            phase: Phase::Running,
            progress: Progress::default(),
            percent: Percent::default(),
            random: Random::new(seed),
        }
    }

    /// The source of packed rows, whose columns the driver asks for.
    pub fn rows(&mut self) -> Result<&mut RowSource> {
        match &mut self.table {
            Table::Rows(rows) => Ok(rows),
            Table::File(_) => Err(Error::new(Code::Internal, "the source is a file, and was given rows")),
        }
    }

    /// The body of a request that is to be sent, chunk by chunk. It is handed out once; the driver keeps it for
    /// further tries.
    pub fn take_part(&mut self, task: u32) -> Option<Vec<Vec<u8>>> {
        match &mut self.tasks.get_mut(&task)?.request.body {
            Body::Bytes(chunks) => Some(std::mem::take(chunks)),
            _ => None,
        }
    }

    pub fn handle(&mut self, event: Event, now: f64) {
        match event {
            Event::Input(input) => self.input(input),
            Event::SourceFailed(error) => self.stop(error),
            Event::Signed { task } => self.signed(task),
            Event::Answered { task, answer } => self.answered(task, &answer, now),
            Event::Failed { task, error } => self.failed(task, error, None, now),
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
        let read = if self.reading == Reading::Ended { Some(1.0) } else { self.source().progress() };
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
        }
    }

    fn source(&self) -> &dyn Source {
        match &self.table {
            Table::Rows(rows) => rows,
            Table::File(source) => source.as_ref(),
        }
    }

    fn source_mut(&mut self) -> &mut dyn Source {
        match &mut self.table {
            Table::Rows(rows) => rows,
            Table::File(source) => source.as_mut(),
        }
    }

    // Reading and encoding.

    fn input(&mut self, input: Input) {
        if self.phase != Phase::Running {
            return;
        }
        let at_end = matches!(input, Input::End);
        self.reading = match self.reading {
            Reading::Asked(count) if count > 1 && !at_end => Reading::Asked(count - 1),
            _ => Reading::Ready,
        };
        if let Err(error) = self.source_mut().push(input) {
            self.stop(error);
        }
    }

    /// One step of a job that runs.
    fn run(&mut self) -> Option<Action> {
        if self.reading == Reading::Ended {
            let done = self.tasks.is_empty() && self.files.iter().all(|file| file.upload.is_stored());
            return done.then(|| {
                self.phase = Phase::Completed;
                Action::Done
            });
        }
        if !self.has_room() {
            return None;
        }
        match &self.reading {
            Reading::Ready => {
                if let Err(error) = self.read_on() {
                    self.stop(error);
                }
                Some(Action::Again)
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

    fn read_on(&mut self) -> Result<()> {
        match self.source_mut().poll()? {
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

    fn rotator(&mut self, schema: &arrow::datatypes::SchemaRef) -> &mut Rotator {
        let column = |field: &Arc<arrow::datatypes::Field>| Column {
            name: field.name().clone(),
            data_type: types::print(field.data_type()),
        };
        self.columns = schema.fields().iter().map(column).collect();
        self.rotator.get_or_insert_with(|| Rotator::new(self.plan.clone(), schema.clone()))
    }

    fn take_output(&mut self) -> Result<()> {
        while let Some(output) = self.rotator.as_mut().and_then(Rotator::next_output) {
            match output {
                Output::Open { name } => self.open_file(name),
                Output::Part(part) => {
                    self.progress.bytes_encoded += part.size as f64;
                    self.last_file()?.upload.push(part)?;
                }
                Output::Close(totals) => {
                    let columns = self.columns.clone();
                    let file = self.last_file()?;
                    file.columns = columns;
                    file.upload.close(&totals);
                    file.totals = Some(totals);
                }
            }
        }
        Ok(())
    }

    fn open_file(&mut self, name: String) {
        self.files.push(File {
            index: self.files.len() as u32,
            name,
            content_type: self.plan.content_type(),
            upload: upload::upload(&self.plan),
            totals: None,
            columns: Vec::new(),
        });
    }

    fn last_file(&mut self) -> Result<&mut File> {
        self.files.last_mut().ok_or_else(|| Error::new(Code::Internal, "bytes before a file was opened"))
    }

    /// Whether more may be read: what is held, and the space to work in, fit in the limit. Where nothing is on its
    /// way out, waiting would be for ever, so reading goes on.
    fn has_room(&self) -> bool {
        let encoding =
            self.rotator.as_ref().map_or(0, Rotator::pending_bytes) + self.source().pending_bytes();
        let waiting: usize = self.files.iter().map(|file| file.upload.pending_bytes()).sum();
        let sending: usize = self.tasks.values().map(Task::held_bytes).sum();
        let held = encoding + waiting + sending;
        held + held / GAPS + WORKING_SPACE <= self.plan.memory_limit || self.tasks.is_empty()
    }

    // Requests.

    fn next_task_action(&mut self, now: f64) -> Option<Action> {
        let stopping = matches!(self.phase, Phase::Stopping(_));
        for (id, task) in &mut self.tasks {
            let action =
                if stopping { task.stop(*id) } else { task.action(*id, &self.files[task.file], now) };
            if action.is_some() {
                return action;
            }
        }
        if stopping { None } else { self.begin_task(now) }
    }

    fn begin_task(&mut self, now: f64) -> Option<Action> {
        if self.tasks.len() >= self.plan.concurrency {
            return None;
        }
        let (index, request) = self
            .files
            .iter_mut()
            .enumerate()
            .find_map(|(index, file)| file.upload.next().map(|request| (index, request)))?;
        let id = self.tasks_begun;
        self.tasks_begun += 1;
        let task = self.tasks.entry(id).or_insert(Task::new(index, request));
        task.action(id, &self.files[index], now)
    }

    fn signed(&mut self, id: u32) {
        if let Some(task) = self.tasks.get_mut(&id)
            && task.state == TaskState::Signing
        {
            task.state = TaskState::Signed;
        }
    }

    fn answered(&mut self, id: u32, answer: &Answer, now: f64) {
        let Some(task) = self.tasks.get(&id) else { return };
        if !task.request.is_of_sink()
            && let Err(error) = answer.judge(&task.request)
        {
            return self.failed(id, error, answer.retry_after_seconds(), now);
        }
        let Some(task) = self.tasks.remove(&id) else { return };
        self.progress.bytes_acknowledged += acknowledged(&task, &self.plan) as f64;
        if let Err(error) = self.files[task.file].upload.answered(&task.request, answer) {
            self.files[task.file].upload.failed(&task.request);
            let error = self.place(error, &task);
            self.stop(error);
        }
    }

    fn failed(&mut self, id: u32, error: Error, retry_after_seconds: Option<u32>, now: f64) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        let stopped = task.state == TaskState::Stopped;
        let stopping = matches!(self.phase, Phase::Stopping(_));
        if !stopped && !stopping && error.code.is_retryable() && task.failures < self.plan.retries {
            self.progress.retries += 1;
            return task.put_off(now, retry_after_seconds, &mut self.random);
        }
        let Some(task) = self.tasks.remove(&id) else { return };
        self.files[task.file].upload.failed(&task.request);
        if !stopped && !stopping {
            let error = self.place(error, &task);
            self.stop(error);
        }
    }

    fn place(&self, error: Error, task: &Task) -> Error {
        let error = error.in_file(&self.files[task.file].name);
        match task.request.part_number {
            Some(part) => error.in_part(part),
            None => error,
        }
    }

    // Ending.

    /// Ends the job early; the first reason stands.
    fn stop(&mut self, error: Error) {
        match &mut self.phase {
            Phase::Running => {
                self.phase = Phase::Stopping(error);
                self.rotator = None;
                self.drop_idle_tasks();
            }
            Phase::Clearing(first) if error.code != Code::Cancelled => {
                first
                    .message
                    .push_str("; clearing away failed too, so an unfinished upload may be left in the store");
            }
            _ => {}
        }
    }

    /// Drops the requests that the driver does not have in hand.
    fn drop_idle_tasks(&mut self) {
        let (kept, dropped) =
            std::mem::take(&mut self.tasks).into_iter().partition(|(_, task)| task.is_under_way());
        self.tasks = kept;
        for task in dropped.into_values() {
            self.files[task.file].upload.failed(&task.request);
        }
    }

    /// One step of a job that ends early: wait for what is under way, then give up what is unfinished.
    fn settle(&mut self) -> Option<Action> {
        let Phase::Stopping(error) = &self.phase else { return None };
        if !self.tasks.is_empty() {
            return None;
        }
        let all_stored =
            self.reading == Reading::Ended && self.files.iter().all(|file| file.upload.is_stored());
        // The cancel came too late: the last answer was success.
        if error.code == Code::Cancelled && all_stored {
            self.phase = Phase::Completed;
            return Some(Action::Done);
        }
        self.phase = Phase::Clearing(error.clone());
        for file in &mut self.files {
            file.upload.abort();
        }
        Some(Action::Again)
    }

    fn clear_away(&mut self) -> Option<Action> {
        let Phase::Clearing(error) = &self.phase else { return None };
        if !self.tasks.is_empty() {
            return None;
        }
        self.phase = Phase::Stopped(error.clone());
        Some(Action::Done)
    }

    fn wait(&self) -> Action {
        let until = self.tasks.values().filter_map(|task| match task.state {
            TaskState::Waiting { until } => Some(until),
            _ => None,
        });
        match until.reduce(f64::min) {
            Some(until) => Action::Wait { until },
            None => Action::Idle,
        }
    }
}

/// Bytes of the file that the destination has for certain by the answer to this request. What is collected for a
/// single PUT counts when that is answered.
fn acknowledged(task: &Task, plan: &ExportPlan) -> u64 {
    use crate::plan::Destination;
    use crate::upload::Operation;
    match task.request.operation {
        Operation::Put | Operation::Part => task.request.size,
        Operation::Write if plan.destination != Destination::Url => task.request.size,
        _ => 0,
    }
}
