//! ipmint compiles public IP-intelligence feeds into MMDB databases.
//!
//! One direction, one stage after the other; each takes and returns plain values:
//!
//! ```text
//! bytes → entries → claims → segments → verdicts → records → tree → file → release
//!       parse     claim    algebra    score      edition   mmdb   │     release
//!                                                               verify
//! ```
//!
//! In reading order:
//!
//! - [`base`]: families, ranges, runs, counts, codes, days, digests;
//! - [`algebra`]: sets, resolving, overlaying and sweeping of ranges;
//! - [`mmdb`]: the MaxMind DB 2.0 format, written, read and checked;
//! - [`feed`]: what a source is, and the catalogue of them;
//! - [`delta`]: a file in a compact form, and what changed from one to the next;
//! - [`fetch`]: bytes from outside, unpacked under limits;
//! - [`parse`]: bytes to entries and faults, one file a format;
//! - [`claim`]: entries to what each feed asserts, and how old it is;
//! - [`score`]: evidence to a verdict, and why;
//! - [`edition`]: a database product as its schema declares it;
//! - [`compile`]: the stages in order, claims to bytes;
//! - [`verify`]: whether that may be published;
//! - [`release`]: the store, and what appears in it whole or not at all;
//! - [`publish`]: definitions and files to a release, the one path that builds;
//! - [`query`]: what a release says of an address, and why; what changed; other programs' formats;
//! - [`client`]: a copy of an edition, kept up to date over HTTP;
//! - [`serve`]: the rules of HTTP by which a release is handed out;
//! - [`cli`]: words in, exit code out.
//!
//! What never happens:
//!
//! - the order of threads, files or hash tables changes a byte of output;
//! - a row is lost without being counted;
//! - a clock, the environment or a disk is asked in the middle of the pipeline;
//! - bytes from outside make anything panic or loop, or cost much more than they weigh.

pub mod algebra;
pub mod base;
pub mod claim;
pub mod cli;
pub mod client;
pub mod compile;
pub mod delta;
pub mod edition;
pub mod feed;
pub mod fetch;
pub mod mmdb;
pub mod parse;
pub mod publish;
pub mod query;
pub mod release;
pub mod score;
pub mod serve;
pub mod verify;
