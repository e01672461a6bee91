//! What comes of a part of a snapshot, and how parts become a whole, window by window.
//!
//! Every row ends in exactly one call: [`Part::entry`], [`Part::key`],
//! [`Part::valueless`] or [`Part::fault`]. Parts are joined in file order, so the
//! whole is the same however the file was cut and whoever read it.

use std::borrow::Cow;
use std::io;

use crate::base::{Family, Growing, Memory, Prefix, Range, Run, V4, V6};
use crate::parse::address::Reason;
use crate::parse::block::{Block, HOST_NAME, Read};
use crate::parse::labels::{Fresh, Labels, Meaning};
use crate::parse::merge::Merge;
use crate::parse::row::Rules;
use crate::parse::{Fault, Parsed, Tally};

const TOO_BROAD_V4: Reason = "broader than the feed's min_prefix_v4";
const TOO_BROAD_V6: Reason = "broader than the feed's min_prefix_v6";

/// What came of the rows of one chunk.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) rules: &'a Rules<'a>,
    pub(super) labels: Labels,
    /// The labels it was the first to meet, once it is sealed.
    fresh: Fresh,
    pub(super) v4: Vec<Run<V4>>,
    v6: Vec<Run<V6>>,
    keyed: Vec<u32>,
    pub(super) tally: Tally,
    samples: Vec<Sample>,
    /// Lines of the chunk.
    pub(super) n_lines: u64,
    /// Where in the file the last record ended: past the chunk, if it was quoted.
    pub(super) stop: usize,
}

#[derive(Debug)]
struct Sample {
    line: u64,
    text: String,
    reason: Reason,
}

impl<'a> Part<'a> {
    /// Nothing yet, of the file of that number.
    pub(super) fn new(rules: &'a Rules<'a>, file_idx: usize) -> Self {
        Self {
            rules,
            labels: rules.tables.lend(file_idx),
            fresh: Fresh::default(),
            v4: Vec::new(),
            v6: Vec::new(),
            keyed: Vec::new(),
            tally: Tally::default(),
            samples: Vec::new(),
            n_lines: 0,
            stop: 0,
        }
    }

    /// No row follows: the table of labels goes back to where it came from.
    pub(super) fn seal(mut self) -> Self {
        self.v4.shrink_to_fit();
        self.v6.shrink_to_fit();
        self.fresh = self.rules.tables.take_back(std::mem::take(&mut self.labels));
        self
    }

    /// Drops what was read, to be read again; the labels stay, which others may have met since.
    pub(super) fn void(self) -> Self {
        Self {
            v4: Vec::new(),
            v6: Vec::new(),
            keyed: Vec::new(),
            tally: Tally::default(),
            samples: Vec::new(),
            n_lines: 0,
            ..self
        }
    }

    /// A row that claims nothing.
    pub(super) fn valueless(&mut self) {
        self.tally.rows += 1;
        self.tally.valueless += 1;
    }

    /// A row that could not be read; `text` is asked for only if it is shown.
    pub(super) fn fault<'t>(
        &mut self,
        line: u64,
        reason: Reason,
        text: impl FnOnce() -> Cow<'t, [u8]>,
    ) {
        self.tally.rows += 1;
        self.tally.faults += 1;
        self.tally.host_names += u64::from(reason == HOST_NAME);
        if self.samples.len() < Fault::MAX_SAMPLES {
            self.samples.push(Sample { line, text: escaped(&text()), reason });
        }
    }

    /// Returns the block, unless it is broader than the feed allows.
    pub(super) fn admit(&self, read: Read) -> Result<Read, Reason> {
        match read.block {
            Block::V4(range) if range.span() > self.rules.max_span_v4 => Err(TOO_BROAD_V4),
            Block::V6(range) if range.span() > self.rules.max_span_v6 => Err(TOO_BROAD_V6),
            _ => Ok(read),
        }
    }

    /// A row with a block that was read and admitted, and what its other cells mean.
    pub(super) fn entry<'t>(
        &mut self,
        line: u64,
        read: Read,
        meaning: Meaning,
        text: impl FnOnce() -> Cow<'t, [u8]>,
    ) {
        let label = match meaning {
            Meaning::Label(label) => label,
            Meaning::Valueless => return self.valueless(),
            Meaning::Fault(reason) => return self.fault(line, reason, text),
        };
        self.tally.rows += 1;
        self.tally.masked += u64::from(read.masked);
        match read.block {
            Block::V4(range) => self.v4.push(entry_of(range, label)),
            Block::V6(range) => self.v6.push(entry_of(widened(range, self.rules), label)),
        }
    }

    /// A row of kind `asn` or `country`.
    pub(super) fn key<'t>(
        &mut self,
        line: u64,
        meaning: Meaning,
        text: impl FnOnce() -> Cow<'t, [u8]>,
    ) {
        match meaning {
            Meaning::Label(label) => {
                self.tally.rows += 1;
                self.keyed.push(label);
            }
            Meaning::Valueless => self.valueless(),
            Meaning::Fault(reason) => self.fault(line, reason, text),
        }
    }
}

fn entry_of<F: Family>(range: Range<F>, label: u32) -> Run<F> {
    Run::new(range, label)
}

fn widened(range: Range<V6>, rules: &Rules<'_>) -> Range<V6> {
    let len = rules.feed.widen_v6;
    if len == 0 || range.span() != 0 {
        return range;
    }
    Prefix::masked(range.first(), len).map_or(range, Prefix::range)
}

/// Shows bytes so that they fit a line of a report.
fn escaped(text: &[u8]) -> String {
    // No character of UTF-8 has more than four bytes.
    let text = String::from_utf8_lossy(&text[..text.len().min(4 * Fault::MAX_TEXT)]);
    text.chars().flat_map(char::escape_debug).take(Fault::MAX_TEXT).collect()
}

/// A snapshot in the making: parts joined in order.
pub(super) struct Whole {
    v4: Growing<V4>,
    v6: Growing<V6>,
    parsed: Parsed,
    labels: Merge,
    lines_before: u64,
}

impl Whole {
    /// Nothing yet, within so much memory.
    pub(super) fn new(memory: &Memory) -> Self {
        let (v4, v6) = (Growing::new(memory), Growing::new(memory));
        Self { v4, v6, parsed: Parsed::default(), labels: Merge::default(), lines_before: 0 }
    }

    /// Begins the next file: lines count from 1 again.
    pub(super) fn begin_file(&mut self) {
        self.lines_before = 0;
    }

    /// Adds the next parts of the file, all of them sealed.
    ///
    /// Entries get labels by the numbers of the whole, and are copied once.
    pub(super) fn append(&mut self, file: &str, mut parts: Vec<Part<'_>>) {
        // Of all first: what one part met, an earlier one may have met later.
        for part in &mut parts {
            self.labels.take(std::mem::take(&mut part.fresh));
        }
        for mut part in parts {
            let mut number = |label: u32| self.labels.number(label);
            part.v4.iter_mut().for_each(|entry| entry.value = number(entry.value));
            part.v6.iter_mut().for_each(|entry| entry.value = number(entry.value));
            self.v4.append(part.v4);
            self.v6.append(part.v6);
            let parsed = &mut self.parsed;
            parsed.keyed.extend(part.keyed.iter().map(|label| number(*label)));
            parsed.tally.rows += part.tally.rows;
            parsed.tally.faults += part.tally.faults;
            parsed.tally.host_names += part.tally.host_names;
            parsed.tally.valueless += part.tally.valueless;
            parsed.tally.masked += part.tally.masked;
            let room = Fault::MAX_SAMPLES - parsed.samples.len();
            parsed.samples.extend(part.samples.into_iter().take(room).map(|sample| Fault {
                file: file.to_owned(),
                line: self.lines_before + sample.line,
                text: sample.text,
                reason: sample.reason.into(),
            }));
            self.lines_before += part.n_lines;
        }
        self.labels.tidy();
    }

    /// All parts are in.
    ///
    /// # Errors
    /// If what does not fit in memory cannot be written.
    pub(super) fn finish(self) -> io::Result<Parsed> {
        let (v4, v6) = (self.v4.finish()?, self.v6.finish()?);
        Ok(Parsed { v4, v6, labels: self.labels.into_labels(), ..self.parsed })
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::Fault;
    use crate::parse::part::escaped;

    #[track_caller]
    fn check(text: &[u8], expected: &str) {
        assert_eq!(escaped(text), expected);
    }

    #[test]
    fn samples_fit_a_line() {
        check(b"192.0.2.999", "192.0.2.999");
        check(b"a\0b\n\xFF", "a\\0b\\n\u{fffd}");
        assert_eq!(escaped(&[0; 1000]).len(), Fault::MAX_TEXT);
    }
}
