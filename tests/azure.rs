//! Azure's block blobs under a virtual clock, against a model of the store, with seeded faults.

mod support;

use support::azure::{Azure, Blob};
use support::rows::{expected, go_on, run_with};
use support::world::{Weather, World, rarely};
use tableport::job::{Snapshot, State};
use tableport::plan::{Destination, ExportPlan, Files, PartSize, SasUrl};
use tableport::upload::retry::Random;

/// Small enough that a hundred rows are several blocks.
const BLOCK_SIZE: usize = 500;

fn plan(rows: u64) -> ExportPlan {
    support::rows::plan(
        rows,
        Destination::Azure { block_size: PartSize::equal(BLOCK_SIZE), url: SasUrl::Asked },
    )
}

fn run(plan: ExportPlan, rows: usize, weather: Weather, seed: u64) -> (Snapshot, World<Azure>) {
    run_with(Azure::default(), plan, rows, weather, seed)
}

fn bytes(world: &World<Azure>) -> Option<Vec<u8>> {
    world.store.blobs.get("t.csv").map(Blob::bytes)
}

#[test]
fn in_fair_weather_every_size_of_table_arrives() {
    for rows in [0, 1, 17, 100, 1000] {
        let (done, world) = run(plan(rows as u64), rows, Weather::default(), 1);
        assert_eq!(done.resource.status, State::Completed, "{:?}", done.error);
        assert_eq!(bytes(&world), Some(expected(0, rows)));
        assert_eq!(done.progress.bytes_acknowledged, done.progress.bytes_encoded);
        let parts = done.files[0].parts.unwrap();
        let blob = &world.store.blobs["t.csv"];
        let kind = if parts == 1 { "content-type" } else { "x-ms-blob-content-type" };
        assert_eq!(blob.header(kind), Some("text/csv; charset=utf-8"));
        assert_eq!(world.requests, if parts == 1 { 1 } else { parts + 1 });
    }
}

#[test]
fn passing_faults_are_outlived() {
    let weather = Weather {
        lost_request: 0.1,
        lost_answer: 0.1,
        busy: 0.1,
        sign_fails: 0.05,
        sign_hangs: 0.02,
        hung: 0.02,
        expired: 0.05,
        offline: 0.02,
        ..Weather::default()
    };
    for error_if_exists in [false, true] {
        for seed in 0..500 {
            let plan = ExportPlan { retries: 30, error_if_exists, ..plan(150) };
            let (done, world) = run(plan, 150, weather, seed);
            assert_eq!(done.resource.status, State::Completed, "seed {seed}: {:?}", done.error);
            assert_eq!(bytes(&world), Some(expected(0, 150)), "seed {seed}");
        }
    }
}

#[test]
fn a_lost_answer_under_error_if_exists_is_settled_by_what_the_store_has() {
    let weather = Weather { lost_answer: 0.2, ..Weather::default() };
    for rows in [5, 150] {
        let mut asked = 0;
        for seed in 0..500 {
            let plan = ExportPlan { retries: 30, error_if_exists: true, ..plan(rows as u64) };
            let (done, world) = run(plan, rows, weather, seed);
            assert_eq!(done.resource.status, State::Completed, "seed {seed}: {:?}", done.error);
            assert_eq!(bytes(&world), Some(expected(0, rows)), "seed {seed}");
            asked += u32::from(world.store.asked > 0);
        }
        assert!(asked > 50, "{asked} of 500 asked");
    }
}

#[test]
fn another_s_blob_stays_under_error_if_exists() {
    let weather = Weather { lost_answer: 0.2, lost_request: 0.2, ..Weather::default() };
    for rows in [5, 150] {
        for seed in 0..200 {
            let mut store = Azure::default();
            store.blobs.insert("t.csv".to_owned(), Blob::default());
            let plan = ExportPlan { retries: 30, error_if_exists: true, ..plan(rows as u64) };
            let (done, world) = run_with(store, plan, rows, weather, seed);
            assert_eq!(done.error.unwrap().code, "store/exists", "seed {seed}");
            assert_eq!(bytes(&world), Some(Vec::new()));
        }
    }
}

#[test]
fn a_url_that_is_all_there_is_expires_once() {
    let weather = Weather { expired: 1.0, ..Weather::default() };
    for (url, requests) in [(SasUrl::Container, 1), (SasUrl::Blob, 1), (SasUrl::Asked, 7)] {
        let plan = ExportPlan {
            destination: Destination::Azure { block_size: PartSize::equal(BLOCK_SIZE), url },
            ..plan(5)
        };
        let (done, world) = run(plan, 5, weather, 1);
        assert_eq!((done.error.unwrap().code, world.requests), ("sign/expired", requests));
    }
}

#[test]
fn files_of_an_export_that_fails_are_removed() {
    let files = Files::Multi { target_size: Some(2_000), max_row_groups: None };
    let weather = Weather { source_fails_at: Some(2_000), ..Weather::default() };
    let (done, world) = run(ExportPlan { files, ..plan(60_000) }, 60_000, weather, 5);
    assert!(done.files.len() > 1);
    assert_eq!(done.error.unwrap().code, "source/read-failed");
    assert!(world.store.blobs.is_empty());
}

#[test]
fn whatever_happens_the_blob_is_whole_or_absent() {
    let mut ended = std::collections::BTreeMap::<&str, u32>::new();
    for seed in 0..4000 {
        let weather = Weather::any(&mut rarely(seed));
        let plan = ExportPlan { error_if_exists: seed % 2 == 0, ..plan(120) };
        let (done, world) = run(plan, 120, weather, seed);
        assert!(done.progress.retries <= 60 + world.requests / 2, "seed {seed}");
        if let Some(blob) = bytes(&world) {
            assert!(blob == expected(0, 120), "half a blob, seed {seed}");
        }
        if done.resource.status == State::Completed {
            assert_eq!(bytes(&world), Some(expected(0, 120)), "seed {seed}");
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
fn after_a_crash_another_job_goes_on() {
    let mut resumed = 0;
    for seed in 0..1_000 {
        let plan = || ExportPlan { error_if_exists: seed % 2 == 0, ..plan(200) };
        let crash_at = 1 + (Random::new(seed).unit() * 80.0) as u32;
        let crash = Weather { crash_at: Some(crash_at), ..Weather::default() };
        let (first, world) = run(plan(), 200, crash, seed);
        if first.resource.status.is_terminal() || world.token.is_none() {
            continue;
        }
        resumed += 1;
        let (done, world) = go_on(world, plan(), 0..200, Weather::default(), seed);
        assert_eq!(done.resource.status, State::Completed, "seed {seed}: {:?}", done.error);
        assert_eq!(bytes(&world), Some(expected(0, 200)), "seed {seed}");
        assert_eq!(done.progress.bytes_acknowledged, done.progress.bytes_encoded, "seed {seed}");
        assert_eq!(world.store.sent_twice, 0, "seed {seed}");
    }
    assert!(resumed > 300, "{resumed} of 1,000 had a token");
}

#[test]
fn a_table_that_changed_is_not_resumed() {
    let mut refused = 0;
    for seed in 0..200 {
        let crash_at = 1 + (Random::new(seed).unit() * 80.0) as u32;
        let crash = Weather { crash_at: Some(crash_at), ..Weather::default() };
        let (_, world) = run(plan(200), 200, crash, seed);
        let (done, world) = go_on(world, plan(200), 1..200, Weather::default(), seed);
        match done.error {
            Some(error) => {
                assert_eq!(error.code, "source/changed", "seed {seed}");
                refused += 1;
            }
            None => assert_eq!(bytes(&world), Some(expected(1, 200)), "seed {seed}"),
        }
    }
    assert!(refused > 50, "{refused} of 200 refused");
}

/// Of three files, each of some blocks.
fn several() -> ExportPlan {
    let destination = Destination::Azure { block_size: PartSize::equal(50_000), url: SasUrl::Asked };
    let files = Files::Multi { target_size: Some(2_000), max_row_groups: None };
    ExportPlan { files, ..support::rows::plan(20_000, destination) }
}

#[test]
fn files_that_were_stored_are_not_sent_again() {
    let mut skipped = 0;
    for seed in 0..40 {
        let plan = || ExportPlan { error_if_exists: seed % 2 == 0, ..several() };
        let crash_at = Some(1 + (Random::new(seed).unit() * 2_500.0) as u32);
        let (first, world) = run(plan(), 20_000, Weather { crash_at, ..Weather::default() }, seed);
        if first.resource.status.is_terminal() {
            continue;
        }
        let had = world.store.blobs.len() as u32;
        let (done, world) = go_on(world, plan(), 0..20_000, Weather::default(), seed);
        assert_eq!(done.resource.status, State::Completed, "seed {seed}: {:?}", done.error);
        let blobs = world.store.blobs.values().map(|blob| blob.bytes().len() as f64).sum::<f64>();
        assert_eq!(Some(blobs), done.resource.size, "seed {seed}");
        assert_eq!(done.progress.bytes_acknowledged, blobs, "seed {seed}");
        let all = done.files.len() as u32;
        assert!(world.store.made <= all + 1, "seed {seed}: {} of {all} were made", world.store.made);
        skipped += had;
    }
    assert!(skipped > 20, "{skipped}");
}

#[test]
fn a_blob_that_another_replaced_is_sent_again() {
    let crash = Weather { crash_at: Some(1_800), ..Weather::default() };
    let (first, mut world) = run(several(), 20_000, crash, 1);
    assert!(!first.resource.status.is_terminal());
    let (name, _) = world.store.blobs.first_key_value().expect("a blob");
    let name = name.clone();
    world.store.replace(&name);
    let (done, world) = go_on(world, several(), 0..20_000, Weather::default(), 1);
    assert_eq!(done.resource.status, State::Completed, "{:?}", done.error);
    let blobs = world.store.blobs.values().map(|blob| blob.bytes().len() as f64).sum::<f64>();
    assert_eq!(Some(blobs), done.resource.size);
}
