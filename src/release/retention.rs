//! Which release is current by an operator's word, and which are kept.
#![expect(clippy::disallowed_methods, reason = "a store lives on disk")]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use crate::base::{BuildEpoch, remove_unfinished};
use crate::release::error::write_error;
use crate::release::store::is_version;
use crate::release::{Index, IndexEntry, Release, Store, StoreError};

/// What stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// This many of the newest.
    pub newest: usize,
    /// Those built at most so many seconds ago.
    pub younger_than: u64,
    /// Those that another took the place of at most so many seconds ago.
    pub grace: u64,
}

/// What was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pruned {
    /// Versions, the oldest first, and then those that no index named.
    pub versions: Vec<String>,
    /// Bytes of files that no other release and no history has.
    pub bytes: u64,
}

impl Store {
    /// Makes an older release the current one again; the one before the current, if none is named.
    ///
    /// # Errors
    /// If a file of it is not what its manifest says; the current release stays.
    pub fn rollback(&self, version: Option<&str>, now: BuildEpoch) -> Result<Release, StoreError> {
        // Before the guard, which would make a store where there is none.
        self.published()?;
        self.prepare()?;
        let _guard = self.guard(|| {})?;
        let index = self.published()?;
        let version = match version {
            Some(version) => version.to_owned(),
            None => before_current(&index)
                .ok_or(StoreError::NothingBefore { version: index.current.clone() })?,
        };
        let release = self.open(&index, &version)?;
        let problems = release.damages();
        if !problems.is_empty() {
            return Err(StoreError::Damaged { version, problems });
        }
        self.replace_index(&index.rolled_back(&version, now))?;
        Ok(release)
    }

    /// Which releases [`Store::prune`] would remove.
    pub fn prunable(&self, keep: Keep, now: BuildEpoch) -> Result<Vec<String>, StoreError> {
        let index = self.published()?;
        Ok([prunable(&index, keep, now), self.unlisted(&index)?].concat())
    }

    /// Removes releases. First nobody is sent to them any more, then they vanish whole. With them go
    /// those that nobody was ever sent to: what builds left that died right before the end.
    pub fn prune(&self, keep: Keep, now: BuildEpoch) -> Result<Pruned, StoreError> {
        self.published()?;
        self.prepare()?;
        let _guard = self.guard(|| {})?;
        let index = self.published()?;
        let old = prunable(&index, keep, now);
        let gone: BTreeSet<&String> = old.iter().collect();
        let entries = index.releases.iter().filter(|entry| gone.contains(&entry.version));
        let mut folders = entries.map(|entry| self.folder(entry)).collect::<Result<Vec<_>, _>>()?;
        let unlisted = self.unlisted(&index)?;
        folders.extend(unlisted.iter().map(|version| self.releases().join(version)));
        if !old.is_empty() {
            self.replace_index(&index.without(&old))?;
        }
        let versions = [old, unlisted].concat();
        let mut bytes = 0;
        // Whoever removed one by hand has done so much of the work.
        for folder in folders.into_iter().filter(|folder| folder.exists()) {
            bytes += unique_bytes(&folder).map_err(write_error(&folder))?;
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            let unfinished = folder.with_file_name(format!(".tmp-{name}"));
            fs::rename(&folder, &unfinished).map_err(write_error(&folder))?;
        }
        let releases = self.releases();
        remove_unfinished(&releases).map_err(write_error(&releases))?;
        Ok(Pruned { versions, bytes })
    }

    /// Releases that are there and in no index, sorted.
    fn unlisted(&self, index: &Index) -> Result<Vec<String>, StoreError> {
        let mut versions = self.release_names()?;
        versions.retain(|name| is_version(name) && index.get(name).is_none());
        versions.sort();
        Ok(versions)
    }
}

/// The one published last before the current.
fn before_current(index: &Index) -> Option<String> {
    let current = index.get(&index.current)?.sequence;
    let older = index.releases.iter().filter(|entry| entry.sequence < current);
    older.max_by_key(|entry| entry.sequence).map(|entry| entry.version.clone())
}

fn prunable(index: &Index, keep: Keep, now: BuildEpoch) -> Vec<String> {
    let ended = |epoch: u64| now.0.saturating_sub(epoch);
    let n_old = index.releases.len().saturating_sub(keep.newest);
    let successors = index.releases.iter().skip(1);
    let is_old = |(entry, successor): &(&IndexEntry, &IndexEntry)| {
        entry.version != index.current
            && ended(entry.build_epoch) > keep.younger_than
            && ended(successor.build_epoch) > keep.grace
    };
    // The newest has no successor, and stays.
    let old = index.releases.iter().zip(successors).take(n_old).filter(is_old);
    old.map(|(entry, _)| entry.version.clone()).collect()
}

/// What removing a folder gives back: files that have no other name.
fn unique_bytes(folder: &PathBuf) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() {
            unique_bytes(&entry.path())?
        } else if has_other_name(&metadata) {
            0
        } else {
            metadata.len()
        };
    }
    Ok(bytes)
}

#[cfg(unix)]
fn has_other_name(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    metadata.nlink() > 1
}

#[cfg(not(unix))]
fn has_other_name(_: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use crate::base::{BuildEpoch, Digest};
    use crate::release::retention::{before_current, prunable};
    use crate::release::{Index, IndexEntry, Keep};

    const DAY: u64 = 86_400;

    /// A release on each of ten days, the last one current.
    fn index() -> Index {
        let entry = |n: u64| IndexEntry {
            version: format!("202608{:02}.1", n + 1),
            sequence: n + 1,
            build_epoch: n * DAY,
            manifest_sha256: Digest::of(b""),
        };
        (0..10)
            .fold(None, |index, n| Some(Index::with(index, entry(n), BuildEpoch(0))))
            .expect("ten")
    }

    #[track_caller]
    fn check(keep: Keep, expected: usize) {
        let now = BuildEpoch(9 * DAY + 60);
        assert_eq!(prunable(&index(), keep, now).len(), expected);
    }

    #[test]
    fn whatever_one_rule_keeps_is_kept() {
        check(Keep::default(), 9);
        check(Keep { newest: 4, ..Keep::default() }, 6);
        check(Keep { younger_than: 3 * DAY, ..Keep::default() }, 7);
        // Its successor came less than two days ago.
        check(Keep { grace: 2 * DAY, ..Keep::default() }, 7);
        check(Keep { newest: 20, ..Keep::default() }, 0);
    }

    #[test]
    fn the_current_release_stays_after_a_rollback() {
        let index = index().rolled_back("20260803.1", BuildEpoch(9 * DAY));
        assert_eq!((index.sequence, index.next_sequence()), (11, 12));
        assert_eq!(before_current(&index).as_deref(), Some("20260802.1"));
        let pruned = prunable(&index, Keep { newest: 1, ..Keep::default() }, BuildEpoch(u64::MAX));
        assert_eq!(pruned.len(), 8);
        assert!(!pruned.contains(&"20260803.1".to_owned()));
    }
}
