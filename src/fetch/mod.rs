//! Bytes from outside: read, recognised, unpacked, all under limits.

mod glob;
mod packing;

mod error;
mod local;
mod sniff;
mod unpack;

pub use error::{FetchError, UnpackError};
pub use local::read;
pub use sniff::unexpected;
pub use unpack::{Member, unpack};
