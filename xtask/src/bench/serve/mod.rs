//! `ipmint serve` beside nginx, one worker: the same file on loopback, in the same rounds.
//!
//! ```text
//! run ─┬─ site        a store with a database of about 64 MiB; that file is what nginx serves
//!      ├─ server      nginx or ours as a process, pinned alike
//!      ├─ answers     one request of each kind: right, or nothing is measured
//!      ├─ load        the four loads, in turns, and what they say together
//!      ├─ crowd       many idle and slow connections: the latency and the memory they cost
//!      ├─ slow        slowhttptest
//!      ├─ instructions  of one 304
//!      └─ questions   single look-ups and batches
//! ```

mod answers;
mod crowd;
mod instructions;
mod load;
mod questions;
mod run;
mod server;
mod site;
mod slow;
mod visitor;

pub(super) use questions::questions;
pub(super) use run::{Size, run};
