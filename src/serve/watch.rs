//! A new release is noticed, checked, and served: told by the system, or found by looking.
#![expect(clippy::disallowed_methods, reason = "Last-Modified must not be later than now")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tracing::{error, info, warn};

use crate::base::{BuildEpoch, chain};
use crate::release::Store;
use crate::serve::Context;
use crate::serve::catalogue::{Catalogue, CatalogueError};

/// Index and signature are renamed one right after the other: what comes together is looked at once.
const SETTLE: Duration = Duration::from_millis(50);

/// What a look at the store came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Look {
    /// It is as it was, or empty.
    Unchanged,
    /// This release is served from now on, unless it was before.
    Replaced {
        /// The current release.
        version: String,
        /// Older releases that cannot be served, and why.
        skipped: Vec<String>,
    },
}

/// Looks at the store once; if it changed, what is served is replaced.
///
/// # Errors
/// If the index or its current release is not sound: what was served before still is.
pub fn look(context: &Context, store: &Store, now: BuildEpoch) -> Result<Look, CatalogueError> {
    let before = context.catalogue();
    let Some(file) = store.index_file()? else { return Ok(Look::Unchanged) };
    if before.as_ref().is_some_and(|before| before.is_of(&file)) {
        return Ok(Look::Unchanged);
    }
    let loaded = Catalogue::load(store, file, before.as_deref(), context.aliases(), now)?;
    let version = loaded.catalogue.current().version().to_owned();
    context.replace(loaded.catalogue);
    Ok(Look::Replaced { version, skipped: loaded.skipped })
}

/// Looks once, and from then on in a task of its own: whenever the system says that something happened, and
/// every `poll`.
pub async fn watch(context: Arc<Context>, store: Store, poll: Duration) {
    let mut last_error = None;
    look_apart(&context, &store, &mut last_error).await;
    tokio::spawn(async move {
        let (sender, mut told) = mpsc::channel(1);
        let mut watcher = None;
        let mut ticks = interval(poll);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            // The folder may not be there before the first build.
            if watcher.is_none() {
                watcher = watcher_of(store.root(), sender.clone());
            }
            tokio::select! {
                _ = ticks.tick() => {}
                Some(()) = told.recv() => sleep(SETTLE).await,
            }
            look_apart(&context, &store, &mut last_error).await;
        }
    });
}

/// Looks on a thread that may wait for the disk.
async fn look_apart(context: &Arc<Context>, store: &Store, last_error: &mut Option<String>) {
    let (context, store) = (Arc::clone(context), store.clone());
    let looked = tokio::task::spawn_blocking(move || look(&context, &store, now())).await;
    let looked = match looked {
        Ok(looked) => looked.map_err(|error| chain(&error)),
        Err(panic) => Err(panic.to_string()),
    };
    report(looked, last_error);
}

/// Says what a look came to; the same trouble once.
fn report(looked: Result<Look, String>, last_error: &mut Option<String>) {
    match looked {
        Ok(Look::Unchanged) => *last_error = None,
        Ok(Look::Replaced { version, skipped }) => {
            *last_error = None;
            info!(version, "serving a release");
            for reason in skipped {
                warn!(reason, "left out a release");
            }
        }
        Err(reason) if last_error.as_ref() != Some(&reason) => {
            error!(reason, "the store cannot be served as it is; serving on what was there");
            *last_error = Some(reason);
        }
        Err(_) => {}
    }
}

fn watcher_of(folder: &Path, told: mpsc::Sender<()>) -> Option<RecommendedWatcher> {
    // One look that is still to come is enough, so a full channel is none of our business.
    let tell = move |_| {
        let _ = told.try_send(());
    };
    let mut watcher = notify::recommended_watcher(tell).ok()?;
    watcher.watch(folder, RecursiveMode::NonRecursive).ok()?;
    Some(watcher)
}

fn now() -> BuildEpoch {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    BuildEpoch(since.map_or(0, |since| since.as_secs()))
}
