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
//!
//! Column `abuse_contact` is special: its attributes hold a mailbox or the handle of another
//! object (see `contact`). What handles refer to are the objects that are no rows, known by
//! their `nic-hdl`, or else by their first attribute: `organisation`, `irt`, `mntner`. They can
//! be in any file of the snapshot, so a feed with that column is read twice, first for them.

use std::borrow::Cow;

use rayon::prelude::*;

use crate::feed::{Cell, Column};
use crate::parse::address::Reason;
use crate::parse::block;
use crate::parse::contact::{Contacts, Said};
use crate::parse::file::File;
use crate::parse::lines::{Cursor, LONG_CELL, MAX_CELL, MAX_LINE, TOO_LONG, trim};
use crate::parse::part::Part;
use crate::parse::reading::Reading;
use crate::parse::row::{Rules, key_column};

const NO_ATTRIBUTE: Reason = "expected an attribute and its value, `name: value`";

/// Which values of an object are read, and where they go.
#[derive(Debug)]
struct Layout<'a> {
    /// Attribute, the slot it fills, and its place among those that may fill it.
    attributes: Vec<(&'a [u8], usize, usize)>,
    /// What the member's name says for each of the label's columns.
    captured: Vec<&'a [u8]>,
    /// The label's column that handles lead to, if it is asked for.
    contact: Option<usize>,
    /// All slots: network, first, last, count; the label's; of each attribute that may lead
    /// to a contact one of its own; and the handle.
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
        let mut attributes = Vec::new();
        let mut n_slots = LABEL + rules.columns.len();
        for (slot, column) in slots.enumerate() {
            for (rank, name) in names(columns.get(&column)).enumerate() {
                if column == Column::AbuseContact {
                    // The first may lead nowhere: all are kept.
                    attributes.push((name, n_slots, 0));
                    n_slots += 1;
                } else {
                    attributes.push((name, slot, rank));
                }
            }
        }
        let contact = contact_column(rules);
        if contact.is_some() {
            attributes.push((b"nic-hdl", n_slots, 0));
            n_slots += 1;
        }
        let captured = |column| file.captured(columns.get(column)).unwrap_or_default().as_bytes();
        let captured = rules.columns.iter().map(captured).collect();
        Self { attributes, captured, contact, n_slots }
    }
}

/// The attributes that a column is read from.
fn names(cells: Option<&Vec<Cell>>) -> impl Iterator<Item = &[u8]> {
    cells.into_iter().flatten().filter_map(|cell| match cell {
        Cell::Name(name) => Some(name.as_bytes()),
        Cell::Index(_) | Cell::Member(_) => None,
    })
}

/// The label's column that is read from attributes that may hold handles.
fn contact_column(rules: &Rules<'_>) -> Option<usize> {
    names(rules.feed.columns.get(&Column::AbuseContact)).next()?;
    rules.columns.iter().position(|column| *column == Column::AbuseContact)
}

/// Reads what the objects of all files say of contacts, if the feed asks.
pub(super) fn contacts<'a>(files: &[File<'a>], rules: &Rules<'_>) -> Contacts<'a> {
    if contact_column(rules).is_none() {
        return Contacts::default();
    }
    let said = files.par_iter().flat_map(|file| {
        file.paragraphs().into_par_iter().flat_map_iter(|chunk| {
            let layout = Layout::new(file, rules);
            let mut cursor = Cursor::new(file.bytes, chunk, file.terminator);
            let mut said = Vec::new();
            Objects::new(&layout)
                .read(&mut cursor, |object, _, text| object.say(text, rules, &mut said));
            said
        })
    });
    Contacts::new(said.collect())
}

/// Reads objects.
pub(super) fn read<'r>(
    file: &File<'_>,
    rules: &'r Rules<'r>,
    contacts: &Contacts<'_>,
    reading: &mut Reading<'_, 'r>,
) {
    let layout = Layout::new(file, rules);
    file.in_paragraphs(rules, reading, |cursor, part| {
        Objects::new(&layout).read(cursor, |object, line, text| match object.fault {
            Some(reason) => part.fault(line, reason, || Cow::Borrowed(text)),
            None => object.row(line, text, contacts, part),
        });
    });
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

    /// Hands over each object when it is whole, with the number and text of its first line.
    fn read(mut self, cursor: &mut Cursor<'a>, mut take: impl FnMut(&mut Self, u64, &'a [u8])) {
        while let Some(text) = cursor.whole_line() {
            let line = text.strip_suffix(b"\r").unwrap_or(text);
            match line {
                [b'%' | b'#', ..] => {}
                _ if trim(line).is_empty() => self.finish(&mut take),
                _ => {
                    self.start.get_or_insert((cursor.n_lines, line));
                    self.line(line);
                }
            }
        }
        self.finish(&mut take);
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

    /// The object is whole.
    fn finish(&mut self, take: &mut impl FnMut(&mut Self, u64, &'a [u8])) {
        let Some((line, text)) = self.start.take() else { return };
        take(self, line, text);
        self.fault = None;
        self.open.clear();
        self.slots.fill((UNFILLED, Cow::Borrowed(b"")));
    }

    /// What an object that is no row says of its contact, for those that refer to it.
    fn say(&mut self, text: &'a [u8], rules: &Rules<'_>, said: &mut Vec<Said<'a>>) {
        let is_filled = |slot: usize| !self.slots[slot].1.is_empty();
        let is_row = match key_column(rules.feed.kind) {
            // The key is the first of the label's columns.
            Some(_) => is_filled(LABEL),
            None => is_filled(NETWORK) || is_filled(FIRST),
        };
        if is_row || self.fault.is_some() {
            return;
        }
        // A value that goes on in the next line has a blank in it: no mailbox, no handle.
        let borrowed = |(_, value): &(usize, Cow<'a, [u8]>)| match value {
            Cow::Borrowed(value) if !value.is_empty() => Some(*value),
            _ => None,
        };
        let [values @ .., handle] = &self.slots[LABEL + rules.columns.len()..] else { return };
        let first = || memchr::memchr(b':', text).map(|colon| without_comment(&text[colon + 1..]));
        let Some(handle) = borrowed(handle).or_else(first) else { return };
        said.extend(values.iter().enumerate().filter_map(|(rank, value)| {
            let value = borrowed(value)?;
            Some(Said { handle, rank, value })
        }));
    }

    /// The object becomes a row.
    fn row(&mut self, line: u64, text: &'a [u8], contacts: &Contacts<'_>, part: &mut Part<'_>) {
        let rules = part.rules;
        let shown = || Cow::Borrowed(text);
        let (subject, label) = self.slots.split_at(LABEL);
        let (label, leads) = label.split_at(rules.columns.len());
        let leads = leads.split_last().map_or(&[][..], |(_handle, leads)| leads);
        let cells = || {
            label
                .iter()
                .zip(&self.layout.captured)
                .map(|((_, cell), captured)| if cell.is_empty() { *captured } else { &**cell })
        };
        self.joined.clear();
        for cell in cells().chain(leads.iter().map(|(_, lead)| &**lead)) {
            self.joined.extend_from_slice(&(cell.len() as u32).to_le_bytes());
            self.joined.extend_from_slice(cell);
        }
        let decode = || {
            let mut cells: Vec<&[u8]> = cells().collect();
            if let Some(column_idx) = self.layout.contact
                && let Some(contact) = contacts.first(leads.iter().map(|(_, lead)| &**lead))
            {
                cells[column_idx] = contact.as_bytes();
            }
            rules.label(&cells)
        };
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
    use crate::parse::Source;
    use crate::parse::file::Sizes;
    use crate::parse::fixture::{check, columns};
    use crate::parse::format::parse_cut;

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

    /// Rows before what they refer to: by other spellings, to nothing, in a circle.
    const CONTACTS: &str = "inetnum: 192.0.2.0 - 192.0.2.63\norg: org-ex1-test\n\n\
        inetnum: 192.0.2.64 - 192.0.2.127\norg: ORG-EX1-TEST\nabuse-c: EX2-TEST # another\n\n\
        inetnum: 192.0.2.128 - 192.0.2.191\nmnt-irt: IRT-EX-TEST\nabuse-c: GONE-TEST\n\n\
        inetnum: 192.0.2.192 - 192.0.2.223\nabuse-c: GONE-TEST\n\n\
        inetnum: 192.0.2.224 - 192.0.2.239\norg: ORG-EX2-TEST\n\n\
        inetnum: 192.0.2.240 - 192.0.2.247\nabuse-mailbox: a@example.net b@example.net\n\
        mnt-irt: IRT-EX-TEST\n\n\
        inet6num: 2001:db8::/32\nabuse-mailbox: v6@example.net\norg: ORG-EX1-TEST\n\n";
    const REFERRED: &str = "organisation: ORG-EX1-TEST\nabuse-c: EX1-TEST\n\n\
        role: Desk\nabuse-mailbox: one@example.net\nnic-hdl: EX1-TEST\n\n\
        role: Desk\nnic-hdl: EX2-TEST\nabuse-mailbox: two@example.net\n\n\
        irt: IRT-EX-TEST\ne-mail: ***@example.net\nabuse-mailbox: irt@example.net\n\n\
        organisation: ORG-EX2-TEST\norg: ORG-EX2-TEST\n\n\
        prose\nrole: Desk\nnic-hdl: GONE-TEST\nabuse-mailbox: gone@example.net\n\n";

    fn with_contacts() -> Feed {
        let mut feed = reading(
            Kind::Assignment,
            &[
                (Column::Network, &["inetnum", "inet6num"]),
                (Column::AbuseContact, &["abuse-mailbox", "abuse-c", "org", "mnt-irt"]),
            ],
        );
        feed.attributes = vec![Column::AbuseContact];
        feed
    }

    #[test]
    fn a_handle_leads_to_a_contact() {
        check(
            &with_contacts(),
            [CONTACTS, REFERRED].concat(),
            &[
                "192.0.2.0/26 one@example.net",
                "192.0.2.64/26 two@example.net",
                "192.0.2.128/26 irt@example.net",
                "192.0.2.240/29 irt@example.net",
                "2001:db8::/32 v6@example.net",
                "f:44: `prose`: expected an attribute and its value, `name: value`",
                "7 valueless",
            ],
        );
        let mut feed = with_contacts();
        feed.kind = Kind::Asn;
        feed.columns.extend(columns(&[(Column::Asn, &["aut-num"])]));
        check(
            &feed,
            "role: Desk\nnic-hdl: EX1-TEST\nabuse-mailbox: one@example.net\n\n\
             aut-num: AS64496\nabuse-c: EX1-TEST\n\naut-num: AS64497\nabuse-c: EX2-TEST\n",
            &["key AS64496 one@example.net", "2 valueless"],
        );
    }

    #[test]
    fn what_is_referred_to_may_be_anywhere_in_the_snapshot() {
        let feed = with_contacts();
        let source =
            |bytes: &'static str| Source { name: "f", captures: &[], bytes: bytes.as_bytes() };
        let said = |sources: &[Source<'_>], chunk_bytes: usize| {
            let parsed = parse_cut(&feed, sources, Sizes { chunk_bytes, n_chunks: 3 });
            let runs = parsed.v4.iter().map(|run| (run.first, run.value));
            let contact = |number: u32| parsed.labels[number as usize].abuse_contact.clone();
            runs.map(|(first, label)| (first, contact(label))).collect::<Vec<_>>()
        };
        let expected = said(&[source(CONTACTS), source(REFERRED)], usize::MAX);
        assert_eq!(expected.len(), 4);
        for chunk_bytes in [1, 30, 100, 300] {
            assert_eq!(said(&[source(REFERRED), source(CONTACTS)], chunk_bytes), expected);
            assert_eq!(said(&[source(CONTACTS), source(REFERRED)], chunk_bytes), expected);
        }
        assert_eq!(said(&[source(CONTACTS)], usize::MAX), []);
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
