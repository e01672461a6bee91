//! Ranges address the bytes as encoded, and nothing is ever joined to what it is no part of.

use crate::serve::ask::{ask, get};
use crate::serve::running::Running;
use crate::support::Project;

const NEWEST: &str = "/v1/database/download/asn";

/// A server of the sample, the bytes of its ASN edition, and their tag.
fn sample() -> (Project, Running, Vec<u8>, String) {
    let project = Project::with_sample();
    let server = Running::start(&project, &[]);
    let whole = get(server.address(), NEWEST, &[]).expect(200);
    let etag = whole.header("etag").expect("a tag").to_owned();
    (project, server, whole.body, etag)
}

#[test]
fn one_range_is_a_part_with_its_place() {
    let (_project, server, whole, etag) = sample();
    let size = whole.len();
    for (range, first, end) in [
        ("0-99".to_owned(), 0, 100),
        ("100-".to_owned(), 100, size),
        ("-5".to_owned(), size - 5, size),
        (format!("-{}", size + 7), 0, size),
        (format!("10-{}", size * 2), 10, size),
        (format!("{}-", size - 1), size - 1, size),
    ] {
        let reply = get(server.address(), NEWEST, &[&format!("Range: bytes={range}")]);
        let content_range = format!("bytes {first}-{}/{size}", end - 1);
        let reply = reply.expect(206).expect_header("content-range", &content_range);
        assert_eq!(reply.body, whole[first..end], "{range}");
        assert_eq!(reply.header("etag"), Some(etag.as_str()));
        assert_eq!(reply.header("vary"), Some("accept-encoding"));
        assert!(reply.header("repr-digest").is_some(), "the digest of the whole");
    }
}

#[test]
fn what_cannot_be_satisfied_is_416_and_says_the_size() {
    let (_project, server, whole, _) = sample();
    let size = whole.len();
    for range in ["-0".to_owned(), format!("{size}-"), format!("{}-{}", size * 2, size * 3)] {
        let reply = get(server.address(), NEWEST, &[&format!("Range: bytes={range}")]);
        let reply = reply.expect_problem(416, "range_not_satisfiable");
        reply.expect_header("content-range", &format!("bytes */{size}"));
    }
}

#[test]
fn what_is_no_range_of_bytes_gets_everything() {
    let (_project, server, whole, _) = sample();
    for range in ["items=0-1", "bytes=5-4", "bytes=a-b", "bytes", "bytes=", "bytes=1-2,x"] {
        let reply = get(server.address(), NEWEST, &[&format!("Range: {range}")]).expect(200);
        assert_eq!(reply.body, whole, "{range}");
        assert_eq!(reply.header("content-range"), None);
    }
}

#[test]
fn several_ranges_are_a_multipart() {
    let (_project, server, whole, _) = sample();
    let reply = get(server.address(), NEWEST, &["Range: bytes=10-19,100-104,-3"]).expect(206);
    assert_eq!(reply.header("content-range"), None);
    let media_type = reply.header("content-type").expect("a type");
    let boundary = media_type.strip_prefix("multipart/byteranges; boundary=").expect("a boundary");
    let mut expected = Vec::new();
    for (idx, (first, last)) in
        [(10, 19), (100, 104), (whole.len() - 3, whole.len() - 1)].iter().enumerate()
    {
        let start = if idx == 0 { "" } else { "\r\n" };
        let head = format!(
            "{start}--{boundary}\r\nContent-Type: application/vnd.maxmind.maxmind-db\r\n\
             Content-Range: bytes {first}-{last}/{}\r\n\r\n",
            whole.len()
        );
        expected.extend_from_slice(head.as_bytes());
        expected.extend_from_slice(&whole[*first..=*last]);
    }
    expected.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    assert_eq!(reply.body, expected);
}

#[test]
fn a_single_range_is_never_a_multipart() {
    let (_project, server, whole, _) = sample();
    let range = format!("Range: bytes=5-9,{}-", whole.len());
    let reply = get(server.address(), NEWEST, &[&range]).expect(206);
    assert_eq!(reply.body, whole[5..10]);
    assert!(reply.header("content-range").is_some());
}

#[test]
fn ranges_that_overlap_or_are_too_many_get_everything_once() {
    let (_project, server, whole, _) = sample();
    let many: Vec<String> = (0..200).map(|n| format!("{}-{}", n * 3, n * 3)).collect();
    let endless = vec!["0-"; 1000].join(",");
    for set in ["0-9,5-14".to_owned(), many.join(","), endless] {
        let reply = get(server.address(), NEWEST, &[&format!("Range: bytes={set}")]).expect(200);
        assert_eq!(reply.body, whole);
    }
}

#[test]
fn if_range_asks_for_the_very_same_file() {
    let (_project, server, whole, etag) = sample();
    let last_modified = get(server.address(), NEWEST, &[]);
    let last_modified = last_modified.header("last-modified").expect("a date").to_owned();
    let check = |condition: &str, expected: u16| {
        let lines = ["Range: bytes=5-9", condition];
        let reply = get(server.address(), NEWEST, &lines).expect(expected);
        let bytes = if expected == 206 { &whole[5..10] } else { &whole[..] };
        assert_eq!(reply.body, bytes, "{condition}");
    };
    check(&format!("If-Range: {etag}"), 206);
    check(&format!("If-Range: {last_modified}"), 206);
    check(&format!("If-Range: W/{etag}"), 200);
    check("If-Range: \"x\"", 200);
    check("If-Range: Fri, 01 Jan 2100 00:00:00 GMT", 200);
    // Without a Range it says nothing.
    get(server.address(), NEWEST, &["If-Range: \"x\""]).expect(200);
}

#[test]
fn head_has_no_ranges() {
    let (_project, server, whole, _) = sample();
    let reply = ask(server.address(), "HEAD", NEWEST, &["Range: bytes=0-1"]).expect(200);
    reply.expect_header("content-length", &whole.len().to_string());
}

#[test]
fn ranges_are_of_the_bytes_as_encoded() {
    let (project, server, _, _) = sample();
    let lines = ["Accept-Encoding: gzip", "Range: bytes=10-19"];
    let reply = get(server.address(), NEWEST, &lines).expect(206);
    let reply = reply.expect_header("content-encoding", "gzip");
    let packed = std::fs::read(project.path("output/releases/20261121.1/asn.mmdb.gz"));
    assert_eq!(reply.body, packed.expect("packed")[10..20]);
}
