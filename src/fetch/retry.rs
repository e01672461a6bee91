//! When to try again: backoff with full jitter, and `Retry-After` (RFC 9110 §10.2.3).

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use jiff::fmt::rfc2822;

use crate::feed::FetchPolicy;

/// How long to wait before retry `n`, from 0: anything up to a bound that doubles, so that a
/// thousand clients that failed together do not come back together.
pub(super) fn backoff(policy: &FetchPolicy, n: u32) -> Duration {
    let bound = policy.backoff.saturating_mul(1 << n.min(20)).min(policy.max_wait);
    bound.mul_f64(random_share())
}

/// Anything from 0 up to, not including, 1.
pub fn random_share() -> f64 {
    // A hasher's keys are the randomness that the standard library has.
    let random = RandomState::new().hash_one(0);
    (random >> 11) as f64 / (1_u64 << 53) as f64
}

/// Reads `Retry-After`: seconds, or a date, from which `now` (Unix seconds) is taken away.
pub(super) fn retry_after(value: &str, now: u64) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    // HTTP-date's preferred form is one of RFC 2822, and recipients may ignore the obsolete ones.
    let date = rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
    let seconds = u64::try_from(date.as_second()).ok()?;
    Some(Duration::from_secs(seconds.saturating_sub(now)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::feed::FetchPolicy;
    use crate::fetch::retry::{backoff, retry_after};

    #[track_caller]
    fn check(value: &str, expected: Option<u64>) {
        // 1994-11-06T08:49:07Z.
        assert_eq!(retry_after(value, 784_111_747), expected.map(Duration::from_secs), "{value}");
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        check("120", Some(120));
        check(" 0 ", Some(0));
        check("Sun, 06 Nov 1994 08:49:37 GMT", Some(30));
        check("Sun, 06 Nov 1994 08:49:00 GMT", Some(0));
        check("-1", None);
        check("99999999999", None);
        check("soon", None);
        check("", None);
    }

    #[test]
    fn backoff_doubles_up_to_the_longest_wait() {
        let seconds = Duration::from_secs;
        let policy =
            FetchPolicy { backoff: seconds(1), max_wait: seconds(10), ..FetchPolicy::default() };
        for (n, bound) in [(0, 1), (1, 2), (3, 8), (4, 10), (u32::MAX, 10)] {
            let waits: Vec<Duration> = (0..50).map(|_| backoff(&policy, n)).collect();
            assert!(waits.iter().all(|wait| *wait <= seconds(bound)), "{n}: {waits:?}");
            assert!(waits.iter().any(|wait| *wait != waits[0]), "{n}: no jitter");
        }
        let policy = FetchPolicy { backoff: Duration::ZERO, ..policy };
        assert_eq!(backoff(&policy, 3), Duration::ZERO);
    }
}
