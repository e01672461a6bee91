//! One file of a snapshot, read in chunks by every core.
//!
//! A chunk is read as if a record began at its first line. Where a quoted record
//! turns out to reach into the next chunk, that chunk is read again from where the
//! record ends: the result is that of one pass, and hardly ever costs a second one.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use crate::feed::Cell;
use crate::parse::Source;
use crate::parse::lines::{
    Cursor, MAX_LINE, TOO_LONG, chunks, paragraphs, terminator, without_bom,
};
use crate::parse::part::Part;
use crate::parse::row::Rules;

/// The bytes of a chunk: many for each core of a large file, yet long against the seams.
pub(super) const CHUNK_BYTES: usize = 2 << 20;

/// One file and how it is cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct File<'a> {
    /// Its place among the files of the snapshot.
    pub(super) idx: usize,
    /// The bytes after a byte order mark.
    pub(super) bytes: &'a [u8],
    /// What each `*` of the member's glob matched.
    pub(super) captures: &'a [String],
    /// The byte that ends a line.
    pub(super) terminator: u8,
    /// About how many bytes one thread reads at a time.
    pub(super) chunk_bytes: usize,
}

impl<'a> File<'a> {
    /// Looks at how the file's lines end.
    pub(super) fn new(idx: usize, source: &Source<'a>, chunk_bytes: usize) -> Self {
        let bytes = without_bom(source.bytes);
        Self { idx, bytes, captures: source.captures, terminator: terminator(bytes), chunk_bytes }
    }

    /// A cursor over the whole file.
    pub(super) fn cursor(&self) -> Cursor<'a> {
        Cursor::new(self.bytes, 0..self.bytes.len(), self.terminator)
    }

    /// Where the file is cut from `start` on, if only the ends of lines matter.
    pub(super) fn chunks(&self, start: usize) -> Vec<Range<usize>> {
        chunks(self.bytes, start, self.terminator, self.chunk_bytes)
    }

    /// Where a file of records with a blank line after each is cut.
    pub(super) fn paragraphs(&self) -> Vec<Range<usize>> {
        paragraphs(self.bytes, self.terminator, self.chunk_bytes)
    }

    /// Reads the file from `start` on, where a record begins, in chunks.
    pub(super) fn in_chunks<'r>(
        &self,
        rules: &'r Rules<'r>,
        start: usize,
        read: impl Fn(&mut Cursor<'a>, &mut Part<'r>) + Sync,
    ) -> Vec<Part<'r>> {
        self.cut(rules, &self.chunks(start), start, read)
    }

    /// Reads a file of records with a blank line after each, in chunks that end with one.
    pub(super) fn in_paragraphs<'r>(
        &self,
        rules: &'r Rules<'r>,
        read: impl Fn(&mut Cursor<'a>, &mut Part<'r>) + Sync,
    ) -> Vec<Part<'r>> {
        self.cut(rules, &self.paragraphs(), 0, read)
    }

    fn cut<'r>(
        &self,
        rules: &'r Rules<'r>,
        chunks: &[Range<usize>],
        start: usize,
        read: impl Fn(&mut Cursor<'a>, &mut Part<'r>) + Sync,
    ) -> Vec<Part<'r>> {
        let read_chunk = |start: usize, end: usize| {
            let mut cursor = Cursor::new(self.bytes, start..end, self.terminator);
            let mut part = Part::new(rules, self.idx);
            read(&mut cursor, &mut part);
            part.n_lines = cursor.n_lines;
            part.stop = cursor.at;
            part.seal()
        };
        let parts: Vec<Part<'r>> =
            chunks.par_iter().map(|chunk| read_chunk(chunk.start, chunk.end)).collect();
        let mut at = start;
        let mut exact = Vec::with_capacity(parts.len());
        for (chunk, part) in chunks.iter().zip(parts) {
            if chunk.end <= at {
                continue; // The record before swallowed it.
            }
            let part = if chunk.start == at { part } else { read_chunk(at, chunk.end) };
            at = part.stop;
            exact.push(part);
        }
        exact
    }

    /// What the member's name says for a column: the first capture among its cells.
    pub(super) fn captured(&self, cells: Option<&Vec<Cell>>) -> Option<&'a str> {
        cells?.iter().find_map(|cell| match cell {
            Cell::Member(star_idx) => self.captures.get(*star_idx).map(String::as_str),
            Cell::Index(_) | Cell::Name(_) => None,
        })
    }
}

/// Steps to the next line; returns it with its number if it is neither blank, comment nor too long.
pub(super) fn data_line<'a>(
    cursor: &mut Cursor<'a>,
    part: &mut Part<'_>,
) -> Option<(u64, &'a [u8])> {
    let text = cursor.next_line()?;
    let line = cursor.n_lines;
    if matches!(text, [] | [b'#' | b';', ..] | [b'/', b'/', ..]) {
        return None;
    }
    if text.len() > MAX_LINE {
        part.fault(line, TOO_LONG, || Cow::Borrowed(text));
        return None;
    }
    Some((line, text))
}
