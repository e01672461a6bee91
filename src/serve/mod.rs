//! HTTP over a store: databases, what they came from, and updates, to fleets that ask every night.
//!
//! ```text
//! server ─── connections: listeners, TLS, limits, shutdown, log
//!   routes ─── every path: from a request to a file, or to a small answer
//!     access ─── whose request it is, and how many are left
//!     reply ─── from a file and a request to an answer
//!     page ─── the files of the page for people
//!       catalogue ─── what there is: every file of every release mapped, its headers ready
//!       rules ─── headers in, a decision out: RFC 9110, pure
//! watch ─── a new release becomes the catalogue
//!   learn ─── what is new in the history is read beside the answers
//! ```

pub mod access;
pub mod catalogue;
pub mod metrics;
pub mod page;
pub mod reply;
pub mod routes;
pub mod rules;
pub mod server;

mod context;
mod error;
mod learn;
mod peer;
mod start;
mod turns;
mod watch;

pub use context::{Context, Serving};
pub use error::ServeError;
pub use metrics::{Metrics, Route, Served};
pub use peer::Peer;
pub use start::serve;
pub use turns::{TooManyWait, Turns};
pub use watch::{Look, Looker, watch};
