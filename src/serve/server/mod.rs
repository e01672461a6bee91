//! Everything between the sockets and the routes.
//!
//! ```text
//! sockets ── accept ── registry: a place, or 503        run: signals, sweeper, renewal
//!                │
//!           connection: TLS, which protocol, hyper
//!                │
//!             service: checked, answered, counted ── app
//! ```
//!
//! - a request costs two clocks, a few relaxed atomics and no lock; logging costs more, when it is on;
//! - a connection that is open is in the registry, and the sweeper looks at it once a second;
//! - whatever a client does, what it costs is bounded: connections, time, bytes of heads and bodies;
//! - a handler that panics takes its connection along, and nothing else.

mod listen;
mod proxies;
mod settings;
mod settings_file;

mod meter;
mod registry;
mod sweeper;

mod app;
mod body;
mod cors;
mod front;
mod incoming;
mod log;
mod problem;
mod service;

mod accept;
mod connection;
mod run;
mod sockets;
mod tls;

pub use app::{App, Head};
pub use listen::{Listen, Scheme};
pub use proxies::{Proxies, Proxy};
pub use run::{Hooks, run};
pub use settings::{Limits, Log, LogFormat, Settings, TlsFiles};
