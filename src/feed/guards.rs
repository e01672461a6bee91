//! The `guards` table of a definition.

use crate::feed::document::Table;
use crate::feed::{Category, Guards};

/// Every key of the table.
pub(super) const GUARD_KEYS: &[&str] = &[
    "min_rows",
    "max_rows",
    "shrink",
    "grow",
    "faults",
    "coverage_v4",
    "coverage_v6",
    "min_prefix_v4",
    "min_prefix_v6",
    "bytes",
];

/// Largest share of routable space that an abuse feed may cover, per mille (FAULTS).
const ABUSE_COVERAGE: u16 = 50;

/// Reads `guards`; what is not there has its default.
pub(super) fn read_guards(root: &Table<'_>, category: Option<Category>) -> Guards {
    let mut guards = Guards::default();
    if category.is_some_and(Category::is_abuse) {
        guards.coverage_v4 = ABUSE_COVERAGE;
        guards.coverage_v6 = ABUSE_COVERAGE;
    }
    let Some(table) = root.get("guards").and_then(|item| item.table(GUARD_KEYS)) else {
        return guards;
    };
    let set = |value: &mut u64, key, bounds| {
        *value = table.get(key).and_then(|item| item.integer(bounds)).unwrap_or(*value);
    };
    set(&mut guards.min_rows, "min_rows", 0..=u64::MAX);
    set(&mut guards.max_rows, "max_rows", 1..=u64::MAX);
    set(&mut guards.bytes, "bytes", 1..=u64::MAX);
    let share = |value: &mut u16, key| {
        *value = table.get(key).and_then(|item| item.per_mille()).unwrap_or(*value);
    };
    share(&mut guards.shrink, "shrink");
    share(&mut guards.faults, "faults");
    share(&mut guards.coverage_v4, "coverage_v4");
    share(&mut guards.coverage_v6, "coverage_v6");
    let length = |value: &mut u8, key, bits| {
        *value = table.get(key).and_then(|item| item.integer(0..=bits)).unwrap_or(*value);
    };
    length(&mut guards.min_prefix_v4, "min_prefix_v4", 32);
    length(&mut guards.min_prefix_v6, "min_prefix_v6", 128);
    if let Some(item) = table.get("grow") {
        // Below 1000 a snapshot of the usual size would already be too large.
        guards.grow = item.integer(1000..=1_000_000).unwrap_or(guards.grow);
    }
    if guards.max_rows < guards.min_rows {
        let (max, min) = (guards.max_rows, guards.min_rows);
        table.fault("max_rows", format!("found {max}, which is less than min_rows, {min}"));
    }
    guards
}
