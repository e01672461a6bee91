//! `ipmint feeds`: list, show and check the catalogue.

use std::collections::BTreeMap;
use std::io::Write as _;

use serde_json::{Map, Value, json};

use crate::cli::Exit;
use crate::cli::args::{FeedsArgs, FeedsCheckArgs, FeedsCommand, FeedsListArgs, FeedsShowArgs};
use crate::cli::exit::UsageError;
use crate::cli::output::{finish, stdout, write_json};
use crate::cli::sources::{self, Sources};
use crate::cli::status;
use crate::cli::table::{Side, Table};
use crate::feed::{Category, Feed, Location};
use crate::release::{Lock, Store};

pub(super) fn run(args: &FeedsArgs) -> anyhow::Result<Exit> {
    match &args.command {
        FeedsCommand::List(args) => list(args),
        FeedsCommand::Show(args) => show(args),
        FeedsCommand::Check(args) => check(args),
        FeedsCommand::Status(args) => status::run(args),
        FeedsCommand::Accept(args) => status::accept(args),
    }
}

fn list(args: &FeedsListArgs) -> anyhow::Result<Exit> {
    let sources = sources::load(&args.catalogue, args.sample)?;
    let lock = Store::at(&args.output).lock()?;
    let mut out = stdout();
    if args.json {
        let feed = |feed: &Feed| (feed.id.to_string(), summary(feed, state(feed, lock.as_ref())));
        let feeds: Map<String, Value> = sources.catalogue.iter().map(feed).collect();
        write_json(&mut out, &json!({ "feeds": feeds }))?;
    } else {
        let mut by_subject: BTreeMap<String, Vec<&Feed>> = BTreeMap::new();
        for feed in &sources.catalogue {
            by_subject.entry(subject(feed)).or_default().push(feed);
        }
        let mut table = Table::new(&[
            ("category", Side::Left),
            ("feed", Side::Left),
            ("title", Side::Left),
            ("licence", Side::Left),
            ("passed on", Side::Left),
            ("state", Side::Left),
        ]);
        for (subject, feeds) in by_subject {
            for feed in feeds {
                let state = state(feed, lock.as_ref()).to_owned();
                let (title, licence) = (cut(&feed.title), licence(feed).to_owned());
                let passed_on = if feed.licence.redistribute { "yes" } else { "no" }.to_owned();
                let id = feed.id.to_string();
                table.row([subject.clone(), id, title, licence, passed_on, state]);
            }
        }
        write!(out, "{table}")?;
        if sources.catalogue.is_empty() {
            writeln!(out, "no feeds; see `ipmint feeds list --sample`, or give --feeds")?;
        }
    }
    finish(out)?;
    Ok(Exit::Done)
}

fn show(args: &FeedsShowArgs) -> anyhow::Result<Exit> {
    let sources = sources::load(&args.catalogue, args.sample)?;
    let feed = sources.catalogue.get(&args.id).ok_or_else(|| no_feed(&sources, &args.id))?;
    let mut out = stdout();
    if args.json {
        let mut json = summary(feed, if feed.enabled { "enabled" } else { "disabled" });
        json["id"] = feed.id.as_str().into();
        json["guards"] = guards(feed);
        json["definition"] = definition(&sources, feed).into();
        write_json(&mut out, &json)?;
    } else {
        writeln!(out, "# {}", feed.file)?;
        writeln!(out, "{}", definition(&sources, feed).trim_end())?;
        writeln!(out, "\n# with its defaults")?;
        writeln!(
            out,
            "# id = {}, group = {}, {} ‰ reliable",
            feed.id, feed.group, feed.reliability
        )?;
        for (key, value) in guards(feed).as_object().into_iter().flatten() {
            let value = if value.is_null() { "unlimited".to_owned() } else { value.to_string() };
            writeln!(out, "# guards.{key} = {value}")?;
        }
    }
    finish(out)?;
    Ok(Exit::Done)
}

fn check(args: &FeedsCheckArgs) -> anyhow::Result<Exit> {
    let sources = sources::load(&args.catalogue, args.sample)?;
    let mut out = stdout();
    let (n_feeds, n_editions) = (sources.catalogue.len(), sources.editions.len());
    let n_tables = sources.n_tables;
    writeln!(out, "ok: {n_feeds} feeds, {n_editions} editions, {n_tables} tables and the policy")?;
    finish(out)?;
    Ok(Exit::Done)
}

pub(super) fn no_feed(sources: &Sources, id: &str) -> UsageError {
    let alike: Vec<&str> = sources
        .catalogue
        .iter()
        .map(|feed| feed.id.as_str())
        .filter(|known| known.contains(id) || id.contains(known))
        .take(5)
        .collect();
    let alike = match alike.as_slice() {
        [] => "`ipmint feeds list` lists them".to_owned(),
        alike => format!("did you mean {}?", alike.join(", ")),
    };
    UsageError(format!("no feed `{}`; {alike}", id.escape_debug()))
}

/// The category, or for feeds that assign something what they assign: the first of it, since
/// all of it is as wide as the rest of the table.
fn subject(feed: &Feed) -> String {
    match (feed.category, feed.attributes.as_slice()) {
        (Some(category), _) => category.name().to_owned(),
        (None, []) => "(by row)".to_owned(),
        (None, [only]) => only.name().to_owned(),
        (None, [first, rest @ ..]) => format!("{first} +{}", rest.len()),
    }
}

/// The id; of a URL the host.
fn licence(feed: &Feed) -> &str {
    let id = feed.licence.id.as_str();
    let host = id.split_once("://").map_or(id, |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or_default();
    match host.strip_prefix("www.").unwrap_or(host) {
        "" => "unknown",
        host => host,
    }
}

/// A table of two hundred feeds is read by running down its columns, so none may be much wider
/// than the rest.
const TITLE_WIDTH: usize = 48;

fn cut(text: &str) -> String {
    match text.char_indices().nth(TITLE_WIDTH) {
        None => text.to_owned(),
        Some(_) => text.chars().take(TITLE_WIDTH - 1).chain(['…']).collect(),
    }
}

/// What the last build made of it, where there was one.
pub(super) fn state(feed: &Feed, lock: Option<&Lock>) -> &'static str {
    if !feed.enabled {
        return "disabled";
    }
    let locked = lock.and_then(|lock| lock.feeds.get(feed.id.as_str()));
    locked.map_or("enabled", |locked| locked.state.name())
}

fn summary(feed: &Feed, state: &str) -> Value {
    let location = |location: &Location| match location {
        Location::Url(text) | Location::Path(text) => text.clone(),
    };
    json!({
        "title": feed.title,
        "file": feed.file,
        "locations": feed.locations.iter().map(location).collect::<Vec<_>>(),
        "format": feed.format.name(),
        "kind": feed.kind.name(),
        "category": feed.category.map(Category::name),
        "attributes": feed.attributes.iter().map(|column| column.name()).collect::<Vec<_>>(),
        "group": feed.group,
        "reliability": feed.reliability,
        "provider": feed.provider,
        "licence": {
            "id": feed.licence.id,
            "redistribute": feed.licence.redistribute,
            "attribution": feed.licence.attribution,
        },
        "state": state,
        "note": feed.note,
    })
}

fn guards(feed: &Feed) -> Value {
    let guards = &feed.guards;
    json!({
        "min_rows": guards.min_rows,
        "max_rows": (guards.max_rows < u64::MAX).then_some(guards.max_rows),
        "shrink": guards.shrink,
        "grow": guards.grow,
        "faults": guards.faults,
        "coverage_v4": guards.coverage_v4,
        "coverage_v6": guards.coverage_v6,
        "min_prefix_v4": guards.min_prefix_v4,
        "min_prefix_v6": guards.min_prefix_v6,
        "bytes": guards.bytes,
    })
}

fn definition<'s>(sources: &'s Sources, feed: &Feed) -> &'s str {
    let definition = sources.definitions.iter().find(|(file, _)| *file == feed.file);
    definition.map_or("", |(_, text)| text)
}
