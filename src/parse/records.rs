//! Records of `csv` and `tsv`: lines to cells, quotes included.
//!
//! Rows are split by hand where each cell is plain or simply quoted. A row with
//! doubled quotes or a line end inside a cell goes through csv-core, which knows
//! the rest of RFC 4180. Lines that begin with `#` or `;` are comments.

use std::borrow::Cow;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};
use memchr::{memchr, memchr_iter};

use crate::parse::address::Reason;
use crate::parse::lines::{Cursor, MAX_LINE, TOO_LONG, trim};
use crate::parse::part::Part;

/// The most line ends inside one record: an address has five lines, a stray quote a file.
const MAX_LINE_ENDS: usize = 16;
const OPEN: Reason = "quote not closed within 16 lines and 64 KiB";

/// The records of a file, one at a time.
pub(super) struct Records<'a> {
    delimiter: u8,
    terminator: u8,
    has_quotes: bool,
    max_cells: usize,
    /// Cells split off at once; the others wait until somebody asks.
    n_eager: usize,
    line: &'a [u8],
    /// Whether the record has no quote: nothing beyond the last column that is read
    /// matters then.
    is_plain: bool,
    /// What csv-core made of a record, if it had to; then `bounds` are in it.
    unquoted: Option<Vec<u8>>,
    bounds: Vec<(usize, usize)>,
    /// Where the cells begin that were not split off yet; `None` if there are none.
    unsplit: Option<usize>,
    quoted: Option<Box<Quoted>>,
}

/// csv-core and its buffers.
struct Quoted {
    reader: Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl<'a> Records<'a> {
    /// Records of `n_columns` at the most; `n_eager` of them are split off at once.
    pub(super) fn new(
        cursor: &Cursor<'a>,
        delimiter: u8,
        has_quotes: bool,
        n_columns: usize,
        n_eager: usize,
    ) -> Self {
        Self {
            delimiter,
            terminator: cursor.terminator,
            has_quotes,
            max_cells: n_columns,
            n_eager,
            line: b"",
            is_plain: true,
            unquoted: None,
            bounds: Vec::new(),
            unsplit: None,
            quoted: None,
        }
    }

    /// Steps over a record; returns the number of its line, or `None` for a comment,
    /// a blank line, or a fault that `part` was told of.
    pub(super) fn advance(&mut self, cursor: &mut Cursor<'a>, part: &mut Part<'_>) -> Option<u64> {
        self.line = cursor.whole_line()?;
        let line = cursor.n_lines;
        let text = trim(self.line);
        if matches!(text, [] | [b'#' | b';', ..]) {
            return None;
        }
        if self.line.len() > MAX_LINE {
            part.fault(line, TOO_LONG, || Cow::Borrowed(text));
            return None;
        }
        self.unquoted = None;
        self.bounds.clear();
        self.unsplit = None;
        // A record that begins with a line without a quote is that line.
        self.is_plain = !self.has_quotes || memchr(b'"', self.line).is_none();
        if self.is_plain {
            self.unsplit = Some(0);
            self.split(self.n_eager);
        } else if !self.split_quoted() && !self.split_by_csv_core(cursor) {
            part.fault(line, OPEN, || Cow::Borrowed(text));
            return None;
        }
        Some(line)
    }

    /// Splits off cells of a line without a quote, until there are `n`.
    fn split(&mut self, n: usize) {
        let Some(base) = self.unsplit else { return };
        let mut start = base;
        let mut delimiters = memchr_iter(self.delimiter, &self.line[base..]);
        while self.bounds.len() < n {
            let Some(at) = delimiters.next() else {
                self.bounds.push((start, self.line.len()));
                self.unsplit = None;
                return;
            };
            self.bounds.push((start, base + at));
            start = base + at + 1;
        }
        self.unsplit = Some(start);
    }

    /// How many cells were split off: all that are read, after [`Self::split_rest`].
    pub(super) fn n_cells(&self) -> usize {
        self.bounds.len()
    }

    /// Splits off the cells that are left.
    pub(super) fn split_rest(&mut self) {
        self.split(self.max_cells);
        self.unsplit = None;
    }

    /// Splits a line whose cells are plain or simply quoted; else returns false.
    fn split_quoted(&mut self) -> bool {
        let line = self.line.strip_suffix(b"\r").unwrap_or(self.line);
        let mut at = 0;
        loop {
            let is_quoted = line.get(at) == Some(&b'"');
            let start = at + usize::from(is_quoted);
            let until = if is_quoted { b'"' } else { self.delimiter };
            let end = memchr(until, &line[start..]).map(|len| start + len);
            let (end, next) = match end {
                None if is_quoted => return false,
                None => (line.len(), line.len()),
                Some(end) => (end, end + usize::from(is_quoted)),
            };
            self.bounds.push((start, end));
            match line.get(next) {
                None => return true,
                Some(byte) if *byte == self.delimiter => at = next + 1,
                Some(_) => return false,
            }
        }
    }

    /// Has csv-core read the record whose first line was walked; false, and the cursor
    /// stays where it is, if a quote is still open after [`MAX_LINE_ENDS`] or [`MAX_LINE`].
    ///
    /// So a stray quote costs its own line and no other, and no byte is read more often
    /// than a record may have lines.
    fn split_by_csv_core(&mut self, cursor: &mut Cursor<'a>) -> bool {
        let (delimiter, terminator) = (self.delimiter, self.terminator);
        let quoted = self.quoted.get_or_insert_with(|| {
            let reader = ReaderBuilder::new()
                .delimiter(delimiter)
                .terminator(Terminator::Any(terminator))
                .build();
            // A record has no more bytes, and no more cells, than its text.
            Box::new(Quoted { reader, text: vec![0; MAX_LINE], ends: vec![0; MAX_LINE + 1] })
        });
        quoted.reader.reset();
        let (mut n_text, mut n_ends) = (0, 0);
        // The last line of a chunk may not be the last of its record.
        let mut ahead = Cursor { end: cursor.bytes.len(), ..cursor.clone() };
        let mut line = self.line;
        let mut n_bytes = 0;
        let mut is_whole = false;
        for _ in 0..=MAX_LINE_ENDS {
            n_bytes += line.len() + 1;
            if n_bytes > MAX_LINE {
                break;
            }
            // A line end even where the file ends without: if that does not end the
            // record, a quote is open. (No bytes at all would tell csv-core to close it.)
            for input in [line, &[terminator]] {
                if !input.is_empty() {
                    let (result, _, more_text, more_ends) = quoted.reader.read_record(
                        input,
                        &mut quoted.text[n_text..],
                        &mut quoted.ends[n_ends..],
                    );
                    (n_text, n_ends) = (n_text + more_text, n_ends + more_ends);
                    is_whole = matches!(result, ReadRecordResult::Record);
                }
            }
            if is_whole {
                break;
            }
            let Some(next) = ahead.whole_line() else { break };
            line = next;
        }
        if is_whole {
            (cursor.at, cursor.n_lines) = (ahead.at, ahead.n_lines);
            self.bounds.clear();
            let mut from = 0;
            for end in &quoted.ends[..n_ends] {
                self.bounds.push((from, *end));
                from = *end;
            }
            self.unquoted = Some(quoted.text[..n_text].to_vec());
        }
        is_whole
    }

    /// What is between two cells.
    pub(super) fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// The record as text: as it was, or as csv-core left it.
    pub(super) fn text(&self) -> &[u8] {
        self.line
    }

    pub(super) fn cells(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.bounds.len()).filter_map(|column_idx| self.cell(column_idx))
    }

    #[inline]
    pub(super) fn cell(&self, column_idx: usize) -> Option<&[u8]> {
        let (start, end) = *self.bounds.get(column_idx)?;
        let text = self.unquoted.as_deref().unwrap_or(self.line);
        Some(trim(&text[start..end]))
    }

    /// The bytes from a column on, if no quote can be in them and no later cell was split off.
    #[inline]
    pub(super) fn rest(&self, first: usize) -> Option<&'a [u8]> {
        let start = self.unsplit.filter(|_| self.is_plain && self.bounds.len() == first)?;
        Some(&self.line[start..])
    }

    /// The bytes from one column to another, both included, if no quote can be in them.
    #[inline]
    pub(super) fn run(&mut self, (first, last): (usize, usize)) -> Option<&'a [u8]> {
        if !self.is_plain {
            return None;
        }
        self.split_rest();
        self.line.get(self.bounds.get(first)?.0..self.bounds.get(last)?.1)
    }
}
