//! All automation of this repository, in Rust.
fn main() {}
