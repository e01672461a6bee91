//! HTTP over a store: databases, what they came from, and updates, to fleets that ask every night.
//!
//! ```text
//! server ─── connections: listeners, TLS, limits, shutdown, log
//!   routes ─── every path; a request to a file, or to a small answer
//!     access ─── whose request it is, and how many are left
//!     catalogue ─── what there is: every file of every release mapped, its headers ready
//!     rules ─── headers in, a decision out: RFC 9110, pure
//! ```

pub mod access;
mod metrics;
mod peer;
pub mod rules;

pub use metrics::{Route, Served};
pub use peer::Peer;
