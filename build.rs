//! Has the crate compiled anew when a file under `feeds/` or `schemas/` comes or goes.
//!
//! `feed::embedded` takes both folders in; the compiler itself notices changed files only.

fn main() {
    println!("cargo::rerun-if-changed=feeds");
    println!("cargo::rerun-if-changed=schemas");
}
