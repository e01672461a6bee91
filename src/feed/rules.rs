//! The tables of `feeds/rules/`: facts that are no claims, each dated and with its source.
//!
//! ```text
//! # Bots by the id that bot feeds give.        comment, as many as it takes
//! # as_of: 2026-11-20                          the day the table was right
//! # source: what the operators publish         where it is from
//! id<TAB>name<TAB>operator<TAB>class           the columns, as `TABLES` has them
//! gptbot<TAB>GPTBot<TAB>OpenAI<TAB>AI bot      a row a line
//! ```
//!
//! One reader for all of them: who checks a table and who uses it see the same rows.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use crate::base::{CountryCode, Day};
use crate::feed::fault::{CatalogueError, DefinitionFault, nearest, quoted};
use crate::feed::{Category, embedded};

/// What a cell of a column has to be.
#[derive(Clone, Debug)]
enum Cell {
    /// Something.
    Text,
    /// Something or nothing.
    Optional,
    /// One of these.
    Word(&'static [&'static str]),
    /// An integer within bounds.
    Number(RangeInclusive<u32>),
    /// A day.
    Day,
    /// A country code, which this row brings into being.
    Code,
    /// Codes of countries that there are, apart by blanks, sorted.
    Countries,
    /// A category of claims.
    Category,
    /// The signal of a category, or nothing.
    Signal,
}

/// What a table is called, and its columns.
type Shape = (&'static str, &'static [(&'static str, Cell)]);

/// Stars are counted to five, so no signal costs more.
const STARS: Cell = Cell::Number(0..=5);
const WHEN: &[&str] = &["signal", "type", "ip_type"];

/// Every table, by name.
const TABLES: &[Shape] = &[
    ("bots", &[("id", TEXT), ("name", TEXT), ("operator", TEXT), ("class", TEXT)]),
    (
        "countries",
        &[
            ("code", Cell::Code),
            ("name", TEXT),
            ("continent", Cell::Word(&["AF", "AN", "AS", "EU", "NA", "OC", "SA"])),
            ("eu", Cell::Word(&["0", "1"])),
            ("geoname_id", Cell::Number(1..=u32::MAX)),
        ],
    ),
    (
        "high_risk_country",
        &[("list", TEXT), ("countries", Cell::Countries), ("as_of", Cell::Day), ("source", TEXT)],
    ),
    (
        "ip_type",
        &[
            ("when", Cell::Word(WHEN)),
            ("is", TEXT),
            ("ip_type", Cell::Word(&["residential", "hosting", "mobile", "business", "unknown"])),
        ],
    ),
    ("media", SERVICES),
    (
        "native_type",
        &[
            ("countries", Cell::Word(&["same", "different"])),
            ("native_type", Cell::Word(&["native", "broadcast", "unknown"])),
        ],
    ),
    ("scenario_verdicts", &[("stars", STARS), ("verdict", Cell::Word(&["good", "try", "avoid"]))]),
    (
        "scenarios",
        &[
            ("key", TEXT),
            ("name", TEXT),
            ("service", Cell::Optional),
            ("is_hosting", STARS),
            ("is_vpn", STARS),
            ("is_proxy", STARS),
            ("is_tor", STARS),
            ("is_relay", STARS),
            ("abuse", STARS),
            ("broadcast", STARS),
        ],
    ),
    ("services", SERVICES),
    (
        "shared_users",
        &[
            ("when", Cell::Word(WHEN)),
            ("is", TEXT),
            ("range", TEXT),
            ("quality", Cell::Word(&["good", "ok", "poor", "unknown"])),
        ],
    ),
    ("threat_categories", &[("category", Cell::Category), ("threat_category", TEXT)]),
    (
        "usage_type",
        &[
            ("when", Cell::Word(WHEN)),
            ("is", TEXT),
            ("and", Cell::Signal),
            (
                "usage_type",
                Cell::Word(&[
                    "isp",
                    "dual_isp",
                    "business",
                    "hosting",
                    "mobile",
                    "education",
                    "government",
                    "unknown",
                ]),
            ),
        ],
    ),
];

const TEXT: Cell = Cell::Text;
const SERVICES: &[(&str, Cell)] = &[
    ("key", TEXT),
    ("name", TEXT),
    ("countries", Cell::Countries),
    ("reason", Cell::Word(&["not_offered", "blocked"])),
    ("as_of", Cell::Day),
    ("source", TEXT),
];

/// A table of `feeds/rules/`, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleTable<'t> {
    /// The day it was right.
    pub as_of: Day,
    /// Where it is from.
    pub source: &'t str,
    /// The cells of each row, in the order of the columns.
    pub rows: Vec<Vec<&'t str>>,
}

impl<'t> RuleTable<'t> {
    /// Reads a table; the stem of its file says which one it is.
    ///
    /// # Errors
    /// Everything that is wrong with it, by line.
    pub fn read(file: &str, text: &'t str) -> Result<Self, CatalogueError> {
        let mut faults = Faults { file, found: Vec::new() };
        let table = read(&mut faults, text);
        match (CatalogueError::new(faults.found), table) {
            (None, Some(table)) => Ok(table),
            (Some(error), _) => Err(error),
            (None, None) => unreachable!("a reader that gives up records a fault"),
        }
    }
}

/// What is wrong with a file so far.
struct Faults<'f> {
    file: &'f str,
    found: Vec<DefinitionFault>,
}

impl Faults<'_> {
    fn add(&mut self, line: u64, key: &str, message: impl Into<String>) {
        let (file, key, message) = (self.file.to_owned(), key.to_owned(), message.into());
        self.found.push(DefinitionFault { file, line, key, message });
    }
}

/// Returns `None` only after recording a fault.
fn read<'t>(faults: &mut Faults<'_>, text: &'t str) -> Option<RuleTable<'t>> {
    let columns = shape(faults)?;
    let (mut as_of, mut source) = (None, None);
    let mut rows = Vec::new();
    let mut keys = BTreeSet::new();
    let mut is_headed = false;
    for (line, text) in (1..).zip(text.lines()) {
        if let Some(comment) = text.strip_prefix('#') {
            let comment = comment.trim();
            if let Some(day) = comment.strip_prefix("as_of:") {
                as_of = read_day(faults, line, "as_of", day.trim());
            } else if let Some(text) = comment.strip_prefix("source:") {
                source = Some(text.trim());
            }
            continue;
        }
        let cells: Vec<&str> = text.split('\t').collect();
        if !is_headed {
            is_headed = true;
            if !cells.iter().eq(columns.iter().map(|(name, _)| name)) {
                let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
                faults.add(line, "", format!("expected the columns {}", names.join(", ")));
                return None;
            }
            continue;
        }
        if cells.len() != columns.len() {
            let (found, expected) = (cells.len(), columns.len());
            faults.add(line, "", format!("found {found} cells, expected {expected}"));
            continue;
        }
        for (cell, (name, kind)) in cells.iter().zip(columns) {
            check(faults, line, name, kind, cell);
        }
        // A service has a row for each reason, a rule one for each condition.
        if !keys.insert(cells.clone()) {
            faults.add(line, "", "is there twice");
        }
        rows.push(cells);
    }
    if rows.is_empty() {
        faults.add(1, "", "has no rows");
    }
    if as_of.is_none() && !faults.found.iter().any(|fault| fault.key == "as_of") {
        faults.add(1, "as_of", "is missing; a comment says it, as in `# as_of: 2026-11-20`");
    }
    if source.is_none_or(str::is_empty) {
        faults.add(1, "source", "is missing; a comment says it, as in `# source: ISO 3166-1`");
    }
    Some(RuleTable { as_of: as_of?, source: source?, rows })
}

/// The columns of the table that the file's name tells.
fn shape(faults: &mut Faults<'_>) -> Option<&'static [(&'static str, Cell)]> {
    let name = faults.file.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = name.strip_suffix(".tsv").unwrap_or(name).to_owned();
    let found = TABLES.iter().find(|(table, _)| *table == stem);
    if found.is_none() {
        let names: Vec<&str> = TABLES.iter().map(|(table, _)| *table).collect();
        let hint = match nearest(&stem, &names) {
            Some(meant) => format!("did you mean `{meant}.tsv`?"),
            None => format!("expected one of {}", names.join(", ")),
        };
        faults.add(1, "", format!("no rule is read from {}; {hint}", quoted(name)));
    }
    found.map(|(_, columns)| *columns)
}

fn check(faults: &mut Faults<'_>, line: u64, column: &str, kind: &Cell, cell: &str) {
    let expected = match kind {
        Cell::Text if cell.trim().is_empty() => "text".to_owned(),
        Cell::Text | Cell::Optional => return,
        Cell::Word(words) if words.contains(&cell) => return,
        Cell::Word(words) => format!("one of {}", words.join(", ")),
        Cell::Number(bounds) if cell.parse().is_ok_and(|number| bounds.contains(&number)) => return,
        Cell::Number(bounds) => format!("{} to {}", bounds.start(), bounds.end()),
        Cell::Day => {
            read_day(faults, line, column, cell);
            return;
        }
        Cell::Code if cell.parse::<CountryCode>().is_ok() => return,
        Cell::Code => "a country code of two letters, such as DE".to_owned(),
        Cell::Countries => {
            check_countries(faults, line, column, cell);
            return;
        }
        Cell::Category if cell.parse::<Category>().is_ok() => return,
        Cell::Category => "a category, such as tor_exit".to_owned(),
        Cell::Signal if cell.is_empty() || Category::from_signal(cell).is_some() => return,
        Cell::Signal => "a signal, such as is_hosting, or nothing".to_owned(),
    };
    faults.add(line, column, format!("found {}, expected {expected}", quoted(cell)));
}

fn read_day(faults: &mut Faults<'_>, line: u64, key: &str, text: &str) -> Option<Day> {
    let day = text.parse().ok();
    if day.is_none() {
        let message = format!("found {}, expected a day such as 2026-11-20", quoted(text));
        faults.add(line, key, message);
    }
    day
}

fn check_countries(faults: &mut Faults<'_>, line: u64, column: &str, cell: &str) {
    let codes: Vec<&str> = cell.split(' ').collect();
    for code in &codes {
        if !is_country(code) {
            let message = format!("found {}, which is no country of countries.tsv", quoted(code));
            faults.add(line, column, message);
        }
    }
    if !codes.is_sorted_by(|a, b| a < b) {
        faults.add(line, column, "expected the codes sorted, and none twice");
    }
}

/// Whether the table of countries has the code.
pub(super) fn is_country(code: &str) -> bool {
    static CODES: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
        let text = embedded::countries();
        // Read by the first column alone: the whole table is checked like any other.
        let rows = text.lines().filter(|line| !line.starts_with('#')).skip(1);
        rows.filter_map(|row| row.split('\t').next()).collect()
    });
    CODES.contains(code)
}

#[cfg(test)]
mod tests {
    use crate::feed::rules::{RuleTable, TABLES};
    use crate::feed::{Category, embedded};

    const HEAD: &str = "# as_of: 2026-11-20\n# source: tests\n";

    #[track_caller]
    fn check(name: &str, text: &str, expected: &[&str]) {
        let error = RuleTable::read(&format!("{name}.tsv"), text).err();
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(error.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn every_shipped_table_is_good_and_known() {
        let files = embedded::feeds("rules");
        let names: Vec<_> =
            files.iter().map(|file| file.path.trim_end_matches(".tsv").to_owned()).collect();
        assert_eq!(names, TABLES.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        for file in files {
            let text = std::str::from_utf8(file.bytes).expect("text");
            let table = RuleTable::read(&file.path, text).unwrap_or_else(|error| panic!("{error}"));
            assert!(!table.rows.is_empty());
        }
    }

    #[test]
    fn conditions_name_what_there_is() {
        for table in ["ip_type", "usage_type", "shared_users"] {
            let files = embedded::feeds("rules");
            let file =
                files.iter().find(|file| file.path == format!("{table}.tsv")).expect("there");
            let text = std::str::from_utf8(file.bytes).expect("text");
            for row in RuleTable::read(&file.path, text).expect("good").rows {
                let is_signal = Category::from_signal(row[1]).is_some();
                assert_eq!(row[0] == "signal", is_signal, "{table}: {row:?}");
            }
        }
    }

    #[test]
    fn cells_are_held_against_their_columns() {
        check("native_type", &format!("{HEAD}countries\tnative_type\nsame\tnative\n"), &[]);
        check(
            "services",
            &format!(
                "{HEAD}key\tname\tcountries\treason\tas_of\tsource\n\
                 chatgpt\tChatGPT\tCN BY XX\tnot_ofered\tyesterday\t\n"
            ),
            &[
                "services.tsv:4: as_of: found `yesterday`, expected a day such as 2026-11-20",
                "services.tsv:4: countries: expected the codes sorted, and none twice",
                "services.tsv:4: countries: found `XX`, which is no country of countries.tsv",
                "services.tsv:4: reason: found `not_ofered`, expected one of not_offered, blocked",
                "services.tsv:4: source: found ``, expected text",
            ],
        );
        check(
            "usage_type",
            &format!("{HEAD}when\tis\tand\tusage_type\ntype\tisp\tis_host\tisp\ntype\tisp\n"),
            &[
                "usage_type.tsv:4: and: found `is_host`, expected a signal, such as is_hosting, or \
                 nothing",
                "usage_type.tsv:5: found 2 cells, expected 4",
            ],
        );
    }

    #[test]
    fn a_table_says_when_and_whence() {
        check(
            "threat_categories",
            "category\tthreat_category\nvpn\tvpn\nvpn\tvpn\n",
            &[
                "threat_categories.tsv:1: as_of: is missing; a comment says it, as in \
                 `# as_of: 2026-11-20`",
                "threat_categories.tsv:1: source: is missing; a comment says it, as in \
                 `# source: ISO 3166-1`",
                "threat_categories.tsv:3: is there twice",
            ],
        );
        check(
            "servces",
            "",
            &["servces.tsv:1: no rule is read from `servces.tsv`; did you mean `services.tsv`?"],
        );
        check(
            "bots",
            &format!("{HEAD}id\tname\n"),
            &["bots.tsv:3: expected the columns id, name, operator, class"],
        );
    }
}
