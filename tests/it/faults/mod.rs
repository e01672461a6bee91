//! Faults while a release is published: whatever happens, a whole release is current, and the next
//! build succeeds.
//!
//! Linux only, with `strace` for what is injected into system calls, and as root, or with a `sudo`
//! that asks nothing, for what is mounted (FAULTS.md names the methods). A machine that permits
//! neither fails these tests. The long form is more of the same, a minute of it:
//! ```text
//! IPMINT_LONG=1 cargo nextest run --release --test it -E 'test(faults::)'
//! ```

mod clock;
mod corrupted;
mod disk;
mod injected;
mod killed;
mod mounted;
mod power;
mod reader;
mod traced;
mod trial;
mod two_builds;
