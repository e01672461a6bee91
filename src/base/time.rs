//! Points in time as values; nothing here reads a clock.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

/// Seconds since 1970-01-01T00:00:00Z at which a build is said to have happened.
///
/// An argument of everything that depends on time, never "now".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BuildEpoch(pub u64);

impl BuildEpoch {
    /// The last second of the year 9999, after which dates have no four-digit year (RFC 3339).
    pub const MAX: Self = Self(253_402_300_799);

    /// The UTC day the epoch falls on.
    pub fn day(self) -> Day {
        Day(i32::try_from(self.0 / 86_400).unwrap_or(i32::MAX))
    }
}

impl fmt::Display for BuildEpoch {
    /// RFC 3339, `YYYY-MM-DDThh:mm:ssZ`; past [`BuildEpoch::MAX`] that moment.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let epoch = (*self).min(Self::MAX);
        let minutes = epoch.0 % 86_400 / 60;
        write!(f, "{}T{:02}:{:02}:{:02}Z", epoch.day(), minutes / 60, minutes % 60, epoch.0 % 60)
    }
}

/// A UTC day, as days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

/// The text holds no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a date such as 2026-08-22, an RFC 3339 time, or Unix seconds")]
pub struct DayError;

impl Day {
    /// Its first second; 1970 for days before.
    pub fn epoch(self) -> BuildEpoch {
        BuildEpoch(u64::try_from(self.0).unwrap_or(0) * 86_400)
    }

    /// Whole days from `earlier` to `self`; 0 if it is not earlier.
    pub fn since(self, earlier: Day) -> u32 {
        self.0.saturating_sub(earlier.0).max(0) as u32
    }

    /// The Monday on or before this day (1970-01-01 was a Thursday).
    pub fn monday(self) -> Day {
        Day(self.0.saturating_sub((self.0.wrapping_add(3)).rem_euclid(7)))
    }

    /// The day as year, month and day written without separators, `YYYYMMDD`.
    pub fn compact(self) -> String {
        self.to_string().replace('-', "")
    }

    fn date(self) -> Date {
        // jiff's range (years -9999 to 9999) is narrower than an i32 of days.
        let date = |days| Date::constant(1970, 1, 1).checked_add(jiff::Span::new().days(days));
        let (first, last) = (Day::from(Date::MIN).0, Day::from(Date::MAX).0);
        date(self.0.clamp(first, last)).unwrap_or(Date::MAX)
    }
}

impl From<Date> for Day {
    fn from(date: Date) -> Self {
        let days = Date::constant(1970, 1, 1).until(date).map_or(0, |span| span.get_days());
        Day(days)
    }
}

impl FromStr for Day {
    type Err = DayError;

    /// Reads `2026-08-22`, `20260822`, anything that begins with `2026-08-22T` or
    /// `2026-08-22 `, Unix seconds of nine digits and more, and Unix milliseconds of 13.
    fn from_str(text: &str) -> Result<Self, DayError> {
        let bytes = text.as_bytes();
        if bytes.len() >= 9 && bytes.iter().all(u8::is_ascii_digit) {
            let seconds: u64 = text.parse().map_err(|_| DayError)?;
            // As seconds, 13 digits would be past the year 33,000; as milliseconds they
            // are 2001 to 2286.
            let epoch = BuildEpoch(if bytes.len() == 13 { seconds / 1_000 } else { seconds });
            // Microseconds, for one, would be a day that never comes, and never ages.
            return if epoch <= BuildEpoch::MAX { Ok(epoch.day()) } else { Err(DayError) };
        }
        let date = match bytes {
            [_, _, _, _, b'-', _, _, b'-', _, _] => text,
            [_, _, _, _, b'-', _, _, b'-', _, _, b'T' | b't' | b' ', ..] => {
                text.get(..10).ok_or(DayError)?
            }
            _ if bytes.len() == 8 && bytes.iter().all(u8::is_ascii_digit) => text,
            _ => return Err(DayError),
        };
        date.parse::<Date>().map(Day::from).map_err(|_| DayError)
    }
}

impl fmt::Display for Day {
    /// `YYYY-MM-DD`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use crate::base::{BuildEpoch, Day};

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(text.parse::<Day>().ok().map(|day| day.to_string()).as_deref(), expected);
    }

    #[test]
    fn dates_are_read_in_the_forms_feeds_use() {
        check("2026-08-22", Some("2026-08-22"));
        check("20260822", Some("2026-08-22"));
        check("2026-08-22T10:00:00Z", Some("2026-08-22"));
        check("2026-08-22 10:00:00", Some("2026-08-22"));
        check("1787400000", Some("2026-08-22"));
        check("1969-12-31", Some("1969-12-31"));
        check("2026-13-01", None);
        check("yesterday", None);
        check("253402300799", Some("9999-12-31"));
        check("253402300800", None);
        check("1787400000000", Some("2026-08-22"));
        check("1787443199999", Some("2026-08-22"));
        check("9999999999999", Some("2286-11-20"));
        check("17874000000000", None);
        check("1787400000000000", None);
        check("99999999999999999999", None);
        check("", None);
    }

    #[test]
    fn days_beyond_the_calendar_show_its_ends() {
        assert_eq!(Day(i32::MAX).to_string(), "9999-12-31");
        assert_eq!(Day(i32::MIN).to_string(), "-009999-01-01");
    }

    #[test]
    fn moments_are_rfc_3339() {
        assert_eq!(BuildEpoch(1_787_400_000).to_string(), "2026-08-22T12:00:00Z");
        assert_eq!(BuildEpoch(u64::MAX).to_string(), "9999-12-31T23:59:59Z");
    }

    #[test]
    fn weeks_begin_on_monday() {
        let day: Day = "2026-08-22".parse().expect("a date");
        assert_eq!(day.monday().to_string(), "2026-08-17");
        assert_eq!(day.monday().monday(), day.monday());
    }
}
