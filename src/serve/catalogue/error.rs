//! Why a store cannot be served.

use std::io;
use std::path::PathBuf;

use crate::release::StoreError;

/// Why a store, or a release of it, cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogueError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file of a release that is not there.
    #[error("cannot map {}", path.display())]
    Map {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of a release that is of another size.
    #[error("{}: {found} bytes, expected {expected}; see `ipmint releases check`", path.display())]
    Size {
        /// The file.
        path: PathBuf,
        /// Its bytes.
        found: u64,
        /// What the manifest says.
        expected: u64,
    },
    /// A file of a release that is not what was published.
    #[error("release {version}: {name} is not what was published; see `ipmint releases check`")]
    Damaged {
        /// The release.
        version: String,
        /// The file.
        name: String,
    },
    /// A manifest that forgets the database.
    #[error("edition {edition} has no database in its manifest")]
    NoDatabase {
        /// The edition.
        edition: String,
    },
}
