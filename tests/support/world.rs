//! A driver under a virtual clock, on a network with seeded faults.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use tableport::compress::codec::Codecs;
use tableport::job::{Action, BodyKind, Event, Job, SignRequest, Snapshot, State, StoredPart};
use tableport::plan::Value;
use tableport::table::Input;
use tableport::upload::Answer;
use tableport::upload::retry::Random;
use tableport::{Code, Error};

pub type Headers = BTreeMap<&'static str, String>;

/// What stands in a cell of every table and in every refusal, and must come out nowhere but in the files.
pub const CANARY: &str = "c4n4ry-in-cell";

/// A store, as requests reach it.
pub trait Serve {
    fn serve(&mut self, request: &SignRequest, headers: &Headers, body: Vec<u8>) -> Answer;

    /// What comes of a request that whoever is to sign it makes itself, or cannot make.
    fn sign(&mut self, _request: &SignRequest) -> Option<Result<Answer, Error>> {
        None
    }

    /// Whether the bytes of parts are forgotten.
    fn discards(&self) -> bool {
        false
    }
}

fn assert_silent(told: &impl serde::Serialize) {
    let told = serde_json::to_string(told).unwrap();
    assert!(!told.contains(CANARY), "{told}");
}

pub fn answer(status: u16, body: &str) -> Answer {
    Answer { status, body: body.to_owned(), ..Answer::default() }
}

/// How likely each fault is, for each request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weather {
    pub lost_request: f64,
    pub lost_answer: f64,
    /// 408, 429, 500, 503.
    pub busy: f64,
    /// More requests than this at once are too many: 503. None are where it is 0.
    pub most_at_once: usize,
    /// 403.
    pub refused: f64,
    pub sign_fails: f64,
    /// Whether the signer makes what has no bytes of the file itself, and has no PUT.
    pub signer_makes: bool,
    /// How likely the network goes away with a request, for up to a day.
    pub offline: f64,
    /// A signature that never comes.
    pub sign_hangs: f64,
    /// An answer that never comes.
    pub hung: f64,
    /// 403, of a URL that has expired; the next one has not.
    pub expired: f64,
    pub wrong_etag: f64,
    /// Answers do not show ETags, as in a page whose bucket does not expose them.
    pub hides_etags: bool,
    /// The signer knows only what an upload cannot do without.
    pub signs_little: bool,
    /// The step before which everything but the store is gone.
    pub crash_at: Option<u32>,
    /// A byte of a part is another on its way.
    pub corrupted: f64,
    /// The step before which the job is cancelled.
    pub cancel_at: Option<u32>,
    /// The pull at which the source fails.
    pub source_fails_at: Option<u32>,
}

/// Numbers up to the most that is asked for, most of them 0; others for each seed.
pub fn rarely(seed: u64) -> impl FnMut(f64) -> f64 {
    let mut random = Random::new(seed * 7919);
    move |most| if random.unit() < 0.3 { random.unit() * most } else { 0.0 }
}

impl Weather {
    /// Each kind of fault in some of the schedules.
    pub fn any(rare: &mut impl FnMut(f64) -> f64) -> Self {
        Weather {
            lost_request: rare(0.3),
            lost_answer: rare(0.3),
            busy: rare(0.3),
            most_at_once: rare(3.0).ceil() as usize,
            refused: rare(0.1),
            sign_fails: rare(0.3),
            sign_hangs: rare(0.1),
            hung: rare(0.1),
            expired: rare(0.2),
            offline: rare(0.1),
            wrong_etag: rare(0.2),
            corrupted: rare(0.1),
            cancel_at: Some(rare(400.0) as u32),
            source_fails_at: Some(rare(30.0) as u32),
            hides_etags: rare(1.0) > 0.5,
            signs_little: rare(1.0) > 0.5,
            signer_makes: false,
            crash_at: None,
        }
    }
}

/// What happens to a request by a rule, in whatever weather.
pub enum Happens {
    /// Its signer throws this.
    NotSigned(Error),
    /// Its signer never answers.
    NeverSigned,
    /// It does not arrive, for this reason.
    Lost(Error),
    /// There is no network, for so many milliseconds.
    Offline(f64),
    /// It is answered so, and the store does not see it.
    Answered(Answer),
    /// A byte of it is another when it arrives.
    Corrupted,
    /// It arrives, and its answer does not.
    AnswerLost,
    /// It arrives, and its connection stays as it is.
    Hung,
    /// It arrives, and its answer becomes another.
    Altered(fn(&mut Answer)),
    /// Its answer comes twice.
    Twice,
}

impl Happens {
    pub fn is_of_signer(&self) -> bool {
        matches!(self, Happens::NotSigned(_) | Happens::NeverSigned)
    }
}

/// Says what happens to a request, once it is to be signed and once it is to be sent.
pub type Rule = Box<dyn FnMut(&SignRequest) -> Option<Happens>>;

enum Pending {
    Signed(u32),
    Answered(u32, Answer),
    Failed(u32, Error),
    Compressed(u32, Vec<u8>),
    Offline(u32),
    Online,
}

pub struct World<S> {
    pub store: S,
    /// Uploads whose id the job never learnt.
    pub orphans: u32,
    weather: Weather,
    random: Random,
    now: f64,
    pending: BTreeMap<(u64, u32), Pending>,
    steps: u32,
    bodies: BTreeMap<u32, Vec<u8>>,
    codecs: Codecs,
    /// Requests that the store saw, and those that it had no time for.
    pub requests: u32,
    pub turned_away: u32,
    /// Blocks that helpers compressed.
    pub compressed: u32,
    /// What the job told last of what a later one is to know.
    pub token: Option<Value>,
    pub rule: Option<Rule>,
    /// What is decided of a task that was signed.
    fates: BTreeMap<u32, Happens>,
    /// Of each file that is sent as a whole, what is collected.
    spools: BTreeMap<u32, Vec<u8>>,
}

/// Blocks are numbered from here on among the tasks.
const BLOCKS: u32 = 1 << 31;
/// And the returns of the network, by who misses it.
const NETWORK: u32 = 1 << 30;
/// When a world begins.
const START: f64 = 1_000.0;
const MAX_STEPS: u32 = 100_000;

impl<S: Serve> World<S> {
    /// Milliseconds that have passed.
    pub fn passed(&self) -> f64 {
        self.now - START
    }

    pub fn new(store: S, weather: Weather, seed: u64) -> Self {
        World {
            store,
            orphans: 0,
            weather,
            random: Random::new(seed ^ 0x5eed),
            now: START,
            pending: BTreeMap::new(),
            steps: 0,
            bodies: BTreeMap::new(),
            codecs: Codecs::default(),
            requests: 0,
            turned_away: 0,
            compressed: 0,
            token: None,
            rule: None,
            fates: BTreeMap::new(),
            spools: BTreeMap::new(),
        }
    }

    /// Runs a job to its end, and checks at every step what must always hold.
    pub fn run(&mut self, job: &mut Job, mut batches: impl Iterator<Item = RecordBatch>) -> Snapshot {
        let mut pulls = 0;
        let mut is_closed = false;
        let mut percent = 0.0;
        loop {
            self.steps += 1;
            assert!(self.steps < MAX_STEPS, "the job does not end");
            if self.weather.cancel_at == Some(self.steps) {
                job.handle(Event::Cancel, self.now);
            }
            let snapshot = job.status();
            if self.weather.crash_at == Some(self.steps) {
                return snapshot;
            }
            if let Some(error) = &snapshot.error {
                assert_silent(error);
            }
            if let Some(token) = &snapshot.resume {
                assert!(!format!("{token:?}").contains(CANARY), "{token:?}");
            }
            self.token = snapshot.resume.or(self.token.take());
            let status = snapshot.resource;
            assert!(status.percent_completed >= percent, "progress went back");
            assert_eq!(status.percent_completed == 100.0, status.status == State::Completed);
            percent = status.percent_completed;
            match job.poll(self.now) {
                Action::Pull { .. } => {
                    assert!(!is_closed, "the source is read on after it was closed");
                    pulls += 1;
                    let event = if self.weather.source_fails_at == Some(pulls) {
                        Event::SourceFailed(Error::new(Code::SourceReadFailed, "the source threw"))
                    } else {
                        Event::Input(batches.next().map_or(Input::End, Input::Batch))
                    };
                    job.handle(event, self.now);
                }
                Action::Close => {
                    assert!(!std::mem::replace(&mut is_closed, true), "the source is closed twice");
                }
                Action::Sign { task, request } => {
                    let is_little =
                        ["put", "create", "part", "complete", "abort"].contains(&request.operation);
                    if self.weather.signs_little && !is_little {
                        self.later(
                            task,
                            Pending::Failed(task, Error::new(Code::SignFailed, "no such operation")),
                        );
                        continue;
                    }
                    match self.fate(task, &request) {
                        Some(Happens::NotSigned(error)) => {
                            self.later(task, Pending::Failed(task, error));
                            continue;
                        }
                        Some(Happens::NeverSigned) => continue,
                        _ => {}
                    }
                    if self.chance(self.weather.sign_hangs) {
                        continue;
                    }
                    let fails = self.chance(self.weather.sign_fails);
                    let failed = Pending::Failed(task, Error::new(Code::SignFailed, "the signer threw"));
                    let outcome = if fails { failed } else { self.sign(task, request) };
                    self.later(task, outcome);
                }
                action @ Action::Send { .. } => self.send(job, action),
                Action::Sink { task, file, .. } => {
                    let chunks = job.take_part(task).unwrap_or_default();
                    self.spools.entry(file).or_default().extend(chunks.concat());
                    self.later(task, Pending::Answered(task, Answer::ok()));
                }
                Action::Stop { task, again } => {
                    self.pending.retain(|(_, id), _| *id != task);
                    if !again {
                        self.bodies.remove(&task);
                    }
                    job.handle(
                        Event::Failed { task, error: Error::new(Code::Cancelled, "stopped") },
                        self.now,
                    );
                }
                Action::Compress { block, recipe } => {
                    let bytes = job.take_block(block).expect("the bytes of a block");
                    let compressed = self.codecs.compress(recipe, &bytes).unwrap().to_vec();
                    self.compressed += 1;
                    self.later(BLOCKS + block, Pending::Compressed(block, compressed));
                }
                Action::Again => self.arrive(job),
                Action::Wait { until } => self.wait(job, Some(until)),
                Action::Idle => self.wait(job, None),
                Action::Done => {
                    let done = job.status();
                    assert!(is_closed || done.error.is_some(), "the source was not closed");
                    assert_silent(&done);
                    return done;
                }
            }
        }
    }

    fn sign(&mut self, task: u32, request: SignRequest) -> Pending {
        match self.store.sign(&request) {
            Some(Ok(answer)) => return Pending::Answered(task, answer),
            Some(Err(error)) => return Pending::Failed(task, error),
            None => {}
        }
        if !self.weather.signer_makes || request.operation == "part" {
            return Pending::Signed(task);
        }
        if request.operation == "put" {
            return Pending::Answered(task, Answer { of_signer: true, ..Answer::ok() });
        }
        let listed = |part: &StoredPart| {
            let crc = part.checksum_crc32c.iter().map(|crc| format!("<ChecksumCRC32C>{crc}<"));
            format!("<PartNumber>{}<{}", part.part_number, crc.collect::<String>())
        };
        let listed: String = request.parts.iter().map(listed).collect();
        let answer = self.store.serve(&request, &Headers::new(), listed.into_bytes());
        if answer.status != 200 && answer.status != 204 {
            return Pending::Failed(task, Error::new(Code::StoreRefused, "the signer was refused"));
        }
        let upload_id = answer.element("UploadId");
        Pending::Answered(task, Answer { upload_id, of_signer: true, ..Answer::ok() })
    }

    fn send(&mut self, job: &mut Job, action: Action) {
        let Action::Send { task, request, headers, text, from, body, .. } = action else { unreachable!() };
        if let Some(chunks) = job.take_part(task).filter(|chunks| !chunks.is_empty()) {
            self.bodies.insert(task, chunks.concat());
        }
        // The driver keeps a body for further tries; where nothing fails, there are none.
        let kept =
            if self.store.discards() { self.bodies.remove(&task) } else { self.bodies.get(&task).cloned() };
        let spool = (body == BodyKind::Spool).then(|| self.spools[&request.file_index].clone());
        let mut body =
            text.map(String::into_bytes).or(spool).or(kept).unwrap_or_default().split_off(from as usize);
        let network = || Error::new(Code::NetworkFailed, "connection reset");
        if self.chance(self.weather.hung) {
            return;
        }
        if self.chance(self.weather.offline) {
            self.later(task, Pending::Offline(task));
            let back = self.now + 1_000.0 + self.random.unit() * 86_400_000.0;
            self.pending.insert((back as u64, NETWORK + task), Pending::Online);
            return;
        }
        self.requests += 1;
        if let Some(fate) = self.fates.remove(&task) {
            return self.suffer(fate, task, &request, &headers, body);
        }
        let at_once =
            self.pending.values().filter(|outcome| matches!(outcome, Pending::Answered(..))).count();
        let is_too_much = self.weather.most_at_once > 0 && at_once >= self.weather.most_at_once;
        self.turned_away += u32::from(is_too_much);
        let outcome = if is_too_much {
            Pending::Answered(task, answer(503, "<Error><Code>SlowDown</Code></Error>"))
        } else if self.chance(self.weather.expired) {
            let body = if self.chance(0.5) { "<Error><Code>AccessDenied</Code></Error>" } else { "" };
            let status = [400, 401, 403][(self.random.unit() * 3.0) as usize];
            Pending::Answered(task, Answer { expired: true, ..answer(status, body) })
        } else if self.chance(self.weather.lost_request) {
            Pending::Failed(task, network())
        } else if self.chance(self.weather.busy) {
            let status = [408, 429, 500, 503][(self.random.unit() * 4.0) as usize];
            let mut answer = answer(status, "<Error><Code>SlowDown</Code></Error>");
            answer.headers.push(("retry-after".into(), "3".into()));
            Pending::Answered(task, answer)
        } else if self.chance(self.weather.refused) {
            Pending::Answered(task, answer(403, "<Error><Code>AccessDenied</Code></Error>"))
        } else {
            if self.chance(self.weather.corrupted) && request.operation == "part" && !body.is_empty() {
                body[0] ^= 1;
            }
            let mut answer = self.store.serve(&request, &headers, body);
            if self.chance(self.weather.lost_answer) {
                self.orphans += u32::from(request.operation == "create");
                Pending::Failed(task, network())
            } else {
                if self.weather.hides_etags {
                    answer.headers.clear();
                }
                if self.chance(self.weather.wrong_etag) && request.operation != "complete" {
                    answer.headers = vec![("etag".into(), "\"00000000000000000000000000000000\"".into())];
                }
                Pending::Answered(task, answer)
            }
        };
        self.later(task, outcome);
    }

    /// What is to happen to a task, decided when it is to be signed.
    fn fate(&mut self, task: u32, request: &SignRequest) -> Option<Happens> {
        let fate = self.rule.as_mut()?(request)?;
        if fate.is_of_signer() {
            return Some(fate);
        }
        self.fates.insert(task, fate);
        None
    }

    fn suffer(
        &mut self,
        fate: Happens,
        task: u32,
        request: &SignRequest,
        headers: &Headers,
        mut body: Vec<u8>,
    ) {
        let network = || Error::new(Code::NetworkFailed, "connection reset");
        if let (Happens::Corrupted, Some(byte)) = (&fate, body.first_mut()) {
            *byte ^= 1;
        }
        let outcome = match fate {
            Happens::Lost(error) => Pending::Failed(task, error),
            Happens::Answered(answer) => Pending::Answered(task, answer),
            Happens::Offline(for_so_long) => {
                self.pending.insert(((self.now + for_so_long) as u64, NETWORK + task), Pending::Online);
                Pending::Offline(task)
            }
            fate => {
                let mut answer = self.store.serve(request, headers, body);
                match fate {
                    Happens::Hung => return,
                    Happens::AnswerLost => Pending::Failed(task, network()),
                    Happens::Altered(alter) => {
                        alter(&mut answer);
                        Pending::Answered(task, answer)
                    }
                    Happens::Twice => {
                        self.later(task, Pending::Answered(task, answer.clone()));
                        Pending::Answered(task, answer)
                    }
                    _ => Pending::Answered(task, answer),
                }
            }
        };
        self.later(task, outcome);
    }

    fn later(&mut self, task: u32, mut outcome: Pending) {
        if let Pending::Answered(_, answer) = &mut outcome
            && answer.status >= 400
        {
            answer.headers.push(("x-amz-id-2".to_owned(), CANARY.to_owned()));
            answer.body.push_str(&format!("<Message>{CANARY}</Message>"));
        }
        let at = self.now + 1.0 + self.random.unit() * 300.0;
        self.pending.insert((at as u64, task), outcome);
    }

    /// While the job works on, what is due may come in.
    fn arrive(&mut self, job: &mut Job) {
        self.now += 10.0;
        if self.pending.keys().next().is_some_and(|(at, _)| *at as f64 <= self.now) {
            self.wait(job, None);
        }
    }

    fn wait(&mut self, job: &mut Job, until: Option<f64>) {
        let next = self.pending.keys().next().copied();
        match (next, until) {
            (Some((at, _)), until) if until.is_none_or(|until| at as f64 <= until) => {
                self.now = self.now.max(at as f64);
                let (_, outcome) = self.pending.pop_first().unwrap();
                let event = match outcome {
                    Pending::Signed(task) => Event::Signed { task },
                    Pending::Answered(task, answer) => Event::Answered { task, answer },
                    Pending::Failed(task, error) => Event::Failed { task, error },
                    Pending::Offline(task) => Event::Offline { task },
                    Pending::Online => Event::Online,
                    Pending::Compressed(block, bytes) => {
                        Event::Compressed { block, pieces: bytes.chunks(1000).map(<[u8]>::to_vec).collect() }
                    }
                };
                job.handle(event, self.now);
            }
            (_, Some(until)) => self.now = self.now.max(until),
            (_, None) => panic!("idle, and nothing is under way"),
        }
    }

    fn chance(&mut self, probability: f64) -> bool {
        self.random.unit() < probability
    }
}
