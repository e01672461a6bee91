//! What the claim stage is given, and what it counts.

use crate::base::{Coverage, Day, Memory};
use crate::feed::{Category, Feed};
use crate::parse::Parsed;

/// One feed and what was read from its snapshot.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// Its definition.
    pub feed: &'a Feed,
    /// The day its content is of: rows without a time of their own age from it.
    pub as_of: Day,
    /// What was read.
    pub parsed: Parsed,
}

/// What shapes claims beside the feeds.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The day of the build.
    pub today: Day,
    /// Floors an age in days to a step; `None` once evidence of that category has expired.
    pub age: &'a (dyn Fn(Category, u32) -> Option<u16> + Sync),
    /// Whether claims carry the length of the listed prefix.
    pub prefix_lengths: bool,
    /// What layers may take.
    pub memory: &'a Memory,
}

/// What became of a feed's entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Ranges (keys, for feeds by AS or country) that the feed asserts something about.
    pub claims: u64,
    /// Entries wholly in reserved space: dropped.
    pub reserved: u64,
    /// Entries partly in reserved space: cut.
    pub clipped: u64,
    /// Entries too old to count.
    pub expired: u64,
    /// Assignments, one for each entry and attribute, of which others, more specific or of
    /// higher priority, took every address.
    pub outvoted: u64,
    /// Ranges on which labels were dropped because there were too many.
    pub crowded: u64,
    /// IPv4 addresses the feed speaks of.
    pub coverage_v4: Coverage,
    /// IPv6 addresses the feed speaks of.
    pub coverage_v6: Coverage,
}
