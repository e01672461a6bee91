//! ipmint compiles public IP-intelligence feeds into MMDB databases.

pub mod algebra;
pub mod base;
pub mod claim;
pub mod feed;
pub mod mmdb;
pub mod parse;
pub mod release;
pub mod score;
pub mod verify;
