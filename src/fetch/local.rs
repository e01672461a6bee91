//! `path` feeds: a file below the root.
#![expect(clippy::disallowed_methods, reason = "the edge reads files")]

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Component, Path, PathBuf};

use rayon::prelude::*;

use crate::fetch::large::LARGE_BYTES;
use crate::fetch::{Content, FetchError, Large, Opened};

/// What one thread reads at a time.
const PIECE_BYTES: usize = 4 << 20;

/// Reads the file at `path` below `root`, at most `limit` bytes of it.
pub fn read(root: &Path, path: &str, limit: u64) -> Result<Content, FetchError> {
    let path = checked(root, path, limit)?;
    match File::open(&path).and_then(|file| contents(&file, limit)) {
        Ok(Some(bytes)) => Ok(Content::from(bytes)),
        Ok(None) => Err(FetchError::TooLarge { path, limit }),
        Err(source) => Err(FetchError::Read { path, source }),
    }
}

/// The same, but a large file stays where it is.
pub fn open(root: &Path, path: &str, limit: u64) -> Result<Opened, FetchError> {
    let path = checked(root, path, limit)?;
    let open = || {
        let file = File::open(&path)?;
        let len = file.metadata()?.len();
        if len > limit {
            return Ok(None);
        }
        if len >= LARGE_BYTES {
            return Ok(Some(Opened::Large(Large::new(file, len, false)?)));
        }
        Ok(contents(&file, limit)?.map(|bytes| Opened::Content(Content::from(bytes))))
    };
    match open() {
        Ok(Some(opened)) => Ok(opened),
        Ok(None) => Err(FetchError::TooLarge { path, limit }),
        Err(source) => Err(FetchError::Read { path, source }),
    }
}

/// Where a file is that may be opened.
fn checked(root: &Path, path: &str, limit: u64) -> Result<PathBuf, FetchError> {
    let is_plain = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    if path.is_empty() || !Path::new(path).components().all(is_plain) {
        return Err(FetchError::Outside { path: path.into() });
    }
    let path = root.join(path);
    // Asked before it is opened: opening a pipe would wait for its writer.
    match path.metadata() {
        Ok(metadata) if !metadata.is_file() => Err(FetchError::NotAFile { path }),
        Ok(metadata) if metadata.len() > limit => Err(FetchError::TooLarge { path, limit }),
        Ok(_) => Ok(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(FetchError::Missing { path }),
        Err(source) => Err(FetchError::Read { path, source }),
    }
}

/// What is in the file now, read by every core; `None` if it passes the limit.
///
/// What a writer adds meanwhile is not read; what it takes away is an error.
pub(crate) fn contents(file: &File, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let len = file.metadata()?.len();
    let Some(len) = usize::try_from(len).ok().filter(|_| len <= limit) else { return Ok(None) };
    let mut bytes = vec![0; len];
    bytes
        .par_chunks_mut(PIECE_BYTES)
        .enumerate()
        .try_for_each(|(idx, piece)| file.read_exact_at(piece, (idx * PIECE_BYTES) as u64))?;
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use crate::fetch::read;

    #[track_caller]
    fn check(path: &str, limit: u64, expected: Result<&[u8], &str>) {
        let root = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(root.path().join("folder")).expect("a folder");
        std::fs::write(root.path().join("folder/file"), b"12345").expect("a file");
        let found = read(root.path(), path, limit)
            .map_err(|error| error.to_string().replace(&format!("{}/", root.path().display()), ""));
        assert_eq!(found.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn files_are_read_below_the_root_only() {
        check("folder/file", 5, Ok(b"12345"));
        check(
            "folder/file",
            4,
            Err("folder/file has more than 4 bytes, the limit `guards.bytes` of the feed"),
        );
        check("folder", 9, Err("folder is not a regular file; `path` names one file"));
        check("none", 9, Err("none is missing; put the file there, or set --root"));
        check(
            "folder/../x",
            9,
            Err("`folder/../x` leaves the root; expected a relative path without `..`"),
        );
        check("/x", 9, Err("`/x` leaves the root; expected a relative path without `..`"));
    }
}
