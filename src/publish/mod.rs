//! Snapshots to a release: load, compile, verify, publish. One path for the binary and for tests.

mod load;
mod progress;
mod report;
mod run;
mod snapshot;

pub use progress::{Progress, Silent};
pub use report::{EditionReport, FeedReport, Report};
pub use run::{Digests, PublishError, Settings, publish};
pub use snapshot::Origin;
