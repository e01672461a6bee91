//! Snapshots to a release: load, compile, verify, publish. One path for the binary and for tests.

mod load;
mod report;
mod run;
mod snapshot;

pub use report::{EditionReport, FeedReport, Report};
pub use run::{Digests, PublishError, Settings, publish};
pub use snapshot::Origin;
