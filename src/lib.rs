//! ipmint compiles public IP-intelligence feeds into MMDB databases.

pub mod algebra;
pub mod base;
pub mod claim;
pub mod cli;
pub mod compile;
pub mod edition;
pub mod feed;
pub mod fetch;
pub mod mmdb;
pub mod parse;
pub mod publish;
pub mod query;
pub mod release;
pub mod score;
pub mod verify;
