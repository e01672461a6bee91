//! Conditions are met in the order of RFC 9110 §13.2.2, and a 304 says what a 200 would.

use ipmint::serve::rules::HttpDate;

use crate::serve::ask::{Reply, ask, get};
use crate::serve::running::Running;
use crate::support::Project;

const NEWEST: &str = "/v1/database/download/asn";
const BEFORE: &str = "Sun, 01 Nov 2026 00:00:00 GMT";
const LONG_AFTER: &str = "Fri, 01 Jan 2100 00:00:00 GMT";

/// A server of the sample, and the answer to a plain request for its ASN edition.
fn sample() -> (Project, Running, Reply) {
    let project = Project::with_sample();
    let server = Running::start(&project, &[]);
    let whole = get(server.address(), NEWEST, &[]).expect(200);
    (project, server, whole)
}

#[test]
fn a_304_has_the_headers_of_the_200_and_no_body() {
    let (_project, server, whole) = sample();
    let etag = whole.header("etag").expect("a tag").to_owned();
    for method in ["GET", "HEAD"] {
        let reply = ask(server.address(), method, NEWEST, &[&format!("If-None-Match: {etag}")]);
        let reply = reply.expect(304);
        for name in ["etag", "vary", "cache-control", "content-location", "x-database-version"] {
            assert_eq!(reply.header(name), whole.header(name), "{name}");
            assert!(reply.header(name).is_some(), "{name}");
        }
        assert!(reply.header("date").is_some());
    }
}

#[test]
fn if_none_match_takes_lists_weak_tags_several_lines_and_a_star() {
    let (_project, server, whole) = sample();
    let etag = whole.header("etag").expect("a tag");
    let check = |lines: &[&str], expected: u16| {
        get(server.address(), NEWEST, lines).expect(expected);
    };
    check(&[&format!("If-None-Match: W/{etag}")], 304);
    check(&[&format!("If-None-Match: \"x,\", {etag}")], 304);
    check(&["If-None-Match: \"x\"", &format!("If-None-Match: {etag}")], 304);
    check(&["If-None-Match: *"], 304);
    check(&["If-None-Match: \"x\""], 200);
    check(&[&format!("If-None-Match: \"x{}", &etag[1..])], 200);
}

#[test]
fn if_modified_since_counts_only_alone() {
    let (_project, server, whole) = sample();
    let last_modified = whole.header("last-modified").expect("a date");
    let check = |lines: &[&str], expected: u16| {
        get(server.address(), NEWEST, lines).expect(expected);
    };
    check(&[&format!("If-Modified-Since: {last_modified}")], 304);
    check(&[&format!("If-Modified-Since: {LONG_AFTER}")], 304);
    check(&[&format!("If-Modified-Since: {BEFORE}")], 200);
    check(&["If-Modified-Since: yesterday"], 200);
    check(&["If-None-Match: \"x\"", &format!("If-Modified-Since: {LONG_AFTER}")], 200);
}

#[test]
fn if_match_and_if_unmodified_since_come_first() {
    let (_project, server, whole) = sample();
    let etag = whole.header("etag").expect("a tag");
    let known = format!("If-None-Match: {etag}");
    let refused = |lines: &[&str]| {
        let reply = get(server.address(), NEWEST, lines);
        reply.expect_problem(412, "precondition_failed");
    };
    refused(&["If-Match: \"x\"", &known]);
    refused(&[&format!("If-Match: W/{etag}")]);
    refused(&[&format!("If-Unmodified-Since: {BEFORE}")]);
    refused(&[&format!("If-Unmodified-Since: {BEFORE}"), &known]);
    get(server.address(), NEWEST, &[&format!("If-Match: {etag}")]).expect(200);
    get(server.address(), NEWEST, &["If-Match: *"]).expect(200);
    get(server.address(), NEWEST, &[&format!("If-Match: {etag}"), &known]).expect(304);
}

#[test]
fn what_is_not_there_stays_404_under_any_condition() {
    let (_project, server, _) = sample();
    for line in ["If-None-Match: *", "If-Match: \"x\"", "Range: bytes=0-1"] {
        let reply = get(server.address(), "/v1/database/download/none", &[line]);
        reply.expect_problem(404, "not_found");
    }
}

#[test]
fn head_says_what_get_would() {
    let (_project, server, whole) = sample();
    let head = ask(server.address(), "HEAD", NEWEST, &[]).expect(200);
    let but_date = |reply: &Reply| {
        let mut headers = reply.headers.clone();
        headers.retain(|(name, _)| name != "date");
        headers.sort();
        headers
    };
    assert_eq!(but_date(&head), but_date(&whole));
}

#[test]
fn other_methods_are_405_and_told_what_is_allowed() {
    let (_project, server, _) = sample();
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        let reply = ask(server.address(), method, NEWEST, &["Content-Length: 0", "If-Match: *"]);
        let reply = reply.expect_problem(405, "method_not_allowed");
        let allowed: Vec<&str> = reply.header("allow").expect("Allow").split(',').collect();
        assert_eq!(allowed.iter().map(|method| method.trim()).collect::<Vec<_>>(), ["GET", "HEAD"]);
    }
}

#[test]
fn last_modified_is_never_later_than_date() {
    let project = Project::new();
    // 2100-01-01, the clock of a build on a machine whose clock is wrong.
    let mut build = project.command(&["build", "--sample"]);
    build.env("SOURCE_DATE_EPOCH", "4102444800");
    assert!(build.output().expect("built").status.success());
    let server = Running::start(&project, &[]);
    let reply = get(server.address(), NEWEST, &[]).expect(200);
    let date =
        |name: &str| -> HttpDate { reply.header(name).expect("there").parse().expect("a date") };
    assert!(date("last-modified") <= date("date"), "{:?}", reply.headers);
}
