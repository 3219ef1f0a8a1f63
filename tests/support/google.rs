//! A model of Google's resumable uploads, which may take a part of a chunk, say nothing of it, or lose a session.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest, Md5};
use tableport::job::SignRequest;
use tableport::upload::Answer;
use tableport::upload::retry::Random;
use tableport::{Code, Error};

use crate::support::world::{Headers, Serve, answer};

/// How likely each fault is, for each request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// 404 or 410, and the session is gone.
    pub session_lost: f64,
    /// Only some of a chunk's bytes arrive.
    pub partial: f64,
    /// Nothing of a chunk arrives, and no Range says so.
    pub untaken: f64,
    /// No Range is shown.
    pub hidden: f64,
}

pub struct Google {
    pub objects: BTreeMap<String, Vec<u8>>,
    /// By the name of its object.
    pub sessions: BTreeMap<String, Session>,
    pub faults: Faults,
    /// Sessions that were begun, and requests that asked how far one is.
    pub begun: u32,
    pub asked: u32,
    /// Whether whoever begins sessions keeps none.
    pub forgets: bool,
    /// Bytes that were sent and were there.
    pub sent_twice: usize,
    random: Random,
}

#[derive(Default)]
pub struct Session {
    pub bytes: Vec<u8>,
    /// The job that it was begun for.
    job: String,
    if_none_match: bool,
    /// Whether it has ended, though its URI is kept.
    pub is_gone: bool,
    /// The answer that ended it, which it gives from then on.
    ended: Option<Answer>,
}

impl Google {
    pub fn new(faults: Faults, seed: u64) -> Self {
        Google {
            objects: BTreeMap::new(),
            sessions: BTreeMap::new(),
            faults,
            begun: 0,
            asked: 0,
            forgets: false,
            sent_twice: 0,
            random: Random::new(seed ^ 0x900913),
        }
    }

    /// Sessions that wait for more, and have something already.
    pub fn unfinished(&self) -> usize {
        let is_unfinished = |session: &&Session| session.ended.is_none() && !session.bytes.is_empty();
        self.sessions.values().filter(is_unfinished).count()
    }

    fn chance(&mut self, probability: f64) -> bool {
        self.random.unit() < probability
    }

    fn put(&mut self, name: &str, range: &str, body: &[u8]) -> Answer {
        if self.chance(self.faults.session_lost)
            || self.sessions.get(name).is_some_and(|session| session.is_gone)
        {
            self.sessions.remove(name);
        }
        let (untaken, partial) = (self.chance(self.faults.untaken), self.chance(self.faults.partial));
        let share = if untaken {
            0.0
        } else if partial {
            self.random.unit()
        } else {
            1.0
        };
        let hidden = self.chance(self.faults.hidden) || (untaken && !body.is_empty());
        self.asked += u32::from(body.is_empty());
        let status = if self.random.unit() < 0.5 { 404 } else { 410 };
        let Some(session) = self.sessions.get_mut(name) else { return answer(status, "") };
        if let Some(answer) = &session.ended {
            return answer.clone();
        }
        let (of, total) = range.strip_prefix("bytes ").unwrap().split_once('/').unwrap();
        self.sent_twice += session.take(of, &body[..(body.len() as f64 * share).ceil() as usize], body.len());
        if total.parse() == Ok(session.bytes.len()) {
            return self.finish(name);
        }
        session.incomplete(hidden)
    }

    fn finish(&mut self, name: &str) -> Answer {
        let session = self.sessions.get_mut(name).unwrap();
        let ended = if session.if_none_match && self.objects.contains_key(name) {
            answer(412, "")
        } else {
            let md5 = BASE64.encode(Md5::digest(&session.bytes));
            self.objects.insert(name.to_owned(), session.bytes.clone());
            answer(200, &format!("{{\n  \"name\": \"{name}\",\n  \"md5Hash\": \"{md5}\"\n}}"))
        };
        session.ended = Some(ended.clone());
        ended
    }
}

impl Session {
    /// Takes what came of a chunk of `length` bytes at `of`; bytes that are there already are passed over, and counted.
    fn take(&mut self, of: &str, came: &[u8], length: usize) -> usize {
        if of == "*" {
            assert_eq!(length, 0, "a request that asks has no body");
            return 0;
        }
        let (first, last) = of.split_once('-').unwrap();
        let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
        assert_eq!(last + 1 - first, length);
        assert!(first <= self.bytes.len(), "a gap");
        let known = (self.bytes.len() - first).min(came.len());
        self.bytes.extend_from_slice(&came[known..]);
        known
    }

    fn incomplete(&self, hidden: bool) -> Answer {
        let range = format!("bytes=0-{}", self.bytes.len().saturating_sub(1));
        let shown = !hidden && !self.bytes.is_empty();
        Answer {
            headers: shown.then(|| ("range".to_owned(), range)).into_iter().collect(),
            ..answer(308, "")
        }
    }
}

impl Serve for Google {
    fn sign(&mut self, request: &SignRequest) -> Option<Result<Answer, Error>> {
        match request.operation {
            "create" => {
                let job = request.upload_id.clone().expect("the job that begins it");
                let kept = self.sessions.get(&request.file_name).filter(|session| session.job == job);
                if request.resume && kept.is_some() && !self.forgets {
                    return Some(Ok(Answer::ok()));
                }
                self.begun += 1;
                let if_none_match = request.if_none_match;
                let session = Session { if_none_match, job, ..Session::default() };
                self.sessions.insert(request.file_name.clone(), session);
                Some(Ok(Answer::ok()))
            }
            "delete" => Some(Err(Error::new(Code::StoreRefused, "a session cannot delete its object"))),
            _ => None,
        }
    }

    fn serve(&mut self, request: &SignRequest, headers: &Headers, body: Vec<u8>) -> Answer {
        let name = &request.file_name;
        match request.operation {
            "part" => self.put(name, &headers["content-range"], &body),
            "abort" => {
                let gone = self.sessions.remove(name).is_none();
                answer(if gone { 404 } else { 499 }, "")
            }
            other => panic!("no such operation: {other}"),
        }
    }
}
