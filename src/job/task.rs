//! A request on its way: signed, sent, perhaps tried again.

use super::action::{Action, BodyKind, SignRequest};
use super::file::File;
use crate::error::{Code, Error};
use crate::upload::retry::{Random, backoff};
use crate::upload::{Body, Operation, Request};

/// Milliseconds that a signature may take, and that an answer may be out after the last byte.
const PATIENCE: f64 = 60_000.0;
/// Bytes a millisecond that a body must leave with, at least: 16 KB a second.
const SLOWEST: f64 = 16.0;

#[derive(Debug)]
pub struct Task {
    pub file: usize,
    pub request: Request,
    pub state: TaskState,
    /// Tries that failed.
    pub failures: u32,
    /// Whether a try had no answer, or one that does not say how it ended.
    pub may_have_succeeded: bool,
    last_wait: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TaskState {
    Ready,
    /// The driver has it until this time; then it is given up.
    Signing {
        until: f64,
    },
    Signed,
    Sent {
        at: f64,
        until: f64,
    },
    /// Waits for a network.
    Offline,
    /// The driver was told to give up what took too long.
    Stalled,
    /// Waits for its next try.
    Waiting {
        until: f64,
    },
    /// The driver was told to give it up.
    Stopped,
}

impl Task {
    pub fn new(file: usize, request: Request) -> Self {
        Task {
            file,
            state: TaskState::Ready,
            failures: 0,
            may_have_succeeded: request.in_doubt,
            request,
            last_wait: None,
        }
    }

    /// Bytes of its body, wherever they are.
    pub fn held_bytes(&self) -> usize {
        if matches!(self.request.body, Body::Bytes(_)) { self.request.size as usize } else { 0 }
    }

    /// What the driver must do for it now, if anything. A try may not begin where there is no `room` for more.
    pub fn action(&mut self, id: u32, file: &File, room: bool, now: f64) -> Option<Action> {
        match self.state {
            TaskState::Waiting { until } if until <= now => self.state = TaskState::Ready,
            _ => {}
        }
        match self.state {
            TaskState::Ready if !room => None,
            TaskState::Ready if self.request.is_of_sink() => {
                // The caller's own stream may take as long as it likes.
                self.state = TaskState::Sent { at: now, until: f64::INFINITY };
                Some(self.sink(id, file))
            }
            TaskState::Ready => {
                self.state = TaskState::Signing { until: now + PATIENCE };
                Some(Action::Sign { task: id, request: self.sign_request(file) })
            }
            TaskState::Signed => {
                let until = now + PATIENCE + self.request.size as f64 / SLOWEST;
                self.state = TaskState::Sent { at: now, until };
                Some(self.send(id, file))
            }
            TaskState::Signing { until } | TaskState::Sent { until, .. } if until <= now => {
                self.state = TaskState::Stalled;
                Some(Action::Stop { task: id, again: true })
            }
            _ => None,
        }
    }

    /// When there is something to do for it by itself.
    pub fn due(&self) -> Option<f64> {
        match self.state {
            TaskState::Waiting { until } | TaskState::Signing { until } | TaskState::Sent { until, .. } => {
                until.is_finite().then_some(until)
            }
            _ => None,
        }
    }

    /// When it was sent last, if it is out.
    pub fn sent_at(&self) -> Option<f64> {
        match self.state {
            TaskState::Sent { at, .. } => Some(at),
            _ => None,
        }
    }

    /// Puts it off until its next try.
    pub fn put_off(&mut self, now: f64, retry_after: Option<f64>, random: &mut Random) {
        self.failures += 1;
        let wait = backoff(self.last_wait, retry_after, random);
        self.last_wait = Some(wait);
        self.state = TaskState::Waiting { until: now + wait };
    }

    /// What became of it where the driver had it for too long.
    pub fn stalled(&self) -> Error {
        let operation = self.request.operation.as_str();
        let message = format!("no answer to {operation} came in time, a minute after the last byte was due");
        Error::new(Code::NetworkFailed, message)
    }

    /// Whether a try of it is being made.
    pub fn is_trying(&self) -> bool {
        matches!(self.state, TaskState::Signing { .. } | TaskState::Signed | TaskState::Sent { .. })
    }

    /// Whether the driver has it in hand.
    pub fn is_under_way(&self) -> bool {
        matches!(
            self.state,
            TaskState::Signing { .. } | TaskState::Sent { .. } | TaskState::Stalled | TaskState::Stopped
        )
    }

    /// Has the driver give it up, as the job ends early. A Create that was sent must be heard out, since its answer
    /// names what to abort, and a Complete, since it may already be done; so must the signer, which may make them itself.
    pub fn stop(&mut self, id: u32, now: f64) -> Option<Action> {
        let decisive = matches!(self.request.operation, Operation::Create | Operation::Complete);
        let is_out = match self.state {
            TaskState::Signing { until } | TaskState::Sent { until, .. } => now < until,
            _ => false,
        };
        if self.state == TaskState::Stopped || (decisive && is_out) {
            return None;
        }
        self.state = TaskState::Stopped;
        Some(Action::Stop { task: id, again: false })
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
            method: self.request.method.as_str(),
            headers: self.request.headers.clone(),
            body: BodyKind::from(&self.request.body),
            from: self.request.from as f64,
            resumes: self.request.resumes,
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
