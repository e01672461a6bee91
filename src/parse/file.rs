//! One file of a snapshot, read in chunks by every core.
//!
//! A chunk is read as if a record began at its first line. Where a quoted record
//! turns out to reach into the next chunk, that chunk is read again from where the
//! record ends: the result is that of one pass, and hardly ever costs a second one.

use std::borrow::Cow;
use std::ops::Range;

use crate::feed::Cell;
use crate::parse::Source;
use crate::parse::lines::{
    Cursor, MAX_LINE, TOO_LONG, chunks, paragraphs, terminator, without_bom,
};
use crate::parse::part::Part;
use crate::parse::reading::{Cut, Reading, Text};
use crate::parse::row::Rules;

/// How large files are cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    /// The bytes of a chunk: many for each core of a large file, yet long against the seams.
    pub(super) chunk_bytes: usize,
    /// The chunks of a window: enough that cores seldom wait for the last of them.
    pub(super) n_chunks: usize,
}

impl Sizes {
    /// What is read at a time.
    pub(super) fn window_bytes(self) -> usize {
        self.chunk_bytes.saturating_mul(self.n_chunks)
    }
}

/// One file and how it is cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct File<'a> {
    /// Its place among the files of the snapshot.
    pub(super) idx: usize,
    /// The bytes after a byte order mark: all there are, or the first.
    pub(super) bytes: &'a [u8],
    /// Where they end; those that follow are of the next window.
    pub(super) end: usize,
    /// What each `*` of the member's glob matched.
    pub(super) captures: &'a [String],
    /// The byte that ends a line.
    pub(super) terminator: u8,
    /// How it is cut.
    pub(super) sizes: Sizes,
}

impl<'a> File<'a> {
    /// Looks at how the file's lines end.
    pub(super) fn new(idx: usize, source: &Source<'a>, sizes: Sizes) -> Self {
        let bytes = without_bom(source.bytes);
        let (end, terminator) = (bytes.len(), terminator(bytes));
        Self { idx, bytes, end, captures: source.captures, terminator, sizes }
    }

    /// A cursor over all there is.
    pub(super) fn cursor(&self) -> Cursor<'a> {
        Cursor::new(self.bytes, 0..self.end, self.terminator)
    }

    /// Where the file is cut from `start` on, if only the ends of lines matter.
    pub(super) fn chunks(&self, start: usize) -> Vec<Range<usize>> {
        let bytes = &self.bytes[..self.end];
        chunks(bytes, 0, start, self.terminator, self.sizes.chunk_bytes)
    }

    /// Where a file of records with a blank line after each is cut.
    pub(super) fn paragraphs(&self) -> Vec<Range<usize>> {
        paragraphs(self.bytes, self.terminator, self.sizes.chunk_bytes)
    }

    /// Reads the file from `start` on, where a record begins, in chunks.
    pub(super) fn in_chunks<'r>(
        &self,
        rules: &'r Rules<'r>,
        start: usize,
        reading: &mut Reading<'_, 'r>,
        read: impl for<'w> Fn(&mut Cursor<'w>, &mut Part<'r>) + Sync,
    ) {
        let read_chunk = |cursor: &mut Cursor<'_>| {
            let mut part = Part::new(rules, self.idx);
            read(cursor, &mut part);
            sealed(cursor, part)
        };
        let mut at = start;
        self.cut(&self.chunks(start), &mut at, reading, &read_chunk);
        let Sizes { chunk_bytes, n_chunks } = self.sizes;
        let cut = Cut { terminator: self.terminator, chunk_bytes, n_chunks };
        let (_, ahead) = self.bytes.split_at(self.end);
        reading.stream((ahead, self.end, at.saturating_sub(self.end)), cut, &read_chunk);
    }

    /// The same of a file whose bytes are all at hand, chunks of which may look at others.
    pub(super) fn in_chunks_at_hand<'r>(
        &self,
        rules: &'r Rules<'r>,
        reading: &mut Reading<'_, 'r>,
        read: impl Fn(&mut Cursor<'a>, &mut Part<'r>) + Sync,
    ) {
        self.at_hand(rules, &self.chunks(0), reading, read);
    }

    /// Reads a file of records with a blank line after each, in chunks that end with one.
    pub(super) fn in_paragraphs<'r>(
        &self,
        rules: &'r Rules<'r>,
        reading: &mut Reading<'_, 'r>,
        read: impl Fn(&mut Cursor<'a>, &mut Part<'r>) + Sync,
    ) {
        self.at_hand(rules, &self.paragraphs(), reading, read);
    }

    fn at_hand<'r>(
        &self,
        rules: &'r Rules<'r>,
        chunks: &[Range<usize>],
        reading: &mut Reading<'_, 'r>,
        read: impl Fn(&mut Cursor<'a>, &mut Part<'r>) + Sync,
    ) {
        let read_chunk = |cursor: &mut Cursor<'a>| {
            let mut part = Part::new(rules, self.idx);
            read(cursor, &mut part);
            sealed(cursor, part)
        };
        self.cut(chunks, &mut 0, reading, &read_chunk);
    }

    fn cut<'r>(
        &self,
        chunks: &[Range<usize>],
        at: &mut usize,
        reading: &mut Reading<'_, 'r>,
        read_chunk: &(impl Fn(&mut Cursor<'a>) -> Part<'r> + Sync),
    ) {
        let text = Text { bytes: self.bytes, terminator: self.terminator };
        reading.windows(text, chunks, self.sizes.n_chunks, at, read_chunk);
    }

    /// What the member's name says for a column: the first capture among its cells.
    pub(super) fn captured(&self, cells: Option<&Vec<Cell>>) -> Option<&'a str> {
        cells?.iter().find_map(|cell| match cell {
            Cell::Member(star_idx) => self.captures.get(*star_idx).map(String::as_str),
            Cell::Index(_) | Cell::Name(_) => None,
        })
    }
}

/// The part of a chunk that was read to its end.
fn sealed<'r>(cursor: &Cursor<'_>, mut part: Part<'r>) -> Part<'r> {
    part.n_lines = cursor.n_lines;
    part.stop = cursor.at;
    part.seal()
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
