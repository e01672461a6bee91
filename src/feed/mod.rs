//! What a source is: categories, definitions, and the catalogue they make up.
//!
//! Pure: text comes in, checked values or errors with file, line and key go out.

mod catalogue;
mod category;
mod columns;
mod definition;
mod document;
pub mod embedded;
mod fault;
mod fetch_policy;
#[cfg(test)]
pub(crate) mod fixture;
mod guards;
mod location;
mod pattern;
mod profile;
mod programmes;
mod read;
mod rules;
mod select;

pub use catalogue::Catalogue;
pub use category::{Category, CategoryError};
pub use definition::{
    Cell, Column, Feed, FeedId, Format, Guards, Kind, Licence, Location, Reserved,
};
pub use document::{Document, Item, Table, parse_seconds};
pub use fault::{CatalogueError, DefinitionFault};
#[cfg(test)]
pub(crate) use fetch_policy::FETCH_KEYS;
pub use fetch_policy::FetchPolicy;
pub(crate) use fetch_policy::read_fetch;
pub use pattern::{Pattern, subjects};
#[cfg(test)]
pub(crate) use profile::PROFILE_KEYS;
pub(crate) use profile::read_profiles;
pub use profile::{Profile, ShareAlikeError};
pub use programmes::check_programmes;
pub use rules::RuleTable;
pub use select::{SelectError, Step, parse_select};
