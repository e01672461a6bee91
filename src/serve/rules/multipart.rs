//! Several ranges as one body: multipart/byteranges (RFC 9110 §14.6, RFC 2046 §5.1).
//!
//! ```text
//! --BOUNDARY                               --BOUNDARY
//! Content-Type: application/octet-stream   Content-Type: …
//! Content-Range: bytes 0-1/10              Content-Range: bytes 4-5/10
//!
//! two bytes                                two bytes
//!                                          --BOUNDARY--
//! ```
//!
//! A body is a list of pieces, texts of ours and ranges of the file, so that its length is known
//! before a byte of it is sent, and the file's bytes are never copied.

use http::HeaderValue;

use crate::serve::rules::ByteRange;

/// What separates the parts: 1 to 70 letters, digits, `-`, `_` and `.`, which need no quotes in
/// Content-Type (RFC 2046 §5.1.1 allows a few more).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boundary<'a>(&'a str);

impl<'a> Boundary<'a> {
    /// Returns `None` if it has other characters, or too many.
    ///
    /// It must not occur in the file. The file's own digest will do: nobody can make a file that
    /// holds it.
    pub fn new(text: &'a str) -> Option<Self> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        ((1..=70).contains(&text.len()) && text.bytes().all(is_plain)).then_some(Self(text))
    }
}

/// A body of several parts.
#[derive(Clone, Copy, Debug)]
pub struct Multipart<'a> {
    /// What separates the parts.
    pub boundary: Boundary<'a>,
    /// What the whole file would be sent as; a line of every part.
    pub content_type: &'a HeaderValue,
    /// The parts, of [`Selection::Parts`](crate::serve::rules::Selection::Parts).
    pub ranges: &'a [ByteRange],
    /// The size of the file.
    pub size: u64,
}

/// What the body is put together from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Boundaries and headers.
    Frame(Vec<u8>),
    /// Bytes of the file.
    File(ByteRange),
}

impl Piece {
    /// How many bytes it adds.
    pub fn n_bytes(&self) -> u64 {
        match self {
            Self::Frame(bytes) => bytes.len() as u64,
            Self::File(range) => range.n_bytes(),
        }
    }
}

impl Multipart<'_> {
    /// The answer's Content-Type.
    pub fn header_value(&self) -> HeaderValue {
        let value = format!("multipart/byteranges; boundary={}", self.boundary.0);
        HeaderValue::try_from(value).expect("a boundary is visible ASCII")
    }

    /// The answer's Content-Length. Ranges do not overlap, so that it is the file's size and a few
    /// hundred bytes a part at most.
    pub fn content_length(&self) -> u64 {
        self.pieces().fold(0, |length, piece| length.saturating_add(piece.n_bytes()))
    }

    /// The body, in order.
    pub fn pieces(&self) -> impl Iterator<Item = Piece> {
        let parts = self.ranges.iter().enumerate();
        let parts = parts
            .flat_map(|(idx, range)| [Piece::Frame(self.head(idx, *range)), Piece::File(*range)]);
        let end = format!("\r\n--{}--\r\n", self.boundary.0);
        parts.chain([Piece::Frame(end.into_bytes())])
    }

    /// What stands before a part. The line break before a boundary belongs to the boundary
    /// (RFC 2046 §5.1.1); the first has nothing to be broken from.
    fn head(&self, part_idx: usize, range: ByteRange) -> Vec<u8> {
        let start = if part_idx == 0 { "--" } else { "\r\n--" };
        let range = range.content_range(self.size);
        [
            format!("{start}{}\r\nContent-Type: ", self.boundary.0).as_bytes(),
            self.content_type.as_bytes(),
            format!("\r\nContent-Range: {range}\r\n\r\n").as_bytes(),
        ]
        .concat()
    }
}

#[cfg(test)]
mod tests {
    use http::Method;
    use http::header::{HeaderMap, HeaderValue, RANGE};
    use proptest::prelude::*;

    use crate::serve::rules::{Boundary, Multipart, Piece, Selection, select};

    const TYPE: HeaderValue = HeaderValue::from_static("application/octet-stream");

    fn parts(set: &str, size: u64) -> Selection {
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, format!("bytes={set}").parse().expect("a field value"));
        select(&Method::GET, &headers, size)
    }

    fn body(multipart: &Multipart<'_>, file: &[u8]) -> Vec<u8> {
        let bytes = |piece: Piece| match piece {
            Piece::Frame(bytes) => bytes,
            Piece::File(range) => file[range.first() as usize..=range.last() as usize].to_vec(),
        };
        multipart.pieces().flat_map(bytes).collect()
    }

    #[test]
    fn parts_have_type_and_range_and_the_length_is_known_ahead() {
        let Selection::Parts(ranges) = parts("0-1,-3", 10) else {
            panic!("two parts");
        };
        let boundary = Boundary::new("B").expect("a boundary");
        let multipart = Multipart { boundary, content_type: &TYPE, ranges: &ranges, size: 10 };
        let expected = "--B\r\nContent-Type: application/octet-stream\r\n\
                        Content-Range: bytes 0-1/10\r\n\r\n01\r\n\
                        --B\r\nContent-Type: application/octet-stream\r\n\
                        Content-Range: bytes 7-9/10\r\n\r\n789\r\n--B--\r\n";
        let body = body(&multipart, b"0123456789");
        assert_eq!(String::from_utf8_lossy(&body), expected);
        assert_eq!(multipart.content_length(), body.len() as u64);
        assert_eq!(multipart.header_value(), "multipart/byteranges; boundary=B");
    }

    #[test]
    fn a_boundary_is_plain_and_short() {
        for good in ["a", "A-1_b.", &"x".repeat(70)] {
            assert!(Boundary::new(good).is_some(), "{good}");
        }
        for wrong in ["", "a b", "a\"", "a\r\n", "\u{e9}", &"x".repeat(71)] {
            assert!(Boundary::new(wrong).is_none(), "{wrong}");
        }
    }

    proptest! {
        /// Cutting the body at its boundaries gives the ranges back, and its length is as said.
        #[test]
        fn a_body_can_be_taken_apart(
            steps in prop::collection::vec((0..9_u64, 0..9_u64), 2..16),
            file in prop::collection::vec(any::<u8>(), 300..400),
        ) {
            let mut at = 0;
            let mut specs = Vec::new();
            for (gap, more) in steps {
                specs.push((at + gap, at + gap + more));
                at += gap + more + 1;
            }
            let set: Vec<String> =
                specs.iter().map(|(first, last)| format!("{first}-{last}")).collect();
            let size = file.len() as u64;
            let Selection::Parts(ranges) = parts(&set.join(","), size) else {
                panic!("{} parts", specs.len());
            };
            // Longer than any part is: it cannot be in there by accident.
            let boundary = Boundary::new("a-boundary-that-is-in-no-part").expect("a boundary");
            let multipart = Multipart { boundary, content_type: &TYPE, ranges: &ranges, size };
            let body = body(&multipart, &file);
            prop_assert_eq!(multipart.content_length(), body.len() as u64);
            let mut rest = &body[..];
            for (idx, (first, last)) in specs.into_iter().enumerate() {
                let start = if idx == 0 { "" } else { "\r\n" };
                let head = format!(
                    "{start}--a-boundary-that-is-in-no-part\r\nContent-Type: application/octet-stream\r\n\
                     Content-Range: bytes {first}-{last}/{size}\r\n\r\n"
                );
                rest = rest.strip_prefix(head.as_bytes()).expect("the head of a part");
                let part = &file[first as usize..=last as usize];
                rest = rest.strip_prefix(part).expect("the bytes of a part");
            }
            prop_assert_eq!(rest, b"\r\n--a-boundary-that-is-in-no-part--\r\n");
        }
    }
}
