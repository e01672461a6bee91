//! `rpsl`: objects of a routing registry (RFC 2622 §2), and what is written like them.
//!
//! ```text
//! % a comment
//! route:   192.0.2.0/24      # the end of a line can be one too
//! origin:  AS64496
//!                            <- a blank line ends an object
//! net:     198.51.100.0/24   location databases write flags in the same way
//! is-anycast: yes
//! ```
//!
//! Every object is a row. A column is the name of an attribute, in any case; of an attribute
//! that repeats the first is taken. A line that begins with a blank, a TAB or `+` goes on with
//! the value before it. An object without the attribute a row is about claims nothing, and so
//! does one without a category where a column says it: `category = "is-anycast"` with
//! `values = { category = { yes = "anycast" } }` is the feed of one flag.

use std::borrow::Cow;

use crate::feed::{Cell, Column};
use crate::parse::address::Reason;
use crate::parse::block;
use crate::parse::file::File;
use crate::parse::lines::{Cursor, LONG_CELL, MAX_CELL, MAX_LINE, TOO_LONG, trim};
use crate::parse::part::Part;
use crate::parse::row::{Rules, key_column};

const NO_ATTRIBUTE: Reason = "expected an attribute and its value, `name: value`";

/// Which values of an object are read, and where they go.
#[derive(Debug)]
struct Layout<'a> {
    /// Attribute, the slot it fills, and its place among those that may fill it.
    attributes: Vec<(&'a [u8], usize, usize)>,
    /// What the member's name says for each of the label's columns.
    captured: Vec<&'a [u8]>,
    /// Slots before the label's: network, first, last, count.
    n_slots: usize,
}

const NETWORK: usize = 0;
const FIRST: usize = 1;
const LAST: usize = 2;
const COUNT: usize = 3;
const LABEL: usize = 4;

impl<'a> Layout<'a> {
    fn new(file: &File<'a>, rules: &'a Rules<'_>) -> Self {
        let columns = &rules.feed.columns;
        let of_block = [Column::Network, Column::First, Column::Last, Column::Count];
        let slots = of_block.into_iter().chain(rules.columns.iter().copied());
        let attributes = slots.enumerate().flat_map(|(slot, column)| {
            let cells = columns.get(&column).into_iter().flatten().enumerate();
            cells.filter_map(move |(rank, cell)| match cell {
                Cell::Name(name) => Some((name.as_bytes(), slot, rank)),
                Cell::Index(_) | Cell::Member(_) => None,
            })
        });
        let captured = |column| file.captured(columns.get(column)).unwrap_or_default().as_bytes();
        Self {
            attributes: attributes.collect(),
            captured: rules.columns.iter().map(captured).collect(),
            n_slots: LABEL + rules.columns.len(),
        }
    }
}

/// Reads objects.
pub(super) fn read<'r>(file: &File<'_>, rules: &'r Rules<'r>) -> Vec<Part<'r>> {
    let layout = Layout::new(file, rules);
    file.in_paragraphs(rules, |cursor, part| Objects::new(&layout).read(cursor, part))
}

/// The objects of a chunk, one at a time.
struct Objects<'l, 'a> {
    layout: &'l Layout<'l>,
    /// The first line of the object, `None` before there is one.
    start: Option<(u64, &'a [u8])>,
    fault: Option<Reason>,
    /// By slot: the place of the attribute that filled it, and its value.
    slots: Vec<(usize, Cow<'a, [u8]>)>,
    /// The slots that a line which goes on goes on with.
    open: Vec<usize>,
    joined: Vec<u8>,
}

const UNFILLED: usize = usize::MAX;

impl<'l, 'a> Objects<'l, 'a> {
    fn new(layout: &'l Layout<'l>) -> Self {
        Self {
            layout,
            start: None,
            fault: None,
            slots: vec![(UNFILLED, Cow::Borrowed(b"")); layout.n_slots],
            open: Vec::new(),
            joined: Vec::new(),
        }
    }

    fn read(mut self, cursor: &mut Cursor<'a>, part: &mut Part<'_>) {
        while let Some(text) = cursor.whole_line() {
            let line = text.strip_suffix(b"\r").unwrap_or(text);
            match line {
                [b'%' | b'#', ..] => {}
                _ if trim(line).is_empty() => self.finish(part),
                _ => {
                    self.start.get_or_insert((cursor.n_lines, line));
                    self.line(line);
                }
            }
        }
        self.finish(part);
    }

    /// Takes a line of the object.
    fn line(&mut self, line: &'a [u8]) {
        if line.len() > MAX_LINE {
            self.fault.get_or_insert(TOO_LONG);
            return;
        }
        if let [b' ' | b'\t' | b'+', more @ ..] = line {
            let more = without_comment(more);
            for slot in &self.open {
                let value = &mut self.slots[*slot].1;
                if value.len() + more.len() > MAX_CELL {
                    self.fault.get_or_insert(LONG_CELL);
                } else if !more.is_empty() {
                    let value = value.to_mut();
                    value.push(b' ');
                    value.extend_from_slice(more);
                }
            }
            return;
        }
        self.open.clear();
        let Some(colon) = memchr::memchr(b':', line) else {
            self.fault.get_or_insert(NO_ATTRIBUTE);
            return;
        };
        let name = trim(&line[..colon]);
        for &(attribute, slot, rank) in &self.layout.attributes {
            if attribute.eq_ignore_ascii_case(name) && rank < self.slots[slot].0 {
                let value = without_comment(&line[colon + 1..]);
                if !value.is_empty() {
                    self.slots[slot] = (rank, Cow::Borrowed(value));
                    self.open.push(slot);
                }
            }
        }
    }

    /// The object is whole: it becomes a row.
    fn finish(&mut self, part: &mut Part<'_>) {
        let Some((line, text)) = self.start.take() else { return };
        let shown = || Cow::Borrowed(text);
        match self.fault.take() {
            Some(reason) => part.fault(line, reason, shown),
            None => self.row(line, text, part),
        }
        self.open.clear();
        self.slots.fill((UNFILLED, Cow::Borrowed(b"")));
    }

    fn row(&mut self, line: u64, text: &'a [u8], part: &mut Part<'_>) {
        let rules = part.rules;
        let shown = || Cow::Borrowed(text);
        let (subject, label) = self.slots.split_at(LABEL);
        let cells = || {
            label
                .iter()
                .zip(&self.layout.captured)
                .map(|((_, cell), captured)| if cell.is_empty() { *captured } else { &**cell })
        };
        self.joined.clear();
        for cell in cells() {
            self.joined.extend_from_slice(&(cell.len() as u32).to_le_bytes());
            self.joined.extend_from_slice(cell);
        }
        let decode = || rules.label(&cells().collect::<Vec<_>>());
        if key_column(rules.feed.kind).is_some() {
            // The key is the first of the label's columns.
            if label[0].1.is_empty() {
                return part.valueless();
            }
            let meaning = part.labels.meaning(&self.joined, decode);
            return part.key(line, meaning, shown);
        }
        let [network, first, last, count] =
            [NETWORK, FIRST, LAST, COUNT].map(|slot| &*subject[slot].1);
        let read = match (network, first) {
            ([], []) => return part.valueless(),
            ([], first) if last.is_empty() => block::counted(first, count),
            ([], first) => block::ends(first, last),
            (network, _) => block::cell(network),
        };
        match read.and_then(|read| part.admit(read)) {
            Ok(read) => {
                let meaning = part.labels.meaning(&self.joined, decode);
                part.entry(line, read, meaning, shown);
            }
            Err(reason) => part.fault(line, reason, shown),
        }
    }
}

/// Cuts off a comment: `#` after a blank, so that `C#` stays a name.
fn without_comment(value: &[u8]) -> &[u8] {
    let mut hashes = memchr::memchr_iter(b'#', value);
    let is_comment = |at: &usize| *at == 0 || matches!(value[at - 1], b' ' | b'\t');
    trim(&value[..hashes.find(is_comment).unwrap_or(value.len())])
}

#[cfg(test)]
mod tests {
    use crate::feed::fixture::feed;
    use crate::feed::{Column, Feed, Format, Kind};
    use crate::parse::fixture::{check, columns};

    fn reading(kind: Kind, mapped: &[(Column, &[&str])]) -> Feed {
        Feed { columns: columns(mapped), ..feed(Format::Rpsl, kind) }
    }

    const OBJECTS: &str = "% a registry\n% its terms\n\n\
        inetnum:        192.0.2.0 - 192.0.2.99\nnetname:        EXAMPLE\n\
        descr:          Example\n\x20               Networks # both lines\n+ of Springfield\n\
        country:        DE # a comment\ncountry:        FR\n\n\
        ROUTE6: 2001:db8::/32\r\nOrigin: AS64496\r\n\r\n\
        # apart\naut-num: AS64496\nas-name: EXAMPLE-AS\n\n\
        person: Nobody\n\n\
        route: 192.0.2.0/33\norigin: AS64496\n\n\n\
        prose\nroute: 192.0.2.0/24\n\n\
        route: 192.0.2.128/25\norigin: AS64497";

    #[test]
    fn attributes_are_columns() {
        let mut feed = reading(
            Kind::Assignment,
            &[
                (Column::Network, &["inetnum", "route", "route6"]),
                (Column::Asn, &["origin"]),
                (Column::Country, &["country"]),
                (Column::Name, &["descr", "netname"]),
            ],
        );
        check(
            &feed,
            OBJECTS,
            &[
                "192.0.2.0-192.0.2.99 DE Example Networks of Springfield",
                "192.0.2.128/25 AS64497",
                "2001:db8::/32 AS64496",
                "f:21: `route: 192.0.2.0/33`: prefix length above 32",
                "f:25: `prose`: expected an attribute and its value, `name: value`",
                "2 valueless",
            ],
        );
        feed.kind = Kind::Asn;
        feed.attributes = vec![Column::Name];
        feed.columns = columns(&[(Column::Asn, &["aut-num"]), (Column::Name, &["as-name"])]);
        check(
            &feed,
            "aut-num: AS64496\nas-name: EXAMPLE-AS\n\nroute: 192.0.2.0/24\naut-num: AS64497\n",
            &["key AS64496 EXAMPLE-AS", "1 valueless"],
        );
    }

    #[test]
    fn a_flag_is_a_category() {
        let mut feed = reading(
            Kind::Membership,
            &[(Column::Network, &["net"]), (Column::Category, &["is-anycast"])],
        );
        feed.category = None;
        let yes = [("yes".to_owned(), "anycast".to_owned())];
        feed.values = [(Column::Category, yes.into())].into();
        check(
            &feed,
            "net: 192.0.2.0/24\nis-anycast:  yes\n\nnet: 198.51.100.0/24\n\nnet: 203.0.113.0/24\ndrop: yes\n",
            &["192.0.2.0/24 anycast", "2 valueless"],
        );
    }

    #[test]
    fn ends_may_be_attributes_of_their_own() {
        let feed = reading(
            Kind::Membership,
            &[(Column::First, &["StartAddress"]), (Column::Last, &["EndAddress"])],
        );
        check(&feed, "StartAddress: 192.0.2.0\nEndAddress: 192.0.2.7\n", &["192.0.2.0/29"]);
    }
}
