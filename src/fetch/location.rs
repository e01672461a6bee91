//! What is known of a URL, and whether it is to be asked again: pure decisions.

use serde::{Deserialize, Serialize};

use crate::base::{BuildEpoch, Digest};

/// What is known of a URL: a record of the cache.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocationRecord {
    /// As the definition has it: `${NAME}` is not expanded, so that no secret is stored.
    pub url: String,
    /// The snapshot it had when it last answered.
    pub sha256: Option<Digest>,
    /// Bytes of that snapshot.
    pub bytes: u64,
    /// Its entity tag, to be sent back as it is (RFC 9110 §8.8.3).
    pub etag: Option<String>,
    /// Its date, to be sent back as it is (RFC 9110 §8.8.2).
    pub last_modified: Option<String>,
    /// When the content last changed, as far as we saw; Unix seconds.
    pub since: u64,
    /// When the host last said that this is the content; Unix seconds.
    pub confirmed: u64,
    /// Runs that failed since.
    pub failures: u32,
    /// Why the last of them did.
    pub failure: Option<String>,
    /// Before this the host wants no request (`Retry-After`); Unix seconds.
    pub not_before: Option<u64>,
}

/// Whether a URL is to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Now; with validators, if what they stand for is in the cache.
    Now {
        /// Whether a 304 would do.
        conditional: bool,
    },
    /// It answered less than `refresh` ago.
    NotYet,
    /// The host asked to be left alone until then.
    Held(BuildEpoch),
}

/// Decides whether a URL is to be asked.
pub(super) fn due(
    record: &LocationRecord,
    has_snapshot: bool,
    refresh_seconds: u64,
    now: BuildEpoch,
) -> Due {
    if let Some(until) = record.not_before.filter(|until| *until > now.0) {
        return Due::Held(BuildEpoch(until));
    }
    let is_known = record.sha256.is_some() && has_snapshot;
    let has_failed = record.failure.is_some();
    // A clock that was set back makes everything due.
    let age = now.0.checked_sub(record.confirmed);
    if is_known && !has_failed && age.is_some_and(|age| age < refresh_seconds) {
        return Due::NotYet;
    }
    let has_validator = record.etag.is_some() || record.last_modified.is_some();
    Due::Now { conditional: is_known && has_validator }
}

impl LocationRecord {
    /// The host said that this is the content now.
    pub(super) fn confirm(&mut self, sha256: Digest, bytes: u64, now: BuildEpoch) {
        if self.sha256 != Some(sha256) {
            self.since = now.0;
        }
        (self.sha256, self.bytes, self.confirmed) = (Some(sha256), bytes, now.0);
        (self.failures, self.failure, self.not_before) = (0, None, None);
    }

    /// It could not be had.
    pub(super) fn fail(&mut self, reason: String, not_before: Option<BuildEpoch>) {
        self.failures = self.failures.saturating_add(1);
        self.failure = Some(reason);
        self.not_before = not_before.map(|until| until.0);
    }
}

#[cfg(test)]
mod tests {
    use crate::base::{BuildEpoch, Digest};
    use crate::fetch::LocationRecord;
    use crate::fetch::location::{Due, due};

    const NOW: BuildEpoch = BuildEpoch(1_000_000);

    fn known() -> LocationRecord {
        let mut record = LocationRecord { etag: Some("\"1\"".to_owned()), ..Default::default() };
        record.confirm(Digest::of(b"1"), 1, BuildEpoch(NOW.0 - 3600));
        record
    }

    #[track_caller]
    fn check(record: &LocationRecord, has_snapshot: bool, refresh: u64, expected: Due) {
        assert_eq!(due(record, has_snapshot, refresh, NOW), expected);
    }

    #[test]
    fn a_url_is_asked_once_a_refresh() {
        check(&LocationRecord::default(), false, 3600, Due::Now { conditional: false });
        check(&known(), true, 3601, Due::NotYet);
        check(&known(), true, 3600, Due::Now { conditional: true });
        check(&known(), false, 3601, Due::Now { conditional: false });
        let without = LocationRecord { etag: None, ..known() };
        check(&without, true, 0, Due::Now { conditional: false });
        let from_the_future = LocationRecord { confirmed: NOW.0 + 1, ..known() };
        check(&from_the_future, true, 3600, Due::Now { conditional: true });
    }

    #[test]
    fn a_failure_is_due_again_unless_the_host_asked_for_patience() {
        let mut record = known();
        record.fail("dead".to_owned(), None);
        check(&record, true, 86_400, Due::Now { conditional: true });
        record.fail("busy".to_owned(), Some(BuildEpoch(NOW.0 + 1)));
        check(&record, true, 0, Due::Held(BuildEpoch(NOW.0 + 1)));
        assert_eq!(record.failures, 2);
        record.not_before = Some(NOW.0);
        check(&record, true, 0, Due::Now { conditional: true });
    }

    #[test]
    fn content_is_as_old_as_its_last_change() {
        let mut record = known();
        record.confirm(Digest::of(b"1"), 1, NOW);
        assert_eq!((record.since, record.confirmed), (NOW.0 - 3600, NOW.0));
        record.confirm(Digest::of(b"2"), 1, NOW);
        assert_eq!(record.since, NOW.0);
    }
}
