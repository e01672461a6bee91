//! A web server over loopback that does what it is told: good answers, bad ones, and none.
//!
//! ```text
//! acceptor, one a host ── handler, one a connection ── request ─ answer ─ response ─ wire
//! ```
//! The n-th request for a path gets the n-th answer of its script, the last one repeats. Real
//! sockets and real bytes: what a client does with them is the client's own doing. Every pause
//! ends with the origin, so that dropping it never waits for a script.

mod answer;
mod bodies;
mod connection;
mod request;
mod response;
mod state;

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub(crate) use crate::origin::answer::{Answer, Ranges, http_date};
pub(crate) use crate::origin::bodies::{gzip, gzip_bomb, html_page, list, tar, tar_with_links};
pub(crate) use crate::origin::request::Request;
use crate::origin::state::Shared;

/// How many loopback addresses may be hosts; the one after them is never bound.
const MAX_HOSTS: u8 = 63;

/// How often a port is looked for that is free on every host.
const PORT_ATTEMPTS: usize = 100;

/// A server on some loopback addresses; ends with the test.
#[derive(Debug)]
pub(crate) struct Origin {
    port: u16,
    shared: Arc<Shared>,
    /// By host number - 1; `None` once the host was killed.
    acceptors: Vec<Option<JoinHandle<()>>>,
}

impl Origin {
    /// Serves on 127.0.0.1 … 127.0.0.n, all with one port that no other origin has.
    pub(crate) fn start(n_hosts: u8) -> Self {
        assert!((1..=MAX_HOSTS).contains(&n_hosts), "{n_hosts} hosts");
        let listeners = (0..PORT_ATTEMPTS).find_map(|_| bind(n_hosts).ok());
        let listeners = listeners.expect("some port is free on every host");
        let port = listeners[0].local_addr().expect("bound").port();
        let shared = Arc::new(Shared::default());
        let accept = |(listener, host)| {
            let shared = Arc::clone(&shared);
            Some(thread::spawn(move || connection::accept(&listener, host, &shared)))
        };
        let acceptors = listeners.into_iter().zip(1..).map(accept).collect();
        Self { port, shared, acceptors }
    }

    /// The URL of a path on a host; hosts count from 1.
    pub(crate) fn url(&self, host: u8, path: &str) -> String {
        assert!((1..=self.acceptors.len()).contains(&usize::from(host)), "no host {host}");
        format!("http://{}{path}", self.address(host))
    }

    /// The URL of a path on a host that nobody ever listens on.
    pub(crate) fn dead_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address(MAX_HOSTS + 1))
    }

    /// Scripts a path, on every host, from its next request on; a query may be part of it.
    pub(crate) fn route(&self, path: &str, answers: Vec<Answer>) {
        self.shared.lock().route(path, answers);
    }

    /// Serves the files below a folder, below a path.
    pub(crate) fn folder(&self, path: &str, folder: &Path) {
        let folder = folder.canonicalize().expect("it is there");
        self.shared.lock().folders.push((format!("{path}/"), folder));
    }

    /// Every request so far, in the order they were read.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.lock().requests.clone()
    }

    /// Those for a path, without its query.
    pub(crate) fn requests_for(&self, path: &str) -> Vec<Request> {
        self.requests().into_iter().filter(|request| request.path() == path).collect()
    }

    /// Forgets requests, connections and bytes; scripts go on where they are.
    pub(crate) fn forget(&self) {
        let mut state = self.shared.lock();
        state.requests.clear();
        state.most_connections.clear();
        state.n_served = 0;
    }

    /// The most connections that were open at once to a host.
    pub(crate) fn most_connections(&self, host: u8) -> usize {
        self.shared.lock().most_connections.get(&host).copied().unwrap_or(0)
    }

    /// Waits until that many bytes of bodies went out in all; false if the time was up before.
    pub(crate) fn wait_until_served(&self, n_bytes: u64, limit: Duration) -> bool {
        self.shared.wait(limit, |state| state.n_served >= n_bytes)
    }

    /// Ends a host: its connections are cut, new ones refused.
    pub(crate) fn kill(&mut self, host: u8) {
        self.shared.lock().kill(host);
        let acceptor = self.acceptors[usize::from(host) - 1].take();
        self.join(host, acceptor);
    }

    fn join(&self, host: u8, acceptor: Option<JoinHandle<()>>) {
        let Some(acceptor) = acceptor else { return };
        // It waits for a connection: here is the last.
        drop(TcpStream::connect_timeout(&self.address(host).into(), Duration::from_secs(1)));
        acceptor.join().expect("no acceptor panics");
    }

    fn address(&self, host: u8) -> SocketAddrV4 {
        SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, host), self.port)
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.shared.stop();
        for host in 1..=self.acceptors.len() {
            let acceptor = self.acceptors[host - 1].take();
            self.join(host as u8, acceptor);
        }
        let handlers = std::mem::take(&mut self.shared.lock().handlers);
        let n_panics = handlers.into_iter().filter_map(|handler| handler.join().err()).count();
        // A second panic would hide the first.
        assert!(n_panics == 0 || thread::panicking(), "{n_panics} handlers panicked");
    }
}

/// Binds a port that is free on all hosts.
fn bind(n_hosts: u8) -> io::Result<Vec<TcpListener>> {
    let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = first.local_addr()?.port();
    let mut listeners = vec![first];
    for host in 2..=n_hosts {
        listeners.push(TcpListener::bind((Ipv4Addr::new(127, 0, 0, host), port))?);
    }
    Ok(listeners)
}
