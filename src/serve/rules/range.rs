//! Range: which bytes of a representation are asked for (RFC 9110 §14).
//!
//! ```text
//! bytes=0-499   the first 500      bytes=500-   all but those      bytes=-500   the last 500
//! ```
//!
//! What is malformed, of another unit, or not a GET's is ignored, which is always allowed (§14.2). So
//! are requests that could cost many times the whole file: too many ranges, or ranges that overlap.
//! Ranges count the bytes as encoded.

use std::fmt;

use http::header::{HeaderMap, RANGE};
use http::{HeaderValue, Method};

use crate::serve::rules::field::{members, number, single};

/// The most ranges that one request may name, as many as anybody needs to mend a download; more
/// are answered with everything (RFC 9110 §17.15).
pub const MAX_RANGES: usize = 16;

/// Bytes of a representation, from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ByteRange {
    first: u64, // invariant: first <= last, and there is a byte after `last` that can be counted
    last: u64,
}

impl ByteRange {
    /// Where it begins.
    pub fn first(self) -> u64 {
        self.first
    }

    /// Its last byte.
    pub fn last(self) -> u64 {
        self.last
    }

    /// How many bytes it has: at least one.
    pub fn n_bytes(self) -> u64 {
        self.last - self.first + 1
    }

    /// The value of Content-Range in a representation of so many bytes (RFC 9110 §14.4).
    pub fn content_range(self, size: u64) -> impl fmt::Display {
        fmt::from_fn(move |f| write!(f, "bytes {}-{}/{size}", self.first, self.last))
    }

    fn overlaps(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// Which bytes to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All: 200.
    Whole,
    /// One range: 206 with Content-Range, never a multipart (RFC 9110 §15.3.7.2).
    Part(ByteRange),
    /// At least two that do not overlap, in the order they were asked for: 206 as a
    /// [`Multipart`](crate::serve::rules::Multipart).
    Parts(Vec<ByteRange>),
    /// None of what was asked for is there: 416 (RFC 9110 §15.5.17).
    NotSatisfiable,
}

impl Selection {
    /// The answer's Content-Range. A multipart has none of its own: its parts do (RFC 9110 §15.3.7.2).
    pub fn content_range(&self, size: u64) -> Option<HeaderValue> {
        let value = match self {
            Self::Whole | Self::Parts(_) => return None,
            Self::Part(range) => range.content_range(size).to_string(),
            Self::NotSatisfiable => format!("bytes */{size}"),
        };
        Some(HeaderValue::try_from(value).expect("digits and punctuation"))
    }
}

/// What is asked for of a representation of `size` bytes, by a request whose If-Range holds
/// ([`if_range_holds`](crate::serve::rules::if_range_holds)).
pub fn select(method: &Method, headers: &HeaderMap, size: u64) -> Selection {
    // Range is defined for GET alone (RFC 9110 §14.2).
    if method != Method::GET {
        return Selection::Whole;
    }
    let set = single(headers, &RANGE).and_then(range_set);
    set.and_then(|set| within(set, size)).unwrap_or(Selection::Whole)
}

/// Whether a request asks for the rest of something from some byte on, as who resumes a download does: one
/// range, `N-` or `N-M`, and not from the first byte.
pub fn continues(headers: &HeaderMap) -> bool {
    let set = single(headers, &RANGE).and_then(range_set);
    let mut specs = set.into_iter().flat_map(members);
    let spec = specs.next().and_then(Spec::parse);
    matches!(spec, Some(Spec::From { first: 1.., .. })) && specs.next().is_none()
}

/// The ranges of a `bytes` specifier; units are told apart without regard to case (§14.1).
fn range_set(value: &[u8]) -> Option<&[u8]> {
    let (unit, set) = value.split_at_checked(b"bytes=".len())?;
    unit.eq_ignore_ascii_case(b"bytes=").then_some(set)
}

/// What a set selects. `None` if it is to be ignored.
fn within(set: &[u8], size: u64) -> Option<Selection> {
    let mut ranges: Vec<ByteRange> = Vec::new();
    let mut n_specs = 0;
    for member in members(set) {
        n_specs += 1;
        if n_specs > MAX_RANGES {
            return None;
        }
        let spec = Spec::parse(member)?;
        // Nothing has a last nothing too, and it is satisfiable (§14.1.2), but no Content-Range
        // can say so.
        if size == 0 && matches!(spec, Spec::Last(1..)) {
            return None;
        }
        ranges.extend(spec.within(size));
    }
    let overlap = (1..ranges.len())
        .any(|idx| ranges[..idx].iter().any(|earlier| earlier.overlaps(ranges[idx])));
    match (n_specs, ranges.as_slice()) {
        (0, _) => None,
        (_, []) => Some(Selection::NotSatisfiable),
        (_, [range]) => Some(Selection::Part(*range)),
        _ if overlap => None,
        _ => Some(Selection::Parts(ranges)),
    }
}

/// One range as it was asked for.
#[derive(Clone, Copy)]
enum Spec {
    /// `N-` and `N-M`.
    From { first: u64, last: Option<u64> },
    /// `-N`: so many at the end.
    Last(u64),
}

impl Spec {
    /// `None` if it is malformed, `5-4` included (§14.1.1).
    fn parse(spec: &[u8]) -> Option<Self> {
        let dash_idx = spec.iter().position(|byte| *byte == b'-')?;
        let (first, last) = (&spec[..dash_idx], &spec[dash_idx + 1..]);
        if first.is_empty() {
            return number(last).map(Self::Last);
        }
        let first = number(first)?;
        if last.is_empty() {
            return Some(Self::From { first, last: None });
        }
        let last = number(last)?;
        (first <= last).then_some(Self::From { first, last: Some(last) })
    }

    /// What there is of it; `None` if nothing.
    fn within(self, size: u64) -> Option<ByteRange> {
        let end = size.checked_sub(1)?;
        let (first, last) = match self {
            Self::From { first, last } => (first, last.unwrap_or(end).min(end)),
            Self::Last(0) => return None,
            Self::Last(n_bytes) => (size.saturating_sub(n_bytes), end),
        };
        (first <= last).then_some(ByteRange { first, last })
    }
}

#[cfg(test)]
mod tests {
    use http::Method;
    use http::header::{HeaderMap, HeaderValue, RANGE};
    use proptest::prelude::*;

    use crate::serve::rules::{ByteRange, MAX_RANGES, Selection, select};

    fn asked(method: &Method, lines: &[&str], size: u64) -> Selection {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(RANGE, HeaderValue::from_bytes(line.as_bytes()).expect("a value"));
        }
        select(method, &headers, size)
    }

    /// Selections as text: `all`, `none`, a range, or ranges in brackets, be they one.
    fn text(selection: &Selection) -> String {
        let range = |range: &ByteRange| format!("{}-{}", range.first(), range.last());
        match selection {
            Selection::Whole => "all".to_owned(),
            Selection::Part(part) => range(part),
            Selection::Parts(parts) => {
                format!("[{}]", parts.iter().map(range).collect::<Vec<_>>().join(" "))
            }
            Selection::NotSatisfiable => "none".to_owned(),
        }
    }

    /// Checks what is selected of ten bytes.
    #[track_caller]
    fn check(value: &str, expected: &str) {
        assert_eq!(text(&asked(&Method::GET, &[value], 10)), expected, "{value}");
    }

    #[test]
    fn one_range_is_one_part() {
        check("bytes=0-0", "0-0");
        check("bytes=2-5", "2-5");
        check("bytes=2-", "2-9");
        check("bytes=-3", "7-9");
        check("bytes=0-9", "0-9");
        check("bytes=9-10", "9-9");
        check("bytes=0-99999999999999999999999", "0-9");
        check("BYTES=2-5", "2-5");
        check("bytes=, 2-5 ,", "2-5");
    }

    #[test]
    fn a_suffix_beyond_the_size_is_all_of_it() {
        check("bytes=-10", "0-9");
        check("bytes=-11", "0-9");
        check("bytes=-99999999999999999999999", "0-9");
    }

    #[test]
    fn minus_zero_and_past_the_end_are_not_satisfiable() {
        check("bytes=-0", "none");
        check("bytes=10-", "none");
        check("bytes=10-20", "none");
        check("bytes=99999999999999999999999-", "none");
        check("bytes=-0,10-", "none");
    }

    #[test]
    fn malformed_ranges_and_unknown_units_are_ignored() {
        for value in [
            "",
            "bytes",
            "bytes=",
            "bytes=,",
            "bytes=-",
            "bytes=a-b",
            "bytes=5-4",
            "bytes=0-1,5-4",
            "bytes=0-1;2-3",
            "bytes=0 - 1",
            "bytes=+1-2",
            "bytes=1--2",
            "bytes=--1",
            "bytes=0x1-2",
            "bytes 0-1",
            "bytes =0-1",
            "items=0-1",
            "bytes=0-1,x",
            "bytes=\u{e9}",
            "0-1",
            "bytes:0-1",
            "bytes=10-,5-4",
        ] {
            check(value, "all");
        }
    }

    #[test]
    fn a_range_on_two_lines_is_ignored() {
        assert_eq!(asked(&Method::GET, &["bytes=0-1", "bytes=3-4"], 10), Selection::Whole);
    }

    #[test]
    fn only_get_has_ranges() {
        for method in [Method::HEAD, Method::POST, Method::PUT] {
            assert_eq!(asked(&method, &["bytes=0-1"], 10), Selection::Whole);
            assert_eq!(asked(&method, &["bytes=10-"], 10), Selection::Whole);
        }
    }

    #[test]
    fn ranges_that_lie_apart_are_parts_in_the_order_asked() {
        check("bytes=0-1,4-5", "[0-1 4-5]");
        check("bytes=0-1,2-3", "[0-1 2-3]");
        check("bytes=-1 ,\t0-0", "[9-9 0-0]");
    }

    #[test]
    fn a_single_satisfiable_range_is_never_multipart() {
        check("bytes=0-1,10-", "0-1");
        check("bytes=-0,4-5,20-30", "4-5");
    }

    #[test]
    fn overlapping_ranges_are_everything() {
        check("bytes=0-4,4-5", "all");
        check("bytes=0-,0-", "all");
        check("bytes=5-6,-9", "all");
        check("bytes=0-0,2-2,0-0", "all");
    }

    #[test]
    fn too_many_ranges_are_everything() {
        let set = |n: usize| {
            let specs: Vec<String> = (0..n).map(|n| format!("{}-{}", 2 * n, 2 * n)).collect();
            format!("bytes={}", specs.join(","))
        };
        let selected = asked(&Method::GET, &[&set(MAX_RANGES)], 1000);
        assert!(matches!(selected, Selection::Parts(parts) if parts.len() == MAX_RANGES));
        assert_eq!(asked(&Method::GET, &[&set(MAX_RANGES + 1)], 1000), Selection::Whole);
        // Those that are not there count too: what they cost is the reading.
        assert_eq!(asked(&Method::GET, &[&set(MAX_RANGES + 1)], 1), Selection::Whole);
    }

    #[test]
    fn of_nothing_nothing_is_selected() {
        assert_eq!(asked(&Method::GET, &["bytes=0-"], 0), Selection::NotSatisfiable);
        assert_eq!(asked(&Method::GET, &["bytes=-0"], 0), Selection::NotSatisfiable);
        assert_eq!(asked(&Method::GET, &["bytes=-5"], 0), Selection::Whole);
    }

    #[test]
    fn content_range_stands_on_one_part_and_on_416() {
        let content_range = |value: &str| {
            let selection = asked(&Method::GET, &[value], 10);
            selection.content_range(10).map(|value| value.to_str().expect("text").to_owned())
        };
        assert_eq!(content_range("bytes=2-").as_deref(), Some("bytes 2-9/10"));
        assert_eq!(content_range("bytes=10-").as_deref(), Some("bytes */10"));
        assert_eq!(content_range("bytes=0-1,4-5"), None);
        assert_eq!(content_range("bytes=5-4"), None);
    }

    #[test]
    fn who_resumes_asks_for_one_range_from_some_byte_on() {
        let continues = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(RANGE, HeaderValue::from_static(value));
            crate::serve::rules::continues(&headers)
        };
        assert!(continues("bytes=1-"));
        assert!(continues("bytes=100-199"));
        for other in ["bytes=0-", "bytes=-5", "bytes=1-2,4-5", "bytes=2-1", "bytes=", "items=1-"] {
            assert!(!continues(other), "{other}");
        }
        assert!(!crate::serve::rules::continues(&HeaderMap::new()));
    }

    #[test]
    fn the_largest_size_has_a_last_byte() {
        let selection = asked(&Method::GET, &["bytes=0-"], u64::MAX);
        assert!(matches!(selection, Selection::Part(range) if range.n_bytes() == u64::MAX));
    }

    /// The slow model: every byte is asked whether it is in each range.
    fn model(specs: &[(Option<u64>, Option<u64>)], size: u64) -> Selection {
        let is_wrong = |(first, last): &(Option<u64>, Option<u64>)| match (first, last) {
            (None, None) => true,
            (Some(first), Some(last)) => last < first,
            _ => false,
        };
        let asks_for_last = |spec: &(Option<u64>, Option<u64>)| matches!(spec, (None, Some(1..)));
        let is_ignored = specs.is_empty()
            || specs.len() > MAX_RANGES
            || specs.iter().any(is_wrong)
            || (size == 0 && specs.iter().any(asks_for_last));
        if is_ignored {
            return Selection::Whole;
        }
        let bytes_of = |(first, last): &(Option<u64>, Option<u64>)| -> Vec<u64> {
            let is_in = |byte: &u64| match (first, last) {
                (None, last) => size - byte <= last.unwrap_or(0),
                (Some(first), last) => first <= byte && last.is_none_or(|last| *byte <= last),
            };
            (0..size).filter(is_in).collect()
        };
        let sets: Vec<Vec<u64>> =
            specs.iter().map(bytes_of).filter(|bytes| !bytes.is_empty()).collect();
        let range = |bytes: &Vec<u64>| ByteRange { first: bytes[0], last: bytes[bytes.len() - 1] };
        let is_twice = |byte: u64| sets.iter().filter(|bytes| bytes.contains(&byte)).count() > 1;
        match sets.len() {
            0 => Selection::NotSatisfiable,
            1 => Selection::Part(range(&sets[0])),
            _ if (0..size).any(is_twice) => Selection::Whole,
            _ => Selection::Parts(sets.iter().map(range).collect()),
        }
    }

    fn spec() -> impl Strategy<Value = (Option<u64>, Option<u64>)> {
        let end = || prop::option::weighted(0.8, 0..40_u64);
        prop_oneof![
            1 => (end(), end()),
            4 => (0..40_u64, 0..4_u64).prop_map(|(first, n)| (Some(first), Some(first + n))),
        ]
    }

    proptest! {
        #[test]
        fn selecting_agrees_with_asking_every_byte(
            specs in prop::collection::vec(spec(), 0..6),
            size in 0..40_u64,
            comma in "[ \t]{0,2},{1,2}[ \t]{0,2}",
        ) {
            let number = |number: Option<u64>| number.map(|n| n.to_string()).unwrap_or_default();
            let text = |(first, last): &_| format!("{}-{}", number(*first), number(*last));
            let set: Vec<String> = specs.iter().map(text).collect();
            let value = format!("bytes={}", set.join(&comma));
            prop_assert_eq!(asked(&Method::GET, &[&value], size), model(&specs, size), "{}", value);
        }

        #[test]
        fn no_bytes_make_it_panic(
            value in prop::collection::vec(prop_oneof![32_u8..127, 128_u8.., Just(b'\t')], 0..60),
            set in "bytes=[0-9, -]{0,60}",
            size: u64,
        ) {
            for value in [&value[..], set.as_bytes()] {
                let mut headers = HeaderMap::new();
                headers.insert(RANGE, HeaderValue::from_bytes(value).expect("a field value"));
                let selection = select(&Method::GET, &headers, size);
                let _ = selection.content_range(size);
                if let Selection::Part(range) = selection {
                    prop_assert!(range.first() <= range.last() && range.last() < size);
                }
            }
        }
    }
}
