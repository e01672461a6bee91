//! Whatever an origin does, a feed is had whole, or its last good content stands in.

use std::time::Duration;

use crate::operator::{LISTED, N_ROWS, Operator, a_list};
use crate::origin::{Answer, gzip, gzip_bomb, html_page, http_date, list, tar, tar_with_links};

/// A list that is had on the first night, after so many requests.
#[track_caller]
fn check_had(answers: Vec<Answer>, policy: &str, n_requests: usize) {
    let operator = Operator::with_list(answers);
    operator.policy(policy);
    operator.report(&[]).expect_rows("list", "fresh", N_ROWS);
    assert_eq!(operator.requests().len(), n_requests, "{:?}", operator.requests());
    assert!(operator.claims(LISTED));
    assert!(operator.has_snapshot(list(0, N_ROWS as u32)));
    assert_eq!(operator.check_snapshots(), 1);
}

/// A list that cannot be had: first ever, and then with a last good one.
///
/// `n_requests` is how often it is asked for in one night.
#[track_caller]
fn check_not_had(answer: &Answer, policy: &str, more: &str, n_requests: usize, reason: &[&str]) {
    let operator = Operator::with_list(vec![answer.clone()]);
    operator.policy(policy);
    operator.feed("list", &operator.origin.url(1, "/list"), more);
    operator.report(&[]).expect("list", "missing").expect_reason("list", reason);
    assert_eq!(operator.requests().len(), n_requests, "{:?}", operator.requests());
    assert_eq!(operator.check_snapshots(), 0);

    // Without a tag: else the bad answer, of the same content, would rightly be a 304.
    operator.origin.route("/list", vec![a_list().without_etag()]);
    operator.next_night().expect("list", "fresh");
    operator.origin.forget();
    operator.origin.route("/list", vec![answer.clone()]);
    operator.next_night().expect("list", "stale").expect_reason("list", reason);
    assert_eq!(operator.requests().len(), n_requests, "{:?}", operator.requests());
    assert!(operator.claims(LISTED));
    assert_eq!(operator.check_snapshots(), 1);
}

/// New content that is not believed: first ever, and then with a last good one.
#[track_caller]
fn check_rejected(answer: &Answer, more: &str, good: Answer, reason: &[&str]) {
    let operator = Operator::with_list(vec![answer.clone()]);
    operator.feed("list", &operator.origin.url(1, "/list"), more);
    operator.report(&[]).expect("list", "rejected").expect_reason("list", reason);
    operator.origin.route("/list", vec![good, answer.clone()]);
    operator.next_night().expect("list", "fresh");
    operator.next_night().expect("list", "rejected").expect_reason("list", reason);
    assert!(operator.claims(LISTED));
    operator.check_snapshots();
}

#[test]
fn a_good_list_is_had_however_it_is_sent() {
    check_had(vec![a_list()], "", 1);
    check_had(vec![a_list().gzip()], "", 1);
    check_had(vec![a_list().chunked()], "", 1);
    check_had(vec![a_list().gzip().chunked()], "", 1);
    check_had(vec![a_list().bare().until_close()], "", 1);
    check_had(vec![a_list().drip(500, Duration::from_millis(5))], "min_rate = 1", 1);
}

#[test]
fn a_list_in_an_archive_is_had() {
    let packed = gzip(list(0, N_ROWS as u32).as_bytes());
    let operator = Operator::with_list(vec![Answer::content(&packed)]);
    operator.report(&[]).expect_rows("list", "fresh", N_ROWS);
    // As it was published.
    assert!(operator.has_snapshot(&packed));
    operator.origin.route("/list", vec![Answer::content(&packed).gzip()]);
    operator.next_night().expect("list", "unchanged");
    assert_eq!(operator.check_snapshots(), 1);
}

#[test]
fn what_ends_too_early_is_asked_for_again() {
    for broken in [
        a_list().cut_after(500),
        a_list().cut_after(0),
        a_list().hang_up(),
        a_list().claiming(1 << 20),
        a_list().chunked().cut_after(500),
        a_list().gzip().cut_after(100),
    ] {
        check_had(vec![broken.clone(), broken, a_list()], "", 3);
    }
}

#[test]
fn what_always_ends_too_early_is_not_had() {
    check_not_had(&a_list().cut_after(500), "retries = 2", "", 3, &[]);
    check_not_had(&a_list().chunked().cut_after(500), "retries = 2", "", 3, &[]);
    check_not_had(&a_list().hang_up(), "retries = 0", "", 1, &[]);
}

#[test]
fn silence_ends_with_the_timeout() {
    let policy = "first_byte_timeout = '1s'\nretries = 1";
    check_had(vec![a_list().silence(), a_list()], policy, 2);
    check_not_had(&a_list().silence(), policy, "", 2, &[]);
}

#[test]
fn a_stall_within_the_body_ends_with_the_timeout() {
    let policy = "stall_timeout = '1s'\nretries = 1";
    check_had(vec![a_list().stall_after(500), a_list()], policy, 2);
    check_not_had(&a_list().stall_after(500), policy, "", 2, &[]);
}

#[test]
fn a_slow_drip_is_cut() {
    // 50 bytes a second: half a minute for the list.
    let drip = a_list().drip(1, Duration::from_millis(20));
    let policy = "stall_timeout = '1s'\nmin_rate = 1000\nretries = 1";
    check_had(vec![drip.clone(), a_list()], policy, 2);
    check_not_had(&drip, policy, "", 2, &[]);
}

#[test]
fn a_transfer_ends_with_its_deadline() {
    let drip = a_list().drip(1, Duration::from_millis(20));
    check_not_had(&drip, "deadline = '1s'\nmin_rate = 1\nretries = 0", "", 1, &[]);
}

#[test]
fn a_short_length_does_not_spoil_the_next_answer() {
    let half = list(0, 50);
    let operator =
        Operator::with_list(vec![a_list().claiming(half.len()).without_etag(), a_list()]);
    // Nobody can tell that there was more: it is the list that the origin said it was.
    operator.report(&[]).expect_rows("list", "fresh", 50);
    assert!(operator.has_snapshot(half));
    operator.next_night().expect_rows("list", "fresh", N_ROWS);
}

#[test]
fn what_may_pass_is_asked_for_again() {
    for status in [408, 425, 429, 500, 502, 503, 504] {
        let busy = Answer::status(status);
        check_had(vec![busy.clone(), busy, a_list()], "", 3);
    }
    check_not_had(&Answer::status(500), "", "", 4, &["500"]);
    check_not_had(&Answer::status(503), "retries = 0", "", 1, &["503"]);
}

#[test]
fn what_will_not_pass_is_asked_for_once() {
    for status in [400, 401, 403, 404, 410, 451] {
        check_not_had(&Answer::status(status), "", "", 1, &[&status.to_string()]);
    }
}

#[test]
fn a_short_retry_after_is_waited_for() {
    let wait = |value: &str| Answer::status(429).header("Retry-After", value);
    check_had(vec![wait("1"), a_list()], "", 2);
    // Long ago, by any clock.
    check_had(vec![wait(&http_date(1_577_836_800)), a_list()], "", 2);
}

/// A wait that is longer than a run may last.
#[track_caller]
fn check_long_wait(status: u16, value: &str, n_hours: u64) {
    let wait = Answer::status(status).header("Retry-After", value);
    let operator = Operator::with_list(vec![a_list(), wait, Answer::content(list(0, 120))]);
    operator.report(&[]).expect("list", "fresh");
    operator.next_night().expect("list", "stale").expect_reason("list", &[&status.to_string()]);
    assert_eq!(operator.requests().len(), 2);
    operator.wait_hours(n_hours - 1);
    operator.report(&[]).expect("list", "stale");
    assert_eq!(operator.requests().len(), 2);
    operator.wait_hours(2);
    operator.report(&[]).expect_rows("list", "fresh", 120);
    assert_eq!(operator.requests().len(), 3);
}

#[test]
fn a_long_retry_after_is_respected_by_later_runs() {
    check_long_wait(429, "36000", 10);
    check_long_wait(503, "36000", 10);
    // 2026-11-22T10:00:00Z, ten hours behind the second night.
    check_long_wait(429, &http_date(1_795_341_600), 10);
}

#[test]
fn redirects_are_followed_wherever_they_lead() {
    for status in [301, 302, 303, 307, 308] {
        let operator = Operator::new(2);
        let origin = &operator.origin;
        origin.route("/list", vec![Answer::redirect(status, "deeper/list?a=b")]);
        origin.route("/deeper/list", vec![Answer::redirect(status, &origin.url(2, "/here"))]);
        origin.route("/here", vec![a_list()]);
        operator.feed("list", &origin.url(1, "/list"), "");
        operator.report(&[]).expect_rows("list", "fresh", N_ROWS);
        operator.next_night().expect("list", "unchanged");
        assert_eq!(operator.origin.requests_for("/here")[1].status, 304);
    }
}

#[test]
fn redirects_that_lead_nowhere_are_not_followed_again() {
    check_not_had(&Answer::redirect(302, "/list"), "", "", 6, &["redirect"]);
    check_not_had(&Answer::redirect(302, "/list"), "max_redirects = 2", "", 3, &["redirect"]);
    check_not_had(&Answer::redirect(302, "file:///etc/passwd"), "", "", 1, &[]);
    check_not_had(&Answer::status(302), "", "", 1, &[]);
}

#[test]
fn a_dead_host_is_not_had() {
    let mut operator = Operator::new(2);
    operator.origin.route("/list", vec![a_list()]);
    operator.feed("dead", &operator.origin.dead_url("/list"), "");
    operator.feed("dies", &operator.origin.url(2, "/list"), "");
    operator.feed("lives", &operator.origin.url(1, "/list"), "");
    let night = operator.report(&[]).expect("dead", "missing").expect("dies", "fresh");
    night.expect("lives", "fresh").expect_reason("dead", &["127.0.0.64"]);
    operator.origin.kill(2);
    let night = operator.next_night().expect("dead", "missing").expect("dies", "stale");
    night.expect("lives", "unchanged").expect_reason("dies", &["127.0.0.2"]);
}

#[test]
fn what_is_too_large_is_asked_for_once() {
    let large = Answer::content(list(0, 10_000));
    let guards = "[guards]\nbytes = 5000";
    for answer in [large.clone(), large.clone().chunked(), large.gzip()] {
        check_not_had(&answer, "", guards, 1, &["5000", "guards.bytes"]);
    }
    // Not even its beginning is waited for.
    let said = a_list().claiming(6000).stall_after(100);
    check_not_had(&said, "", guards, 1, &["guards.bytes"]);
}

#[test]
fn a_bomb_in_the_content_coding_is_asked_for_once() {
    let bomb = Answer::content(gzip_bomb(200 << 20)).header("Content-Encoding", "gzip");
    check_not_had(&bomb, "", "", 1, &[]);
}

#[test]
fn a_bomb_in_an_archive_is_rejected() {
    let bomb = Answer::content(gzip_bomb(200 << 20));
    check_rejected(&bomb, "", a_list(), &[]);
}

#[test]
fn a_damaged_archive_is_rejected() {
    let packed = gzip(list(0, N_ROWS as u32).as_bytes());
    let mut damaged = packed.clone();
    damaged.truncate(packed.len() / 2);
    check_rejected(&Answer::content(damaged), "", Answer::content(packed), &[]);
}

#[test]
fn links_in_an_archive_are_no_members() {
    let text = list(0, N_ROWS as u32);
    let good = Answer::content(tar(&[("list.txt", &text)]));
    let links = Answer::content(tar_with_links("list.txt", "/etc/hosts"));
    check_rejected(&links, "member = 'list.txt'", good, &["list.txt"]);
    assert!(!std::path::Path::new("/tmp/escaped.txt").exists());
}

#[test]
fn a_page_is_rejected() {
    check_rejected(&Answer::content(html_page()), "", a_list(), &["HTML page"]);
}

#[test]
fn a_body_without_content_is_rejected() {
    check_rejected(&Answer::content(""), "", a_list(), &["guards.min_rows"]);
}

#[test]
fn an_answer_to_another_question_is_not_had() {
    let operator = Operator::with_list(vec![Answer::status(304)]);
    operator.report(&[]).expect("list", "missing").expect_reason("list", &["304"]);
    let part = Answer::status(206).body(list(0, 50)).header("Content-Range", "bytes 0-99/9999");
    check_not_had(&part, "retries = 0", "", 1, &["206"]);
    check_not_had(&Answer::status(204), "retries = 0", "", 1, &["204"]);
}

#[test]
fn huge_headers_cost_one_feed_only() {
    let operator = Operator::with_list(vec![a_list().huge_headers(4 << 20)]);
    operator.origin.route("/good", vec![a_list()]);
    operator.feed("good", &operator.origin.url(1, "/good"), "");
    operator.report(&[]).expect("list", "missing").expect("good", "fresh");
}
