//! One line a request: what was asked, what was answered, how much of it went out.
//!
//! Queries are left out, as keys may be in them, and so is every header but the client's name for
//! itself. Paths and names are cut: a log is no place to store things.

use http::header::USER_AGENT;
use http::{Request, Version};
use tokio::time::Instant;

use crate::serve::Peer;
use crate::serve::metrics::Route;

/// The target of the lines, by which they are switched off.
pub(super) const TARGET: &str = "request";

/// Bytes of a path that are kept.
const MAX_PATH: usize = 512;

/// Bytes of a client's name for itself that are kept.
const MAX_AGENT: usize = 128;

/// What a line will say.
#[derive(Debug)]
pub(super) struct Record {
    method: String,
    path: String,
    agent: String,
    protocol: &'static str,
    client: String,
    started: Instant,
    status: u16,
}

/// Whether lines are wanted: asked once, so that none costs nothing.
pub(super) fn is_on() -> bool {
    tracing::enabled!(target: TARGET, tracing::Level::INFO)
}

impl Record {
    /// Notes a request.
    pub(super) fn new<B>(request: &Request<B>, peer: Peer, started: Instant) -> Box<Self> {
        let agent = request.headers().get(USER_AGENT).map_or(&[][..], |value| value.as_bytes());
        let agent = &agent[..agent.len().min(MAX_AGENT)];
        Box::new(Self {
            method: cut(request.method().as_str(), MAX_AGENT).to_owned(),
            path: cut(request.uri().path(), MAX_PATH).to_owned(),
            agent: String::from_utf8_lossy(agent).into_owned(),
            protocol: match request.version() {
                Version::HTTP_2 => "2",
                Version::HTTP_10 => "1.0",
                _ => "1.1",
            },
            client: peer.address.map_or_else(|| "unix".to_owned(), |address| address.to_string()),
            started,
            status: 0,
        })
    }

    /// Notes the answer's status.
    pub(super) fn answered(&mut self, status: u16) {
        self.status = status;
    }

    /// Writes the line.
    pub(super) fn tell(&self, route: Option<Route>, n_bytes: u64, is_cut: bool) {
        tracing::info!(
            target: TARGET,
            method = self.method.as_str(),
            path = self.path.as_str(),
            status = self.status,
            bytes = n_bytes,
            seconds = self.started.elapsed().as_secs_f64(),
            client = self.client.as_str(),
            protocol = self.protocol,
            route = route.unwrap_or(Route::OTHER).0,
            agent = self.agent.as_str(),
            cut = is_cut,
        );
    }
}

/// At most so many bytes of a text.
fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}
