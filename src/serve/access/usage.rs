//! What a key has used, and how that is told: as JSON, and in headers.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::base::BuildEpoch;
use crate::serve::access::{Limits, Moment, Span, Window};

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// How much of one limit is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// What counts now.
    pub used: u64,
    /// How much may; `None` is as much as there is.
    pub allowed: Option<u64>,
    /// Seconds until the running fixed window ends, rounded up: from then on what was used fades.
    pub resets_in: u64,
}

impl Spent {
    pub(super) fn of(window: Window, allowed: Option<u64>, now: Moment) -> Self {
        let resets_in = now.seconds_until(window.ends(now));
        Self { used: window.used(now), allowed, resets_in }
    }

    /// What is left; `None` if there is no end of it.
    pub fn remaining(self) -> Option<u64> {
        self.allowed.map(|allowed| allowed.saturating_sub(self.used))
    }
}

impl fmt::Display for Spent {
    /// `7/60`, or `7/unlimited`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.allowed {
            Some(allowed) => write!(f, "{}/{allowed}", self.used),
            None => write!(f, "{}/unlimited", self.used),
        }
    }
}

/// How much of each limit on requests is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Of the second.
    pub second: Spent,
    /// Of the minute.
    pub minute: Spent,
    /// Of the last 24 hours.
    pub day: Spent,
    /// Of the last 30 days.
    pub month: Spent,
}

impl Usage {
    pub(super) fn of(windows: &[Window; Span::ALL.len()], limits: &Limits, now: Moment) -> Self {
        let [second, minute, day, month] = *windows;
        let spent = |window, span| Spent::of(window, limits.requests(span), now);
        Self {
            second: spent(second, Span::Second),
            minute: spent(minute, Span::Minute),
            day: spent(day, Span::Day),
            month: spent(month, Span::Month),
        }
    }

    /// `api_usage` of answers.
    pub fn to_json(&self) -> Value {
        json!({
            "sec_limit": self.second.to_string(),
            "min_limit": self.minute.to_string(),
            "day_limit": self.day.to_string(),
        })
    }

    /// Of the limit with the smallest share left, the longest of those; `None` if there is no limit.
    pub fn nearest(&self) -> Option<Spent> {
        let all = [self.month, self.day, self.minute, self.second];
        let left = |spent: &Spent| {
            let (left, of) = spent.remaining().zip(spent.allowed)?;
            Some((u128::from(left), u128::from(of)))
        };
        let limited = all.into_iter().filter_map(|spent| Some((left(&spent)?, spent)));
        // Shares compared without dividing: a ÷ b < c ÷ d where a × d < c × b.
        let nearest = limited.min_by(|((a, b), _), ((c, d), _)| (a * d).cmp(&(c * b)));
        nearest.map(|(_, spent)| spent)
    }

    /// Adds `X-RateLimit-*`: of the limit that is nearest, none where there is none.
    pub fn write_headers(&self, headers: &mut HeaderMap) {
        let Some(nearest) = self.nearest() else { return };
        headers.insert(LIMIT, HeaderValue::from(nearest.allowed.unwrap_or_default()));
        headers.insert(REMAINING, HeaderValue::from(nearest.remaining().unwrap_or_default()));
        headers.insert(RESET, HeaderValue::from(nearest.resets_in));
    }
}

/// What `/v1/account/usage` says: the running 30 days.
///
/// The count is that of the window that slides, which is what decides; the days are those of the
/// fixed one, after which it fades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// When the fixed window began.
    pub start: BuildEpoch,
    /// When it ends.
    pub end: BuildEpoch,
    /// What counts now.
    pub lookups: Spent,
}

impl Period {
    pub(super) fn of(month: Spent, now: Moment) -> Self {
        let window = Window::new(Span::Month.millis());
        let epoch = |moment: Moment| BuildEpoch(moment.seconds());
        Self { start: epoch(window.began(now)), end: epoch(window.ends(now)), lookups: month }
    }

    /// The answer of `/v1/account/usage` to a key on that plan.
    pub fn said<'a>(&self, plan: &'a str) -> AccountUsage<'a> {
        let last = BuildEpoch(self.end.0 - 1);
        AccountUsage {
            plan,
            period_start: self.start.day().to_string(),
            period_end: last.day().to_string(),
            lookups_used: self.lookups.used,
            lookups_limit: self.lookups.allowed,
            lookups_remaining: self.lookups.remaining(),
            reset_at: self.end.to_string(),
        }
    }
}

/// What a key has used.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccountUsage<'a> {
    /// The plan it is on.
    pub plan: &'a str,
    /// The first day that counts.
    pub period_start: String,
    /// The last.
    pub period_end: String,
    /// Questions asked.
    pub lookups_used: u64,
    /// Questions allowed; null where there is no limit.
    pub lookups_limit: Option<u64>,
    /// Questions left; null where there is no limit.
    pub lookups_remaining: Option<u64>,
    /// When all is as if new (RFC 3339).
    pub reset_at: String,
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use serde_json::json;

    use crate::serve::access::{Moment, Period, Spent, Usage};

    fn spent(used: u64, allowed: Option<u64>, resets_in: u64) -> Spent {
        Spent { used, allowed, resets_in }
    }

    fn usage(limits: [Option<u64>; 4]) -> Usage {
        Usage {
            second: spent(1, limits[0], 1),
            minute: spent(9, limits[1], 60),
            day: spent(40, limits[2], 86_400),
            month: spent(80, limits[3], 2_592_000),
        }
    }

    /// Limit, remaining, reset.
    #[track_caller]
    fn check(limits: [Option<u64>; 4], expected: Option<[&str; 3]>) {
        let mut headers = HeaderMap::new();
        usage(limits).write_headers(&mut headers);
        let names = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"];
        let values = names.map(|name| headers.get(name).map(|value| value.to_str().expect("ours")));
        assert_eq!(values, expected.map_or([None; 3], |values| values.map(Some)));
    }

    #[test]
    fn headers_tell_of_the_limit_that_is_nearest() {
        check([None; 4], None);
        check([None, None, None, Some(100)], Some(["100", "20", "2592000"]));
        check([Some(2), Some(10), Some(50), Some(160)], Some(["10", "1", "60"]));
        check([Some(1), Some(9), None, None], Some(["9", "0", "60"]));
        // A limit that was lowered is used up, and no more.
        check([None, None, Some(10), None], Some(["10", "0", "86400"]));
        check(
            [Some(u64::MAX), None, None, Some(u64::MAX)],
            Some(["18446744073709551615", "18446744073709551535", "2592000"]),
        );
    }

    #[test]
    fn usage_is_used_of_allowed() {
        let usage = usage([Some(2), Some(60), None, None]).to_json();
        assert_eq!(
            usage,
            json!({ "sec_limit": "1/2", "min_limit": "9/60", "day_limit": "40/unlimited" })
        );
    }

    #[test]
    fn a_period_is_thirty_days() {
        // 2026-11-22T05:00:00Z
        let now = Moment(1_795_323_600_000);
        let period = Period::of(spent(80, Some(100), 1), now);
        assert_eq!(period.end.0 - period.start.0, 30 * 86_400);
        assert!(period.start.0 <= now.seconds() && now.seconds() < period.end.0);
        let json = serde_json::to_value(period.said("free")).expect("text keys");
        assert_eq!(json["lookups_remaining"], 20);
        assert_eq!(json["plan"], "free");
        let reset_at = json["reset_at"].as_str().expect("text");
        assert!(reset_at.ends_with("T00:00:00Z") && reset_at > "2026-11-22", "{reset_at}");
        let unlimited = Period::of(spent(80, None, 1), now);
        let unlimited = serde_json::to_value(unlimited.said("free")).expect("text keys");
        assert_eq!(unlimited["lookups_limit"], json!(null));
    }
}
