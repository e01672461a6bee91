//! `ipmint feeds status` and `ipmint feeds accept`: what the cache knows of feeds.

use std::io::Write as _;

use serde_json::{Map, Value, json};

use crate::base::BuildEpoch;
use crate::cli::args::{FeedsAcceptArgs, FeedsStatusArgs};
use crate::cli::exit::UsageError;
use crate::cli::feeds::{no_feed, state};
use crate::cli::output::{finish, stdout, write_json};
use crate::cli::{Exit, clock, sources, status_text};
use crate::feed::Feed;
use crate::fetch::{self, Cache, CacheError, Standing};
use crate::publish::{self, CACHE_IN_USE, Held, History};
use crate::release::Store;

/// How a feed fares.
pub(super) struct Status<'f> {
    pub(super) feed: &'f Feed,
    /// What the last build made of it.
    pub(super) state: &'static str,
    /// When its hosts last answered for all of it.
    pub(super) confirmed: Option<BuildEpoch>,
    /// Why they did not since.
    pub(super) failure: Option<String>,
    pub(super) history: History,
}

pub(super) fn run(args: &FeedsStatusArgs) -> anyhow::Result<Exit> {
    let sources = sources::load(&args.catalogue, false)?;
    let lock = Store::at(&args.output).lock()?;
    let cache = Cache::at(&args.cache);
    let now = clock::epoch(None)?;
    let fetched = sources.catalogue.iter().filter(|feed| feed.enabled && feed.is_fetched());
    let statuses: Result<Vec<Status<'_>>, CacheError> =
        fetched.map(|feed| status(&cache, feed, state(feed, lock.as_ref()))).collect();
    let statuses = statuses?;
    let mut out = stdout();
    if args.json {
        let feed = |status: &Status<'_>| (status.feed.id.to_string(), to_json(status, now));
        let feeds: Map<String, Value> = statuses.iter().map(feed).collect();
        write_json(&mut out, &json!({ "feeds": feeds }))?;
    } else {
        write!(out, "{}", status_text::text(&statuses, now))?;
    }
    finish(out)?;
    Ok(Exit::Done)
}

pub(super) fn accept(args: &FeedsAcceptArgs) -> anyhow::Result<Exit> {
    let sources = sources::load(&args.catalogue, false)?;
    let id = &args.id;
    let feed = sources.catalogue.get(id).ok_or_else(|| no_feed(&sources, id))?;
    let cache = Cache::open(&args.cache, || eprintln!("note: {CACHE_IN_USE}"))?;
    let mut history = publish::history(&cache, feed)?;
    let Some(held) = &mut history.held else {
        anyhow::bail!("feed `{id}`: nothing is held back");
    };
    if !held.is_of_trend {
        let reason = &held.reason;
        let message = format!("feed `{id}`: {reason}; mend that in {}", feed.file);
        return Err(UsageError(message).into());
    }
    held.is_accepted = true;
    publish::store(&cache, feed, &history)?;
    let mut out = stdout();
    writeln!(out, "feed `{id}`: the next build believes what is held back")?;
    finish(out)?;
    Ok(Exit::Done)
}

fn status<'f>(
    cache: &Cache,
    feed: &'f Feed,
    state: &'static str,
) -> Result<Status<'f>, CacheError> {
    let Standing { confirmed, failure, .. } = fetch::standing(cache, feed)?;
    let confirmed = confirmed.map(BuildEpoch);
    Ok(Status { feed, state, confirmed, failure, history: publish::history(cache, feed)? })
}

fn to_json(status: &Status<'_>, now: BuildEpoch) -> Value {
    let history = &status.history;
    let good = |good: &publish::Good| {
        json!({
            "snapshot": good.sha256.to_string(),
            "as_of": good.as_of.to_string(),
            "rows": good.extent.rows,
        })
    };
    let held = |held: &Held| {
        json!({
            "snapshot": held.sha256.to_string(),
            "reason": held.reason,
            "sample": held.sample,
            "rows": held.extent.rows,
            "since": BuildEpoch(held.since).to_string(),
            "confirmations": held.confirmations,
            "can_be_accepted": held.is_of_trend,
        })
    };
    json!({
        "state": status.state,
        "confirmed": status.confirmed.map(|epoch| epoch.to_string()),
        "age_seconds": status.confirmed.map(|epoch| now.0.saturating_sub(epoch.0)),
        "failure": status.failure,
        "rows": history.good.front().map(|good| good.extent.rows),
        "good": history.good.iter().map(good).collect::<Vec<_>>(),
        "held": history.held.as_ref().map(held),
    })
}
