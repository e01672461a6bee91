//! Snapshots to a release: fetch, load, compile, verify, publish. One path for the binary and for
//! tests.

mod collect;
mod gather;
mod history;
mod judge;
mod load;
mod maps;
mod remote;
mod report;
mod reproduce;
mod run;
mod snapshot;

pub use history::{Good, Held, History};
pub use load::{LockedError, Mode};
pub use remote::{history, store};
pub use report::{EditionReport, FeedReport, Report};
pub use reproduce::{Reproduced, reproduce};
pub use run::{Digests, PublishError, Settings, publish};
pub use snapshot::Origin;

/// What is said while another process has the cache.
pub const CACHE_IN_USE: &str = "waiting, for another ipmint uses the cache";
