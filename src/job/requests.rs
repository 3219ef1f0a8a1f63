//! Requests: which is next, and what an answer means for the job.

use super::action::Action;
use super::task::{Task, TaskState};
use super::{Job, Phase};
use crate::error::{Code, Error};
use crate::plan::{Destination, ExportPlan};
use crate::upload::{Answer, Operation};

impl Job {
    pub(super) fn next_task_action(&mut self, now: f64) -> Option<Action> {
        let stopping = matches!(self.phase, Phase::Stopping(_));
        let room = self.tasks.iter().filter(|task| task.is_trying()).count() < self.concurrency.limit();
        for (id, task) in self.tasks.iter_mut() {
            let action = if stopping {
                task.stop(id, now)
            } else {
                task.action(id, &self.files[task.file], room, now)
            };
            if action.is_some() {
                self.files[task.file].attempts += u32::from(matches!(action, Some(Action::Send { .. })));
                return action;
            }
        }
        if stopping { None } else { self.begin_task(now) }
    }

    pub(super) fn begin_task(&mut self, now: f64) -> Option<Action> {
        if self.tasks.len() >= self.concurrency.limit() {
            return None;
        }
        let mut skipped = 0;
        let next = self.files.iter_mut().enumerate().find_map(|(index, file)| {
            let request = file.upload.next();
            skipped += file.upload.take_skipped();
            Some((index, request?))
        });
        self.progress.bytes_acknowledged += skipped as f64;
        self.changes += u32::from(skipped > 0);
        let (index, request) = next?;
        let id = self.tasks.add(Task::new(index, request));
        self.tasks.get_mut(id)?.action(id, &self.files[index], true, now)
    }

    pub(super) fn signed(&mut self, id: u32) {
        if let Some(task) = self.tasks.get_mut(id)
            && matches!(task.state, TaskState::Signing { .. })
        {
            task.state = TaskState::Signed;
        }
    }

    pub(super) fn answered(&mut self, id: u32, answer: &Answer, now: f64) {
        let Some(task) = self.tasks.get_mut(id) else { return };
        let is_of_sink = task.request.is_of_sink();
        let judged = if is_of_sink { Ok(()) } else { answer.judge(&task.request) };
        let upload = &mut self.files[task.file].upload;
        match judged.and_then(|()| upload.goes_on(&mut task.request, answer)) {
            Ok(false) => {}
            Ok(true) => {
                task.state = TaskState::Ready;
                return;
            }
            Err(error) => {
                if answer.asks_for_fewer()
                    && let Some(sent_at) = task.sent_at()
                {
                    self.concurrency.slow_down(sent_at, now);
                }
                return self.failed(id, error, answer.retry_after(now), now);
            }
        }
        let Some(task) = self.tasks.remove(id) else { return };
        self.changes += 1;
        if !is_of_sink {
            self.budget.succeeded();
            self.concurrency.succeeded();
        }
        if !answer.of_signer {
            self.progress.bytes_acknowledged += acknowledged(&task, &self.plan) as f64;
        }
        if let Err(error) = self.files[task.file].upload.answered(&task.request, answer) {
            self.give_up(&task, error);
        }
    }

    pub(super) fn failed(&mut self, id: u32, error: Error, retry_after: Option<f64>, now: f64) {
        let Some(task) = self.tasks.get_mut(id) else { return };
        let stopped = task.state == TaskState::Stopped;
        let stopping = matches!(self.phase, Phase::Stopping(_));
        let error = if task.state == TaskState::Stalled { task.stalled() } else { error };
        // A URL that is all there is expires once; and not every signer knows of what only settles a doubt.
        let is_final = match error.code {
            Code::SignExpired => !self.plan.destination.renews_urls(),
            // What may replace nothing cannot replace what is wrong, either.
            Code::StoreChecksumMismatch => task.request.if_none_match,
            Code::SignFailed => {
                task.request.operation.is_optional() && self.plan.destination.is_asked_by_request()
            }
            _ => false,
        };
        let falls_back = self.files[task.file].upload.falls_back(&mut task.request, &error);
        let passes = (error.code.is_retryable() && !is_final) || falls_back;
        let may_retry = passes && task.failures < self.plan.retries;
        if !stopped && !stopping && may_retry && self.budget.take() {
            self.progress.retries += 1;
            task.may_have_succeeded |= matches!(error.code, Code::NetworkFailed | Code::StoreUnavailable);
            return task.put_off(now, retry_after, &mut self.random);
        }
        let Some(task) = self.tasks.remove(id) else { return };
        let is_running = !stopped && !stopping;
        let upload = &mut self.files[task.file].upload;
        if is_running && upload.doubts(&task.request, &error, task.may_have_succeeded) {
            return;
        }
        if is_running {
            self.give_up(&task, error);
        } else {
            upload.failed(&task.request, error);
        }
    }

    /// A request failed for good.
    fn give_up(&mut self, task: &Task, error: Error) {
        let Some(error) = self.files[task.file].upload.failed(&task.request, error) else { return };
        match self.phase {
            Phase::Clearing(_) => self.leave(task),
            _ => self.stop(self.place(error, task)),
        }
    }

    pub(super) fn offline(&mut self, id: u32) {
        let is_stopping = matches!(self.phase, Phase::Stopping(_));
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.may_have_succeeded |= task.sent_at().is_some();
        task.state = TaskState::Offline;
        let error = Error::new(Code::NetworkFailed, "there is no network");
        self.files[task.file].upload.falls_back(&mut task.request, &error);
        if is_stopping {
            self.drop_idle_tasks();
        }
    }

    pub(super) fn online(&mut self) {
        for (_, task) in self.tasks.iter_mut().filter(|(_, task)| task.state == TaskState::Offline) {
            task.state = TaskState::Ready;
        }
    }

    pub(super) fn place(&self, error: Error, task: &Task) -> Error {
        let error = error.in_file(&self.files[task.file].name);
        match task.request.part_number {
            Some(part) => error.in_part(part),
            None => error,
        }
    }
}

/// Bytes of the file that the destination has for certain by the answer to this request. What is collected for a
/// single PUT counts when that is answered.
fn acknowledged(task: &Task, plan: &ExportPlan) -> u64 {
    match task.request.operation {
        Operation::Put | Operation::Part => task.request.size,
        Operation::Write if plan.destination != Destination::Url => task.request.size,
        _ => 0,
    }
}
