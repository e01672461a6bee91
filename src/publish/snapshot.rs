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
    /// At a folder. What is not there and begins with `feeds/`, as the tables of the built-in
    /// catalogue do, is looked for in the folder of definitions, then inside the binary.
    Below {
        /// The folder.
        root: &'a Path,
        /// The folder of definitions.
        feeds: Option<&'a Path>,
    },
}

/// The bytes of a feed at one moment: a file a location.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// What messages call each file, and what is in it.
    pub(super) files: Vec<(String, Cow<'static, [u8]>)>,
    /// Whether nothing of it came from outside the binary, though it was looked for there.
    pub(super) is_built_in: bool,
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
    // What was read is owned; what lies inside the binary is borrowed.
    let inside = |(_, bytes): &(String, Cow<'static, [u8]>)| matches!(bytes, Cow::Borrowed(_));
    let is_built_in = matches!(origin, Origin::Below { .. }) && files.iter().all(inside);
    let sha256 = match files.as_slice() {
        [(_, bytes)] => Digest::of(bytes),
        several => {
            let line =
                |(_, bytes): &(String, Cow<'static, [u8]>)| format!("{}\n", Digest::of(bytes));
            Digest::of(several.iter().map(line).collect::<String>().as_bytes())
        }
    };
    Ok(Snapshot { files, is_built_in, sha256 })
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
        Origin::Below { root, feeds } => match fetch::read(root, path, limit) {
            Err(missing @ FetchError::Missing { .. }) => {
                built_in(feeds, path, limit)?.ok_or(missing.into())
            }
            read => Ok(Cow::Owned(read?)),
        },
    }
}

/// A file that goes with the definitions: their folder's, or the one inside the binary.
fn built_in(
    feeds: Option<&Path>,
    path: &str,
    limit: u64,
) -> Result<Option<Cow<'static, [u8]>>, SnapshotError> {
    let Some(below) = path.strip_prefix("feeds/") else { return Ok(None) };
    if let Some(feeds) = feeds {
        match fetch::read(feeds, below, limit) {
            Err(FetchError::Missing { .. }) => {}
            read => return Ok(Some(Cow::Owned(read?))),
        }
    }
    let mut files = embedded::feeds("").into_iter();
    Ok(files.find(|file| file.path == below).map(|file| Cow::Borrowed(file.bytes)))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests write files")]
mod tests {
    use std::fs;

    use crate::publish::Origin;
    use crate::publish::snapshot::read_path;

    /// Reads `path` with that file written, and compares where the bytes came from.
    #[track_caller]
    fn check(written: &str, path: &str, expected: Option<&str>) {
        let folder = tempfile::tempdir().expect("a folder");
        let written = folder.path().join(written);
        fs::create_dir_all(written.parent().expect("below")).expect("created");
        fs::create_dir_all(folder.path().join("root")).expect("created");
        fs::write(written, "mine").expect("written");
        let (root, feeds) = (folder.path().join("root"), folder.path().join("definitions"));
        let origin = Origin::Below { root: &root, feeds: Some(&feeds) };
        let bytes = read_path(origin, path, 1 << 20).ok();
        let text = bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        match expected {
            Some(expected) => assert!(text.is_some_and(|text| text.contains(expected))),
            None => assert_eq!(text, None),
        }
    }

    #[test]
    fn tables_of_the_catalogue_are_found_where_they_were_overridden() {
        check("root/feeds/policy.toml", "feeds/policy.toml", Some("mine"));
        check("definitions/policy.toml", "feeds/policy.toml", Some("mine"));
        check("elsewhere", "feeds/policy.toml", Some("signal_threshold"));
        check("definitions/x", "feeds/x", Some("mine"));
        check("definitions/x", "x", None);
        check("elsewhere", "feeds/x", None);
    }
}
