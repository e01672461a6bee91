//! The whole pipeline over real feeds, stage by stage: `ipmint build` on the corpus catalogue.

use std::fmt::Write as _;

use anyhow::Result;

use crate::bench::corpus::{Built, EPOCH, build, folder};
use crate::bench::groups::{Plan, clear};
use crate::bench::table::spread;
use crate::command::root;

/// Builds and prints a table; on the sample, and saying so, where there is no corpus, and in smoke
/// tests.
pub(super) fn run(plan: &Plan) -> Result<()> {
    let (store, cache) = (plan.dir.join("store"), plan.dir.join("stages-cache"));
    let mut arguments = vec!["build".into(), "--output".into(), store.clone()];
    arguments.extend(["--cache".into(), cache.clone()]);
    // A smoke test is not to take as long as the corpus does.
    let name = if let Some(corpus) = folder().filter(|_| !plan.is_smoke) {
        let feeds = root().join("tests/corpus");
        arguments.extend(["--feeds".into(), feeds, "--root".into(), corpus]);
        "corpus"
    } else {
        arguments.push("--sample".into());
        "sample"
    };
    let mut builds = Vec::new();
    for round in 1..=plan.n_rounds {
        eprintln!("round {round} of {}: build of the {name}", plan.n_rounds);
        clear(&store)?;
        clear(&cache)?;
        builds.push(build(&arguments, EPOCH)?);
    }
    println!(
        "ipmint build of the {name}, nothing cached: {} s, peak {} MB\n\n{}",
        spread(builds.iter().map(|built| built.seconds).collect(), 2),
        spread(builds.iter().map(|built| built.peak_bytes as f64 / 1e6).collect(), 0),
        table(&builds)
    );
    Ok(())
}

/// A row a stage.
pub(super) fn table(builds: &[Built]) -> String {
    let mut table = String::from("| stage | seconds | share |\n| --- | --- | --- |\n");
    let names: Vec<&String> = builds
        .first()
        .map_or(Vec::new(), |built| built.stages.iter().map(|(name, _)| name).collect());
    for (idx, name) in names.into_iter().enumerate() {
        let seconds: Vec<f64> =
            builds.iter().filter_map(|built| Some(built.stages.get(idx)?.1)).collect();
        let shares = builds.iter().zip(&seconds).map(|(built, own)| 100.0 * own / built.seconds);
        let shares = spread(shares.collect(), 0);
        let _ = writeln!(table, "| {name} | {} | {shares} % |", spread(seconds, 2));
    }
    table
}
