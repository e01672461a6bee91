//! A stream, cut where lines or records end.

use std::io::{self, Read};
use std::mem;

use memchr::{memchr, memrchr};

/// What comes of a stream, one after the other.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Whole lines; the last of a stream may have no end.
    Whole(Vec<u8>),
    /// A part of one that is longer than any that is looked at.
    Part(Vec<u8>),
    /// The last part of it, with its end.
    Last(Vec<u8>),
}

/// How much is read at once, and what is held of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Bytes read at once.
    pub chunk: usize,
    /// Bytes of a line of which no end has come, before it is passed on in parts.
    pub line: usize,
}

/// Cuts what it reads.
pub(super) struct Splitter<R> {
    input: R,
    sizes: Sizes,
    ends: Ends,
    chunk: Vec<u8>,
    /// What of the chunk is not handed out.
    from: usize,
    to: usize,
    /// The beginning of a line.
    begun: Vec<u8>,
    is_long: bool,
}

/// Where lines end.
#[derive(Clone, Debug)]
pub(super) enum Ends {
    /// At any `\n`.
    Lines,
    /// At those outside of quoted cells.
    Records(Quotes),
}

/// What of a record has been read.
#[derive(Clone, Debug)]
pub(super) struct Quotes {
    delimiter: u8,
    is_quoted: bool,
    /// Whether the last byte is a quote that ends the cell, unless another follows.
    is_closing: bool,
    /// Whether a cell begins here.
    is_start: bool,
}

impl Ends {
    pub(super) fn records(delimiter: u8) -> Self {
        Self::Records(Quotes { delimiter, is_quoted: false, is_closing: false, is_start: true })
    }

    /// After the first end in what has come next. What follows is to be shown again.
    fn first(&mut self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Lines => memchr(b'\n', bytes).map(|idx| idx + 1),
            Self::Records(quotes) => quotes.walk(bytes, true),
        }
    }

    /// After the last.
    fn last(&mut self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Lines => memrchr(b'\n', bytes).map(|idx| idx + 1),
            Self::Records(quotes) => quotes.walk(bytes, false),
        }
    }
}

impl Quotes {
    fn walk(&mut self, bytes: &[u8], is_first: bool) -> Option<usize> {
        let (mut at, mut found) = (0, None);
        while at < bytes.len() {
            if mem::take(&mut self.is_closing) {
                self.is_quoted = bytes[at] == b'"';
                self.is_start = false;
                at += usize::from(self.is_quoted);
            } else if self.is_quoted {
                let Some(idx) = memchr(b'"', &bytes[at..]) else { return found };
                at += idx + 1;
                self.is_closing = true;
            } else if self.is_start && bytes[at] == b'"' {
                (self.is_quoted, self.is_start) = (true, false);
                at += 1;
            } else {
                // Up to a quote, which may begin a cell.
                let skipped = memchr(b'"', &bytes[at + 1..]);
                let end = skipped.map_or(bytes.len(), |idx| at + 1 + idx);
                let plain = &bytes[at..end];
                let newline = if is_first { memchr(b'\n', plain) } else { memrchr(b'\n', plain) };
                if let Some(idx) = newline {
                    found = Some(at + idx + 1);
                    if is_first {
                        self.is_start = true;
                        return found;
                    }
                }
                self.is_start =
                    matches!(plain.last(), Some(&last) if last == b'\n' || last == self.delimiter);
                at = end;
            }
        }
        found
    }
}

impl<R: Read> Splitter<R> {
    pub(super) fn new(input: R, ends: Ends, sizes: Sizes) -> Self {
        let chunk = vec![0; sizes.chunk.max(1)];
        Self { input, sizes, ends, chunk, from: 0, to: 0, begun: Vec::new(), is_long: false }
    }

    /// The first line; empty if there is nothing at all, an error if it is too long.
    pub(super) fn head(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if !self.fill()? {
                return Ok(mem::take(&mut self.begun));
            }
            let new = &self.chunk[self.from..self.to];
            let end = self.ends.first(new);
            self.begun.extend(&new[..end.unwrap_or(new.len())]);
            self.from += end.unwrap_or(new.len());
            if end.is_some() {
                return Ok(mem::take(&mut self.begun));
            }
            if self.begun.len() > self.sizes.line {
                let message = format!("the first line is longer than {} bytes", self.sizes.line);
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
        }
    }

    /// The next piece; `None` at the end. Waits for no more than what makes one.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        loop {
            if !self.fill()? {
                let rest = mem::take(&mut self.begun);
                let last = mem::take(&mut self.is_long).then_some(Piece::Last as fn(_) -> _);
                let is_none = rest.is_empty() && last.is_none();
                return Ok((!is_none).then(|| last.unwrap_or(Piece::Whole)(rest)));
            }
            let new = &self.chunk[self.from..self.to];
            let end = if self.is_long { self.ends.first(new) } else { self.ends.last(new) };
            if let Some(end) = end {
                let mut bytes = mem::take(&mut self.begun);
                bytes.extend(&new[..end]);
                self.from += end;
                if mem::take(&mut self.is_long) {
                    return Ok(Some(Piece::Last(bytes)));
                }
                // What follows the last end has been looked at.
                self.begun.extend(&self.chunk[self.from..self.to]);
                self.from = self.to;
                return Ok(Some(Piece::Whole(bytes)));
            }
            self.begun.extend(new);
            self.from = self.to;
            // With a `\r` that may be of the end.
            if self.is_long || self.begun.len() > self.sizes.line + 1 {
                self.is_long = true;
                let kept = usize::from(self.begun.ends_with(b"\r"));
                let rest = self.begun.split_off(self.begun.len() - kept);
                let part = mem::replace(&mut self.begun, rest);
                if !part.is_empty() {
                    return Ok(Some(Piece::Part(part)));
                }
            }
        }
    }

    /// Sees to it that there are bytes; `false` at the end.
    fn fill(&mut self) -> io::Result<bool> {
        while self.from == self.to {
            match self.input.read(&mut self.chunk) {
                Ok(0) => return Ok(false),
                Ok(len) => (self.from, self.to) = (0, len),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::query::enrich::split::{Ends, Piece, Sizes, Splitter};

    fn pieces(input: &[u8], ends: Ends, chunk: usize, line: usize) -> Vec<Piece> {
        let mut splitter = Splitter::new(input, ends, Sizes { chunk, line });
        std::iter::from_fn(|| splitter.next().expect("from memory")).collect()
    }

    #[track_caller]
    fn check(input: &str, ends: Ends, chunk: usize, line: usize, expected: &[&str]) {
        let shown = pieces(input.as_bytes(), ends, chunk, line).into_iter().map(|piece| {
            let (sign, bytes) = match piece {
                Piece::Whole(bytes) => ("", bytes),
                Piece::Part(bytes) => ("+", bytes),
                Piece::Last(bytes) => (".", bytes),
            };
            format!("{sign}{}", String::from_utf8(bytes).expect("text"))
        });
        assert_eq!(shown.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn pieces_are_whole_lines() {
        check("ab\nc\nd", Ends::Lines, 100, 100, &["ab\nc\n", "d"]);
        check("ab\nc\nd", Ends::Lines, 2, 100, &["ab\n", "c\n", "d"]);
        check("", Ends::Lines, 2, 100, &[]);
        check("abcdefgh\nc\nd", Ends::Lines, 3, 4, &["+abcdef", ".gh\n", "c\n", "d"]);
        check("abcdef\r\n", Ends::Lines, 7, 3, &["+abcdef", ".\r\n"]);
        check("abcdef", Ends::Lines, 7, 3, &["+abcdef", "."]);
    }

    #[test]
    fn records_end_outside_of_quotes() {
        let records = || Ends::records(b',');
        for chunk in 1..16 {
            let text = "a,\"b\n\"\"\n\",c\n5\" \n";
            let all: Vec<Piece> = pieces(text.as_bytes(), records(), chunk, 100);
            let Some(Piece::Whole(first)) = all.first() else { panic!("{all:?}") };
            assert!(first.starts_with(b"a,\"b\n\"\"\n\",c\n"), "{chunk} {all:?}");
        }
        check("\"a\nb", records(), 100, 100, &["\"a\nb"]);
        check("\"a\nbcd\",e\nf\n", records(), 2, 3, &["+\"a\nbcd", "+\",", ".e\n", "f\n"]);
    }

    /// Byte for byte.
    fn slow_ends(text: &[u8]) -> Vec<usize> {
        let (mut ends, mut is_start, mut is_quoted, mut at) = (Vec::new(), true, false, 0);
        while at < text.len() {
            if is_quoted {
                if text[at] == b'"' {
                    if text.get(at + 1) == Some(&b'"') {
                        at += 1;
                    } else {
                        is_quoted = false;
                    }
                }
                is_start = false;
            } else {
                is_quoted = is_start && text[at] == b'"';
                is_start = matches!(text[at], b',' | b'\n');
                if text[at] == b'\n' {
                    ends.push(at + 1);
                }
            }
            at += 1;
        }
        ends
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_pieces_end_where_records_do(
            text in "[a,\"\n\r]{0,40}", chunk in 1_usize..12, line in 1_usize..12,
        ) {
            let ends = slow_ends(text.as_bytes());
            let mut all: Vec<u8> = Vec::new();
            for piece in pieces(text.as_bytes(), Ends::records(b','), chunk, line) {
                let (Piece::Whole(bytes) | Piece::Part(bytes) | Piece::Last(bytes)) = &piece;
                all.extend(bytes);
                if !matches!(piece, Piece::Part(_)) {
                    prop_assert!(all.len() == text.len() || ends.contains(&all.len()));
                }
            }
            prop_assert_eq!(&all[..], text.as_bytes());
        }
    }
}
