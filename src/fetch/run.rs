//! All URLs of a catalogue at once.

use std::sync::Arc;

use reqwest::redirect;
use tokio::runtime::{self, Runtime};
use tokio::task::JoinSet;

use crate::base::{BuildEpoch, Digest, chain};
use crate::feed::{Feed, FetchPolicy, Location};
use crate::fetch::download::{self, Answer, Wanted, download};
use crate::fetch::exchange::Context;
use crate::fetch::hosts::Hosts;
use crate::fetch::location::{Due, due, key};
use crate::fetch::{Cache, CacheError, Job, LocationRecord};

/// The folder of the cache that holds a record for each URL.
const LOCATIONS: &str = "locations";
/// Threads that move bytes: hashing one download goes on while another's disk is waited for.
const N_THREADS: usize = 2;

/// What became of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its content is new.
    New,
    /// The host said, by 304 or by the same bytes, that its content is what is known.
    Unchanged,
    /// It answered less than its `refresh` ago and was not asked.
    NotDue,
    /// It could not be had; the reason goes after the URL.
    Failed(String),
}

/// Nothing could be fetched at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchRunError {
    /// No client, no threads.
    #[error("cannot start fetching")]
    Start(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The cache refuses.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

/// What is known of a URL.
pub fn location(cache: &Cache, url: &str) -> Result<LocationRecord, CacheError> {
    let unknown = || LocationRecord { url: url.to_owned(), ..LocationRecord::default() };
    Ok(cache.record(LOCATIONS, &key(url).to_string())?.unwrap_or_else(unknown))
}

/// What is known of every URL that was ever asked.
pub fn locations(cache: &Cache) -> Result<Vec<LocationRecord>, CacheError> {
    let records = cache.records(LOCATIONS)?;
    Ok(records.into_iter().map(|(_, record)| record).collect())
}

/// What is known of all URLs of a feed together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Their snapshots, in order, if each was ever had.
    pub files: Option<Vec<Digest>>,
    /// When the content of any last changed; Unix seconds.
    pub since: u64,
    /// When each host had last said that this is the content, if each ever did; Unix seconds.
    pub confirmed: Option<u64>,
    /// Why one of them could not be had since.
    pub failure: Option<String>,
}

/// What is known of all URLs of a feed together.
pub fn standing(cache: &Cache, feed: &Feed) -> Result<Standing, CacheError> {
    let mut standing = Standing { confirmed: Some(u64::MAX), ..Standing::default() };
    let mut files = Vec::new();
    for location in &feed.locations {
        let Location::Url(url) = location else { continue };
        let record = self::location(cache, url)?;
        files.extend(record.sha256);
        standing.since = standing.since.max(record.since);
        standing.confirmed = standing.confirmed.min(record.sha256.map(|_| record.confirmed));
        let failure = record.failure.map(|failure| format!("{url}: {failure}"));
        standing.failure = standing.failure.or(failure);
    }
    standing.files = (files.len() == feed.locations.len()).then_some(files);
    Ok(standing)
}

/// Removes what is known of a URL, and what is left of its download.
pub fn forget(cache: &Cache, url: &str) -> Result<(), CacheError> {
    download::forget(&cache.partial(key(url)));
    cache.remove(LOCATIONS, &key(url).to_string())
}

/// Asks all URLs that are due, hosts side by side, and keeps what they answer in the cache.
///
/// `now` is the clock of freshness and ages; real time is used only to wait. `done` is called
/// after each URL. The outcomes come in the order of the jobs.
pub fn fetch(
    cache: Cache,
    policy: &FetchPolicy,
    jobs: &[Job],
    now: BuildEpoch,
    done: &dyn Fn(),
) -> Result<(Cache, Vec<Outcome>), FetchRunError> {
    let (runtime, context) = start(cache, policy, now)?;
    let context = Arc::new(context);
    let mut outcomes = vec![Outcome::NotDue; jobs.len()];
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for (idx, job) in jobs.iter().cloned().enumerate() {
            let context = Arc::clone(&context);
            tasks.spawn(async move { (idx, one(&context, &job).await) });
        }
        while let Some(joined) = tasks.join_next().await {
            let (idx, outcome) = joined.expect("no task panics or is cancelled");
            outcomes[idx] = outcome;
            done();
        }
    });
    drop(runtime);
    let context = Arc::into_inner(context).expect("every task has ended");
    context.cache.sync()?;
    Ok((context.cache, outcomes))
}

/// What waits for hosts, and what all downloads share.
pub(super) fn start(
    cache: Cache,
    policy: &FetchPolicy,
    now: BuildEpoch,
) -> Result<(Runtime, Context), FetchRunError> {
    let runtime =
        runtime::Builder::new_multi_thread().worker_threads(N_THREADS).enable_all().build();
    let runtime = runtime.map_err(|error| FetchRunError::Start(error.into()))?;
    let client = client(policy).map_err(|error| FetchRunError::Start(error.into()))?;
    let hosts = Hosts::new(policy.hosts);
    Ok((runtime, Context { client, cache, hosts, policy: policy.clone(), now }))
}

/// Asks one URL, if it is due. What goes wrong with one keeps no other from being had.
async fn one(context: &Context, job: &Job) -> Outcome {
    let cache = &context.cache;
    let mut record = match location(cache, &job.url) {
        Ok(record) => record,
        Err(error) => return Outcome::Failed(chain(&error)),
    };
    let has_snapshot = record.sha256.and_then(|sha256| cache.size(sha256)) == Some(record.bytes);
    let conditional = match due(&record, has_snapshot, job.refresh_seconds, context.now) {
        Due::NotYet => return Outcome::NotDue,
        Due::Held(until) => {
            let before = record.failure.unwrap_or_default();
            return Outcome::Failed(format!("not asked before {until}: {before}"));
        }
        Due::Now { conditional } => conditional,
    };
    let wanted = Wanted { record: &record, conditional, limit: job.limit };
    let outcome = match download(context, &wanted).await {
        Ok(Answer::Unchanged) => {
            let sha256 = record.sha256.expect("a 304 is taken only for what is known");
            record.confirm(sha256, record.bytes, context.now);
            Outcome::Unchanged
        }
        Ok(Answer::Body { body, etag, last_modified }) => {
            let is_new = record.sha256 != Some(body.sha256);
            (record.etag, record.last_modified) = (etag, last_modified);
            record.confirm(body.sha256, body.bytes, context.now);
            if is_new { Outcome::New } else { Outcome::Unchanged }
        }
        Err(error) => {
            let reason = chain(&error);
            record.fail(reason.clone(), error.not_before(), context.now);
            Outcome::Failed(reason)
        }
    };
    match cache.note(LOCATIONS, &record.key().to_string(), &record) {
        Ok(()) => outcome,
        Err(error) => Outcome::Failed(chain(&error)),
    }
}

fn client(policy: &FetchPolicy) -> reqwest::Result<reqwest::Client> {
    // Fails where one is installed already, by an earlier run: as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let name = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
    let contact = policy.contact.as_ref().map(|contact| format!(" (+{contact})"));
    reqwest::Client::builder()
        .user_agent(format!("{name}{}", contact.unwrap_or_default()))
        .connect_timeout(policy.connect_timeout)
        // Followed by hand: each host on the way has its turn.
        .redirect(redirect::Policy::none())
        .referer(false)
        .pool_max_idle_per_host(1)
        .build()
}
