//! What changed from one database to another, held so that it can be asked for page by page.
//!
//! - `changed`: by the numbers, by signal, and every range with where its records lie;
//! - `movers`: the ranges that changed most;
//! - `page`: some ranges, and what changed in each.

mod changed;
mod movers;
mod page;

pub use changed::{Changed, FieldChange, SignalChange};
pub use movers::{Mover, Movers, MoversBy};
pub use page::{ChangePage, ChangedRange};
