//! Bytes to entries and faults; pure; one file per format.
//!
//! [`parse`] looks up the format's reader; readers find rows and their cells.
//! `block` and `address` read what a row is about, `row`, `contact` and `labels` what it says;
//! `part` collects; `file`, `reading` and `lines` cut large files so that all cores share them, and
//! so that memory holds a window of the file.

mod parsed;
mod stored;

mod address;
mod block;
mod cells;
mod contact;
mod labels;
mod lines;
mod merge;
mod row;

mod part;

mod reading;

mod file;
mod layout;
mod records;

mod csv;
mod geofeed;
mod json;
mod list;
mod mmdb;
mod mrt;
mod onionoo;
mod path;
mod pattern;
mod pfx2as;
mod rir;
mod rpsl;
mod tor_exits;

#[cfg(test)]
mod fixture;
mod format;

pub use format::{Input, Source, is_streamed, parse, parse_within};
pub use parsed::{Fault, Label, Parsed, Place, Tally};
pub use stored::PARSER;
