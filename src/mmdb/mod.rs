//! The MaxMind DB 2.0 format: values, search tree, metadata, file, checker.
//!
//! Knows nothing of feeds or scores and could stand as a crate of its own.
//! The specification: <https://maxmind.github.io/MaxMind-DB/>.

mod alias;
mod check;
mod data;
mod decode;
mod layout;
mod metadata;
mod pool;
mod reader;
mod tree;
mod value;
mod writer;

pub use alias::{is_v4_place, v4_prefixes};
pub use check::check;
pub use data::DataWriter;
pub(crate) use decode::Cost;
pub use layout::{MAX_DEPTH, METADATA_MARKER, METADATA_MAX_BYTES, RecordSize, SEPARATOR, Type};
pub use metadata::Metadata;
pub use pool::{Pool, ValueId, View};
pub use reader::{FormatError, Found, Networks, Reader};
pub use value::Value;
pub use writer::{CapacityError, Contents, Database, write};
