//! Whole networks: what a database says of all addresses of a prefix or a range.
//!
//! ```text
//! 10.0.0.0/8  ─ Cidr ─►  sums of the blocks between ─┐
//!                        walks at both ends ─────────┼─►  Totals, Tops, runs  ─►  Scan
//!                        tables of large prefixes ───┘
//! ```
//!
//! With an [`Index`] any prefix is answered at once; without one the leaves of the tree are walked, which gives
//! the same answer. IPv4 is counted once: of IPv6 the places through which IPv4 is reached are left out.

mod answer;
mod cidr;
mod scan;
mod verdict;

mod exact;
mod facts;
mod leaves;
mod linear;
mod memo;
mod runs;
mod table;
mod top;
mod totals;

mod asns;
mod heavy;
mod index;
mod indexed;
mod records;
mod sums;
mod varint;

mod asn;
mod listed;
mod subnet;
mod supernet;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod network_oracle;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod random;

pub use answer::{
    NetworkVerdict, Scan, ScoreBin, Scores, Share, TopAsn, TopCountry, TopProvider, Tops,
    VerdictRun,
};
pub use asn::{AsnSummary, asn};
pub use cidr::{Cidr, CidrError};
pub use index::Index;
pub(super) use leaves::{Leaf, leaves};
pub(super) use records::Budget;
pub use scan::{ScanOptions, has_full_records, scan};
pub use subnet::{NetworkError, Subnet, subnet};
pub use supernet::{Marker, Supernet, supernet};
pub use verdict::percent;
