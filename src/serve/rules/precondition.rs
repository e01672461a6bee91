//! Preconditions in the order of RFC 9110 §13.2.2, for a representation that there is.
//!
//! ```text
//! 1  If-Match             no tag is the current one, strongly  → 412
//! 2  If-Unmodified-Since  (without If-Match) changed since     → 412
//! 3  If-None-Match        a tag is the current one, weakly     → 304, or 412 if not GET or HEAD
//! 4  If-Modified-Since    (without If-None-Match) not changed  → 304
//! 5  If-Range             is not the current one, strongly     → as if there were no Range
//! ```
//!
//! To be asked only where the answer would be 2xx (§13.2.1): what is not there stays 404, and has no
//! [`Validators`] to ask with.

use http::Method;
use http::header::{
    HeaderMap, HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    IF_UNMODIFIED_SINCE,
};

use crate::base::BuildEpoch;
use crate::serve::rules::field::single;
use crate::serve::rules::{EntityTag, HttpDate, TagList};

/// What the representation that would be sent is told from others by.
#[derive(Clone, Copy, Debug)]
pub struct Validators<'a> {
    /// Of the bytes as encoded: each content coding has its own (RFC 9110 §8.8.3.3).
    pub etag: EntityTag<'a>,
    /// When the content came to be, to the second; `None` if dates cannot tell it from others, and conditions on
    /// dates are ignored (RFC 9110 §13.1.3, §13.1.4).
    pub last_modified: Option<BuildEpoch>,
}

/// What preconditions come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// All hold, or there are none.
    Proceed,
    /// 304: the client has it.
    NotModified,
    /// 412: it is not what the client takes it for.
    PreconditionFailed,
}

/// Evaluates steps 1 to 4 of RFC 9110 §13.2.2.
pub fn evaluate(method: &Method, headers: &HeaderMap, current: Validators<'_>) -> Decision {
    // Methods that select no representation have no preconditions (§13.2.1).
    if [Method::CONNECT, Method::OPTIONS, Method::TRACE].contains(method) {
        return Decision::Proceed;
    }
    let is_read = [Method::GET, Method::HEAD].contains(method);
    let is_unmodified_since = |date: HttpDate| Some(HttpDate::from(current.last_modified?) <= date);
    let is_expected = match TagList::of(headers, &IF_MATCH) {
        Some(tags) => tags.is_any() || tags.has_strong(current.etag),
        None => date(headers, &IF_UNMODIFIED_SINCE).and_then(is_unmodified_since).unwrap_or(true),
    };
    if !is_expected {
        return Decision::PreconditionFailed;
    }
    let is_known = match TagList::of(headers, &IF_NONE_MATCH) {
        // In this order, as nearly all lists are the current tag alone, which is soon told.
        Some(tags) => tags.has_weak(current.etag) || tags.is_any(),
        // Only for GET and HEAD (§13.1.3).
        None if !is_read => false,
        None => date(headers, &IF_MODIFIED_SINCE).and_then(is_unmodified_since) == Some(true),
    };
    match (is_known, is_read) {
        (false, _) => Decision::Proceed,
        (true, true) => Decision::NotModified,
        (true, false) => Decision::PreconditionFailed,
    }
}

/// Evaluates step 5: whether a Range, if there is one, is to be heeded (RFC 9110 §13.1.5).
///
/// Without If-Range it is. A date has to be the very one of Last-Modified, not just a later one; and
/// the caller must know of no two contents with one date, or a resumed download joins their bytes.
pub fn if_range_holds(headers: &HeaderMap, current: Validators<'_>) -> bool {
    if !headers.contains_key(IF_RANGE) {
        return true;
    }
    let Some(value) = single(headers, &IF_RANGE) else {
        return false;
    };
    if let Some(tag) = EntityTag::parse(value) {
        return tag.is_strongly(current.etag);
    }
    HttpDate::parse(value).is_some_and(|date| {
        let last_modified = current.last_modified.map(HttpDate::from);
        last_modified == Some(date)
    })
}

/// The date of a field. What is no date, or more than one, is ignored (§13.1.3, §13.1.4).
fn date(headers: &HeaderMap, name: &HeaderName) -> Option<HttpDate> {
    HttpDate::parse(single(headers, name)?)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue, Method};
    use proptest::prelude::*;

    use crate::base::BuildEpoch;
    use crate::serve::rules::Decision::{NotModified, PreconditionFailed, Proceed};
    use crate::serve::rules::{Decision, EntityTag, Validators, evaluate, if_range_holds};

    const BEFORE: &str = "Sat, 22 Aug 2026 11:59:59 GMT";
    const CURRENT: &str = "Sat, 22 Aug 2026 12:00:00 GMT";
    const AFTER: &str = "Sat, 22 Aug 2026 12:00:01 GMT";

    /// `"a,b"` of `CURRENT`.
    fn current() -> Validators<'static> {
        let etag = EntityTag::parse(b"\"a,b\"").expect("a tag");
        Validators { etag, last_modified: Some(BuildEpoch(1_787_400_000)) }
    }

    fn map(fields: &[(&str, &str)]) -> HeaderMap {
        let field = |(name, value): &(&str, &str)| {
            let name: HeaderName = name.parse().expect("a field name");
            (name, HeaderValue::from_bytes(value.as_bytes()).expect("a field value"))
        };
        let mut headers = HeaderMap::new();
        for (name, value) in fields.iter().map(field) {
            headers.append(name, value);
        }
        headers
    }

    #[track_caller]
    fn check(method: &Method, fields: &[(&str, &str)], expected: Decision) {
        assert_eq!(evaluate(method, &map(fields), current()), expected, "{method} {fields:?}");
    }

    #[track_caller]
    fn check_get(fields: &[(&str, &str)], expected: Decision) {
        check(&Method::GET, fields, expected);
        check(&Method::HEAD, fields, expected);
    }

    #[track_caller]
    fn check_range(fields: &[(&str, &str)], expected: bool) {
        assert_eq!(if_range_holds(&map(fields), current()), expected, "{fields:?}");
    }

    #[test]
    fn without_preconditions_all_proceed() {
        check_get(&[], Proceed);
        check(&Method::POST, &[], Proceed);
    }

    #[test]
    fn if_match_compares_strongly() {
        check_get(&[("if-match", "\"a,b\"")], Proceed);
        check_get(&[("if-match", "\"x\", \"a,b\"")], Proceed);
        check_get(&[("if-match", "\"x\""), ("if-match", "\"a,b\"")], Proceed);
        check_get(&[("if-match", "*")], Proceed);
        check_get(&[("if-match", "W/\"a,b\"")], PreconditionFailed);
        check_get(&[("if-match", "\"a\", \"b\"")], PreconditionFailed);
        check_get(&[("if-match", "a,b")], PreconditionFailed);
        check_get(&[("if-match", "")], PreconditionFailed);
        check(&Method::PUT, &[("if-match", "\"x\"")], PreconditionFailed);
    }

    #[test]
    fn if_unmodified_since_fails_what_is_newer() {
        check_get(&[("if-unmodified-since", AFTER)], Proceed);
        check_get(&[("if-unmodified-since", CURRENT)], Proceed);
        check_get(&[("if-unmodified-since", BEFORE)], PreconditionFailed);
        let before_1970 = "Wed, 31 Dec 1969 23:59:59 GMT";
        check_get(&[("if-unmodified-since", before_1970)], PreconditionFailed);
    }

    #[test]
    fn if_unmodified_since_counts_only_without_if_match() {
        check_get(&[("if-match", "\"a,b\""), ("if-unmodified-since", BEFORE)], Proceed);
        check_get(&[("if-match", "\"x\""), ("if-unmodified-since", AFTER)], PreconditionFailed);
    }

    #[test]
    fn if_none_match_compares_weakly() {
        check_get(&[("if-none-match", "\"a,b\"")], NotModified);
        check_get(&[("if-none-match", "W/\"a,b\"")], NotModified);
        check_get(&[("if-none-match", "\"x\",W/\"a,b\"")], NotModified);
        check_get(&[("if-none-match", "\"x\""), ("if-none-match", "\"a,b\"")], NotModified);
        check_get(&[("if-none-match", "*")], NotModified);
        check_get(&[("if-none-match", "\"a\", \"b\"")], Proceed);
        check_get(&[("if-none-match", "a,b")], Proceed);
        check_get(&[("if-none-match", "")], Proceed);
    }

    #[test]
    fn if_none_match_is_412_but_for_get_and_head() {
        for method in [Method::PUT, Method::POST, Method::DELETE] {
            check(&method, &[("if-none-match", "\"a,b\"")], PreconditionFailed);
            check(&method, &[("if-none-match", "*")], PreconditionFailed);
            check(&method, &[("if-none-match", "\"x\"")], Proceed);
        }
    }

    #[test]
    fn if_modified_since_is_304_up_to_the_date() {
        check_get(&[("if-modified-since", CURRENT)], NotModified);
        check_get(&[("if-modified-since", AFTER)], NotModified);
        check_get(&[("if-modified-since", "Saturday, 22-Aug-26 12:00:00 GMT")], NotModified);
        check_get(&[("if-modified-since", BEFORE)], Proceed);
        check(&Method::PUT, &[("if-modified-since", CURRENT)], Proceed);
    }

    #[test]
    fn if_modified_since_is_ignored_beside_if_none_match() {
        check_get(&[("if-none-match", "\"x\""), ("if-modified-since", AFTER)], Proceed);
        check_get(&[("if-none-match", "\"a,b\""), ("if-modified-since", BEFORE)], NotModified);
        check_get(&[("if-none-match", "junk"), ("if-modified-since", AFTER)], Proceed);
    }

    #[test]
    fn a_date_that_cannot_be_read_is_ignored() {
        for name in ["if-modified-since", "if-unmodified-since"] {
            for value in
                ["", "0", "soon", "2026-08-22T12:00:00Z", "Sat, 22 Aug 2026 12:00:00 \u{e9}"]
            {
                check_get(&[(name, value)], Proceed);
            }
        }
        check_get(&[("if-modified-since", AFTER), ("if-modified-since", AFTER)], Proceed);
        check_get(&[("if-unmodified-since", BEFORE), ("if-unmodified-since", BEFORE)], Proceed);
    }

    #[test]
    fn what_must_match_comes_before_what_must_not() {
        check_get(&[("if-none-match", "\"a,b\""), ("if-match", "\"x\"")], PreconditionFailed);
        check_get(&[("if-none-match", "\"a,b\""), ("if-match", "\"a,b\"")], NotModified);
        check_get(
            &[("if-modified-since", AFTER), ("if-unmodified-since", BEFORE)],
            PreconditionFailed,
        );
        check_get(&[("if-none-match", "*"), ("if-unmodified-since", BEFORE)], PreconditionFailed);
    }

    #[test]
    fn methods_without_a_representation_have_no_preconditions() {
        for method in [Method::OPTIONS, Method::TRACE, Method::CONNECT] {
            check(&method, &[("if-match", "\"x\""), ("if-none-match", "*")], Proceed);
        }
    }

    #[test]
    fn if_range_compares_strongly() {
        check_range(&[], true);
        check_range(&[("if-range", "\"a,b\"")], true);
        check_range(&[("if-range", "W/\"a,b\"")], false);
        check_range(&[("if-range", "\"x\"")], false);
    }

    #[test]
    fn the_date_of_if_range_needs_an_exact_match() {
        check_range(&[("if-range", CURRENT)], true);
        check_range(&[("if-range", BEFORE)], false);
        check_range(&[("if-range", AFTER)], false);
    }

    #[test]
    fn an_if_range_that_is_no_validator_does_not_hold() {
        for value in ["", "*", "a,b", "\"a,b\", \"a,b\"", "soon", "\"a,b"] {
            check_range(&[("if-range", value)], false);
        }
        check_range(&[("if-range", "\"a,b\""), ("if-range", "\"a,b\"")], false);
    }

    #[test]
    fn without_a_date_conditions_on_dates_are_as_if_not_sent() {
        let current = Validators { last_modified: None, ..current() };
        for name in ["if-modified-since", "if-unmodified-since"] {
            for date in [BEFORE, CURRENT, AFTER] {
                let headers = map(&[(name, date)]);
                assert_eq!(evaluate(&Method::GET, &headers, current), Proceed, "{name}: {date}");
            }
        }
        assert!(!if_range_holds(&map(&[("if-range", CURRENT)]), current));
        assert!(if_range_holds(&map(&[("if-range", "\"a,b\"")]), current));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(
            name in prop::sample::select(vec![
                "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range",
            ]),
            value in prop::collection::vec(prop_oneof![32_u8..127, 128_u8.., Just(b'\t')], 0..60),
        ) {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_bytes(&value).expect("a field value"));
            let _ = evaluate(&Method::GET, &headers, current());
            let _ = if_range_holds(&headers, current());
        }
    }
}
