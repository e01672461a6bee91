//! HTTP-date (RFC 9110 §5.6.7): three forms are read, one is written; whole seconds.
//!
//! ```text
//! Sun, 06 Nov 1994 08:49:37 GMT     IMF-fixdate, what everybody writes
//! Sunday, 06-Nov-94 08:49:37 GMT    RFC 850, obsolete
//! Sun Nov  6 08:49:37 1994          asctime, obsolete
//! ```
//!
//! A server must read all three. Read strictly: a date that is none of them is ignored, which only
//! ever costs a body.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};

use crate::base::BuildEpoch;
use crate::serve::rules::field::number;

/// The first three letters are the short name.
const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Two-digit years from here on are of the 1900s, as POSIX has it.
///
/// RFC 9110 asks for the century by the clock ("more than 50 years in the future"), which would be
/// another one for dates more than 40 years away alone; and nothing here has a clock.
const FIRST_OF_1900S: u64 = 69;

/// A moment as HTTP writes it, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HttpDate(DateTime); // invariant: UTC, year 0 to 9999, no fraction of a second

/// The text is none of the three forms, or no date of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an HTTP date such as Sun, 06 Nov 1994 08:49:37 GMT")]
pub struct HttpDateError;

impl HttpDate {
    /// Reads the bytes of a field.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        std::str::from_utf8(bytes).ok()?.parse().ok()
    }
}

impl From<BuildEpoch> for HttpDate {
    /// Past [`BuildEpoch::MAX`] that moment.
    fn from(epoch: BuildEpoch) -> Self {
        let seconds = i64::try_from(epoch.min(BuildEpoch::MAX).0).unwrap_or(0);
        let start = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
        Self(start.saturating_add(SignedDuration::from_secs(seconds)))
    }
}

impl FromStr for HttpDate {
    type Err = HttpDateError;

    fn from_str(text: &str) -> Result<Self, HttpDateError> {
        // No form has more than six fields; there is no need to cut a long text further.
        let fields: Vec<&str> = text.splitn(8, ' ').collect();
        read(&fields).ok_or(HttpDateError)
    }
}

impl fmt::Display for HttpDate {
    /// IMF-fixdate, the only form that may be sent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, time) = (self.0.date(), self.0.time());
        let (day, month) = (day_name(date), MONTHS[date.month() as usize - 1]);
        write!(f, "{}, {:02} {month} {:04} ", &day[..3], date.day(), date.year())?;
        write!(f, "{:02}:{:02}:{:02} GMT", time.hour(), time.minute(), time.second())
    }
}

fn day_name(date: Date) -> &'static str {
    DAYS[date.weekday().to_monday_zero_offset() as usize]
}

fn read(fields: &[&str]) -> Option<HttpDate> {
    let (name, day, month, year, time) = match *fields {
        [name, day, month, year, time, "GMT"] => {
            (name.strip_suffix(',')?, digits(day, 2)?, month, digits(year, 4)?, time)
        }
        [name, date, time, "GMT"] => {
            let (day, rest) = date.split_once('-')?;
            let (month, year) = rest.split_once('-')?;
            let year = digits(year, 2)?;
            let century = if year < FIRST_OF_1900S { 2000 } else { 1900 };
            (name.strip_suffix(',')?, digits(day, 2)?, month, century + year, time)
        }
        [name, month, "", day, time, year] => {
            (name, digits(day, 1)?, month, digits(year, 4)?, time)
        }
        [name, month, day, time, year] => (name, digits(day, 2)?, month, digits(year, 4)?, time),
        _ => return None,
    };
    let month = MONTHS.iter().position(|name| *name == month)? as i8 + 1;
    // At most four digits each, so the casts lose nothing.
    let date = Date::new(year as i16, month, day as i8).ok()?;
    // Only RFC 850 writes the name in full: it alone has four fields.
    let expected = if fields.len() == 4 { day_name(date) } else { &day_name(date)[..3] };
    if name != expected {
        return None;
    }
    let (hour, rest) = time.split_once(':')?;
    let (minute, second) = rest.split_once(':')?;
    // A leap second may be written, 60, and is taken as the one before.
    let second = match digits(second, 2)? {
        60 => 59,
        second => second,
    };
    let (hour, minute) = (digits(hour, 2)?, digits(minute, 2)?);
    let time = Time::new(hour as i8, minute as i8, second as i8, 0).ok()?;
    Some(HttpDate(date.to_datetime(time)))
}

/// Reads a number of just so many digits.
fn digits(text: &str, n_digits: usize) -> Option<u64> {
    if text.len() == n_digits { number(text.as_bytes()) } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::base::BuildEpoch;
    use crate::serve::rules::HttpDate;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let found = HttpDate::parse(text.as_bytes()).map(|date| date.to_string());
        assert_eq!(found.as_deref(), expected, "{text}");
    }

    #[test]
    fn all_three_forms_are_read_and_one_is_written() {
        let expected = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        check("Sun, 06 Nov 1994 08:49:37 GMT", expected);
        check("Sunday, 06-Nov-94 08:49:37 GMT", expected);
        check("Sun Nov  6 08:49:37 1994", expected);
        check("Wed Nov 16 08:49:37 1994", Some("Wed, 16 Nov 1994 08:49:37 GMT"));
    }

    #[test]
    fn two_digit_years_are_of_this_century_up_to_68() {
        check("Saturday, 22-Aug-26 12:00:00 GMT", Some("Sat, 22 Aug 2026 12:00:00 GMT"));
        check("Wednesday, 22-Aug-68 12:00:00 GMT", Some("Wed, 22 Aug 2068 12:00:00 GMT"));
        check("Friday, 22-Aug-69 12:00:00 GMT", Some("Fri, 22 Aug 1969 12:00:00 GMT"));
    }

    #[test]
    fn a_leap_second_is_the_second_before() {
        check("Sat, 31 Dec 2016 23:59:60 GMT", Some("Sat, 31 Dec 2016 23:59:59 GMT"));
    }

    #[test]
    fn what_is_no_http_date_is_none() {
        for text in [
            "",
            "0",
            "yesterday",
            "Mon, 06 Nov 1994 08:49:37 GMT",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 08:49:37 +0000",
            "Sun, 06 Nov 1994 08:49:37 GMT ",
            "Sun, 06 Nov 1994 08:49:61 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 Nov 94 08:49:37 GMT",
            "Sun, 06-Nov-94 08:49:37 GMT",
            "Sunday, 06 Nov 1994 08:49:37 GMT",
            "Sun Nov 6 08:49:37 1994",
            "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
            "1994-11-06T08:49:37Z",
        ] {
            check(text, None);
        }
        assert_eq!(HttpDate::parse(b"Sun, 06 Nov 1994 08:49:37 GM\xd4"), None);
    }

    #[test]
    fn epochs_end_with_the_year_9999() {
        let date = |epoch| HttpDate::from(BuildEpoch(epoch)).to_string();
        assert_eq!(date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(date(1_787_400_000), "Sat, 22 Aug 2026 12:00:00 GMT");
        assert_eq!(date(u64::MAX), "Fri, 31 Dec 9999 23:59:59 GMT");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(epoch in 0..=BuildEpoch::MAX.0) {
            let date = HttpDate::from(BuildEpoch(epoch));
            prop_assert_eq!(HttpDate::parse(date.to_string().as_bytes()), Some(date));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, text in "[A-Z][a-z]{2,7},? [0-9A-Za-z :-]{0,30}( GMT)?") {
            let _ = HttpDate::parse(&bytes);
            let _ = HttpDate::parse(text.as_bytes());
        }
    }
}
