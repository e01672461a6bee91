//! Garbage: snapshots that nothing leads to any more.

use std::collections::BTreeSet;

use crate::base::Digest;
use crate::fetch::{self, Cache, Collected};
use crate::publish::{PublishError, remote, snapshot};
use crate::release::Store;

/// Removes the snapshots that neither a URL has now, nor a feed may need again, nor a release that
/// is still there was made of.
pub(super) fn collect(cache: &Cache, store: &Store) -> Result<Collected, PublishError> {
    let mut roots: BTreeSet<Digest> =
        fetch::locations(cache)?.into_iter().filter_map(|location| location.sha256).collect();
    for history in remote::histories(cache)? {
        roots.extend(history.snapshots());
    }
    for lock in store.locks()? {
        roots.extend(lock.feeds.values().filter_map(|locked| locked.sha256));
    }
    let kept = roots.into_iter().flat_map(|sha256| snapshot::reachable(cache, sha256)).collect();
    Ok(cache.collect(&kept)?)
}
