//! Garbage: snapshots that nothing leads to any more, and records of what nobody reads.

use std::collections::BTreeSet;

use crate::base::{BuildEpoch, Digest};
use crate::feed::Catalogue;
use crate::fetch::{self, Cache, Collected};
use crate::publish::{PublishError, remote, snapshot};
use crate::release::Store;

/// How long the records of a feed stay that the catalogue does not have: another catalogue may
/// share the cache.
const GRACE_SECONDS: u64 = 90 * 86_400;

/// Removes the snapshots that neither a URL has now, nor a feed may need again, nor a release that
/// is still there was made of.
pub(super) fn collect(
    cache: &Cache,
    store: &Store,
    catalogue: &Catalogue,
    now: BuildEpoch,
) -> Result<Collected, PublishError> {
    let is_past = |confirmed: u64| now.0.saturating_sub(confirmed) > GRACE_SECONDS;
    let urls: BTreeSet<String> = fetch::jobs(catalogue).into_iter().map(|job| job.url).collect();
    let mut roots: BTreeSet<Digest> = BTreeSet::new();
    for location in fetch::locations(cache)? {
        if !urls.contains(&location.url) && is_past(location.confirmed) {
            fetch::forget(cache, &location.url)?;
        } else {
            roots.extend(location.sha256);
        }
    }
    for (id, history) in remote::histories(cache)? {
        let confirmed = history.good.front().map_or(0, |good| good.confirmed);
        if catalogue.get(&id).is_none() && is_past(confirmed) {
            remote::forget(cache, &id)?;
        } else {
            roots.extend(history.snapshots());
        }
    }
    for lock in store.locks()? {
        roots.extend(lock.feeds.values().filter_map(|locked| locked.sha256));
    }
    let kept = roots.into_iter().flat_map(|sha256| snapshot::reachable(cache, sha256)).collect();
    Ok(cache.collect(&kept)?)
}
