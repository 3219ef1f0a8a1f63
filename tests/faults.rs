//! Each fault that is known of networks, stores and signers, at each request of each protocol: once, and for good. What
//! comes of it is the first table of docs/faults.md.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use support::azure::{Azure, Blob};
use support::google::{Faults, Google};
use support::rows::{batches, expected};
use support::store::Store;
use support::world::{CANARY, Happens, Rule, Serve, Weather, World, answer};
use tableport::checksum::Checksum;
use tableport::job::{Job, State};
use tableport::plan::{Destination, PartSize, SasUrl};
use tableport::upload::Answer;
use tableport::upload::retry::Random;
use tableport::{Code, Error};

const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/faults.md");
const PART: usize = 500;
/// Milliseconds that an export of a few requests may take, whatever happens: two hours.
const LONGEST: f64 = 7_200_000.0;

/// Steps after which an export is cancelled that only waits.
const PATIENCE: u32 = 5_000;

fn xml(status: u16, code: &str) -> Answer {
    answer(status, &format!("<Error><Code>{code}</Code><Message>{CANARY}</Message></Error>"))
}

fn after(seconds: u32, status: u16) -> Answer {
    Answer { headers: vec![("retry-after".into(), seconds.to_string())], ..xml(status, "SlowDown") }
}

fn html(status: u16) -> Answer {
    answer(status, &format!("<!doctype html><title>Error</title><p>{CANARY}"))
}

fn lost() -> Happens {
    Happens::Lost(Error::new(Code::NetworkFailed, "connection reset"))
}

fn set_etag(answer: &mut Answer, etag: &str) {
    answer.headers.retain(|(name, _)| name != "etag");
    answer.headers.push(("etag".into(), etag.into()));
}

type Fault = fn() -> Happens;

/// The faults, by the names that the table has for them.
const FAULTS: &[(&str, Fault)] = &[
    ("500", || Happens::Answered(xml(500, "InternalError"))),
    ("503 SlowDown", || Happens::Answered(xml(503, "SlowDown"))),
    ("429", || Happens::Answered(xml(429, "TooManyRequests"))),
    ("429, Retry-After of 3 s", || Happens::Answered(after(3, 429))),
    ("429, Retry-After of a day", || Happens::Answered(after(86_400, 429))),
    ("408", || Happens::Answered(xml(408, "RequestTimeout"))),
    ("409 OperationAborted", || Happens::Answered(xml(409, "OperationAborted"))),
    ("403, the URL had expired", || Happens::Answered(Answer { expired: true, ..xml(403, "AccessDenied") })),
    ("403 SignatureDoesNotMatch", || Happens::Answered(xml(403, "SignatureDoesNotMatch"))),
    ("403 RequestTimeTooSkewed, not mended by the signer", || {
        Happens::Answered(xml(403, "RequestTimeTooSkewed"))
    }),
    ("404 NoSuchUpload", || Happens::Answered(xml(404, "NoSuchUpload"))),
    ("410", || Happens::Answered(xml(410, "Gone"))),
    ("411", || Happens::Answered(xml(411, "MissingContentLength"))),
    ("412", || Happens::Answered(xml(412, "PreconditionFailed"))),
    ("200 with an error in its body", || Happens::Answered(xml(200, "InternalError"))),
    ("502, a page of HTML", || Happens::Answered(html(502))),
    ("403, a page of HTML", || Happens::Answered(html(403))),
    ("a redirect", || Happens::Lost(Error::new(Code::StoreRefused, "the store answered with a redirect"))),
    ("connection reset before or in the body", lost),
    ("a byte changed on its way", || Happens::Corrupted),
    ("answer lost, or cut off", || Happens::AnswerLost),
    ("no answer, for ever", || Happens::Hung),
    ("answer twice", || Happens::Twice),
    ("another ETag", || Happens::Altered(|answer| set_etag(answer, "\"0123456789abcdef0123456789abcdef\""))),
    ("no ETag", || Happens::Altered(|answer| answer.headers.retain(|(name, _)| name != "etag"))),
    ("an ETag in escaped quotes", || {
        Happens::Altered(|answer| {
            if let Some(etag) = answer.etag() {
                set_etag(answer, &format!("&quot;{etag}&quot;"));
            }
        })
    }),
    ("no network, for an hour", || Happens::Offline(3_600_000.0)),
    ("the signer throws", || Happens::NotSigned(Error::new(Code::SignFailed, "the signer threw"))),
    ("the signer does not answer", || Happens::NeverSigned),
    ("the signer answers with no URL", || Happens::NotSigned(Error::new(Code::SignInvalidAnswer, "no URL"))),
];

/// A protocol: the requests that it cannot do without, and an export by it.
struct Protocol {
    name: &'static str,
    signed: &'static [&'static str],
    sent: &'static [&'static str],
    export: fn(Weather, Rule) -> Option<&'static str>,
}

const PROTOCOLS: &[Protocol] = &[
    Protocol {
        name: "one URL",
        signed: &["put"],
        sent: &["put"],
        export: |weather, rule| s3(Destination::Url, 20, weather, rule),
    },
    Protocol {
        name: "S3, one part",
        signed: &["put"],
        sent: &["put"],
        export: |weather, rule| s3(PRESIGNED, 5, weather, rule),
    },
    Protocol {
        name: "S3, multipart",
        signed: &["create", "part", "complete"],
        sent: &["create", "part", "complete"],
        export: |weather, rule| s3(PRESIGNED, 150, weather, rule),
    },
    Protocol {
        name: "Azure, blocks",
        signed: &["part", "complete"],
        sent: &["part", "complete"],
        export: |weather, rule| {
            let destination = Destination::Azure { block_size: PartSize::equal(PART), url: SasUrl::Asked };
            let read = |store: &Azure| store.blobs.get("t.csv").map(Blob::bytes);
            export(Azure::default(), destination, 150, (weather, rule), read, |_| 0)
        },
    },
    Protocol {
        name: "Google, session",
        signed: &["create"],
        sent: &["part"],
        export: |weather, rule| {
            let destination = Destination::Resumable { chunk_size: PART };
            let read = |store: &Google| store.objects.get("t.csv").cloned();
            export(
                Google::new(Faults::default(), 1),
                destination,
                150,
                (weather, rule),
                read,
                Google::unfinished,
            )
        },
    },
];

const PRESIGNED: Destination =
    Destination::Presigned { part_size: PartSize::equal(PART), checksum: Checksum::Md5 };

fn s3(destination: Destination, rows: usize, weather: Weather, rule: Rule) -> Option<&'static str> {
    let read = |store: &Store| store.objects.get("t.csv").cloned();
    let unfinished = |store: &Store| store.uploads.values().filter(|parts| !parts.is_empty()).count();
    export(Store::default(), destination, rows, (weather, rule), read, unfinished)
}

/// Exports under a rule, and checks what must hold whatever happens; the code of the error, if there is one.
fn export<S: Serve>(
    store: S,
    destination: Destination,
    rows: usize,
    (weather, rule): (Weather, Rule),
    read: impl Fn(&S) -> Option<Vec<u8>>,
    unfinished: impl Fn(&S) -> usize,
) -> Option<&'static str> {
    let mut world = World::new(store, weather, 1);
    world.rule = Some(rule);
    let plan = support::rows::plan(rows as u64, destination);
    let mut job = Job::new("job-1".to_owned(), plan, 1_000.0, 1);
    let done = world.run(&mut job, batches(0..rows, &mut Random::new(1)).into_iter());
    if done.resource.status != State::Cancelled {
        assert!(world.passed() < LONGEST, "{} ms", world.passed());
        assert!(world.requests < 150, "{} requests", world.requests);
    }
    let object = read(&world.store);
    if done.resource.status == State::Completed {
        assert!(
            object.is_some_and(|object| object == expected(0, rows)),
            "an object that is not the table's"
        );
        return None;
    }
    let error = done.error.expect("an error");
    let admitted = error.message.contains("may be left");
    assert!(object.is_none_or(|object| object == expected(0, rows)) || admitted, "half an object");
    assert!(unfinished(&world.store) == 0 || admitted, "an unfinished upload: {}", error.message);
    Some(error.code)
}

/// The first request of an operation meets the fault, or all do.
fn rule(operation: &'static str, fault: Fault, once: bool) -> Rule {
    let mut met = false;
    Box::new(move |request| {
        if request.operation != operation || (once && met) {
            return None;
        }
        met = true;
        Some(fault())
    })
}

/// How often a request meets a fault, and whether its signer knows only what an upload cannot do without.
#[derive(Clone, Copy)]
struct Case {
    once: bool,
    signs_little: bool,
}

/// What comes of a fault at each of the requests, in words.
fn outcome(protocol: &Protocol, fault: Fault, case: Case) -> String {
    let operations = if fault().is_of_signer() { protocol.signed } else { protocol.sent };
    let weather =
        Weather { signs_little: case.signs_little, cancel_at: Some(PATIENCE), ..Weather::default() };
    let mut requests = BTreeMap::<String, BTreeSet<&str>>::new();
    for operation in operations {
        let code = (protocol.export)(weather, rule(operation, fault, case.once));
        let word = code.map_or("survived".to_owned(), |code| format!("`{code}`"));
        requests.entry(word).or_default().insert(operation);
    }
    let all = requests.len() == 1;
    let cell = |(word, operations): (&String, &BTreeSet<&str>)| {
        let operations: Vec<_> = operations.iter().copied().collect();
        if all { word.clone() } else { format!("{}: {word}", operations.join(", ")) }
    };
    requests.iter().map(cell).collect::<Vec<_>>().join("; ")
}

fn row(fault: Fault, case: Case) -> String {
    PROTOCOLS.iter().map(|protocol| outcome(protocol, fault, case)).collect::<Vec<_>>().join(" | ")
}

fn table() -> String {
    let names: Vec<_> = PROTOCOLS.iter().map(|protocol| protocol.name).collect();
    let mut text = format!("| fault | | {} |\n|---|---|{}\n", names.join(" | "), "---|".repeat(names.len()));
    for (name, fault) in FAULTS {
        let mut shown = *name;
        for (once, how_often) in [(true, "once"), (false, "for good")] {
            let cells = row(*fault, Case { once, signs_little: false });
            text += &format!("| {shown} | {how_often} | {cells} |\n");
            shown = "";
            let simple = row(*fault, Case { once, signs_little: true });
            if simple != cells {
                text += &format!("| | {how_often}, simple signer | {simple} |\n");
            }
        }
    }
    text
}

#[test]
fn what_comes_of_each_fault_is_what_the_docs_say() {
    const BEGIN: &str = "<!-- tests/faults.rs: begin -->\n";
    const END: &str = "<!-- tests/faults.rs: end -->\n";
    let docs = std::fs::read_to_string(DOCS).unwrap();
    let (head, rest) = docs.split_once(BEGIN).expect("where the table begins");
    let (written, tail) = rest.split_once(END).expect("where it ends");
    let table = table();
    if std::env::var_os("TABLEPORT_WRITE_DOCS").is_some() {
        std::fs::write(DOCS, format!("{head}{BEGIN}{table}{END}{tail}")).unwrap();
        return;
    }
    assert!(
        table == written,
        "docs/faults.md has another table; TABLEPORT_WRITE_DOCS=1 writes this one:\n{table}"
    );
}
