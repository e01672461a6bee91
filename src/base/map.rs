//! A file of a release or snapshot mapped read-only: the one place with `unsafe`.
#![expect(clippy::disallowed_methods, reason = "mapping a file opens it")]

use std::fs::File;
use std::io;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::path::Path;

use memmap2::{Mmap, MmapMut, MmapOptions};

use crate::base::{Family, Run};

/// The bytes of a file, mapped.
///
/// Files of a release, and snapshots in the cache, are written once, renamed into
/// place and only ever unlinked, never truncated, so the mapping stays valid for
/// its whole life. Whatever others may write to in place is never mapped.
#[derive(Debug)]
pub struct MappedFile(Mmap);

impl MappedFile {
    /// Maps the file read-only.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::of_file(&File::open(path)?)
    }

    /// Maps an open file read-only, by the same rule.
    pub fn of_file(file: &File) -> io::Result<Self> {
        if file.metadata()?.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        #[expect(unsafe_code, reason = "see the type: nobody truncates a published file")]
        // SAFETY: the file is opened read-only and, by the store's rule, never changed in place.
        let map = unsafe { Mmap::map(file)? };
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

/// Maps the first bytes of a file without a name, to be read and changed.
pub(super) fn map_unnamed(file: &File, n_bytes: usize) -> io::Result<MmapMut> {
    #[expect(unsafe_code, reason = "nobody else knows the file")]
    // SAFETY: the file has no name and no other handle that writes to it.
    unsafe {
        MmapOptions::new().len(n_bytes).map_mut(file)
    }
}

/// Runs in a file without a name, mapped to be read and changed.
#[derive(Debug)]
pub(super) struct MappedRuns<F: Family> {
    map: MmapMut,
    n_runs: usize, // invariant: the map has as many, or more
    family: PhantomData<F>,
}

impl<F: Family> MappedRuns<F> {
    /// Maps the runs of a file, one after the other as [`Run`] lies in memory: first, last, value, each in
    /// the machine's order of bytes, and what is left to [`size_of`].
    ///
    /// The file is nobody else's: it has no name.
    pub(super) fn of_file(file: &File) -> io::Result<Self> {
        let n_runs = usize::try_from(file.metadata()?.len()).expect("a file that was written")
            / size_of::<Run<F>>();
        let map = map_unnamed(file, n_runs * size_of::<Run<F>>())?;
        Ok(Self { map, n_runs, family: PhantomData })
    }

    /// Keeps the first ones only.
    pub(super) fn truncate(&mut self, n_runs: usize) {
        self.n_runs = self.n_runs.min(n_runs);
    }
}

impl<F: Family> Deref for MappedRuns<F> {
    type Target = [Run<F>];

    #[expect(unsafe_code, reason = "runs are integers: any bytes are some")]
    fn deref(&self) -> &[Run<F>] {
        if self.n_runs == 0 {
            return &[];
        }
        // SAFETY: a map begins at a page, runs are `repr(C)` structs of integers, of which there are `n_runs`
        // in the map, and every byte of a file is initialised.
        unsafe { std::slice::from_raw_parts(self.map.as_ptr().cast(), self.n_runs) }
    }
}

impl<F: Family> DerefMut for MappedRuns<F> {
    #[expect(unsafe_code, reason = "as above")]
    fn deref_mut(&mut self) -> &mut [Run<F>] {
        if self.n_runs == 0 {
            return &mut [];
        }
        // SAFETY: as above, and the map is borrowed as long.
        unsafe { std::slice::from_raw_parts_mut(self.map.as_mut_ptr().cast(), self.n_runs) }
    }
}
