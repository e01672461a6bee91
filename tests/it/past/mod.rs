//! What was said on another day.
//!
//! - `diary`: a store of several nights, over the end of a month;
//! - `nights`: every night answers as its release did;
//! - `damage`: a history that is not what was kept;
//! - `command`: `ipmint lookup --date`, `ipmint explain --date`.

mod command;
mod damage;
pub(crate) mod diary;
mod nights;
