//! Every feed of a catalogue: those due fetched, all loaded.

use rayon::prelude::*;

use crate::compile::{CompileError, Progress, Stage};
use crate::feed::Feed;
use crate::fetch::{self, Cache};
use crate::publish::CACHE_IN_USE;
use crate::publish::judge::Loaded;
use crate::publish::load::{LoadError, Loader, Mode};
use crate::publish::maps::Maps;
use crate::publish::{PublishError, Settings};
use crate::release::{FeedState, Lock};

/// Fetches what is due, then loads every feed, by id. The cache comes back open, where there is one.
pub(super) fn gather<'a>(
    settings: &Settings<'a>,
    before: Option<&Lock>,
    maps: &Maps,
    progress: &dyn Progress,
) -> Result<(Vec<Loaded<'a>>, Option<Cache>), PublishError> {
    let mut feeds = Vec::with_capacity(settings.catalogue.len());
    for feed in settings.catalogue {
        feeds.push((feed, left_out(settings, feed)?));
    }
    if let Mode::Locked(lock) = settings.mode {
        check_lock(settings, lock)?;
    }
    let fetched: Vec<&Feed> = feeds
        .iter()
        .filter(|(feed, left_out)| feed.enabled && left_out.is_none() && feed.is_fetched())
        .map(|(feed, _)| *feed)
        .collect();
    // Feeds with a `path` need none of it but the folder of maps.
    let cache = if fetched.is_empty() { None } else { Some(cache(settings, &fetched, progress)?) };
    progress.stage(Stage::Read, feeds.len() as u64);
    let (origin, mode, epoch) = (settings.origin, settings.mode, settings.epoch);
    let loader = Loader { origin, mode, cache: cache.as_ref(), maps, before, epoch };
    let loaded: Result<Vec<Loaded<'a>>, LoadError> = feeds
        .into_par_iter()
        .map(|(feed, left_out)| {
            let loaded = match left_out {
                Some(reason) => Ok(Loaded::nothing(feed, FeedState::Disabled, reason)),
                None => loader.load(feed),
            };
            progress.step();
            loaded
        })
        .collect();
    let loaded = loaded?;
    // A feed whose entries could not be written somewhere is not at fault.
    settings.memory.check().map_err(CompileError::Spill)?;
    Ok((loaded, cache))
}

/// Opens the cache, and brings it up to date.
fn cache(
    settings: &Settings<'_>,
    feeds: &[&Feed],
    progress: &dyn Progress,
) -> Result<Cache, PublishError> {
    let cache = Cache::open(settings.cache, || progress.note(CACHE_IN_USE))?;
    let Mode::Online = settings.mode else { return Ok(cache) };
    let jobs = fetch::jobs(feeds.iter().copied());
    progress.stage(Stage::Fetch, jobs.len() as u64);
    let policy = &settings.policy.fetch;
    let (cache, _) = fetch::fetch(cache, policy, &jobs, settings.epoch, &|| progress.step())?;
    Ok(cache)
}

/// Why the profile leaves the feed out, if it does.
fn left_out(settings: &Settings<'_>, feed: &Feed) -> Result<Option<String>, PublishError> {
    match settings.profile {
        Some(profile) if feed.enabled => Ok(profile.leaves_out(feed)?),
        _ => Ok(None),
    }
}

/// A lock is of the very files that a build reads, or it would be another build.
fn check_lock(settings: &Settings<'_>, lock: &Lock) -> Result<(), PublishError> {
    let digests = &settings.digests;
    let changed: Vec<&'static str> = [
        ("the definitions", digests.definitions == lock.definitions),
        ("the policy", digests.policy == lock.policy),
        ("the schemas", digests.schemas == lock.schemas),
    ]
    .into_iter()
    .filter_map(|(name, is_same)| (!is_same).then_some(name))
    .collect();
    if changed.is_empty() { Ok(()) } else { Err(PublishError::LockMismatch { changed }) }
}

impl From<LoadError> for PublishError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Cache(error) => Self::Cache(error),
            LoadError::Locked(error) => Self::Locked(error),
        }
    }
}
