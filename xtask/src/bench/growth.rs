//! Builds of more and more rows of one mix: is it linear, and what does a row take?

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::bench::corpus::{Built, EPOCH, build};
use crate::bench::fit;
use crate::bench::groups::{Plan, clear};
use crate::bench::table::{median_of, spread};
use crate::workload::Mix;

/// Large builds are not repeated more often.
const MAX_ROUNDS: usize = 3;

/// What peak memory may take: bytes a row of either family, and times the output.
const ALLOWED: ([f64; 2], f64) = ([24.0, 48.0], 1.5);

/// One size.
struct Size {
    mix: Mix,
    folder: PathBuf,
    builds: Vec<Built>,
    output_bytes: u64,
}

/// Builds and prints.
pub(super) fn run(plan: &Plan) -> Result<()> {
    let mut sizes = Vec::new();
    for factor in factors(plan.scale) {
        let (mix, folder) = plan.mix((plan.n_rows as u64 * factor).max(Mix::MIN_ROWS))?;
        sizes.push(Size { mix, folder, builds: Vec::new(), output_bytes: 0 });
    }
    let n_rounds = plan.n_rounds.min(MAX_ROUNDS);
    let (store, cache) = (plan.dir.join("growth-store"), plan.dir.join("growth-cache"));
    for round in 1..=n_rounds {
        for size in &mut sizes {
            let n_rows = size.mix.n_rows;
            eprintln!("round {round} of {n_rounds}: build of {n_rows} rows in 80 feeds");
            clear(&store)?;
            clear(&cache)?;
            let arguments = arguments([&size.folder, &size.folder, &cache, &store], plan);
            size.builds.push(build(&arguments, EPOCH)?);
            let databases = databases(&store)?;
            size.output_bytes =
                databases.iter().map(|path| Ok(path.metadata()?.len())).sum::<Result<u64>>()?;
        }
    }
    clear(&store)?;
    clear(&cache)?;
    let editions =
        if plan.editions.is_empty() { "all".to_owned() } else { plan.editions.join(", ") };
    let memory = plan.memory.as_deref().unwrap_or("all");
    println!(
        "80 feeds, nothing cached, {n_rounds} rounds, editions: {editions}, memory: {memory}\n"
    );
    print!("{}", table(&sizes));
    print!("{}", fits(&sizes));
    Ok(())
}

/// 1, 2, 4 … up to the largest, which is always there.
fn factors(largest: u64) -> Vec<u64> {
    let mut factors: Vec<u64> =
        (0..u64::BITS).map(|bit| 1 << bit).take_while(|factor| *factor < largest).collect();
    factors.push(largest);
    factors
}

/// The arguments of `ipmint` that build definitions and files with a cache into a store.
pub(super) fn arguments(folders: [&Path; 4], plan: &Plan) -> Vec<PathBuf> {
    let mut arguments: Vec<PathBuf> = vec!["build".into()];
    for (option, folder) in ["--feeds", "--root", "--cache", "--output"].into_iter().zip(folders) {
        arguments.extend([option.into(), folder.to_owned()]);
    }
    for edition in &plan.editions {
        arguments.extend(["--edition".into(), edition.into()]);
    }
    if let Some(memory) = &plan.memory {
        arguments.extend(["--memory".into(), memory.into()]);
    }
    arguments
}

/// The databases of a store's newest release, by name.
pub(super) fn databases(store: &Path) -> Result<Vec<PathBuf>> {
    let index: Value = serde_json::from_slice(&fs::read(store.join("index.json"))?)?;
    let version = index["current"].as_str().context("an index without a current release")?;
    let entries = fs::read_dir(store.join("releases").join(version))?;
    let mut paths: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "mmdb"));
    paths.sort();
    Ok(paths)
}

fn table(sizes: &[Size]) -> String {
    let mut table = String::from(
        "| rows | IPv4, IPv6 | seconds | to the first | peak memory | bytes a row | databases | peak to what is allowed |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for size in sizes {
        let by_family = size.mix.n_rows_by_family();
        let seconds: Vec<f64> = size.builds.iter().map(|built| built.seconds).collect();
        let ratios = size.builds.iter().zip(&sizes[0].builds);
        let ratios = ratios.map(|(own, first)| own.seconds / first.seconds).collect();
        let peak = peak(size);
        let ([v4, v6], of_output) = ALLOWED;
        let allowed = v4 * by_family[0] as f64
            + v6 * by_family[1] as f64
            + of_output * size.output_bytes as f64;
        let _ = writeln!(
            table,
            "| {} | {}, {} | {} | {} | {:.0} MB | {:.0} | {:.1} MB | {:.2} |",
            size.mix.n_rows,
            by_family[0],
            by_family[1],
            spread(seconds, 2),
            spread(ratios, 2),
            peak / 1e6,
            peak / size.mix.n_rows as f64,
            size.output_bytes as f64 / 1e6,
            peak / allowed,
        );
    }
    table
}

fn peak(size: &Size) -> f64 {
    median_of(size.builds.iter().map(|built| built.peak_bytes as f64).collect())
}

fn fits(sizes: &[Size]) -> String {
    let points = |of: &dyn Fn(&Size) -> f64| -> Vec<(f64, f64)> {
        sizes.iter().map(|size| (size.mix.n_rows as f64, of(size))).collect()
    };
    let seconds =
        points(&|size| median_of(size.builds.iter().map(|built| built.seconds).collect()));
    let (exponent, line) = (fit::exponent(&seconds), fit::line(&seconds));
    let memory = fit::line(&points(&peak));
    let (Some(exponent), Some(line), Some(memory)) = (exponent, line, memory) else {
        return String::new();
    };
    format!(
        "\nseconds grow with rows to the power of {:.3} (1 is linear; the fit explains {:.2} %)\n\
         straight line: {:.3} s a million rows and {:.2} s ({:.2} %)\n\
         peak memory: {:.0} bytes a row and {:.0} MB ({:.2} %)\n",
        exponent.slope,
        100.0 * exponent.explained,
        1e6 * line.slope,
        line.start,
        100.0 * line.explained,
        memory.slope,
        memory.start / 1e6,
        100.0 * memory.explained,
    )
}

#[cfg(test)]
mod tests {
    use crate::bench::growth::factors;

    #[test]
    fn sizes_double_up_to_the_largest() {
        assert_eq!(factors(1), [1]);
        assert_eq!(factors(8), [1, 2, 4, 8]);
        assert_eq!(factors(10), [1, 2, 4, 8, 10]);
    }
}
