//! Which days may be asked for.

use crate::base::Day;
use crate::query::history::PastError;

/// How many days back may be asked for.
pub const MAX_DAYS: i32 = 365;

/// How much of a text that is no date is repeated.
const MAX_SHOWN: usize = 40;

/// Reads `YYYY-MM-DD`, a day that may be asked for on `today`.
///
/// # Errors
/// If it is something else, has not come yet, or is more than [`MAX_DAYS`] back.
pub fn parse_day(text: &str, today: Day) -> Result<Day, PastError> {
    // `Day` reads what feeds write too, of which the first ten characters may be a date.
    let is_date = text.len() == 10 && text.as_bytes()[4] == b'-';
    let day = text.parse().ok().filter(|_| is_date);
    let shown = || text.chars().take(MAX_SHOWN).collect();
    let day = day.ok_or_else(|| PastError::NoDate { text: shown(), today })?;
    check_day(day, today)?;
    Ok(day)
}

/// The oldest day that may be asked for.
pub fn oldest_day(today: Day) -> Day {
    Day(today.0.saturating_sub(MAX_DAYS))
}

/// Refuses a day that has not come, or is too long ago.
pub(super) fn check_day(day: Day, today: Day) -> Result<(), PastError> {
    let oldest = oldest_day(today);
    if day > today {
        return Err(PastError::Future { day, today });
    }
    if day < oldest {
        return Err(PastError::TooOld { day, oldest });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::base::Day;
    use crate::query::history::{PastError, parse_day};

    #[track_caller]
    fn check(text: &str, expected: Result<(), &str>) {
        let today: Day = "2026-11-22".parse().expect("a date");
        let found = parse_day(text, today);
        let codes = found.as_ref().map(drop).map_err(PastError::code);
        assert_eq!(codes, expected, "{text}: {found:?}");
        if let Ok(day) = found {
            assert_eq!(day.to_string(), text);
        }
    }

    #[test]
    fn a_day_of_the_last_year_may_be_asked_for() {
        check("2026-11-22", Ok(()));
        check("2025-11-22", Ok(()));
        check("2025-11-21", Err("date_out_of_range"));
        check("0001-01-01", Err("date_out_of_range"));
        check("2026-11-23", Err("invalid_date"));
        check("9999-12-31", Err("invalid_date"));
    }

    #[test]
    fn other_texts_are_no_dates() {
        for text in [
            "",
            "yesterday",
            "20261122",
            "1795219200",
            "2026-11-22T00:00:00Z",
            "2026-11-22 ",
            " 2026-11-2",
            "2026-11-31",
            "2026-02-29",
            "2026/11/22",
            "22-11-2026",
            "+026-11-22",
            "２０２６-11",
            "2026-1-022",
        ] {
            check(text, Err("invalid_date"));
        }
        check(&"9".repeat(10_000), Err("invalid_date"));
    }
}
