//! `csv` and `tsv`: cells of a row by number or header name.
//!
//! Which cells a row is made of is `records`' business; here they get their meaning.

use std::borrow::Cow;

use memchr::{memchr_iter, memchr2};

use crate::feed::Column;
use crate::parse::address::Reason;
use crate::parse::block::{self, Block, Read};
use crate::parse::file::File;
use crate::parse::layout::{Layout, SHORT, first_of, missing, places};
use crate::parse::lines::{Cursor, MAX_LINE, trim};
use crate::parse::part::Part;
use crate::parse::reading::Reading;
use crate::parse::records::Records;
use crate::parse::row::Rules;

const NO_COLUMN: Reason = "no column of the name that the feed maps";
const NO_NAME: Reason = "mapped, but no column of that name; rows are read without it";

/// Reads a file of rows whose columns the definition maps.
pub(super) fn read<'r>(
    file: &File<'_>,
    rules: &'r Rules<'r>,
    delimiter: u8,
    reading: &mut Reading<'_, 'r>,
) {
    let mut before = Part::new(rules, file.idx);
    let mut names = Vec::new();
    let mut cursor = file.cursor();
    let mut records = Records::new(&cursor, delimiter, true, usize::MAX, usize::MAX);
    if rules.feed.header {
        while !cursor.is_done() && names.is_empty() {
            if records.advance(&mut cursor, &mut before).is_some() {
                names = records.cells().map(|cell| String::from_utf8_lossy(cell).into()).collect();
            }
        }
    }
    before.n_lines = cursor.n_lines;
    let find = |column: Column| places(file, rules, &names, column);
    let Some(layout) = Layout::new(rules, find) else {
        // One fault for the file, not one for each row: the rows may be fine.
        let header = &file.bytes[..cursor.at];
        if !trim(file.bytes).is_empty() {
            before.fault(cursor.n_lines.max(1), NO_COLUMN, || Cow::Borrowed(trim(header)));
        }
        (reading.take)(vec![before.seal()]);
        return;
    };
    let missing = missing(rules, &layout);
    if !names.is_empty() && !missing.is_empty() {
        before.fault(cursor.n_lines, NO_NAME, || Cow::Owned(missing.join(", ").into_bytes()));
    }
    (reading.take)(vec![before.seal()]);
    file.in_chunks(rules, cursor.at, reading, |cursor, part| {
        rows(layout.records(cursor, delimiter), cursor, part, &layout);
    });
}

/// Reads a file whose rows are a network and then the label's columns, in order.
pub(super) fn read_fixed<'r>(file: &File<'_>, rules: &'r Rules<'r>, reading: &mut Reading<'_, 'r>) {
    let layout = Layout::fixed(rules.columns.len() + 1);
    file.in_chunks(rules, 0, reading, |cursor, part| {
        rows(layout.records(cursor, b','), cursor, part, &layout);
    });
}

/// Reads the rows of a chunk.
fn rows<'a>(
    mut records: Records<'a>,
    cursor: &mut Cursor<'a>,
    part: &mut Part<'_>,
    layout: &Layout<'_>,
) {
    let rules = part.rules;
    let mut cells = Vec::new();
    let mut of_row = Vec::new();
    // Whether lines seem to end with the label. Then the label of a row without a quote is known
    // by the rest of its line: what is more there changes which bytes stand for a label, not the
    // label.
    let mut is_rest = false;
    while !cursor.is_done() {
        if is_rest
            && !layout.of_column.is_empty()
            && let Some(row) = Row::plain(cursor, records.delimiter())
            && let Ok(read) = part.admit(row.read)
        {
            let line = cursor.n_lines + 1;
            let decode = || {
                layout.cells(row.rest, records.delimiter(), &mut of_row)?;
                rules.label(&of_row)
            };
            let meaning = part.labels.meaning(row.rest, decode);
            part.entry(line, read, meaning, || Cow::Borrowed(trim(row.text)));
            cursor.at += row.text.len() + 1;
            cursor.n_lines = line;
            continue;
        }
        let Some(line) = records.advance(cursor, part) else {
            continue;
        };
        let read = if rules.is_keyed() {
            None
        } else {
            match layout.block(&records).and_then(|read| part.admit(read)) {
                Ok(read) => Some(read),
                Err(reason) => {
                    part.fault(line, reason, || Cow::Borrowed(trim(records.text())));
                    continue;
                }
            }
        };
        // Cells side by side are one run of bytes, hashed where they lie; any others
        // are laid out one after the other.
        let run = layout.span.and_then(|(first, last)| match records.rest(first) {
            Some(rest) if is_rest => Some(rest),
            Some(rest) if memchr_iter(records.delimiter(), rest).count() == last - first => {
                is_rest = true;
                Some(rest)
            }
            _ => records.run((first, last)),
        });
        if run.is_none() {
            records.split_rest();
            if records.n_cells() < layout.n_needed {
                part.fault(line, SHORT, || Cow::Borrowed(trim(records.text())));
                continue;
            }
            cells.clear();
            // No run of cells has a line end: the two ways to write a label never meet.
            cells.push(cursor.terminator);
            for places in &layout.label {
                let cell = first_of(&records, places);
                // The length before each cell keeps `a,bc` and `ab,c` apart.
                cells.extend_from_slice(&(cell.len() as u32).to_le_bytes());
                cells.extend_from_slice(cell);
            }
        }
        let meaning = part.labels.meaning(run.unwrap_or(&cells), || {
            records.split_rest();
            if records.n_cells() < layout.n_needed {
                return Err(SHORT);
            }
            let cells: Vec<&[u8]> =
                layout.label.iter().map(|places| first_of(&records, places)).collect();
            rules.label(&cells)
        });
        let text = || Cow::Borrowed(trim(records.text()));
        match read {
            Some(read) => part.entry(line, read, meaning, text),
            None => part.key(line, meaning, text),
        }
    }
}

/// A row as most are: an IPv4 address or prefix, then cells without a quote.
struct Row<'a> {
    read: Read,
    /// The cells after the first.
    rest: &'a [u8],
    /// The line, but for its end.
    text: &'a [u8],
}

impl<'a> Row<'a> {
    /// Reads a row without looking for its cells first; anything less plain is `None`.
    #[inline]
    fn plain(cursor: &Cursor<'a>, delimiter: u8) -> Option<Self> {
        let text = cursor.rest();
        let (range, masked, at) = block::plain_v4(text)?;
        if text.get(at) != Some(&delimiter) {
            return None;
        }
        let rest = &text[at + 1..];
        let end = memchr2(cursor.terminator, b'"', rest)?;
        let text = &text[..at + 1 + end];
        if rest[end] == b'"' || text.len() > MAX_LINE {
            return None;
        }
        let read = Read { block: Block::V4(range), len: at, masked };
        Some(Self { read, rest: &rest[..end], text })
    }
}

#[cfg(test)]
mod tests {
    use crate::feed::fixture::feed;
    use crate::feed::{Column, Feed, Format, Kind};
    use crate::parse::fixture::{check, columns};
    use crate::parse::lines::{LONG_CELL, MAX_CELL};
    use crate::parse::{Source, parse};

    fn assigned(mapped: &[(Column, &[&str])], header: bool) -> Feed {
        let mut feed = feed(Format::Csv, Kind::Assignment);
        feed.attributes = vec![Column::Asn, Column::Country];
        feed.columns = columns(mapped);
        feed.header = header;
        feed
    }

    #[test]
    fn columns_are_found_by_number_and_name() {
        let feed = assigned(&[(Column::Asn, &["3"]), (Column::Country, &["2"])], false);
        check(
            &feed,
            "; none\n192.0.2.0/24, DE , 64496\n192.0.2.1,ZZ,0\n192.0.2.2,,\n,DE,1\n192.0.2.9,DE,x\n",
            &[
                "192.0.2.0/24 AS64496 DE",
                "f:5: `,DE,1`: expected an address, found an empty cell",
                "f:6: `192.0.2.9,DE,x`: expected an AS number",
                "2 valueless",
            ],
        );
        let mapped: [(Column, &[&str]); 3] =
            [(Column::Network, &["ip"]), (Column::Country, &["cc", "*1"]), (Column::Asn, &["no"])];
        let feed = assigned(&mapped, true);
        check(
            &feed,
            "# c\ncc,ip\nFR,192.0.2.1\n,192.0.2.2\n",
            &[
                "192.0.2.1/32 FR",
                "192.0.2.2/32 DE",
                "f:2: `no`: mapped, but no column of that name; rows are read without it",
            ],
        );
        check(
            &feed,
            "a,b\nFR,192.0.2.1\n",
            &["f:1: `a,b`: no column of the name that the feed maps"],
        );
        check(&feed, "", &[]);
    }

    #[test]
    fn a_row_too_short_for_a_label_is_a_fault() {
        let short = |text: &str| format!("f:1: `{text}`: row has fewer columns than the feed maps");
        let feed = assigned(&[(Column::Asn, &["2"]), (Column::Country, &["3"])], false);
        check(&feed, "192.0.2.1,64496", &[&*short("192.0.2.1,64496")]);
        check(&feed, "\"192.0.2.1\",64496", &[&*short("\\\"192.0.2.1\\\",64496")]);
        check(&feed, "192.0.2.1,64496,", &["192.0.2.1/32 AS64496"]);
        // Of two places for a column one is enough.
        let feed = assigned(&[(Column::Asn, &["3", "2"])], false);
        check(&feed, "192.0.2.1,64496", &["192.0.2.1/32 AS64496"]);
        check(&feed, "192.0.2.1", &[&*short("192.0.2.1")]);
    }

    #[test]
    fn a_cell_that_is_too_long_is_a_fault() {
        let mut feed = feed(Format::Csv, Kind::Membership);
        feed.columns = columns(&[(Column::Provider, &["*1"])]);
        let capture = ["p".repeat(MAX_CELL + 1)];
        let source = Source { name: "f", captures: &capture, bytes: b"192.0.2.1\n" };
        let parsed = parse(&feed, &[source]);
        assert_eq!(
            parsed.samples.iter().map(|fault| fault.reason.as_ref()).collect::<Vec<_>>(),
            [LONG_CELL]
        );
    }

    #[test]
    fn ranges_come_as_ends_or_counts() {
        let mapped: [(Column, &[&str]); 3] =
            [(Column::First, &["1"]), (Column::Last, &["2"]), (Column::Country, &["3"])];
        check(
            &assigned(&mapped, false),
            "3221225984,3221226239,au\n192.0.2.9,192.0.2.1,AU\n192.0.2.1\n",
            &[
                "192.0.2.0/24 AU",
                "f:2: `192.0.2.9,192.0.2.1,AU`: range ends before it starts",
                "f:3: `192.0.2.1`: row has fewer columns than the feed maps",
            ],
        );
        let mapped: [(Column, &[&str]); 3] =
            [(Column::First, &["1"]), (Column::Count, &["2"]), (Column::Country, &["3"])];
        check(&assigned(&mapped, false), "192.0.2.0,256,AU\n", &["192.0.2.0/24 AU"]);
    }

    #[test]
    fn quotes_follow_rfc_4180() {
        let mut feed = feed(Format::Csv, Kind::Membership);
        feed.columns = columns(&[(Column::Provider, &["2"]), (Column::LastSeen, &["3"])]);
        check(
            &feed,
            "\"192.0.2.1\",\"A, Inc.\",2026-08-22\r\n\
             192.0.2.2,\"A \"\"B\"\"\",x\n\
             192.0.2.3,\"two\nlines\",\n\
             192.0.2.4,in\"side,\n\
             x,\"\",\n\
             192.0.2.5,\"A \"\"last\"\"\",",
            &[
                "192.0.2.1/32 A, Inc. 2026-08-22",
                "192.0.2.2/32 A \"B\"",
                "192.0.2.3/32 two\nlines",
                "192.0.2.4/32 in\"side",
                "192.0.2.5/32 A \"last\"",
                "f:6: `x,\\\"\\\",`: expected an IP address",
            ],
        );
    }

    #[test]
    fn a_quote_left_open_costs_its_own_line() {
        let feed = feed(Format::Csv, Kind::Membership);
        let open = "f:1: `192.0.2.7,\\\"open`: quote not closed within 16 lines and 64 KiB";
        for n_rows in [0, 1, 16, 10_000] {
            let rows = "192.0.2.1,\n".repeat(n_rows);
            let parsed = crate::parse::fixture::shown(&feed, format!("192.0.2.7,\"open\n{rows}"));
            assert_eq!(parsed.len(), n_rows + 1);
            assert_eq!(parsed.last().map(String::as_str), Some(open));
        }
        // Sixteen line ends are inside a record, a seventeenth is not.
        let rows = |n_ends| format!("192.0.2.7,\"{}\"\n192.0.2.1\n", "\n".repeat(n_ends));
        check(&feed, rows(16), &["192.0.2.7/32", "192.0.2.1/32"]);
        let parsed =
            parse(&feed, &[Source { name: "f", captures: &[], bytes: rows(17).as_bytes() }]);
        // The last of the lines that were not swallowed has the other quote.
        assert_eq!((parsed.v4.len(), parsed.tally.faults), (1, 2));
    }

    #[test]
    fn categories_are_ours_or_mapped() {
        let mut feed = feed(Format::Tsv, Kind::Membership);
        feed.category = None;
        feed.columns = columns(&[(Column::Network, &["2"]), (Column::Category, &["1"])]);
        feed.values.insert(Column::Category, [("PUB".into(), "proxy".into())].into());
        check(
            &feed,
            "PUB\t192.0.2.1\nvpn\t192.0.2.2\nVPN\t192.0.2.3\n\t192.0.2.4\n",
            &[
                "192.0.2.1/32 proxy",
                "192.0.2.2/32 vpn",
                "f:3: `VPN\\t192.0.2.3`: no category, and `values` does not map it to one",
                "1 valueless",
            ],
        );
    }

    #[test]
    fn keys_come_from_the_first_column_unless_mapped() {
        let mut feed = feed(Format::Csv, Kind::Asn);
        feed.header = true;
        feed.columns = columns(&[(Column::Name, &["Entity"])]);
        check(&feed, "ASN,Entity\n64496,\"A, DE\"\n,\n", &["key AS64496 A, DE", "1 valueless"]);
    }
}
