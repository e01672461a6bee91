//! `ipmint fetch`, `--locked`, `--profile public`, and what is never told to anybody.

use std::fs;

use serde_json::Value;

use crate::operator::{LISTED, N_ROWS, Operator, a_list};
use crate::origin::{Answer, list};

/// What every `fetch` is started with.
const FETCH: [&str; 5] = ["fetch", "--feeds", "feeds", "--cache", "cache"];

/// Not a word that any file has by chance.
const SECRET: &str = "s3cr3t-t0k3n-of-the-test";

#[track_caller]
fn json_file(operator: &Operator, below: &str) -> Value {
    let text = fs::read(operator.project.path(below)).expect("it is there");
    serde_json::from_slice(&text).expect("JSON")
}

#[test]
fn fetch_fetches_and_builds_nothing() {
    let operator = Operator::with_list(vec![a_list()]);
    let first = operator.run(&FETCH).expect_code(0).stdout;
    let line = |text: &str| text.lines().find(|line| line.starts_with("list ")).map(str::to_owned);
    assert!(line(&first).is_some_and(|line| line.contains("new")), "{first}");
    assert!(!operator.project.path("output").exists());
    assert!(operator.has_snapshot(list(0, N_ROWS as u32)));
    let again = operator.run(&FETCH).expect_code(0).stdout;
    assert!(line(&again).is_some_and(|line| line.contains("not due")), "{again}");
    operator.wait_hours(1);
    let again = operator.run(&FETCH).expect_code(0).stdout;
    assert!(line(&again).is_some_and(|line| line.contains("unchanged")), "{again}");
    assert_eq!(operator.requests().len(), 2);
    // What was fetched is there to build from, and new to the build.
    operator.report(&["--offline"]).expect_rows("list", "fresh", N_ROWS);
    assert_eq!(operator.requests().len(), 2);
}

#[test]
fn fetch_tells_what_failed_by_its_code() {
    let operator = Operator::with_list(vec![Answer::status(404)]);
    let told = operator.run(&FETCH).expect_code(1).stdout;
    assert!(told.contains("failed") && told.contains("404"), "{told}");
    let json = operator.run(&[&FETCH[..], &["--json"]].concat()).expect_code(1).json();
    assert!(json.is_object(), "{json}");
}

#[test]
fn fetch_asks_only_for_what_it_is_told_to() {
    let operator = Operator::with_list(vec![a_list()]);
    operator.run(&[&FETCH[..], &["anchor"]].concat()).expect_code(0);
    assert_eq!((operator.origin.requests().len(), operator.requests().len()), (1, 0));
    let unknown = [&FETCH[..], &["list", "lost"]].concat();
    operator.run(&unknown).expect_code(2).expect_stderr(&["lost"]);
    assert_eq!(operator.requests().len(), 0);
}

#[test]
fn a_value_of_the_environment_is_sent_and_told_to_nobody() {
    let operator = Operator::new(1);
    let url = operator.origin.url(1, "/list?key=${IT_TOKEN}");
    operator.feed("list", &url, "");
    let answers = vec![
        a_list(),
        Answer::redirect(302, &format!("/moved/{SECRET}")),
        Answer::content("").bare().hang_up(),
        Answer::status(403).body(SECRET),
    ];
    operator.origin.route("/list", answers);
    operator.policy("retries = 0");
    for state in ["fresh", "stale", "stale", "stale"] {
        let build = ["build", "--feeds", "feeds", "--root", "data", "--json"];
        let ended = operator.run_knowing(&build, "IT_TOKEN", SECRET).expect_code(0);
        assert_eq!(ended.json()["feeds"]["list"]["state"], state, "{ended:?}");
        assert!(!ended.stdout.contains(SECRET) && !ended.stderr.contains(SECRET), "{ended:?}");
        operator.wait_hours(24);
    }
    for more in [&[][..], &["--json"]] {
        let args = [&FETCH[..], more].concat();
        let ended = operator.run_knowing(&args, "IT_TOKEN", SECRET).expect_code(1);
        assert!(!ended.stdout.contains(SECRET) && !ended.stderr.contains(SECRET), "{ended:?}");
        operator.wait_hours(24);
    }
    assert!(operator.requests().iter().all(|request| request.target.ends_with(SECRET)));
    assert_eq!(operator.files_with(SECRET), [""; 0]);
}

#[test]
fn a_variable_that_is_not_set_is_named() {
    let operator = Operator::with_list(vec![a_list()]);
    let url = operator.origin.url(1, "/list?key=${IT_TOKEN}");
    operator.feed("token", &url, "");
    operator.report(&[]).expect("token", "missing").expect_reason("token", &["IT_TOKEN"]);
    assert_eq!(operator.requests().len(), 1);
}

#[test]
fn a_lock_names_what_is_no_longer_the_same() {
    let operator = Operator::with_list(vec![a_list()]);
    operator.report(&[]).expect("list", "fresh");
    operator.build(&["--locked"]).expect_code(0);
    operator.policy("retries = 1");
    operator.build(&["--locked"]).expect_code(2).expect_stderr(&["policy"]);
    operator.policy("");
    operator.build(&["--locked"]).expect_code(0);
    operator.feed("list", &operator.origin.url(1, "/list"), "reliability = 10");
    operator.build(&["--locked"]).expect_code(2).expect_stderr(&["definitions"]);
    operator.feed("list", &operator.origin.url(1, "/list"), "");
    fs::remove_dir_all(operator.project.path("cache/snapshots")).expect("there");
    operator.build(&["--locked"]).expect_code(1);
    assert_eq!(operator.requests().len(), 1);
}

#[test]
fn a_snapshot_that_a_lock_needs_is_missed_by_name() {
    let operator = Operator::with_list(vec![a_list()]);
    operator.report(&[]).expect("list", "fresh");
    let lock = json_file(&operator, "output/feeds.lock");
    let name = lock["feeds"]["list"]["sha256"].as_str().expect("a digest");
    fs::remove_file(operator.project.path(&format!("cache/snapshots/{name}"))).expect("there");
    operator.build(&["--locked"]).expect_code(1).expect_stderr(&["`list`"]);
    // Without a lock it is simply fetched again.
    operator.next_night();
    assert!(operator.claims(LISTED));
}

#[test]
fn a_damaged_snapshot_is_not_believed() {
    let operator = Operator::with_list(vec![a_list()]);
    operator.report(&[]).expect("list", "fresh");
    let lock = json_file(&operator, "output/feeds.lock");
    let name = lock["feeds"]["list"]["sha256"].as_str().expect("a digest");
    operator.project.write(&format!("cache/snapshots/{name}"), "192.0.2.66\n");
    operator.build(&["--locked"]).expect_code(1).expect_stderr(&["`list`"]);
    operator.next_night();
    assert!(operator.claims(LISTED) && !operator.claims("192.0.2.66"));
}

#[test]
fn manifest_and_lock_tell_the_states() {
    let operator = Operator::with_list(vec![a_list(), Answer::status(404)]);
    operator.report(&[]);
    operator.next_night().expect("list", "stale").expect("anchor", "unchanged");
    let index = json_file(&operator, "output/index.json");
    let current = index["current"].as_str().expect("a version");
    let manifest = json_file(&operator, &format!("output/releases/{current}/manifest.json"));
    let lock = json_file(&operator, "output/feeds.lock");
    for from in [&manifest, &lock] {
        assert_eq!(from["feeds"]["list"]["state"], "stale", "{from}");
        assert_eq!(from["feeds"]["anchor"]["state"], "unchanged", "{from}");
        assert_eq!(from["feeds"]["list"]["as_of"], "2026-11-21", "{from}");
    }
}

#[test]
fn what_may_not_be_passed_on_is_not_in_a_public_build() {
    let operator = Operator::new(1);
    operator.origin.route("/list", vec![a_list()]);
    let licence = "attribution = 'Private Lists Inc.', redistribute = false";
    let text = definition_with_licence(&operator, &format!("id = 'CC0-1.0', {licence}"));
    operator.project.write("feeds/list.toml", text);
    let night = operator.report(&["--profile", "public"]).expect("list", "disabled");
    night.expect_reason("list", &["redistribute"]);
    assert!(!operator.claims(LISTED));
    assert_eq!(operator.requests(), []);
    let notice = |version: &str| {
        let path = operator.project.path(&format!("output/releases/{version}/NOTICE"));
        fs::read_to_string(path).expect("published")
    };
    assert!(!notice("20261121.1").contains("Private Lists"));
    operator.report(&[]).expect("list", "fresh");
    assert!(notice("20261121.2").contains("Private Lists"));
}

#[test]
fn share_alike_is_a_decision_of_the_operator() {
    let operator = Operator::new(1);
    operator.origin.route("/list", vec![a_list()]);
    let text = definition_with_licence(&operator, "id = 'GPL-2.0-only', redistribute = true");
    operator.project.write("feeds/list.toml", text);
    let public = ["--profile", "public"];
    operator.build(&public).expect_code(2).expect_stderr(&["`list`", "GPL-2.0-only"]);
    operator.policy("[profile.public]\nshare_alike = ['GPL-2.0-only']");
    operator.report(&public).expect("list", "fresh");
}

/// The definition of `list` under another licence.
fn definition_with_licence(operator: &Operator, licence: &str) -> String {
    operator.feed("list", &operator.origin.url(1, "/list"), "");
    let text = fs::read_to_string(operator.project.path("feeds/list.toml")).expect("written");
    text.replace("id = 'CC0-1.0', redistribute = true", licence)
}
