//! The regular expressions of format `pattern`, and what their groups say.
//!
//! ```text
//! a group of the subject    ^add \S+ (?<network>\S+)      the line is a row
//! other groups only         ^# (?<asn>AS\d+) - (?<name>.+)   a header: holds for the rows that follow
//! no named group            ^create                       the line is known to say nothing
//! ```
//!
//! The subject is what a row is about: `network`, or `first` with `last` or `count`; of kinds
//! `asn` and `country` the AS number or the country.

use std::collections::BTreeSet;

use regex::bytes::{Regex, RegexBuilder};

use crate::feed::document::Table;
use crate::feed::fault::quoted;
use crate::feed::{Column, Format, Kind};

/// The most bytes a compiled expression may take: what fits a line of a definition does, and
/// repetitions of repetitions do not.
const SIZE_LIMIT: usize = 1 << 20;

/// One expression of a definition.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// The expression.
    pub regex: Regex,
    /// The columns it gives, each with the number of its group.
    pub groups: Vec<(Column, usize)>,
}

impl Pattern {
    /// Reads an expression; a line is matched without its end and the blanks around it.
    ///
    /// # Errors
    /// What is wrong, on one line: it is no expression, too large, or a group is no column.
    pub fn new(text: &str) -> Result<Self, String> {
        let regex = RegexBuilder::new(text)
            .unicode(false)
            .size_limit(SIZE_LIMIT)
            .dfa_size_limit(SIZE_LIMIT)
            .build()
            .map_err(|error| one_line(&error))?;
        let mut groups = Vec::new();
        for (group_idx, name) in regex.capture_names().enumerate() {
            let Some(name) = name else { continue };
            let Some(column) = Column::from_name(name) else {
                let names: Vec<_> = Column::ALL.iter().map(|column| column.name()).collect();
                return Err(format!(
                    "group {} is no column, expected one of {}",
                    quoted(name),
                    names.join(", ")
                ));
            };
            groups.push((column, group_idx));
        }
        Ok(Self { regex, groups })
    }

    /// Whether a line it matches is about something, in a feed of this kind.
    pub fn has_subject(&self, kind: Kind) -> bool {
        self.groups.iter().any(|(column, _)| subjects(kind).contains(column))
    }
}

/// The columns one of which a row of this kind is about.
pub fn subjects(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::Membership | Kind::Assignment => &[Column::Network, Column::First],
        Kind::Asn => &[Column::Asn],
        Kind::Country => &[Column::Country],
    }
}

/// The last line of what the crate says: the one above it points at a column with a caret.
fn one_line(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    format!("no regular expression: {}", last.strip_prefix("error: ").unwrap_or(last))
}

/// Reads `pattern`; also returns the columns that its groups give.
pub(super) fn read_patterns(
    root: &Table<'_>,
    format: Option<Format>,
    kind: Option<Kind>,
) -> (Vec<String>, BTreeSet<Column>) {
    if format != Some(Format::Pattern) {
        return Default::default();
    }
    if !root.has("pattern") {
        root.fault("pattern", "is missing; format `pattern` reads lines by it");
    }
    let mut texts = Vec::new();
    let mut columns = BTreeSet::new();
    let mut has_subject = false;
    for (item, text) in root.texts("pattern") {
        match Pattern::new(text) {
            Ok(pattern) => {
                let has = |column| pattern.groups.iter().any(|(group, _)| *group == column);
                let is_open = has(Column::First) && !has(Column::Last) && !has(Column::Count);
                if is_open || !has(Column::First) && (has(Column::Last) || has(Column::Count)) {
                    item.fault("`first` goes with `last` or `count`");
                }
                has_subject |= kind.is_none_or(|kind| pattern.has_subject(kind));
                columns.extend(pattern.groups.iter().map(|(column, _)| *column));
                texts.push(text.to_owned());
            }
            Err(message) => {
                item.fault(message);
                has_subject = true;
            }
        }
    }
    if let (false, true, Some(kind)) = (has_subject, root.has("pattern"), kind) {
        let names: Vec<_> = subjects(kind).iter().map(|column| format!("`{column}`")).collect();
        root.fault("pattern", format!("kind `{kind}` needs a group {}", names.join(" or ")));
    }
    (texts, columns)
}

#[cfg(test)]
mod tests {
    use crate::feed::document::Document;
    use crate::feed::pattern::read_patterns;
    use crate::feed::{Format, Kind};

    #[track_caller]
    fn check(kind: Kind, text: &str, expected: &[&str]) {
        let document = Document::parse("x.toml", text);
        read_patterns(&document.root(&["pattern"]), Some(Format::Pattern), Some(kind));
        let faults = document.into_faults();
        let shown: Vec<_> =
            faults.iter().map(|fault| format!("{}: {}", fault.key, fault.message)).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_group_is_a_column() {
        check(Kind::Membership, r"pattern = '^add \S+ (?<network>\S+)'", &[]);
        check(
            Kind::Membership,
            r"pattern = ['^(?<first>\S+) (?<last>\S+)', '^# (?<asn>\d+)', 'x']",
            &[],
        );
        check(Kind::Asn, r"pattern = '^AS(?<asn>\d+)'", &[]);
        check(
            Kind::Membership,
            r"pattern = '(?<net>\S+)'",
            &[
                "pattern: group `net` is no column, expected one of network, first, last, count, asn, \
               country, category, provider, service, last_seen, name, domain, type, abuse_contact, \
               region, city, postal_code, latitude, longitude, timezone",
            ],
        );
    }

    #[test]
    fn some_line_must_be_a_row() {
        check(Kind::Country, "", &["pattern: is missing; format `pattern` reads lines by it"]);
        check(
            Kind::Membership,
            r"pattern = '^AS(?<asn>\d+)'",
            &["pattern: kind `membership` needs a group `network` or `first`"],
        );
        check(
            Kind::Membership,
            r"pattern = '(?<first>\S+)'",
            &["pattern: `first` goes with `last` or `count`"],
        );
    }

    #[test]
    fn an_expression_is_one_and_not_too_large() {
        check(
            Kind::Membership,
            "pattern = ['(?<network>', 'a{9999}{9999}']",
            &[
                "pattern[0]: no regular expression: unclosed group",
                "pattern[1]: no regular expression: Compiled regex exceeds size limit of 1048576 bytes.",
            ],
        );
    }
}
