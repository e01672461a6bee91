//! A new release is noticed, checked, and served: told by the system, or found by looking.
#![expect(clippy::disallowed_methods, reason = "Last-Modified must not be later than now")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tracing::{error, info, warn};

use crate::base::{BuildEpoch, Digest, chain};
use crate::release::Store;
use crate::serve::Context;
use crate::serve::catalogue::{Catalogue, Loaded, state};
use crate::serve::learn::Learner;

/// Index and signature are renamed one right after the other: what comes together is looked at once.
const SETTLE: Duration = Duration::from_millis(50);

/// How often a store that could not be served as it is is tried again while it stays that way: each time its
/// files are read through.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a look at the store came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Look {
    /// It is as it was, or empty.
    Unchanged,
    /// This is served from now on.
    Replaced {
        /// The current release.
        version: String,
        /// Older releases that cannot be served, and why.
        skipped: Vec<String>,
    },
    /// The index, or its current release, is not sound: what was served before still is.
    Unsound(String),
}

/// Looks at a store; what changed replaces what is served.
pub struct Looker {
    context: Arc<Context>,
    store: Store,
    learner: Learner,
    failed: Option<(Digest, Instant)>,
}

impl Looker {
    /// Nothing was looked at yet.
    pub fn new(context: Arc<Context>, store: Store) -> Self {
        let learner = Learner::new(Arc::clone(context.past()), store.clone());
        Self { context, store, learner, failed: None }
    }

    /// Looks once.
    pub fn look(&mut self) -> Look {
        let file = match self.store.index_file() {
            Ok(Some(file)) => file,
            Ok(None) => return Look::Unchanged,
            Err(error) => return Look::Unsound(chain(&error)),
        };
        let before = self.context.catalogue();
        if before.as_ref().is_some_and(|before| before.is_of(&file)) {
            return Look::Unchanged;
        }
        let state = state(&file);
        let is_tried =
            |(tried, when): &(Digest, Instant)| *tried == state && when.elapsed() < PATIENCE;
        if self.failed.as_ref().is_some_and(is_tried) {
            return Look::Unchanged;
        }
        let aliases = self.context.aliases();
        let loaded = Catalogue::load(&self.store, file, before.as_deref(), aliases, now());
        self.failed = Some((state, Instant::now()));
        match loaded {
            Err(error) => Look::Unsound(chain(&error)),
            Ok(Loaded { catalogue, skipped }) => {
                if skipped.is_empty() {
                    self.failed = None;
                }
                let version = catalogue.current().version().to_owned();
                self.context.replace(catalogue);
                Look::Replaced { version, skipped }
            }
        }
    }
}

/// Looks once, and from then on in a task of its own: whenever the system says that something happened, and
/// every `poll`.
pub async fn watch(context: Arc<Context>, store: Store, poll: Duration) {
    let folder = store.root().to_owned();
    let mut reporter = Reporter::default();
    let looker = Looker::new(context, store);
    let Some(mut looker) = look_apart(looker, &mut reporter).await else { return };
    tokio::spawn(async move {
        let (sender, mut told) = mpsc::channel(1);
        let mut watcher = None;
        let mut ticks = interval(poll);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            // The folder may not be there before the first build.
            if watcher.is_none() {
                watcher = watcher_of(&folder, sender.clone());
            }
            tokio::select! {
                _ = ticks.tick() => {}
                Some(()) = told.recv() => sleep(SETTLE).await,
            }
            match look_apart(looker, &mut reporter).await {
                Some(same) => looker = same,
                None => return,
            }
        }
    });
}

/// Looks on a thread that may wait for the disk; `None` if the server ends meanwhile.
async fn look_apart(mut looker: Looker, reporter: &mut Reporter) -> Option<Looker> {
    let (context, store) = (Arc::clone(&looker.context), looker.store.clone());
    let looked = tokio::task::spawn_blocking(move || {
        let look = looker.look();
        looker.learner.look();
        (looker, look)
    });
    match looked.await {
        Ok((looker, look)) => {
            reporter.report(look);
            Some(looker)
        }
        Err(error) if error.is_cancelled() => None,
        Err(error) => {
            error!(%error, "looking at the store broke off; this is a mistake of ours");
            Some(Looker::new(context, store))
        }
    }
}

/// Says what looks come to; the same once.
#[derive(Default)]
struct Reporter {
    last: Option<Look>,
}

impl Reporter {
    fn report(&mut self, look: Look) {
        if look == Look::Unchanged || self.last.as_ref() == Some(&look) {
            return;
        }
        match &look {
            Look::Unchanged => {}
            Look::Replaced { version, skipped } => {
                info!(version, "serving a release");
                for reason in skipped {
                    warn!(reason, "not all of the store can be served");
                }
            }
            Look::Unsound(reason) => {
                error!(reason, "the store cannot be served as it is; serving on what was there");
            }
        }
        self.last = Some(look);
    }
}

fn watcher_of(folder: &Path, told: mpsc::Sender<()>) -> Option<RecommendedWatcher> {
    let tell = move |event: notify::Result<Event>| {
        // To look is to open and read, which is told as well.
        let is_change = event.is_ok_and(|event| !event.kind.is_access());
        if is_change {
            // One look that is still to come is enough, so a full channel is none of our business.
            let _ = told.try_send(());
        }
    };
    let mut watcher = notify::recommended_watcher(tell).ok()?;
    watcher.watch(folder, RecursiveMode::NonRecursive).ok()?;
    Some(watcher)
}

fn now() -> BuildEpoch {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    BuildEpoch(since.map_or(0, |since| since.as_secs()))
}
