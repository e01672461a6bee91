//! What was said of an address on a day.

use std::net::IpAddr;
use std::sync::Arc;

use crate::base::{BuildEpoch, Day};
use crate::delta::Place;
use crate::mmdb::{Cursor, FormatError};
use crate::query::history::PastError;
use crate::query::history::month::Month;
use crate::query::{Answer, Known};

/// What was said of an address on a day. Holds what it was read from.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The address.
    pub ip: IpAddr,
    /// The day that was asked for.
    pub snapshot_date: Day,
    /// The release that held on that day: the last one built until its end, by UTC.
    pub version: String,
    /// When that was built.
    pub build_epoch: BuildEpoch,
    /// The largest prefix around the address of which the same was said.
    pub network: String,
    pub(super) record: Option<Place>,
    pub(super) month: Arc<Month>,
}

impl Snapshot {
    /// What was said, read where it lies; `None` where nothing was known.
    ///
    /// # Errors
    /// If what was kept is damaged there.
    pub fn known(&self) -> Result<Option<Known<'_>>, PastError> {
        self.cursor().map(Known::of).transpose().map_err(|source| self.unreadable(source))
    }

    /// Where what was said lies; `None` where nothing was known.
    pub fn cursor(&self) -> Option<Cursor<'_>> {
        self.record.as_ref().map(|record| self.month.nights.cursor(record))
    }

    /// What was said, as a look-up in that release's `full` would have answered.
    ///
    /// # Errors
    /// If what was kept is damaged there.
    pub fn answer(&self) -> Result<Answer, PastError> {
        let record = self.record.as_ref().map(|record| self.month.nights.decode(record));
        let record = record.transpose().map_err(|source| self.unreadable(source))?;
        Ok(Answer { ip: self.ip, network: self.network.clone(), record })
    }

    /// `{"ip","network","record","snapshot_date","version"}`.
    ///
    /// # Errors
    /// If what was kept is damaged there.
    pub fn to_json(&self) -> Result<serde_json::Value, PastError> {
        let mut json = self.answer()?.to_json();
        self.add_to(&mut json);
        Ok(json)
    }

    /// Says in an object of which day and release it is.
    pub fn add_to(&self, object: &mut serde_json::Value) {
        object["snapshot_date"] = self.snapshot_date.to_string().into();
        object["version"] = self.version.as_str().into();
    }

    fn unreadable(&self, source: FormatError) -> PastError {
        PastError::Record { version: self.version.clone(), source }
    }
}
