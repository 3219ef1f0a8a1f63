//! A request on its way: signed, sent, perhaps tried again.

use super::action::{Action, BodyKind, SignRequest};
use super::file::File;
use crate::upload::retry::{Random, backoff};
use crate::upload::{Body, Operation, Request};

#[derive(Debug)]
pub struct Task {
    pub file: usize,
    pub request: Request,
    pub state: TaskState,
    /// Tries that failed.
    pub failures: u32,
    last_wait: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TaskState {
    Ready,
    Signing,
    Signed,
    Sent,
    /// Waits for its next try.
    Waiting {
        until: f64,
    },
    /// The driver was told to give it up.
    Stopped,
}

impl Task {
    pub fn new(file: usize, request: Request) -> Self {
        Task { file, request, state: TaskState::Ready, failures: 0, last_wait: None }
    }

    /// Bytes of its body, wherever they are.
    pub fn held_bytes(&self) -> usize {
        if matches!(self.request.body, Body::Bytes(_)) { self.request.size as usize } else { 0 }
    }

    /// What the driver must do for it now, if anything.
    pub fn action(&mut self, id: u32, file: &File, now: f64) -> Option<Action> {
        match self.state {
            TaskState::Waiting { until } if until <= now => self.state = TaskState::Ready,
            _ => {}
        }
        match self.state {
            TaskState::Ready if self.request.is_of_sink() => {
                self.state = TaskState::Sent;
                Some(self.sink(id, file))
            }
            TaskState::Ready => {
                self.state = TaskState::Signing;
                Some(Action::Sign { task: id, request: self.sign_request(file) })
            }
            TaskState::Signed => {
                self.state = TaskState::Sent;
                Some(self.send(id, file))
            }
            _ => None,
        }
    }

    /// Puts it off until its next try.
    pub fn put_off(&mut self, now: f64, retry_after_seconds: Option<u32>, random: &mut Random) {
        self.failures += 1;
        let wait = backoff(self.last_wait, retry_after_seconds, random);
        self.last_wait = Some(wait);
        self.state = TaskState::Waiting { until: now + wait };
    }

    /// Whether the driver has it in hand.
    pub fn is_under_way(&self) -> bool {
        matches!(self.state, TaskState::Signing | TaskState::Sent | TaskState::Stopped)
    }

    /// Has the driver give it up, as the job ends early. A Create that was sent must be heard out, since its answer
    /// names what to abort, and a Complete, since it may already be done.
    pub fn stop(&mut self, id: u32) -> Option<Action> {
        let decisive = matches!(self.request.operation, Operation::Create | Operation::Complete);
        if self.state == TaskState::Stopped || (decisive && self.state == TaskState::Sent) {
            return None;
        }
        self.state = TaskState::Stopped;
        Some(Action::Stop { task: id })
    }

    fn sign_request(&self, file: &File) -> SignRequest {
        SignRequest::new(&self.request, &file.name, file.index, file.content_type)
    }

    fn send(&self, id: u32, file: &File) -> Action {
        let text = match &self.request.body {
            Body::Text(text) => Some(text.clone()),
            _ => None,
        };
        Action::Send {
            task: id,
            request: self.sign_request(file),
            method: self.request.method().as_str(),
            headers: self.request.headers.clone(),
            body: BodyKind::from(&self.request.body),
            text,
        }
    }

    fn sink(&self, id: u32, file: &File) -> Action {
        Action::Sink {
            task: id,
            operation: self.request.operation.as_str(),
            file: file.index,
            file_name: file.name.clone(),
            content_type: file.content_type,
        }
    }
}
