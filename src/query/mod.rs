//! Questions to a database or a release; read-only.

pub mod changed;
pub mod history;

mod attribution;
mod brief;
mod explain;
mod inspect;
mod lookup;

#[cfg(test)]
mod fixture;
mod indexed;
mod joined;
mod kept;
mod known;
mod record;

mod changes;
mod comparison;
mod difference;
mod fields;

mod expression;
mod filter;
mod keys;
mod names;
mod token;

pub mod views;

mod export;
mod export_lists;
mod export_parquet;
mod export_tables;
mod export_text;

pub mod enrich;
pub mod map;
pub mod scan;

pub use attribution::Attribution;
pub use brief::Brief;
pub use changes::write_changes;
pub use comparison::{AnyRange, ChangeKind, Comparison, DiffError};
pub use difference::{Counts, Difference, FieldDifference, LargeRange};
pub use explain::{ExplainError, Explained, Explainer, InRelease, explain, explain_answer};
pub use export::{Export, ExportError, Families, MapValue};
pub use expression::{Expression, ExpressionError};
pub use inspect::{FamilySummary, Summary, inspect};
pub use keys::KeysError;
pub use known::{Known, KnownBot, KnownGeo, KnownNetwork};
pub use lookup::{Answer, lookup};
pub use names::UnknownKey;
pub use record::recorded_signals;
