//! A moment of the server's clock.
#![expect(clippy::disallowed_methods, reason = "limits are about now")]

use std::time::SystemTime;

/// Milliseconds since 1970-01-01T00:00:00Z.
///
/// The wall clock and not a monotonic one: what is counted has to mean the same after a restart.
/// It may step back, which [`crate::serve::access::Window`] allows for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub u64);

impl Moment {
    /// Asks the clock.
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        // A clock that is set before 1970 counts from there.
        Self(since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX)))
    }

    /// Whole seconds since 1970.
    pub fn seconds(self) -> u64 {
        self.0 / 1_000
    }

    /// Seconds from here until then, rounded up; at least 1, so that who waits has waited.
    pub(super) fn seconds_until(self, then: Moment) -> u64 {
        then.0.saturating_sub(self.0).div_ceil(1_000).max(1)
    }
}

#[cfg(test)]
mod tests {
    use crate::serve::access::Moment;

    #[track_caller]
    fn check(from: u64, to: u64, expected: u64) {
        assert_eq!(Moment(from).seconds_until(Moment(to)), expected);
    }

    #[test]
    fn who_waits_so_long_comes_late_enough() {
        check(0, 0, 1);
        check(5, 3, 1);
        check(0, 1, 1);
        check(0, 1_000, 1);
        check(0, 1_001, 2);
        check(999, 60_000, 60);
    }
}
