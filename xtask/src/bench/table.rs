//! Medians, spread and ratios as a Markdown table.

use std::fmt::Write as _;

use crate::bench::peers::INSERTING;
use crate::bench::rounds::{Sample, Samples};

/// Renders one row for each measurement; ratios are to the first.
pub(super) fn render(all: &[Samples]) -> String {
    let mut table = String::from(
        "| measurement | whole job: median (least to most) | to the floor | parts | peak memory | output |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    for measured in all {
        let seconds = sorted(measured.samples.iter().map(|sample| sample.seconds));
        let ratios = sorted(
            measured
                .samples
                .iter()
                .zip(&all[0].samples)
                .map(|(own, floor)| own.seconds / floor.seconds),
        );
        let peak = sorted(measured.samples.iter().map(|sample| sample.peak_bytes as f64 / 1e6));
        let output = measured.samples.first().map_or(0, |sample| sample.output_bytes);
        let _ = writeln!(
            table,
            "| {} | {:.2} s ({:.2} to {:.2}) | {:.2} | {} | {:.0} MB | {output} B |",
            measured.name,
            median(&seconds),
            seconds.first().copied().unwrap_or_default(),
            seconds.last().copied().unwrap_or_default(),
            median(&ratios),
            parts(measured),
            median(&peak),
        );
    }
    table
}

fn parts(measured: &Samples) -> String {
    let Some(first) = measured.samples.first() else {
        return String::new();
    };
    let parts = first.parts.iter().enumerate().map(|(idx, (name, _))| {
        let seconds = measured.samples.iter().filter_map(|sample| sample.parts.get(idx));
        format!("{name} {:.2}", median(&sorted(seconds.map(|(_, seconds)| *seconds))))
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// Parts that every writer has before its own work, and the file after it.
fn is_around(part: &str) -> bool {
    part.starts_with("read") || part.starts_with("parse") || part == "write"
}

/// Parts of ours that decide what is written where rows nest: of peers' rows the last inserted wins.
fn is_deciding(part: &str) -> bool {
    part.starts_with("records") || part.ends_with("claim")
}

/// How many times faster the library's stages are than one-by-one insertion, a table with a row
/// for each writer that inserts; nothing if one side was not measured.
///
/// What is compared begins with rows in memory and ends with the file's bytes in memory.
pub(super) fn against_insertion(all: &[Samples]) -> String {
    let own: Vec<&Samples> =
        all.iter().filter(|measured| measured.name.starts_with("ipmint")).collect();
    let peers = INSERTING.iter().filter_map(|(name, lacks)| {
        Some((all.iter().find(|measured| measured.name == *name)?, *lacks))
    });
    let peers: Vec<(&Samples, &str)> = peers.collect();
    let mut table = String::new();
    if own.is_empty() || peers.is_empty() {
        return table;
    }
    table.push_str("| insert and bytes of | which lacks | seconds |");
    for measured in &own {
        let name = measured.name;
        let _ = write!(table, " {name}: sweep to bytes, times as fast | records to bytes |");
    }
    let _ = writeln!(table, "\n| --- | --- | --- |{}", " --- | --- |".repeat(own.len()));
    for (peer, lacks) in peers {
        let seconds = peer.samples.iter().map(|sample| between(sample, is_around));
        let seconds = spread(seconds.collect(), 2);
        let lacks = if lacks.is_empty() { "nothing" } else { lacks };
        let _ = write!(table, "| {} | {lacks} | {seconds} |", peer.name);
        for measured in &own {
            let left_out: [fn(&str) -> bool; 2] =
                [|part| is_around(part) || is_deciding(part), is_around];
            for is_left_out in left_out {
                let ratios = measured
                    .samples
                    .iter()
                    .zip(&peer.samples)
                    .map(|(own, peer)| between(peer, is_around) / between(own, is_left_out));
                let _ = write!(table, " {} |", spread(ratios.collect(), 1));
            }
        }
        table.push('\n');
    }
    table
}

/// The seconds of all parts but those that are left out.
fn between(sample: &Sample, is_left_out: fn(&str) -> bool) -> f64 {
    sample.parts.iter().filter(|part| !is_left_out(&part.0)).map(|part| part.1).sum()
}

/// The median of some figures, with the least and the most.
pub(super) fn spread(figures: Vec<f64>, decimals: usize) -> String {
    let figures = sorted(figures.into_iter());
    let (least, most) = (figures.first().copied(), figures.last().copied());
    format!(
        "{:.decimals$} ({:.decimals$} to {:.decimals$})",
        median(&figures),
        least.unwrap_or_default(),
        most.unwrap_or_default()
    )
}

/// The median of some figures, in any order.
pub(super) fn median_of(figures: Vec<f64>) -> f64 {
    median(&sorted(figures.into_iter()))
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// Returns the middle value, or the mean of the two in the middle.
pub(super) fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        length if length % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

#[cfg(test)]
mod tests {
    use crate::bench::rounds::{Sample, Samples};
    use crate::bench::table::{against_insertion, render};

    #[test]
    fn ratios_are_taken_within_each_round() {
        let samples = |name, seconds: [f64; 3]| Samples {
            name,
            samples: seconds
                .map(|seconds| Sample {
                    seconds,
                    parts: vec![("all".to_owned(), seconds)],
                    peak_bytes: 5_000_000,
                    output_bytes: 7,
                })
                .into(),
        };
        let table = render(&[samples("floor", [1.0, 2.0, 4.0]), samples("peer", [3.0, 4.0, 8.0])]);
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| floor | 2.00 s (1.00 to 4.00) | 1.00 | all 2.00 | 5 MB | 7 B |",
                "| peer | 4.00 s (3.00 to 8.00) | 2.00 | all 4.00 | 5 MB | 7 B |",
            ]
        );
    }

    #[test]
    fn what_is_compared_is_what_each_does_between_rows_and_bytes() {
        let samples = |name, parts: &[(&str, f64)]| Samples {
            name,
            samples: vec![Sample {
                seconds: 9.0,
                parts: parts.iter().map(|(name, time)| ((*name).to_owned(), *time)).collect(),
                peak_bytes: 1,
                output_bytes: 1,
            }],
        };
        let ours = samples(
            "ipmint-1-thread",
            &[
                ("read and parse", 5.0),
                ("records and claim", 1.0),
                ("sweep", 0.25),
                ("bytes", 0.25),
            ],
        );
        let peer = samples("mmdb-writer", &[("parse", 5.0), ("insert", 2.0), ("bytes", 1.0)]);
        let table = against_insertion(&[ours, peer]);
        assert_eq!(
            table.lines().last(),
            Some(
                "| mmdb-writer | nothing | 3.00 (3.00 to 3.00) | 6.0 (6.0 to 6.0) | 2.0 (2.0 to 2.0) |"
            )
        );
    }
}
