//! What the server counts, for Prometheus.
//!
//! A request touches numbers in a place that its route's name was resolved to once: no label is
//! hashed, no lock is taken. Names, labels and sums are worked out when somebody asks.

mod metrics;
mod reasons;
mod routes;
mod served;

pub use metrics::Metrics;
pub use reasons::{Cut, Refusal};
pub use routes::Route;
pub use served::Served;
