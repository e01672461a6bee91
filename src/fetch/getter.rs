//! One URL after the other, for whoever keeps a record of its own.

use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;

use crate::base::{BuildEpoch, Digest};
use crate::feed::FetchPolicy;
use crate::fetch::download::{Answer, Wanted, download};
use crate::fetch::exchange::Context;
use crate::fetch::retry::backoff;
use crate::fetch::run::start;
use crate::fetch::{Cache, DownloadError, FetchRunError, LocationRecord};

/// What a later request for a URL is made conditional with (RFC 9110 §8.8).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// Its entity tag.
    pub etag: Option<String>,
    /// Its date.
    pub last_modified: Option<String>,
}

/// What a URL had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Got {
    /// All of it.
    pub bytes: Vec<u8>,
    /// Their digest.
    pub sha256: Digest,
    /// What came over the wire for them.
    pub wire_bytes: u64,
    /// For the next time.
    pub validators: Validators,
}

/// Asks hosts, with the patience and under the limits of [`fetch`](crate::fetch::fetch).
#[derive(Debug)]
pub struct Getter {
    runtime: Runtime,
    context: Context,
}

impl Getter {
    /// Starts what waits for hosts. Bytes go through the cache; so do wishes of hosts to be left
    /// alone, of which `now` is the clock.
    pub fn new(cache: Cache, policy: &FetchPolicy, now: BuildEpoch) -> Result<Self, FetchRunError> {
        let (runtime, context) = start(cache, policy, now)?;
        Ok(Self { runtime, context })
    }

    /// Where the bytes went through.
    pub fn cache(&self) -> &Cache {
        &self.context.cache
    }

    /// Returns what a URL has, at most `limit` bytes; `None` if that is what is `known`.
    pub fn get(
        &self,
        url: &str,
        known: Option<&Validators>,
        limit: u64,
    ) -> Result<Option<Got>, DownloadError> {
        let Validators { etag, last_modified } = known.cloned().unwrap_or_default();
        let conditional = etag.is_some() || last_modified.is_some();
        let url = url.to_owned();
        let record = LocationRecord { url, etag, last_modified, ..LocationRecord::default() };
        let wanted = Wanted { record: &record, conditional, limit };
        match self.runtime.block_on(download(&self.context, &wanted))? {
            Answer::Unchanged => Ok(None),
            Answer::Body { body, etag, last_modified } => Ok(Some(Got {
                bytes: self.cache().read(body.sha256, limit)?.into_vec(),
                sha256: body.sha256,
                wire_bytes: body.wire_bytes,
                validators: Validators { etag, last_modified },
            })),
        }
    }

    /// Lets time pass before attempt `n`, from 0.
    pub fn wait(&self, n: u32) {
        let time = backoff(&self.context.policy, n);
        // A timer is made where its runtime runs.
        self.runtime.block_on(async { tokio::time::sleep(time).await });
    }
}
