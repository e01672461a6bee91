//! What was last pulled: `FILE.ipmint/state.json`.

use serde::{Deserialize, Serialize};

use crate::base::Digest;
use crate::fetch::{Cache, CacheError, Validators};

/// At the top of the cache.
const FOLDER: &str = ".";
const NAME: &str = "state";

/// What was last pulled, written once all of it was checked and is in place.
///
/// Of the file itself it knows nothing for sure: others may have written it since, so its digest is
/// taken each time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// Of the store, as it was given.
    pub(super) url: String,
    /// The edition.
    pub(super) edition: String,
    /// The key that was pinned.
    pub(super) key: Option<String>,
    /// Of the index.
    pub(super) validators: Validators,
    /// Of the index: it never goes back.
    pub(super) sequence: u64,
    /// Until when the index is believed; Unix seconds.
    pub(super) expires: u64,
    /// The current release.
    pub(super) version: String,
    /// Digest of its manifest.
    pub(super) manifest_sha256: Digest,
    /// Bytes of the database.
    pub(super) bytes: u64,
    /// Its digest.
    pub(super) sha256: Digest,
}

impl State {
    /// Reads it; one that is damaged is none.
    pub(super) fn load(cache: &Cache) -> Result<Option<Self>, CacheError> {
        cache.record(FOLDER, NAME)
    }

    pub(super) fn store(&self, cache: &Cache) -> Result<(), CacheError> {
        cache.store(FOLDER, NAME, self)
    }
}
