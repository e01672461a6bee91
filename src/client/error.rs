//! Why a copy could not be brought up to date.

use std::io;
use std::path::PathBuf;

use crate::base::{BuildEpoch, Digest};
use crate::delta::DeltaError;
use crate::fetch::{CacheError, DownloadError, FetchRunError};
use crate::release::SignError;

/// Why a copy could not be brought up to date. The file that is there stays.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PullError {
    /// A folder, a device, a pipe.
    #[error("{} is no regular file; --out names the database file", path.display())]
    NotAFile {
        /// What was found.
        path: PathBuf,
    },
    /// The file that is there cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The new file cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What is remembered cannot be stored.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// No client, no threads.
    #[error(transparent)]
    Start(#[from] FetchRunError),
    /// Something could not be had.
    #[error("{url}")]
    Download {
        /// What.
        url: String,
        /// Why.
        source: DownloadError,
    },
    /// A key is pinned, and nobody signed.
    #[error("{url} is missing: the index is not signed, and a key is pinned; ask whoever runs it")]
    NoSignature {
        /// Where the signature should be.
        url: String,
    },
    /// A key is pinned, and somebody else signed.
    #[error("{url}")]
    Signature {
        /// What is signed.
        url: String,
        /// Why it is not believed.
        source: SignError,
    },
    /// No JSON, or not with these keys.
    #[error("{url} is not readable; is it the URL of a store, and not made by a newer ipmint?")]
    Json {
        /// What was read.
        url: String,
        /// Why.
        source: serde_json::Error,
    },
    /// Made by a later program.
    #[error("{url}: schema {found}, expected 1; a newer ipmint knows it")]
    Schema {
        /// What was read.
        url: String,
        /// The schema it names.
        found: u32,
    },
    /// What is served is older than what was had.
    #[error(
        "{url} went back: its sequence is {found}, and was {known}; if the store was made anew, remove {}",
        state.display()
    )]
    Rollback {
        /// The index.
        url: String,
        /// Its sequence.
        found: u64,
        /// The highest one seen.
        known: u64,
        /// Where that is remembered.
        state: PathBuf,
    },
    /// What is served is not renewed any more.
    #[error(
        "{url} has expired at {expires}: its store is not kept up, or somebody serves an old copy"
    )]
    Expired {
        /// The index.
        url: String,
        /// When.
        expires: BuildEpoch,
    },
    /// An index whose current release is none of its own.
    #[error("{url} names `{version}` as current, which is no release of it")]
    Current {
        /// The index.
        url: String,
        /// What it names.
        version: String,
    },
    /// A manifest that the index does not vouch for.
    #[error("{url} has the digest {found}, and the index says {expected}; was it just replaced?")]
    Manifest {
        /// The manifest.
        url: String,
        /// What the index says.
        expected: Digest,
        /// Its digest.
        found: Digest,
    },
    /// No such edition.
    #[error("release {version} has no edition `{}`; it has {}", edition.escape_debug(), known.join(", "))]
    NoEdition {
        /// The release.
        version: String,
        /// What was asked for.
        edition: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// An edition that cannot be had.
    #[error("release {version} lists no database of the edition `{edition}`")]
    NoDatabase {
        /// The release.
        version: String,
        /// The edition.
        edition: String,
    },
    /// A name that may be a path.
    #[error("`{name}` is no plain name of a file")]
    Name {
        /// What the server says.
        name: String,
    },
    /// More than is allowed.
    #[error(
        "the database has {bytes} bytes, the limit is {limit}; raise --max-bytes if that is right"
    )]
    TooLarge {
        /// What the manifest says.
        bytes: u64,
        /// What is allowed.
        limit: u64,
    },
    /// More than it should be.
    #[error("{url} has more than {limit} bytes")]
    Longer {
        /// What was fetched.
        url: String,
        /// What the manifest says, or what such a file may have.
        limit: u64,
    },
    /// Other bytes than were promised.
    #[error("{what} has the digest {found}, expected {expected}")]
    Digest {
        /// What was fetched, or came out of it.
        what: String,
        /// What the manifest says.
        expected: Digest,
        /// What was found.
        found: Digest,
    },
    /// What came leads to no database.
    #[error("{url}")]
    Delta {
        /// What was fetched.
        url: String,
        /// Why.
        source: DeltaError,
    },
    /// What came does not unpack.
    #[error("{url} does not unpack")]
    Unpack {
        /// What was fetched.
        url: String,
        /// Why.
        source: io::Error,
    },
    /// Every form was tried.
    #[error("release {version} could not be had in any form:{}", failures.iter().map(|failure| format!("\n  {failure}")).collect::<String>())]
    NoForm {
        /// The release.
        version: String,
        /// What was wrong with each.
        failures: Vec<String>,
    },
}

impl PullError {
    /// Whether a release that appeared between two requests would look like that.
    pub(super) fn is_of_a_swap(&self) -> bool {
        match self {
            Self::Manifest { .. } | Self::Signature { .. } => true,
            // A release that was pruned since the index was read.
            Self::Download { url, source } => {
                matches!(source, DownloadError::Status { status: 404 | 410 })
                    && url.ends_with("/manifest.json")
            }
            _ => false,
        }
    }
}
