//! What a request for a representation that there is comes to: preconditions, then the range.
//!
//! The order matters where both speak: what has not changed is 304 whatever range was asked for, and
//! a range of a file that has changed since is 200, never 416 (RFC 9110 §13.2.2).

use http::header::HeaderMap;
use http::{Method, StatusCode};

use crate::serve::rules::{Decision, Selection, Validators, evaluate, if_range_holds, select};

/// What to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Status 304, with ETag, Vary, Cache-Control, Content-Location and Date as 200 would have them,
    /// and without a body (RFC 9110 §15.4.5).
    NotModified,
    /// Status 412.
    PreconditionFailed,
    /// Status 200, 206 or 416.
    Content(Selection),
}

impl Answer {
    /// Answers a request for a representation of `size` bytes, as encoded. A HEAD is answered as the
    /// GET would be that has no Range (RFC 9110 §9.3.2, §14.2).
    pub fn of(method: &Method, headers: &HeaderMap, current: Validators<'_>, size: u64) -> Self {
        match evaluate(method, headers, current) {
            Decision::NotModified => Self::NotModified,
            Decision::PreconditionFailed => Self::PreconditionFailed,
            Decision::Proceed if if_range_holds(headers, current) => {
                Self::Content(select(method, headers, size))
            }
            Decision::Proceed => Self::Content(Selection::Whole),
        }
    }

    /// The status code.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotModified => StatusCode::NOT_MODIFIED,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::Content(Selection::Whole) => StatusCode::OK,
            Self::Content(Selection::Part(_) | Selection::Parts(_)) => StatusCode::PARTIAL_CONTENT,
            Self::Content(Selection::NotSatisfiable) => StatusCode::RANGE_NOT_SATISFIABLE,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, Method};

    use crate::base::BuildEpoch;
    use crate::serve::rules::{Answer, EntityTag, Validators};

    const CURRENT: &str = "Sat, 22 Aug 2026 12:00:00 GMT";
    const BEFORE: &str = "Sat, 22 Aug 2026 11:59:59 GMT";
    const AFTER: &str = "Sat, 22 Aug 2026 12:00:01 GMT";

    /// Asks for `"a"` of `CURRENT`, ten bytes.
    #[track_caller]
    fn check(method: &Method, fields: &[(&str, &str)], expected: u16) {
        let etag = EntityTag::parse(b"\"a\"").expect("a tag");
        let current = Validators { etag, last_modified: Some(BuildEpoch(1_787_400_000)) };
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            let name: HeaderName = name.parse().expect("a field name");
            headers.append(name, value.parse().expect("a field value"));
        }
        let answer = Answer::of(method, &headers, current, 10);
        assert_eq!(answer.status(), expected, "{method} {fields:?}: {answer:?}");
    }

    #[track_caller]
    fn check_get(fields: &[(&str, &str)], expected: u16) {
        check(&Method::GET, fields, expected);
    }

    #[test]
    fn each_answer_has_its_status() {
        check_get(&[], 200);
        check_get(&[("range", "bytes=0-1")], 206);
        check_get(&[("range", "bytes=0-1,4-5")], 206);
        check_get(&[("range", "bytes=10-")], 416);
        check_get(&[("if-none-match", "\"a\"")], 304);
        check_get(&[("if-match", "\"x\"")], 412);
    }

    #[test]
    fn if_range_decides_over_range() {
        check_get(&[("range", "bytes=0-1"), ("if-range", "\"a\"")], 206);
        check_get(&[("range", "bytes=0-1"), ("if-range", CURRENT)], 206);
        for stale in ["\"x\"", "W/\"a\"", "", "soon", BEFORE, AFTER] {
            check_get(&[("range", "bytes=0-1"), ("if-range", stale)], 200);
        }
    }

    #[test]
    fn a_range_of_what_has_changed_since_is_never_416() {
        check_get(&[("range", "bytes=10-"), ("if-range", "\"x\"")], 200);
        check_get(&[("range", "bytes=10-"), ("if-range", "\"a\"")], 416);
    }

    #[test]
    fn if_range_without_range_is_ignored() {
        check_get(&[("if-range", "\"a\"")], 200);
        check_get(&[("if-range", "\"x\"")], 200);
        check_get(&[("if-range", "\"x\""), ("if-none-match", "\"a\"")], 304);
    }

    #[test]
    fn preconditions_come_before_the_range() {
        check_get(&[("range", "bytes=0-1"), ("if-none-match", "\"a\"")], 304);
        check_get(&[("range", "bytes=10-"), ("if-none-match", "\"a\"")], 304);
        check_get(&[("range", "bytes=10-"), ("if-match", "\"x\"")], 412);
        check_get(&[("range", "bytes=0-1"), ("if-match", "\"a\"")], 206);
        check_get(&[("range", "bytes=0-1"), ("if-unmodified-since", BEFORE)], 412);
    }

    #[test]
    fn the_order_is_that_of_the_rfc() {
        let all = |fields: [&'static str; 5]| {
            let names = [
                "if-match",
                "if-unmodified-since",
                "if-none-match",
                "if-modified-since",
                "if-range",
            ];
            let mut fields: Vec<(&str, &str)> =
                names.into_iter().zip(fields).filter(|(_, value)| !value.is_empty()).collect();
            fields.push(("range", "bytes=0-1"));
            fields
        };
        check_get(&all(["\"x\"", AFTER, "\"a\"", AFTER, "\"a\""]), 412);
        check_get(&all(["", BEFORE, "\"a\"", AFTER, "\"a\""]), 412);
        check_get(&all(["\"a\"", BEFORE, "\"a\"", BEFORE, "\"a\""]), 304);
        check_get(&all(["\"a\"", BEFORE, "", AFTER, "\"a\""]), 304);
        check_get(&all(["\"a\"", BEFORE, "\"x\"", AFTER, "\"x\""]), 200);
        check_get(&all(["\"a\"", BEFORE, "\"x\"", AFTER, "\"a\""]), 206);
    }

    #[test]
    fn head_is_answered_without_its_range() {
        check(&Method::HEAD, &[], 200);
        check(&Method::HEAD, &[("range", "bytes=0-1")], 200);
        check(&Method::HEAD, &[("range", "bytes=10-")], 200);
        check(&Method::HEAD, &[("if-none-match", "\"a\"")], 304);
        check(&Method::HEAD, &[("if-match", "\"x\"")], 412);
    }
}
