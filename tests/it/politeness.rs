//! Hosts that are silent, slow, busy or hostile cost little, and stop nobody else.

use std::fs;
use std::time::Duration;

use crate::operator::{LISTED, N_ROWS, Night, Operator, a_list};
use crate::origin::{Answer, Request, gzip, list};

/// Where large downloads break: behind the MiB from which they are kept.
const CUT: usize = 1_500_000;

/// Not a word that any file has by chance.
const SECRET: &str = "k3y-th4t-n0b0dy-sh0ws";

/// Feeds `x-0`, `x-1`, … at `/x-0`, `/x-1`, … of a host.
fn feeds(operator: &Operator, host: u8, answers: &[Answer]) -> Vec<String> {
    let ids: Vec<String> = (0..answers.len()).map(|n| format!("x-{n}")).collect();
    for (id, answer) in ids.iter().zip(answers) {
        operator.origin.route(&format!("/{id}"), vec![answer.clone()]);
        operator.feed(id, &operator.origin.url(host, &format!("/{id}")), "");
    }
    ids
}

/// How many requests there were for [`feeds`].
fn n_requests(operator: &Operator) -> usize {
    let requests = operator.origin.requests();
    requests.iter().filter(|request| request.path().starts_with("/x-")).count()
}

/// Fails the test unless every feed ended like that, for a reason that says this.
#[track_caller]
fn expect_all(night: Night, ids: &[String], state: &str, reason: &str) -> Night {
    ids.iter().fold(night, |night, id| night.expect(id, state).expect_reason(id, &[reason]))
}

/// A download that broke, goes on with an answer that is no good, and then with a good one.
#[track_caller]
fn check_resumed(first: Answer, second: &Answer, content: &Answer, text: &str) {
    let answers = vec![first, second.clone(), content.clone()];
    for policy in ["", "retries = 1"] {
        let operator = Operator::with_list(answers.clone());
        operator.policy(policy);
        let night = operator.report(&[]);
        if policy.is_empty() {
            night.expect("list", "fresh");
        } else {
            // Only another run completes it.
            night.expect("list", "missing");
            assert_eq!(operator.check_snapshots(), 0);
            operator.next_night().expect("list", "fresh");
        }
        assert!(operator.has_snapshot(text));
        assert_eq!(operator.check_snapshots(), 1);
        let requests = operator.requests();
        assert_eq!(requests.len(), 3);
        assert_eq!(requests[1].header("range"), Some(format!("bytes={CUT}-").as_str()));
    }
}

#[test]
fn a_part_that_ends_before_the_whole_does_is_never_believed() {
    let text = list(0, 130_000);
    let content = Answer::content(&text).etag("\"large\"");
    let part = |end: usize, range: String| {
        let part = Answer::status(206).etag("\"large\"").body(&text[CUT..end]);
        part.header("Content-Range", &range)
    };
    let (end, total) = (CUT + 100_000, text.len());
    let broken = content.clone().cut_after(CUT);
    let short = part(end, format!("bytes {CUT}-{}/{total}", end - 1));
    check_resumed(broken.clone(), &short, &content, &text);
    let cut = part(end, format!("bytes {CUT}-{}/{total}", total - 1));
    check_resumed(broken.clone(), &cut, &content, &text);
    let untold = part(end, format!("bytes {CUT}-{}/*", end - 1));
    check_resumed(broken, &untold, &content, &text);
    // Nor where nobody ever said how long the whole is.
    check_resumed(content.clone().chunked().cut_after(CUT), &untold, &content, &text);
}

#[test]
fn a_silent_host_is_asked_four_times_for_eight_feeds() {
    let operator = Operator::new(2);
    operator.policy("first_byte_timeout = '1s'\nretries = 0");
    let ids = feeds(&operator, 2, &vec![a_list().silence(); 8]);
    let night = operator.report(&[]).expect("anchor", "fresh");
    let night = expect_all(night, &ids, "missing", "");
    for id in &ids {
        let reason = night.of(id, "reason").as_str().unwrap_or_default();
        assert!(reason.contains("answer") || reason.contains("not asked"), "{id}: {reason:?}");
    }
    assert!(n_requests(&operator) <= 4, "{}", n_requests(&operator));
}

#[test]
fn slow_feeds_of_one_host_each_have_their_own_deadline() {
    let operator = Operator::new(2);
    operator.policy("deadline = '3s'\nmin_rate = 1");
    // Each takes most of a second, one behind the other.
    let slow = a_list().drip(200, Duration::from_millis(100));
    let ids = feeds(&operator, 2, &vec![slow; 6]);
    let night = operator.report(&[]);
    ids.iter().fold(night, |night, id| night.expect_rows(id, "fresh", N_ROWS));
    assert_eq!(n_requests(&operator), 6);
}

#[test]
fn a_host_that_asks_for_patience_is_asked_for_no_other_feed() {
    let operator = Operator::new(2);
    let ids = feeds(&operator, 2, &vec![Answer::status(429).header("Retry-After", "7200"); 5]);
    for hours in [0, 1] {
        operator.wait_hours(hours);
        // 2026-11-21, two hours behind the first night.
        expect_all(operator.report(&[]), &ids, "missing", "2026-11-21T02:00");
        assert_eq!(n_requests(&operator), 1);
        // One that was not there when the host asked is kept from it as well.
        operator.origin.route("/x-new", vec![a_list()]);
        operator.feed("x-new", &operator.origin.url(2, "/x-new"), "");
    }
    for id in &ids {
        operator.origin.route(&format!("/{id}"), vec![a_list()]);
    }
    operator.wait_hours(1);
    let night = operator.report(&[]);
    ids.iter().fold(night, |night, id| night.expect(id, "fresh")).expect("x-new", "fresh");
    assert_eq!(n_requests(&operator), 7);
}

/// Two feeds of a host that is busy when it is first asked; so many of them are had.
#[track_caller]
fn check_rest(policy: &str, n_asked: usize, n_fresh: usize) {
    let operator = Operator::new(3);
    operator.policy(policy);
    let busy = Answer::status(429).header("Retry-After", "2");
    operator.origin.route("/x-list", vec![busy, a_list()]);
    let ids = ["one", "two"];
    for id in ids {
        operator.feed(id, &operator.origin.url(2, &format!("/x-list?{id}")), "");
    }
    // While it rests, another host is done with all it has.
    for n in 0..4 {
        let path = format!("/other-{n}");
        operator.origin.route(&path, vec![a_list().drip(700, Duration::from_millis(20))]);
        operator.feed(&format!("other-{n}"), &operator.origin.url(3, &path), "");
    }
    let night = operator.report(&[]);
    let fresh = ids.iter().filter(|id| *night.of(id, "state") == "fresh");
    assert_eq!(fresh.count(), n_fresh, "{}", night.report);
    assert_eq!(n_requests(&operator), n_asked);
    let requests = operator.origin.requests();
    let paths: Vec<&str> = requests.iter().map(Request::path).collect();
    let again = paths.iter().enumerate().filter(|(_, path)| path.starts_with("/x-")).nth(1);
    let last_other = paths.iter().rposition(|path| path.starts_with("/other-"));
    assert!(again.map(|(idx, _)| idx) > last_other, "{paths:?}");
}

#[test]
fn a_host_that_asks_for_a_moment_rests_for_all_of_its_feeds() {
    check_rest("", 3, 2);
    check_rest("retries = 0", 2, 1);
}

#[test]
fn redirects_to_a_dead_host_do_not_stop_the_host_they_come_from() {
    let operator = Operator::new(2);
    let astray = Answer::redirect(302, &operator.origin.dead_url("/list"));
    let ids = feeds(&operator, 2, &[astray.clone(), astray, a_list()]);
    // On its way until the others are given up.
    operator.origin.route("/x-2", vec![Answer::redirect(302, "/on")]);
    operator.origin.route("/on", vec![Answer::redirect(302, "/end")]);
    let busy = Answer::status(500);
    operator.origin.route("/end", vec![busy.clone(), busy.clone(), busy, a_list()]);
    let night = operator.report(&[]).expect_rows("x-2", "fresh", N_ROWS);
    expect_all(night, &ids[..2], "missing", "");
}

#[test]
fn a_coding_that_unpacks_to_nothing_is_cut_by_its_bytes_on_the_wire() {
    let nothing = gzip(b"").repeat(20_000);
    let sent = Answer::content(nothing).header("Content-Encoding", "gzip");
    for answer in [sent.clone(), sent.clone().chunked(), sent.stall_after(200_000)] {
        let operator = Operator::with_list(vec![answer]);
        operator.policy("stall_timeout = '2s'\nretries = 0");
        operator.feed("list", &operator.origin.url(1, "/list"), "[guards]\nbytes = 5000");
        let night = operator.report(&[]).expect("list", "missing");
        night.expect_reason("list", &["guards.bytes"]);
        assert_eq!(operator.requests().len(), 1);
    }
}

#[test]
fn a_retry_after_of_a_century_holds_for_a_day() {
    let busy = Answer::status(429).header("Retry-After", "4294967295");
    let operator = Operator::new(2);
    operator.origin.route("/list", vec![busy, a_list()]);
    operator.feed("list", &operator.origin.url(2, "/list"), "");
    operator.report(&[]).expect("list", "missing");
    operator.wait_hours(23);
    operator.report(&[]).expect("list", "missing");
    assert_eq!(operator.requests().len(), 1);
    operator.wait_hours(1);
    operator.report(&[]).expect("list", "fresh");
    assert_eq!(operator.requests().len(), 2);
}

#[test]
fn what_failed_three_times_is_asked_once_a_refresh() {
    let operator = Operator::with_list(vec![Answer::status(404)]);
    for n_asked in [1, 2, 3, 3, 3] {
        operator.report(&[]).expect("list", "missing").expect_reason("list", &["404"]);
        assert_eq!(operator.requests().len(), n_asked);
    }
    operator.wait_hours(1);
    for _ in 0..2 {
        operator.report(&[]).expect("list", "missing");
        assert_eq!(operator.requests().len(), 4);
    }
    operator.origin.route("/list", vec![a_list()]);
    operator.wait_hours(1);
    operator.report(&[]).expect("list", "fresh");
    assert!(operator.claims(LISTED));
}

#[test]
fn a_header_of_any_length_does_not_go_into_records() {
    let long = "x".repeat(60_000);
    let operator = Operator::with_list(vec![a_list().header("Content-Encoding", &long)]);
    let night = operator.report(&[]).expect("list", "missing");
    let reason = night.of("list", "reason").as_str().unwrap_or_default();
    assert!(reason.len() < 300, "{} bytes", reason.len());
    assert_eq!(operator.files_with(&long[..200]), [""; 0]);
}

/// A host that answers with the key; neither what is printed nor any file but the snapshot, which is
/// what the host sent, repeats it.
#[track_caller]
fn check_secret(body: &str, state: &str) {
    let operator = Operator::with_list(vec![Answer::content(body)]);
    operator.feed("list", &operator.origin.url(1, "/list?key=${IT_TOKEN}"), "");
    let run = |args: &[&str]| {
        let ended = operator.run_knowing(args, "IT_TOKEN", SECRET);
        assert!(!ended.stdout.contains(SECRET) && !ended.stderr.contains(SECRET), "{ended:?}");
        ended
    };
    let folders = ["--feeds", "feeds", "--cache", "cache"];
    run(&[&["fetch"], &folders[..]].concat()).expect_code(0);
    let build = [&["build", "--root", "data"], &folders[..]].concat();
    let json = run(&[&build[..], &["--json"]].concat()).expect_code(0).json();
    assert_eq!(json["feeds"]["list"]["state"], state, "{json}");
    run(&build).expect_code(0);
    run(&[&build[..], &["--locked"]].concat()).expect_code(0);
    let status = [&["feeds", "status", "--output", "output"], &folders[..]].concat();
    run(&status);
    run(&[&status[..], &["--json"]].concat());
    let mut files = operator.files_with(SECRET);
    files.retain(|file| !file.starts_with("cache/snapshots/"));
    assert_eq!(files, [""; 0]);
}

#[test]
fn a_key_that_the_host_repeats_is_shown_to_nobody() {
    check_secret(&format!("{{\"error\":\"bad key {SECRET}\"}}\n"), "rejected");
    check_secret(&format!("<html>bad key {SECRET}</html>\n"), "rejected");
    check_secret(&(list(0, 100) + &format!("bad key {SECRET}\n")), "fresh");
    check_secret(&format!("bad key {SECRET}\n").repeat(20), "rejected");
}

#[test]
fn damaged_records_stop_nothing() {
    for damage in ["{", "", "{}", "[]", "null"] {
        let operator = Operator::with_list(vec![a_list()]);
        operator.report(&[]).expect("list", "fresh");
        for folder in ["locations", "feeds", "stores"] {
            let folder = format!("cache/{folder}");
            for name in operator.project.names(&folder) {
                fs::write(operator.project.path(&format!("{folder}/{name}")), damage)
                    .expect("written");
            }
        }
        operator.next_night().expect_rows("list", "fresh", N_ROWS).expect("anchor", "fresh");
        assert!(operator.claims(LISTED));
        operator.next_night().expect("list", "unchanged");
    }
}
