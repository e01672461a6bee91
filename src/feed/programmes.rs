//! The tables of `feeds/sanctions/`: programmes against countries, as people edit them.
//!
//! Builds read them like any TOML feed, which asks for the country alone; this is the check
//! that the rest of a row is there too.

use crate::feed::document::{Document, Table};
use crate::feed::fault::{CatalogueError, quoted};
use crate::feed::rules::is_country;

const SCOPES: &[&str] = &["comprehensive", "sectoral", "arms"];

/// Checks a table of programmes: the day it was right, and of each row the country, the
/// programme, how far it reaches, since when, and by which act.
///
/// # Errors
/// Everything that is wrong with it, by line.
pub fn check_programmes(file: &str, text: &str) -> Result<(), CatalogueError> {
    let document = Document::parse(file, text);
    check(&document.root(&["as_of", "row"]));
    document.finish(Some(()))
}

fn check(root: &Table<'_>) {
    root.require(&["as_of", "row"]);
    if let Some(item) = root.get("as_of") {
        item.day();
    }
    let rows = root.get("row").map(|item| item.one_or_more()).unwrap_or_default();
    for row in rows {
        let keys = ["country", "programme", "scope", "since", "source"];
        let Some(row) = row.table(&keys) else { continue };
        row.require(&keys);
        for (key, item) in row.entries() {
            let Some(text) = item.text() else { continue };
            let expected = match key {
                "country" if !is_country(text) => "a country of rules/countries.tsv".to_owned(),
                "scope" if !SCOPES.contains(&text) => format!("one of {}", SCOPES.join(", ")),
                // Some acts are known by their year alone.
                "since" if !is_day_or_year(text) => "a day or a year".to_owned(),
                _ => continue,
            };
            item.fault(format!("found {}, expected {expected}", quoted(text)));
        }
    }
}

fn is_day_or_year(text: &str) -> bool {
    let is_year = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_year || text.parse::<crate::base::Day>().is_ok()
}

#[cfg(test)]
mod tests {
    use crate::feed::check_programmes;
    use crate::feed::embedded;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let error = check_programmes("x.toml", text).err();
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(error.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn every_shipped_table_is_good() {
        let files = embedded::feeds("sanctions");
        assert!(files.len() >= 4);
        for file in files {
            check(std::str::from_utf8(file.bytes).expect("text"), &[]);
        }
    }

    #[test]
    fn a_row_says_all_of_it() {
        check(
            "as_of = 2026-11-20\nrow = [\n\
             { country = 'DE', programme = 'X', scope = 'arms', since = '2019', source = 'S' },\n\
             { country = 'XX', programme = 'X', scope = 'army', since = 'May', source = '' },\n\
             { country = 'DE', programme = 'X', scope = 'arms', since = '2019-05-01' },\n]",
            &[
                "x.toml:4: row[1].country: found `XX`, expected a country of rules/countries.tsv",
                "x.toml:4: row[1].scope: found `army`, expected one of comprehensive, sectoral, \
                 arms",
                "x.toml:4: row[1].since: found `May`, expected a day or a year",
                "x.toml:4: row[1].source: found ``, expected text in one line",
                "x.toml:5: row[2].source: is missing",
            ],
        );
        check("", &["x.toml:1: as_of: is missing", "x.toml:1: row: is missing"]);
    }
}
