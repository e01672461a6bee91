//! A sliding window, from two counters: the fixed window that runs, and the one before it.
//!
//! ```text
//!        previous          current
//! ├───────────────────┼──────────┬────────┤
//!                ├────╫──────────┤ now
//!                the window that slides
//! used = current + ⌈previous × (what of it the window still covers) ÷ span⌉
//! ```
//!
//! The counts are exact; where in its window a past request lay is not known, so that it is taken
//! to be spread evenly. Against a log of every request, with `e` the time since the running window began:
//!
//! - the counter is off by no more than the count of the window before, either way; by no more than
//!   two where requests came at an even pace;
//! - within one fixed window never more than the limit are let in, and within any span of that
//!   length never more than twice the limit (an empty window, its end filled, then the next one as
//!   it fades). Fixed windows alone would let those in within an instant; this takes the whole span.
//!
//! An exact log would cost a timestamp for each request of thirty days.

use crate::serve::access::Moment;

/// Over which time a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Span {
    /// A second.
    Second,
    /// A minute.
    Minute,
    /// 24 hours; the fixed ones are UTC days.
    Day,
    /// 30 days, which is what a month is here.
    Month,
}

impl Span {
    /// Every span, the shortest first.
    pub const ALL: [Self; 4] = [Self::Second, Self::Minute, Self::Day, Self::Month];

    /// How long it is.
    pub const fn millis(self) -> u64 {
        match self {
            Self::Second => 1_000,
            Self::Minute => 60_000,
            Self::Day => 86_400_000,
            Self::Month => 30 * 86_400_000,
        }
    }

    /// The word in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Day => "day",
            Self::Month => "month",
        }
    }
}

/// What was counted lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    span: u64,  // milliseconds; invariant: not 0
    start: u64, // of the running fixed window, Unix milliseconds; invariant: a multiple of `span`
    previous: u64,
    current: u64,
}

impl Window {
    /// An empty one of so many milliseconds, at least one.
    pub fn new(span_ms: u64) -> Self {
        Self { span: span_ms.max(1), start: 0, previous: 0, current: 0 }
    }

    /// One that was stored: when its running fixed window began, what was counted in that and before.
    pub fn restore(span_ms: u64, start_ms: u64, previous: u64, current: u64) -> Self {
        let span = span_ms.max(1);
        Self { span, start: start_ms - start_ms % span, previous, current }
    }

    /// Its length in milliseconds.
    pub fn span_ms(self) -> u64 {
        self.span
    }

    /// When its running fixed window began, in Unix milliseconds.
    pub fn start_ms(self) -> u64 {
        self.start
    }

    /// What was counted in the fixed window before, and in the running one.
    pub fn counts(self) -> (u64, u64) {
        (self.previous, self.current)
    }

    /// How much counts now, rounded up.
    pub fn used(self, now: Moment) -> u64 {
        let window = self.at(now);
        let still = window.span - window.elapsed(now);
        // At most `previous`, so it fits; the product may not.
        let faded = (u128::from(window.previous) * u128::from(still)).div_ceil(window.span.into());
        window.current.saturating_add(faded as u64)
    }

    /// The first moment from now at which `n` more are within the limit, if nothing else is counted
    /// until then; `None` if they never are.
    pub fn fits_at(self, limit: u64, n: u64, now: Moment) -> Option<Moment> {
        let room = limit.checked_sub(n)?;
        let window = self.at(now);
        if let Some(left) = room.checked_sub(window.current) {
            let after = window.fades_to(window.previous, left);
            if after <= window.elapsed(now) {
                return Some(now);
            }
            if after < window.span {
                return Some(Moment(window.start.saturating_add(after)));
            }
        }
        let next = window.start.saturating_add(window.span);
        Some(Moment(next.saturating_add(window.fades_to(window.current, room))))
    }

    /// Counts `n` more.
    pub fn add(&mut self, n: u64, now: Moment) {
        *self = self.at(now);
        self.current = self.current.saturating_add(n);
    }

    /// Takes back what was counted and did not happen, as far as the running fixed window has it.
    pub fn take_back(&mut self, n: u64, now: Moment) {
        *self = self.at(now);
        self.current = self.current.saturating_sub(n);
    }

    /// When the running fixed window ends, and what it counted begins to fade.
    pub fn ends(self, now: Moment) -> Moment {
        Moment(self.at(now).start.saturating_add(self.span))
    }

    /// When the running fixed window began.
    pub fn began(self, now: Moment) -> Moment {
        Moment(self.at(now).start)
    }

    /// The window as it is now.
    fn at(self, now: Moment) -> Self {
        let start = now.0 - now.0 % self.span;
        if start == self.start {
            return self;
        }
        if start < self.start {
            // A clock that steps back a little finds time standing still; counting twice what the
            // window allows would be a way around limits. One that was years ahead is not waited for.
            let is_near = self.start - start <= self.span;
            return if is_near { self } else { Self { start, previous: 0, current: 0, ..self } };
        }
        let previous = if start - self.start == self.span { self.current } else { 0 };
        Self { start, previous, current: 0, ..self }
    }

    /// How far into its running fixed window a moment is: less than the span.
    fn elapsed(self, now: Moment) -> u64 {
        now.0.saturating_sub(self.start).min(self.span - 1)
    }

    /// How far into the next fixed window no more than `left` of a count counts: up to the span.
    fn fades_to(self, count: u64, left: u64) -> u64 {
        if count <= left {
            return 0;
        }
        // ⌈count × still ÷ span⌉ <= left, for the largest `still`, which is less than the span.
        let still = u128::from(left) * u128::from(self.span) / u128::from(count);
        self.span - still as u64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::serve::access::{Moment, Span, Window};

    const SPAN: u64 = 100;

    /// What an exact log says: how many came in the span that ends now.
    fn exact(log: &[u64], now: u64) -> u64 {
        log.iter().filter(|at| **at <= now && **at + SPAN > now).count() as u64
    }

    /// Requests at these moments, each let in if it fits.
    fn let_in(limit: u64, moments: &[u64]) -> (Window, Vec<u64>) {
        let mut window = Window::new(SPAN);
        let mut log = Vec::new();
        for at in moments {
            let now = Moment(*at);
            let fits = window.used(now) < limit;
            assert_eq!(fits, window.fits_at(limit, 1, now) == Some(now));
            if fits {
                window.add(1, now);
                log.push(*at);
            }
        }
        (window, log)
    }

    /// Moments that never go back, from pauses; the first lies somewhere in a fixed window.
    fn moments() -> impl Strategy<Value = Vec<u64>> {
        proptest::collection::vec(prop_oneof![4 => 0u64..4, 2 => 0u64..60, 1 => 0u64..350], 1..200)
            .prop_map(|pauses| {
                let mut at = 5 * SPAN;
                let next = |pause: &u64| {
                    at += pause;
                    at
                };
                pauses.iter().map(next).collect()
            })
    }

    proptest! {
        /// The bounds that the head of the file states.
        #[test]
        fn the_counter_is_off_by_the_window_before_at_most(moments in moments()) {
            let mut window = Window::new(SPAN);
            let mut log = Vec::new();
            for at in moments {
                window.add(1, Moment(at));
                log.push(at);
                let start = at - at % SPAN;
                let previous = |at: &&u64| **at < start && **at + SPAN >= start;
                let previous = log.iter().filter(previous).count() as u64;
                let used = window.used(Moment(at));
                prop_assert!(used.abs_diff(exact(&log, at)) <= previous);
                prop_assert!(exact(&log, at) - exact(&log, at).min(previous) <= used);
            }
        }

        #[test]
        fn at_an_even_pace_the_counter_is_off_by_two_at_most(pace in 1u64..50, first in 0..SPAN) {
            let mut window = Window::new(SPAN);
            let log: Vec<u64> = (0..500).map(|n| 10 * SPAN + first + n * pace).collect();
            for (idx, at) in log.iter().enumerate() {
                window.add(1, Moment(*at));
                let used = window.used(Moment(*at));
                let is_full = at - log[0] >= 2 * SPAN;
                prop_assert!(!is_full || used.abs_diff(exact(&log[..=idx], *at)) <= 2, "{used}");
            }
        }

        #[test]
        fn no_span_lets_in_more_than_twice_the_limit(limit in 1u64..20, moments in moments()) {
            let (_, log) = let_in(limit, &moments);
            for at in &log {
                prop_assert!(exact(&log, *at) <= 2 * limit);
                let fixed = log.iter().filter(|other| **other / SPAN == at / SPAN).count() as u64;
                prop_assert!(fixed <= limit);
            }
        }

        /// Asking every millisecond in turn is obviously right.
        #[test]
        fn the_wait_is_the_shortest(
            limit in 0u64..12, n in 1u64..4, moments in moments(), later in 0u64..150,
        ) {
            let (window, _) = let_in(limit.max(3), &moments);
            let now = moments[moments.len() - 1] + later;
            let slow = (now..=now + 2 * SPAN).find(|at| window.used(Moment(*at)) + n <= limit);
            prop_assert_eq!(window.fits_at(limit, n, Moment(now)).map(|at| at.0), slow);
        }

        #[test]
        fn any_state_and_any_moment_have_an_answer(
            span: u64, start: u64, previous: u64, current: u64, limit: u64, n: u64, now: u64,
        ) {
            let mut window = Window::restore(span, start, previous, current);
            let fits = window.fits_at(limit, n, Moment(now));
            prop_assert_eq!(fits.is_none(), n > limit);
            prop_assert!(fits.is_none_or(|at| at.0 >= now));
            window.add(n, Moment(now));
            prop_assert!(window.used(Moment(now)) >= n);
            window.take_back(n, Moment(now));
            let stored = Window::restore(
                window.span_ms(), window.start_ms(), window.counts().0, window.counts().1,
            );
            prop_assert_eq!(stored, window);
        }
    }

    #[track_caller]
    fn check(counts: (u64, u64), now: u64, expected: u64) {
        let window = Window::restore(SPAN, 1_000, counts.0, counts.1);
        assert_eq!(window.used(Moment(now)), expected);
    }

    #[test]
    fn the_window_before_fades() {
        check((10, 3), 1_000, 13);
        check((10, 3), 1_050, 8);
        check((10, 3), 1_051, 8);
        check((10, 3), 1_099, 4);
        check((10, 3), 1_100, 3);
        check((10, 3), 1_150, 2);
        check((10, 3), 1_200, 0);
    }

    #[test]
    fn a_clock_that_steps_back_stands_still_and_is_not_waited_for_long() {
        check((10, 3), 999, 13);
        check((10, 3), 900, 13);
        check((10, 3), 899, 0);
        // Nor is anybody refused for it.
        let window = Window::restore(SPAN, 1_000, 0, 3);
        assert_eq!(window.fits_at(4, 1, Moment(950)), Some(Moment(950)));
    }

    #[test]
    fn days_are_those_of_utc() {
        let mut window = Window::new(Span::Day.millis());
        // 2026-11-22T05:00:00Z
        let now = Moment(1_795_323_600_000);
        window.add(1, now);
        assert_eq!(window.began(now).seconds() % 86_400, 0);
        assert_eq!(window.ends(now).seconds() - now.seconds(), 19 * 3_600);
    }
}
