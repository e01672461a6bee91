//! Look-ups by date.

use std::net::IpAddr;
use std::sync::Arc;

use crate::base::{BuildEpoch, Day};
use crate::mmdb::{FormatError, Reader};
use crate::query::history::day::check_day;
use crate::query::history::{PastError, Snapshot};
use crate::query::lookup::network;
use crate::release::{HistoryEntry, Store};

/// What a store kept of the past. One for a store, shared by all who ask.
///
/// The first question about a month reads all of it, which takes seconds: not for a thread that
/// others wait for.
#[derive(Debug)]
pub struct Past {
    store: Store,
}

impl Past {
    /// The past of a store; nothing is read yet.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// What was said of an address on a day, by a clock on which it is `today` (UTC).
    ///
    /// # Errors
    /// If the day may not be asked for, nothing is kept of it, or what is kept is damaged.
    pub fn on(&self, ip: IpAddr, day: Day, today: Day) -> Result<Snapshot, PastError> {
        check_day(day, today)?;
        let history = self.store.history()?;
        let entry = held_on(&history.entries, day)?;
        let file = self.store.history_full(&entry.version)?;
        let version = entry.version.clone();
        let unreadable =
            |source: FormatError| PastError::Record { version: version.clone(), source };
        let reader = Reader::open(&file).map_err(unreadable)?;
        let found = reader.lookup(ip).map_err(unreadable)?;
        let plan = reader.plan();
        Ok(Snapshot {
            ip,
            snapshot_date: day,
            version: entry.version.clone(),
            build_epoch: BuildEpoch(entry.build_epoch),
            network: network(ip, found.prefix_len),
            offset: found.offset,
            file: Arc::new((plan, file)),
        })
    }
}

/// What held on a day: the last that was built until its end.
fn held_on(entries: &[HistoryEntry], day: Day) -> Result<&HistoryEntry, PastError> {
    let built = |entry: &HistoryEntry| BuildEpoch(entry.build_epoch).day();
    let first = entries.first().ok_or(PastError::Empty)?;
    let held = entries.iter().rfind(|entry| built(entry) <= day);
    held.ok_or_else(|| PastError::BeforeFirst { day, first: built(first) })
}
