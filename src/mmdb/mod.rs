//! The MaxMind DB 2.0 format: values, search tree, metadata, file, checker.
//!
//! Knows nothing of feeds or scores and could stand as a crate of its own.
//! The specification: <https://maxmind.github.io/MaxMind-DB/>.
//!
//! ```
//! use ipmint::base::{Run, V4};
//! use ipmint::mmdb::{self, Contents, Metadata, Pool, Reader, Value};
//!
//! let mut pool = Pool::new();
//! let (key, vpn) = (pool.utf8("is_vpn"), pool.bool(true));
//! let record = pool.map(&[(key, vpn)]);
//! // 192.0.2.0/24, as integers.
//! let v4 = [Run::<V4> { first: 0xC000_0200, last: 0xC000_02FF, value: record.0 }];
//! let metadata = Metadata {
//!     database_type: "Example".to_owned(),
//!     description: "an example".to_owned(),
//!     build_epoch: 1_787_443_200,
//! };
//! let database = mmdb::write(Contents { pool: &pool, v4: &v4, v6: &[] }, &metadata)?;
//! assert!(mmdb::check(&database.bytes).is_empty());
//!
//! let reader = Reader::open(&database.bytes)?;
//! let found = reader.lookup("192.0.2.7".parse()?)?;
//! let record = reader.decode(found.offset.expect("listed"))?;
//! assert_eq!(record.get("is_vpn"), Some(&Value::Bool(true)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod alias;
mod beside;
mod bits;
mod check;
mod cursor;
mod data;
mod decode;
mod draft;
mod error;
mod extent;
mod flags;
mod interner;
mod layout;
mod metadata;
#[cfg(test)]
mod mutant;
mod parts;
mod pool;
mod reader;
mod rows;
mod sound;
mod tree;
mod used;
mod value;
mod writer;

pub(crate) use alias::{DEPTH_OF_V4, graft, uniform};
pub use alias::{is_v4_place, v4_prefixes, v4_within};
pub use beside::{Aliases, beside};
pub use check::check;
pub use cursor::Cursor;
pub use data::DataWriter;
pub(crate) use decode::Cost;
pub use draft::Draft;
pub use error::FormatError;
pub use extent::{Extent, extents};
pub use flags::Flags;
pub use interner::Interner;
pub use layout::{MAX_DEPTH, METADATA_MARKER, METADATA_MAX_BYTES, RecordSize, SEPARATOR, Type};
pub use metadata::{Metadata, Shape};
pub use pool::{Pool, ValueId, View};
pub use reader::{Found, Networks, Plan, Reader};
pub use rows::{Rows, record_offsets, records};
pub use tree::n_nodes;
pub use used::Used;
pub use value::Value;
pub use writer::{CapacityError, Contents, Database, write};
