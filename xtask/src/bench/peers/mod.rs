//! Other writers on the same input; each inserts one prefix after the other, in the file's order.

pub(super) mod libmaxminddb;
pub(super) mod maxminddb_writer;
pub(super) mod mmdb_writer;

mod interned;

/// The measurements of writers that insert, and what a figure of theirs leaves out.
pub(super) const INSERTING: [(&str, &str); 3] = [
    ("mmdb-writer", ""),
    ("libmaxminddb-rs", "no compaction, no pointers in data, no aliases"),
    ("maxminddb-writer", "no compaction, no pointers in data, no aliases"),
];
