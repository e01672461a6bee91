//! A feed with a `url`: the snapshot that is in the cache now, believed or held back, or the one that
//! was last believed.
//!
//! ```text
//!                       could be had now        could not
//! newest believed       fresh, unchanged        stale, claims the newest
//! newest held back      rejected, claims what was last believed, if it is not past `expire`
//! nothing to believe    rejected                missing
//! ```

use crate::base::{BuildEpoch, Digest, chain};
use crate::claim::{self, Extent};
use crate::feed::{Feed, Location};
use crate::fetch::{self, Cache, CacheError};
use crate::parse::{Fault, Parsed};
use crate::publish::history::{Good, Held, History};
use crate::publish::load::{self, Loaded, Mode, Refused};
use crate::publish::snapshot;
use crate::release::FeedState;

/// The folder of the cache that holds a record for each feed.
const FEEDS: &str = "feeds";

/// What builds made of a feed's snapshots.
pub fn history(cache: &Cache, feed: &Feed) -> Result<History, CacheError> {
    Ok(cache.record(FEEDS, feed.id.as_str())?.unwrap_or_default())
}

/// Replaces what is known of a feed's snapshots.
pub fn store(cache: &Cache, feed: &Feed, history: &History) -> Result<(), CacheError> {
    cache.store(FEEDS, feed.id.as_str(), history)
}

/// What builds made of the snapshots of every feed that there ever was.
pub(super) fn histories(cache: &Cache) -> Result<Vec<(String, History)>, CacheError> {
    cache.records(FEEDS)
}

/// Removes what is known of a feed's snapshots.
pub(super) fn forget(cache: &Cache, id: &str) -> Result<(), CacheError> {
    cache.remove(FEEDS, id)
}

/// What the cache has of a feed's URLs.
struct Newest {
    sha256: Digest,
    /// When the content last changed; Unix seconds.
    since: u64,
    /// When the hosts last said that this is the content; Unix seconds.
    confirmed: u64,
}

/// Loads a feed from the cache, and notes in its history what became of it.
pub(super) fn load<'a>(
    cache: &Cache,
    feed: &'a Feed,
    history: &mut History,
    mode: Mode<'_>,
    epoch: BuildEpoch,
) -> Result<Loaded<'a>, CacheError> {
    let (newest, mut trouble) = newest(cache, feed)?;
    if matches!(mode, Mode::Offline) {
        trouble = None;
    }
    let Some(newest) = newest else {
        let never = || "never fetched; build without --offline".to_owned();
        return stand_in(
            cache,
            feed,
            history,
            epoch,
            Troubled { state: FeedState::Stale, reason: trouble.unwrap_or_else(never) },
        );
    };
    let is_known = history.knows(newest.sha256);
    let judged = match snapshot::of_cache(cache, feed, newest.sha256) {
        Ok(snapshot) => load::judge(feed, &snapshot),
        Err(error @ CacheError::Gone { .. }) => {
            let reason = trouble.unwrap_or_else(|| chain(&error));
            let troubled = Troubled { state: FeedState::Stale, reason };
            return stand_in(cache, feed, history, epoch, troubled);
        }
        Err(error) => return Err(error),
    };
    let believed = match judged {
        Ok(parsed) if is_known => Ok((Extent::of(&parsed), parsed)),
        Ok(parsed) => against_trend(feed, history, &newest, parsed),
        Err(refused) => {
            history.hold(held(&newest, &refused, Extent::default(), false), |_| false);
            Err(refused)
        }
    };
    match believed {
        Ok((extent, parsed)) => {
            let good = Good {
                sha256: newest.sha256,
                as_of: BuildEpoch(newest.since).day(),
                confirmed: newest.confirmed,
                extent,
            };
            history.accept(good.clone());
            let state = if is_known { FeedState::Unchanged } else { FeedState::Fresh };
            let mut loaded = Loaded::nothing(feed, state, String::new());
            if let Some(reason) = trouble {
                loaded.set(FeedState::Stale, reason);
            }
            Ok(claiming(loaded, &good, parsed, epoch))
        }
        Err(refused) => {
            let reason = match trouble {
                Some(trouble) => format!("{}; and now {trouble}", refused.reason),
                None => refused.reason.clone(),
            };
            let troubled = Troubled { state: FeedState::Rejected, reason };
            let mut loaded = stand_in(cache, feed, history, epoch, troubled)?;
            if loaded.parsed.is_none() {
                loaded.tally = refused.tally;
            }
            loaded.samples = refused.samples;
            Ok(loaded)
        }
    }
}

/// Why the newest content does not claim.
struct Troubled {
    state: FeedState,
    reason: String,
}

/// What was last believed, unless it is past `expire` or there is nothing.
fn stand_in<'a>(
    cache: &Cache,
    feed: &'a Feed,
    history: &History,
    epoch: BuildEpoch,
    troubled: Troubled,
) -> Result<Loaded<'a>, CacheError> {
    let Troubled { state, reason } = troubled;
    let Some(good) = history.good.front() else {
        let state = if state == FeedState::Stale { FeedState::Missing } else { state };
        return Ok(Loaded::nothing(feed, state, reason));
    };
    let snapshot = match snapshot::of_cache(cache, feed, good.sha256) {
        Ok(snapshot) => snapshot,
        Err(error @ CacheError::Gone { .. }) => {
            let reason = format!("{reason}; and what was last good is gone: {}", chain(&error));
            return Ok(Loaded::nothing(feed, FeedState::Missing, reason));
        }
        Err(error) => return Err(error),
    };
    match load::read(feed, &snapshot) {
        Ok(parsed) => {
            let loaded = Loaded::nothing(feed, state, reason);
            Ok(claiming(loaded, good, parsed, epoch))
        }
        Err(now) => {
            // The definition changed since: it was read once.
            let reason = format!("{reason}; and what was last good cannot be read: {now}");
            Ok(Loaded::nothing(feed, FeedState::Missing, reason))
        }
    }
}

/// Lets a feed claim a good snapshot, unless nobody confirmed it for too long.
fn claiming<'a>(
    mut loaded: Loaded<'a>,
    good: &Good,
    parsed: Parsed,
    epoch: BuildEpoch,
) -> Loaded<'a> {
    (loaded.sha256, loaded.as_of) = (Some(good.sha256), Some(good.as_of));
    let age = epoch.0.saturating_sub(good.confirmed);
    if loaded.feed.expire_seconds.is_some_and(|limit| age > limit) {
        let day = BuildEpoch(good.confirmed).day();
        let why = loaded.reason.take().map(|reason| format!("{reason}; ")).unwrap_or_default();
        let reason = format!("{why}expired: what is in the cache was last confirmed on {day}");
        loaded.set(FeedState::Missing, reason);
        return loaded;
    }
    loaded.take(parsed);
    loaded
}

/// The newest content, if all of it was ever had, and the reason why some of it was not had now.
fn newest(cache: &Cache, feed: &Feed) -> Result<(Option<Newest>, Option<String>), CacheError> {
    let mut files = Vec::new();
    let mut trouble = None;
    let (mut since, mut confirmed) = (0, u64::MAX);
    for location in &feed.locations {
        let Location::Url(url) = location else { continue };
        let record = fetch::location(cache, url)?;
        if trouble.is_none() {
            trouble = record.failure.map(|failure| format!("{url}: {failure}"));
        }
        files.extend(record.sha256);
        since = since.max(record.since);
        confirmed = confirmed.min(record.confirmed);
    }
    if files.len() < feed.locations.len() {
        return Ok((None, trouble));
    }
    let sha256 = snapshot::keep(cache, &files)?;
    Ok((Some(Newest { sha256, since, confirmed }), trouble))
}

/// Compares what was read with the good snapshots before it.
fn against_trend(
    feed: &Feed,
    history: &mut History,
    newest: &Newest,
    parsed: Parsed,
) -> Result<(Extent, Parsed), Refused> {
    let extent = Extent::of(&parsed);
    let Err(trip) = claim::trend(feed, &history.extents(), extent) else {
        return Ok((extent, parsed));
    };
    let refused =
        Refused { reason: trip.to_string(), tally: parsed.tally, samples: parsed.samples.clone() };
    let is_alike = |earlier: &Held| claim::trend(feed, &[earlier.extent], extent).is_ok();
    if history.hold(held(newest, &refused, extent, true), is_alike) {
        return Ok((extent, parsed));
    }
    Err(refused)
}

fn held(newest: &Newest, refused: &Refused, extent: Extent, is_of_trend: bool) -> Held {
    let sample =
        |fault: &Fault| format!("{}:{}: {}: {}", fault.file, fault.line, fault.reason, fault.text);
    Held {
        sha256: newest.sha256,
        reason: refused.reason.clone(),
        sample: refused.samples.first().map(sample),
        extent: Extent { rows: refused.tally.rows, ..extent },
        since: newest.since,
        confirmed: newest.confirmed,
        is_of_trend,
        confirmations: 0,
        is_accepted: false,
    }
}
