//! Lines: where they end, and where a large file is cut so that cores can share it.
//!
//! A file without a single LF whose lines end in CR is read so; every other ends
//! its lines in LF, with or without a CR before it. Chunks are cut at fixed sizes,
//! never by how many threads there are, and begin where a line begins.

use std::ops::Range;

use memchr::memchr;

use crate::parse::address::Reason;

/// The longest line that is read; a longer one is one fault (FAULTS.md).
pub(super) const MAX_LINE: usize = 64 << 10;
/// What becomes of it.
pub(super) const TOO_LONG: Reason = "line longer than 64 KiB";

/// The longest cell that is read, whatever the format; a longer one is one fault.
pub(super) const MAX_CELL: usize = MAX_LINE;
/// What becomes of its row.
pub(super) const LONG_CELL: Reason = "cell longer than 64 KiB";

/// Skips a UTF-8 byte order mark.
pub(super) fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

/// The byte that ends the lines of a file: LF, or CR if there is no LF at all.
pub(super) fn terminator(bytes: &[u8]) -> u8 {
    if memchr(b'\n', bytes).is_none() && memchr(b'\r', bytes).is_some() { b'\r' } else { b'\n' }
}

/// Whether there is a line that is neither blank nor a comment.
pub(super) fn is_data(bytes: &[u8], terminator: u8) -> bool {
    let mut cursor = Cursor::new(bytes, 0..bytes.len(), terminator);
    std::iter::from_fn(|| cursor.next_line()).any(|line| !matches!(line, [] | [b'#' | b';', ..]))
}

/// Cuts the bytes of a file that begin at `base` there, from `start` on into chunks of about
/// `size` bytes, each beginning at a line.
pub(super) fn chunks(
    bytes: &[u8],
    base: usize,
    start: usize,
    terminator: u8,
    size: usize,
) -> Vec<Range<usize>> {
    let mut chunks = Vec::new();
    let mut start = start;
    while start < bytes.len() {
        // From the fixed mark on, so that one cut does not shift the next.
        let mark = ((base + start) / size + 1).saturating_mul(size) - base;
        let rest = bytes.get(mark - 1..).unwrap_or_default();
        let end = memchr(terminator, rest).map_or(bytes.len(), |at| mark + at);
        chunks.push(start..end);
        start = end;
    }
    chunks
}

/// Cuts a file likewise, each chunk but the last ending with a blank line.
pub(super) fn paragraphs(bytes: &[u8], terminator: u8, size: usize) -> Vec<Range<usize>> {
    let mut paragraphs: Vec<Range<usize>> = Vec::new();
    for chunk in chunks(bytes, 0, 0, terminator, size) {
        let start = paragraphs.last().map_or(0, |before| before.end);
        if chunk.end <= start {
            continue; // The search below went past it: no byte is searched twice.
        }
        let mut ahead = Cursor::new(bytes, chunk.end..bytes.len(), terminator);
        while ahead.next_line().is_some_and(|line| !line.is_empty()) {}
        paragraphs.push(start..ahead.at);
    }
    paragraphs
}

/// Walks the lines that begin before `end`; the last may reach past it.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    /// The whole file.
    pub(super) bytes: &'a [u8],
    /// Where the next line begins.
    pub(super) at: usize,
    /// No line begins here or later.
    pub(super) end: usize,
    /// Lines that were walked.
    pub(super) n_lines: u64,
    /// The byte that ends a line.
    pub(super) terminator: u8,
}

impl<'a> Cursor<'a> {
    /// Walks one chunk of a file.
    pub(super) fn new(bytes: &'a [u8], chunk: Range<usize>, terminator: u8) -> Self {
        Self { bytes, at: chunk.start, end: chunk.end, n_lines: 0, terminator }
    }

    /// Returns what is left to walk, past `end` too.
    pub(super) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    /// Whether a line is left.
    pub(super) fn is_done(&self) -> bool {
        self.at >= self.end
    }

    /// Steps over the next line; returns it without blanks around it.
    #[inline]
    pub(super) fn next_line(&mut self) -> Option<&'a [u8]> {
        self.whole_line().map(trim)
    }

    /// Steps over the next line; returns it but for its end.
    #[inline]
    pub(super) fn whole_line(&mut self) -> Option<&'a [u8]> {
        if self.is_done() {
            return None;
        }
        let rest = self.rest();
        let len = memchr(self.terminator, rest).unwrap_or(rest.len());
        self.at += (len + 1).min(rest.len());
        self.n_lines += 1;
        Some(&rest[..len])
    }
}

/// Cuts blanks, TABs and line ends off both ends.
#[inline]
pub(super) fn trim(text: &[u8]) -> &[u8] {
    let is_blank = |byte: u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let mut text = text;
    while let [first, rest @ ..] = text
        && is_blank(*first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && is_blank(*last)
    {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::parse::lines::{Cursor, chunks, paragraphs, terminator, trim, without_bom};

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let bytes = without_bom(text.as_bytes());
        let mut cursor = Cursor::new(bytes, 0..bytes.len(), terminator(bytes));
        let lines: Vec<&[u8]> = std::iter::from_fn(|| cursor.next_line()).collect();
        let expected: Vec<&[u8]> = expected.iter().map(|line| line.as_bytes()).collect();
        assert_eq!(lines, expected, "{text:?}");
    }

    #[test]
    fn every_line_end_is_known() {
        check("a\nb\n", &["a", "b"]);
        check("a\r\nb\r\n", &["a", "b"]);
        check("a\rb\r", &["a", "b"]);
        check("a\rb\n", &["a\rb"]);
        check("\u{feff}a \t\n\n  b", &["a", "", "b"]);
        check("", &[]);
    }

    proptest! {
        #[test]
        fn chunks_tile_the_file(text in "[a\n]{0,200}", size in 1_usize..20) {
            let mut at = 0;
            for chunk in chunks(text.as_bytes(), 0, 0, b'\n', size) {
                prop_assert_eq!(chunk.start, at);
                prop_assert!(chunk.end > at);
                at = chunk.end;
                prop_assert!(at == text.len() || text.as_bytes()[at - 1] == b'\n');
            }
            prop_assert_eq!(at, text.len());
        }

        #[test]
        fn paragraphs_tile_the_file(text in "[a \n]{0,200}", size in 1_usize..20) {
            let mut at = 0;
            for chunk in paragraphs(text.as_bytes(), b'\n', size) {
                prop_assert_eq!(chunk.start, at);
                prop_assert!(chunk.end > at);
                at = chunk.end;
                let last = text[..at].lines().next_back().unwrap_or_default();
                prop_assert!(at == text.len() || trim(last.as_bytes()).is_empty());
            }
            prop_assert_eq!(at, text.len());
        }
    }
}
