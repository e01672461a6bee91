//! When a copy that is kept up to date is looked after next.

use std::time::Duration;

use crate::fetch::random_share;

/// The longest wait after a first failure; it doubles with each.
const BACKOFF: Duration = Duration::from_mins(1);

/// How long to wait after a pull; `n_failed` counts failures since the last good one.
///
/// Up to a tenth more than the interval, so that copies that were started together spread; after a
/// failure anything up to a bound that doubles, and never passes the interval.
pub fn wait(interval: Duration, n_failed: u32) -> Duration {
    if n_failed == 0 {
        return interval + interval.mul_f64(random_share() / 10.0);
    }
    let bound = BACKOFF.saturating_mul(1 << (n_failed - 1).min(20)).min(interval);
    // Not at once: what failed in no time would fail again.
    bound.mul_f64(0.5 + random_share() / 2.0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::client::wait;

    #[track_caller]
    fn check(interval: u64, n_failed: u32, expected: std::ops::RangeInclusive<u64>) {
        let seconds = Duration::from_secs;
        let expected = seconds(*expected.start())..=seconds(*expected.end());
        let waits: Vec<Duration> = (0..50).map(|_| wait(seconds(interval), n_failed)).collect();
        assert!(waits.iter().all(|wait| expected.contains(wait)), "{waits:?}");
        assert!(waits.iter().any(|wait| *wait != waits[0]), "no jitter");
    }

    #[test]
    fn copies_spread_and_are_patient_with_what_fails() {
        check(3600, 0, 3600..=3960);
        check(3600, 1, 30..=60);
        check(3600, 3, 120..=240);
        check(3600, u32::MAX, 1800..=3600);
        check(10, 1, 5..=10);
    }
}
