//! Text in columns, for people.

use std::fmt;
use std::fmt::Write as _;

/// On which side of its column a cell stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// Rows of cells under a head; columns as wide as their widest cell.
#[derive(Clone, Debug)]
pub(super) struct Table {
    columns: Vec<(&'static str, Side)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub(super) fn new(columns: &[(&'static str, Side)]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row: a cell a column.
    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.push(Vec::from(cells));
    }

    /// Adds a row of as many cells as there are columns.
    pub(super) fn push(&mut self, cells: Vec<String>) {
        assert_eq!(cells.len(), self.columns.len(), "a cell a column");
        self.rows.push(cells);
    }

    /// Whether there are no rows.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl fmt::Display for Table {
    /// The head, then a line a row; columns that are empty throughout are left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width_of = |text: &str| text.chars().count();
        let widest = |idx: usize| self.rows.iter().map(|row| width_of(&row[idx])).max();
        let shown: Vec<(usize, Side, usize)> = self
            .columns
            .iter()
            .enumerate()
            .map(|(idx, (head, side))| (idx, *side, widest(idx).unwrap_or(0), width_of(head)))
            .filter(|&(_, _, cells, _)| cells > 0)
            .map(|(idx, side, cells, head)| (idx, side, cells.max(head)))
            .collect();
        let heads: Vec<String> = self.columns.iter().map(|(head, _)| (*head).to_owned()).collect();
        for row in std::iter::once(&heads).chain(&self.rows) {
            let mut line = String::new();
            for &(idx, side, width) in &shown {
                let cell = &row[idx];
                match side {
                    Side::Left => {
                        let _ = write!(line, "{cell:<width$}  ");
                    }
                    Side::Right => {
                        let _ = write!(line, "{cell:>width$}  ");
                    }
                }
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// A count with its thousands apart: `1 234 567`.
pub(super) fn grouped(count: impl fmt::Display) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (idx, digit) in digits.chars().enumerate() {
        if idx > 0 && (digits.len() - idx).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// Parts per million as a percentage with two digits: `12.34 %`.
pub(super) fn percent(ppm: u64) -> String {
    format!("{}.{:02} %", ppm / 10_000, ppm % 10_000 / 100)
}

#[cfg(test)]
mod tests {
    use crate::cli::table::{Side, Table, grouped, percent};

    #[test]
    fn columns_are_as_wide_as_their_cells() {
        let mut table =
            Table::new(&[("feed", Side::Left), ("empty", Side::Left), ("rows", Side::Right)]);
        assert!(table.is_empty());
        let cell = |text: &str| text.to_owned();
        table.row([cell("a"), cell(""), cell("1 234")]);
        table.row([cell("longer"), cell(""), cell("5")]);
        assert_eq!(table.to_string(), "feed     rows\na       1 234\nlonger      5\n");
    }

    #[test]
    fn numbers_are_readable() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(123), "123");
        assert_eq!(grouped(1_234_567), "1 234 567");
        assert_eq!(percent(0), "0.00 %");
        assert_eq!(percent(123_456), "12.34 %");
        assert_eq!(percent(1_000_000), "100.00 %");
    }
}
