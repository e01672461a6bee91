//! The vocabulary: families, ranges, prefixes, counts, codes, days, digests.
//!
//! Imports nothing of ours and touches nothing outside, but for [`MappedFile`], the few
//! functions that make files visible whole (`whole.rs`), which the edges share, and [`Memory`], by whose bound
//! long lists of runs go to files without a name.

mod asn;
mod chain;
mod country;
mod coverage;
mod digest;
mod family;
mod json;
mod map;
mod memory;
mod prefix;
mod range;
mod run;
mod runs;
mod text;
mod time;
mod variant;
mod whole;

pub use asn::{Asn, AsnError};
pub use chain::chain;
pub use country::{CountryCode, CountryCodeError};
pub use coverage::Coverage;
pub use digest::{Digest, DigestError, Digester, Md5};
pub use family::{Address, Family, V4, V6};
pub use json::json_integer;
pub use map::MappedFile;
pub use memory::{Buffer, Memory};
pub use prefix::Prefix;
pub use range::Range;
pub use run::{Run, map_joined, push_joined};
pub use runs::{Growing, Runs};
pub use time::{BuildEpoch, Day, DayError};
pub use variant::Variant;
pub(crate) use whole::{
    UNFINISHED, UnfinishedFile, UnfinishedFolder, link, remove_unfinished, replace, replace_alike,
    replace_all, replace_unsynced, sync_folder,
};
