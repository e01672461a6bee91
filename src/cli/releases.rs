//! `ipmint releases`: what a store holds, and which release of it is current.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::base::{BuildEpoch, Variant};
use crate::cli::args::{
    ReleasesArgs, ReleasesCheckArgs, ReleasesCommand, ReleasesListArgs, ReleasesPruneArgs,
    ReleasesRollbackArgs, ReleasesShowArgs,
};
use crate::cli::exit::UsageError;
use crate::cli::output::{finish, stdout, write_json};
use crate::cli::table::{Side, Table, grouped};
use crate::cli::{Exit, clock, reproduce, signing};
use crate::release::{EditionRecord, Keep, Manifest, Release, Store};

pub(super) fn run(args: &ReleasesArgs) -> anyhow::Result<Exit> {
    match &args.command {
        ReleasesCommand::List(args) => list(args),
        ReleasesCommand::Show(args) => show(args),
        ReleasesCommand::Rollback(args) => rollback(args),
        ReleasesCommand::Prune(args) => prune(args),
        ReleasesCommand::Check(args) => check(args),
        ReleasesCommand::Reproduce(args) => reproduce::run(args),
    }
}

fn list(args: &ReleasesListArgs) -> anyhow::Result<Exit> {
    let store = Store::at(&args.store.output);
    let index = store.published()?;
    let mut out = stdout();
    if args.json {
        write_json(&mut out, &serde_json::to_value(&index)?)?;
        finish(out)?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(&[
        ("release", Side::Left),
        ("built", Side::Left),
        ("number", Side::Right),
        ("editions", Side::Right),
        ("new", Side::Right),
        ("bytes", Side::Right),
        ("", Side::Left),
    ]);
    for entry in index.releases.iter().rev() {
        // One that is damaged is listed too; `check` says what is wrong.
        let release = store.release(&entry.version).ok();
        let manifest = release.as_ref().map(Release::manifest);
        let editions = || manifest.into_iter().flat_map(|manifest| manifest.editions.values());
        let n_new = editions().filter(|edition| edition.since == entry.version).count();
        let bytes: u64 = editions().flat_map(sizes).sum();
        let is_current = entry.version == index.current;
        let mark = match manifest {
            None => "damaged",
            Some(_) if is_current => "current",
            Some(_) => "",
        };
        table.row([
            entry.version.clone(),
            BuildEpoch(entry.build_epoch).to_string(),
            entry.sequence.to_string(),
            editions().count().to_string(),
            n_new.to_string(),
            grouped(bytes),
            mark.to_owned(),
        ]);
    }
    write!(out, "{table}")?;
    finish(out)?;
    Ok(Exit::Done)
}

/// The sizes of an edition's files, updates included.
fn sizes(edition: &EditionRecord) -> impl Iterator<Item = u64> {
    let files = edition.files.iter().map(|file| file.bytes);
    files.chain(edition.deltas.iter().map(|delta| delta.bytes))
}

fn show(args: &ReleasesShowArgs) -> anyhow::Result<Exit> {
    let store = Store::at(&args.store.output);
    let release = match &args.version {
        Some(version) => store.release(version)?,
        None => store.current()?,
    };
    let manifest = release.manifest();
    let mut out = stdout();
    if args.json {
        write_json(&mut out, &serde_json::to_value(manifest)?)?;
    } else {
        write!(out, "{}", summary(manifest))?;
    }
    finish(out)?;
    Ok(Exit::Done)
}

fn summary(manifest: &Manifest) -> String {
    let built = BuildEpoch(manifest.build_epoch);
    let previous = manifest
        .previous
        .as_ref()
        .map_or(String::new(), |previous| format!(", after {}", previous.version));
    let head = format!(
        "release {}: number {}, built {built} by {}{previous}\n",
        manifest.version, manifest.sequence, manifest.tool
    );
    let mut columns = vec![("edition", Side::Left), ("since", Side::Left)];
    let variants = [&[Variant::Mmdb], Variant::PACKED].concat();
    columns.extend(variants.iter().map(|variant| (variant.name(), Side::Right)));
    columns.extend([("updates", Side::Right), ("smallest", Side::Right)]);
    let mut editions = Table::new(&columns);
    for (name, record) in &manifest.editions {
        let size = |variant: &Variant| record.file(*variant).map(|file| grouped(file.bytes));
        let mut row = vec![name.clone(), record.since.clone()];
        row.extend(variants.iter().map(|variant| size(variant).unwrap_or_default()));
        let smallest = record.deltas.iter().map(|delta| delta.bytes).min();
        let n_updates = record.deltas.len();
        row.push(if n_updates == 0 { String::new() } else { n_updates.to_string() });
        row.push(smallest.map(grouped).unwrap_or_default());
        editions.push(row);
    }
    let mut gates = Table::new(&[
        ("gate", Side::Left),
        ("edition", Side::Left),
        ("seen", Side::Right),
        ("limit", Side::Right),
        ("", Side::Left),
    ]);
    for gate in manifest.gates.iter().filter(|gate| gate.forced || gate.seen > 0) {
        let mark = if gate.forced { "overruled" } else { "" }.to_owned();
        let (seen, limit) = (grouped(gate.seen), grouped(gate.limit));
        gates.row([gate.name.clone(), gate.edition.clone(), seen, limit, mark]);
    }
    let gates = if gates.is_empty() { String::new() } else { format!("\n{gates}") };
    format!("{head}\n{editions}{gates}")
}

fn rollback(args: &ReleasesRollbackArgs) -> anyhow::Result<Exit> {
    let store = Store::at(&args.store.output).signed_by(signing::signer(&args.signing)?);
    let release = store.rollback(args.version.as_deref(), clock::epoch(None)?)?;
    let mut out = stdout();
    writeln!(out, "release {} is current", release.version())?;
    finish(out)?;
    Ok(Exit::Done)
}

fn prune(args: &ReleasesPruneArgs) -> anyhow::Result<Exit> {
    let store = Store::at(&args.store.output).signed_by(signing::signer(&args.signing)?);
    let now = clock::epoch(None)?;
    let keep = Keep {
        newest: args.keep,
        younger_than: args.older_than.unwrap_or(0),
        grace: store.current()?.manifest().policy.release.grace_seconds,
    };
    let mut out = stdout();
    if args.dry_run {
        for version in store.prunable(keep, now)? {
            writeln!(out, "release {version} would be removed")?;
        }
    } else {
        let pruned = store.prune(keep, now)?;
        for version in &pruned.versions {
            writeln!(out, "release {version} removed")?;
        }
        let bytes = grouped(pruned.bytes);
        writeln!(out, "{} releases removed, {bytes} bytes freed", pruned.versions.len())?;
    }
    finish(out)?;
    Ok(Exit::Done)
}

fn check(args: &ReleasesCheckArgs) -> anyhow::Result<Exit> {
    let store = Store::at(&args.store.output);
    let index = store.published()?;
    if let Some(unknown) = args.versions.iter().find(|version| index.get(version).is_none()) {
        let output = args.store.output.display();
        let message = format!("no release `{}` in {output}", unknown.escape_debug());
        return Err(UsageError(message).into());
    }
    let of_all = args.versions.is_empty();
    let is_asked = |version: &String| of_all || args.versions.contains(version);
    let versions = index.releases.iter().map(|entry| &entry.version).filter(|v| is_asked(v));
    let mut checked: Vec<(String, Vec<String>)> =
        versions.map(|version| (version.clone(), store.check(version))).collect();
    if of_all {
        checked.push(("history".to_owned(), store.check_history()));
        checked.push(("store".to_owned(), store.strays(&index)?));
    }
    let ok = checked.iter().all(|(_, problems)| problems.is_empty());
    let mut out = stdout();
    if args.json {
        let problems: serde_json::Map<String, Value> =
            checked.into_iter().map(|(name, problems)| (name, json!(problems))).collect();
        write_json(&mut out, &json!({ "ok": ok, "problems": problems }))?;
    } else {
        for (name, problems) in &checked {
            if problems.is_empty() {
                writeln!(out, "{name}: ok")?;
            }
            for problem in problems {
                writeln!(out, "{name}: {problem}")?;
            }
        }
    }
    finish(out)?;
    Ok(if ok { Exit::Done } else { Exit::Failed })
}
