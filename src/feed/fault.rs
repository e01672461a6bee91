//! What is wrong with a TOML file of ours: file, line, key, and what would be right.

use std::fmt;

/// One mistake in a definition, the policy or an edition's schema.
///
/// Ordered by file, then line: the order in which a person mends them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DefinitionFault {
    /// The file as it was named to us.
    pub file: String,
    /// Line of the key, from 1.
    pub line: u64,
    /// Dotted key, such as `guards.min_rows`; empty where no key is to blame.
    pub key: String,
    /// What was found and what was expected.
    pub message: String,
}

impl fmt::Display for DefinitionFault {
    /// `feeds/tor/x.toml:12: reliability: found 1200, expected 0 to 1000`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

/// Why there is no catalogue, policy or schema: everything that is wrong, at once.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct CatalogueError {
    faults: Vec<DefinitionFault>, // invariant: not empty, sorted, none twice
}

impl CatalogueError {
    /// Sorts the faults; `None` if there are none.
    pub fn new(mut faults: Vec<DefinitionFault>) -> Option<Self> {
        faults.sort();
        faults.dedup();
        (!faults.is_empty()).then_some(Self { faults })
    }

    /// Everything that is wrong, by file and line.
    pub fn faults(&self) -> &[DefinitionFault] {
        &self.faults
    }
}

impl fmt::Display for CatalogueError {
    /// One fault a line, no line end after the last.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (idx, fault) in self.faults.iter().enumerate() {
            if idx > 0 {
                f.write_str("\n")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

/// How much of a value a message shows.
const MAX_SHOWN: usize = 60;

/// A value from outside as messages show it: in backticks, escaped, cut when long.
pub(crate) fn quoted(text: &str) -> String {
    let shown: String = text.chars().take(MAX_SHOWN).flat_map(char::escape_debug).collect();
    let rest = if text.chars().nth(MAX_SHOWN).is_some() { "…" } else { "" };
    format!("`{shown}{rest}`")
}

/// Returns the candidate a person most likely meant, if any is close enough to say so.
pub(crate) fn nearest<'c>(word: &str, candidates: &[&'c str]) -> Option<&'c str> {
    // A third of the letters may differ, and two swapped ones always (they count as two):
    // `catagory` finds `category`, `titel` finds `title`, `foo` finds nothing.
    let limit = match word.chars().count() {
        0..=2 => 0,
        3 => 1,
        n_letters => (n_letters / 3).max(2),
    };
    candidates
        .iter()
        .map(|candidate| (edit_distance(word, candidate), *candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Letters to insert, drop or replace (Levenshtein), the letter case free of charge.
fn edit_distance(a: &str, b: &str) -> usize {
    // Keys are short; a long text is no misspelling of one and must not cost its square.
    let a: Vec<char> = a.chars().take(MAX_SHOWN).flat_map(char::to_lowercase).collect();
    let mut row: Vec<usize> = (0..=a.len()).collect();
    for (line, letter) in (1..).zip(b.chars()) {
        let mut diagonal = row[0];
        row[0] = line;
        for idx in 1..row.len() {
            let replaced = diagonal + usize::from(a[idx - 1] != letter);
            diagonal = row[idx];
            row[idx] = replaced.min(row[idx] + 1).min(row[idx - 1] + 1);
        }
    }
    row[a.len()]
}

#[cfg(test)]
mod tests {
    use crate::feed::fault::{CatalogueError, DefinitionFault, nearest, quoted};

    #[track_caller]
    fn check(word: &str, expected: Option<&str>) {
        assert_eq!(nearest(word, &["category", "columns", "kind", "path", "url"]), expected);
    }

    #[test]
    fn a_misspelt_key_finds_the_right_one() {
        check("catagory", Some("category"));
        check("Category", Some("category"));
        check("column", Some("columns"));
        check("URL", Some("url"));
        check("uri", Some("url"));
        check("zzz", None);
        check("", None);
    }

    #[test]
    fn errors_are_listed_by_file_and_line() {
        let fault = |file: &str, line, key: &str| DefinitionFault {
            file: file.to_owned(),
            line,
            key: key.to_owned(),
            message: "found 1200, expected 0 to 1000".to_owned(),
        };
        let faults =
            vec![fault("b.toml", 2, "x"), fault("a.toml", 12, ""), fault("a.toml", 3, "y")];
        let error = CatalogueError::new(faults).expect("three faults");
        assert_eq!(
            error.to_string(),
            "a.toml:3: y: found 1200, expected 0 to 1000\n\
             a.toml:12: found 1200, expected 0 to 1000\n\
             b.toml:2: x: found 1200, expected 0 to 1000"
        );
        assert_eq!(CatalogueError::new(Vec::new()), None);
    }

    #[test]
    fn values_are_escaped_and_cut() {
        assert_eq!(quoted("a\nb"), "`a\\nb`");
        assert_eq!(quoted(&"é".repeat(61)), format!("`{}…`", "é".repeat(60)));
    }
}
