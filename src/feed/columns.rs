//! The part of a definition that says where the cells of a row are and what they mean.
//!
//! `columns`, `values` and `attributes`, checked against the format, the kind and each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::CountryCode;
use crate::feed::document::{Item, Table};
use crate::feed::fault::quoted;
use crate::feed::{Category, Cell, Column, Format, Kind};

/// How the rows of a format are addressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rows {
    /// By number, or by name where there is a header.
    Numbered,
    /// By dotted key, or the name of an attribute.
    Keyed,
    /// The format itself says what is where.
    Fixed,
}

impl Rows {
    fn of(format: Format) -> Self {
        match format {
            Format::Csv | Format::Tsv => Rows::Numbered,
            Format::Json | Format::Ndjson | Format::Toml | Format::Rpsl | Format::Mmdb => {
                Rows::Keyed
            }
            Format::List
            | Format::Rir
            | Format::Geofeed
            | Format::TorExits
            | Format::Pattern
            | Format::Onionoo
            | Format::Pfx2as
            | Format::Mrt => Rows::Fixed,
        }
    }
}

/// Numbers past this are a slip of the finger, not a column.
const MAX_COLUMN: usize = 1000;

/// Reads `columns`. Without a format, which is a fault of its own, any cell passes.
pub(super) fn read_columns(
    root: &Table<'_>,
    format: Option<Format>,
    header: bool,
    members: &[String],
) -> BTreeMap<Column, Vec<Cell>> {
    let known: Vec<_> = Column::ALL.iter().map(|column| column.name()).collect();
    let Some(table) = root.get("columns").and_then(|item| item.table(&known)) else {
        return BTreeMap::new();
    };
    // A cell `"*2"` needs two stars in every glob, or some members would not have it.
    let n_stars = members.iter().map(|glob| count_stars(glob)).min().unwrap_or(0);
    let mut columns = BTreeMap::new();
    for (name, item) in table.entries() {
        let cells = item.one_or_more();
        let cells = cells.iter().filter_map(|cell| read_cell(cell, format, header, n_stars));
        if let Some(column) = Column::from_name(name) {
            columns.insert(column, cells.collect::<Vec<_>>());
        }
    }
    columns
}

fn read_cell(
    item: &Item<'_>,
    format: Option<Format>,
    header: bool,
    n_stars: usize,
) -> Option<Cell> {
    let rows = format.map(Rows::of);
    if item.as_integer().is_some() {
        match (rows, format) {
            (Some(Rows::Keyed), _) => {
                item.fault("found a number, expected the key of a row");
                return None;
            }
            (Some(Rows::Fixed), Some(format)) => {
                item.fault(format!("found a number; format `{format}` has no columns to number"));
                return None;
            }
            _ => return item.integer(1..=MAX_COLUMN).map(|number| Cell::Index(number - 1)),
        }
    }
    let text = item.text()?;
    let star = text.strip_prefix('*').and_then(|number| number.parse::<usize>().ok());
    if let Some(number) = star {
        if number == 0 || number > n_stars {
            item.fault(format!(
                "found {}; expected *1 to *N for the N stars in each glob of `member`, found {n_stars}",
                quoted(text)
            ));
            return None;
        }
        return Some(Cell::Member(number - 1));
    }
    match (rows, format) {
        (Some(Rows::Numbered), _) if !header => {
            item.fault(format!(
                "found {}; names need `header = true`, expected a number from 1",
                quoted(text)
            ));
            None
        }
        (Some(Rows::Keyed), _) if text.split('.').any(str::is_empty) => {
            item.fault(format!("found {}, expected a dotted key such as a.b", quoted(text)));
            None
        }
        (Some(Rows::Fixed), Some(format)) => {
            item.fault(format!(
                "found {}; format `{format}` has no columns to name, expected \"*1\" or the like",
                quoted(text)
            ));
            None
        }
        _ => Some(Cell::Name(text.to_owned())),
    }
}

/// How many parts of a name a glob leaves open; `**` is one.
fn count_stars(glob: &str) -> usize {
    let bytes = glob.as_bytes();
    (0..bytes.len()).filter(|&at| bytes[at] == b'*' && (at == 0 || bytes[at - 1] != b'*')).count()
}

/// Checks that rows can say what they are about.
pub(super) fn check_subject(
    root: &Table<'_>,
    format: Format,
    kind: Kind,
    columns: &BTreeMap<Column, Vec<Cell>>,
) {
    let has = |column| columns.contains_key(&column);
    if has(Column::First) && !has(Column::Last) && !has(Column::Count) {
        root.fault("columns", "`first` needs `last` or `count`");
    }
    if (has(Column::Last) || has(Column::Count)) && !has(Column::First) {
        root.fault("columns", "`last` and `count` need `first`");
    }
    // A JSON row that is a string is the subject itself, so only rows that must have
    // several cells are sure to need a column for it.
    let needed = match (Rows::of(format), format) {
        // The network of a database's row is where it lies in the tree.
        (_, Format::Mmdb) => matches!(kind, Kind::Asn | Kind::Country),
        (Rows::Numbered, _) | (_, Format::Rpsl) => true,
        (Rows::Keyed, _) => kind == Kind::Assignment,
        (Rows::Fixed, _) => false,
    };
    let missing = match kind {
        Kind::Membership | Kind::Assignment => {
            (!has(Column::Network) && !has(Column::First)).then_some("`network`, or `first`")
        }
        Kind::Asn => (!has(Column::Asn)).then_some("`asn`"),
        Kind::Country => (!has(Column::Country)).then_some("`country`"),
    };
    let is_keyed = matches!(kind, Kind::Asn | Kind::Country);
    let has_networks = matches!(
        format,
        Format::Rir
            | Format::Geofeed
            | Format::TorExits
            | Format::Onionoo
            | Format::Pfx2as
            | Format::Mrt
    );
    if is_keyed && has_networks {
        root.fault("kind", format!("`{kind}` does not go with format `{format}`, of networks"));
    }
    let in_tree = [Column::Network, Column::First, Column::Last, Column::Count];
    if format == Format::Mmdb
        && let Some(column) = in_tree.into_iter().find(|column| has(*column))
    {
        root.fault("columns", format!("`{column}`: in format `mmdb` the tree says it"));
    }
    if let (true, Some(missing)) = (needed, missing) {
        root.fault("columns", format!("kind `{kind}` in format `{format}` needs {missing}"));
    }
}

/// Reads `values`: what cells mean in our words.
pub(super) fn read_values(
    root: &Table<'_>,
    format: Option<Format>,
    columns: &BTreeMap<Column, Vec<Cell>>,
) -> BTreeMap<Column, BTreeMap<String, String>> {
    let known: Vec<_> = Column::ALL.iter().map(|column| column.name()).collect();
    let Some(table) = root.get("values").and_then(|item| item.table(&known)) else {
        return BTreeMap::new();
    };
    let mut values = BTreeMap::new();
    for (name, item) in table.entries() {
        let (Some(column), Some(cells)) = (Column::from_name(name), item.open_table()) else {
            continue;
        };
        let fixed = format.is_none_or(|format| Rows::of(format) == Rows::Fixed);
        if !fixed && !columns.contains_key(&column) {
            item.fault(format!("`columns` does not say where `{column}` is"));
        }
        let mut words = BTreeMap::new();
        for (cell, item) in cells.entries() {
            if let Some(word) = read_word(&item, column) {
                words.insert(cell.to_owned(), word.to_owned());
            }
        }
        values.insert(column, words);
    }
    values
}

/// A word of ours for a cell; the empty one makes the row claim nothing.
fn read_word<'d>(item: &Item<'d>, column: Column) -> Option<&'d str> {
    let word = item.string()?;
    match column {
        _ if word.is_empty() => Some(word),
        Column::Category => item.word(Category::ALL, Category::name).map(|_| word),
        Column::Country => match word.parse::<CountryCode>() {
            Ok(_) => Some(word),
            Err(error) => {
                item.fault(format!("found {}, {error}", quoted(word)));
                None
            }
        },
        _ => item.text(),
    }
}

/// What a format's rows assign without being told.
fn implied_attributes(format: Format) -> &'static [Column] {
    match format {
        Format::Rir => &[Column::Country],
        Format::Geofeed => &[Column::Country, Column::Region, Column::City, Column::PostalCode],
        Format::Pfx2as | Format::Mrt => &[Column::Asn],
        _ => &[],
    }
}

/// Reads `attributes`, or takes what the format implies; `groups` are those of `pattern`.
pub(super) fn read_attributes(
    root: &Table<'_>,
    format: Option<Format>,
    kind: Option<Kind>,
    columns: &BTreeMap<Column, Vec<Cell>>,
    groups: &BTreeSet<Column>,
) -> Vec<Column> {
    let implied = format.map(implied_attributes).unwrap_or_default();
    let Some(item) = root.get("attributes") else {
        return if kind == Some(Kind::Assignment) { implied.to_vec() } else { Vec::new() };
    };
    if let Some(kind @ (Kind::Membership | Kind::Country)) = kind {
        item.fault(format!("goes with kind assignment or asn, not {kind}"));
        return Vec::new();
    }
    let mut attributes = Vec::new();
    for item in item.one_or_more() {
        let Some(column) = item.word(Column::ALL, Column::name) else { continue };
        let has_cell = columns.contains_key(&column)
            || groups.contains(&column)
            || implied.contains(&column)
            || column == Column::Provider && root.has("provider");
        match column {
            Column::Network | Column::First | Column::Last | Column::Count => {
                item.fault(format!("`{column}` says what a row is about and cannot be assigned"));
            }
            Column::Category | Column::LastSeen => {
                item.fault(format!("`{column}` belongs to claims and cannot be assigned"));
            }
            _ if attributes.contains(&column) => item.fault(format!("`{column}` is there twice")),
            _ if format.is_some() && !has_cell => {
                item.fault(format!("`columns` does not say where `{column}` is"));
            }
            _ => attributes.push(column),
        }
    }
    attributes
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::feed::columns::{count_stars, read_attributes, read_columns, read_values};
    use crate::feed::document::Document;
    use crate::feed::{Cell, Column, Format, Kind};

    /// Reads the columns of a definition and compares the faults' messages.
    #[track_caller]
    fn check(format: Format, header: bool, text: &str, expected: &[&str]) {
        let document = Document::parse("x.toml", text);
        let root = document.root(&["columns", "values", "attributes"]);
        let columns = read_columns(&root, Some(format), header, &["*/x-*.txt".to_owned()]);
        read_values(&root, Some(format), &columns);
        let none = BTreeSet::new();
        read_attributes(&root, Some(format), Some(Kind::Assignment), &columns, &none);
        let faults = document.into_faults();
        let shown: Vec<_> =
            faults.iter().map(|fault| format!("{}: {}", fault.key, fault.message)).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn cells_go_with_the_format() {
        check(Format::Csv, false, "columns = { network = 1, asn = [2, 3], country = '*2' }", &[]);
        check(Format::Csv, true, "columns = { network = 1, asn = 'asn' }", &[]);
        check(Format::Json, false, "columns = { network = ['a.b', 'c'], country = '*1' }", &[]);
        check(Format::List, false, "columns = { country = '*1' }", &[]);
        check(
            Format::Tsv,
            false,
            "columns = { network = 0, asn = 'asn', country = '*3', citi = 4 }",
            &[
                "columns: unknown key `citi`; did you mean `city`?",
                "columns.asn: found `asn`; names need `header = true`, expected a number from 1",
                "columns.country: found `*3`; expected *1 to *N for the N stars in each glob of \
                 `member`, found 2",
                "columns.network: found 0, expected 1 to 1000",
            ],
        );
        check(
            Format::Ndjson,
            false,
            "columns = { network = 1, asn = 'a..b', name = [], city = true }",
            &[
                "columns.asn: found `a..b`, expected a dotted key such as a.b",
                "columns.city: found true, expected a string",
                "columns.name: found an empty array, expected at least one value",
                "columns.network: found a number, expected the key of a row",
            ],
        );
        check(
            Format::Rir,
            false,
            "columns = { country = 2, asn = 'x' }",
            &[
                "columns.asn: found `x`; format `rir` has no columns to name, expected \"*1\" or \
                 the like",
                "columns.country: found a number; format `rir` has no columns to number",
            ],
        );
    }

    #[test]
    fn values_are_words_of_ours() {
        check(
            Format::Csv,
            false,
            "columns = { category = 2 }\n[values]\ncategory = { VPN = 'vpn', DCH = '', PUB = 'proxi' }\ntype = { a = 'b' }",
            &[
                "values.category.PUB: found `proxi`; did you mean `proxy`?",
                "values.type: `columns` does not say where `type` is",
            ],
        );
        check(
            Format::Rir,
            false,
            "values.country = { UK = 'GB', AN = 'none' }",
            &[
                "values.country.AN: found `none`, expected a country code of two letters, such as DE",
            ],
        );
    }

    #[test]
    fn attributes_have_a_cell() {
        check(
            Format::Csv,
            false,
            "columns = { asn = 1 }\nattributes = ['asn', 'asn', 'country', 'network', 'category', 'asnn']",
            &[
                "attributes[1]: `asn` is there twice",
                "attributes[2]: `columns` does not say where `country` is",
                "attributes[3]: `network` says what a row is about and cannot be assigned",
                "attributes[4]: `category` belongs to claims and cannot be assigned",
                "attributes[5]: found `asnn`; did you mean `asn`?",
            ],
        );
        check(Format::Geofeed, false, "attributes = 'city'", &[]);
    }

    #[test]
    fn cells_are_counted_from_zero() {
        let document = Document::parse("x.toml", "columns = { network = 1, asn = '*1' }");
        let root = document.root(&["columns"]);
        let columns = read_columns(&root, Some(Format::Csv), false, &["*".to_owned()]);
        assert_eq!(columns[&Column::Network], [Cell::Index(0)]);
        assert_eq!(columns[&Column::Asn], [Cell::Member(0)]);
        assert_eq!(count_stars("a/**/b*-*"), 3);
    }
}
