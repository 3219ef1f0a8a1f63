//! Google's resumable uploads under a virtual clock, against a model of the store, with seeded faults.

mod support;

use support::google::{Faults, Google};
use support::rows::{expected, go_on, run_with};
use support::world::{Weather, World, rarely};
use tableport::job::{Snapshot, State};
use tableport::plan::{Destination, ExportPlan, Files, Value};
use tableport::upload::retry::Random;

/// Small enough that a hundred rows are several chunks.
const CHUNK_SIZE: usize = 500;

const PASSING: Weather = Weather {
    lost_request: 0.1,
    lost_answer: 0.1,
    busy: 0.1,
    most_at_once: 0,
    refused: 0.0,
    offline: 0.02,
    sign_fails: 0.05,
    sign_hangs: 0.02,
    hung: 0.02,
    expired: 0.0,
    wrong_etag: 0.0,
    corrupted: 0.0,
    hides_etags: false,
    signer_makes: false,
    signs_little: false,
    crash_at: None,
    cancel_at: None,
    source_fails_at: None,
};

fn plan(rows: u64) -> ExportPlan {
    support::rows::plan(rows, Destination::Resumable { chunk_size: CHUNK_SIZE })
}

fn run(
    plan: ExportPlan,
    rows: usize,
    weather: Weather,
    faults: Faults,
    seed: u64,
) -> (Snapshot, World<Google>) {
    run_with(Google::new(faults, seed), plan, rows, weather, seed)
}

#[test]
fn in_fair_weather_every_size_of_table_arrives() {
    for rows in [0, 1, 17, 100, 1000] {
        let (done, world) = run(plan(rows as u64), rows, Weather::default(), Faults::default(), 1);
        assert_eq!(done.resource.status, State::Completed, "{:?}", done.error);
        assert_eq!(world.store.objects["t.csv"], expected(0, rows));
        assert_eq!(done.progress.bytes_acknowledged, done.progress.bytes_encoded);
        assert_eq!((world.store.begun, world.store.asked), (1, 0));
        assert_eq!(Some(world.requests), done.files[0].parts);
    }
}

#[test]
fn the_last_chunk_may_be_as_large_as_the_others() {
    // A whole block of rows, so that the chunk is full before the end is known.
    let rows = 8192;
    let size = expected(0, rows).len();
    for chunks in [1, 2, 4] {
        let plan = support::rows::plan(rows as u64, Destination::Resumable { chunk_size: size / chunks });
        let (done, world) = run(plan, rows, Weather::default(), Faults::default(), 1);
        assert_eq!(done.resource.status, State::Completed, "{:?}", done.error);
        assert_eq!(world.requests as usize, chunks);
    }
}

#[test]
fn passing_faults_are_outlived() {
    let faults = Faults { partial: 0.2, ..Faults::default() };
    let mut asked = 0;
    for seed in 0..1000 {
        let (done, world) = run(ExportPlan { retries: 30, ..plan(150) }, 150, PASSING, faults, seed);
        assert_eq!(done.resource.status, State::Completed, "seed {seed}: {:?}", done.error);
        assert_eq!(world.store.objects["t.csv"], expected(0, 150), "seed {seed}");
        assert_eq!(world.store.unfinished(), 0);
        asked += world.store.asked;
    }
    assert!(asked > 1000, "{asked}");
}

#[test]
fn of_a_chunk_only_what_is_missing_is_sent_again() {
    let faults = Faults { partial: 1.0, ..Faults::default() };
    for seed in 0..100 {
        let (done, world) = run(plan(150), 150, Weather::default(), faults, seed);
        assert_eq!(done.resource.status, State::Completed, "seed {seed}: {:?}", done.error);
        assert_eq!(world.store.objects["t.csv"], expected(0, 150), "seed {seed}");
    }
}

#[test]
fn without_a_network_no_try_is_lost() {
    let weather = Weather { offline: 0.3, ..Weather::default() };
    for seed in 0..200 {
        let (done, world) =
            run(ExportPlan { retries: 0, ..plan(150) }, 150, weather, Faults::default(), seed);
        assert_eq!(done.resource.status, State::Completed, "seed {seed}: {:?}", done.error);
        assert_eq!(world.store.objects["t.csv"], expected(0, 150), "seed {seed}");
    }
}

#[test]
fn a_lost_session_is_begun_again_while_the_whole_file_is_held() {
    let faults = Faults { session_lost: 0.2, ..Faults::default() };
    let mut ended = [0, 0];
    for seed in 0..500 {
        // A file of one chunk is held until its end.
        let (done, world) = run(ExportPlan { retries: 30, ..plan(5) }, 5, Weather::default(), faults, seed);
        assert_eq!(done.resource.status, State::Completed, "seed {seed}: {:?}", done.error);
        assert_eq!(world.store.objects["t.csv"], expected(0, 5), "seed {seed}");

        let (done, world) =
            run(ExportPlan { retries: 30, ..plan(150) }, 150, Weather::default(), faults, seed);
        let lost = done.error.map(|error| (error.code, error.place.part > Some(1)));
        assert!(matches!(lost, None | Some(("store/session-lost", true))), "seed {seed}: {lost:?}");
        assert_eq!(world.store.objects.contains_key("t.csv"), lost.is_none());
        ended[usize::from(lost.is_none())] += 1;
    }
    assert!(ended.iter().all(|count| *count > 20), "{ended:?}");
}

#[test]
fn a_store_that_never_says_what_it_has_is_named_with_its_cors_rule() {
    for faults in [Faults { hidden: 1.0, ..Faults::default() }, Faults { untaken: 1.0, ..Faults::default() }]
    {
        let (done, world) = run(plan(150), 150, Weather::default(), faults, 1);
        let error = done.error.unwrap();
        assert_eq!(error.code, "store/invalid-answer");
        assert!(error.message.contains("\"responseHeader\": [\"Range\"]"), "{}", error.message);
        assert!(world.requests < 10, "{}", world.requests);
        assert!(world.store.sessions.is_empty() && world.store.objects.is_empty());
    }
}

#[test]
fn now_and_then_a_range_may_be_missing() {
    let faults = Faults { hidden: 0.03, untaken: 0.03, ..Faults::default() };
    let completed = (0..500)
        .filter(|seed| {
            let (done, world) = run(plan(150), 150, Weather::default(), faults, *seed);
            let is_whole = world.store.objects.get("t.csv") == Some(&expected(0, 150));
            assert_eq!(done.resource.status == State::Completed, is_whole, "seed {seed}: {:?}", done.error);
            is_whole
        })
        .count();
    assert!(completed > 495, "{completed} of 500");
}

#[test]
fn what_is_not_what_was_sent_is_found_at_the_end() {
    let weather = Weather { corrupted: 1.0, ..Weather::default() };
    let (done, _) = run(plan(150), 150, weather, Faults::default(), 1);
    let error = done.error.unwrap();
    assert_eq!(error.code, "store/checksum-mismatch");
    assert!(error.message.ends_with("the file t.csv may be left in the store"), "{}", error.message);
}

#[test]
fn another_s_object_stays_under_error_if_exists_and_our_own_is_none() {
    for seed in 0..300 {
        let plan = || ExportPlan { retries: 30, error_if_exists: true, ..plan(150) };
        let (done, world) = run(plan(), 150, PASSING, Faults::default(), seed);
        assert_eq!(done.resource.status, State::Completed, "seed {seed}: {:?}", done.error);
        assert_eq!(world.store.objects["t.csv"], expected(0, 150), "seed {seed}");

        let mut store = Google::new(Faults::default(), seed);
        store.objects.insert("t.csv".to_owned(), b"another's".to_vec());
        let (done, world) = run_with(store, plan(), 150, PASSING, seed);
        assert_eq!(done.error.unwrap().code, "store/exists", "seed {seed}");
        assert_eq!(world.store.objects["t.csv"], b"another's");
    }
}

#[test]
fn several_files_each_have_a_session() {
    let files = Files::Multi { target_size: Some(2_000), max_row_groups: None };
    for seed in 0..20 {
        let plan = ExportPlan { files, retries: 30, ..plan(20_000) };
        let (done, world) = run(plan, 20_000, PASSING, Faults::default(), seed);
        assert_eq!(done.resource.status, State::Completed, "{:?}", done.error);
        assert!(done.files.len() > 1 && done.files.len() == world.store.objects.len());
        let mut from = 0;
        for (file, (name, object)) in done.files.iter().zip(&world.store.objects) {
            let to = from + file.rows.unwrap() as usize;
            assert_eq!((&file.name, object), (name, &expected(from, to)));
            from = to;
        }
    }
}

#[test]
fn whatever_happens_the_object_is_whole_or_absent_and_no_session_is_left() {
    let mut ended = std::collections::BTreeMap::<&str, u32>::new();
    for seed in 0..5000 {
        let mut rare = rarely(seed);
        let weather = Weather { corrupted: 0.0, ..Weather::any(&mut rare) };
        let faults =
            Faults { session_lost: rare(0.05), partial: rare(0.5), untaken: rare(0.1), hidden: rare(0.4) };
        let plan = ExportPlan { error_if_exists: seed % 2 == 0, ..plan(120) };
        let (done, world) = run(plan, 120, weather, faults, seed);
        assert!(done.progress.retries <= 60 + world.requests / 2, "seed {seed}");
        if let Some(object) = world.store.objects.get("t.csv") {
            assert!(*object == expected(0, 120), "half an object, seed {seed}");
        }
        // One that has no bytes may have been begun for a job that had ended by then.
        let admitted = done.error.as_ref().is_some_and(|error| error.message.contains("may be left"));
        assert!(world.store.unfinished() == 0 || admitted, "seed {seed}: a session is left");
        if done.resource.status == State::Completed {
            assert_eq!(world.store.objects["t.csv"], expected(0, 120), "seed {seed}");
        } else {
            assert!(done.resource.error_message.is_some() && done.resource.size.is_none(), "seed {seed}");
        }
        *ended.entry(done.error.map_or("completed", |error| error.code)).or_default() += 1;
    }
    for way in [
        "completed",
        "cancelled",
        "source/read-failed",
        "store/refused",
        "store/session-lost",
        "store/invalid-answer",
    ] {
        assert!(ended.get(way).is_some_and(|count| *count > 20), "{ended:?}");
    }
}

/// A job that was cut off at some step, if it had something to tell by then.
fn cut_off(plan: ExportPlan, rows: usize, weather: Weather, seed: u64) -> Option<World<Google>> {
    let crash_at = Some(1 + (Random::new(seed).unit() * 80.0) as u32);
    let (first, world) = run(plan, rows, Weather { crash_at, ..weather }, Faults::default(), seed);
    (!first.resource.status.is_terminal() && world.token.is_some()).then_some(world)
}

#[test]
fn after_a_crash_another_job_goes_on_with_the_session() {
    let (mut resumed, mut were_whole) = (0, 0);
    for seed in 0..1_000 {
        let Some(mut world) = cut_off(plan(200), 200, Weather::default(), seed) else { continue };
        resumed += 1;
        were_whole += u32::from(world.store.objects.contains_key("t.csv"));
        world.store.faults.partial = 0.2;
        let (done, world) = go_on(world, plan(200), 0..200, Weather::default(), seed);
        assert_eq!(done.resource.status, State::Completed, "seed {seed}: {:?}", done.error);
        assert_eq!(world.store.objects["t.csv"], expected(0, 200), "seed {seed}");
        assert_eq!(done.progress.bytes_acknowledged, done.progress.bytes_encoded, "seed {seed}");
        assert_eq!((world.store.begun, world.store.sent_twice), (1, 0), "seed {seed}");
        assert!(done.files[0].checksums.contains_key("md5"));
    }
    assert!(resumed > 300 && were_whole > 5, "{resumed} of 1,000 had a token, {were_whole} were whole");
}

#[test]
fn where_nobody_kept_the_session_another_is_begun() {
    for seed in 0..200 {
        let Some(mut world) = cut_off(plan(200), 200, Weather::default(), seed) else { continue };
        world.store.forgets = seed % 2 == 0;
        world.store.sessions.get_mut("t.csv").unwrap().is_gone = true;
        let (done, world) = go_on(world, plan(200), 0..200, Weather::default(), seed);
        assert_eq!(done.resource.status, State::Completed, "seed {seed}: {:?}", done.error);
        assert_eq!(world.store.objects["t.csv"], expected(0, 200), "seed {seed}");
        assert_eq!(world.store.begun, 2, "seed {seed}");
    }
}

/// The token without what it knows of chunks after the first.
fn forgetting(token: Value) -> Value {
    let Value::Map(entries) = token else { return token };
    let forget = |(key, value): (String, Value)| {
        let value = match value {
            Value::List(items) if key == "parts" => Value::List(items.into_iter().take(1).collect()),
            Value::List(items) => Value::List(items.into_iter().map(forgetting).collect()),
            value => value,
        };
        (key, value)
    };
    Value::Map(entries.into_iter().map(forget).collect())
}

#[test]
fn what_no_checksum_is_known_of_is_not_gone_on_from() {
    let mut restarted = 0;
    for seed in 0..300 {
        let Some(mut world) = cut_off(plan(200), 200, Weather::default(), seed) else { continue };
        world.token = world.token.map(forgetting);
        let (done, world) = go_on(world, plan(200), 0..200, Weather::default(), seed);
        assert_eq!(done.resource.status, State::Completed, "seed {seed}: {:?}", done.error);
        assert_eq!(world.store.objects["t.csv"], expected(0, 200), "seed {seed}");
        restarted += world.store.begun - 1;
    }
    assert!(restarted > 50, "{restarted}");
}

#[test]
fn a_table_that_changed_is_not_resumed() {
    let mut refused = 0;
    for seed in 0..300 {
        let Some(world) = cut_off(plan(200), 200, Weather::default(), seed) else { continue };
        let was_whole = world.store.objects.contains_key("t.csv");
        let (done, world) = go_on(world, plan(200), 1..200, Weather::default(), seed);
        assert_eq!(done.error.unwrap().code, "source/changed", "seed {seed}");
        assert!(
            was_whole || world.store.objects.is_empty() && world.store.sessions.is_empty(),
            "seed {seed}"
        );
        refused += 1;
    }
    assert!(refused > 50, "{refused}");
}

#[test]
fn a_crash_in_any_weather_leaves_an_object_whole_or_absent() {
    let mut completed = 0;
    for seed in 0..1_000 {
        let weather = Weather { corrupted: 0.0, ..Weather::any(&mut rarely(seed)) };
        let plan = || ExportPlan { error_if_exists: seed % 2 == 0, ..plan(120) };
        let Some(world) = cut_off(plan(), 120, weather, seed) else { continue };
        let (done, world) = go_on(world, plan(), 0..120, weather, seed);
        if let Some(object) = world.store.objects.get("t.csv") {
            assert!(*object == expected(0, 120), "half an object, seed {seed}");
        }
        assert_ne!(done.error.map(|error| error.code), Some("store/exists"), "seed {seed}");
        completed += u32::from(done.resource.status == State::Completed);
    }
    assert!(completed > 100, "{completed}");
}
