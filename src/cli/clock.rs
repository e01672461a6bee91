//! The clock: what the environment says the time is, else the system's.
#![expect(clippy::disallowed_methods, reason = "without SOURCE_DATE_EPOCH the clock is asked")]

use std::env;
use std::time::SystemTime;

use anyhow::Context as _;

use crate::base::BuildEpoch;
use crate::cli::exit::UsageError;
use crate::feed::{Catalogue, Feed};

/// Names the moment of a build (<https://reproducible-builds.org/specs/source-date-epoch/>).
const CLOCK: &str = "SOURCE_DATE_EPOCH";

/// The moment of the build: what the environment says, else the sample's own day, else now.
///
/// The sample does not age: what it says of a Tor exit would fade within days.
pub(super) fn epoch(sample: Option<&Catalogue>) -> anyhow::Result<BuildEpoch> {
    let text = env::var_os(CLOCK).unwrap_or_default();
    let text = text.to_string_lossy();
    if !text.is_empty() {
        let epoch = text.parse().ok().map(BuildEpoch).filter(|epoch| *epoch <= BuildEpoch::MAX);
        let wrong = || {
            let found = text.escape_debug();
            UsageError(format!(
                "{CLOCK}: found `{found}`, expected Unix seconds before the year 10000"
            ))
        };
        return Ok(epoch.ok_or_else(wrong)?);
    }
    // The catalogue's own tables, which it reads too, are renewed at other times.
    let of_sample = |feed: &&Feed| feed.file.starts_with("feeds/sample/");
    let days = sample.map(|sample| sample.iter().filter(of_sample).filter_map(|feed| feed.as_of));
    if let Some(day) = days.and_then(Iterator::max) {
        return Ok(day.epoch());
    }
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let since = since.context("the clock is before 1970; set it, or SOURCE_DATE_EPOCH")?;
    Ok(BuildEpoch(since.as_secs()))
}
