//! A scan as people read it.

use std::fmt::Write as _;

use crate::cli::table::grouped;
use crate::feed::Category;
use crate::query::scan::{Scan, Share, percent};

/// The width of lines where there is no terminal.
const USUAL_WIDTH: usize = 80;

/// The widest bar.
const MAX_BAR: usize = 40;

/// The narrowest that says anything.
const MIN_BAR: usize = 8;

/// The longest name that is shown whole.
const MAX_NAME: usize = 32;

/// Eighths of a cell, the first of one.
const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/// A bar with what it stands for.
struct Row {
    name: String,
    share: Share,
}

/// How many columns the terminal has.
pub(super) fn width() -> usize {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok();
    size.map(|size| usize::from(size.ws_col)).filter(|&width| width > 0).unwrap_or(USUAL_WIDTH)
}

/// Everything a scan tells, in lines of about that width.
pub(super) fn text(scan: &Scan, width: usize) -> String {
    let mut text = String::new();
    let what = if scan.total.to_string() == "1" { "address" } else { "addresses" };
    let _ = writeln!(text, "{}  ({}, {} {what})", scan.query, scan.family, grouped(scan.total));
    for note in &scan.notes {
        let _ = writeln!(text, "  note: {note}");
    }
    let _ = writeln!(text, "  {}", scan.verdict.name());
    for reason in &scan.reasons {
        let _ = writeln!(text, "    {reason}");
    }
    let mut rows = vec![
        Row { name: "known".to_owned(), share: scan.known },
        Row { name: "listed".to_owned(), share: scan.listed },
        Row { name: "anonymous".to_owned(), share: scan.anonymous },
        Row { name: "abuse".to_owned(), share: scan.abuse },
    ];
    for category in Category::ALL {
        let share = scan.signals.get(category.signal()).copied().unwrap_or_default();
        if !share.count.is_zero() {
            rows.push(Row { name: category.signal().to_owned(), share });
        }
    }
    bars(&mut text, "addresses", &rows, width);
    if !scan.known.count.is_zero() {
        scores(&mut text, scan, width);
    }
    let top = &scan.top;
    let named = |name: &str, more: Option<&String>| match more {
        Some(more) => format!("{name} {}", plain(more)),
        None => plain(name),
    };
    let share = |count, ratio| Share { count, ratio };
    let asns = top.asns.iter().map(|top| Row {
        name: named(&top.asn, top.as_name.as_ref()),
        share: share(top.count, top.ratio),
    });
    bars(&mut text, &titled("AS", top.n_asns), &asns.collect::<Vec<_>>(), width);
    let countries = top.countries.iter().map(|top| Row {
        name: named(&top.country_code, top.country.as_ref()),
        share: share(top.count, top.ratio),
    });
    bars(&mut text, &titled("countries", top.n_countries), &countries.collect::<Vec<_>>(), width);
    let providers = top
        .providers
        .iter()
        .map(|top| Row { name: plain(&top.provider), share: share(top.count, top.ratio) });
    bars(&mut text, &titled("providers", top.n_providers), &providers.collect::<Vec<_>>(), width);
    runs(&mut text, scan);
    text
}

fn titled(what: &str, n_all: u64) -> String {
    format!("{what} ({} in all)", grouped(n_all))
}

fn scores(text: &mut String, scan: &Scan, width: usize) {
    let score = &scan.score;
    let title = format!(
        "scores of what is known: mean of all addresses {}, of the listed {}, largest {}",
        score.mean, score.mean_listed, score.max
    );
    let rows = score.histogram.iter().filter(|bin| !bin.count.is_zero()).map(|bin| Row {
        name: if bin.from == bin.to {
            bin.to.to_string()
        } else {
            format!("{}-{}", bin.from, bin.to)
        },
        share: bin.share(scan.known.count),
    });
    bars(text, &title, &rows.collect::<Vec<_>>(), width);
}

/// Rows under a title: name, count, share and a bar as wide as there is room.
fn bars(text: &mut String, title: &str, rows: &[Row], width: usize) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n  {title}");
    let cells: Vec<[String; 3]> = rows
        .iter()
        .map(|row| [short(&row.name), grouped(row.share.count), percent(row.share.ratio)])
        .collect();
    let widest =
        |column: usize| cells.iter().map(|cells| cells[column].chars().count()).max().unwrap_or(0);
    let (name, count, share) = (widest(0), widest(1), widest(2));
    let room = width.saturating_sub(4 + name + 2 + count + 2 + share + 2);
    let room = if room < MIN_BAR { 0 } else { room.min(MAX_BAR) };
    for ([of, n, ratio], row) in cells.iter().zip(rows) {
        let line = format!(
            "    {of:<name$}  {n:>count$}  {ratio:>share$}  {}",
            bar(row.share.ratio, room)
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

/// A bar of eighths of a cell; of anything above nothing, at least one.
fn bar(ratio: f64, room: usize) -> String {
    let eighths = (ratio.clamp(0.0, 1.0) * (8 * room) as f64).round() as usize;
    let eighths = if ratio > 0.0 && room > 0 { eighths.max(1) } else { eighths };
    let mut bar = "█".repeat(eighths / 8);
    if let Some(part) = (eighths % 8).checked_sub(1) {
        bar.push(EIGHTHS[part]);
    }
    bar
}

fn runs(text: &mut String, scan: &Scan) {
    if scan.runs.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n  {}", titled("runs of one verdict", scan.n_runs));
    let range = |run: &crate::query::scan::VerdictRun| format!("{}-{}", run.first, run.last);
    let widest = scan.runs.iter().map(|run| range(run).len()).max().unwrap_or(0);
    for run in &scan.runs {
        let line =
            format!("    {:<widest$}  {:>3}  {}", range(run), run.score, run.signals.join(" "));
        let _ = writeln!(text, "{}", line.trim_end());
    }
    if let Some(next) = scan.next {
        let _ = writeln!(text, "    … --after {next}");
    }
}

/// A name that fits its column, without control characters, which would move the cursor.
fn short(name: &str) -> String {
    if name.chars().count() <= MAX_NAME {
        return name.to_owned();
    }
    name.chars().take(MAX_NAME - 1).chain(['…']).collect()
}

fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '?' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use crate::cli::scan_text::{bar, plain, short};

    #[test]
    fn bars_are_drawn_in_eighths() {
        assert_eq!(bar(0.0, 10), "");
        assert_eq!(bar(1.0, 3), "███");
        assert_eq!(bar(0.5, 3), "█▌");
        assert_eq!(bar(0.000_001, 40), "▏");
        assert_eq!(bar(0.5, 0), "");
    }

    #[test]
    fn names_of_feeds_are_kept_in_their_place() {
        assert_eq!(plain("a\u{1b}[2Jb"), "a?[2Jb");
        assert_eq!(short(&"x".repeat(40)).chars().count(), 32);
        assert_eq!(short("Example"), "Example");
    }
}
