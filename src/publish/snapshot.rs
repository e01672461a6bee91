//! The bytes of a feed, wherever they come from.

use std::path::Path;

use crate::base::Digest;
use crate::feed::{Feed, Location, embedded};
use crate::fetch::{self, Cache, CacheError, Content, FetchError, Opened};

/// Bytes of a digest's line.
const LINE_BYTES: u64 = 65;
/// More files than any feed has.
const MAX_FILES: u64 = 1024;

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
    pub(super) files: Vec<(String, Opened)>,
    /// Whether nothing of it came from outside the binary, though it was looked for there.
    pub(super) is_built_in: bool,
    /// See [`digest`].
    pub(super) sha256: Digest,
}

/// Why there is no snapshot.
#[derive(Debug, thiserror::Error)]
pub(super) enum SnapshotError {
    #[error("`{path}` is not in the sample")]
    NotInSample { path: String },
    #[error("{url} is not fetched for the sample; build without --sample")]
    NotFetched { url: String },
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

/// The digest of a feed's snapshot: of its one file; of several, of their digests, one a line.
///
/// Those lines are kept as a snapshot too, so that the one digest leads to all files.
pub(super) fn digest(files: &[Digest]) -> Digest {
    match files {
        [one] => *one,
        several => Digest::of(lines(several).as_bytes()),
    }
}

fn lines(files: &[Digest]) -> String {
    files.iter().map(|digest| format!("{digest}\n")).collect()
}

/// Reads every file of a feed with a `path`.
pub(super) fn of_paths(origin: Origin<'_>, feed: &Feed) -> Result<Snapshot, SnapshotError> {
    let mut files = Vec::with_capacity(feed.locations.len());
    let mut left = feed.guards.bytes;
    for location in &feed.locations {
        let (path, file) = match location {
            Location::Url(url) => return Err(SnapshotError::NotFetched { url: url.clone() }),
            Location::Path(path) => (path, open_path(origin, path, left)?),
        };
        left = left.saturating_sub(file.n_bytes());
        files.push((path.clone(), file));
    }
    let is_built_in =
        matches!(origin, Origin::Below { .. }) && files.iter().all(|(_, file)| is_built_in(file));
    let digests: Vec<Digest> = files.iter().map(|(_, file)| file.sha256()).collect();
    Ok(Snapshot { files, is_built_in, sha256: digest(&digests) })
}

/// Reads every file of a feed with a `url` as they were when its snapshot was `sha256`.
pub(super) fn of_cache(cache: &Cache, feed: &Feed, sha256: Digest) -> Result<Snapshot, CacheError> {
    let digests = match feed.locations.len() {
        1 => vec![sha256],
        n_files => {
            let gone = || CacheError::Gone { root: cache.root().to_owned(), sha256 };
            let lines = cache.read(sha256, n_files as u64 * LINE_BYTES)?;
            let lines = std::str::from_utf8(&lines).map_err(|_| gone())?;
            let digests: Result<Vec<Digest>, _> = lines.lines().map(str::parse).collect();
            digests.ok().filter(|digests| digests.len() == n_files).ok_or_else(gone)?
        }
    };
    let mut files = Vec::with_capacity(digests.len());
    let mut left = feed.guards.bytes;
    for (location, digest) in feed.locations.iter().zip(digests) {
        let (Location::Url(name) | Location::Path(name)) = location;
        let file = cache.open_snapshot(digest, left)?;
        left = left.saturating_sub(file.n_bytes());
        files.push((name.clone(), file));
    }
    Ok(Snapshot { files, is_built_in: false, sha256 })
}

/// Keeps the lines that lead from the digest of several files to each.
pub(super) fn keep(cache: &Cache, files: &[Digest]) -> Result<Digest, CacheError> {
    match files {
        [one] => Ok(*one),
        several => cache.keep(lines(several).as_bytes()),
    }
}

/// The digests that a feed's snapshot leads to, itself included; none that are not there.
pub(super) fn reachable(cache: &Cache, sha256: Digest) -> Vec<Digest> {
    let mut digests = vec![sha256];
    // Most snapshots are no lines of digests, and their size shows it: they are not read.
    let may_be_lines = |size: u64| size.is_multiple_of(LINE_BYTES) && size > LINE_BYTES;
    if cache.size(sha256).is_some_and(may_be_lines)
        && let Ok(bytes) = cache.read(sha256, MAX_FILES * LINE_BYTES)
        && let Ok(text) = std::str::from_utf8(&bytes)
    {
        let lines: Result<Vec<Digest>, _> = text.lines().map(str::parse).collect();
        digests.extend(lines.unwrap_or_default());
    }
    digests
}

fn is_built_in(file: &Opened) -> bool {
    matches!(file, Opened::Content(content) if content.is_built_in())
}

fn open_path(origin: Origin<'_>, path: &str, limit: u64) -> Result<Opened, SnapshotError> {
    match origin {
        Origin::Sample => match embedded::sample_file(path) {
            Some(bytes) => Ok(Opened::Content(Content::built_in(bytes))),
            None => Err(SnapshotError::NotInSample { path: path.to_owned() }),
        },
        Origin::Below { root, feeds } => match fetch::open(root, path, limit) {
            Err(missing @ FetchError::Missing { .. }) => {
                built_in(feeds, path, limit)?.ok_or(missing.into())
            }
            opened => Ok(opened?),
        },
    }
}

/// A file that goes with the definitions: their folder's, or the one inside the binary.
fn built_in(feeds: Option<&Path>, path: &str, limit: u64) -> Result<Option<Opened>, SnapshotError> {
    let Some(below) = path.strip_prefix("feeds/") else { return Ok(None) };
    if let Some(feeds) = feeds {
        match fetch::open(feeds, below, limit) {
            Err(FetchError::Missing { .. }) => {}
            opened => return Ok(Some(opened?)),
        }
    }
    let mut files = embedded::feeds("").into_iter();
    let file = files.find(|file| file.path == below);
    Ok(file.map(|file| Opened::Content(Content::built_in(file.bytes))))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests write files")]
mod tests {
    use std::fs;

    use crate::fetch::Opened;
    use crate::publish::Origin;
    use crate::publish::snapshot::open_path;

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
        let text = match open_path(origin, path, 1 << 20) {
            Ok(Opened::Content(bytes)) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            _ => None,
        };
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
