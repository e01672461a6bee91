//! A bound on what runs and databases take of memory: what is over it lies in files.
//!
//! Such a file has no name from the moment it is made, so that nothing is left of it whatever happens. It is
//! mapped, so that the system keeps what it has room for and writes the rest to the disk.
#![expect(clippy::disallowed_methods, reason = "what does not fit in memory lies on disk")]

use std::fs::{self, File};
use std::io;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use memmap2::MmapMut;

use crate::base::map::map_unnamed;

/// The memory that a build may use; copies share it.
#[derive(Clone, Debug, Default)]
pub struct Memory(Option<Arc<Bound>>);

#[derive(Debug)]
struct Bound {
    /// Bytes that may be held.
    limit: u64,
    /// Bytes that are.
    held: AtomicU64,
    /// Where files are made.
    folder: PathBuf,
    /// The first error of such a file.
    trouble: Mutex<Option<io::Error>>,
}

/// Of a bound, the part that runs and databases may take: tables, sets, records and what threads are
/// at work on need the rest.
const SHARE: u64 = 2;

impl Memory {
    /// As much as there is.
    pub fn unbounded() -> Self {
        Self(None)
    }

    /// About so many bytes; what is over that goes to files in a folder.
    pub fn bounded(n_bytes: u64, folder: &Path) -> Self {
        let (limit, folder) = (n_bytes / SHARE, folder.to_owned());
        let (held, trouble) = (AtomicU64::new(0), Mutex::new(None));
        Self(Some(Arc::new(Bound { limit, held, folder, trouble })))
    }

    /// Whether everything that did not fit could be written so far: for those who asked somebody else, who
    /// took the error for one of their own.
    ///
    /// # Errors
    /// The first error, once.
    pub fn check(&self) -> io::Result<()> {
        let Some(bound) = &self.0 else { return Ok(()) };
        let trouble = bound.trouble.lock().unwrap_or_else(PoisonError::into_inner).take();
        trouble.map_or(Ok(()), Err)
    }

    /// Keeps an error for [`Memory::check`].
    pub(super) fn keep(&self, error: &io::Error) {
        if let Some(bound) = &self.0 {
            let mut trouble = bound.trouble.lock().unwrap_or_else(PoisonError::into_inner);
            trouble.get_or_insert_with(|| io::Error::new(error.kind(), error.to_string()));
        }
    }

    /// Whether there is a bound.
    pub fn is_bounded(&self) -> bool {
        self.0.is_some()
    }

    /// Nothing yet, of this bound.
    pub(super) fn nothing(&self) -> Taken {
        Taken { n_bytes: 0, of: self.clone() }
    }

    /// Takes bytes, if they are to be had.
    pub(super) fn take(&self, n_bytes: usize) -> Option<Taken> {
        let Some(bound) = &self.0 else { return Some(Taken { n_bytes, of: Self(None) }) };
        let take = |held: u64| held.checked_add(n_bytes as u64).filter(|held| *held <= bound.limit);
        let order = Ordering::Relaxed; // a count, nothing else hangs on it
        bound.held.fetch_update(order, order, take).ok()?;
        Some(Taken { n_bytes, of: self.clone() })
    }

    /// So many bytes, all zero: in memory, or in a file that is mapped.
    ///
    /// # Errors
    /// If a file that is needed cannot be made.
    pub fn buffer(&self, n_bytes: usize) -> io::Result<Buffer> {
        if let Some(taken) = self.take(n_bytes) {
            return Ok(Buffer { place: Place::Held(vec![0; n_bytes]), _taken: taken });
        }
        let file = self.file()?;
        file.set_len(n_bytes as u64)?;
        Ok(Buffer { place: Place::Mapped(map_unnamed(&file, n_bytes)?), _taken: Taken::default() })
    }

    /// A file without a name, for what could not be taken.
    pub(super) fn file(&self) -> io::Result<File> {
        let folder = self.0.as_ref().map_or_else(std::env::temp_dir, |bound| bound.folder.clone());
        fs::create_dir_all(&folder)?;
        tempfile::tempfile_in(folder)
    }
}

/// Bytes to be written anywhere in them.
#[derive(Debug)]
pub struct Buffer {
    place: Place,
    _taken: Taken,
}

#[derive(Debug)]
enum Place {
    Held(Vec<u8>),
    Mapped(MmapMut),
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.place {
            Place::Held(bytes) => bytes,
            Place::Mapped(bytes) => bytes,
        }
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        match &mut self.place {
            Place::Held(bytes) => bytes,
            Place::Mapped(bytes) => bytes,
        }
    }
}

/// Bytes that were taken; given back when dropped.
#[derive(Debug, Default)]
pub(super) struct Taken {
    n_bytes: usize,
    of: Memory,
}

impl Taken {
    /// Gives back what is over so many.
    pub(super) fn shrink(&mut self, n_bytes: usize) {
        if let Some(over) = self.n_bytes.checked_sub(n_bytes) {
            self.n_bytes = n_bytes;
            drop(Self { n_bytes: over, of: self.of.clone() });
        }
    }

    /// Takes more of the same, if they are to be had.
    pub(super) fn grow(&mut self, n_bytes: usize) -> bool {
        match self.of.take(n_bytes.saturating_sub(self.n_bytes)) {
            Some(mut more) => {
                self.n_bytes += std::mem::take(&mut more.n_bytes);
                true
            }
            None => false,
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some(bound) = &self.of.0 {
            bound.held.fetch_sub(self.n_bytes as u64, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::base::Memory;

    #[test]
    fn what_is_taken_is_given_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let memory = Memory::bounded(200, folder.path());
        let mut one = memory.take(60).expect("within half of it");
        assert!(memory.take(41).is_none());
        assert!(one.grow(100) && !one.grow(101));
        assert!(memory.take(1).is_none());
        one.shrink(30);
        assert!(memory.take(71).is_none() && memory.take(70).is_some());
        drop(one);
        assert!(memory.take(100).is_some());
        assert!(Memory::unbounded().take(usize::MAX).is_some());
    }

    #[test]
    fn a_buffer_that_is_not_to_be_had_is_a_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let memory = Memory::bounded(200, folder.path());
        for (n_bytes, is_held) in [(100, true), (101, false), (0, true)] {
            let mut buffer = memory.buffer(n_bytes).expect("room on the disk");
            assert_eq!(matches!(buffer.place, super::Place::Held(_)), is_held, "{n_bytes}");
            assert!(buffer.len() == n_bytes && buffer.iter().all(|byte| *byte == 0));
            buffer.fill(7);
            assert!(buffer.iter().all(|byte| *byte == 7));
        }
    }
}
