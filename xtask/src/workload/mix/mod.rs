//! Large inputs: 80 feeds of the kinds that real catalogues have, as files with their definitions.
//!
//! ```text
//! write ── a feed after the other, streamed to disk
//!   ├─ kinds   what kinds there are, their shares of the rows and their definitions
//!   ├─ v4, v6  where the rows of a feed lie, block by block
//!   ├─ rows    what a row says, as text
//!   └─ draw    numbers that depend on where they are asked for, not on what was drawn before
//! ```

mod draw;
mod kinds;
mod rows;
mod v4;
mod v6;
mod write;

pub(crate) use write::{Mix, POLICY, netset};
