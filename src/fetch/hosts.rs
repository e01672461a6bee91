//! Hosts: one connection each, patience where one asks for it, and no more knocking where nobody opens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Locations that could not reach a host before it is asked no more in this run.
const MAX_DEAD: u32 = 2;

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
    /// No request before.
    not_before: Option<Instant>,
    /// Locations that could not reach it, one after the other.
    n_dead: u32,
}

/// The right to use a host's one connection.
#[derive(Debug)]
pub(super) struct Turn {
    _one: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

/// The host is asked no more in this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dead;

impl Hosts {
    pub(super) fn new(n_at_once: u16) -> Self {
        let all = Arc::new(Semaphore::new(usize::from(n_at_once)));
        Self { all, by_name: Mutex::default() }
    }

    /// Waits for the host's connection; the turn ends when it is dropped.
    pub(super) async fn turn(&self, name: &str) -> Result<Turn, Dead> {
        let host = self.host(name);
        let one = Arc::clone(&host.one).acquire_owned().await.expect("never closed");
        let state = *host.state();
        if state.n_dead >= MAX_DEAD {
            return Err(Dead);
        }
        if let Some(until) = state.not_before {
            tokio::time::sleep_until(until).await;
        }
        // Last, so that who waits for one host keeps no other waiting.
        let all = Arc::clone(&self.all).acquire_owned().await.expect("never closed");
        Ok(Turn { _one: one, _all: all })
    }

    /// The host asked to be left alone for a while.
    pub(super) fn rest(&self, name: &str, wait: Duration) {
        self.host(name).state().not_before = Some(Instant::now() + wait);
    }

    /// A location reached the host, or gave up trying to.
    pub(super) fn reached(&self, name: &str, is_reached: bool) {
        let host = self.host(name);
        let mut state = host.state();
        state.n_dead = if is_reached { 0 } else { state.n_dead + 1 };
    }

    fn host(&self, name: &str) -> Arc<Host> {
        let mut by_name = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Host { one: Arc::new(Semaphore::new(1)), state: Mutex::default() });
        Arc::clone(by_name.entry(name.to_owned()).or_insert_with(new))
    }
}

impl Host {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
