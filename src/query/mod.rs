//! Questions to a database or a release; read-only.

mod attribution;
mod explain;
mod inspect;
mod lookup;

pub use attribution::Attribution;
pub use explain::{ExplainError, Explained, InRelease, explain};
pub use inspect::{FamilySummary, Summary, inspect};
pub use lookup::{Answer, lookup};
