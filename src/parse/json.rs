//! `json`, `ndjson` and `toml`: rows of a document, found by paths; cells by dotted keys.
//!
//! A row that is text is the block or key itself. A cell may lead to several values:
//! each network of a row is an entry, each key of a row a row.

use std::borrow::Cow;

use serde_json::Value;

use crate::feed::{Cell, Column};
use crate::parse::Label;
use crate::parse::address::Reason;
use crate::parse::block::{self, Read};
use crate::parse::file::{File, data_line};
use crate::parse::labels::Meaning;
use crate::parse::lines::{Cursor, LONG_CELL, MAX_CELL};
use crate::parse::part::Part;
use crate::parse::path::Path;
use crate::parse::reading::Reading;
use crate::parse::row::{Rules, key_column};

const NOT_JSON: Reason = "not a JSON document";
const NOT_TOML: Reason = "not a TOML document";
const NOWHERE: Reason = "select leads nowhere";
const NOT_A_ROW: Reason = "expected an object or text as row";

/// Where the rows of a document and their cells are.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    select: Vec<Path<'a>>,
    /// Networks, or the keys of kinds `asn` and `country`.
    subject: Vec<Place<'a>>,
    /// The other end of a range, if rows give it apart.
    last: Vec<Place<'a>>,
    count: Vec<Place<'a>>,
    /// For each of the label's columns where it may be; of a key there is nothing.
    label: Vec<Vec<Place<'a>>>,
}

#[derive(Debug)]
enum Place<'a> {
    Path(Path<'a>),
    Element(usize),
    Captured(&'a str),
}

/// Reads one JSON document.
pub(super) fn read<'r>(file: &File<'_>, rules: &'r Rules<'r>, reading: &mut Reading<'_, 'r>) {
    let mut part = Part::new(rules, file.idx);
    if let Some(document) = document(file, &mut part) {
        whole(&document, &mut part, &Layout::new(file, rules));
    }
    (reading.take)(vec![part.seal()]);
}

/// Decodes the JSON of a file; if it is none, that is a fault.
pub(super) fn document(file: &File<'_>, part: &mut Part<'_>) -> Option<Value> {
    match serde_json::from_slice(file.bytes) {
        Ok(document) => Some(document),
        Err(error) => {
            let line = error.line().max(1);
            let around = file.bytes.split(|byte| *byte == b'\n').nth(line - 1);
            part.fault(line as u64, NOT_JSON, || Cow::Borrowed(around.unwrap_or_default()));
            None
        }
    }
}

/// Reads a TOML document as if it were JSON.
pub(super) fn read_toml<'r>(file: &File<'_>, rules: &'r Rules<'r>, reading: &mut Reading<'_, 'r>) {
    let mut part = Part::new(rules, file.idx);
    let table = std::str::from_utf8(file.bytes).ok().and_then(|text| text.parse().ok());
    match table {
        Some(table) => {
            let document = from_toml(toml::Value::Table(table));
            whole(&document, &mut part, &Layout::new(file, rules));
        }
        None => part.fault(1, NOT_TOML, || Cow::Borrowed(file.bytes)),
    }
    (reading.take)(vec![part.seal()]);
}

/// Reads a JSON document on every line.
pub(super) fn read_lines<'r>(file: &File<'_>, rules: &'r Rules<'r>, reading: &mut Reading<'_, 'r>) {
    let layout = Layout::new(file, rules);
    file.in_chunks(rules, 0, reading, |cursor: &mut Cursor<'_>, part| {
        while !cursor.is_done() {
            let Some((line, text)) = data_line(cursor, part) else {
                continue;
            };
            match serde_json::from_slice(text) {
                // Lines differ, as records of several kinds in one file do: that a path
                // leads nowhere in one of them says nothing.
                Ok(document) => _ = rows(&document, line, part, &layout),
                Err(_) => part.fault(line, NOT_JSON, || Cow::Borrowed(text)),
            }
        }
    });
}

fn from_toml(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => Value::from(number),
        toml::Value::Boolean(truth) => Value::Bool(truth),
        toml::Value::Datetime(time) => Value::String(time.to_string()),
        toml::Value::Array(array) => array.into_iter().map(from_toml).collect(),
        toml::Value::Table(table) => {
            table.into_iter().map(|(key, value)| (key, from_toml(value))).collect()
        }
    }
}

impl<'a> Layout<'a> {
    /// Reads the paths of the definition.
    pub(super) fn new(file: &File<'a>, rules: &'a Rules<'_>) -> Self {
        let columns = &rules.feed.columns;
        let place = |cell: &'a Cell| match cell {
            Cell::Name(path) => Some(Place::Path(Path::new(path))),
            Cell::Index(element_idx) => Some(Place::Element(*element_idx)),
            Cell::Member(star_idx) => {
                file.captures.get(*star_idx).map(|text| Place::Captured(text))
            }
        };
        let places = |column: Column| -> Vec<Place<'a>> {
            columns.get(&column).into_iter().flatten().filter_map(place).collect()
        };
        let key = key_column(rules.feed.kind);
        let subject = match key {
            Some(key) => key,
            None if columns.contains_key(&Column::First) => Column::First,
            None => Column::Network,
        };
        let of_label = |column: &Column| {
            if Some(*column) == key { Vec::new() } else { places(*column) }
        };
        Self {
            select: rules.feed.select.iter().map(|path| Path::new(path)).collect(),
            subject: places(subject),
            last: places(Column::Last),
            count: places(Column::Count),
            label: rules.columns.iter().map(of_label).collect(),
        }
    }

    /// The cells of a row beside its block or key.
    fn cells<'v>(&'v self, row: &'v Value) -> Vec<Cow<'v, str>> {
        let first = |places| first_of(places, row).into_iter().next().unwrap_or_default();
        self.label.iter().map(|places| first(places)).collect()
    }

    /// What a row says beside its block.
    pub(super) fn meaning(&self, row: &Value, part: &mut Part<'_>) -> Meaning {
        let cells = self.cells(row);
        if cells.iter().any(|cell| cell.len() > MAX_CELL) {
            return Meaning::Fault(LONG_CELL);
        }
        let rules = part.rules;
        part.labels.meaning(&joined(&cells), || label(rules, &cells))
    }
}

/// Reads the one document of a file.
fn whole(document: &Value, part: &mut Part<'_>, layout: &Layout<'_>) {
    // One of several may well lead nowhere: AWS's lists of early 2016 have no
    // `ipv6_prefixes`, and Mullvad's bridges no `ipv6_addr_in`.
    if !rows(document, 1, part, layout) {
        part.fault(1, NOWHERE, || Cow::Owned(document.to_string().into_bytes()));
    }
}

/// Finds the rows of a document and reads them; returns whether any path leads anywhere.
fn rows(document: &Value, line: u64, part: &mut Part<'_>, layout: &Layout<'_>) -> bool {
    let mut each = |value: &Value| match value {
        // A path that stops at an array means its elements.
        Value::Array(array) => array.iter().for_each(|value| row(value, line, part, layout)),
        value => row(value, line, part, layout),
    };
    if layout.select.is_empty() {
        each(document);
    }
    let mut leads = layout.select.is_empty();
    for path in &layout.select {
        leads |= path.walk(document, &mut each);
    }
    leads
}

/// The cells in such a way that different ones differ.
fn joined(cells: &[Cow<'_, str>]) -> Vec<u8> {
    let mut joined = Vec::new();
    for cell in cells {
        let cell = cell.trim();
        joined.extend_from_slice(&(cell.len() as u32).to_le_bytes());
        joined.extend_from_slice(cell.as_bytes());
    }
    joined
}

fn label(rules: &Rules<'_>, cells: &[Cow<'_, str>]) -> Result<Option<Label>, Reason> {
    let cells: Vec<&str> = cells.iter().map(|cell| cell.trim()).collect();
    rules.label(&cells)
}

/// Reads a row, whose blocks or keys the definition's columns say.
pub(super) fn row(row: &Value, line: u64, part: &mut Part<'_>, layout: &Layout<'_>) {
    let subjects = match row {
        Value::String(text) => vec![Cow::Borrowed(text.as_str())],
        Value::Number(number) => vec![Cow::Owned(number.to_string())],
        Value::Object(_) | Value::Array(_) => first_of(&layout.subject, row),
        Value::Null | Value::Bool(_) => {
            part.fault(line, NOT_A_ROW, || Cow::Owned(row.to_string().into_bytes()));
            return;
        }
    };
    if subjects.is_empty() {
        part.valueless();
        return;
    }
    let rules = part.rules;
    let text = || Cow::Owned(row.to_string().into_bytes());
    let cells = layout.cells(row);
    // Before they are joined: each of a row's subjects would look at all of it again.
    if cells.iter().chain(&subjects).any(|cell| cell.len() > MAX_CELL) {
        part.fault(line, LONG_CELL, text);
        return;
    }
    let mut joined = joined(&cells);
    let n_joined = joined.len();
    let mut said = None;
    for subject in &subjects {
        let subject = subject.trim();
        if rules.is_keyed() {
            joined.truncate(n_joined);
            joined.extend_from_slice(subject.as_bytes());
            let meaning = part.labels.meaning(&joined, || {
                let rest = cells.iter().skip(1).map(|cell| cell.trim());
                let cells: Vec<&str> = std::iter::once(subject).chain(rest).collect();
                rules.label(&cells)
            });
            part.key(line, meaning, text);
            continue;
        }
        match subject_block(subject, row, layout).and_then(|read| part.admit(read)) {
            Ok(read) => {
                // Once for the row: thousands of networks may share long cells.
                let meaning = *said
                    .get_or_insert_with(|| part.labels.meaning(&joined, || label(rules, &cells)));
                part.entry(line, read, meaning, text);
            }
            Err(reason) => part.fault(line, reason, text),
        }
    }
}

/// Reads the block of a row.
fn subject_block(subject: &str, row: &Value, layout: &Layout<'_>) -> Result<Read, Reason> {
    let first = subject.as_bytes();
    if let Some(last) = first_of(&layout.last, row).first() {
        return block::ends(first, last.trim().as_bytes());
    }
    if let Some(count) = first_of(&layout.count, row).first() {
        return block::counted(first, count.trim().as_bytes());
    }
    match row {
        Value::String(_) => block::line(first),
        _ => block::cell(first),
    }
}

/// The texts of the first place that has any.
fn first_of<'v>(places: &[Place<'v>], row: &'v Value) -> Vec<Cow<'v, str>> {
    let mut found = Vec::new();
    for place in places {
        match place {
            Place::Path(path) => {
                path.walk(row, &mut |value| leaves(value, &mut found));
            }
            Place::Element(element_idx) => {
                if let Some(value) = row.get(*element_idx) {
                    leaves(value, &mut found);
                }
            }
            Place::Captured(text) => found.push(Cow::Borrowed(*text)),
        }
        if !found.is_empty() {
            break;
        }
    }
    found
}

/// Collects text and numbers, through arrays but not into objects.
fn leaves<'v>(value: &'v Value, found: &mut Vec<Cow<'v, str>>) {
    match value {
        Value::String(text) if text.trim().is_empty() => {}
        Value::String(text) => found.push(Cow::Borrowed(text)),
        Value::Number(number) => found.push(Cow::Owned(number.to_string())),
        Value::Bool(truth) => found.push(Cow::Borrowed(if *truth { "true" } else { "false" })),
        // serde_json and toml refuse documents nested more than 128 deep.
        Value::Array(array) => array.iter().for_each(|value| leaves(value, found)),
        Value::Null | Value::Object(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::feed::fixture::feed;
    use crate::feed::{Column, Feed, Format, Kind};
    use crate::parse::fixture::{check, columns};
    use crate::parse::lines::{LONG_CELL, MAX_CELL};
    use crate::parse::{Source, parse};

    fn selecting(select: &[&str], mapped: &[(Column, &[&str])]) -> Feed {
        Feed {
            select: select.iter().map(|path| (*path).to_owned()).collect(),
            columns: columns(mapped),
            ..feed(Format::Json, Kind::Membership)
        }
    }

    #[test]
    fn rows_are_found_by_paths() {
        check(
            &selecting(&["a[*]", "b.*.c"], &[]),
            r#"{"a":["192.0.2.1","192.0.2.2:80"],"b":{"x":{"c":["192.0.2.3"]}}}"#,
            &["192.0.2.1/32", "192.0.2.2/32", "192.0.2.3/32"],
        );
        check(
            &selecting(&[], &[]),
            r#"["192.0.2.1",true]"#,
            &["192.0.2.1/32", "f:1: `true`: expected an object or text as row"],
        );
        check(&selecting(&[], &[]), "{", &["f:1: `{`: not a JSON document"]);
    }

    #[test]
    fn a_select_that_leads_nowhere_is_one_fault() {
        let feed = selecting(&["a[*]", "b[*].c"], &[]);
        let nowhere = |text: &str| format!("f:1: `{text}`: select leads nowhere");
        check(&feed, r#"{"error":1}"#, &[&*nowhere(r#"{\"error\":1}"#)]);
        check(&feed, r#"{"a":{},"b":[{}]}"#, &[&*nowhere(r#"{\"a\":{},\"b\":[{}]}"#)]);
        check(&feed, r#"{"a":["192.0.2.1"],"b":[{}]}"#, &["192.0.2.1/32"]);
        check(&feed, r#"{"a":[]}"#, &[]);
        check(&feed, r#"{"b":[]}"#, &[]);
        let lines = Feed { format: Format::Ndjson, ..feed };
        check(&lines, "{\"a\":[\"192.0.2.1\"]}\n{\"error\":1}\n", &["192.0.2.1/32"]);
    }

    #[test]
    fn a_cell_that_is_too_long_is_a_fault() {
        let feed = selecting(&[], &[(Column::Network, &["ip"]), (Column::Provider, &["p"])]);
        let row =
            |len| format!(r#"[{{"ip":["192.0.2.1","192.0.2.2"],"p":"{}"}}]"#, "p".repeat(len));
        let sources = [row(MAX_CELL), row(MAX_CELL + 1), row(17 << 20)];
        for (document, expected) in
            sources.iter().zip([(2, None), (0, Some(LONG_CELL)), (0, Some(LONG_CELL))])
        {
            let source = Source { name: "f", captures: &[], bytes: document.as_bytes() };
            let parsed = parse(&feed, &[source]);
            let reason = parsed.samples.first().map(|fault| fault.reason.as_ref());
            assert_eq!((parsed.v4.len(), reason), expected);
        }
    }

    #[test]
    fn a_row_may_have_several_networks() {
        let mapped: [(Column, &[&str]); 2] = [
            (Column::Network, &["ipv4Prefix", "ipv6Prefix", "p.list"]),
            (Column::Service, &["p.name"]),
        ];
        check(
            &selecting(&["prefixes[*]"], &mapped),
            r#"{"prefixes":[{"ipv4Prefix":"192.0.2.0/24"},{"ipv6Prefix":"2001:db8::/32"},
               {"p":{"name":"s","list":["192.0.2.1","x"]}},{"y":1}]}"#,
            &[
                "192.0.2.0/24",
                "192.0.2.1/32 s",
                "2001:db8::/32",
                "f:1: `{\\\"p\\\":{\\\"name\\\":\\\"s\\\",\\\"list\\\":[\\\"192.0.2.1\\\",\\\"x\\\"]}}`: expected an IP address",
                "1 valueless",
            ],
        );
    }

    #[test]
    fn ndjson_has_a_document_on_each_line() {
        let mut feed = selecting(&[], &[(Column::Network, &["cidr"])]);
        feed.format = Format::Ndjson;
        check(
            &feed,
            "{\"cidr\":\"192.0.2.0/24\"}\n\n{\"type\":\"metadata\"}\n{\n",
            &["192.0.2.0/24", "f:4: `{`: not a JSON document", "1 valueless"],
        );
    }

    #[test]
    fn keys_are_numbers_or_text() {
        let mut feed = selecting(&[], &[(Column::Asn, &["asn"]), (Column::Name, &["n"])]);
        feed.kind = Kind::Asn;
        check(
            &feed,
            r#"[{"asn":64496,"n":"A"},{"asn":["AS64497",64498]},64499,{"n":"B"}]"#,
            &["key AS64496 A", "key AS64497", "key AS64498", "key AS64499", "1 valueless"],
        );
    }

    #[test]
    fn toml_is_read_like_json() {
        let mut feed = selecting(
            &["network[*]"],
            &[(Column::Network, &["cidr"]), (Column::LastSeen, &["seen"])],
        );
        feed.format = Format::Toml;
        check(
            &feed,
            "[[network]]\ncidr = \"192.0.2.0/24\"\nseen = 2026-08-22\n",
            &["192.0.2.0/24 2026-08-22"],
        );
        check(&feed, "=", &["f:1: `=`: not a TOML document"]);
    }
}
