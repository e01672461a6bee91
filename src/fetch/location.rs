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
    /// When the last of them did; Unix seconds.
    pub tried: u64,
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
    /// Not before then: the host asked to be left alone, or has failed too often.
    Held(BuildEpoch),
}

/// Runs that may fail before a URL is asked once a `refresh` only, like one that answers.
const MAX_EAGER: u32 = 3;
/// The longest patience that a host is granted, and that any record is believed: a day.
pub(super) const MAX_PATIENCE_SECONDS: u64 = 86_400;

/// Whether a moment is still to come, and no further away than any host is granted.
pub(super) fn is_patience(until: u64, now: BuildEpoch) -> bool {
    until > now.0 && until - now.0 <= MAX_PATIENCE_SECONDS
}

/// Decides whether a URL is to be asked.
pub(super) fn due(
    record: &LocationRecord,
    has_snapshot: bool,
    refresh_seconds: u64,
    now: BuildEpoch,
) -> Due {
    let waits = |until: &u64| is_patience(*until, now);
    if let Some(until) = record.not_before.filter(waits) {
        return Due::Held(BuildEpoch(until));
    }
    if record.failures >= MAX_EAGER {
        let again = record.tried.saturating_add(refresh_seconds.min(MAX_PATIENCE_SECONDS));
        if record.tried <= now.0 && waits(&again) {
            return Due::Held(BuildEpoch(again));
        }
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
        // A run whose clock was ahead must not keep content young.
        self.since = self.since.min(now.0);
        (self.sha256, self.bytes, self.confirmed) = (Some(sha256), bytes, now.0);
        (self.failures, self.failure, self.not_before) = (0, None, None);
    }

    /// It could not be had.
    pub(super) fn fail(&mut self, reason: String, not_before: Option<BuildEpoch>, now: BuildEpoch) {
        // A run whose clock was ahead must not keep content young.
        (self.since, self.confirmed) = (self.since.min(now.0), self.confirmed.min(now.0));
        self.failures = self.failures.saturating_add(1);
        self.tried = now.0;
        self.failure = Some(reason);
        let latest = now.0.saturating_add(MAX_PATIENCE_SECONDS);
        self.not_before = not_before.map(|until| until.0.min(latest));
    }

    /// The name of its files in the cache: no secret, and no path.
    pub(super) fn key(&self) -> Digest {
        key(&self.url)
    }
}

/// The name of a URL's or a host's files in the cache.
pub(super) fn key(url: &str) -> Digest {
    Digest::of(url.as_bytes())
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
        record.fail("dead".to_owned(), None, NOW);
        check(&record, true, 86_400, Due::Now { conditional: true });
        record.fail("busy".to_owned(), Some(BuildEpoch(NOW.0 + 1)), NOW);
        check(&record, true, 0, Due::Held(BuildEpoch(NOW.0 + 1)));
        assert_eq!(record.failures, 2);
        record.not_before = Some(NOW.0);
        check(&record, true, 0, Due::Now { conditional: true });
        record.fail("busy".to_owned(), Some(BuildEpoch(u64::MAX)), NOW);
        assert_eq!(record.not_before, Some(NOW.0 + 86_400));
        // A record of a clock that was far ahead.
        record.not_before = Some(NOW.0 + 86_401);
        check(&record, true, 0, Due::Now { conditional: true });
    }

    #[test]
    fn what_fails_again_and_again_is_asked_once_a_refresh() {
        let mut record = known();
        for _ in 0..3 {
            check(&record, true, 60, Due::Now { conditional: true });
            record.fail("dead".to_owned(), None, NOW);
        }
        check(&record, true, 60, Due::Held(BuildEpoch(NOW.0 + 60)));
        record.tried = NOW.0 - 60;
        check(&record, true, 60, Due::Now { conditional: true });
        record.tried = NOW.0 + 60;
        check(&record, true, 60, Due::Now { conditional: true });
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
