//! When a connection has cost enough: a judgement over numbers, once a second.
//!
//! What hyper could watch by timers of its own (a head that does not end, a connection that idles) is
//! judged here too: a timer for each request costs an allocation and a lock, and a number does not.

use std::time::Duration;

use crate::serve::metrics::Cut;
use crate::serve::server::meter::Look;
use crate::serve::server::settings::Limits;

/// How long a connection that was told to end may take to do so.
const GRACE: Duration = Duration::from_secs(5);

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It goes on.
    Keep,
    /// It is told to end after what it is at.
    Tell,
    /// It ends at once.
    Cut(Cut),
}

/// What the sweeper remembers of a connection. Times are since the server began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watch {
    opened: Duration,
    /// How long the first request may take.
    first: Duration,
    /// Whether requests come one after the other, so that bytes between them are a head.
    is_serial: bool,
    n_begun: u64,
    /// Since when no request began or ran.
    quiet: Duration,
    /// Since when a head is being sent.
    head: Option<Duration>,
    /// Since when the client is waited for, and what it had taken then.
    taking: Option<(Duration, u64)>,
    told: Option<Duration>,
}

impl Watch {
    /// Watches a connection from now on; over TLS its first request comes after a handshake.
    pub(super) fn new(limits: &Limits, is_tls: bool, now: Duration) -> Self {
        let handshake = if is_tls { limits.handshake_timeout } else { Duration::ZERO };
        Self {
            opened: now,
            first: limits.header_timeout + handshake,
            is_serial: true,
            n_begun: 0,
            quiet: now,
            head: None,
            taking: None,
            told: None,
        }
    }

    /// It speaks HTTP/2: frames come whenever they like.
    pub(super) fn speaks_http2(&mut self) {
        self.is_serial = false;
    }

    /// Judges a connection by its numbers now.
    pub(super) fn judge(&mut self, limits: &Limits, look: Look, now: Duration) -> Verdict {
        let for_long = |since: Duration, limit| now.saturating_sub(since) >= limit;
        if self.told.is_some_and(|told| for_long(told, GRACE)) && look.n_running == 0 {
            return Verdict::Cut(Cut::Idle);
        }
        let has_begun = look.n_begun != self.n_begun;
        self.n_begun = look.n_begun;
        if has_begun || look.n_running > 0 {
            self.quiet = now;
            // Requests of HTTP/2 wrap around in the count, and do not begin anew by it.
            self.first = Duration::MAX;
        }
        if look.is_blocked || look.n_running > look.n_ours {
            self.head = None;
            return self.judge_taking(limits, look, now);
        }
        self.taking = None;
        if look.n_running > 0 {
            return Verdict::Keep;
        }
        if for_long(self.opened, self.first) {
            return Verdict::Cut(Cut::Silent);
        }
        if self.is_serial && look.read > look.read_at_end {
            let since = if has_begun { now } else { self.head.unwrap_or(now) };
            self.head = Some(since);
            if for_long(since, limits.header_timeout) {
                return Verdict::Cut(Cut::Header);
            }
            return Verdict::Keep;
        }
        self.head = None;
        if self.told.is_none() && for_long(self.quiet, limits.idle_timeout) {
            self.told = Some(now);
            return Verdict::Tell;
        }
        Verdict::Keep
    }

    /// Every `stall_timeout` anew, so that nobody saves up for a long sleep by a fast beginning.
    fn judge_taking(&mut self, limits: &Limits, look: Look, now: Duration) -> Verdict {
        let Some((since, written)) = self.taking else {
            self.taking = Some((now, look.written));
            return Verdict::Keep;
        };
        let elapsed = now.saturating_sub(since);
        if elapsed < limits.stall_timeout {
            return Verdict::Keep;
        }
        let least = u128::from(limits.min_rate) * elapsed.as_millis() / 1000;
        if u128::from(look.written - written) < least {
            return Verdict::Cut(Cut::Stalled);
        }
        self.taking = Some((now, look.written));
        Verdict::Keep
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::serve::metrics::Cut;
    use crate::serve::server::meter::Look;
    use crate::serve::server::settings::Limits;
    use crate::serve::server::sweeper::{Verdict, Watch};

    /// Judges once a second; `look` gives the numbers of each. Returns the first verdict that ends
    /// the connection, and its second.
    fn run(watch: Watch, look: impl Fn(u64) -> Look) -> Option<(u64, Verdict)> {
        let mut watch = watch;
        (1..=600).find_map(|second| {
            let verdict =
                watch.judge(&Limits::default(), look(second), Duration::from_secs(second));
            (verdict != Verdict::Keep).then_some((second, verdict))
        })
    }

    #[track_caller]
    fn check(look: impl Fn(u64) -> Look, expected: Option<(u64, Verdict)>) {
        let watch = Watch::new(&Limits::default(), false, Duration::ZERO);
        assert_eq!(run(watch, look), expected);
    }

    const ANSWERED: Look = Look {
        read: 100,
        written: 200,
        is_blocked: false,
        read_at_end: 100,
        n_running: 0,
        n_ours: 0,
        n_begun: 1,
    };

    #[test]
    fn who_says_nothing_is_cut() {
        check(|_| Look::default(), Some((10, Verdict::Cut(Cut::Silent))));
        let tls = Watch::new(&Limits::default(), true, Duration::ZERO);
        assert_eq!(run(tls, |_| Look::default()), Some((20, Verdict::Cut(Cut::Silent))));
        // Whatever was read, a first request that does not come is a first request.
        let dribble = |second| Look { read: second, ..Look::default() };
        check(dribble, Some((10, Verdict::Cut(Cut::Silent))));
    }

    #[test]
    fn a_later_head_has_as_long() {
        let look = |second: u64| Look { read: 100 + second.max(20) - 20, ..ANSWERED };
        check(look, Some((31, Verdict::Cut(Cut::Header))));
        // One that is answered in time begins anew.
        let look = |second| Look { n_begun: second / 5, read: 101 + second, ..ANSWERED };
        check(look, None);
    }

    #[test]
    fn an_idle_connection_is_told_then_cut() {
        check(|_| ANSWERED, Some((76, Verdict::Tell)));
        let limits = Limits::default();
        let mut watch = Watch::new(&limits, false, Duration::ZERO);
        watch.judge(&limits, ANSWERED, Duration::ZERO);
        let mut at = |second| watch.judge(&limits, ANSWERED, Duration::from_secs(second));
        assert_eq!([75, 76, 79].map(&mut at), [Verdict::Tell, Verdict::Keep, Verdict::Keep]);
        assert_eq!(at(80), Verdict::Cut(Cut::Idle));
    }

    #[test]
    fn frames_of_http2_are_no_head() {
        let mut watch = Watch::new(&Limits::default(), false, Duration::ZERO);
        watch.speaks_http2();
        let pings = |second| Look { read: 100 + second * 17, ..ANSWERED };
        assert_eq!(run(watch, pings), Some((76, Verdict::Tell)));
    }

    #[test]
    fn who_takes_nothing_is_cut() {
        let stuck = Look { n_running: 1, is_blocked: true, ..ANSWERED };
        check(|_| stuck, Some((31, Verdict::Cut(Cut::Stalled))));
        // HTTP/2 with a window that stays shut: the socket would take more.
        let shut = Look { n_running: 3, n_ours: 2, ..ANSWERED };
        check(|_| shut, Some((31, Verdict::Cut(Cut::Stalled))));
        // The answer has ended, and what is left of it is not taken.
        let rest = Look { is_blocked: true, ..ANSWERED };
        check(|_| rest, Some((31, Verdict::Cut(Cut::Stalled))));
    }

    #[test]
    fn a_rate_is_what_counts() {
        let taking =
            |rate: u64| move |second| Look { n_running: 1, written: second * rate, ..ANSWERED };
        check(taking(1024), None);
        check(taking(1023), Some((31, Verdict::Cut(Cut::Stalled))));
        // A fast beginning is no credit.
        let sleeper =
            |second: u64| Look { n_running: 1, written: second.min(60) << 20, ..ANSWERED };
        check(sleeper, Some((91, Verdict::Cut(Cut::Stalled))));
    }

    #[test]
    fn who_waits_for_us_is_not_blamed() {
        let ours = Look { n_running: 1, n_ours: 1, ..ANSWERED };
        check(|_| ours, None);
    }
}
