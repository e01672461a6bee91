//! A build report as people read it.

use std::fmt::Write as _;
use std::time::Duration;

use crate::base::Coverage;
use crate::base::{V4, V6};
use crate::claim::Special;
use crate::cli::table::{Side, Table, grouped, percent};
use crate::compile::Stage;
use crate::publish::{FeedReport, Report};
use crate::release::FeedState;
use crate::verify::Refusal;

/// How many faults of a feed are shown; the JSON report has up to ten.
const MAX_FAULTS: usize = 3;

/// How many feeds that claim nothing are named.
const MAX_SILENT: usize = 20;

/// The feeds that were read, the editions that were made, and the time it took.
pub(super) fn tables(report: &Report, timings: &[(Stage, Duration)]) -> String {
    let mut feeds = Table::new(&[
        ("feed", Side::Left),
        ("state", Side::Left),
        ("rows", Side::Right),
        ("faults", Side::Right),
        ("claims", Side::Right),
        ("IPv4", Side::Right),
        ("IPv6", Side::Right),
    ]);
    for feed in report.feeds.iter().filter(|feed| feed.state != FeedState::Disabled) {
        let counts = &feed.counts;
        feeds.row([
            feed.id.to_string(),
            feed.state.to_string(),
            grouped(feed.tally.rows),
            grouped(feed.tally.faults),
            grouped(counts.claims),
            share::<V4>(counts.coverage_v4),
            share::<V6>(counts.coverage_v6),
        ]);
    }
    let mut editions = Table::new(&[
        ("edition", Side::Left),
        ("nodes", Side::Right),
        ("records", Side::Right),
        ("networks", Side::Right),
        ("bytes", Side::Right),
        ("file", Side::Left),
    ]);
    for edition in &report.editions {
        editions.row([
            edition.name.clone(),
            grouped(edition.nodes),
            grouped(edition.records),
            grouped(edition.prefixes),
            grouped(edition.bytes),
            edition.path.display().to_string(),
        ]);
    }
    let stages: Vec<String> = timings
        .iter()
        .map(|(stage, took)| format!("{} {}", stage.name(), seconds(*took)))
        .collect();
    let total: Duration = timings.iter().map(|(_, took)| *took).sum();
    let stands = if report.is_new { "" } else { " stands, nothing changed" };
    format!(
        "{feeds}\n{editions}\nrelease {}{stands}: {} segments under {} sets of claims in {} ({})\n",
        report.version,
        grouped(report.n_segments),
        grouped(report.n_sets),
        seconds(total),
        stages.join(", ")
    )
}

/// What the gates refused.
pub(super) fn refusals(refusals: &[Refusal]) -> String {
    let left = Side::Left;
    let mut table = Table::new(&[("gate", left), ("edition", left), ("found", left)]);
    for refusal in refusals {
        for finding in &refusal.findings {
            table.row([refusal.gate.to_string(), refusal.edition.clone(), finding.clone()]);
        }
    }
    table.to_string()
}

/// What went wrong with feeds; empty if nothing did.
pub(super) fn troubles(feeds: &[FeedReport]) -> String {
    let mut text = String::new();
    let silent = |feed: &&FeedReport| feed.state.is_degraded();
    for feed in feeds.iter().filter(silent).take(MAX_SILENT) {
        let reason = feed.reason.as_deref().unwrap_or("no reason was given");
        let claims = match feed.as_of.filter(|_| feed.claims) {
            Some(as_of) => format!("claims what was last good, as of {as_of}"),
            None => "claims nothing".to_owned(),
        };
        let _ = writeln!(
            text,
            "warning: feed `{}` ({}) {claims}: {}: {reason}",
            feed.id, feed.file, feed.state
        );
    }
    let n_silent = feeds.iter().filter(silent).count();
    if n_silent > MAX_SILENT {
        let _ = writeln!(text, "warning: and {} more feeds", n_silent - MAX_SILENT);
    }
    for feed in feeds.iter().filter(|feed| feed.tally.faults > 0) {
        let n_faults = grouped(feed.tally.faults);
        let n_rows = grouped(feed.tally.rows);
        let _ = writeln!(text, "feed `{}`: {n_faults} of {n_rows} rows could not be read", feed.id);
        for fault in feed.samples.iter().take(MAX_FAULTS) {
            let _ =
                writeln!(text, "  {}:{}: {}: {}", fault.file, fault.line, fault.reason, fault.text);
        }
    }
    text
}

/// The share of routable space, empty for none.
fn share<F: Special>(coverage: Coverage) -> String {
    if coverage.is_zero() {
        return String::new();
    }
    match coverage.ppm_of(F::routable().coverage()) {
        0..100 => "<0.01 %".to_owned(),
        ppm => percent(ppm),
    }
}

fn seconds(duration: Duration) -> String {
    let millis = duration.as_millis();
    format!("{}.{:02} s", millis / 1000, millis % 1000 / 10)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::base::{Coverage, V4};
    use crate::claim::Counts;
    use crate::cli::build_text::{seconds, share, troubles};
    use crate::feed::FeedId;
    use crate::parse::{Fault, Tally};
    use crate::publish::FeedReport;
    use crate::release::FeedState;

    #[test]
    fn faults_and_silent_feeds_are_shown() {
        let fault = Fault {
            file: "list.txt".to_owned(),
            line: 7,
            text: "x".to_owned(),
            reason: "expected an address".into(),
        };
        let feed = |id: &str, state, reason: Option<&str>, samples| FeedReport {
            claims: false,
            id: FeedId::new(id).expect("an id"),
            file: format!("{id}.toml"),
            state,
            reason: reason.map(str::to_owned),
            snapshot: None,
            as_of: None,
            tally: Tally { rows: 1000, faults: 1, ..Tally::default() },
            counts: Counts::default(),
            samples,
        };
        let missing = FeedReport {
            tally: Tally::default(),
            ..feed("b", FeedState::Missing, Some("gone"), Vec::new())
        };
        let feeds = [feed("a", FeedState::Fresh, None, vec![fault]), missing];
        let expected = "warning: feed `b` (b.toml) claims nothing: missing: gone\n\
                        feed `a`: 1 of 1 000 rows could not be read\n  \
                        list.txt:7: expected an address: x\n";
        assert_eq!(troubles(&feeds), expected);
    }

    #[test]
    fn small_numbers_do_not_vanish() {
        assert_eq!(share::<V4>(Coverage::ZERO), "");
        assert_eq!(share::<V4>(Coverage::of_span(0)), "<0.01 %");
        assert_eq!(seconds(Duration::from_millis(1234)), "1.23 s");
    }
}
