//! `csv` and `tsv`: cells of a row by number or header name.
//!
//! Which cells a row is made of is `records`' business; here they get their meaning.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memchr2};

use crate::feed::{Cell, Column};
use crate::parse::address::Reason;
use crate::parse::block::{self, Block, Read};
use crate::parse::file::File;
use crate::parse::lines::{Cursor, MAX_LINE, trim};
use crate::parse::part::Part;
use crate::parse::reading::Reading;
use crate::parse::records::Records;
use crate::parse::row::{Rules, key_column};

const NO_COLUMN: Reason = "no column of the name that the feed maps";
const NO_NAME: Reason = "mapped, but no column of that name; rows are read without it";
const SHORT: Reason = "row has fewer columns than the feed maps";
const EMPTY: Reason = "expected an address, found an empty cell";

/// Where the columns of the rows of one file are.
#[derive(Debug)]
struct Layout<'a> {
    block: BlockCells,
    /// For each of the label's columns where it may be; the first that is not empty counts.
    label: Vec<Vec<Place<'a>>>,
    /// First and last of the label's columns, if they are side by side and nothing else.
    span: Option<(usize, usize)>,
    /// By column the places it has in a label, if rows begin with the block and the label's
    /// columns are those after it; else nothing.
    of_column: Vec<Vec<usize>>,
    /// No column from this one on is read.
    n_columns: usize,
    /// A row with fewer cells has no place for one of the label's columns.
    n_needed: usize,
}

#[derive(Debug)]
enum BlockCells {
    Network(Vec<usize>),
    Ends(Vec<usize>, Vec<usize>),
    Counted(Vec<usize>, Vec<usize>),
    /// Rows are about AS numbers or countries.
    None,
}

impl BlockCells {
    /// Every column it may be in.
    fn columns(&self) -> impl Iterator<Item = usize> {
        let (first, second): (&[usize], &[usize]) = match self {
            Self::Network(network) => (network, &[]),
            Self::Ends(first, second) | Self::Counted(first, second) => (first, second),
            Self::None => (&[], &[]),
        };
        first.iter().chain(second).copied()
    }
}

#[derive(Clone, Copy, Debug)]
enum Place<'a> {
    Column(usize),
    Captured(&'a str),
}

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
    let n_columns = rules.columns.len() + 1;
    let label: Vec<Vec<Place<'_>>> =
        (1..n_columns).map(|column_idx| vec![Place::Column(column_idx)]).collect();
    let span = span(&label);
    // RFC 8805 §2.1.1: fields that are empty at the end are left out more often than not.
    let n_needed = 1;
    let block = BlockCells::Network(vec![0]);
    let of_column = of_column(&block, &label, span);
    let layout = Layout { block, label, span, of_column, n_columns, n_needed };
    file.in_chunks(rules, 0, reading, |cursor, part| {
        rows(layout.records(cursor, b','), cursor, part, &layout);
    });
}

/// Where a column of the definition is in this file.
fn places<'a>(
    file: &File<'a>,
    rules: &Rules<'_>,
    names: &[String],
    column: Column,
) -> Vec<Place<'a>> {
    let columns = &rules.feed.columns;
    let Some(cells) = columns.get(&column) else {
        let needed = key_column(rules.feed.kind).unwrap_or(Column::Network);
        let is_default = column == needed && !columns.contains_key(&Column::First);
        return if is_default { vec![Place::Column(0)] } else { Vec::new() };
    };
    let place = |cell: &Cell| match cell {
        Cell::Index(column_idx) => Some(Place::Column(*column_idx)),
        Cell::Name(name) => names.iter().position(|other| other == name).map(Place::Column),
        Cell::Member(star_idx) => file.captures.get(*star_idx).map(|text| Place::Captured(text)),
    };
    cells.iter().filter_map(place).collect()
}

/// The names of columns of which none is in the header.
fn missing<'f>(rules: &Rules<'f>, layout: &Layout<'_>) -> Vec<&'f str> {
    let mut missing = Vec::new();
    for (column, places) in rules.columns.iter().zip(&layout.label) {
        if places.is_empty() {
            let cells = rules.feed.columns.get(column).into_iter().flatten();
            missing.extend(cells.filter_map(|cell| match cell {
                Cell::Name(name) => Some(name.as_str()),
                Cell::Index(_) | Cell::Member(_) => None,
            }));
        }
    }
    missing
}

impl<'a> Layout<'a> {
    /// Returns `None` if the column that every row needs is nowhere.
    fn new(rules: &Rules<'_>, find: impl Fn(Column) -> Vec<Place<'a>>) -> Option<Self> {
        let label: Vec<Vec<Place<'a>>> = rules.columns.iter().map(|column| find(*column)).collect();
        let numbers = |column: Column| -> Option<Vec<usize>> {
            let numbers: Vec<usize> = find(column).iter().filter_map(Place::column).collect();
            (!numbers.is_empty()).then_some(numbers)
        };
        let mapped = |column| rules.feed.columns.contains_key(&column);
        let block = if rules.is_keyed() {
            if label.first()?.is_empty() {
                return None;
            }
            BlockCells::None
        } else if mapped(Column::First) && mapped(Column::Last) {
            BlockCells::Ends(numbers(Column::First)?, numbers(Column::Last)?)
        } else if mapped(Column::First) && mapped(Column::Count) {
            BlockCells::Counted(numbers(Column::First)?, numbers(Column::Count)?)
        } else if mapped(Column::First) {
            BlockCells::Network(numbers(Column::First)?)
        } else {
            BlockCells::Network(numbers(Column::Network)?)
        };
        let of_label = label.iter().flatten().filter_map(Place::column);
        let largest = block.columns().chain(of_label).max();
        let n_columns = largest.map_or(0, |largest| largest.saturating_add(1));
        // Of several places one is enough.
        let nearest = |places: &Vec<Place<'_>>| {
            let needed = |place| Place::column(place).map_or(0, |idx| idx.saturating_add(1));
            places.iter().map(needed).min().unwrap_or(0)
        };
        let n_needed = label.iter().map(nearest).max().unwrap_or(0);
        let span = span(&label);
        let of_column = of_column(&block, &label, span);
        Some(Self { block, label, span, of_column, n_columns, n_needed })
    }

    /// The records of a chunk: split at once as far as the block goes.
    fn records<'c>(&self, cursor: &Cursor<'c>, delimiter: u8) -> Records<'c> {
        let of_block = self.block.columns().max().map_or(0, |last| last.saturating_add(1));
        let has_quotes = memchr(b'"', &cursor.bytes[cursor.at..cursor.end]).is_some();
        Records::new(cursor, delimiter, has_quotes, self.n_columns, of_block)
    }

    /// Finds the cells of a label, in order, among those of a plain row after its first.
    fn cells<'c>(
        &self,
        rest: &'c [u8],
        delimiter: u8,
        cells: &mut Vec<&'c [u8]>,
    ) -> Result<(), Reason> {
        cells.clear();
        cells.resize(self.label.len(), b"");
        let mut start = 0;
        let mut n_cells = 1;
        for end in memchr_iter(delimiter, rest).chain([rest.len()]).take(self.n_columns - 1) {
            // There is one place for each: they are side by side.
            for label_idx in &self.of_column[n_cells] {
                cells[*label_idx] = trim(&rest[start..end]);
            }
            start = end + 1;
            n_cells += 1;
        }
        if n_cells < self.n_needed { Err(SHORT) } else { Ok(()) }
    }

    /// Reads the block of a row.
    fn block(&self, records: &Records<'_>) -> Result<Read, Reason> {
        match &self.block {
            BlockCells::Network(network) => block::cell(needed(records, network)?),
            BlockCells::Ends(first, last) => {
                block::ends(needed(records, first)?, needed(records, last)?)
            }
            BlockCells::Counted(first, count) => {
                block::counted(needed(records, first)?, needed(records, count)?)
            }
            BlockCells::None => Err(EMPTY),
        }
    }
}

/// Returns the first and last column of a label whose cells have one place each, side by side.
fn span(label: &[Vec<Place<'_>>]) -> Option<(usize, usize)> {
    let mut columns = Vec::new();
    for places in label {
        match places[..] {
            [Place::Column(column_idx)] => columns.push(column_idx),
            _ => return None,
        }
    }
    columns.sort_unstable();
    let side_by_side = columns.windows(2).all(|pair| pair[1] - pair[0] <= 1);
    Some((*columns.first()?, *columns.last()?)).filter(|_| side_by_side)
}

/// See [`Layout::of_column`].
fn of_column(
    block: &BlockCells,
    label: &[Vec<Place<'_>>],
    span: Option<(usize, usize)>,
) -> Vec<Vec<usize>> {
    let is_first = matches!(block, BlockCells::Network(columns) if columns[..] == [0]);
    let Some((1, last)) = span.filter(|_| is_first) else { return Vec::new() };
    let is_at = |column_idx: usize, places: &[Place<'_>]| {
        places.iter().any(|place| place.column() == Some(column_idx))
    };
    let places_of = |column_idx| -> Vec<usize> {
        let label = label.iter().enumerate();
        label.filter(|(_, places)| is_at(column_idx, places)).map(|(idx, _)| idx).collect()
    };
    (0..=last).map(places_of).collect()
}

impl Place<'_> {
    fn column(&self) -> Option<usize> {
        match self {
            Self::Column(column_idx) => Some(*column_idx),
            Self::Captured(_) => None,
        }
    }
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

/// The first cell that is not empty.
#[inline]
fn first_of<'s>(records: &'s Records<'_>, places: &[Place<'s>]) -> &'s [u8] {
    let cell = |place: &Place<'s>| match place {
        Place::Column(column_idx) => records.cell(*column_idx).unwrap_or_default(),
        Place::Captured(text) => text.as_bytes(),
    };
    places.iter().map(cell).find(|cell| !cell.is_empty()).unwrap_or_default()
}

/// The first cell that is not empty, which the row must have.
#[inline]
fn needed<'s>(records: &'s Records<'_>, columns: &[usize]) -> Result<&'s [u8], Reason> {
    let mut reason = SHORT;
    for column_idx in columns {
        match records.cell(*column_idx) {
            Some([]) => reason = EMPTY,
            Some(cell) => return Ok(cell),
            None => {}
        }
    }
    Err(reason)
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
