//! `ipmint fetch`: what is due into the cache.

use std::collections::BTreeMap;
use std::io::Write as _;

use serde_json::{Map, Value, json};

use crate::cli::args::FetchArgs;
use crate::cli::exit::UsageError;
use crate::cli::feeds::no_feed;
use crate::cli::output::{finish, stdout, write_json};
use crate::cli::progress::Bars;
use crate::cli::sources::{self, Sources};
use crate::cli::table::{Side, Table, grouped};
use crate::cli::{Exit, clock};
use crate::compile::{Progress as _, Stage};
use crate::feed::{Feed, Location};
use crate::fetch::{self, Cache, LocationRecord, Outcome};
use crate::publish::CACHE_IN_USE;

/// What became of a URL, and what is known of it now.
type Fetched = (Outcome, LocationRecord);

pub(super) fn run(args: &FetchArgs) -> anyhow::Result<Exit> {
    let sources = sources::load(&args.catalogue, false)?;
    let feeds = chosen(&sources, &args.ids)?;
    let epoch = clock::epoch(None)?;
    let bars = Bars::new();
    let cache = Cache::open(&args.cache, || bars.note(CACHE_IN_USE))?;
    let jobs = fetch::jobs(feeds.iter().copied());
    bars.stage(Stage::Fetch, jobs.len() as u64);
    let (cache, outcomes) =
        fetch::fetch(cache, &sources.policy.fetch, &jobs, epoch, &|| bars.step())?;
    bars.finish();
    let mut fetched: BTreeMap<&str, Fetched> = BTreeMap::new();
    for (job, outcome) in jobs.iter().zip(outcomes) {
        fetched.insert(&job.url, (outcome, fetch::location(&cache, &job.url)?));
    }
    drop(cache);

    let mut out = stdout();
    if args.json {
        let feed = |feed: &&Feed| (feed.id.to_string(), to_json(&of_feed(feed, &fetched)));
        let feeds: Map<String, Value> = feeds.iter().map(feed).collect();
        write_json(&mut out, &json!({ "feeds": feeds }))?;
    } else {
        write!(out, "{}", table(&feeds, &fetched))?;
    }
    finish(out)?;
    let has_failed = |(outcome, _): &Fetched| matches!(outcome, Outcome::Failed(_));
    Ok(if fetched.values().any(has_failed) { Exit::Failed } else { Exit::Done })
}

/// The feeds of those ids; all that are fetched, if none is named.
fn chosen<'s>(sources: &'s Sources, ids: &[String]) -> Result<Vec<&'s Feed>, UsageError> {
    if ids.is_empty() {
        let is_due = |feed: &&Feed| feed.enabled && feed.is_fetched();
        return Ok(sources.catalogue.iter().filter(is_due).collect());
    }
    let mut feeds = Vec::new();
    for id in ids {
        let feed = sources.catalogue.get(id).ok_or_else(|| no_feed(sources, id))?;
        if !feed.enabled {
            let note = feed.note.as_deref().unwrap_or_default();
            return Err(UsageError(format!("feed `{id}` is disabled: {note}")));
        }
        if !feed.is_fetched() {
            return Err(UsageError(format!("feed `{id}` is a file; only a `url` is fetched")));
        }
        feeds.push(feed);
    }
    Ok(feeds)
}

fn of_feed<'f>(
    feed: &'f Feed,
    fetched: &'f BTreeMap<&str, Fetched>,
) -> Vec<(&'f str, &'f Fetched)> {
    let locations = feed.locations.iter().filter_map(|location| match location {
        Location::Url(url) => Some((url.as_str(), fetched.get(url.as_str())?)),
        Location::Path(_) => None,
    });
    locations.collect()
}

fn table(feeds: &[&Feed], fetched: &BTreeMap<&str, Fetched>) -> String {
    let mut table = Table::new(&[
        ("feed", Side::Left),
        ("outcome", Side::Left),
        ("bytes", Side::Right),
        ("reason", Side::Left),
    ]);
    for feed in feeds {
        for (url, (outcome, record)) in of_feed(feed, fetched) {
            let reason = reason(outcome).map(|reason| format!("{url}: {reason}"));
            table.row([
                feed.id.to_string(),
                word(outcome).to_owned(),
                grouped(record.bytes),
                reason.unwrap_or_default(),
            ]);
        }
    }
    table.to_string()
}

fn to_json(fetched: &[(&str, &Fetched)]) -> Value {
    let location = |(url, (outcome, record)): &(&str, &Fetched)| {
        json!({
            "url": url,
            "outcome": word(outcome),
            "reason": reason(outcome),
            "snapshot": record.sha256.map(|sha256| sha256.to_string()),
            "bytes": record.bytes,
        })
    };
    json!({ "locations": fetched.iter().map(location).collect::<Vec<_>>() })
}

/// Why it could not be had.
fn reason(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Failed(reason) => Some(reason),
        _ => None,
    }
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::New => "new",
        Outcome::Unchanged => "unchanged",
        Outcome::NotDue => "not due",
        Outcome::Failed(_) => "failed",
    }
}
