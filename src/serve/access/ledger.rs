//! What one account has used: four windows of requests, and for each edition one of downloads.
//!
//! Downloads are counted in thousandths. What a body costs is the share of the file that it
//! sends, rounded up over all bodies of a file and not over each: what one body paid too much is kept
//! for the next, so that a download in a hundred pieces costs as much as one in one piece.

use std::collections::BTreeMap;

use crate::serve::access::{Limits, Moment, Span, Usage, Window};

/// A whole download.
const WHOLE: u64 = 1_000;

/// What an account has used.
#[derive(Clone, Debug)]
pub(super) struct Ledger {
    requests: [Window; Span::ALL.len()], // in the order of `Span::ALL`
    downloads: BTreeMap<String, Downloads>,
    is_changed: bool,
}

/// What was downloaded of one edition.
#[derive(Clone, Copy, Debug)]
struct Downloads {
    window: Window,
    size: u64,     // of the file that bodies were last sent of
    overpaid: u64, // of that file, in thousandths of bytes; less than `size`
}

/// A limit that is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) what: Limited,
    pub(super) allowed: u64,
    /// Seconds after which it will fit.
    pub(super) wait: u64,
}

/// What is limited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Limited {
    Requests(Span),
    /// Of this edition.
    Downloads(String),
}

impl Ledger {
    pub(super) fn new() -> Self {
        let requests = Span::ALL.map(|span| Window::new(span.millis()));
        Self { requests, downloads: BTreeMap::new(), is_changed: false }
    }

    /// Takes over what was stored: of requests, or of downloads of an edition.
    pub(super) fn restore(&mut self, edition: &str, stored: Window) {
        if !edition.is_empty() {
            let downloads = Downloads { window: stored, ..Downloads::new() };
            self.downloads.insert(edition.to_owned(), downloads);
        } else if let Some(window) =
            self.requests.iter_mut().find(|window| window.span_ms() == stored.span_ms())
        {
            *window = stored;
        }
    }

    /// Counts a request in every window, or in none.
    pub(super) fn admit(&mut self, limits: &Limits, now: Moment) -> Result<Usage, Refused> {
        self.count(limits, &Span::ALL, 1, now)?;
        Ok(self.usage(limits, now))
    }

    /// Counts what one request asks beyond one question in the windows of day and month, or in none.
    pub(super) fn admit_more(
        &mut self,
        limits: &Limits,
        n_more: u64,
        now: Moment,
    ) -> Result<(), Refused> {
        self.count(limits, &[Span::Day, Span::Month], n_more, now)
    }

    fn count(
        &mut self,
        limits: &Limits,
        spans: &[Span],
        n: u64,
        now: Moment,
    ) -> Result<(), Refused> {
        let windows = Span::ALL.iter().zip(&mut self.requests);
        let mut windows: Vec<(&Span, &mut Window)> =
            windows.filter(|(span, _)| spans.contains(span)).collect();
        let refused = windows.iter().filter_map(|(span, window)| {
            let allowed = limits.requests(**span)?;
            let wait = wait(**window, allowed, n, now)?;
            Some(Refused { what: Limited::Requests(**span), allowed, wait })
        });
        // Who waits for the longest need not ask again for the others.
        if let Some(refused) = refused.max_by_key(|refused| refused.wait) {
            return Err(refused);
        }
        for (_, window) in &mut windows {
            window.add(n, now);
        }
        self.is_changed = true;
        Ok(())
    }

    /// What counts now.
    pub(super) fn usage(&self, limits: &Limits, now: Moment) -> Usage {
        Usage::of(&self.requests, limits, now)
    }

    /// Takes a request back from the windows of day and month: it brought nothing new.
    pub(super) fn forgive(&mut self, now: Moment) {
        for (span, window) in Span::ALL.iter().zip(&mut self.requests) {
            if matches!(span, Span::Day | Span::Month) {
                window.take_back(1, now);
            }
        }
        self.is_changed = true;
    }

    /// Counts a body of so many bytes of a file, unless that is more than is left.
    pub(super) fn charge(
        &mut self,
        limits: &Limits,
        edition: &str,
        body: Share,
        now: Moment,
    ) -> Result<(), Refused> {
        let downloads = self.downloads.get(edition).copied().unwrap_or(Downloads::new());
        let (cost, overpaid) = downloads.cost(body);
        if let Some(n_allowed) = limits.downloads_per_day {
            let allowed = n_allowed.saturating_mul(WHOLE);
            if let Some(wait) = wait(downloads.window, allowed, cost, now) {
                let what = Limited::Downloads(edition.to_owned());
                return Err(Refused { what, allowed: n_allowed, wait });
            }
        }
        let mut paid = Downloads { size: body.size, overpaid, ..downloads };
        paid.window.add(cost, now);
        self.downloads.insert(edition.to_owned(), paid);
        self.is_changed = true;
        Ok(())
    }

    /// Takes back what was charged of a body and not sent.
    pub(super) fn refund(&mut self, edition: &str, unsent: Share, now: Moment) {
        let Some(downloads) = self.downloads.get_mut(edition) else { return };
        let paid = unsent.thousandths() + u128::from(downloads.overpaid_of(unsent.size));
        let size = u128::from(unsent.size);
        // Both fit: more than a whole download is not sent of a file at once.
        downloads.window.take_back((paid / size) as u64, now);
        (downloads.size, downloads.overpaid) = (unsent.size, (paid % size) as u64);
        self.is_changed = true;
    }

    /// What changed since this was last asked, by edition, that of requests empty; forgets
    /// downloads that no longer count.
    pub(super) fn changes(&mut self, now: Moment) -> Vec<(String, Window)> {
        if !std::mem::take(&mut self.is_changed) {
            return Vec::new();
        }
        let requests = self.requests.iter().map(|window| (String::new(), *window));
        let downloads = self.downloads.iter();
        let downloads = downloads.map(|(edition, paid)| (edition.clone(), paid.window));
        let changes = requests.chain(downloads).collect();
        self.downloads.retain(|_, downloads| downloads.window.used(now) > 0);
        changes
    }
}

/// A body: so many bytes of a file of so many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    n_bytes: u64,
    size: u64, // invariant: not 0
}

impl Share {
    /// Of an empty file there is nothing to send.
    pub(super) fn new(n_bytes: u64, size: u64) -> Self {
        Self { n_bytes, size: size.max(1) }
    }

    fn thousandths(self) -> u128 {
        u128::from(self.n_bytes) * u128::from(WHOLE)
    }
}

impl Downloads {
    fn new() -> Self {
        Self { window: Window::new(Span::Day.millis()), size: 1, overpaid: 0 }
    }

    fn overpaid_of(&self, size: u64) -> u64 {
        if self.size == size { self.overpaid } else { 0 }
    }

    /// What a body costs in thousandths of a download, and what is then overpaid.
    fn cost(&self, body: Share) -> (u64, u64) {
        let (owed, overpaid) = (body.thousandths(), u128::from(self.overpaid_of(body.size)));
        let size = u128::from(body.size);
        let cost = owed.saturating_sub(overpaid).div_ceil(size);
        // Ranges may overlap, so a body may be longer than the file, though not by that much.
        let cost = u64::try_from(cost).unwrap_or(u64::MAX);
        let left = (u128::from(cost) * size + overpaid).saturating_sub(owed);
        (cost, left as u64)
    }
}

/// Seconds until `n` more fit; `None` if they do now.
fn wait(window: Window, allowed: u64, n: u64, now: Moment) -> Option<u64> {
    match window.fits_at(allowed, n, now) {
        Some(at) if at <= now => None,
        Some(at) => Some(now.seconds_until(at)),
        // More than is ever allowed at once.
        None => Some(window.span_ms() / 1_000),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::serve::access::ledger::{Ledger, Limited, Refused, Share};
    use crate::serve::access::{Limits, Moment, Span};

    const NOW: Moment = Moment(1_795_323_600_000);

    fn limits(per_second: u64, per_minute: u64, per_day: u64) -> Limits {
        Limits {
            per_second: Some(per_second),
            per_minute: Some(per_minute),
            per_day: Some(per_day),
            downloads_per_day: Some(10),
            ..Limits::default()
        }
    }

    /// How many of so many requests at once are let in, and what the next is told.
    #[track_caller]
    fn check(limits: &Limits, expected: u64, what: Span, wait: u64) {
        let mut ledger = Ledger::new();
        for n in 0..expected {
            assert_eq!(ledger.admit(limits, NOW).expect("lets in").month.used, n + 1);
        }
        let allowed = expected;
        let refused = Refused { what: Limited::Requests(what), allowed, wait };
        assert_eq!(ledger.admit(limits, NOW), Err(refused.clone()));
        // What was refused is counted nowhere.
        assert_eq!(ledger.admit(limits, NOW), Err(refused));
        let later = Moment(NOW.0 + wait * 1_000);
        assert_eq!(ledger.admit(limits, later).expect("waited").month.used, expected + 1);
    }

    #[test]
    fn the_first_limit_reached_refuses_and_says_how_long() {
        check(&limits(2, 60, 500), 2, Span::Second, 2);
        check(&limits(9, 6, 500), 6, Span::Minute, 70);
        check(&limits(9, 9, 5), 5, Span::Day, 19 * 3_600 + 86_400 / 5);
    }

    #[test]
    fn of_several_limits_the_longest_wait_is_told() {
        check(&limits(5, 5, 5), 5, Span::Day, 19 * 3_600 + 86_400 / 5);
    }

    #[test]
    fn a_download_costs_the_share_that_is_sent() {
        let limits = limits(1, 1, 1);
        let mut ledger = Ledger::new();
        let mut charge =
            |n_bytes| ledger.charge(&limits, "asn", Share::new(n_bytes, 9_999), NOW).is_ok();
        for _ in 0..9 {
            assert!(charge(9_999));
        }
        // The tenth in pieces that no thousandth divides; all but the first byte is all.
        assert!(charge(3_333) && charge(1) && charge(2_221) && charge(4_444));
        assert!(!charge(1));
        assert!(!charge(9_998));
        assert!(charge(0));
        let other = ledger.charge(&limits, "full", Share::new(9_998, 9_999), NOW);
        assert_eq!(other, Ok(()));
        let refused = ledger.charge(&limits, "asn", Share::new(9_999, 9_999), NOW);
        let refused = refused.expect_err("ten are gone");
        assert_eq!(refused.what, Limited::Downloads("asn".to_owned()));
        assert_eq!((refused.allowed, refused.wait), (10, 19 * 3_600 + 86_400 / 10));
    }

    #[test]
    fn what_was_stored_counts_on() {
        let limits = limits(2, 2, 2);
        let mut before = Ledger::new();
        before.admit(&limits, NOW).expect("the first");
        before.charge(&limits, "asn", Share::new(19, 2), NOW).expect("9.5 downloads");
        let mut after = Ledger::new();
        for (edition, window) in before.changes(NOW) {
            after.restore(&edition, window);
        }
        assert!(before.changes(NOW).is_empty(), "nothing changed since");
        assert_eq!(after.admit(&limits, NOW).expect("the second").day.used, 2);
        assert!(after.admit(&limits, NOW).is_err());
        assert!(after.charge(&limits, "asn", Share::new(2, 2), NOW).is_err());
        assert!(after.charge(&limits, "asn", Share::new(1, 2), NOW).is_ok());
        let later = Moment(NOW.0 + 3 * 86_400_000);
        assert_eq!(after.changes(later).len(), 5);
        after.admit(&limits, later).expect("another day");
        assert_eq!(after.changes(later).len(), 4, "downloads of long ago are forgotten");
    }

    proptest! {
        /// However a file is cut, its pieces cost one download, and no part of one is free.
        #[test]
        fn pieces_cost_what_the_whole_costs(
            size in 1u64..100_000, cuts in proptest::collection::vec(0u64..100_000, 0..50), broken: bool,
        ) {
            let one = Limits { downloads_per_day: Some(1), ..Limits::default() };
            let mut ledger = Ledger::new();
            let mut cuts: Vec<u64> = cuts.into_iter().map(|cut| cut % size).collect();
            cuts.extend([0, size]);
            cuts.sort_unstable();
            for pair in cuts.windows(2) {
                let n_bytes = pair[1] - pair[0];
                if broken {
                    // All the rest is asked for, and the connection breaks at the cut.
                    let rest = Share::new(size - pair[0], size);
                    prop_assert!(ledger.charge(&one, "asn", rest, NOW).is_ok());
                    ledger.refund("asn", Share::new(size - pair[1], size), NOW);
                } else {
                    let piece = Share::new(n_bytes, size);
                    prop_assert!(ledger.charge(&one, "asn", piece, NOW).is_ok());
                }
            }
            prop_assert!(ledger.charge(&one, "asn", Share::new(1, size), NOW).is_err());
        }

        #[test]
        fn any_body_has_a_cost(n_bytes: u64, size: u64, again: u64) {
            let mut ledger = Ledger::new();
            let free = Limits::default();
            prop_assert!(ledger.charge(&free, "asn", Share::new(n_bytes, size), NOW).is_ok());
            prop_assert!(ledger.charge(&free, "asn", Share::new(again, size), NOW).is_ok());
            ledger.refund("asn", Share::new(n_bytes, again), NOW);
            prop_assert_eq!(ledger.changes(NOW).len(), 5);
        }
    }
}
