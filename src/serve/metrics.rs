//! What the server counts, for Prometheus.

use std::collections::BTreeMap;

use crate::release::FeedState;

/// Which route answered, as an extension of every response that one did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route(pub &'static str);

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

/// stub
#[derive(Debug, Default)]
pub struct Metrics;
impl Metrics {
    /// stub
    pub fn served(&self, _: &Served) {}
    /// stub
    pub fn usage_trouble(&self, _: bool) {}
    /// stub
    pub fn encode(&self) -> String {
        String::new()
    }
}
