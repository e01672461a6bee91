//! Hosts: one connection each, patience where one asks for it, and none asked for ever in vain.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::base::BuildEpoch;

/// Exchanges with a host that came to nothing, one after the other, before it is asked no more in
/// this run: the attempts that one location has by default. Behind a dead host a hundred feeds
/// would else wait for their timeouts in turn.
const MAX_FAILED: u32 = 4;

/// The hosts of a run.
#[derive(Debug)]
pub(super) struct Hosts {
    /// How many are asked at once.
    all: Arc<Semaphore>,
    by_name: Mutex<HashMap<String, Arc<Host>>>,
}

#[derive(Debug)]
struct Host {
    one: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// No request before, within this run.
    not_before: Option<Instant>,
    /// No request in this run, nor in others before that.
    closed_until: Option<BuildEpoch>,
    /// Exchanges that came to nothing, one after the other.
    n_failed: u32,
}

/// The right to use a host's one connection, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    host: Arc<Host>,
    _one: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

/// Why a host is not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Nothing came of asking it.
    Dead,
    /// It asked for more patience than a run has.
    Busy(BuildEpoch),
}

impl Hosts {
    pub(super) fn new(n_at_once: u16) -> Self {
        let all = Arc::new(Semaphore::new(usize::from(n_at_once)));
        Self { all, by_name: Mutex::default() }
    }

    /// Waits for the host's connection.
    pub(super) async fn turn(&self, name: &str) -> Result<Turn, Refusal> {
        let host = self.host(name);
        let one = Arc::clone(&host.one).acquire_owned().await.expect("never closed");
        let State { not_before, closed_until, n_failed } = *host.state();
        if let Some(until) = closed_until {
            return Err(Refusal::Busy(until));
        }
        if n_failed >= MAX_FAILED {
            return Err(Refusal::Dead);
        }
        if let Some(until) = not_before {
            tokio::time::sleep_until(until).await;
        }
        // Last, so that who waits for one host keeps no other waiting.
        let all = Arc::clone(&self.all).acquire_owned().await.expect("never closed");
        Ok(Turn { host, _one: one, _all: all })
    }

    fn host(&self, name: &str) -> Arc<Host> {
        let mut by_name = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Host { one: Arc::new(Semaphore::new(1)), state: Mutex::default() });
        Arc::clone(by_name.entry(name.to_owned()).or_insert_with(new))
    }
}

impl Turn {
    /// The host asked to be left alone for a while.
    pub(super) fn rest(&self, wait: Duration) {
        let until = Some(Instant::now() + wait);
        let mut state = self.host.state();
        state.not_before = state.not_before.max(until);
    }

    /// The host asked to be left alone for longer than this run.
    pub(super) fn close(&self, until: BuildEpoch) {
        self.host.state().closed_until = Some(until);
    }

    /// Something, or nothing, came of asking.
    pub(super) fn ended(&self, came_to_nothing: bool) {
        let mut state = self.host.state();
        state.n_failed = if came_to_nothing { state.n_failed + 1 } else { 0 };
    }
}

impl Host {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
