//! Who announced what is read beside the answers, whenever the history has changed.
#![expect(clippy::disallowed_methods, reason = "the history of the last year is read, up to today")]

use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::SystemTime;

use tracing::warn;

use crate::base::{BuildEpoch, Day, chain};
use crate::query::history::Past;
use crate::release::{HistoryStamp, Store};

/// Reads what is new in the history, on a thread that no shutdown waits for: one at a time.
pub(super) struct Learner {
    past: Arc<Past>,
    store: Store,
    /// What the history was when it was last read.
    learnt: Option<HistoryStamp>,
    thread: Option<JoinHandle<()>>,
}

impl Learner {
    /// Nothing was read yet.
    pub(super) fn new(past: Arc<Past>, store: Store) -> Self {
        Self { past, store, learnt: None, thread: None }
    }

    /// Begins to read if the history is another than when that was last done. While that still goes on
    /// nothing is begun: for the next look to do.
    ///
    /// A release is current before the history has it, so that this is not for new releases alone.
    pub(super) fn look(&mut self) {
        if self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) {
            return;
        }
        let stamp = self.store.history_stamp();
        if stamp.is_none() || stamp == self.learnt {
            return;
        }
        let past = Arc::clone(&self.past);
        match Builder::new().name("history".to_owned()).spawn(move || learn(&past)) {
            Ok(thread) => (self.learnt, self.thread) = (stamp, Some(thread)),
            Err(error) => warn!(%error, "no thread to read the history on"),
        }
    }
}

/// Reads month by month, until all is known.
fn learn(past: &Past) {
    loop {
        match past.learn(today()) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                let reason = chain(&error);
                warn!(reason, "the history cannot be read; who announced an address is not told");
                return;
            }
        }
    }
}

fn today() -> Day {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    BuildEpoch(since.map_or(0, |since| since.as_secs())).day()
}
