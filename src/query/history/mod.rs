//! What was said on another day, from the store's history.
//!
//! - `past`: the one to ask;
//! - `day`: which days may be asked for;
//! - `snapshot`: an answer.

mod day;
mod error;
mod past;
mod snapshot;

pub use day::{MAX_DAYS, oldest_day, parse_day};
pub use error::PastError;
pub use past::Past;
pub use snapshot::Snapshot;
