//! What can be wrong with a compact form or a delta, and how much of it is believed.

use std::io;

use crate::base::Digest;
use crate::mmdb::{CapacityError, FormatError};

/// Why nothing was made. Offsets count from the start of the compact form or delta; in the body
/// of a delta, from the start of that, unpacked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeltaError {
    /// The input of an encoder, or the old file, is no database of ours.
    #[error("{what}: not a database that can be taken apart")]
    Format {
        /// Which file.
        what: &'static str,
        /// What is wrong with it.
        source: FormatError,
    },
    /// Writing what the file says gives other bytes.
    #[error(
        "{what}: byte {offset} is not what ipmint writes there (layout 1); only files of its own, unchanged, can be rebuilt"
    )]
    NotCanonical {
        /// Which file.
        what: &'static str,
        /// The first byte that differs.
        offset: usize,
    },
    /// Something else than what was expected.
    #[error("the first bytes are not those of a {what}")]
    Magic {
        /// What was expected.
        what: &'static str,
    },
    /// Made by a later program.
    #[error("{what}: {field} {found}; this program knows {known}, a newer one may know more")]
    Version {
        /// A compact form or a delta.
        what: &'static str,
        /// Which number.
        field: &'static str,
        /// What it says.
        found: u8,
        /// What is known.
        known: u8,
    },
    /// The bytes end too early.
    #[error("byte {offset}: cut short in the {field}; fetch it again")]
    Truncated {
        /// Where the field begins.
        offset: usize,
        /// Which field.
        field: &'static str,
    },
    /// A field that contradicts another or itself.
    #[error("byte {offset}: the {field} cannot be; fetch it again")]
    Corrupt {
        /// Where the field lies or begins.
        offset: usize,
        /// Which field.
        field: &'static str,
    },
    /// More than is allowed.
    #[error("{what} of {bytes} bytes; the limit is {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// What it has or would have.
        bytes: u64,
        /// What is allowed.
        limit: u64,
    },
    /// The delta is from another file.
    #[error("the delta is from a file with SHA-256 {expected}, not from this one with {found}")]
    WrongBase {
        /// What the delta says.
        expected: Digest,
        /// What the old file has.
        found: Digest,
    },
    /// What was rebuilt is not what was promised.
    #[error("rebuilt a file with SHA-256 {found}; {expected} was promised. Fetch the whole file")]
    WrongResult {
        /// What the header says.
        expected: Digest,
        /// What came out.
        found: Digest,
    },
    /// zstd refuses.
    #[error("byte {offset}: the {field} does not unpack; fetch it again")]
    Unpack {
        /// Where it begins.
        offset: usize,
        /// Which field.
        field: &'static str,
        /// What zstd says.
        source: io::Error,
    },
    /// zstd cannot pack.
    #[error("cannot pack the {field}")]
    Pack {
        /// Which field.
        field: &'static str,
        /// What zstd says.
        source: io::Error,
    },
    /// The file would be too large for its format.
    #[error("what the delta makes cannot be written")]
    Capacity {
        /// What it would be.
        #[from]
        source: CapacityError,
    },
}

/// How large a file is rebuilt at most.
///
/// Decoding a compact form holds at most sixteen times the bytes that its header says the file
/// has; applying a delta at most forty times those and the old file's. That much is for hostile
/// bytes: a data section of one-byte values costs most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a database.
    pub file_bytes: u64,
}

impl Default for Limits {
    /// 1 GiB: fourteen times the largest edition of the corpus.
    fn default() -> Self {
        Self { file_bytes: 1 << 30 }
    }
}

/// Numbers of nodes, values and bytes stay below this, whatever [`Limits`] say: they are held
/// in 32 bits, one of which says what they mean.
pub(super) const MAX_FILE_BYTES: u64 = 1 << 31;

/// Refuses a file that is larger than it may be.
pub(super) fn check_size(what: &'static str, bytes: u64, limits: Limits) -> Result<(), DeltaError> {
    let limit = limits.file_bytes.min(MAX_FILE_BYTES);
    if bytes > limit { Err(DeltaError::TooLarge { what, bytes, limit }) } else { Ok(()) }
}
