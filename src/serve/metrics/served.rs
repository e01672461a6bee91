//! What is served, as far as it is counted.

use std::collections::BTreeMap;

use crate::release::FeedState;

/// What is served, as far as it is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// Version of the current release.
    pub version: String,
    /// Its number.
    pub sequence: u64,
    /// Unix seconds of its build.
    pub build_epoch: u64,
    /// Unix seconds after which the index is not to be believed.
    pub expires: u64,
    /// How many releases can be had.
    pub n_releases: u64,
    /// The feeds of the current release, counted by state.
    pub feeds: BTreeMap<FeedState, u64>,
}
