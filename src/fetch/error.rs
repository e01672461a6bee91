//! Why the bytes of a feed could not be had, or not be unpacked.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::base::BuildEpoch;
use crate::feed::{FeedId, FetchPolicy};
use crate::fetch::CacheError;

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

/// A URL did not give its bytes. The messages go after the URL as the definition has it, and
/// name nothing that the environment put into it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadError {
    /// A variable is not set.
    #[error(
        "its URL needs the environment variable {name}; set it, or give the feed `enabled = false`"
    )]
    Variable {
        /// Which.
        name: String,
    },
    /// What the environment put into it makes it no URL.
    #[error("is no URL, or none once the environment's variables are in it")]
    Url,
    /// No connection.
    #[error("no connection; is the host up, and the network?")]
    Connect {
        /// Why.
        source: reqwest::Error,
    },
    /// The connection ended before the head of an answer.
    #[error("the connection broke before an answer came")]
    Broken {
        /// Why.
        source: reqwest::Error,
    },
    /// Nothing came.
    #[error("no answer within {} s (fetch.first_byte_timeout)", limit.as_secs())]
    Silent {
        /// The limit.
        limit: Duration,
    },
    /// Nothing more came.
    #[error("nothing more came for {} s (fetch.stall_timeout)", limit.as_secs())]
    Stalled {
        /// The limit.
        limit: Duration,
    },
    /// It drips.
    #[error("fewer than {limit} bytes a second came (fetch.min_rate)")]
    Slow {
        /// The limit, bytes a second.
        limit: u64,
    },
    /// All attempts together took too long.
    #[error("not had within {} s (fetch.deadline)", limit.as_secs())]
    Deadline {
        /// The limit.
        limit: Duration,
    },
    /// The body ended early, or was no body.
    #[error("the body was cut off after {received} bytes")]
    Cut {
        /// Bytes that came.
        received: u64,
    },
    /// A resumption that would not fit what is there.
    #[error("the rest that was sent does not fit the beginning; both were thrown away")]
    Splice,
    /// An answer that is neither 200 nor 304.
    #[error("answered {status}, expected 200 or 304; check the `url`")]
    Status {
        /// The status.
        status: u16,
    },
    /// The host wants to be left alone.
    #[error("answered {status}: the host is busy{}", until.map(|until| format!(", and asks for no request before {until}")).unwrap_or_default())]
    Busy {
        /// The status.
        status: u16,
        /// When to come again, if that is longer than a run waits.
        until: Option<BuildEpoch>,
    },
    /// It asked for patience in an earlier run.
    #[error("the host asked for no request before {until}")]
    Patience {
        /// When to come again.
        until: BuildEpoch,
    },
    /// Other locations could not reach the host.
    #[error("not asked: its host could not be reached for other feeds")]
    Dead,
    /// Redirected round and round.
    #[error("redirected more than {limit} times (fetch.max_redirects); check the `url`")]
    Redirects {
        /// The limit.
        limit: u32,
    },
    /// Redirected from https to http.
    #[error("redirected from https to http; expected https to stay so")]
    Downgrade,
    /// A content coding that was not asked for.
    #[error("came in the content coding `{}`, expected gzip or none", found.escape_debug())]
    Coding {
        /// What the answer names.
        found: String,
    },
    /// More bytes than the feed allows.
    #[error(
        "has more than {limit} bytes (guards.bytes), or expands more than {} times",
        crate::fetch::unpack::MAX_RATIO
    )]
    TooLarge {
        /// Bytes allowed.
        limit: u64,
    },
    /// The content coding is broken.
    #[error("its content coding is damaged")]
    Damaged(#[source] io::Error),
    /// The disk refuses.
    #[error("its bytes cannot be written; is the disk full?")]
    Disk(#[source] io::Error),
    /// The cache refuses.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

impl DownloadError {
    /// What became of a request that got no answer.
    pub(super) fn of(error: reqwest::Error, policy: &FetchPolicy) -> Self {
        // The URL may hold secrets.
        let source = error.without_url();
        if source.is_connect() {
            Self::Connect { source }
        } else if source.is_timeout() {
            Self::Silent { limit: policy.first_byte_timeout }
        } else {
            Self::Broken { source }
        }
    }

    /// What became of bytes that could not be taken in.
    pub(super) fn of_sink(error: io::Error, limit: u64) -> Self {
        match error.kind() {
            io::ErrorKind::FileTooLarge => Self::TooLarge { limit },
            io::ErrorKind::InvalidInput
            | io::ErrorKind::InvalidData
            | io::ErrorKind::UnexpectedEof => Self::Damaged(error),
            _ => Self::Disk(error),
        }
    }

    /// A content coding that was not asked for; a host may name it at any length.
    pub(super) fn coding(found: &str) -> Self {
        Self::Coding { found: found.chars().take(40).collect() }
    }

    /// Whether another attempt may well succeed.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Connect { .. }
            | Self::Broken { .. }
            | Self::Silent { .. }
            | Self::Stalled { .. }
            | Self::Slow { .. }
            | Self::Cut { .. }
            | Self::Splice
            | Self::Damaged(_) => true,
            Self::Busy { until, .. } => until.is_none(),
            // RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 9110 §15.6.
            Self::Status { status } => matches!(status, 408 | 425 | 500 | 502 | 504),
            _ => false,
        }
    }

    /// Whether time went by and nothing came: no feed of that host would fare better.
    pub(super) fn comes_to_nothing(&self) -> bool {
        matches!(
            self,
            Self::Connect { .. }
                | Self::Silent { .. }
                | Self::Stalled { .. }
                | Self::Slow { .. }
                | Self::Deadline { .. }
        )
    }

    /// When the host wants to be asked again.
    pub(super) fn not_before(&self) -> Option<BuildEpoch> {
        match self {
            Self::Busy { until, .. } => *until,
            Self::Patience { until } => Some(*until),
            _ => None,
        }
    }
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
