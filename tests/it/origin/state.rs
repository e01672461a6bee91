//! What all threads of an origin share: scripts, the log, and what is open.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{Shutdown, TcpStream};
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, UNIX_EPOCH};

use crate::origin::answer::Answer;
use crate::origin::request::Request;

/// 2026-11-01T00:00:00Z: before it no scripted content was changed.
const FIRST_CHANGE: u64 = 1_793_491_200;

/// The state, and a bell that rings when it changed.
#[derive(Debug, Default)]
pub(super) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
pub(super) struct State {
    routes: BTreeMap<String, Route>,
    /// Path with a slash at its end, and the folder below it.
    pub(super) folders: Vec<(String, PathBuf)>,
    pub(super) requests: Vec<Request>,
    /// By host.
    pub(super) most_connections: BTreeMap<u8, usize>,
    /// Bytes of bodies that sockets took.
    pub(super) n_served: u64,
    pub(super) handlers: Vec<JoinHandle<()>>,
    /// By connection: its host, and a handle to end it by.
    open: BTreeMap<u64, (u8, TcpStream)>,
    dead_hosts: BTreeSet<u8>,
    n_connections: u64,
    n_answers: u64,
    is_stopped: bool,
}

/// A script and how far it came.
#[derive(Debug)]
struct Route {
    answers: Vec<Answer>,
    n_requests: usize,
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics with the lock")
    }

    /// Ends every pause and every connection.
    pub(super) fn stop(&self) {
        let mut state = self.lock();
        state.is_stopped = true;
        for (_, stream) in state.open.values() {
            // Fails if the client was faster.
            let _ = stream.shutdown(Shutdown::Both);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Counts bytes that went out.
    pub(super) fn served(&self, n_bytes: usize) {
        self.lock().n_served += n_bytes as u64;
        self.changed.notify_all();
    }

    /// Lets time pass; false if the origin ended meanwhile.
    pub(super) fn pause(&self, time: Duration) -> bool {
        !self.wait(time, |state| state.is_stopped)
    }

    /// Waits until something holds; false if the time was up before.
    pub(super) fn wait(&self, limit: Duration, holds: impl Fn(&State) -> bool) -> bool {
        let waiting = self.changed.wait_timeout_while(self.lock(), limit, |state| !holds(state));
        let (guard, timeout) = waiting.expect("no thread panics with the lock");
        drop(guard);
        !timeout.timed_out()
    }
}

impl State {
    pub(super) fn route(&mut self, path: &str, answers: Vec<Answer>) {
        assert!(!answers.is_empty(), "{path}: no answer");
        // Every content has a date of its own, later than all before it.
        let mut date = |answer: Answer| {
            self.n_answers += 1;
            answer.or_dated(FIRST_CHANGE + 60 * self.n_answers)
        };
        let answers = answers.into_iter().map(&mut date).collect();
        self.routes.insert(path.to_owned(), Route { answers, n_requests: 0 });
    }

    /// The next answer to a request for this path and query.
    pub(super) fn answer(&mut self, target: &str) -> Answer {
        let path = target.split('?').next().unwrap_or_default();
        let name = if self.routes.contains_key(target) { target } else { path };
        if let Some(route) = self.routes.get_mut(name) {
            let idx = route.n_requests.min(route.answers.len() - 1);
            route.n_requests += 1;
            return route.answers[idx].clone();
        }
        self.file(path).unwrap_or_else(|| Answer::status(404).body("no such path\n"))
    }

    /// A file below one of the folders; names are plain, and nothing leads out of the folder.
    fn file(&self, path: &str) -> Option<Answer> {
        let mut folders = self.folders.iter();
        let (below, folder) = folders.find_map(|(start, folder)| {
            path.strip_prefix(start.as_str()).map(|below| (below, folder))
        })?;
        let file = folder.join(below).canonicalize().ok()?;
        if below.starts_with('/') || !file.starts_with(folder) || !file.is_file() {
            return None;
        }
        let changed = file.metadata().ok()?.modified().ok()?;
        let seconds = changed.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        Some(Answer::content(fs::read(file).ok()?).or_dated(seconds))
    }

    /// Takes a connection in, `None` where nobody is served any more.
    ///
    /// `n_open` is how many the host has now, this one included.
    pub(super) fn open(
        &mut self,
        host: u8,
        stream: &TcpStream,
        n_open: Option<usize>,
    ) -> Option<u64> {
        if self.is_stopped || self.dead_hosts.contains(&host) {
            return None;
        }
        self.n_connections += 1;
        let handle = stream.try_clone().ok()?;
        self.open.insert(self.n_connections, (host, handle));
        let n_ours = self.open.values().filter(|(other, _)| *other == host).count();
        let most = self.most_connections.entry(host).or_default();
        // We learn late of those that ended, the system counts those not taken in yet: neither is both.
        *most = (*most).max(n_open.unwrap_or(n_ours).clamp(1, n_ours));
        Some(self.n_connections)
    }

    pub(super) fn close(&mut self, connection: u64) {
        if let Some((_, stream)) = self.open.remove(&connection) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    pub(super) fn kill(&mut self, host: u8) {
        self.dead_hosts.insert(host);
        for (_, stream) in self.open.values().filter(|(other, _)| *other == host) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}
