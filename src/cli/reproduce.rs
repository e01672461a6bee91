//! `ipmint releases reproduce`: a release made again, and compared.

use std::io::Write as _;

use serde_json::{Map, Value, json};

use crate::base::{BuildEpoch, Memory};
use crate::cli::args::ReleasesReproduceArgs;
use crate::cli::output::{finish, stdout, write_json};
use crate::cli::progress::Bars;
use crate::cli::{Exit, sources};
use crate::publish::{self, Mode, Reproduced, Settings};
use crate::release::Store;

pub(super) fn run(args: &ReleasesReproduceArgs) -> anyhow::Result<Exit> {
    let store = Store::at(&args.store.output);
    let release = store.release(&args.version)?;
    let sources = sources::load(&args.catalogue, args.sample)?;
    let lock = &release.manifest().lock;
    let settings = Settings {
        catalogue: &sources.catalogue,
        origin: sources::origin(args.sample, &args.root, &args.catalogue),
        mode: Mode::Locked(lock),
        cache: &args.cache,
        profile: None,
        policy: &sources.policy,
        editions: &sources.editions,
        full: sources.full(),
        digests: sources.digests,
        epoch: BuildEpoch(lock.build_epoch),
        now: BuildEpoch(lock.build_epoch),
        store: &store,
        forced: &[],
        memory: &Memory::unbounded(),
    };
    let bars = Bars::new();
    let reproduced = publish::reproduce(&settings, &release, &bars)?;
    bars.finish();
    let ok = reproduced.iter().all(Reproduced::is_same);
    let mut out = stdout();
    if args.json {
        let edition = |edition: &Reproduced| {
            let found = edition.found.map(|digest| digest.to_string());
            let expected = edition.expected.to_string();
            let says = json!({ "since": edition.since, "expected": expected, "found": found });
            (edition.edition.clone(), says)
        };
        let editions: Map<String, Value> = reproduced.iter().map(edition).collect();
        write_json(&mut out, &json!({ "version": args.version, "ok": ok, "editions": editions }))?;
    } else {
        for Reproduced { edition, since, expected, found } in &reproduced {
            match found {
                Some(found) if found == expected => writeln!(out, "{edition}: ok, {expected}")?,
                Some(found) => writeln!(out, "{edition}: {found}, expected {expected}")?,
                None => writeln!(
                    out,
                    "{edition}: cannot be made: no edition of that name, or no lock of {since}"
                )?,
            }
        }
    }
    finish(out)?;
    Ok(if ok { Exit::Done } else { Exit::Failed })
}
