//! What stands in for content that cannot be had or believed, and what keeps it.

use std::fs;
use std::path::Path;

use ipmint::base::Digest;

use crate::operator::{LISTED, N_ROWS, Operator, a_list};
use crate::origin::{Answer, list};
use crate::world::files_below;

/// An address of the second half of `list(0, 100)`.
const LATE: &str = "2001:db8::50";

/// A build from the project's feeds into a store.
fn build_into(output: &str) -> Vec<&str> {
    ["build", "--feeds", "feeds", "--root", "data", "--cache", "cache", "--output", output].into()
}

/// A list of rows 0 to `n_rows`.
fn rows(n_rows: u32) -> Answer {
    Answer::content(list(0, n_rows))
}

#[test]
fn a_lock_and_a_profile_exclude_each_other() {
    let operator = Operator::with_list(vec![a_list()]);
    operator.report(&[]).expect("list", "fresh");
    operator.build(&["--locked", "--profile", "public"]).expect_code(2);
}

#[test]
fn what_a_stricter_definition_refuses_does_not_stand_in_for_itself() {
    let operator = Operator::with_list(vec![rows(100)]);
    let url = operator.origin.url(1, "/list");
    operator.report(&[]).expect("list", "fresh");
    operator.feed("list", &url, "[guards]\nmax_rows = 70");
    for more in [&[][..], &["--offline"]] {
        let night = operator.report(more).expect("list", "rejected");
        night.expect_reason("list", &["guards.max_rows"]);
        assert!(!operator.claims(LISTED));
    }
    operator.next_night().expect("list", "rejected");
    assert!(!operator.claims(LISTED));
}

#[test]
fn an_older_good_one_stands_in_for_what_a_stricter_definition_refuses() {
    let operator = Operator::with_list(vec![rows(60), rows(100)]);
    let url = operator.origin.url(1, "/list");
    operator.report(&[]).expect("list", "fresh");
    operator.next_night().expect_rows("list", "fresh", 100);
    operator.feed("list", &url, "[guards]\nmax_rows = 70");
    for _ in 0..2 {
        operator.next_night().expect_rows("list", "rejected", 60);
        assert!(operator.claims(LISTED) && !operator.claims(LATE));
    }
}

#[test]
fn digests_of_two_files_are_not_read_as_a_feed() {
    let operator = Operator::new(1);
    operator.origin.route("/a", vec![a_list()]);
    operator.origin.route("/b", vec![Answer::content(list(1000, 20))]);
    let [a, b, gone] = ["/a", "/b", "/gone"].map(|path| operator.origin.url(1, path));
    operator.define("both", &format!("url = ['{a}', '{b}']"), "vpn", "");
    operator.report(&[]).expect_rows("both", "fresh", N_ROWS + 20);
    operator.feed("both", &gone, "");
    let night = operator.next_night().expect("both", "missing");
    let night = night.expect_reason("both", &["404"]);
    assert_eq!(*night.of("both", "rows"), 0);
    assert!(!operator.claims(LISTED));
}

#[test]
fn what_was_good_in_another_format_does_not_stand_in() {
    let operator = Operator::with_list(vec![a_list(), Answer::status(404)]);
    operator.report(&[]).expect("list", "fresh");
    let file = operator.project.path("feeds/list.toml");
    let text = fs::read_to_string(&file).expect("written");
    let text = text.replace("format = 'list'", "format = 'json'").replace("/list", "/new");
    let more = "select = 'prefixes[*]'\ncolumns = { network = 'ip' }\n";
    fs::write(&file, text + more).expect("written");
    let night = operator.next_night().expect("list", "missing");
    night.expect_reason("list", &["404", "what was last good"]);
    assert!(!operator.claims(LISTED));
}

#[test]
fn an_older_good_one_stands_in_for_a_damaged_one_for_a_night() {
    let operator = Operator::with_list(vec![rows(100), rows(110)]);
    operator.report(&[]).expect("list", "fresh");
    operator.next_night().expect_rows("list", "fresh", 110);
    let name = Digest::of(list(0, 110).as_bytes()).to_string();
    let path = operator.project.path(&format!("cache/snapshots/{name}"));
    let mut bytes = fs::read(&path).expect("there");
    bytes[1000] ^= 1;
    fs::write(&path, bytes).expect("written");
    operator.next_night().expect_rows("list", "stale", 100);
    assert!(operator.claims(LISTED));
    let night = operator.next_night();
    assert_eq!(
        (night.of("list", "rows").as_u64(), night.of("list", "reason")),
        (Some(110), &serde_json::Value::Null)
    );
    assert!(!operator.requests()[3].is_conditional());
    assert!(operator.has_snapshot(list(0, 110)));
}

#[test]
fn a_lock_holds_whatever_other_stores_are_built_from_the_cache() {
    let answers = (0..12).map(|night| Answer::content(list(night, 100))).collect();
    let operator = Operator::with_list(answers);
    let first = build_into("first");
    operator.run(&first).expect_code(0);
    for _ in 0..10 {
        operator.next_night().expect("list", "fresh");
    }
    assert_eq!(operator.requests().len(), 11);
    let lock = ["--locked", "first/feeds.lock"];
    operator.run(&[&build_into("again")[..], &lock].concat()).expect_code(0);
    assert_eq!(operator.requests().len(), 11);
    let databases = |output: &str| -> Vec<Vec<u8>> {
        let releases = operator.project.path(&format!("{output}/releases"));
        let is_database = |name: &String| Path::new(name).extension().is_some_and(|e| e == "mmdb");
        let names = files_below(&releases).into_iter().filter(is_database);
        names.map(|name| fs::read(releases.join(name)).expect("listed")).collect()
    };
    assert_eq!(databases("first").len(), 9);
    assert!(databases("first") == databases("again"), "the lock gave other bytes");
}

#[test]
fn what_made_a_gate_refuse_is_not_the_last_good() {
    let mut operator = Operator::new(2);
    let canary = "[[canary]]\nnetwork = '2001:db8::60'\nmust_not = ['is_vpn']\n";
    operator.project.write("feeds/policy.toml", format!("{canary}[fetch]\nretries = 0\n"));
    operator.origin.route("/list", vec![rows(60), rows(100)]);
    operator.feed("list", &operator.origin.url(2, "/list"), "");
    operator.report(&[]).expect_rows("list", "fresh", 60);
    operator.wait_hours(24);
    operator.build(&[]).expect_code(3).expect_stderr(&["2001:db8::60"]);
    operator.origin.kill(2);
    operator.next_night().expect_rows("list", "stale", 60);
    assert!(operator.claims(LISTED) && !operator.claims(LATE));
    operator.next_night().expect_rows("list", "stale", 60);
}

#[test]
fn a_feed_that_nobody_reads_any_more_is_collected_after_ninety_days() {
    let operator = Operator::with_list(vec![a_list()]);
    operator.run(&build_into("first")).expect_code(0);
    // Releases keep what they were made of.
    fs::remove_dir_all(operator.project.path("first")).expect("there");
    fs::remove_file(operator.project.path("feeds/list.toml")).expect("there");
    operator.wait_hours(90 * 24);
    operator.report(&[]);
    assert!(operator.has_snapshot(list(0, N_ROWS as u32)));
    operator.wait_hours(24);
    operator.report(&[]);
    assert_eq!(operator.check_snapshots(), 0);
}

#[test]
fn feeds_that_share_a_url_have_limits_of_their_own() {
    let operator = Operator::with_list(vec![a_list()]);
    operator.feed("small", &operator.origin.url(1, "/list"), "[guards]\nbytes = 500");
    let night = operator.report(&[]).expect_rows("list", "fresh", N_ROWS);
    night.expect("small", "rejected").expect_reason("small", &["500", "guards.bytes"]);
    assert_eq!(operator.requests().len(), 1);
}

#[test]
fn an_offline_build_says_what_a_fetch_before_it_failed_to_have() {
    let operator = Operator::with_list(vec![a_list(), Answer::status(404)]);
    operator.report(&[]).expect("list", "fresh");
    operator.wait_hours(24);
    operator.run(&["fetch", "--feeds", "feeds", "--cache", "cache"]).expect_code(1);
    let ended = operator.build(&["--offline", "--strict", "--json"]).expect_code(4);
    let list = &ended.json()["feeds"]["list"];
    assert_eq!(list["state"], "stale", "{list}");
    assert!(list["reason"].as_str().is_some_and(|reason| reason.contains("404")), "{list}");
    assert!(operator.claims(LISTED));
}

#[test]
fn a_clock_that_was_ahead_does_not_keep_content_young() {
    let ten_years = 10 * 365 * 86_400;
    let answers = vec![rows(100), rows(101), rows(101), Answer::content("<html>")];
    let operator = Operator::with_list(answers);
    operator.report(&[]).expect("list", "fresh");
    let ahead = (operator.now() + ten_years).to_string();
    operator.run_knowing(&build_into("output"), "SOURCE_DATE_EPOCH", &ahead).expect_code(0);
    for (state, day) in
        [("unchanged", "2026-11-22"), ("rejected", "2026-11-22"), ("rejected", "2026-11-22")]
    {
        let night = operator.next_night().expect_rows("list", state, 101);
        assert_eq!(*night.of("list", "as_of"), day);
    }
}

#[test]
fn what_stands_in_is_never_of_a_day_to_come() {
    let ten_years = 10 * 365 * 86_400;
    let operator = Operator::with_list(vec![rows(100), Answer::content("<html>")]);
    let ahead = (operator.now() + ten_years).to_string();
    operator.run_knowing(&build_into("output"), "SOURCE_DATE_EPOCH", &ahead).expect_code(0);
    let night = operator.next_night().expect_rows("list", "rejected", 100);
    assert_eq!(*night.of("list", "as_of"), "2026-11-22");
}

#[test]
fn a_clock_that_was_ahead_does_not_put_off_the_end() {
    let ten_years = 10 * 365 * 86_400;
    let operator = Operator::with_list(vec![a_list(), Answer::status(404)]);
    operator.feed("list", &operator.origin.url(1, "/list"), "expire = '3d'");
    let ahead = (operator.now() + ten_years).to_string();
    operator.run_knowing(&build_into("output"), "SOURCE_DATE_EPOCH", &ahead).expect_code(0);
    for _ in 0..4 {
        operator.next_night().expect("list", "stale");
    }
    operator.next_night().expect("list", "missing").expect_reason("list", &["expired"]);
}

#[test]
fn content_that_comes_back_is_fresh() {
    let operator = Operator::with_list(vec![rows(100), rows(101), rows(100)]);
    operator.report(&[]).expect_rows("list", "fresh", 100);
    operator.next_night().expect_rows("list", "fresh", 101);
    operator.next_night().expect_rows("list", "fresh", 100);
    operator.next_night().expect_rows("list", "unchanged", 100);
}

#[test]
fn a_url_that_is_there_twice_is_an_error_with_its_line() {
    let operator = Operator::with_list(vec![a_list()]);
    let url = operator.origin.url(1, "/list");
    operator.define("twice", &format!("url = [\n  '{url}',\n  '{url}',\n]"), "vpn", "");
    operator.build(&[]).expect_code(2).expect_stderr(&["twice.toml:4", "/list", "twice"]);
    assert_eq!(operator.origin.requests(), []);
}
