//! Small updates: a file in a compact form, and the rows that changed between two files.
//!
//! - [`compact`]: tree shape, record ids and data section, each packed its own way;
//! - [`rows`]: ranges whose record changed, new records, and records that became others;
//! - [`dcz`]: a zstd frame with the old file before it, for those who have no ipmint;
//! - [`Follow`], [`Nights`]: a compact form and the deltas that follow it, asked what each file
//!   said without rebuilding any but the first.
//!
//! The first two rebuild the very bytes that [`mmdb::write`](crate::mmdb::write) made, which are a
//! pure function of runs, values and metadata (layout 1), and both say the SHA-256 of what
//! they rebuild. Bytes in, bytes out: nothing here touches a disk.
//!
//! Bytes from outside are hostile: every count is checked before it is believed, and what is
//! rebuilt is no longer than [`Limits`] allow.

pub mod compact;
pub mod dcz;
pub mod rows;

mod body;
mod changes;
mod coder;
mod error;
mod follow;
mod form;
mod ids;
mod nights;
mod shape;
mod wire;

pub use error::{DeltaError, Limits};
pub use follow::Follow;
pub use form::Form;
pub use nights::{Nights, Place, Said};

/// The layout that is rebuilt: how `mmdb::write` numbers nodes and orders values.
const LAYOUT: u8 = 1;
