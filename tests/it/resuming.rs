//! A large download that broke goes on where it was, and never joins two contents.

use crate::operator::Operator;
use crate::origin::{Answer, Ranges, Request, list};

/// Where large downloads break: behind the MiB from which they are kept.
const CUT: usize = 1_500_000;

/// A list of more than 2 MiB, with rows of its own.
fn large(start: u32) -> String {
    list(start, 130_000)
}

/// Builds one night; the feed has to be fresh with just this content.
#[track_caller]
fn check(answers: Vec<Answer>, expected: &str) -> Vec<Request> {
    let operator = Operator::with_list(answers);
    operator.report(&[]).expect("list", "fresh");
    assert!(operator.has_snapshot(expected));
    assert_eq!(operator.check_snapshots(), 1);
    operator.requests()
}

/// The first byte asked for.
#[track_caller]
fn start(request: &Request) -> usize {
    let range = request.header("range").unwrap_or_else(|| panic!("{request:?}"));
    let start = range.strip_prefix("bytes=").and_then(|range| range.strip_suffix('-'));
    start.expect("an open range").parse().expect("a number")
}

#[test]
fn a_large_download_goes_on_where_it_broke() {
    let text = large(0);
    let content = Answer::content(&text).etag("\"large\"");
    let requests = check(vec![content.clone().cut_after(CUT), content], &text);
    assert_eq!(requests.len(), 2);
    assert!((1..=CUT).contains(&start(&requests[1])), "{:?}", requests[1]);
    assert_eq!(requests[1].header("if-range"), Some("\"large\""));
    assert_eq!(requests[1].status, 206);
}

#[test]
fn a_download_that_breaks_twice_goes_on_twice() {
    let text = large(0);
    let content = Answer::content(&text);
    let (first, second) = (content.clone().cut_after(CUT), content.clone().cut_after(200_000));
    let requests = check(vec![first, second, content], &text);
    assert_eq!(requests.len(), 3);
    assert!(start(&requests[2]) > start(&requests[1]), "{requests:?}");
}

#[test]
fn another_run_goes_on_where_the_last_one_broke() {
    let text = large(0);
    let content = Answer::content(&text);
    let operator = Operator::with_list(vec![content.clone().cut_after(CUT), content]);
    operator.policy("retries = 0");
    operator.report(&[]).expect("list", "missing");
    assert_eq!(operator.check_snapshots(), 0);
    operator.next_night().expect("list", "fresh");
    let requests = operator.requests();
    assert_eq!((requests.len(), requests[1].status), (2, 206));
    assert!(operator.has_snapshot(&text));
}

/// A download that broke and is asked for from its start.
#[track_caller]
fn check_anew(content: &Answer, cut: usize, text: &str) {
    let requests = check(vec![content.clone().cut_after(cut), content.clone()], text);
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[1].header("range"), None, "{:?}", requests[1]);
}

#[test]
fn what_is_small_or_not_strongly_tagged_begins_anew() {
    let (small, text) = (list(0, 1000), large(0));
    check_anew(&Answer::content(&small), 5000, &small);
    check_anew(&Answer::content(&text).weak(), CUT, &text);
    check_anew(&Answer::content(&text).without_etag(), CUT, &text);
    check_anew(&Answer::content(&text).bare(), CUT, &text);
}

#[test]
fn a_changed_content_is_had_from_its_start() {
    let (old, new) = (large(0), large(7));
    check(vec![Answer::content(&old).cut_after(CUT), Answer::content(&new)], &new);
}

#[test]
fn an_origin_that_ignores_ranges_is_believed() {
    let text = large(0);
    let content = Answer::content(&text).ranges(Ranges::Ignored);
    check(vec![content.clone().cut_after(CUT), content], &text);
}

#[test]
fn a_part_of_somewhere_else_is_not_joined() {
    let text = large(0);
    let content = Answer::content(&text);
    let answers = vec![content.clone().cut_after(CUT), content.ranges(Ranges::Misplaced)];
    check(answers, &text);
}

#[test]
fn a_part_of_another_content_is_not_joined() {
    let (old, new) = (large(0), list(7, 140_000));
    let cut = Answer::content(&old).cut_after(CUT);
    check(vec![cut, Answer::content(&new).ranges(Ranges::Spliced)], &new);
}

#[test]
fn a_part_of_a_content_of_another_length_is_not_joined() {
    let (old, new) = (large(0), list(7, 140_000));
    let cut = Answer::content(&old).etag("\"same\"").cut_after(CUT);
    check(vec![cut, Answer::content(&new).etag("\"same\"")], &new);
}

#[test]
fn a_range_that_is_refused_is_given_up() {
    let text = large(0);
    let content = Answer::content(&text);
    let refused = Answer::status(416).header("Content-Range", "bytes */9");
    let requests = check(vec![content.clone().cut_after(CUT), refused, content], &text);
    assert_eq!(requests.len(), 3);
    assert_eq!(requests[2].header("range"), None);
}
