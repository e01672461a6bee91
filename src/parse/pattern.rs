//! `pattern`: lines, each read by the first regular expression of the definition that matches it.
//!
//! What the groups of an expression make of its lines is said in `feed::Pattern`. A header's
//! values hold until the next header, whichever expression found it, also where another chunk
//! begins: chunks are told of the last header before them.
//!
//! A `network` group holds one block, or several with commas between them, in brackets or not
//! (`[192.0.2.1,192.0.2.2]`): each is a row. So a range of two ends is `a-b`, or two groups.
//!
//! Blank lines are no rows, and neither are comments (`#`, `;`, `//`) unless an expression
//! matches them. Any other line that none matches is a fault: it is how a feed that changed is
//! noticed. What is known to say nothing needs an expression without groups.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memrchr;
use rayon::prelude::*;
use regex::bytes::CaptureLocations;

use crate::feed::{Column, Feed, Kind, Pattern};
use crate::parse::address::Reason;
use crate::parse::block;
use crate::parse::file::File;
use crate::parse::lines::{Cursor, MAX_LINE, TOO_LONG, trim};
use crate::parse::part::Part;
use crate::parse::reading::Reading;
use crate::parse::row::{Rules, key_column};

const NO_MATCH: Reason = "no expression of `pattern` matches";
const NO_SUBJECT: Reason = "the group that says what the row is about is empty";

/// The columns that groups and member names give.
pub(super) fn rules(feed: &Feed) -> Rules<'_> {
    let key = key_column(feed.kind);
    let patterns = patterns(feed);
    let groups = patterns.iter().flat_map(|pattern| &pattern.groups).map(|(column, _)| *column);
    let mut others: Vec<Column> = groups.chain(feed.columns.keys().copied()).collect();
    others.sort_unstable();
    others.dedup();
    others.retain(|column| !is_of_block(*column) && Some(*column) != key);
    Rules::with_columns(feed, key.into_iter().chain(others).collect())
}

fn is_of_block(column: Column) -> bool {
    matches!(column, Column::Network | Column::First | Column::Last | Column::Count)
}

fn patterns(feed: &Feed) -> Vec<Pattern> {
    let compile = |text: &String| Pattern::new(text).expect("the catalogue checked it");
    feed.pattern.iter().map(compile).collect()
}

/// What becomes of the lines that an expression matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Row,
    Header,
    Nothing,
}

/// An expression, and which of its groups is which column.
#[derive(Clone, Debug)]
struct Expression {
    pattern: Pattern,
    role: Role,
    network: Option<usize>,
    first: Option<usize>,
    last: Option<usize>,
    count: Option<usize>,
    /// For each of the label's columns its group.
    label: Vec<Option<usize>>,
}

impl Expression {
    fn new(pattern: Pattern, kind: Kind, columns: &[Column]) -> Self {
        let group = |column: Column| {
            pattern.groups.iter().find(|(group, _)| *group == column).map(|(_, idx)| *idx)
        };
        let role = match () {
            () if pattern.has_subject(kind) => Role::Row,
            () if pattern.groups.is_empty() => Role::Nothing,
            () => Role::Header,
        };
        Self {
            role,
            network: group(Column::Network),
            first: group(Column::First),
            last: group(Column::Last),
            count: group(Column::Count),
            label: columns.iter().map(|column| group(*column)).collect(),
            pattern,
        }
    }
}

/// Reads a file by the expressions of the definition.
pub(super) fn read<'r>(file: &File<'_>, rules: &'r Rules<'r>, reading: &mut Reading<'_, 'r>) {
    let kind = rules.feed.kind;
    let expressions: Vec<Expression> = patterns(rules.feed)
        .into_iter()
        .map(|pattern| Expression::new(pattern, kind, &rules.columns))
        .collect();
    let captured: Vec<&[u8]> = rules
        .columns
        .iter()
        .map(|column| file.captured(rules.feed.columns.get(column)).unwrap_or_default().as_bytes())
        .collect();
    let headers = headers(file, &expressions);
    file.in_chunks_at_hand(rules, reading, |cursor, part| {
        let mut lines = Lines::new(&expressions, &captured);
        // The last header that begins before this chunk, if any does.
        let n_before = headers.partition_point(|header| header.start < cursor.at);
        if let Some(header) = n_before.checked_sub(1).and_then(|idx| headers.get(idx)) {
            lines.take_header(trim(&file.bytes[header.clone()]));
        }
        lines.read(cursor, part);
    });
}

/// The last header line of each chunk but the last, where there is one.
///
/// Looked for from the end of the chunk on, so that it costs next to nothing where headers are
/// many, and a second look at the file at the worst.
fn headers(file: &File<'_>, expressions: &[Expression]) -> Vec<Range<usize>> {
    if expressions.iter().all(|expression| expression.role != Role::Header) {
        return Vec::new();
    }
    let chunks = file.chunks(0);
    let last_header = |chunk: &Range<usize>| {
        let expressions = expressions.to_vec();
        let mut end = chunk.end;
        while end > chunk.start {
            // What ends the line itself does not end the one before it.
            let start = memrchr(file.terminator, &file.bytes[chunk.start..end - 1])
                .map_or(chunk.start, |at| chunk.start + at + 1);
            let line = trim(&file.bytes[start..end]);
            let matching = |one: &&Expression| one.pattern.regex.is_match(line);
            if !line.is_empty()
                && line.len() <= MAX_LINE
                && expressions.iter().find(matching).is_some_and(|one| one.role == Role::Header)
            {
                return Some(start..end);
            }
            end = start;
        }
        None
    };
    let before = &chunks[..chunks.len().saturating_sub(1)];
    before.par_iter().filter_map(last_header).collect()
}

/// The lines of one chunk.
struct Lines<'l, 'a> {
    expressions: Vec<(Expression, CaptureLocations)>,
    captured: &'l [&'l [u8]],
    /// For each of the label's columns what the last header said.
    header: Vec<&'a [u8]>,
    cells: Vec<&'a [u8]>,
    joined: Vec<u8>,
}

impl<'l, 'a> Lines<'l, 'a> {
    fn new(expressions: &[Expression], captured: &'l [&'l [u8]]) -> Self {
        // A clone has scratch memory of its own, for which threads need not wait.
        let own = |expression: &Expression| {
            (expression.clone(), expression.pattern.regex.capture_locations())
        };
        Self {
            expressions: expressions.iter().map(own).collect(),
            captured,
            header: vec![b""; captured.len()],
            cells: Vec::new(),
            joined: Vec::new(),
        }
    }

    /// Finds the expression that reads a line, and its groups.
    fn matching(&mut self, line: &[u8]) -> Option<usize> {
        self.expressions.iter_mut().position(|(expression, groups)| match expression.role {
            Role::Nothing => expression.pattern.regex.is_match(line),
            _ => expression.pattern.regex.captures_read(groups, line).is_some(),
        })
    }

    /// The text of a group, without blanks around it; empty if it took no part.
    fn group(&self, idx: usize, group: Option<usize>, line: &'a [u8]) -> &'a [u8] {
        let found = group.and_then(|group| self.expressions[idx].1.get(group));
        found.map_or(b"", |(start, end)| trim(&line[start..end]))
    }

    /// Takes the values of a header line.
    fn take_header(&mut self, line: &'a [u8]) {
        let Some(idx) = self.matching(line) else { return };
        for column_idx in 0..self.header.len() {
            let group = self.expressions[idx].0.label[column_idx];
            self.header[column_idx] = self.group(idx, group, line);
        }
    }

    fn read(&mut self, cursor: &mut Cursor<'a>, part: &mut Part<'_>) {
        while let Some(text) = cursor.next_line() {
            let line = cursor.n_lines;
            if text.is_empty() {
                continue;
            }
            if text.len() > MAX_LINE {
                part.fault(line, TOO_LONG, || Cow::Borrowed(text));
                continue;
            }
            let idx = self.matching(text);
            match idx.map(|idx| (idx, self.expressions[idx].0.role)) {
                Some((idx, Role::Row)) => self.row(idx, line, text, part),
                Some((_, Role::Header)) => self.take_header(text),
                Some((_, Role::Nothing)) => {}
                None if matches!(text, [b'#' | b';', ..] | [b'/', b'/', ..]) => {}
                None => part.fault(line, NO_MATCH, || Cow::Borrowed(text)),
            }
        }
    }

    fn row(&mut self, idx: usize, line: u64, text: &'a [u8], part: &mut Part<'_>) {
        let rules = part.rules;
        self.cells.clear();
        self.joined.clear();
        for column_idx in 0..self.header.len() {
            let group = self.expressions[idx].0.label[column_idx];
            let found = [self.group(idx, group, text), self.header[column_idx]];
            let cell = found.into_iter().find(|cell| !cell.is_empty()).unwrap_or_default();
            self.cells.push(cell);
        }
        for (cell, captured) in self.cells.iter().zip(self.captured) {
            let cell = if cell.is_empty() { captured } else { cell };
            // A line has no more than 64 KiB, but what a member's name says is not of the line.
            self.joined.extend_from_slice(&(cell.len() as u32).to_le_bytes());
            self.joined.extend_from_slice(cell);
        }
        let shown = || Cow::Borrowed(text);
        let (cells, captured) = (&self.cells, self.captured);
        let decode = || {
            let or_captured = |(cell, captured): (&&'a [u8], &&'l [u8])| {
                if cell.is_empty() { captured.to_vec() } else { cell.to_vec() }
            };
            let cells: Vec<Vec<u8>> = cells.iter().zip(captured).map(or_captured).collect();
            rules.label(&cells)
        };
        if rules.is_keyed() {
            let meaning = part.labels.meaning(&self.joined, decode);
            return part.key(line, meaning, shown);
        }
        let expression = &self.expressions[idx].0;
        let group = |group| self.group(idx, group, text);
        let network = group(expression.network);
        let first = group(expression.first);
        if network.is_empty() && first.is_empty() {
            return part.fault(line, NO_SUBJECT, shown);
        }
        let mut entry =
            |read: Result<block::Read, Reason>| match read.and_then(|read| part.admit(read)) {
                Ok(read) => {
                    let meaning = part.labels.meaning(&self.joined, decode);
                    part.entry(line, read, meaning, shown);
                }
                Err(reason) => part.fault(line, reason, shown),
            };
        if !first.is_empty() {
            let last = group(expression.last);
            return entry(match expression.count {
                Some(count) if last.is_empty() => block::counted(first, group(Some(count))),
                _ => block::ends(first, last),
            });
        }
        match network {
            [b'[', inner @ .., b']'] => inner,
            network => network,
        }
        .split(|byte| *byte == b',')
        .for_each(|network| entry(block::cell(trim(network))));
    }
}

#[cfg(test)]
mod tests {
    use crate::feed::fixture::feed;
    use crate::feed::{Column, Feed, Format, Kind};
    use crate::parse::fixture::{check, columns};

    fn matching(kind: Kind, pattern: &[&str]) -> Feed {
        let pattern = pattern.iter().map(|text| (*text).to_owned()).collect();
        Feed { pattern, ..feed(Format::Pattern, kind) }
    }

    #[test]
    fn groups_are_columns() {
        check(
            &matching(Kind::Membership, &[r"^add \S+ (?<network>\S+)", "^create "]),
            "create x hash:net\nadd x 192.0.2.0/24\r\n# comment\nadd x 2001:db8::1 comment \"y\"\nadd x y\n\nflush x\n",
            &[
                "192.0.2.0/24",
                "2001:db8::1/128",
                "f:5: `add x y`: expected an IP address",
                "f:7: `flush x`: no expression of `pattern` matches",
            ],
        );
        check(
            &matching(
                Kind::Membership,
                &[r"\| (?<country>..) \|.*\| (?<first>[0-9.]+) \| (?<last>[0-9.]+)?"],
            ),
            "| DE | x | 192.0.2.1 | 192.0.2.3 |\n| FR | x | 192.0.2.1 | x\n",
            &["192.0.2.1-192.0.2.3 DE", "f:2: `| FR | x | 192.0.2.1 | x`: expected an IP address"],
        );
        check(
            &matching(Kind::Asn, &[r"^AS(?<asn>\d+)\s+(?<name>.*)"]),
            "AS64496  Caf\u{e9} \nAS0 x\n",
            &["key AS64496 Caf\u{e9}", "1 valueless"],
        );
    }

    #[test]
    fn a_list_in_a_group_is_a_row_each() {
        check(
            &matching(
                Kind::Membership,
                &[r"^alert \S+ (?<network>\S+) any", "^IP-CIDR6?,(?<network>[^,]+)"],
            ),
            "alert tcp [192.0.2.1,192.0.2.8/29,x] any -> $HOME_NET\nalert tcp 192.0.2.2,192.0.2.3 any\n\
             IP-CIDR6,2001:db8::/32,REJECT\nIP-CIDR,[2001:db8::1]:80,REJECT\nalert tcp [2001:db8::2] any\n",
            &[
                "192.0.2.1/32",
                "192.0.2.8/29",
                "192.0.2.2/32",
                "192.0.2.3/32",
                "2001:db8::/32",
                "2001:db8::1/128",
                "2001:db8::2/128",
                "f:1: `alert tcp [192.0.2.1,192.0.2.8/29,x] any -> $HOME_NET`: expected an IP address",
            ],
        );
    }

    #[test]
    fn a_header_holds_until_the_next() {
        let mut feed = matching(
            Kind::Assignment,
            &[
                r"^# AS(?<asn>\d+) - (?<name>.+)$",
                r"^(?<network>[0-9a-f:.]+/\d+)$",
                "^# (?<country>..)$",
            ],
        );
        feed.attributes = vec![Column::Asn, Column::Country];
        feed.columns = columns(&[(Column::Provider, &["*1"])]);
        check(
            &feed,
            "192.0.2.0/24\n# AS64496 - A\n192.0.2.1/32\n192.0.2.2/32\n# AS64497 - B\n# a comment\n2001:db8::/32\n# DE\n192.0.2.3/32\n",
            &[
                "192.0.2.1/32 AS64496 de A",
                "192.0.2.2/32 AS64496 de A",
                "192.0.2.3/32 DE de",
                "2001:db8::/32 AS64497 de B",
                "1 valueless",
            ],
        );
    }

    #[test]
    fn hostile_lines_are_faults() {
        let long = "1".repeat(70_000);
        check(
            &matching(Kind::Membership, &["(?<network>.*)"]),
            format!("{long}\n\0\n0.0.0.0/0\n{}\n", ",".repeat(3)),
            &[
                &format!("f:1: `{}`: line longer than 64 KiB", &long[..80]),
                "f:2: `\\0`: expected an IP address",
                "f:3: `0.0.0.0/0`: broader than the feed's min_prefix_v4",
                "f:4: `,,,`: expected an IP address",
                "f:4: `,,,`: expected an IP address",
                "f:4: `,,,`: expected an IP address",
                "f:4: `,,,`: expected an IP address",
            ],
        );
        check(
            &matching(Kind::Membership, &["^x(?<network>.*)"]),
            "x\n",
            &["f:1: `x`: the group that says what the row is about is empty"],
        );
    }
}
