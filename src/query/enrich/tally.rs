//! What became of the lines.

use std::ops::AddAssign;

/// How many lines, or records of CSV, there were of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All but a header.
    pub n_lines: u64,
    /// Those with an address.
    pub n_with_address: u64,
    /// Those of whose address the database has a record.
    pub n_known: u64,
    /// Those that were too long to be looked at.
    pub n_too_long: u64,
    /// Those of NDJSON that are no JSON object.
    pub n_no_object: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, more: Self) {
        self.n_lines += more.n_lines;
        self.n_with_address += more.n_with_address;
        self.n_known += more.n_known;
        self.n_too_long += more.n_too_long;
        self.n_no_object += more.n_no_object;
    }
}
