//! Medians, spread and ratios as a Markdown table.

use std::fmt::Write as _;

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

/// How many times faster the library's stages are than one-by-one insertion, a line for
/// each of its measurements; nothing if one side was not measured.
pub(super) fn against_insertion(all: &[Samples]) -> String {
    let mut lines = String::new();
    let Some(peer) = all.iter().find(|measured| measured.name == "mmdb-writer") else {
        return lines;
    };
    let sum = |sample: &Sample, names: &[&str]| -> f64 {
        let named = |part: &&(String, f64)| names.contains(&part.0.as_str());
        sample.parts.iter().filter(named).map(|part| part.1).sum()
    };
    for measured in all.iter().filter(|measured| measured.name.starts_with("ipmint")) {
        for (title, names) in [
            ("sweep, tree and bytes", &["sweep", "tree and bytes", "write"][..]),
            (
                "the same with records and claim",
                &["records and claim", "sweep", "tree and bytes", "write"],
            ),
        ] {
            let ratios = measured
                .samples
                .iter()
                .zip(&peer.samples)
                .map(|(own, peer)| sum(peer, &["insert", "write"]) / sum(own, names));
            let _ = writeln!(
                lines,
                "{}: {title} are {} times as fast as mmdb-writer's insert and write",
                measured.name,
                spread(ratios.collect(), 1)
            );
        }
    }
    lines
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
    use crate::bench::table::render;

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
}
