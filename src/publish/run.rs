//! A build from start to end.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use rayon::prelude::*;

use crate::base::{BuildEpoch, Digest, Memory, Variant, chain};
use crate::claim::{Counts, Input};
use crate::compile::{self, Built, BuiltEdition, CompileError, Progress, Stage};
use crate::edition::{Edition, FULL};
use crate::feed::{Catalogue, Feed, Profile, ShareAlikeError};
use crate::fetch::{Cache, CacheError, FetchRunError};
use crate::publish::collect::collect;
use crate::publish::gather::gather;
use crate::publish::judge::Loaded;
use crate::publish::load::{LockedError, Mode};
use crate::publish::maps::Maps;
use crate::publish::{EditionReport, FeedReport, History, Origin, Report, remote};
use crate::release::{
    Draft, DraftEdition, FeedRecord, FeedState, LicenceRecord, Lock, LockedFeed, PolicyRecord,
    Published, Store, StoreError, notice,
};
use crate::score::Policy;
use crate::verify::{self, Candidate, Gate, Refusal, Rules};

/// Everything a build depends on.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// The feeds.
    pub catalogue: &'a Catalogue,
    /// Where `path` feeds start.
    pub origin: Origin<'a>,
    /// How snapshots are come by.
    pub mode: Mode<'a>,
    /// The folder of fetched snapshots.
    pub cache: &'a Path,
    /// Which licences may take part; all, if none is named.
    pub profile: Option<&'a Profile>,
    /// Weights, decay, thresholds.
    pub policy: &'a Policy,
    /// What to publish.
    pub editions: &'a [Edition],
    /// The edition [`FULL`]: canaries are asked of it, whether it is published or not.
    pub full: &'a Edition,
    /// Of the files that the three above were read from.
    pub digests: Digests,
    /// When the build is said to have happened.
    pub epoch: BuildEpoch,
    /// When it does happen, from where the index's expiry counts.
    pub now: BuildEpoch,
    /// The store to publish to.
    pub store: &'a Store,
    /// Gates that may be overruled.
    pub forced: &'a [Gate],
    /// What it may take of memory.
    pub memory: &'a Memory,
}

/// Digests of what shapes a build beside its feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digests {
    /// All definitions.
    pub definitions: Digest,
    /// The policy.
    pub policy: Digest,
    /// All editions' schemas.
    pub schemas: Digest,
}

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// Nothing came from outside: what is built in would make a release that says next to nothing.
    #[error(
        "no feed could be read, nothing was published; check --root and the `path` of each feed, \
         or try `ipmint build --sample`{}",
        reasons(feeds)
    )]
    NoFeed {
        /// What became of each, but for those built in or disabled.
        feeds: Vec<FeedReport>,
    },
    /// A lock was made with other definitions, another policy or other editions.
    #[error(
        "{} changed since the lock was made; take back the change, or build without --locked",
        changed.join(" and ")
    )]
    LockMismatch {
        /// What differs.
        changed: Vec<&'static str>,
    },
    /// A share-alike licence that the profile does not let in.
    #[error(transparent)]
    ShareAlike(#[from] ShareAlikeError),
    /// What a lock names is not to be had.
    #[error(transparent)]
    Locked(#[from] LockedError),
    /// Nothing can be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchRunError),
    /// The cache refuses.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The compilation cannot go on.
    #[error("cannot compile")]
    Compile(#[from] CompileError),
    /// Gates refuse.
    #[error(
        "nothing was published, the release before is still current; mend the feed{}",
        overruling(refusals)
    )]
    Refused {
        /// Every refusal.
        refusals: Vec<Refusal>,
    },
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How many feeds an error names; the report has them all.
const MAX_REASONS: usize = 5;

fn reasons(feeds: &[FeedReport]) -> String {
    let mut text = String::new();
    for feed in feeds.iter().take(MAX_REASONS) {
        let reason = feed.reason.as_deref().unwrap_or("no reason was given");
        let _ = write!(text, "\n  {}: {}: {reason}", feed.id, feed.state);
    }
    if feeds.len() > MAX_REASONS {
        let _ = write!(text, "\n  and {} more", feeds.len() - MAX_REASONS);
    }
    text
}

/// The options that would let a release through, if any would.
fn overruling(refusals: &[Refusal]) -> String {
    let gates: BTreeSet<Gate> = refusals.iter().map(|refusal| refusal.gate).collect();
    if let Some(gate) = gates.iter().find(|gate| !Gate::FORCEABLE.contains(gate)) {
        return format!("; gate `{gate}` cannot be overruled");
    }
    let options: String = gates.iter().map(|gate| format!(" --force {gate}")).collect();
    format!(" or overrule with{options}")
}

/// Builds and publishes a release.
///
/// # Errors
/// Nothing was published, and the release before is still the current one.
pub fn publish(settings: &Settings<'_>, progress: &dyn Progress) -> Result<Report, PublishError> {
    let store = settings.store;
    store.prepare()?;
    let before = store.lock()?;
    let baseline = store.baseline()?;

    let maps = match settings.origin {
        Origin::Sample => Maps::at(None, settings.memory),
        Origin::Below { .. } => Maps::at(Some(settings.cache), settings.memory),
    };
    let (mut loaded, cache) = gather(settings, before.as_ref(), &maps, progress)?;
    let is_readable = |loaded: &Loaded<'_>| loaded.parsed.is_some() && !loaded.is_built_in;
    if !loaded.iter().any(is_readable) {
        let is_wanted = |l: &Loaded<'_>| !l.is_built_in && l.state != FeedState::Disabled;
        let feeds = loaded.into_iter().filter(is_wanted);
        let feeds = feeds.map(|loaded| feed_report(loaded, None)).collect();
        return Err(PublishError::NoFeed { feeds });
    }
    let histories = histories(&mut loaded);
    let takes_part: Vec<bool> = loaded.iter().map(|loaded| loaded.parsed.is_some()).collect();
    let inputs = inputs(&mut loaded);

    let mut editions = settings.editions.to_vec();
    let has_full = editions.iter().any(|edition| edition.name == FULL);
    if !has_full && !settings.policy.canaries.is_empty() {
        editions.push(settings.full.clone());
    }
    let Settings { policy, epoch, memory, .. } = *settings;
    let of_compilation = compile::Settings { policy, editions: &editions, epoch, memory };
    let built = compile::compile(&of_compilation, inputs, progress)?;

    progress.stage(Stage::Verify, 1);
    let candidates: Vec<Candidate<'_>> = built
        .editions
        .iter()
        .map(|edition| Candidate { edition: &edition.name, bytes: &edition.database.bytes })
        .collect();
    let rules = Rules { policy: settings.policy, before: &baseline, forced: settings.forced };
    let passed = verify::all(&candidates, &rules);
    if let (Err(_), Some(cache)) = (&passed, &cache)
        && let Err(error) = refuse(cache, &histories)
    {
        progress.note(&format!("the cache was not brought up to date: {}", chain(&error)));
    }
    let passed = passed.map_err(|refusals| PublishError::Refused { refusals })?;
    progress.step();

    let feeds = feed_reports(loaded, &takes_part, &built.counts);
    // What was made for the canaries alone stands last.
    let wanted = &built.editions[..settings.editions.len()];
    let draft = draft(settings, wanted, &feeds, before.as_ref());
    if let Some(cache) = &cache {
        // Before a lock names them.
        cache.sync()?;
    }
    let published = store.publish(&draft, &passed, progress)?;
    if let Some(trouble) = &published.trouble {
        progress.note(&format!("the next build will try again: {}", chain(trouble)));
    }
    if let Some(cache) = &cache {
        let kept = keep(cache, &histories)
            .and_then(|()| collect(cache, store, settings.catalogue, settings.epoch));
        if let Err(error) = kept {
            // The release stands; the next build tries again.
            progress.note(&format!("the cache was not brought up to date: {}", chain(&error)));
        }
    }
    if let Err(error) = maps.collect(settings.now) {
        // The next build reads more than it would have to.
        progress.note(&format!("what was read could not be kept: {error}"));
    }
    Ok(report(settings, &built, feeds, &published))
}

/// Takes out what is known of feeds' snapshots from now on.
fn histories<'a>(loaded: &mut [Loaded<'a>]) -> Vec<(&'a Feed, History)> {
    let history = |loaded: &mut Loaded<'a>| Some((loaded.feed, loaded.history.take()?));
    loaded.iter_mut().filter_map(history).collect()
}

/// Stores what is known of feeds' snapshots: only now, for what a gate refused was not good.
fn keep(cache: &Cache, histories: &[(&Feed, History)]) -> Result<(), PublishError> {
    histories.par_iter().try_for_each(|(feed, history)| Ok(remote::store(cache, feed, history)?))
}

/// Notes which snapshots were new in a build that gates refused.
fn refuse(cache: &Cache, histories: &[(&Feed, History)]) -> Result<(), PublishError> {
    histories.iter().try_for_each(|(feed, history)| Ok(remote::refuse(cache, feed, history)?))
}

/// Takes out what feeds brought, by id.
pub(super) fn inputs<'a>(loaded: &mut [Loaded<'a>]) -> Vec<Input<'a>> {
    let input = |loaded: &mut Loaded<'a>| {
        let (parsed, as_of) = (loaded.parsed.take()?, loaded.as_of?);
        Some(Input { feed: loaded.feed, as_of, parsed })
    };
    loaded.iter_mut().filter_map(input).collect()
}

/// Gives each feed that brought something its counts, which come in the same order.
fn feed_reports(
    loaded: Vec<Loaded<'_>>,
    takes_part: &[bool],
    counts: &[Counts],
) -> Vec<FeedReport> {
    let mut counts = counts.iter().copied();
    let report = |(loaded, takes_part): (Loaded<'_>, &bool)| {
        let counts = if *takes_part { counts.next() } else { None };
        feed_report(loaded, counts)
    };
    loaded.into_iter().zip(takes_part).map(report).collect()
}

fn feed_report(loaded: Loaded<'_>, counts: Option<Counts>) -> FeedReport {
    FeedReport {
        id: loaded.feed.id.clone(),
        file: loaded.feed.file.clone(),
        state: loaded.state,
        reason: loaded.reason,
        snapshot: loaded.sha256,
        as_of: loaded.as_of,
        tally: loaded.tally,
        claims: counts.is_some(),
        counts: counts.unwrap_or_default(),
        samples: loaded.samples,
    }
}

fn draft(
    settings: &Settings<'_>,
    editions: &[BuiltEdition],
    reports: &[FeedReport],
    before: Option<&Lock>,
) -> Draft {
    let tool = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
    let mut feeds = BTreeMap::new();
    let mut locked = BTreeMap::new();
    let mut credited = Vec::new();
    for (feed, report) in settings.catalogue.iter().zip(reports) {
        let FeedReport { state, snapshot, as_of, tally, counts, .. } = *report;
        let licence =
            LicenceRecord { id: feed.licence.id.clone(), redistribute: feed.licence.redistribute };
        let record = FeedRecord {
            state,
            reason: report.reason.clone(),
            snapshot,
            as_of,
            rows: tally.rows,
            faults: tally.faults,
            claims: counts.claims,
            licence,
            group: feed.group.clone(),
            reliability: feed.reliability,
        };
        feeds.insert(feed.id.to_string(), record);
        let known = before.and_then(|lock| lock.feeds.get(feed.id.as_str()));
        let locked_feed = match (snapshot, known) {
            // Content that comes back after a night without is as old as it is.
            (None, Some(known)) => LockedFeed { state, claims: false, ..known.clone() },
            _ => LockedFeed { state, sha256: snapshot, as_of, claims: report.claims },
        };
        locked.insert(feed.id.to_string(), locked_feed);
        if counts.claims > 0 {
            credited.push(feed);
        }
    }
    let edition = |edition: &BuiltEdition| DraftEdition {
        name: edition.name.clone(),
        nodes: edition.database.n_nodes,
        records: edition.database.n_records,
        prefixes: edition.database.n_networks,
    };
    let lock = Lock {
        schema: Lock::SCHEMA,
        build_epoch: settings.epoch.0,
        definitions: settings.digests.definitions,
        policy: settings.digests.policy,
        schemas: settings.digests.schemas,
        feeds: locked,
    };
    Draft {
        build_epoch: settings.epoch,
        now: settings.now,
        tool: tool.to_owned(),
        policy: PolicyRecord::from(settings.policy),
        lock,
        feeds,
        editions: editions.iter().map(edition).collect(),
        notice: notice(tool, &credited),
    }
}

fn report(
    settings: &Settings<'_>,
    built: &Built,
    feeds: Vec<FeedReport>,
    published: &Published,
) -> Report {
    let release = &published.release;
    let manifest = release.manifest();
    let edition = |edition: &Edition| {
        let record = manifest.editions.get(&edition.name)?;
        let file = record.file(Variant::Mmdb)?;
        Some(EditionReport {
            name: edition.name.clone(),
            path: release.folder().join(&file.name),
            bytes: file.bytes,
            nodes: record.nodes,
            records: record.records,
            prefixes: record.prefixes,
            sha256: file.sha256,
        })
    };
    Report {
        version: release.version().to_owned(),
        is_new: published.is_new,
        build_epoch: BuildEpoch(manifest.build_epoch),
        editions: settings.editions.iter().filter_map(edition).collect(),
        feeds,
        n_segments: built.n_segments,
        n_sets: built.n_sets,
    }
}
