//! CSV (RFC 4180): fields are added as columns.
//!
//! A quote opens a quoted cell only where the cell begins; elsewhere it is a letter, as most readers have it, so that
//! an inch sign does not swallow a file.

use memchr::{memchr, memchr2};

use crate::mmdb::FormatError;
use crate::query::enrich::find;
use crate::query::enrich::render::push_cell;
use crate::query::enrich::worker::{MAX_LINE, Worker, split_end};

/// Names of columns and keys that hold the address of a client, in the order in which they are tried.
pub const USUAL_KEYS: [&str; 12] = [
    "ip",
    "client_ip",
    "client.ip",
    "clientip",
    "remote_addr",
    "remote_ip",
    "source.ip",
    "source_ip",
    "src_ip",
    "ip_address",
    "c-ip",
    "address",
];

/// Which column has the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// The first that has one of [`USUAL_KEYS`] as its name.
    Usual,
    /// That of this name, or else of this number, from 1.
    Named(String),
}

/// How CSV is read.
#[derive(Clone, Debug)]
pub struct Csv {
    /// Where the address is.
    pub column: Column,
    /// What is between cells: ASCII, no quote and no line end.
    pub delimiter: u8,
    /// Whether the first record names the columns.
    pub has_header: bool,
}

/// What the first record told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    delimiter: u8,
    /// Which has the address, from 0.
    ip: usize,
    /// How many there are.
    n_cells: usize,
}

impl Csv {
    /// Finds the column by the first record.
    ///
    /// # Errors
    /// If there is none; says which there are.
    pub(super) fn columns(&self, first: &[u8]) -> Result<Columns, String> {
        let first = first.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(first);
        let mut names = Vec::new();
        cells(first, self.delimiter, |cell| {
            let name = unquoted(cell);
            names.push(String::from_utf8_lossy(name.trim_ascii()).replace("\"\"", "\""));
        });
        let n_cells = names.len();
        let by_name = |wanted: &str| names.iter().position(|name| name == wanted);
        let by_number = |wanted: &str| {
            let number = wanted.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            number.filter(|&idx| idx < n_cells)
        };
        let ip = match &self.column {
            Column::Named(wanted) if self.has_header => {
                by_name(wanted).or_else(|| by_number(wanted))
            }
            Column::Named(wanted) => by_number(wanted),
            Column::Usual if self.has_header => USUAL_KEYS.into_iter().find_map(by_name),
            Column::Usual => None,
        };
        let delimiter = self.delimiter;
        ip.map(|ip| Columns { delimiter, ip, n_cells }).ok_or_else(|| {
            let some: Vec<String> =
                names.iter().take(20).map(|name| name.escape_debug().to_string()).collect();
            match &self.column {
                _ if !self.has_header => {
                    format!("without a header, --column is a number from 1 to {n_cells}")
                }
                Column::Named(wanted) => {
                    let wanted = wanted.escape_debug();
                    format!("there is no column `{wanted}`; there are {}", some.join(", "))
                }
                Column::Usual => {
                    let some = some.join(", ");
                    format!("say which column has the address, with --column; there are {some}")
                }
            }
        })
    }
}

impl Columns {
    /// The header with the names of fields added.
    pub(super) fn header(self, first: &[u8], paths: &[Vec<String>], out: &mut Vec<u8>) {
        let (body, end) = split_end(first);
        out.extend(body);
        for path in paths {
            out.push(self.delimiter);
            push_cell(&path.join("."), self.delimiter, out);
        }
        out.extend(end);
    }
}

/// Adds to each record of a chunk.
pub(super) fn enrich(
    worker: &mut Worker<'_>,
    columns: Columns,
    n_fields: usize,
    chunk: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), FormatError> {
    let mut rest = chunk;
    while !rest.is_empty() {
        let (mut n_there, mut ip) = (0, None);
        let len = cells(rest, columns.delimiter, |cell| {
            if n_there == columns.ip {
                ip = Some(cell);
            }
            n_there += 1;
        });
        let (record, after) = rest.split_at(len);
        rest = after;
        let (body, end) = split_end(record);
        out.extend(body);
        // A blank line is no record.
        if !body.is_empty() {
            worker.tally.n_lines += 1;
            let is_too_long = body.len() > MAX_LINE;
            worker.tally.n_too_long += u64::from(is_too_long);
            let ip = ip.filter(|_| !is_too_long).and_then(|cell| find::of_field(unquoted(cell)));
            let n_missing = columns.n_cells.saturating_sub(n_there);
            out.extend(std::iter::repeat_n(columns.delimiter, n_missing));
            let added = worker.added(ip)?;
            out.extend(added);
            if added.is_empty() {
                out.extend(std::iter::repeat_n(columns.delimiter, n_fields));
            }
        }
        out.extend(end);
    }
    Ok(())
}

/// Empty cells and the end of a record that was too long to be looked at.
pub(super) fn end_long(columns: Columns, n_fields: usize, last: &[u8], out: &mut Vec<u8>) {
    let (body, end) = split_end(last);
    out.extend(body);
    out.extend(std::iter::repeat_n(columns.delimiter, n_fields));
    out.extend(end);
}

/// Visits the cells of the first record, quotes and all; returns how long it is, with its end.
fn cells<'b>(bytes: &'b [u8], delimiter: u8, mut visit: impl FnMut(&'b [u8])) -> usize {
    let mut at = 0;
    loop {
        let start = at;
        if bytes.get(at) == Some(&b'"') {
            at = after_quotes(bytes, at + 1);
        }
        let end = memchr2(delimiter, b'\n', &bytes[at..]).map(|idx| at + idx);
        let cell = &bytes[start..end.unwrap_or(bytes.len())];
        match end {
            Some(end) if bytes[end] == delimiter => {
                visit(cell);
                at = end + 1;
            }
            Some(end) => {
                visit(cell.strip_suffix(b"\r").unwrap_or(cell));
                return end + 1;
            }
            None => {
                visit(cell);
                return bytes.len();
            }
        }
    }
}

/// Where a quoted cell that began before `at` is closed: after that quote.
fn after_quotes(bytes: &[u8], mut at: usize) -> usize {
    loop {
        match memchr(b'"', &bytes[at..]) {
            None => return bytes.len(),
            Some(idx) if bytes.get(at + idx + 1) == Some(&b'"') => at += idx + 2,
            Some(idx) => return at + idx + 1,
        }
    }
}

fn unquoted(cell: &[u8]) -> &[u8] {
    cell.strip_prefix(b"\"").and_then(|cell| cell.strip_suffix(b"\"")).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use crate::query::enrich::csv::{Column, Csv, cells};

    #[track_caller]
    fn check_cells(text: &str, expected: &[&str]) {
        let (mut records, mut rest) = (Vec::new(), text.as_bytes());
        while !rest.is_empty() {
            let mut record = Vec::new();
            let len = cells(rest, b',', |cell| record.push(String::from_utf8_lossy(cell)));
            records.push(record.join("|"));
            rest = &rest[len..];
        }
        assert_eq!(records, expected);
    }

    #[test]
    fn cells_are_as_the_rfc_has_them() {
        check_cells("a,b\r\n,\n\n1", &["a|b", "|", "", "1"]);
        check_cells("\"a,\"\"\n\",b\nc,\"d\"", &["\"a,\"\"\n\"|b", "c|\"d\""]);
        check_cells("5\" disk,b\nc\n", &["5\" disk|b", "c"]);
        check_cells("\"a\"x\"y,b\nc,\"d\ne", &["\"a\"x\"y|b", "c|\"d\ne"]);
    }

    #[track_caller]
    fn check_column(column: &str, has_header: bool, expected: Result<usize, &str>) {
        let named = || Column::Named(column.to_owned());
        let column = if column.is_empty() { Column::Usual } else { named() };
        let csv = Csv { column, delimiter: b';', has_header };
        let found = csv.columns("\u{feff}time;\"client_ip\";b;3\r\n".as_bytes());
        assert_eq!(found.map(|found| found.ip), expected.map_err(str::to_owned));
    }

    #[test]
    fn a_column_is_named_or_numbered() {
        check_column("b", true, Ok(2));
        check_column("1", true, Ok(0));
        check_column("3", true, Ok(3));
        check_column("", true, Ok(1));
        check_column("3", false, Ok(2));
        check_column("x", true, Err("there is no column `x`; there are time, client_ip, b, 3"));
        let number = "without a header, --column is a number from 1 to 4";
        check_column("5", false, Err(number));
        check_column("b", false, Err(number));
        check_column("", false, Err(number));
    }
}
