//! A release file mapped read-only: the one place with `unsafe`.
#![expect(clippy::disallowed_methods, reason = "mapping a file opens it")]

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

use memmap2::Mmap;

/// The bytes of a file, mapped.
///
/// Files of a release are written once, renamed into place and only ever
/// unlinked, never truncated, so the mapping stays valid for its whole life.
#[derive(Debug)]
pub struct MappedFile(Mmap);

impl MappedFile {
    /// Maps the file read-only.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        if file.metadata()?.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        #[expect(unsafe_code, reason = "see the type: nobody truncates a published file")]
        // SAFETY: the file is opened read-only and, by the store's rule, never changed in place.
        let map = unsafe { Mmap::map(&file)? };
        Ok(Self(map))
    }
}

impl Deref for MappedFile {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for MappedFile {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
