//! What was said on another day, for the commands that are asked for one.

use std::net::IpAddr;

use crate::base::Day;
use crate::cli::args::DatabaseArgs;
use crate::cli::clock;
use crate::cli::exit::UsageError;
use crate::query::history::{Past, PastError, Snapshot, parse_day};
use crate::release::{Manifest, Store, StoreError};

/// A day of a store.
pub(super) struct OnDay {
    store: Store,
    past: Past,
    day: Day,
    today: Day,
}

/// Opens the history of the store that the arguments name.
///
/// # Errors
/// If the text is no day that can be asked for.
pub(super) fn open(args: &DatabaseArgs, date: &str) -> anyhow::Result<OnDay> {
    let today = clock::epoch(None)?.day();
    let day = parse_day(date, today).map_err(told)?;
    let store = Store::at(&args.output);
    Ok(OnDay { past: Past::new(store.clone()), store, day, today })
}

impl OnDay {
    /// What was said of an address.
    pub(super) fn ask(&self, ip: IpAddr) -> anyhow::Result<Snapshot> {
        self.past.on(ip, self.day, self.today).map_err(told)
    }

    /// The manifest of a release; `None` if it is gone.
    pub(super) fn manifest(&self, version: &str) -> anyhow::Result<Option<Manifest>> {
        match self.store.release(version) {
            Ok(release) => Ok(Some(release.manifest().clone())),
            Err(StoreError::NoVersion { .. } | StoreError::Empty { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// When it was said, for people.
pub(super) fn said(snapshot: &Snapshot) -> String {
    format!("  on {}, release {}", snapshot.snapshot_date, snapshot.version)
}

/// A day that nobody can be told of is a mistake on the command line.
fn told(error: PastError) -> anyhow::Error {
    match error.code() {
        "invalid_date" | "date_out_of_range" => UsageError(format!("--date: {error}")).into(),
        _ => error.into(),
    }
}
