//! The bytes of a feed, wherever they come from.

use std::borrow::Cow;
use std::path::Path;

use crate::base::Digest;
use crate::feed::{Feed, Location, embedded};
use crate::fetch::{self, FetchError};

/// Where `path` feeds start.
#[derive(Clone, Copy, Debug)]
pub enum Origin<'a> {
    /// In the sample that travels inside the binary.
    Sample,
    /// At a folder.
    Below(&'a Path),
}

/// The bytes of a feed at one moment: a file a location.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// What messages call each file, and what is in it.
    pub(super) files: Vec<(String, Cow<'static, [u8]>)>,
    /// Of the one file; of several, of their digests, one a line.
    pub(super) sha256: Digest,
}

/// Why there is no snapshot.
#[derive(Debug, thiserror::Error)]
pub(super) enum SnapshotError {
    #[error("{url} is not fetched by this version; give the feed a `path`")]
    Url { url: String },
    #[error("`{path}` is not in the sample")]
    NotInSample { path: String },
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

/// Reads every location of a feed.
pub(super) fn read(origin: Origin<'_>, feed: &Feed) -> Result<Snapshot, SnapshotError> {
    let mut files = Vec::with_capacity(feed.locations.len());
    let mut left = feed.guards.bytes;
    for location in &feed.locations {
        let (path, bytes) = match location {
            Location::Url(url) => return Err(SnapshotError::Url { url: url.clone() }),
            Location::Path(path) => (path, read_path(origin, path, left)?),
        };
        left = left.saturating_sub(bytes.len() as u64);
        files.push((path.clone(), bytes));
    }
    let sha256 = match files.as_slice() {
        [(_, bytes)] => Digest::of(bytes),
        several => {
            let line =
                |(_, bytes): &(String, Cow<'static, [u8]>)| format!("{}\n", Digest::of(bytes));
            Digest::of(several.iter().map(line).collect::<String>().as_bytes())
        }
    };
    Ok(Snapshot { files, sha256 })
}

fn read_path(
    origin: Origin<'_>,
    path: &str,
    limit: u64,
) -> Result<Cow<'static, [u8]>, SnapshotError> {
    match origin {
        Origin::Sample => match embedded::sample_file(path) {
            Some(bytes) => Ok(Cow::Borrowed(bytes)),
            None => Err(SnapshotError::NotInSample { path: path.to_owned() }),
        },
        Origin::Below(root) => Ok(Cow::Owned(fetch::read(root, path, limit)?)),
    }
}
