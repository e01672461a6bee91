//! ETags: one, and the lists of If-Match and If-None-Match (RFC 9110 §8.8.3, §13.1).
//!
//! A tag is any run of visible bytes in quotes, commas among them, so a list cannot be cut at its
//! commas before it is read. What is no tag matches nothing, and costs only the rest of its member.

use http::HeaderValue;
use http::header::{GetAll, HeaderMap, HeaderName};
use memchr::memchr;

use crate::base::Digest;
use crate::serve::rules::field::trimmed;

/// One entity-tag, as it stands in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EntityTag<'a> {
    is_weak: bool,
    opaque: &'a [u8], // invariant: without the quotes, and every byte an `etagc`
}

impl<'a> EntityTag<'a> {
    /// Reads a field that is one tag. `None` if it is anything else.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let (tag, rest) = Self::split(trimmed(value))?;
        rest.is_empty().then_some(tag)
    }

    /// Whether both are strong, and alike byte for byte (RFC 9110 §8.8.3.2).
    pub fn is_strongly(self, other: EntityTag<'_>) -> bool {
        !self.is_weak && !other.is_weak && self.opaque == other.opaque
    }

    /// Whether both are alike, be they weak or strong (RFC 9110 §8.8.3.2).
    pub fn is_weakly(self, other: EntityTag<'_>) -> bool {
        self.opaque == other.opaque
    }

    /// Whether the bytes are this tag, strong, and nothing else.
    fn is_all_of(self, bytes: &[u8]) -> bool {
        let inner = bytes.strip_prefix(b"\"").and_then(|bytes| bytes.strip_suffix(b"\""));
        inner == Some(self.opaque)
    }

    /// The value of `ETag`.
    pub fn to_header_value(self) -> HeaderValue {
        let prefix: &[u8] = if self.is_weak { b"W/\"" } else { b"\"" };
        let bytes = [prefix, self.opaque, b"\""].concat();
        HeaderValue::from_bytes(&bytes).expect("an `etagc` may stand in a field value")
    }

    /// The tag that [`etag_of`] made, without reading it again: which every request would pay for.
    pub fn made(value: &'a HeaderValue) -> Self {
        let bytes = value.as_bytes();
        debug_assert!(Self::parse(bytes).is_some_and(|tag| !tag.is_weak), "made by `etag_of`");
        Self { is_weak: false, opaque: &bytes[1..bytes.len() - 1] }
    }

    /// Takes a tag off the front of the bytes. `W` is a capital: RFC 9110 says "case-sensitive".
    fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let after_w = bytes.strip_prefix(b"W/");
        let rest = after_w.unwrap_or(bytes).strip_prefix(b"\"")?;
        let (opaque, rest) = rest.split_at(memchr(b'"', rest)?);
        if !opaque.iter().all(|byte| is_etagc(*byte)) {
            return None;
        }
        let rest = &rest[1..];
        Some((Self { is_weak: after_w.is_some(), opaque }, rest))
    }
}

/// The `ETag` of a representation with these bytes: their SHA-256, in quotes. Strong.
pub fn etag_of(digest: Digest) -> HeaderValue {
    EntityTag { is_weak: false, opaque: digest.to_string().as_bytes() }.to_header_value()
}

/// `etagc` of RFC 9110 §8.8.3: visible ASCII but the quote, and whatever is not ASCII.
fn is_etagc(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x7e | 0x80..)
}

/// The tags of If-Match or If-None-Match, on however many lines (RFC 9110 §13.1.1, §13.1.2).
#[derive(Debug)]
pub struct TagList<'h>(GetAll<'h, HeaderValue>);

impl<'h> TagList<'h> {
    /// Returns `None` if the field was not sent; an empty one is a list that matches nothing.
    pub fn of(headers: &'h HeaderMap, name: &HeaderName) -> Option<Self> {
        headers.contains_key(name).then(|| Self(headers.get_all(name)))
    }

    /// Whether it is `*`, which anything matches. A `*` among tags is no list, and matches nothing.
    pub fn is_any(&self) -> bool {
        let mut members = self.members().peekable();
        members.peek().is_some() && members.all(|member| matches!(member, Member::Any))
    }

    /// Whether a tag of the list is this one by strong comparison.
    pub fn has_strong(&self, tag: EntityTag<'_>) -> bool {
        self.tags().any(|listed| listed.is_strongly(tag))
    }

    /// Whether a tag of the list is this one by weak comparison.
    pub fn has_weak(&self, tag: EntityTag<'_>) -> bool {
        // Nearly all lists are the one tag that the client got, and comparing is a tenth of reading.
        self.0.iter().any(|line| tag.is_all_of(line.as_bytes()))
            || self.tags().any(|listed| listed.is_weakly(tag))
    }

    fn tags(&self) -> impl Iterator<Item = EntityTag<'h>> {
        self.members().filter_map(|member| match member {
            Member::Tag(tag) => Some(tag),
            Member::Any | Member::Malformed => None,
        })
    }

    /// Several lines are one list (RFC 9110 §5.3).
    fn members(&self) -> impl Iterator<Item = Member<'h>> {
        self.0.iter().flat_map(|line| Members { rest: line.as_bytes() })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Member<'h> {
    Any,
    Tag(EntityTag<'h>),
    Malformed,
}

/// The members of one line. Linear in it: a member that is no tag was read up to the next quote
/// at the farthest, and the next one begins after a comma.
struct Members<'h> {
    rest: &'h [u8],
}

impl<'h> Iterator for Members<'h> {
    type Item = Member<'h>;

    fn next(&mut self) -> Option<Member<'h>> {
        // Space, and empty members (RFC 9110 §5.6.1.2).
        let start = self.rest.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b','))?;
        let bytes = &self.rest[start..];
        let (member, after) = match (bytes.strip_prefix(b"*"), EntityTag::split(bytes)) {
            (Some(after), _) => (Member::Any, after),
            (_, Some((tag, after))) => (Member::Tag(tag), after),
            (None, None) => (Member::Malformed, bytes),
        };
        let comma_idx = after.iter().position(|byte| *byte == b',').unwrap_or(after.len());
        let (junk, rest) = after.split_at(comma_idx);
        self.rest = rest;
        Some(if trimmed(junk).is_empty() { member } else { Member::Malformed })
    }
}

#[cfg(test)]
mod tests {
    use http::header::{HeaderMap, HeaderValue, IF_NONE_MATCH};
    use proptest::prelude::*;

    use crate::base::Digest;
    use crate::serve::rules::etag::Members;
    use crate::serve::rules::{EntityTag, TagList, etag_of};

    /// Checks which of the tags `"a"`, `"b"` and `"a,b"` a list holds, weakly and strongly; `*` is all.
    #[track_caller]
    fn check(lines: &[&[u8]], weakly: &str, strongly: &str) {
        let mut headers = HeaderMap::new();
        for line in lines {
            let line = HeaderValue::from_bytes(line).expect("a field value");
            headers.append(IF_NONE_MATCH, line);
        }
        let list = TagList::of(&headers, &IF_NONE_MATCH).expect("sent");
        let held = |has: &dyn Fn(EntityTag<'_>) -> bool| {
            let tags = ["\"a\"", "\"b\"", "\"a,b\""];
            let is_held = |tag: &&str| has(EntityTag::parse(tag.as_bytes()).expect("a tag"));
            let held = tags.into_iter().filter(is_held).collect::<Vec<_>>().join(" ");
            if list.is_any() { format!("*{held}") } else { held }
        };
        assert_eq!(held(&|tag| list.has_weak(tag)), weakly, "{lines:?}");
        assert_eq!(held(&|tag| list.has_strong(tag)), strongly, "{lines:?}");
    }

    #[test]
    fn a_star_is_any() {
        check(&[b"*"], "*", "*");
        check(&[b" * ,"], "*", "*");
        check(&[b"*", b"*"], "*", "*");
    }

    #[test]
    fn a_star_among_tags_is_no_list() {
        check(&[b"*, \"a\""], "\"a\"", "\"a\"");
        check(&[b"\"a\"", b"*"], "\"a\"", "\"a\"");
        check(&[b"**"], "", "");
        check(&[b"*a"], "", "");
    }

    #[test]
    fn lists_are_read_over_several_lines() {
        check(&[b"\"a\""], "\"a\"", "\"a\"");
        check(&[b"\"a\",\"b\""], "\"a\" \"b\"", "\"a\" \"b\"");
        check(&[b"\"x\" , \"a\"", b"\"y\",\t\"b\""], "\"a\" \"b\"", "\"a\" \"b\"");
        check(&[b",, \"a\",,", b",", b""], "\"a\"", "\"a\"");
        check(&[b""], "", "");
    }

    #[test]
    fn a_comma_inside_quotes_is_part_of_the_tag() {
        check(&[b"\"a,b\""], "\"a,b\"", "\"a,b\"");
        check(&[b"\"b,\", \"a,b\",\"a\""], "\"a\" \"a,b\"", "\"a\" \"a,b\"");
    }

    #[test]
    fn weak_tags_match_weakly_alone() {
        check(&[b"W/\"a\""], "\"a\"", "");
        check(&[b"W/\"a\", \"b\""], "\"a\" \"b\"", "\"b\"");
        check(&[b"w/\"a\""], "", "");
        check(&[b"W/ \"a\""], "", "");
    }

    #[test]
    fn a_malformed_member_costs_only_itself() {
        check(&[b"a"], "", "");
        check(&[b"\"a"], "", "");
        check(&[b"a\""], "", "");
        check(&[b"\"a\"b"], "", "");
        check(&[b"\"a\" \"b\""], "", "");
        check(&[b"\"x y\", \"a\""], "\"a\"", "\"a\"");
        check(&[b"x, \"a\", W/, \"b"], "\"a\"", "\"a\"");
        check(&[b"\"\xff\", \"a\""], "\"a\"", "\"a\"");
    }

    #[test]
    fn one_tag_is_compared_strongly_and_weakly() {
        let tag = |text: &'static str| EntityTag::parse(text.as_bytes()).expect("a tag");
        // The table of RFC 9110 §8.8.3.2.
        for (one, other, strongly, weakly) in [
            ("W/\"1\"", "W/\"1\"", false, true),
            ("W/\"1\"", "W/\"2\"", false, false),
            ("W/\"1\"", "\"1\"", false, true),
            ("\"1\"", "\"1\"", true, true),
        ] {
            assert_eq!(tag(one).is_strongly(tag(other)), strongly, "{one} {other}");
            assert_eq!(tag(one).is_weakly(tag(other)), weakly, "{one} {other}");
        }
    }

    #[test]
    fn tags_are_written_as_they_were_read() {
        for text in [&b"\"\""[..], b"\"a,b\"", b"W/\"a\"", b"\"\x80\xff\"", b"\"W/\""] {
            let tag = EntityTag::parse(text).expect("a tag");
            assert_eq!(tag.to_header_value().as_bytes(), text);
        }
        for text in [&b""[..], b"\"", b"a", b"\"a\"x", b"\"a\",\"b\"", b"\"a b\"", b"\"\x7f\""] {
            assert_eq!(EntityTag::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_tag_of_a_file_is_its_digest() {
        let expected = "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"";
        assert_eq!(etag_of(Digest::of(b"")), expected);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, text in "[\"*,W/ a\\x80-\\xff]{0,40}") {
            let _ = EntityTag::parse(&bytes);
            for line in [&bytes[..], text.as_bytes()] {
                let n_members = Members { rest: line }.count();
                prop_assert!(n_members <= line.len());
            }
        }

        /// Whatever tags are joined come out again.
        #[test]
        fn a_list_is_the_tags_it_was_made_of(tags in prop::collection::vec("(W/)?\"[!#-~]{0,5}\"", 1..6)) {
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, tags.join(" , ").parse().expect("a field value"));
            let list = TagList::of(&headers, &IF_NONE_MATCH).expect("sent");
            let found: Vec<HeaderValue> = list.tags().map(EntityTag::to_header_value).collect();
            prop_assert_eq!(found, tags);
        }
    }
}
