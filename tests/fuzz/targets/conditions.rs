//! Headers of requests: whatever stands in them, an answer comes of it, and no byte beyond the file.
#![no_main]

use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use ipmint::base::{BuildEpoch, Digest};
use ipmint::serve::rules::{Answer, Coding, EntityTag, Selection, Validators, negotiate};
use libfuzzer_sys::fuzz_target;

const SIZE: u64 = 1000;

/// Lines `name: value`, as a client would send them.
fn headers(bytes: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in bytes.split(|byte| *byte == b'\n').take(64) {
        let Some(colon_idx) = line.iter().position(|byte| *byte == b':') else { continue };
        let name = HeaderName::from_bytes(&line[..colon_idx]);
        let value = HeaderValue::from_bytes(&line[colon_idx + 1..]);
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    headers
}

fuzz_target!(|bytes: &[u8]| {
    let headers = headers(bytes);
    let offered = [Coding::Dcz { dictionary: Digest::of(b"") }, Coding::Zstd, Coding::Gzip];
    let coding = negotiate(&headers, &offered);
    assert!(coding == Coding::Identity || offered.contains(&coding));
    let etag = EntityTag::parse(b"\"a\"").expect("a tag");
    let current = Validators { etag, last_modified: Some(BuildEpoch(1_787_400_000)) };
    for method in [Method::GET, Method::HEAD, Method::POST] {
        let answer = Answer::of(&method, &headers, current, SIZE);
        let ranges = match &answer {
            Answer::Content(Selection::Part(range)) => vec![*range],
            Answer::Content(Selection::Parts(ranges)) => ranges.clone(),
            _ => Vec::new(),
        };
        assert!(ranges.iter().all(|range| range.first() <= range.last() && range.last() < SIZE));
        assert!(ranges.iter().map(|range| range.n_bytes()).sum::<u64>() <= SIZE);
        assert!(ranges.is_empty() || answer.status() == StatusCode::PARTIAL_CONTENT);
    }
});
