//! `ipmint build`: feeds to a release.
#![expect(clippy::disallowed_methods, reason = "options name files")]

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;

use crate::base::{BuildEpoch, Memory};
use crate::cli::Exit;
use crate::cli::args::BuildArgs;
use crate::cli::build_text;
use crate::cli::clock;
use crate::cli::exit::UsageError;
use crate::cli::output::{finish, stdout, write_json};
use crate::cli::progress::Bars;
use crate::cli::signing;
use crate::cli::sources;
use crate::publish::{self, Mode, PublishError, Report, Settings};
use crate::release::{Lock, Store};
use crate::verify::Gate;

pub(super) fn run(args: &BuildArgs) -> anyhow::Result<Exit> {
    let sources = sources::load(&args.catalogue, args.sample)?;
    let lock = args.locked.as_deref().map(|name| locked(&args.output, name)).transpose()?;
    let epoch = match &lock {
        Some(lock) => BuildEpoch(lock.build_epoch),
        None => clock::epoch(args.sample.then_some(&sources.catalogue))?,
    };
    let editions = sources.editions(&args.edition)?;
    let is_forced = |gate: &Gate| args.force.iter().any(|name| name == gate.name());
    let forced: Vec<Gate> = Gate::ALL.into_iter().filter(is_forced).collect();
    if !args.sample && !args.root.is_dir() {
        let root = args.root.display();
        return Err(UsageError(format!("--root: `{root}` is not a folder")).into());
    }
    let store = Store::at(&args.output).signed_by(signing::signer(&args.signing)?);
    let settings = Settings {
        catalogue: &sources.catalogue,
        origin: sources::origin(args.sample, &args.root, &args.catalogue),
        mode: match &lock {
            Some(lock) => Mode::Locked(lock),
            None if args.offline => Mode::Offline,
            None => Mode::Online,
        },
        cache: &args.cache,
        profile: sources.profile(args.profile.as_deref())?,
        policy: &sources.policy,
        editions: &editions,
        full: sources.full(),
        digests: sources.digests,
        epoch,
        now: clock::epoch(None)?,
        store: &store,
        forced: &forced,
        memory: &match args.memory {
            Some(n_bytes) => Memory::bounded(n_bytes, &args.cache.join("spill")),
            None => Memory::unbounded(),
        },
    };
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(args.threads.map_or(0, usize::from))
        .build()
        .context("cannot start threads")?;
    let bars = Bars::new();
    let built = threads.install(|| publish::publish(&settings, &bars));
    let timings = bars.finish();
    if let Err(PublishError::Refused { refusals }) = &built {
        eprint!("{}", build_text::refusals(refusals));
    }
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
    match report.is_new {
        _ if !args.strict => Exit::Done,
        _ if report.is_degraded() => Exit::Degraded,
        true => Exit::Done,
        false => Exit::Unchanged,
    }
}

/// The lock of a file, or of a release; of the last build, if none is named.
fn locked(output: &Path, name: &str) -> anyhow::Result<Lock> {
    let store = Store::at(output);
    if name.is_empty() {
        let none = || {
            let output = output.display();
            UsageError(format!("--locked: {output} has no feeds.lock; build once without --locked"))
        };
        return Ok(store.lock()?.ok_or_else(none)?);
    }
    if store.has(name)? {
        return Ok(store.release(name)?.manifest().lock.clone());
    }
    Ok(Store::read_lock(Path::new(name))?)
}
