//! A feed with a `url`: the snapshot that is in the cache now, believed or held back, or the one that
//! was last believed.
//!
//! ```text
//!                       could be had now        could not
//! newest believed       fresh, unchanged        stale, claims the newest
//! newest refused        fresh, the gates judge  stale, claims what was last good and still is
//! newest held back      rejected, claims what was last good and still is
//! nothing to believe    rejected                missing
//! ```
//! Past `expire`, nothing claims and nothing stands in.

use crate::base::{BuildEpoch, Digest, chain};
use crate::claim::{self, Extent};
use crate::feed::Feed;
use crate::fetch::{self, Cache, CacheError, Standing};
use crate::parse::{Fault, Parsed};
use crate::publish::history::{Good, Held, History};
use crate::publish::judge::{Loaded, Refused, guarded, judge};
use crate::publish::maps::Maps;
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

/// Notes that gates refused a build in which the feed claimed what `now` has in front.
pub(super) fn refuse(cache: &Cache, feed: &Feed, now: &History) -> Result<(), CacheError> {
    let mut history = history(cache, feed)?;
    let newest = now.good.front().map(|good| good.sha256);
    let Some(newest) = newest.filter(|newest| !history.knows(*newest)) else { return Ok(()) };
    history.refused = Some(newest);
    store(cache, feed, &history)
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

/// What is known of snapshots.
#[derive(Clone, Copy)]
struct Known<'a> {
    cache: &'a Cache,
    maps: &'a Maps,
}

/// Loads a feed from the cache; what became of it is in the history that comes with it, to be
/// stored once the build is published.
pub(super) fn load<'a>(
    cache: &Cache,
    maps: &Maps,
    feed: &'a Feed,
    epoch: BuildEpoch,
) -> Result<Loaded<'a>, CacheError> {
    let before = history(cache, feed)?;
    let mut history = before.clone();
    let mut loaded = judged(Known { cache, maps }, feed, &mut history, epoch)?;
    loaded.history = (history != before).then_some(history);
    Ok(loaded)
}

fn judged<'a>(
    known: Known<'_>,
    feed: &'a Feed,
    history: &mut History,
    epoch: BuildEpoch,
) -> Result<Loaded<'a>, CacheError> {
    let standing = fetch::standing(known.cache, feed)?;
    let trouble = standing.failure.clone();
    let Some(newest) = newest(known.cache, standing)? else {
        let reason = trouble.unwrap_or_else(|| "never fetched; build without --offline".to_owned());
        return stand_in(known, feed, history, epoch, (FeedState::Stale, reason));
    };
    if let Some(expired) = expired(feed, newest.confirmed, epoch) {
        let reason = trouble.map_or(expired.clone(), |trouble| format!("{trouble}; {expired}"));
        return Ok(Loaded::nothing(feed, FeedState::Missing, reason));
    }
    if let Some(reason) = &trouble
        && history.refused == Some(newest.sha256)
    {
        // Its host may know better by now, but cannot be asked.
        let why = (FeedState::Stale, reason.clone());
        let loaded = stand_in(known, feed, history, epoch, why)?;
        if loaded.parsed.is_some() {
            return Ok(loaded);
        }
    }
    let judged = match judged_snapshot(known, feed, newest.sha256) {
        Err(error @ CacheError::Gone { .. }) => {
            let reason = trouble.unwrap_or_else(|| chain(&error));
            return stand_in(known, feed, history, epoch, (FeedState::Stale, reason));
        }
        Err(error @ CacheError::TooLarge { .. }) => {
            Err(Refused { reason: error.to_string(), ..Refused::default() })
        }
        judged => judged?,
    };
    let believed = match judged {
        Ok(parsed) if history.knows(newest.sha256) => Ok((Extent::of(&parsed), parsed)),
        Ok(parsed) => against_trend(feed, history, &newest, parsed),
        Err(refused) => {
            // Its definition may have become stricter since it was believed.
            history.good.retain(|good| good.sha256 != newest.sha256);
            history.hold(held(&newest, &refused, Extent::default(), false), |_| false);
            Err(refused)
        }
    };
    match believed {
        Ok((extent, parsed)) => {
            let last = history.good.front().map(|good| good.sha256);
            let is_same = last == Some(newest.sha256);
            let good = Good {
                sha256: newest.sha256,
                files: feed.locations.len(),
                // A run whose clock was ahead must not keep content young.
                as_of: BuildEpoch(newest.since.min(epoch.0)).day(),
                confirmed: newest.confirmed,
                extent,
            };
            history.accept(good.clone());
            let state = if is_same { FeedState::Unchanged } else { FeedState::Fresh };
            let mut loaded = Loaded::nothing(feed, state, String::new());
            if let Some(reason) = trouble {
                loaded.set(FeedState::Stale, reason);
            }
            loaded.claim(&good, parsed);
            Ok(loaded)
        }
        Err(refused) => {
            let reason = match trouble {
                Some(trouble) => format!("{}; and now {trouble}", refused.reason),
                None => refused.reason.clone(),
            };
            let why = (FeedState::Rejected, reason);
            let mut loaded = stand_in(known, feed, history, epoch, why)?;
            if loaded.parsed.is_none() {
                loaded.tally = refused.tally;
            }
            loaded.samples = refused.samples;
            Ok(loaded)
        }
    }
}

/// What a snapshot of the cache shows; one whose map is there is not opened.
fn judged_snapshot(
    known: Known<'_>,
    feed: &Feed,
    sha256: Digest,
) -> Result<Result<Parsed, Refused>, CacheError> {
    let is_whole = known.cache.size(sha256).is_some();
    Ok(match known.maps.get(feed, sha256).filter(|_| is_whole) {
        Some(parsed) => guarded(feed, parsed),
        None => judge(known.maps, feed, &snapshot::of_cache(known.cache, feed, sha256)?),
    })
}

/// The newest of the good snapshots that is still good: there, not past `expire`, and good by the
/// definition as it is now. `why` is the feed's state, and the reason.
fn stand_in<'a>(
    known: Known<'_>,
    feed: &'a Feed,
    history: &History,
    epoch: BuildEpoch,
    why: (FeedState, String),
) -> Result<Loaded<'a>, CacheError> {
    let (state, reason) = why;
    let mut and = None;
    for good in history.good.iter().filter(|good| good.files == feed.locations.len()) {
        if let Some(expired) = expired(feed, good.confirmed, epoch) {
            and.get_or_insert(expired);
            continue;
        }
        let judged = match judged_snapshot(known, feed, good.sha256) {
            Ok(judged) => judged,
            Err(error @ (CacheError::Gone { .. } | CacheError::TooLarge { .. })) => {
                and.get_or_insert(chain(&error));
                continue;
            }
            Err(error) => return Err(error),
        };
        match judged {
            Ok(parsed) => {
                let mut loaded = Loaded::nothing(feed, state, reason);
                // A run whose clock was ahead must not keep content young.
                let good = Good { as_of: good.as_of.min(epoch.day()), ..good.clone() };
                loaded.claim(&good, parsed);
                return Ok(loaded);
            }
            Err(refused) => drop(and.get_or_insert(refused.reason)),
        }
    }
    let reason = and.map_or(reason.clone(), |and| format!("{reason}; what was last good: {and}"));
    let state = if state == FeedState::Stale { FeedState::Missing } else { state };
    Ok(Loaded::nothing(feed, state, reason))
}

/// Why a snapshot claims nothing any more, if nobody confirmed it for too long.
fn expired(feed: &Feed, confirmed: u64, epoch: BuildEpoch) -> Option<String> {
    let age = epoch.0.saturating_sub(confirmed);
    let is_expired = feed.expire_seconds.is_some_and(|limit| age > limit);
    let day = || BuildEpoch(confirmed).day();
    is_expired.then(|| format!("expired: it was last confirmed on {}", day()))
}

/// The newest content, if all of it was ever had.
fn newest(cache: &Cache, standing: Standing) -> Result<Option<Newest>, CacheError> {
    let (Some(files), Some(confirmed)) = (standing.files, standing.confirmed) else {
        return Ok(None);
    };
    let sha256 = snapshot::keep(cache, &files)?;
    Ok(Some(Newest { sha256, since: standing.since, confirmed }))
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
