//! Why the bytes of a feed could not be had, or not be unpacked.

use std::io;
use std::path::PathBuf;

use crate::feed::FeedId;

/// The bytes of a feed could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The path leaves the root.
    #[error("`{}` leaves the root; expected a relative path without `..`", path.display())]
    Outside {
        /// As the definition has it.
        path: PathBuf,
    },
    /// There is nothing.
    #[error("{} is missing; put the file there, or set --root", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A directory, a device, a socket.
    #[error("{} is not a regular file; `path` names one file", path.display())]
    NotAFile {
        /// What was found.
        path: PathBuf,
    },
    /// More bytes than the feed allows.
    #[error("{} has more than {limit} bytes, the limit `guards.bytes` of the feed", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Bytes allowed.
        limit: u64,
    },
    /// The system refused.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The bytes of a feed could not be unpacked. `file` is the feed's definition, which
/// holds the limits and globs; `name` is what was unpacked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnpackError {
    /// More bytes than the feed allows.
    #[error(
        "feed `{feed}`: `{name}` unpacks to more than {limit} bytes, the limit `guards.bytes` set in {file}"
    )]
    TooLarge {
        /// The feed.
        feed: FeedId,
        /// Its definition.
        file: String,
        /// What was unpacked.
        name: String,
        /// Bytes allowed.
        limit: u64,
    },
    /// So much smaller packed that it is meant to hurt.
    #[error(
        "feed `{feed}`: `{name}` expands its {packed} bytes more than {ratio} times; expected no such bomb, look at it by hand"
    )]
    Bomb {
        /// The feed.
        feed: FeedId,
        /// What was unpacked.
        name: String,
        /// Bytes before unpacking.
        packed: u64,
        /// Times allowed.
        ratio: u64,
    },
    /// Cut off, or not what its first bytes say.
    #[error(
        "feed `{feed}`: `{name}` is damaged {kind} after {offset} unpacked bytes; fetch it again"
    )]
    Damaged {
        /// The feed.
        feed: FeedId,
        /// What was unpacked.
        name: String,
        /// `gzip`, `tar` and so on.
        kind: &'static str,
        /// Where in the unpacked stream.
        offset: u64,
        /// Why.
        source: io::Error,
    },
    /// The zip cannot be read.
    #[error("feed `{feed}`: `{name}`, entry {entry}, cannot be read as zip; fetch it again")]
    Zip {
        /// The feed.
        feed: FeedId,
        /// What was unpacked.
        name: String,
        /// Number of the entry, from 0.
        entry: usize,
        /// Why.
        source: zip::result::ZipError,
    },
    /// A file where an archive is due.
    #[error("feed `{feed}`: `{name}` is no archive; expected one, for {file} sets `member`")]
    NotAnArchive {
        /// The feed.
        feed: FeedId,
        /// Its definition.
        file: String,
        /// What was to be unpacked.
        name: String,
    },
    /// Nothing matches.
    #[error("feed `{feed}`: `{name}` has no member that matches `{pattern}`, set in {file}")]
    NoMember {
        /// The feed.
        feed: FeedId,
        /// Its definition.
        file: String,
        /// The archive.
        name: String,
        /// The globs, joined.
        pattern: String,
    },
    /// Two members of one name.
    #[error("feed `{feed}`: `{name}` has two members `{member}`; expected one")]
    Duplicate {
        /// The feed.
        feed: FeedId,
        /// The archive.
        name: String,
        /// The member, escaped.
        member: String,
    },
    /// A member that wants to be elsewhere.
    #[error(
        "feed `{feed}`: `{name}` has a member `{member}`; expected no absolute path and no `..`"
    )]
    Unsafe {
        /// The feed.
        feed: FeedId,
        /// The archive.
        name: String,
        /// The member, escaped.
        member: String,
    },
    /// Packed within packed.
    #[error("feed `{feed}`: `{member}` in `{name}` is packed again; expected one level")]
    Nested {
        /// The feed.
        feed: FeedId,
        /// The archive.
        name: String,
        /// The member, or the file itself.
        member: String,
    },
}
