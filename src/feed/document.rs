//! A TOML file of ours, read with care: typed values, and every mistake with its line.
//!
//! ```text
//! Document ── root(KEYS) ──> Table ── get("guards") ──> Item ── table(KEYS) ──> Table …
//!     └── finish(value) <── whatever an Item or a Table finds wrong is kept here
//! ```
//!
//! Readers ask an [`Item`] for the type they need. What is not so is recorded and gives
//! `None`, and the reader goes on: one run tells all that is wrong with a file. A value
//! counts only if [`Document::finish`] lets it through.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::base::Day;
use crate::feed::fault::{CatalogueError, DefinitionFault, nearest, quoted};

/// A parsed file and what was found wrong with it so far.
#[derive(Debug)]
pub struct Document<'t> {
    file: &'t str,
    newlines: Vec<usize>, // byte offsets, ascending
    root: Spanned<DeTable<'t>>,
    broken: BTreeSet<u64>, // lines that are no TOML
    faults: RefCell<Vec<DefinitionFault>>,
}

impl<'t> Document<'t> {
    /// Parses the text; lines that are no TOML become faults, the rest is read on.
    pub fn parse(file: &'t str, text: &'t str) -> Self {
        let (root, errors) = DeTable::parse_recoverable(text);
        let newlines =
            text.bytes().enumerate().filter_map(|(at, byte)| (byte == b'\n').then_some(at));
        let mut document = Self {
            file,
            newlines: newlines.collect(),
            root,
            broken: BTreeSet::new(),
            faults: RefCell::default(),
        };
        for error in errors {
            let line = document.line(&error.span().unwrap_or(0..0));
            document.record(line, "", error.message().replace('\n', "; "));
            document.broken.insert(line);
        }
        document
    }

    /// The top-level table. `known` are its keys; any other is a fault.
    pub fn root(&self, known: &[&str]) -> Table<'_> {
        Table::open(self, self.root.get_ref(), String::new(), 1, known)
    }

    /// Everything found wrong.
    pub fn into_faults(self) -> Vec<DefinitionFault> {
        self.faults.into_inner()
    }

    /// Lets the value through if nothing was found wrong.
    ///
    /// # Panics
    /// If there is neither a value nor a fault: who gives up says why.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, CatalogueError> {
        match CatalogueError::new(self.into_faults()) {
            Some(error) => Err(error),
            None => Ok(value.expect("a reader that gives up records a fault")),
        }
    }

    fn line(&self, span: &Range<usize>) -> u64 {
        1 + self.newlines.partition_point(|newline| *newline < span.start) as u64
    }

    fn record(&self, line: u64, key: &str, message: String) {
        // What recovery makes of a broken line is a guess; one fault a guess is enough.
        if !self.broken.contains(&line) {
            let (file, key) = (self.file.to_owned(), key.to_owned());
            self.faults.borrow_mut().push(DefinitionFault { file, line, key, message });
        }
    }
}

/// A table of a document.
#[derive(Clone, Debug)]
pub struct Table<'d> {
    document: &'d Document<'d>,
    content: &'d DeTable<'d>,
    path: String,
    line: u64,
}

impl<'d> Table<'d> {
    fn open(
        document: &'d Document<'d>,
        content: &'d DeTable<'d>,
        path: String,
        line: u64,
        known: &[&str],
    ) -> Self {
        let opened = Self { document, content, path, line };
        for (key, item) in opened.entries() {
            if !known.contains(&key) {
                let hint = match nearest(key, known) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("expected one of {}", known.join(", ")),
                };
                // The message names the key, so that it also reads well alone.
                let message = format!("unknown key {}; {hint}", quoted(key));
                document.record(item.line, &opened.path, message);
            }
        }
        opened
    }

    /// Whether the key is there, whatever its value.
    pub fn has(&self, key: &str) -> bool {
        self.content.contains_key(key)
    }

    /// The value of a key, `None` if it is not there.
    pub fn get(&self, key: &str) -> Option<Item<'d>> {
        let (key, value) = self.content.get_key_value(key)?;
        Some(self.item(key, value))
    }

    /// The strings of a key that takes one or an array of them; none if it is not there.
    pub fn texts(&self, key: &str) -> Vec<(Item<'d>, &'d str)> {
        let items = self.get(key).map(|item| item.one_or_more()).unwrap_or_default();
        items.into_iter().filter_map(|item| item.text().map(|text| (item, text))).collect()
    }

    /// Every key and value, by key; for tables whose keys are data.
    pub fn entries(&self) -> impl Iterator<Item = (&'d str, Item<'d>)> {
        self.content.iter().map(|(key, value)| (key.get_ref().as_ref(), self.item(key, value)))
    }

    /// Records a fault of each key that is not there.
    pub fn require(&self, keys: &[&str]) {
        for key in keys.iter().filter(|key| !self.has(key)) {
            self.missing(key, "is missing");
        }
    }

    /// Records a fault of a key, in its line; in the table's where the key is not there.
    pub fn fault(&self, key: &str, message: impl Into<String>) {
        match self.get(key) {
            Some(item) => item.fault(message),
            None => self.missing(key, message),
        }
    }

    fn missing(&self, key: &str, message: impl Into<String>) {
        // A broken line may be the very one that has the key.
        if self.document.broken.is_empty() {
            self.document.record(self.line, &self.below(key), message.into());
        }
    }

    fn item(
        &self,
        key: &'d Spanned<toml::de::DeString<'d>>,
        value: &'d Spanned<DeValue<'d>>,
    ) -> Item<'d> {
        let line = self.document.line(&key.span());
        Item { document: self.document, value, key: self.below(key.get_ref()), line }
    }

    fn below(&self, key: &str) -> String {
        // Keys are data in some tables, so they are escaped like values.
        let key = key.escape_debug();
        if self.path.is_empty() { key.to_string() } else { format!("{}.{key}", self.path) }
    }
}

/// A value of a document: the reader's question is a method, a wrong answer a fault.
#[derive(Clone, Debug)]
pub struct Item<'d> {
    document: &'d Document<'d>,
    value: &'d Spanned<DeValue<'d>>,
    key: String,
    line: u64,
}

impl<'d> Item<'d> {
    /// Records a fault of this value.
    pub fn fault(&self, message: impl Into<String>) {
        self.document.record(self.line, &self.key, message.into());
    }

    /// Any string.
    pub fn string(&self) -> Option<&'d str> {
        let text = self.value.get_ref().as_str();
        self.or_expected(text, "a string")
    }

    /// A string that has something to say: not blank, no control characters.
    pub fn text(&self) -> Option<&'d str> {
        let text = self.string()?;
        let fits = !text.trim().is_empty() && !text.chars().any(char::is_control);
        self.or_expected(fits.then_some(text), "text in one line")
    }

    /// The integer, whatever its size; `None` and no fault for another type.
    pub fn as_integer(&self) -> Option<i128> {
        let integer = self.value.get_ref().as_integer()?;
        i128::from_str_radix(integer.as_str(), integer.radix()).ok()
    }

    /// An integer within bounds.
    pub fn integer<T>(&self, bounds: RangeInclusive<T>) -> Option<T>
    where
        T: Copy + PartialOrd + std::fmt::Display + TryFrom<i128>,
    {
        let number = self.as_integer().and_then(|number| T::try_from(number).ok());
        let fits = number.filter(|number| bounds.contains(number));
        self.or_expected(fits, &format!("{} to {}", bounds.start(), bounds.end()))
    }

    /// A share, 0 to 1000 per mille.
    pub fn per_mille(&self) -> Option<u16> {
        self.integer(0..=1000)
    }

    /// `true` or `false`.
    pub fn bool(&self) -> Option<bool> {
        self.or_expected(self.value.get_ref().as_bool(), "true or false")
    }

    /// A day, as a TOML date or a string.
    pub fn day(&self) -> Option<Day> {
        let day = match self.value.get_ref() {
            DeValue::Datetime(time) => time.date.and_then(|date| date.to_string().parse().ok()),
            DeValue::String(text) => text.parse().ok(),
            _ => None,
        };
        self.or_expected(day, "a day such as \"2026-08-22\"")
    }

    /// A duration, such as `30s`, `90m`, `1h`, `45d` or `2w`, in seconds.
    pub fn seconds(&self) -> Option<u64> {
        let seconds = self.value.get_ref().as_str().and_then(parse_seconds);
        self.or_expected(seconds, "a duration such as \"90m\", \"1h\" or \"45d\"")
    }

    /// Whether it is this very string, such as `never` where a duration may be.
    pub fn says(&self, word: &str) -> bool {
        self.value.get_ref().as_str() == Some(word)
    }

    /// One of our words.
    pub fn word<T: Copy>(&self, all: &[T], name: fn(T) -> &'static str) -> Option<T> {
        let word = self.string()?;
        let found = all.iter().copied().find(|value| name(*value) == word);
        if found.is_none() {
            let names: Vec<_> = all.iter().map(|value| name(*value)).collect();
            let hint = match nearest(word, &names) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("expected one of {}", names.join(", ")),
            };
            self.fault(format!("found {}; {hint}", quoted(word)));
        }
        found
    }

    /// A table. `known` are its keys; any other is a fault.
    pub fn table(&self, known: &[&str]) -> Option<Table<'d>> {
        let table = self.or_expected(self.value.get_ref().as_table(), "a table")?;
        Some(Table::open(self.document, table, self.key.clone(), self.line, known))
    }

    /// A table whose keys are data, such as the cells of `values`.
    pub fn open_table(&self) -> Option<Table<'d>> {
        let content = self.or_expected(self.value.get_ref().as_table(), "a table")?;
        let (document, path) = (self.document, self.key.clone());
        Some(Table { document, content, path, line: self.line })
    }

    /// The elements of an array, each with its own line.
    pub fn array(&self) -> Option<Vec<Item<'d>>> {
        self.or_expected(self.elements(), "an array")
    }

    /// The elements of an array that has some, or the value itself.
    pub fn one_or_more(&self) -> Vec<Item<'d>> {
        let items = self.elements().unwrap_or_else(|| vec![self.clone()]);
        if items.is_empty() {
            self.fault("found an empty array, expected at least one value");
        }
        items
    }

    fn elements(&self) -> Option<Vec<Item<'d>>> {
        let array = self.value.get_ref().as_array()?;
        let element = |(idx, value): (usize, &'d Spanned<DeValue<'d>>)| Item {
            document: self.document,
            value,
            key: format!("{}[{idx}]", self.key),
            line: self.document.line(&value.span()),
        };
        Some(array.iter().enumerate().map(element).collect())
    }

    fn or_expected<T>(&self, value: Option<T>, expected: &str) -> Option<T> {
        if value.is_none() {
            let found = match self.value.get_ref() {
                DeValue::String(text) => quoted(text),
                DeValue::Integer(integer) => integer.to_string(),
                DeValue::Boolean(value) => value.to_string(),
                DeValue::Array(_) => "an array".to_owned(),
                other => format!("a {}", other.type_str()),
            };
            self.fault(format!("found {found}, expected {expected}"));
        }
        value
    }
}

/// Reads digits and a unit: `s`, `m`, `h`, `d` or `w`.
/// Reads a duration such as `90m` or `45d`; at most a thousand years.
pub fn parse_seconds(text: &str) -> Option<u64> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => return None,
    };
    // `parse` would take a sign.
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = plain.then(|| digits.parse().ok())??;
    // A thousand years is no duration anybody means, and keeps all sums far from overflow.
    number.checked_mul(seconds).filter(|seconds| *seconds <= 1000 * 366 * 86_400)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::feed::document::{Document, Item, parse_seconds};

    const KEYS: &[&str] = &["title", "share", "days", "list", "day", "inner", "flag"];

    /// Reads every key as what its name says and compares the faults, one a line.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let document = Document::parse("x.toml", text);
        read(&document);
        let mut faults = document.into_faults();
        faults.sort();
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(faults, expected);
    }

    fn read(document: &Document<'_>) {
        let root = document.root(KEYS);
        root.require(&["title"]);
        root.get("title").and_then(|item| item.text());
        root.get("share").and_then(|item| item.per_mille());
        root.get("days").and_then(|item| item.seconds());
        root.get("day").and_then(|item| item.day());
        root.get("flag").and_then(|item| item.bool());
        for item in root.get("list").iter().flat_map(Item::one_or_more) {
            item.word(&["red", "green"], |word| word);
        }
        if let Some(inner) = root.get("inner").and_then(|item| item.table(&["a"])) {
            inner.require(&["a"]);
        }
    }

    #[test]
    fn a_good_document_has_no_faults() {
        check(
            "title = 't'\nshare = 1000\ndays = '2w'\nday = 2026-08-22\nlist = ['red']\nflag = true\n[inner]\na = 1",
            &[],
        );
    }

    #[test]
    fn every_fault_names_its_line_and_key() {
        check(
            "titel = 't'\nshare = 1200\ndays = '3 d'\nday = 'soon'\nflag = 1\nlist = [\n 'red',\n 'gren',\n 3]\n[inner]\nb = 1",
            &[
                "x.toml:1: unknown key `titel`; did you mean `title`?",
                "x.toml:1: title: is missing",
                "x.toml:2: share: found 1200, expected 0 to 1000",
                "x.toml:3: days: found `3 d`, expected a duration such as \"90m\", \"1h\" or \"45d\"",
                "x.toml:4: day: found `soon`, expected a day such as \"2026-08-22\"",
                "x.toml:5: flag: found 1, expected true or false",
                "x.toml:8: list[1]: found `gren`; did you mean `green`?",
                "x.toml:9: list[2]: found 3, expected a string",
                "x.toml:10: inner.a: is missing",
                "x.toml:11: inner: unknown key `b`; expected one of a",
            ],
        );
    }

    #[test]
    fn a_broken_line_is_one_fault_and_the_rest_is_read() {
        let document = Document::parse("x.toml", "title = 'a\nshare = 1001\nday 3\n");
        read(&document);
        let mut lines: Vec<u64> = document.into_faults().iter().map(|fault| fault.line).collect();
        lines.sort_unstable();
        assert_eq!(lines, [1, 2, 3]);
    }

    #[test]
    fn durations_are_digits_and_a_unit() {
        for (text, expected) in [
            ("30s", Some(30)),
            ("90m", Some(5400)),
            ("1h", Some(3600)),
            ("45d", Some(45 * 86_400)),
            ("2w", Some(14 * 86_400)),
            ("0d", Some(0)),
            ("d", None),
            ("", None),
            ("+1d", None),
            ("1é", None),
            ("99999999999999999999d", None),
            ("9999999999999999999w", None),
        ] {
            assert_eq!(parse_seconds(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC*|[a-z=\\[\\]'\"\n.0-9{}, #]*") {
            let document = Document::parse("x.toml", &text);
            read(&document);
        }
    }
}
