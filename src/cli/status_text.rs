//! How feeds fare, as people read it.

use std::fmt::Write as _;

use crate::base::BuildEpoch;
use crate::cli::status::Status;
use crate::cli::table::{Side, Table, grouped};
use crate::publish::History;

/// A bar for each eighth between the smallest and the largest.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A table of feeds, then what is wrong with some.
pub(super) fn text(statuses: &[Status<'_>], now: BuildEpoch) -> String {
    if statuses.is_empty() {
        return "no feed has a `url`; `ipmint feeds list` lists all\n".to_owned();
    }
    let mut table = Table::new(&[
        ("feed", Side::Left),
        ("state", Side::Left),
        ("last success", Side::Left),
        ("age", Side::Right),
        ("rows", Side::Right),
        ("trend", Side::Left),
    ]);
    for status in statuses {
        let good = status.history.good.front();
        table.row([
            status.feed.id.to_string(),
            status.state.to_owned(),
            status.confirmed.map_or("never".to_owned(), |epoch| epoch.to_string()),
            status.confirmed.map(|epoch| age(now.0.saturating_sub(epoch.0))).unwrap_or_default(),
            good.map(|good| grouped(good.extent.rows)).unwrap_or_default(),
            sparkline(&rows(&status.history)),
        ]);
    }
    let mut text = table.to_string();
    for status in statuses {
        let id = &status.feed.id;
        if let Some(failure) = &status.failure {
            let _ = writeln!(text, "feed `{id}`: {failure}");
        }
        if let Some(held) = &status.history.held {
            let _ = writeln!(text, "feed `{id}`: held back: {}", held.reason);
            if let Some(sample) = &held.sample {
                let _ = writeln!(text, "  {sample}");
            }
            if held.is_of_trend {
                let _ = writeln!(text, "  `ipmint feeds accept {id}` lets it through");
            }
        }
    }
    text
}

/// Rows of good snapshots, the oldest first.
fn rows(history: &History) -> Vec<u64> {
    history.good.iter().rev().map(|good| good.extent.rows).collect()
}

fn sparkline(values: &[u64]) -> String {
    let (Some(&least), Some(&most)) = (values.iter().min(), values.iter().max()) else {
        return String::new();
    };
    let bar = |value: &u64| match most - least {
        0 => BARS[BARS.len() / 2 - 1],
        // In 128 bits, so that no count of rows is too large.
        span => BARS[(u128::from(value - least) * 7 / u128::from(span)) as usize],
    };
    values.iter().map(bar).collect()
}

/// The largest unit of which there are two, or else minutes.
fn age(seconds: u64) -> String {
    match seconds {
        172_800.. => format!("{} d", seconds / 86_400),
        7_200.. => format!("{} h", seconds / 3_600),
        _ => format!("{} min", seconds / 60),
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::status_text::{age, sparkline};

    #[test]
    fn a_sparkline_has_a_bar_a_snapshot() {
        for (values, expected) in [
            (&[][..], ""),
            (&[5], "▄"),
            (&[5, 5, 5], "▄▄▄"),
            (&[100, 107, 100], "▁█▁"),
            (&[0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█"),
            (&[0, u64::MAX], "▁█"),
        ] {
            assert_eq!(sparkline(values), expected);
        }
    }

    #[test]
    fn ages_are_in_the_largest_unit_that_tells_something() {
        for (seconds, expected) in
            [(59, "0 min"), (7_199, "119 min"), (7_200, "2 h"), (172_799, "47 h"), (172_800, "2 d")]
        {
            assert_eq!(age(seconds), expected);
        }
    }
}
