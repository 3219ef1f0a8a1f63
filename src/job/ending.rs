//! How a job ends early: what is under way is settled, then what was begun is cleared away.

use std::fmt::Write;

use super::action::Action;
use super::task::Task;
use super::{Job, Phase, Reading};
use crate::compress::pool::Pool;
use crate::error::{Code, Error};
use crate::upload::Operation;

/// Files that an error names which may be left in the store, at most.
const MOST_NAMED: u32 = 5;
const NAMED_NO_MORE: u32 = MOST_NAMED + 1;

impl Job {
    /// Ends the job early; the first reason stands.
    pub(super) fn stop(&mut self, error: Error) {
        if self.phase == Phase::Running {
            self.phase = Phase::Stopping(error);
            self.rotator = None;
            self.pool = Pool::default();
            self.drop_idle_tasks();
        }
    }

    /// What was begun cannot be cleared away.
    pub(super) fn leave(&mut self, task: &Task) {
        let Phase::Clearing(error) = &mut self.phase else { return };
        let what = match task.request.operation {
            Operation::Delete => "the file",
            _ => "an unfinished upload of",
        };
        self.left += 1;
        let _ = match self.left {
            1..=MOST_NAMED => {
                let name = &self.files[task.file].name;
                write!(error.message, "; clearing away failed: {what} {name} may be left in the store")
            }
            NAMED_NO_MORE => write!(error.message, "; and so for further files"),
            _ => Ok(()),
        };
    }

    /// Drops the requests that the driver does not have in hand.
    pub(super) fn drop_idle_tasks(&mut self) {
        for task in self.tasks.remove_where(|task| !task.is_under_way()) {
            let error = Error::new(Code::Cancelled, "the request was given up");
            self.files[task.file].upload.failed(&task.request, error);
        }
    }

    /// One step of a job that ends early: wait for what is under way, then give up what is unfinished.
    pub(super) fn settle(&mut self) -> Option<Action> {
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

    pub(super) fn clear_away(&mut self) -> Option<Action> {
        let Phase::Clearing(error) = &self.phase else { return None };
        if !self.tasks.is_empty() {
            return None;
        }
        self.phase = Phase::Stopped(error.clone());
        Some(Action::Done)
    }
}
