//! Snapshots to database bytes; still pure.

mod assess;
mod pipeline;
mod progress;
mod projected;
mod runs;

pub use pipeline::{Built, BuiltEdition, CompileError, Settings, compile};
pub use progress::{Progress, Silent, Stage};
