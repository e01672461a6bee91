//! Records of `csv` and `tsv`: lines to cells, quotes included.
//!
//! Rows are split by hand where each cell is plain or simply quoted. A row with
//! doubled quotes or a line end inside a cell goes through csv-core, which knows
//! the rest of RFC 4180. Lines that begin with `#` or `;` are comments.

use std::borrow::Cow;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};
use memchr::{memchr, memchr_iter};

use crate::parse::file::File;
use crate::parse::lines::{Cursor, MAX_LINE, TOO_LONG, trim};
use crate::parse::part::Part;

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
        file: &File<'a>,
        delimiter: u8,
        has_quotes: bool,
        n_columns: usize,
        n_eager: usize,
    ) -> Self {
        Self {
            delimiter,
            terminator: file.terminator,
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
        let start = cursor.at;
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
        } else if !self.split_quoted() && !self.split_by_csv_core(cursor, start) {
            part.fault(line, TOO_LONG, || Cow::Borrowed(text));
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

    /// Has csv-core read the record that begins at `start`; false if it does not end
    /// within [`MAX_LINE`]. Either way the cursor moves on, so that no byte is read twice.
    fn split_by_csv_core(&mut self, cursor: &mut Cursor<'a>, start: usize) -> bool {
        let (delimiter, terminator) = (self.delimiter, self.terminator);
        let quoted = self.quoted.get_or_insert_with(|| {
            let reader = ReaderBuilder::new()
                .delimiter(delimiter)
                .terminator(Terminator::Any(terminator))
                .build();
            // A record has no more bytes, and no more cells, than its text.
            Box::new(Quoted { reader, text: vec![0; MAX_LINE], ends: vec![0; MAX_LINE + 1] })
        });
        let rest = &cursor.bytes[start..];
        let input = &rest[..rest.len().min(MAX_LINE)];
        quoted.reader.reset();
        let (mut result, len, mut n_text, mut n_ends) =
            quoted.reader.read_record(input, &mut quoted.text, &mut quoted.ends);
        if matches!(result, ReadRecordResult::InputEmpty) && input.len() == rest.len() {
            // The file ends without a line end: csv-core wants to be told so.
            let (at_end, _, more_text, more_ends) = quoted.reader.read_record(
                b"",
                &mut quoted.text[n_text..],
                &mut quoted.ends[n_ends..],
            );
            (result, n_text, n_ends) = (at_end, n_text + more_text, n_ends + more_ends);
        }
        let is_whole = matches!(result, ReadRecordResult::Record);
        let mut at = start + len.max(1);
        if !is_whole {
            let rest = cursor.bytes.get(at..).unwrap_or_default();
            at += memchr(terminator, rest).map_or(rest.len(), |len| len + 1);
        }
        // Never behind the line that was walked already.
        let at = at.max(cursor.at).min(cursor.bytes.len());
        cursor.n_lines += memchr_iter(terminator, &cursor.bytes[cursor.at..at]).count() as u64;
        cursor.at = at;
        if is_whole {
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

    /// The bytes from one column to another, both included, if no quote can be in them.
    #[inline]
    pub(super) fn run(&mut self, (first, last): (usize, usize)) -> Option<&'a [u8]> {
        if !self.is_plain {
            return None;
        }
        if self.bounds.len() == first
            && let Some(start) = self.unsplit
        {
            // The run is the rest of most lines: to count is faster than to split.
            let rest = &self.line[start..];
            if memchr_iter(self.delimiter, rest).count() == last - first {
                return Some(rest);
            }
        }
        self.split_rest();
        self.line.get(self.bounds.get(first)?.0..self.bounds.get(last)?.1)
    }
}
