//! How a large file is read: window by window, the next one fetched and the one before
//! merged while every core reads.
//!
//! ```text
//!  ... | chunk | chunk | chunk | chunk | ahead      a window in its buffer
//!                        the next one: | ahead | chunk | chunk | ...
//! ```
//!
//! Where a file is cut into chunks depends on its bytes alone. A window ends with a chunk
//! and has [`AHEAD`] more bytes in its buffer, since a quoted record may reach that far; so
//! what comes out does not depend on how many chunks there are in a window.

use std::io::{self, Read};
use std::mem;
use std::ops::Range;

use memchr::memchr;
use rayon::prelude::*;

use crate::parse::lines::{Cursor, MAX_LINE, chunks, is_data, terminator, without_bom};
use crate::parse::part::Part;

/// Bytes after a window's last chunk: no record is longer, and one more tells a line that
/// ends there from one that goes on.
const AHEAD: usize = MAX_LINE + 1;
/// The longest line of which no window has to be made longer.
const SLACK: usize = MAX_LINE;

/// Where parts go, and what is still to come of their file.
pub(super) struct Reading<'o, 'r> {
    /// Takes the parts of a window, in order.
    pub(super) take: &'o mut (dyn FnMut(Vec<Part<'r>>) + Send),
    /// What follows the bytes that are at hand.
    pub(super) rest: Option<Rest<'o>>,
}

impl<'r> Reading<'_, 'r> {
    /// Reads chunks of bytes at hand, so many at a time; `at` is where the next record begins.
    pub(super) fn windows<'a>(
        &mut self,
        text: Text<'a>,
        chunks: &[Range<usize>],
        n_chunks: usize,
        at: &mut usize,
        read_chunk: &(impl Fn(&mut Cursor<'a>) -> Part<'r> + Sync),
    ) {
        let mut before = Vec::new();
        for window in chunks.chunks(n_chunks.max(1)) {
            let (parts, ()) = rayon::join(
                || text.read(window, read_chunk),
                || {
                    if !before.is_empty() {
                        (self.take)(mem::take(&mut before));
                    }
                },
            );
            before = text.in_order(window, parts, at, read_chunk);
        }
        if !before.is_empty() {
            (self.take)(before);
        }
    }

    /// Reads what follows the bytes at hand, which end at `end` with `ahead` after them; `at`
    /// is where the next record begins, counted from `end`.
    pub(super) fn stream(
        &mut self,
        (ahead, end, at): (&[u8], usize, usize),
        cut: Cut,
        read_chunk: &(impl for<'w> Fn(&mut Cursor<'w>) -> Part<'r> + Sync),
    ) {
        let Self { take, rest } = self;
        let Some(rest) = rest else { return };
        let (mut base, mut at) = (end, at);
        let mut bytes = ahead.to_vec();
        let mut next = Vec::new();
        let mut before = Vec::new();
        rest.fill(&mut bytes, cut.window_bytes());
        loop {
            let end = rest.until_cut(&mut bytes, base, cut);
            let is_last = rest.is_done && end == bytes.len();
            let text = Text { bytes: &bytes, terminator: cut.terminator };
            let window = chunks(&bytes[..end], base, 0, cut.terminator, cut.chunk_bytes);
            next.clear();
            next.extend_from_slice(&bytes[end..]);
            let (parts, ((), ())) = rayon::join(
                || text.read(&window, read_chunk),
                || {
                    rayon::join(
                        || rest.fill(&mut next, cut.window_bytes()),
                        || {
                            if !before.is_empty() {
                                take(mem::take(&mut before));
                            }
                        },
                    )
                },
            );
            before = text.in_order(&window, parts, &mut at, read_chunk);
            if is_last {
                break;
            }
            // A record that is read whole reaches at most to the end of the buffer.
            at = at.saturating_sub(end);
            base += end;
            mem::swap(&mut bytes, &mut next);
        }
        if !before.is_empty() {
            take(before);
        }
    }
}

/// How a file is cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    /// The byte that ends a line.
    pub(super) terminator: u8,
    /// About how many bytes one thread reads at a time.
    pub(super) chunk_bytes: usize,
    /// About how many chunks are read before their parts are merged.
    pub(super) n_chunks: usize,
}

impl Cut {
    fn window_bytes(self) -> usize {
        self.chunk_bytes.saturating_mul(self.n_chunks).saturating_add(AHEAD + SLACK)
    }

    /// Where a buffer of the file's bytes from `base` on is cut: after the last chunk that has
    /// [`AHEAD`] bytes after it.
    fn end(self, bytes: &[u8], base: usize) -> Option<usize> {
        let limit = bytes.len().checked_sub(AHEAD)?;
        let mut mark = (base + limit) / self.chunk_bytes * self.chunk_bytes;
        while mark > base {
            let from = mark - 1 - base;
            let end = memchr(self.terminator, &bytes[from..]).map(|at| from + at + 1);
            if let Some(end) = end.filter(|end| *end <= limit) {
                return Some(end);
            }
            mark -= self.chunk_bytes;
        }
        None
    }
}

/// Bytes of a file in which chunks lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) terminator: u8,
}

impl<'a> Text<'a> {
    fn read<'r>(
        &self,
        chunks: &[Range<usize>],
        read_chunk: &(impl Fn(&mut Cursor<'a>) -> Part<'r> + Sync),
    ) -> Vec<Part<'r>> {
        chunks.par_iter().map(|chunk| read_chunk(&mut self.cursor(chunk.clone()))).collect()
    }

    fn cursor(&self, chunk: Range<usize>) -> Cursor<'a> {
        Cursor::new(self.bytes, chunk, self.terminator)
    }

    /// Reads those chunks again into which a record reached; the result is that of one pass.
    fn in_order<'r>(
        &self,
        chunks: &[Range<usize>],
        parts: Vec<Part<'r>>,
        at: &mut usize,
        read_chunk: &impl Fn(&mut Cursor<'a>) -> Part<'r>,
    ) -> Vec<Part<'r>> {
        let mut exact = Vec::with_capacity(parts.len());
        for (chunk, part) in chunks.iter().zip(parts) {
            if chunk.start == *at {
                *at = part.stop;
                exact.push(part);
                continue;
            }
            exact.push(part.void());
            if chunk.end > *at {
                let part = read_chunk(&mut self.cursor(*at..chunk.end));
                *at = part.stop;
                exact.push(part);
            }
        }
        exact
    }
}

/// What is still to come of a file.
pub(super) struct Rest<'s> {
    reader: Box<dyn Read + Send + 's>,
    is_done: bool,
    /// What stopped it; then what was read is worth nothing.
    pub(super) error: Option<io::Error>,
}

impl<'s> Rest<'s> {
    /// Reads the beginning of a file, without a byte order mark, up to a chunk's end: through the
    /// first line that is not blank and no comment, and one that says how lines end. Returns it,
    /// the bytes after the chunk too, the line's terminator and the chunk's end.
    pub(super) fn begin(
        reader: Box<dyn Read + Send + 's>,
        chunk_bytes: usize,
    ) -> (Self, Vec<u8>, u8, usize) {
        let mut rest = Self { reader, is_done: false, error: None };
        let mut head = Vec::new();
        let mut cut = Cut { terminator: b'\n', chunk_bytes, n_chunks: 1 };
        rest.fill(&mut head, cut.window_bytes());
        let n_mark = head.len() - without_bom(&head).len();
        head.drain(..n_mark);
        while !rest.is_done && memchr(b'\n', &head).is_none() {
            rest.more(&mut head);
        }
        cut.terminator = terminator(&head);
        loop {
            let end = rest.until_cut(&mut head, 0, cut);
            if rest.is_done || is_data(&head[..end], cut.terminator) {
                return (rest, head, cut.terminator, end);
            }
            rest.more(&mut head);
        }
    }

    /// Reads on until there are so many bytes, or no more.
    fn fill(&mut self, bytes: &mut Vec<u8>, until: usize) {
        let n_wanted = until.saturating_sub(bytes.len());
        if self.is_done || n_wanted == 0 {
            return;
        }
        bytes.reserve_exact(n_wanted);
        match (&mut self.reader).take(n_wanted as u64).read_to_end(bytes) {
            Ok(n_read) => self.is_done = n_read < n_wanted,
            Err(error) => {
                self.error = Some(error);
                self.is_done = true;
            }
        }
    }

    /// Makes the buffer twice as long.
    fn more(&mut self, bytes: &mut Vec<u8>) {
        let until = bytes.len().max(AHEAD).saturating_mul(2);
        self.fill(bytes, until);
    }

    /// Where the buffer is cut, which is read on until that is known.
    fn until_cut(&mut self, bytes: &mut Vec<u8>, base: usize, cut: Cut) -> usize {
        loop {
            if self.is_done {
                return bytes.len();
            }
            match cut.end(bytes, base) {
                Some(end) => return end,
                // A line as long as a window.
                None => self.more(bytes),
            }
        }
    }
}
