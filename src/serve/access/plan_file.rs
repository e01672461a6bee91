//! `plans.toml`, read with care.
//!
//! ```toml
//! default = "free"                     # plan of keys that are made without naming one
//! upgrade_hint = "see example.org"     # told to those whose plan is not enough; optional
//! [plan.free]
//! endpoints = ["list", "download"]     # groups of routes; "*" is all of them
//! per_second = 2                       # a limit that is not there is none
//! per_minute = 60
//! per_day = 500
//! per_month = 10000
//! batch = 100                          # addresses in one batch
//! downloads_per_day = 10               # of one edition
//! ```
#![expect(clippy::disallowed_methods, reason = "plans are a file of the operator's")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::feed::{CatalogueError, Document, Item, Table};
use crate::serve::access::{AccessError, Group, Limits, Plan, Plans};

const KEYS: &[&str] = &["default", "upgrade_hint", "plan"];
const PLAN_KEYS: &[&str] = &[
    "endpoints",
    "per_second",
    "per_minute",
    "per_day",
    "per_month",
    "batch",
    "downloads_per_day",
];
/// All groups of routes.
const ALL: &str = "*";
/// More than anybody serves in a month. A thousand of each is far from what a `u64` holds, which
/// counts downloads in thousandths.
const MAX_LIMIT: u64 = 1_000_000_000_000;

impl Plans {
    /// Reads a file.
    pub fn open(path: &Path) -> Result<Self, AccessError> {
        let failed = |source| AccessError::ReadPlans { path: path.to_owned(), source };
        // Bytes that are no UTF-8 become U+FFFD, which the reader points at.
        let bytes = fs::read(path).map_err(failed)?;
        let text = String::from_utf8_lossy(&bytes);
        Self::from_toml(&path.display().to_string(), &text).map_err(AccessError::Plans)
    }

    /// Reads a file's text, reporting everything that is wrong with it.
    pub fn from_toml(file: &str, text: &str) -> Result<Self, CatalogueError> {
        let document = Document::parse(file, text);
        let root = document.root(KEYS);
        root.require(&["default", "plan"]);
        let plans = read(&root);
        drop(root);
        document.finish(plans)
    }
}

/// Returns `None` only after recording a fault.
fn read(root: &Table<'_>) -> Option<Plans> {
    let hint = root.get("upgrade_hint").and_then(|item| item.text()).map(str::to_owned);
    let default = root.get("default").and_then(|item| item.text());
    let table = root.get("plan").and_then(|item| item.open_table())?;
    let plans: Vec<Plan> = table.entries().filter_map(|(name, item)| plan(name, &item)).collect();
    if table.entries().next().is_none() {
        root.fault("plan", "found no plan, expected at least one");
    }
    let default = default?;
    let names: Vec<&str> = table.entries().map(|(name, _)| name).collect();
    if !names.is_empty() && !names.contains(&default) {
        let (found, known) = (default.escape_debug(), names.join(", "));
        root.fault("default", format!("found `{found}`; expected a plan of this file: {known}"));
    }
    Plans::new(default, hint, plans)
}

fn plan(name: &str, item: &Item<'_>) -> Option<Plan> {
    if name.trim() != name || name.is_empty() || name.chars().any(char::is_control) {
        item.fault("a plan's name is text in one line, without blanks around it");
    }
    let table = item.table(PLAN_KEYS)?;
    table.require(&["endpoints"]);
    let limit = |key| table.get(key).and_then(|item| item.integer(1..=MAX_LIMIT));
    let limits = Limits {
        per_second: limit("per_second"),
        per_minute: limit("per_minute"),
        per_day: limit("per_day"),
        per_month: limit("per_month"),
        batch: limit("batch"),
        downloads_per_day: limit("downloads_per_day"),
    };
    let mut groups = BTreeSet::new();
    for item in table.get("endpoints")?.one_or_more() {
        if item.says(ALL) {
            groups.extend(Group::ALL);
        } else {
            groups.extend(item.word(&Group::ALL, Group::name));
        }
    }
    Some(Plan { name: name.to_owned(), groups, limits })
}

#[cfg(test)]
mod tests {
    use crate::serve::access::{Group, Limits, Plans};

    const GOOD: &str = "\
default = 'free'
upgrade_hint = 'ask us'
[plan.free]
endpoints = ['list', 'download']
per_second = 2
downloads_per_day = 10
[plan.\"all of it\"]
endpoints = '*'
";

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let error = Plans::from_toml("plans.toml", text).err();
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(error.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_good_file_is_read_whole() {
        let plans = Plans::from_toml("plans.toml", GOOD).expect("good");
        assert_eq!(plans.names(), ["all of it", "free"]);
        assert_eq!(plans.upgrade_hint(), Some("ask us"));
        let free = plans.default_plan();
        let limits =
            Limits { per_second: Some(2), downloads_per_day: Some(10), ..Limits::default() };
        assert_eq!((free.name.as_str(), &free.limits), ("free", &limits));
        assert_eq!(plans.opening(Group::Download), ["all of it", "free"]);
        assert_eq!(plans.opening(Group::Watch), ["all of it"]);
        assert_eq!(plans.get("all of it").expect("there").limits, Limits::default());
    }

    #[test]
    fn without_a_file_there_is_one_plan_and_no_limit() {
        let plans = Plans::default();
        assert_eq!(plans.names(), ["unlimited"]);
        assert_eq!(plans.default_plan().groups.len(), Group::ALL.len());
        assert_eq!(plans.default_plan().limits, Limits::default());
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        check(
            "defalt = 'x'\n[plan.free]\nendpoints = ['lists', 'watch']\nper_second = 0\n\
             per_day = '5'\nper_dey = 7\n[plan.b]\nbatch = 1\n[plan.c]\nendpoints = []\n",
            &[
                "plans.toml:1: unknown key `defalt`; did you mean `default`?",
                "plans.toml:1: default: is missing",
                "plans.toml:3: plan.free.endpoints[0]: found `lists`; did you mean `list`?",
                "plans.toml:4: plan.free.per_second: found 0, expected 1 to 1000000000000",
                "plans.toml:5: plan.free.per_day: found `5`, expected 1 to 1000000000000",
                "plans.toml:6: plan.free: unknown key `per_dey`; did you mean `per_day`?",
                "plans.toml:7: plan.b.endpoints: is missing",
                "plans.toml:10: plan.c.endpoints: found an empty array, expected at least one value",
            ],
        );
        check("", &["plans.toml:1: default: is missing", "plans.toml:1: plan: is missing"]);
        check(
            "default = 'a'\nplan = {}",
            &["plans.toml:2: plan: found no plan, expected at least one"],
        );
        check(
            "default = 'a'\nplan.b.endpoints = '*'\nplan.' c'.endpoints = '*'",
            &[
                "plans.toml:1: default: found `a`; expected a plan of this file:  c, b",
                "plans.toml:3: plan. c: a plan's name is text in one line, without blanks around it",
            ],
        );
        check("default = 'a'\nplan = 7", &["plans.toml:2: plan: found 7, expected a table"]);
    }

    #[test]
    fn no_text_makes_the_reader_panic() {
        for end in 0..GOOD.len() {
            let cut = Plans::from_toml("plans.toml", &GOOD[..end]);
            assert!(cut.is_ok() || !cut.expect_err("no plans").faults().is_empty());
        }
    }
}
