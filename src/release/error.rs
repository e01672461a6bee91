//! What can be wrong with a store.

use std::io;
use std::path::{Path, PathBuf};

use crate::base::Digest;
use crate::delta::DeltaError;

/// Why a store could not be read or published to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Nothing was published yet.
    #[error("no release in `{}`; run `ipmint build --sample` to make one", folder.display())]
    Empty {
        /// The store.
        folder: PathBuf,
    },
    /// No such release.
    #[error("no release `{}`; there are {}", version.escape_debug(), known.join(", "))]
    NoVersion {
        /// What was asked for.
        version: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// No release before the current one.
    #[error("there is no release before {version}, which is current")]
    NothingBefore {
        /// The current release.
        version: String,
    },
    /// No such edition.
    #[error(
        "release {version} has no edition `{}`; it has {}", edition.escape_debug(), known.join(", ")
    )]
    NoEdition {
        /// The release.
        version: String,
        /// What was asked for.
        edition: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// A file of the store that cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of the store that is not what it should be.
    #[error("{} is not readable; was it edited, or written by a newer ipmint?", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// A file of the store that is of another version.
    #[error("{}: schema {found}, expected 1; a newer ipmint wrote it", path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// The schema it names.
        found: u32,
    },
    /// An index that names something that is no version, and may be a path.
    #[error("{}: `{}` is no version; expected YYYYMMDD.N", path.display(), version.escape_debug())]
    Version {
        /// The index.
        path: PathBuf,
        /// What it names.
        version: String,
    },
    /// A manifest that names a file elsewhere.
    #[error("{}: `{}` leads out of the release", path.display(), name.escape_debug())]
    Name {
        /// The manifest.
        path: PathBuf,
        /// What it names.
        name: String,
    },
    /// A manifest that the index does not vouch for.
    #[error("{} is not the manifest that index.json names: its digest is {found}", path.display())]
    Changed {
        /// The manifest.
        path: PathBuf,
        /// Its digest.
        found: Digest,
    },
    /// Nothing was published.
    #[error("cannot write to {}; nothing was published", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is published, but a power cut might take it back.
    #[error("release {version} is published, but {} could not be synced", path.display())]
    Durability {
        /// The release.
        version: String,
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A database that was not verified.
    #[error("edition `{edition}` was not verified")]
    Unverified {
        /// The edition.
        edition: String,
    },
    /// A database that cannot be packed.
    #[error("edition `{edition}` cannot be packed as {variant}; nothing was published")]
    Pack {
        /// The edition.
        edition: String,
        /// What as.
        variant: &'static str,
        /// Why.
        source: DeltaError,
    },
    /// A signed store, and no key.
    #[error(
        "the store is signed ({}); give its key with --sign-key, or remove that file to go on without",
        signature.display()
    )]
    NoKey {
        /// The signature of the index.
        signature: PathBuf,
    },
    /// A file of the history that cannot be made or followed.
    #[error("{}: the history breaks off here", path.display())]
    History {
        /// The file or its folder.
        path: PathBuf,
        /// Why.
        source: DeltaError,
    },
    /// A file of the history that is not what was kept.
    #[error("{} has SHA-256 {found}, not {expected} as history.json says; `ipmint releases check` lists what is damaged", path.display())]
    HistoryChanged {
        /// The file.
        path: PathBuf,
        /// Its digest.
        found: Digest,
        /// What it should be.
        expected: Digest,
    },
    /// A history that leads on from nothing.
    #[error(
        "history.json: {version} leads on from nothing; `ipmint releases check` lists what is damaged"
    )]
    NoBeginning {
        /// The release.
        version: String,
    },
    /// A release that is published, and not in the history yet.
    #[error("cannot write to {}; the history does not have the release yet", path.display())]
    Keep {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A release whose files are not what its manifest says.
    #[error("release {version} is damaged, and was left alone: {}", problems.join("; "))]
    Damaged {
        /// The release.
        version: String,
        /// What is wrong.
        problems: Vec<String>,
    },
}

pub(super) fn read_error(path: &Path) -> impl Fn(io::Error) -> StoreError {
    move |source| StoreError::Read { path: path.to_owned(), source }
}

pub(super) fn write_error(path: &Path) -> impl Fn(io::Error) -> StoreError {
    move |source| StoreError::Write { path: path.to_owned(), source }
}
