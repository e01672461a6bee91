//! Where the columns that a definition maps are in the rows of a file of `csv` or `tsv`.

use memchr::{memchr, memchr_iter};

use crate::feed::{Cell, Column};
use crate::parse::address::Reason;
use crate::parse::block::{self, Read};
use crate::parse::file::File;
use crate::parse::lines::{Cursor, trim};
use crate::parse::records::Records;
use crate::parse::row::{Rules, key_column};

/// A row without a cell that it must have.
pub(super) const SHORT: Reason = "row has fewer columns than the feed maps";
const EMPTY: Reason = "expected an address, found an empty cell";

/// Where the columns of the rows of one file are.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    block: BlockCells,
    /// For each of the label's columns where it may be; the first that is not empty counts.
    pub(super) label: Vec<Vec<Place<'a>>>,
    /// First and last of the label's columns, if they are side by side and nothing else.
    pub(super) span: Option<(usize, usize)>,
    /// By column the places it has in a label, if rows begin with the block and the label's
    /// columns are those after it; else nothing.
    pub(super) of_column: Vec<Vec<usize>>,
    /// No column from this one on is read.
    n_columns: usize,
    /// A row with fewer cells has no place for one of the label's columns.
    pub(super) n_needed: usize,
}

#[derive(Debug)]
pub(super) enum BlockCells {
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
pub(super) enum Place<'a> {
    Column(usize),
    Captured(&'a str),
}

/// Where a column of the definition is in this file.
pub(super) fn places<'a>(
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
pub(super) fn missing<'f>(rules: &Rules<'f>, layout: &Layout<'_>) -> Vec<&'f str> {
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
    pub(super) fn new(rules: &Rules<'_>, find: impl Fn(Column) -> Vec<Place<'a>>) -> Option<Self> {
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

    /// A network, then the label's columns in order.
    pub(super) fn fixed(n_columns: usize) -> Self {
        let label: Vec<Vec<Place<'_>>> =
            (1..n_columns).map(|column_idx| vec![Place::Column(column_idx)]).collect();
        let span = span(&label);
        // RFC 8805 §2.1.1: fields that are empty at the end are left out more often than not.
        let n_needed = 1;
        let block = BlockCells::Network(vec![0]);
        let of_column = of_column(&block, &label, span);
        Self { block, label, span, of_column, n_columns, n_needed }
    }

    /// The records of a chunk: split at once as far as the block goes.
    pub(super) fn records<'c>(&self, cursor: &Cursor<'c>, delimiter: u8) -> Records<'c> {
        let of_block = self.block.columns().max().map_or(0, |last| last.saturating_add(1));
        let has_quotes = memchr(b'"', &cursor.bytes[cursor.at..cursor.end]).is_some();
        Records::new(cursor, delimiter, has_quotes, self.n_columns, of_block)
    }

    /// Finds the cells of a label, in order, among those of a plain row after its first.
    pub(super) fn cells<'c>(
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
    pub(super) fn block(&self, records: &Records<'_>) -> Result<Read, Reason> {
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

/// See `Layout::of_column`.
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

/// The first cell that is not empty.
#[inline]
pub(super) fn first_of<'s>(records: &'s Records<'_>, places: &[Place<'s>]) -> &'s [u8] {
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
