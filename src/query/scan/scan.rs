//! A scan, from what was asked to what is answered.

use std::net::IpAddr;

use crate::mmdb::{FormatError, Reader};
use crate::query::scan::{Cidr, Index, Scan};

/// How much a scan tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScanOptions {
    /// How many AS, countries and providers: at most [`ScanOptions::MAX_TOP`].
    pub top: usize,
    /// How many runs: at most [`ScanOptions::MAX_RUNS`].
    pub runs: usize,
    /// Where the page of runs begins, as the `next` of the page before says.
    pub after: Option<IpAddr>,
}

impl ScanOptions {
    /// The most that [`ScanOptions::top`] may be.
    pub const MAX_TOP: usize = 32;
    /// The most that [`ScanOptions::runs`] may be.
    pub const MAX_RUNS: usize = 1000;
}

impl Default for ScanOptions {
    fn default() -> Self {
        Self { top: 10, runs: 100, after: None }
    }
}

/// Says what a database of the edition `full` says of all addresses of a prefix or a range; with an index of that
/// very database any prefix at once, without one by walking its networks.
///
/// # Errors
/// If the database is damaged where it was read.
pub fn scan(
    _reader: &Reader<'_>,
    _index: Option<&Index>,
    _cidr: &Cidr,
    _options: ScanOptions,
) -> Result<Scan, FormatError> {
    unimplemented!("follows with the walk")
}
