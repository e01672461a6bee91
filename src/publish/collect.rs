//! Garbage: snapshots that nothing leads to any more, and records of what nobody reads.
#![expect(clippy::disallowed_methods, reason = "stores are known by where they lie")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::base::{BuildEpoch, Digest};
use crate::feed::Catalogue;
use crate::fetch::{self, Cache, Collected};
use crate::publish::{PublishError, remote, snapshot};
use crate::release::Store;

/// How long the records of a feed stay that the catalogue does not have: another catalogue may
/// share the cache.
const GRACE_SECONDS: u64 = 90 * 86_400;

/// The folder of the cache that holds a record for each store that is built from it.
const STORES: &str = "stores";

/// What the releases of a store were made of.
#[derive(Serialize, Deserialize)]
struct StoreRecord {
    path: PathBuf,
    snapshots: BTreeSet<Digest>,
}

/// Removes the snapshots that neither a URL has now, nor a feed may need again, nor a release that
/// is still there, in any store that is built from this cache, was made of.
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
        let last_said = location.confirmed.max(location.tried);
        if !urls.contains(&location.url) && is_past(last_said) {
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
    note(cache, store)?;
    for (name, record) in cache.records::<StoreRecord>(STORES)? {
        if record.path.is_dir() {
            roots.extend(record.snapshots);
        } else {
            cache.remove(STORES, &name)?;
        }
    }
    let kept = roots.into_iter().flat_map(|sha256| snapshot::reachable(cache, sha256)).collect();
    Ok(cache.collect(&kept)?)
}

/// Notes what the releases of a store were made of, so that builds of others leave that alone.
fn note(cache: &Cache, store: &Store) -> Result<(), PublishError> {
    let root = store.root();
    let path = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let locks = store.locks()?;
    let snapshots = locks.iter().flat_map(|lock| lock.feeds.values()).filter_map(|f| f.sha256);
    let name = Digest::of(path.as_os_str().as_encoded_bytes()).to_string();
    let snapshots = snapshots.collect();
    Ok(cache.store(STORES, &name, &StoreRecord { path, snapshots })?)
}
