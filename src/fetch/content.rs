//! The bytes of one file of a snapshot, held so that nobody can change them while they are read.
//!
//! | where the file is | how it is held | why |
//! |---|---|---|
//! | the cache | mapped, from [`MAPPED_BYTES`] on | written once, under its digest, and only ever unlinked |
//! | below `--root` | read into memory | a cron job may cut it short in place: a mapping would kill us |
//! | inside the binary | where it lies | |
//!
//! A digest of a content is therefore one of the bytes that are parsed. Large files of formats that
//! are read window by window are not held at all: see `large`.

use std::fs::File;
use std::io;
use std::ops::Deref;

use crate::base::MappedFile;
use crate::fetch::local;

/// A smaller file is read: that takes one call, a mapping three and a fault every 64 KiB.
const MAPPED_BYTES: u64 = 1 << 20;

/// The bytes of one file.
#[derive(Debug)]
pub struct Content(Held);

#[derive(Debug)]
enum Held {
    Owned(Vec<u8>),
    BuiltIn(&'static [u8]),
    Mapped(MappedFile),
}

impl Content {
    /// Bytes that lie inside the binary.
    pub fn built_in(bytes: &'static [u8]) -> Self {
        Self(Held::BuiltIn(bytes))
    }

    /// Whether they lie inside the binary, and so are always there.
    pub fn is_built_in(&self) -> bool {
        matches!(self.0, Held::BuiltIn(_))
    }

    /// The bytes in memory of their own: no copy where they are already.
    pub fn into_vec(self) -> Vec<u8> {
        match self.0 {
            Held::Owned(bytes) => bytes,
            Held::BuiltIn(bytes) => bytes.to_vec(),
            Held::Mapped(bytes) => bytes.to_vec(),
        }
    }

    /// What is in a file that nobody changes in place; `None` if it passes the limit.
    pub(super) fn of_unchanging(file: &File, limit: u64) -> io::Result<Option<Self>> {
        let len = file.metadata()?.len();
        if len < MAPPED_BYTES {
            return Ok(local::contents(file, limit)?.map(Self::from));
        }
        if len > limit {
            return Ok(None);
        }
        Self::map(file).map(Some)
    }

    /// Maps a file that nobody changes in place.
    pub(super) fn map(file: &File) -> io::Result<Self> {
        Ok(Self(Held::Mapped(MappedFile::of_file(file)?)))
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Held::Owned(bytes))
    }
}

impl Deref for Content {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Held::Owned(bytes) => bytes,
            Held::BuiltIn(bytes) => bytes,
            Held::Mapped(bytes) => bytes,
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests write files")]
mod tests {
    use std::fs::{self, File};

    use crate::fetch::content::{Content, Held, MAPPED_BYTES};

    /// Reads a file of `n_bytes` under a limit; `None`: it is too large.
    #[track_caller]
    fn check(n_bytes: u64, limit: u64, is_mapped: Option<bool>) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        let bytes: Vec<u8> = (0..n_bytes).map(|at| at as u8).collect();
        fs::write(&path, &bytes).expect("written");
        let file = File::open(&path).expect("there");
        let content = Content::of_unchanging(&file, limit).expect("read");
        assert_eq!(content.as_ref().map(|c| matches!(c.0, Held::Mapped(_))), is_mapped);
        assert!(content.is_none_or(|content| *content == *bytes));
    }

    #[test]
    fn large_files_are_mapped() {
        check(0, 0, Some(false));
        check(MAPPED_BYTES - 1, MAPPED_BYTES, Some(false));
        check(MAPPED_BYTES, MAPPED_BYTES, Some(true));
        check(MAPPED_BYTES, MAPPED_BYTES - 1, None);
        check(1, 0, None);
    }
}
