//! ipmint compiles public IP-intelligence feeds into MMDB databases.

pub mod base;
pub mod feed;
pub mod fetch;
pub mod parse;
pub mod score;
