//! What goes wrong with keys and plans, apart from requests.

use std::io;
use std::path::PathBuf;

use crate::feed::CatalogueError;

/// Why keys or plans cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccessError {
    /// The file of plans has mistakes.
    #[error("cannot use the plans")]
    Plans(#[source] CatalogueError),
    /// There is no reading the file of plans.
    #[error("cannot read {}", path.display())]
    ReadPlans {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No such plan.
    #[error("no plan `{}`; there are {}", plan.escape_debug(), known.join(", "))]
    NoPlan {
        /// The name asked for.
        plan: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// No key was made yet, or the file is elsewhere.
    #[error("{} is not there; `ipmint keys new` makes it, and a first key", path.display())]
    NoKeys {
        /// The file.
        path: PathBuf,
    },
    /// It is something else.
    #[error("{} is no file of keys; expected one that `ipmint keys new` made", path.display())]
    NotKeys {
        /// The file.
        path: PathBuf,
    },
    /// It is of another ipmint.
    #[error(
        "{} is a file of keys of version {found}; this ipmint knows version {expected}",
        path.display()
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// What it says.
        found: i64,
        /// Ours.
        expected: i64,
    },
    /// There is no making the file.
    #[error("cannot create {}", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// SQLite did not do it.
    #[error("{}: cannot {doing}", path.display())]
    Database {
        /// The file of keys.
        path: PathBuf,
        /// What we were at.
        doing: &'static str,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// No such account.
    #[error("{} has no account {account}; nothing was revoked", path.display())]
    NoAccount {
        /// The file of keys.
        path: PathBuf,
        /// The id asked for.
        account: u64,
    },
    /// The system gave no random numbers.
    #[error("cannot make a key")]
    Random(#[source] getrandom::Error),
    /// The system gave no thread.
    #[error("cannot start the thread that keeps count of usage")]
    Thread(#[source] io::Error),
}
