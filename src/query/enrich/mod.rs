//! Fields of a database, added to lines of text, NDJSON or CSV.
//!
//! ```text
//! reader   cuts the stream where lines end      lines of any length, in memory that does not grow
//! workers  find the address, add what is known  a record is rendered once by each
//! writer   writes what they made, in order
//! ```
//!
//! What is not known, not readable, no address or too long passes through as it is, and is counted.

mod csv;
mod fields;
mod find;
mod json;
mod lines;
mod ndjson;
mod render;
mod split;
mod stream;
mod tally;
mod worker;

pub use csv::{Column, Csv, USUAL_KEYS};
pub use fields::{Fields, FieldsError};
pub use lines::{Pattern, Place};
pub use ndjson::Ndjson;
pub use split::Sizes;
pub use stream::{EnrichError, Enricher, Format};
pub use tally::Tally;
