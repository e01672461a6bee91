//! Questions to a database or a release; read-only.

mod attribution;
mod explain;
mod inspect;
mod lookup;

#[cfg(test)]
mod fixture;
mod indexed;
mod joined;

mod changes;
mod comparison;
mod difference;
mod fields;

pub use attribution::Attribution;
pub use changes::write_changes;
pub use comparison::{AnyRange, ChangeKind, Comparison, DiffError};
pub use difference::{Counts, Difference, FieldDifference, LargeRange};
pub use explain::{ExplainError, Explained, InRelease, explain};
pub use indexed::Indexed;
pub use inspect::{FamilySummary, Summary, inspect};
pub use lookup::{Answer, lookup};
