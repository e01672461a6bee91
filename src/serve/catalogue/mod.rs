//! What there is to send: every file of every release that the index names, mapped, its headers ready.
//!
//! ```text
//! catalogue ── release ── edition ── form ── choices ── blob    bytes, ETag, Repr-Digest
//!     │           │          │        │         └ by content coding
//!     │           │          │        └ under its name, or an alias of it
//!     │           │          └ stamp                            Last-Modified
//!     │           └ questions                                   its edition `full`, opened
//!     ├ listing   └ files by name
//!     └ feeds                                               what became of them, packed
//! ```
//!
//! A request looks names up here and joins none to a path. A catalogue never changes: when the store does, a
//! new one takes its place, and whoever began with the old one ends with it.

mod alias;
mod blob;
mod catalogue;
mod choices;
mod differences;
mod edition;
mod error;
mod feeds;
mod form;
mod listing;
mod load;
mod packed;
mod questions;
mod release;
mod stamp;

pub use alias::Archive;
pub use blob::Blob;
pub(in crate::serve) use catalogue::state;
pub use catalogue::{Catalogue, Loaded};
pub use choices::Choices;
pub use differences::{Differences, NoDifference};
pub use edition::ServedEdition;
pub use error::CatalogueError;
pub use feeds::FeedList;
pub use form::{Form, attachment};
pub use listing::{Listing, Source};
pub(in crate::serve) use packed::gzip;
pub use questions::{NoQuestions, Questions};
pub use release::ServedRelease;
pub use stamp::Stamp;
