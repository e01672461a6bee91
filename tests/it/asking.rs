//! An origin is asked politely: seldom, conditionally, one connection at a time, by a known name.

use serde_json::json;

use crate::operator::{LISTED, N_ROWS, Operator, a_list};
use crate::origin::{Answer, list};

#[test]
fn nothing_is_asked_before_the_refresh() {
    let operator = Operator::with_list(vec![a_list(), Answer::content(list(0, 120))]);
    operator.report(&[]).expect("list", "fresh");
    for _ in 0..2 {
        operator.report(&[]).expect_rows("list", "unchanged", N_ROWS);
    }
    assert_eq!(operator.requests().len(), 1);
    // A 304 is an answered check too.
    operator.origin.route("/list", vec![a_list()]);
    operator.wait_hours(1);
    operator.report(&[]).expect("list", "unchanged");
    operator.report(&[]).expect("list", "unchanged");
    assert_eq!(operator.requests().len(), 2);
}

#[test]
fn a_check_without_an_answer_does_not_count_as_one() {
    let operator = Operator::with_list(vec![a_list(), a_list().hang_up(), a_list()]);
    operator.policy("retries = 0");
    operator.report(&[]).expect("list", "fresh");
    operator.next_night().expect("list", "stale");
    operator.report(&[]).expect("list", "unchanged");
    assert_eq!(operator.requests().len(), 3);
}

/// Asks twice; returns the conditions of the second request.
#[track_caller]
fn conditions(answer: Answer) -> (Option<String>, Option<String>, u16) {
    let operator = Operator::with_list(vec![answer]);
    operator.report(&[]).expect("list", "fresh");
    operator.next_night().expect_rows("list", "unchanged", N_ROWS);
    assert!(operator.claims(LISTED));
    let requests = operator.requests();
    assert_eq!(requests.len(), 2);
    assert!(!requests[0].is_conditional(), "{:?}", requests[0]);
    let header = |name| requests[1].header(name).map(str::to_owned);
    (header("if-none-match"), header("if-modified-since"), requests[1].status)
}

#[test]
fn what_the_origin_gave_is_asked_by() {
    let (etag, date, status) = conditions(a_list().etag("\"one\""));
    assert_eq!((etag.as_deref(), date.is_some(), status), (Some("\"one\""), true, 304));
    let (etag, _, status) = conditions(a_list().etag("W/\"one\""));
    assert_eq!((etag.as_deref(), status), (Some("W/\"one\""), 304));
    let (etag, date, status) = conditions(a_list().without_etag());
    assert_eq!((etag, date.is_some(), status), (None, true, 304));
    assert_eq!(conditions(a_list().bare()), (None, None, 200));
    let (etag, _, status) = conditions(a_list().gzip());
    assert_eq!((etag.is_some(), status), (true, 304));
}

#[test]
fn the_same_bytes_under_a_new_etag_are_unchanged() {
    let operator = Operator::with_list(vec![a_list().etag("\"a\""), a_list().etag("\"b\"")]);
    let first = operator.report(&[]).expect("list", "fresh");
    let second = operator.next_night().expect("list", "unchanged");
    for field in ["snapshot", "as_of"] {
        assert_eq!(first.of("list", field), second.of("list", field));
    }
    operator.next_night();
    assert_eq!(operator.requests()[2].header("if-none-match"), Some("\"b\""));
}

#[test]
fn other_bytes_under_the_same_etag_are_new() {
    let canned = Answer::status(200).header("ETag", "\"same\"").body(list(0, 120));
    let operator = Operator::with_list(vec![a_list().etag("\"same\""), canned]);
    operator.report(&[]).expect_rows("list", "fresh", N_ROWS);
    operator.next_night().expect_rows("list", "fresh", 120);
}

#[test]
fn content_is_of_the_day_it_was_first_seen() {
    let operator = Operator::with_list(vec![a_list(), a_list(), Answer::content(list(0, 120))]);
    let days = ["2026-11-21", "2026-11-21", "2026-11-23", "2026-11-23"];
    for (night, day) in days.into_iter().enumerate() {
        let report = if night == 0 { operator.report(&[]) } else { operator.next_night() };
        assert_eq!(*report.of("list", "as_of"), json!(day), "night {night}");
    }
}

#[test]
fn a_feed_of_two_places_asks_each_once() {
    let operator = Operator::new(2);
    operator.origin.route("/a", vec![a_list()]);
    operator.origin.route("/b", vec![Answer::content(list(1000, 20)), Answer::status(404)]);
    let (a, b) = (operator.origin.url(1, "/a"), operator.origin.url(2, "/b"));
    operator.define("both", &format!("url = ['{a}', '{b}']"), "vpn", "");
    operator.report(&[]).expect_rows("both", "fresh", N_ROWS + 20);
    let [a, b] = ["/a", "/b"].map(|path| operator.origin.requests_for(path).len());
    assert_eq!((a, b), (1, 1));
    // Half of a feed is no feed: what both had last stands in.
    operator.next_night().expect("both", "stale");
    assert!(operator.claims(LISTED) && operator.claims("2001:db8::3ea"));
    assert_eq!(operator.origin.requests_for("/a")[1].status, 304);
}

#[test]
fn a_host_has_one_connection_at_a_time() {
    let operator = Operator::new(4);
    for feed in 0..16 {
        let path = format!("/{feed}");
        operator.origin.route(&path, vec![a_list()]);
        let url = operator.origin.url(1 + feed % 4, &path);
        operator.feed(&format!("list-{feed}"), &url, "");
    }
    let night = operator.report(&[]);
    (0..16).fold(night, |night, feed| night.expect(&format!("list-{feed}"), "fresh"));
    let most: Vec<usize> = (1..=4).map(|host| operator.origin.most_connections(host)).collect();
    assert_eq!(most, [1, 1, 1, 1]);
    assert_eq!(operator.origin.requests().len(), 17, "16 lists and the anchor");
}

#[test]
fn requests_say_who_asks() {
    let operator = Operator::with_list(vec![a_list()]);
    operator.report(&[]);
    let agent = format!("ipmint/{} (+mailto:ops@example.org)", env!("CARGO_PKG_VERSION"));
    let requests = operator.requests();
    assert_eq!(requests[0].header("user-agent"), Some(agent.as_str()));
    assert_eq!(requests[0].method, "GET");
    assert!(operator.origin.url(1, "").ends_with(&requests[0].host), "{}", requests[0].host);
    for private in ["referer", "cookie", "authorization"] {
        assert_eq!(requests[0].header(private), None);
    }
}

#[test]
fn offline_sends_nothing() {
    let operator = Operator::with_list(vec![a_list(), Answer::content(list(0, 120))]);
    // Nothing is there yet to build from.
    operator.build(&["--offline"]).expect_code(1);
    assert_eq!(operator.origin.requests(), []);
    operator.report(&[]).expect("list", "fresh");
    operator.wait_hours(24);
    operator.report(&["--offline"]).expect_rows("list", "unchanged", N_ROWS);
    assert_eq!(operator.requests().len(), 1);
    operator.report(&[]).expect_rows("list", "fresh", 120);
}

#[test]
fn the_last_good_stands_in_until_it_expires() {
    let operator = Operator::new(1);
    let gone = Answer::status(404);
    operator.origin.route("/list", vec![a_list(), a_list(), gone]);
    operator.feed("list", &operator.origin.url(1, "/list"), "expire = '3d'");
    operator.report(&[]).expect("list", "fresh");
    operator.next_night().expect("list", "unchanged");
    // Three days behind the last confirmation, not behind the first sight.
    for _ in 0..3 {
        operator.next_night().expect("list", "stale");
        assert!(operator.claims(LISTED));
    }
    operator.next_night().expect("list", "missing").expect_reason("list", &["404"]);
    assert!(!operator.claims(LISTED));
}
