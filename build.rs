//! Has the crate compiled anew when a file under `feeds/` or `schemas/` comes or goes, and names the code
//! that reads feeds.
//!
//! `feed::embedded` takes both folders in; the compiler itself notices changed files only.
#![expect(clippy::disallowed_methods, reason = "a build script reads the crate's own files")]

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

/// What decides what is read of a snapshot: the code, and the crates it calls.
const PARSER: [&str; 7] = [
    "Cargo.lock",
    "src/algebra",
    "src/base",
    "src/claim/guard.rs",
    "src/feed",
    "src/fetch/unpack.rs",
    "src/parse",
];

fn main() {
    println!("cargo::rerun-if-changed=feeds");
    println!("cargo::rerun-if-changed=schemas");
    let mut digest = DefaultHasher::new();
    for path in PARSER {
        println!("cargo::rerun-if-changed={path}");
        for file in files(Path::new(path)) {
            file.hash(&mut digest);
            fs::read(&file).expect("a file of the crate").hash(&mut digest);
        }
    }
    println!("cargo::rustc-env=IPMINT_PARSER={:016x}", digest.finish());
}

/// Every file below a path, sorted.
fn files(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        // The lock does not travel with a packaged crate.
        return if path.is_file() { vec![path.to_owned()] } else { Vec::new() };
    }
    let entries = fs::read_dir(path).expect("a folder of the crate");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.iter().flat_map(|path| files(path)).collect()
}
