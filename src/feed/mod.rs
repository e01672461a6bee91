//! What a source is: categories, definitions, and the catalogue they make up.
//!
//! Pure: text comes in, checked values or errors with file, line and key go out.

mod category;
mod definition;
#[cfg(test)]
pub(crate) mod fixture;

pub use category::{Category, CategoryError};
pub use definition::{
    Cell, Column, Feed, FeedId, Format, Guards, Kind, Licence, Location, Reserved,
};
