//! The whole job under a virtual clock, against a model store, with seeded faults.

mod support;

use std::collections::BTreeMap;
use std::ops::Range;

use support::rows::{batches, expected, go_on, run_with};
use support::store::{Store, crc32c};
use support::world::{Happens, Weather, World, rarely};
use tableport::checksum::Checksum;
use tableport::job::{Job, Snapshot, State};
use tableport::plan::{Destination, ExportPlan, Files, PartSize};
use tableport::upload::retry::Random;

/// Small enough that a hundred rows are several parts.
const PART_SIZE: usize = 500;

fn plan(rows: u64) -> ExportPlan {
    support::rows::plan(
        rows,
        Destination::Presigned { part_size: PartSize::equal(PART_SIZE), checksum: Checksum::Md5 },
    )
}

fn run(plan: ExportPlan, rows: usize, weather: Weather, seed: u64) -> (Snapshot, World<Store>) {
    run_with(Store::default(), plan, rows, weather, seed)
}

#[track_caller]
fn assert_whole_or_absent(store: &Store, rows: usize, seed: u64) {
    if let Some(object) = store.objects.get("t.csv") {
        assert!(*object == expected(0, rows), "half an object, seed {seed}");
    }
}

#[test]
fn in_fair_weather_every_size_of_table_arrives() {
    for rows in [0, 1, 17, 100, 1000] {
        let (done, world) = run(plan(rows as u64), rows, Weather::default(), 1);
        assert_eq!(done.resource.status, State::Completed, "{:?}", done.error);
        assert_eq!(world.store.objects["t.csv"], expected(0, rows));
        assert_eq!(done.resource.size, Some(expected(0, rows).len() as f64));
        assert_eq!(done.files[0].rows, Some(rows as f64));
        assert_eq!(done.progress.bytes_acknowledged, done.progress.bytes_encoded);
        assert!(world.store.uploads.is_empty());
    }
}

#[test]
fn passing_faults_are_outlived() {
    let weather = Weather {
        lost_request: 0.1,
        busy: 0.1,
        sign_fails: 0.05,
        sign_hangs: 0.02,
        hung: 0.02,
        expired: 0.05,
        offline: 0.02,
        ..Weather::default()
    };
    let plan = || ExportPlan { retries: 30, ..plan(150) };
    for seed in 0..1000 {
        let (done, world) = run(plan(), 150, weather, seed);
        assert_eq!(done.resource.status, State::Completed, "seed {seed}: {:?}", done.error);
        assert_eq!(world.store.objects["t.csv"], expected(0, 150), "seed {seed}");
        assert!(world.store.uploads.is_empty(), "seed {seed}");
    }
}

#[test]
fn a_lost_answer_to_complete_is_settled_by_what_the_store_has() {
    let weather = Weather { lost_answer: 0.2, ..Weather::default() };
    let mut asked = 0;
    for seed in 0..500 {
        let (done, world) = run(ExportPlan { retries: 30, ..plan(150) }, 150, weather, seed);
        assert_eq!(done.resource.status, State::Completed, "seed {seed}: {:?}", done.error);
        assert_eq!(world.store.objects["t.csv"], expected(0, 150), "seed {seed}");
        asked += u32::from(world.store.asked > 0);
    }
    assert!(asked > 50, "{asked} of 500 asked");
}

#[test]
fn a_store_that_has_too_much_to_do_is_asked_less() {
    let weather = Weather { most_at_once: 3, ..Weather::default() };
    for seed in 0..50 {
        let (done, world) = run(ExportPlan { concurrency: 32, ..plan(4_000) }, 4_000, weather, seed);
        assert_eq!(done.resource.status, State::Completed, "seed {seed}: {:?}", done.error);
        let (requests, turned_away) = (world.requests, world.turned_away);
        assert!(turned_away * 2 < requests, "seed {seed}: {turned_away} of {requests} turned away");
    }
}

#[test]
fn without_a_network_no_try_is_lost() {
    let weather = Weather { offline: 0.3, ..Weather::default() };
    for seed in 0..200 {
        let (done, world) = run(ExportPlan { retries: 0, ..plan(150) }, 150, weather, seed);
        assert_eq!(done.resource.status, State::Completed, "seed {seed}: {:?}", done.error);
        assert_eq!(done.progress.retries, 0);
        assert_eq!(world.store.objects["t.csv"], expected(0, 150), "seed {seed}");
    }
}

#[test]
fn whatever_happens_the_object_is_whole_or_absent_and_nothing_is_left_unfinished() {
    let mut ended = BTreeMap::<&str, u32>::new();
    for seed in 0..5000 {
        let weather = Weather::any(&mut rarely(seed));
        // An abort that is refused leaves what it was to clear away, and the job says so.
        let (done, world) = run(plan(120), 120, weather, seed);
        assert_whole_or_absent(&world.store, 120, seed);
        let admitted = done.error.as_ref().is_some_and(|error| error.message.contains("may be left"));
        let unfinished = world.store.uploads.len() as u32;
        assert!(unfinished <= world.orphans || admitted, "seed {seed}: {unfinished} uploads left");
        if done.resource.status == State::Completed {
            assert_eq!(world.store.objects["t.csv"], expected(0, 120), "seed {seed}");
        } else {
            assert!(done.resource.error_message.is_some() && done.resource.size.is_none(), "seed {seed}");
        }
        *ended.entry(done.error.map_or("completed", |error| error.code)).or_default() += 1;
    }
    for way in ["completed", "cancelled", "source/read-failed", "store/refused"] {
        assert!(ended.get(way).is_some_and(|count| *count > 20), "{ended:?}");
    }
}

#[test]
fn a_signer_may_make_requests_itself_and_have_no_put() {
    let fair = Weather { signer_makes: true, ..Weather::default() };
    for rows in [0, 1, 17, 100, 1000] {
        let (done, world) = run(plan(rows as u64), rows, fair, 1);
        assert_eq!(done.resource.status, State::Completed, "{:?}", done.error);
        assert_eq!(world.store.objects["t.csv"], expected(0, rows));
        assert_eq!(done.progress.bytes_acknowledged, done.progress.bytes_encoded);
    }
    let mut cancelled = 0;
    for seed in 0..1000 {
        let weather = Weather { sign_fails: 0.1, cancel_at: Some(seed as u32 % 200), ..fair };
        let (done, world) = run(plan(120), 120, weather, seed);
        assert_whole_or_absent(&world.store, 120, seed);
        assert!(world.store.uploads.is_empty(), "seed {seed}: an upload is left");
        cancelled += u32::from(done.resource.status == State::Cancelled);
    }
    assert!(cancelled > 100, "{cancelled} of 1000 were cancelled");
}

#[test]
fn several_files_hold_the_rows_in_order() {
    let files = Files::Multi { target_size: Some(2_000), max_row_groups: None };
    let mut sizes = Vec::new();
    for seed in 0..20 {
        let (done, world) = run(ExportPlan { files, ..plan(20_000) }, 20_000, Weather::default(), seed);
        assert_eq!(done.resource.status, State::Completed, "{:?}", done.error);
        assert_eq!(done.resource.file_count, Some(world.store.objects.len() as u32));
        let mut from = 0;
        for (file, (name, object)) in done.files.iter().zip(&world.store.objects) {
            let to = from + file.rows.unwrap() as usize;
            assert_eq!((&file.name, object), (name, &expected(from, to)));
            from = to;
        }
        assert_eq!(from, 20_000);
        sizes.push(world.store.objects.values().map(Vec::len).collect::<Vec<_>>());
    }
    assert!(sizes[0].len() > 1 && sizes.iter().all(|size| *size == sizes[0]), "{sizes:?}");
}

#[test]
fn a_status_is_the_export_resource_key_for_key() {
    let (done, _) = run(plan(10), 10, Weather::default(), 1);
    let json = serde_json::to_string(&done.resource).unwrap();
    assert_eq!(
        json,
        "{\"kind\":\"export\",\"uri\":\"/exports/job-1\",\"id\":\"job-1\",\"createdAt\":1000.0,\
         \"status\":\"completed\",\"errorMessage\":null,\"percentCompleted\":100.0,\"format\":\"csv\",\
         \"size\":130.0,\"fileCount\":1,\"table\":null}"
    );
}

#[test]
fn a_cancelled_job_says_so() {
    let weather = Weather { cancel_at: Some(20), ..Weather::default() };
    let (done, world) = run(plan(1000), 1000, weather, 3);
    assert_eq!(done.resource.status, State::Cancelled);
    assert_eq!(done.error.unwrap().code, "cancelled");
    assert!(world.store.uploads.is_empty() && world.store.objects.is_empty());
}

/// The same, with a CRC32C along with what is sent.
fn checksummed(rows: u64) -> ExportPlan {
    let part_size = PartSize::equal(PART_SIZE);
    let destination = Destination::Presigned { part_size, checksum: Checksum::Crc32c };
    support::rows::plan(rows, destination)
}

#[test]
fn a_crc32c_goes_along_and_that_of_the_file_is_told() {
    for signer_makes in [false, true] {
        for rows in [0, 5, 150, 1000] {
            let weather = Weather { signer_makes, ..Weather::default() };
            let (done, world) = run(checksummed(rows as u64), rows, weather, 1);
            assert_eq!(done.resource.status, State::Completed, "{:?}", done.error);
            let object = &world.store.objects["t.csv"];
            assert_eq!(*object, expected(0, rows));
            let crc = format!("{:08x}", crc32c(object));
            assert_eq!(done.files[0].checksums.get("crc32c"), Some(&crc));
        }
    }
}

#[test]
fn what_arrives_with_another_crc32c_is_sent_again() {
    let weather = Weather { corrupted: 0.1, lost_answer: 0.1, ..Weather::default() };
    let mut damaged = 0;
    for seed in 0..500 {
        let (done, world) = run(ExportPlan { retries: 30, ..checksummed(150) }, 150, weather, seed);
        assert_eq!(done.resource.status, State::Completed, "seed {seed}: {:?}", done.error);
        assert_eq!(world.store.objects["t.csv"], expected(0, 150), "seed {seed}");
        damaged += world.store.damaged;
    }
    assert!(damaged > 100, "{damaged}");
}

/// Exports to a store that says another CRC32C of the first `most` requests of a kind.
fn where_another_is_said(operation: &'static str, rows: usize, most: u32) -> (Snapshot, World<Store>) {
    let mut world = World::new(Store::default(), Weather::default(), 1);
    let mut met = 0;
    world.rule = Some(Box::new(move |request| {
        met += u32::from(request.operation == operation);
        (request.operation == operation && met <= most).then_some(Happens::Altered(|answer| {
            let other = "AAAAAA==";
            answer.headers.retain(|(name, _)| name == "etag");
            answer.headers.push(("x-amz-checksum-crc32c".to_owned(), other.to_owned()));
            answer.body = format!("<R><ChecksumCRC32C>{other}</ChecksumCRC32C></R>");
        }))
    }));
    let mut job = Job::new("job-1".to_owned(), checksummed(rows as u64), 1_000.0, 1);
    (world.run(&mut job, batches(0..rows, &mut Random::new(1)).into_iter()), world)
}

#[test]
fn what_the_store_says_is_compared_with_the_crc32c() {
    for (operation, rows) in [("put", 5), ("part", 150)] {
        let (done, world) = where_another_is_said(operation, rows, 1);
        assert_eq!((done.resource.status, done.progress.retries), (State::Completed, 1), "{operation}");
        assert_eq!(world.store.objects["t.csv"], expected(0, rows));
    }
    for (operation, rows) in [("put", 5), ("part", 150), ("complete", 150)] {
        let (done, world) = where_another_is_said(operation, rows, 100);
        assert_eq!(done.error.unwrap().code, "store/checksum-mismatch", "{operation}");
        assert!(world.store.objects.is_empty() && world.store.uploads.is_empty(), "{operation}");
    }
}

/// How a job went that was begun twice.
struct Twice {
    done: Snapshot,
    world: World<Store>,
    /// Parts that the store had of an unfinished upload at the crash.
    parts: u32,
}

/// Runs a job to a crash, and another from where it was.
fn run_twice(
    plan: impl Fn() -> ExportPlan,
    rows: usize,
    then: Range<usize>,
    weather: Weather,
    crash_at: u32,
    seed: u64,
) -> Twice {
    let crash = Weather { crash_at: Some(crash_at), ..weather };
    let (first, world) = run(plan(), rows, crash, seed);
    if first.resource.status.is_terminal() {
        return Twice { done: first, world, parts: 0 };
    }
    let parts = world.store.uploads.values().map(|parts| parts.len() as u32).sum();
    let (done, world) = go_on(world, plan(), then, weather, seed);
    Twice { done, world, parts }
}

fn some_step(most: f64, seed: u64) -> u32 {
    1 + (Random::new(seed).unit() * most) as u32
}

#[test]
fn after_a_crash_another_job_goes_on() {
    let (mut spared, mut completed_unseen) = (0, 0);
    for seed in 0..2_000 {
        let weather = Weather { signs_little: seed % 3 == 0, ..Weather::default() };
        let Twice { done, world, parts } =
            run_twice(|| plan(200), 200, 0..200, weather, some_step(80.0, seed), seed);
        assert_eq!(world.store.objects["t.csv"], expected(0, 200), "seed {seed}");
        if weather.signs_little && done.resource.status == State::Failed {
            // Who cannot ask what object there is does not know that the upload was completed in the crash.
            assert!(done.error.unwrap().message.contains("NoSuchUpload"), "seed {seed}");
            completed_unseen += 1;
            continue;
        }
        assert_eq!(done.resource.status, State::Completed, "seed {seed}: {:?}", done.error);
        assert_eq!(done.progress.bytes_acknowledged, done.progress.bytes_encoded, "seed {seed}");
        // A Create whose answer was lost in the crash is nobody's.
        assert!(world.store.uploads.values().all(BTreeMap::is_empty), "seed {seed}");
        let sent_twice = world.store.sent_twice;
        assert!(sent_twice <= if weather.signs_little { 4 } else { 0 }, "seed {seed}: {sent_twice}");
        spared += parts - sent_twice;
    }
    assert!(
        spared > 2_000 && completed_unseen < 20,
        "{spared} parts were not sent again; {completed_unseen}"
    );
}

#[test]
fn after_a_crash_the_crc32c_is_that_of_the_whole() {
    for seed in 0..300 {
        let crash_at = some_step(80.0, seed);
        let Twice { done, world, .. } =
            run_twice(|| checksummed(200), 200, 0..200, Weather::default(), crash_at, seed);
        assert_eq!(done.resource.status, State::Completed, "seed {seed}: {:?}", done.error);
        assert_eq!(world.store.objects["t.csv"], expected(0, 200), "seed {seed}");
        let crc = format!("{:08x}", crc32c(&expected(0, 200)));
        assert_eq!(done.files[0].checksums.get("crc32c"), Some(&crc), "seed {seed}");
    }
}

#[test]
fn a_crash_in_any_weather_leaves_an_object_whole_or_absent() {
    let mut ended = BTreeMap::<&str, u32>::new();
    let plan = || ExportPlan { error_if_exists: true, ..plan(120) };
    for seed in 0..2_000 {
        let weather = Weather::any(&mut rarely(seed));
        let Twice { done, world, .. } = run_twice(plan, 120, 0..120, weather, some_step(60.0, seed), seed);
        assert_whole_or_absent(&world.store, 120, seed);
        if done.resource.status == State::Completed {
            assert_eq!(world.store.objects["t.csv"], expected(0, 120), "seed {seed}");
        }
        *ended.entry(done.error.map_or("completed", |error| error.code)).or_default() += 1;
    }
    assert!(ended["completed"] > 400, "{ended:?}");
    // Whoever wrote the object, it was no one else.
    assert_eq!(ended.get("store/exists"), None, "{ended:?}");
}

#[test]
fn a_table_that_changed_is_not_resumed() {
    let mut refused = 0;
    for seed in 0..300 {
        let crash_at = some_step(80.0, seed);
        let Twice { done, world, parts } =
            run_twice(|| plan(200), 200, 1..200, Weather::default(), crash_at, seed);
        if done.error.as_ref().is_some_and(|error| error.code == "source/changed") {
            assert!(world.store.objects.is_empty() || parts == 0, "seed {seed}");
            assert!(world.store.uploads.values().all(BTreeMap::is_empty), "seed {seed}");
            refused += 1;
        } else {
            assert_eq!(
                world.store.objects["t.csv"],
                expected(200 - done.progress.rows as usize, 200),
                "seed {seed}"
            );
        }
    }
    assert!(refused > 100, "{refused} of 300 refused");
}

#[test]
fn files_that_were_stored_are_not_sent_again() {
    let files = Files::Multi { target_size: Some(2_000), max_row_groups: None };
    let plan = || ExportPlan { files, ..plan(20_000) };
    for seed in 0..12 {
        let crash_at = some_step(4_000.0, seed);
        let Twice { done, world, .. } =
            run_twice(plan, 20_000, 0..20_000, Weather::default(), crash_at, seed);
        assert_eq!(done.resource.status, State::Completed, "{:?}", done.error);
        let objects = world.store.objects.values().map(|object| object.len() as f64).sum::<f64>();
        assert_eq!(Some(objects), done.resource.size);
        assert_eq!(done.progress.bytes_acknowledged, objects, "seed {seed}");
        assert_eq!(world.store.sent_twice, 0, "seed {seed}");
    }
}

#[test]
fn files_of_an_export_that_fails_are_removed_or_named() {
    let files = Files::Multi { target_size: Some(2_000), max_row_groups: None };
    for signs_little in [false, true] {
        let weather = Weather { source_fails_at: Some(2_000), signs_little, ..Weather::default() };
        let (done, world) = run(ExportPlan { files, ..plan(60_000) }, 60_000, weather, 5);
        let message = done.error.unwrap().message;
        let names: Vec<_> = world.store.objects.keys().collect();
        assert_eq!(names.is_empty(), !signs_little, "{names:?}");
        assert!(world.store.uploads.is_empty());
        for name in names {
            assert!(message.contains(name.as_str()), "{message}");
        }
    }
}
