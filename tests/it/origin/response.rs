//! From an answer and a request to what is sent, as RFC 9110 §13.2.2 orders it.

use std::ops::Range;
use std::sync::Arc;

use ipmint::base::Digest;
use jiff::fmt::rfc2822;

use crate::origin::answer::{Answer, Coding, Etag, Framing, Modified, Ranges, http_date};
use crate::origin::bodies::gzip;
use crate::origin::request::Request;

/// What is sent.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Arc<[u8]>,
    /// The part of the body that is sent.
    pub(super) part: Range<usize>,
    pub(super) framing: Framing,
}

/// What a request may ask by.
struct Validators {
    etag: Option<String>,
    last_modified: Option<String>,
}

/// Answers a request.
pub(super) fn respond(answer: &Answer, request: &Request) -> Response {
    let accepts = request.header("accept-encoding").unwrap_or_default();
    let is_coded = answer.coding == Coding::Gzip && accepts.contains("gzip");
    let body = if is_coded { gzip(&answer.body).into() } else { Arc::clone(&answer.body) };
    let validators = Validators::of(answer, &body);

    let mut headers = answer.headers.clone();
    let mut add = |name: &str, value: String| headers.push((name.to_owned(), value));
    if let Some(etag) = &validators.etag {
        add("ETag", etag.clone());
    }
    if let Some(date) = &validators.last_modified {
        add("Last-Modified", date.clone());
    }
    if answer.coding == Coding::Gzip {
        add("Vary", "Accept-Encoding".to_owned());
    }
    let is_static = answer.status == 200;
    let mut status = answer.status;
    let mut part = 0..body.len();
    if is_static && validators.are_met(request) {
        status = 304;
        part = 0..0;
    } else {
        if is_coded {
            add("Content-Encoding", "gzip".to_owned());
        }
        if answer.ranges != Ranges::Ignored {
            add("Accept-Ranges", "bytes".to_owned());
        }
        match range(answer.ranges, &validators, request, body.len()) {
            Asked::All => {}
            Asked::Part(range) => {
                status = 206;
                let (first, last, n_bytes) = (range.start, range.end - 1, body.len());
                add("Content-Range", format!("bytes {first}-{last}/{n_bytes}"));
                part = range;
            }
            Asked::Outside => {
                status = 416;
                add("Content-Range", format!("bytes */{}", body.len()));
                part = 0..0;
            }
        }
    }
    Response { status, headers, body, part, framing: answer.framing }
}

impl Validators {
    fn of(answer: &Answer, body: &[u8]) -> Self {
        let digest = || Digest::of(body).to_string()[..16].to_owned();
        let etag = match &answer.etag {
            Etag::None => None,
            Etag::Strong => Some(format!("\"{}\"", digest())),
            Etag::Weak => Some(format!("W/\"{}\"", digest())),
            Etag::Fixed(etag) => Some(etag.clone()),
        };
        let last_modified = match answer.last_modified {
            Modified::None | Modified::Routed => None,
            Modified::At(seconds) => Some(http_date(seconds)),
        };
        Self { etag, last_modified }
    }

    /// Whether the client has this already (RFC 9110 §13.1.2, §13.1.3).
    fn are_met(&self, request: &Request) -> bool {
        let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        match (request.header("if-none-match"), &self.etag) {
            (Some("*"), _) => true,
            (Some(tags), Some(etag)) => tags.split(',').any(|tag| opaque(tag) == opaque(etag)),
            (Some(_), None) => false,
            (None, _) => {
                let seconds = |date: &str| rfc2822::parse(date).ok().map(|time| time.timestamp());
                let since = request.header("if-modified-since").and_then(seconds);
                let changed = self.last_modified.as_deref().and_then(seconds);
                since.zip(changed).is_some_and(|(since, changed)| changed <= since)
            }
        }
    }
}

/// What a request asks of the body.
enum Asked {
    All,
    Part(Range<usize>),
    Outside,
}

/// One range of bytes; anything else is as if it were not there (RFC 9110 §14.2).
fn range(ranges: Ranges, validators: &Validators, request: &Request, n_bytes: usize) -> Asked {
    let found = request.header("range").and_then(|value| value.strip_prefix("bytes="));
    let Some((first, last)) = found.and_then(|value| value.split_once('-')) else {
        return Asked::All;
    };
    if ranges == Ranges::Ignored || request.method != "GET" {
        return Asked::All;
    }
    // RFC 9110 §13.1.5: the comparison is strong, a date has to be the very same.
    let is_same = |value: &str| {
        let is_strong = validators.etag.as_deref().filter(|etag| !etag.starts_with("W/"));
        is_strong == Some(value) || validators.last_modified.as_deref() == Some(value)
    };
    let allowed = request.header("if-range").is_none_or(is_same);
    if !allowed && ranges != Ranges::Spliced {
        return Asked::All;
    }
    let (first, end) = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) => (first, last.saturating_add(1).min(n_bytes)),
        (Ok(first), Err(_)) if last.is_empty() => (first, n_bytes),
        (Err(_), Ok(last)) if first.is_empty() => (n_bytes.saturating_sub(last), n_bytes),
        _ => return Asked::All,
    };
    let first = if ranges == Ranges::Misplaced { first + 1 } else { first };
    if first < end { Asked::Part(first..end) } else { Asked::Outside }
}
