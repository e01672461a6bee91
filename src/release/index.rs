//! `index.json`: which releases there are and which is current (`schemas/index.schema.json`).

use serde::{Deserialize, Serialize};

use crate::base::{BuildEpoch, Digest};

/// Seconds after a build that an index is believed.
///
/// A week: a nightly build may fail for some days before clients should worry, and whoever
/// replays an old index cannot do so for longer.
const EXPIRES_AFTER_SECONDS: u64 = 7 * 86_400;

/// The releases of a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// 1.
    pub schema: u32,
    /// Version of the current release.
    pub current: String,
    /// The current release's; it only grows, also across a rollback.
    pub sequence: u64,
    /// Unix seconds after which the index is not to be believed.
    pub expires: u64,
    /// Every release, the oldest first.
    pub releases: Vec<IndexEntry>,
}

/// One release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexEntry {
    /// `YYYYMMDD.N`.
    pub version: String,
    /// Counts publications of the store, from 1.
    pub sequence: u64,
    /// Unix seconds.
    pub build_epoch: u64,
    /// Digest of its `manifest.json`.
    pub manifest_sha256: Digest,
}

impl Index {
    /// The schema that this code writes and reads.
    pub const SCHEMA: u32 = 1;

    /// Returns the index once `entry` is published on top of `self`, or as the first release.
    #[must_use]
    pub fn with(before: Option<Self>, entry: IndexEntry, now: BuildEpoch) -> Self {
        let mut releases = before.map(|index| index.releases).unwrap_or_default();
        let current = entry.version.clone();
        let sequence = entry.sequence;
        let expires = now.0.saturating_add(EXPIRES_AFTER_SECONDS);
        releases.push(entry);
        Self { schema: Self::SCHEMA, current, sequence, expires, releases }
    }

    /// Returns the index once a build has found nothing new.
    #[must_use]
    pub fn renewed(&self, now: BuildEpoch) -> Self {
        let expires = now.0.saturating_add(EXPIRES_AFTER_SECONDS);
        Self { expires, ..self.clone() }
    }

    /// Returns the index once an older release is current again. The sequence grows: whoever
    /// replays the index from before is found out.
    #[must_use]
    pub fn rolled_back(&self, version: &str, now: BuildEpoch) -> Self {
        let (current, sequence) = (version.to_owned(), self.next_sequence());
        Self { current, sequence, ..self.renewed(now) }
    }

    /// Returns the index without some releases.
    #[must_use]
    pub fn without(&self, versions: &[String]) -> Self {
        let mut index = self.clone();
        index.releases.retain(|entry| !versions.contains(&entry.version));
        index
    }

    /// When it was written.
    pub fn published_at(&self) -> BuildEpoch {
        BuildEpoch(self.expires.saturating_sub(EXPIRES_AFTER_SECONDS))
    }

    /// One above the largest there was.
    pub fn next_sequence(&self) -> u64 {
        let newest = self.releases.iter().map(|entry| entry.sequence);
        newest.fold(self.sequence, u64::max).saturating_add(1)
    }

    /// The release of that version.
    pub fn get(&self, version: &str) -> Option<&IndexEntry> {
        self.releases.iter().find(|entry| entry.version == version)
    }

    /// `day.N`, N one above the largest of that day.
    pub fn next_version<'v>(epoch: BuildEpoch, taken: impl Iterator<Item = &'v str>) -> String {
        let day = epoch.day().compact();
        let number = |version: &str| {
            version.strip_prefix(day.as_str())?.strip_prefix('.')?.parse::<u64>().ok()
        };
        let last = taken.filter_map(number).max().unwrap_or(0);
        format!("{day}.{}", last.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use crate::base::{BuildEpoch, Digest};
    use crate::release::{Index, IndexEntry};

    fn entry(version: &str, sequence: u64) -> IndexEntry {
        IndexEntry {
            version: version.to_owned(),
            sequence,
            build_epoch: 1_787_400_000,
            manifest_sha256: Digest::of(version.as_bytes()),
        }
    }

    #[test]
    fn an_index_is_read_back() {
        let now = BuildEpoch(1_787_400_000);
        let index = Index::with(None, entry("20260822.1", 1), now);
        let index = Index::with(Some(index), entry("20260822.2", 2), now);
        let json = serde_json::to_string(&index).expect("serializable");
        assert!(json.starts_with(r#"{"schema":1,"current":"20260822.2","sequence":2,"expires":"#));
        assert_eq!(serde_json::from_str::<Index>(&json).expect("its own JSON"), index);
        assert_eq!(index.get("20260822.1").map(|entry| entry.sequence), Some(1));
    }

    #[track_caller]
    fn check(taken: &[&str], expected: &str) {
        let version = Index::next_version(BuildEpoch(1_787_400_000), taken.iter().copied());
        assert_eq!(version, expected);
    }

    #[test]
    fn versions_count_the_builds_of_a_day() {
        check(&[], "20260822.1");
        check(&["20260821.7", "20260822.2", "20260822.10"], "20260822.11");
        check(&["20260822", "20260822.x", ".tmp-20260822.9"], "20260822.1");
    }
}
