//! What was said on another day, from the store's history.
//!
//! - `past`: the one to ask;
//! - `day`: which days may be asked for;
//! - `snapshot`: an answer;
//! - `month`: what is held in memory;
//! - `turn`: who reads that;
//! - `asns`, `periods`: who announced an address, over the year.

mod asns;
mod day;
mod error;
mod month;
mod past;
mod periods;
mod snapshot;
mod turn;

pub use day::{MAX_DAYS, oldest_day, parse_day};
pub use error::PastError;
pub use past::Past;
pub use periods::{AsnHistory, AsnPeriod};
pub use snapshot::Snapshot;
pub use turn::Asking;
