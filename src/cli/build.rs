//! `ipmint build`: feeds to a release.
#![expect(clippy::disallowed_methods, reason = "without SOURCE_DATE_EPOCH the clock is asked")]

use std::env;
use std::io::Write as _;
use std::time::SystemTime;

use anyhow::Context as _;

use crate::base::BuildEpoch;
use crate::cli::Exit;
use crate::cli::args::BuildArgs;
use crate::cli::build_text;
use crate::cli::exit::UsageError;
use crate::cli::output::{finish, stdout, write_json};
use crate::cli::progress::Bars;
use crate::cli::sources;
use crate::feed::{Catalogue, Feed};
use crate::publish::{self, Origin, Report, Settings};
use crate::verify::Gate;

/// Names the moment of a build (<https://reproducible-builds.org/specs/source-date-epoch/>).
const CLOCK: &str = "SOURCE_DATE_EPOCH";

pub(super) fn run(args: &BuildArgs) -> anyhow::Result<Exit> {
    let sources = sources::load(&args.catalogue, args.sample)?;
    let epoch = epoch(args.sample.then_some(&sources.catalogue))?;
    let editions = sources.editions(&args.edition)?;
    let is_forced = |gate: &Gate| args.force.iter().any(|name| name == gate.name());
    let forced: Vec<Gate> = Gate::ALL.into_iter().filter(is_forced).collect();
    if !args.sample && !args.root.is_dir() {
        let root = args.root.display();
        return Err(UsageError(format!("--root: `{root}` is not a folder")).into());
    }
    let settings = Settings {
        catalogue: &sources.catalogue,
        origin: if args.sample {
            Origin::Sample
        } else {
            Origin::Below { root: &args.root, feeds: args.catalogue.feeds.as_deref() }
        },
        policy: &sources.policy,
        editions: &editions,
        full: sources.full(),
        digests: sources.digests,
        epoch,
        output: &args.output,
        forced: &forced,
    };
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(args.threads.map_or(0, usize::from))
        .build()
        .context("cannot start threads")?;
    let bars = Bars::new();
    let built = threads.install(|| publish::publish(&settings, &bars));
    let timings = bars.finish();
    let report = built?;

    let mut out = stdout();
    if args.json {
        write_json(&mut out, &report.to_json())?;
    } else {
        write!(out, "{}", build_text::tables(&report, &timings))?;
    }
    finish(out)?;
    eprint!("{}", build_text::troubles(&report.feeds));
    Ok(exit(args, &report))
}

fn exit(args: &BuildArgs, report: &Report) -> Exit {
    if args.strict && report.is_degraded() { Exit::Degraded } else { Exit::Done }
}

/// The moment of the build: what the environment says, else the sample's own day, else now.
///
/// The sample does not age: what it says of a Tor exit would fade within days.
fn epoch(sample: Option<&Catalogue>) -> anyhow::Result<BuildEpoch> {
    let text = env::var_os(CLOCK).unwrap_or_default();
    let text = text.to_string_lossy();
    if !text.is_empty() {
        let epoch = text.parse().ok().map(BuildEpoch).filter(|epoch| *epoch <= BuildEpoch::MAX);
        let wrong = || {
            let found = text.escape_debug();
            UsageError(format!(
                "{CLOCK}: found `{found}`, expected Unix seconds before the year 10000"
            ))
        };
        return Ok(epoch.ok_or_else(wrong)?);
    }
    // The catalogue's own tables, which it reads too, are renewed at other times.
    let of_sample = |feed: &&Feed| feed.file.starts_with("feeds/sample/");
    let days = sample.map(|sample| sample.iter().filter(of_sample).filter_map(|feed| feed.as_of));
    if let Some(day) = days.and_then(Iterator::max) {
        return Ok(day.epoch());
    }
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let since = since.context("the clock is before 1970; set it, or SOURCE_DATE_EPOCH")?;
    Ok(BuildEpoch(since.as_secs()))
}
