//! What is served: a store with one release of one database.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::bench::release::database;
use crate::bench::rounds::input;
use crate::command::{command, output, root};
use crate::workload::DEFAULT_SEED;

/// The edition that the store is made with.
pub(super) const EDITION: &str = "asn";

/// A store, and the file in it.
pub(super) struct Site {
    /// Where settings and logs of servers go.
    pub(super) dir: PathBuf,
    /// The store.
    pub(super) store: PathBuf,
    /// The folder of the release.
    pub(super) release: PathBuf,
    /// The bytes of the database.
    pub(super) bytes: Vec<u8>,
    pub(super) n_bytes: usize,
}

impl Site {
    /// Makes a database of so many rows and publishes it; an earlier run may have left it.
    pub(super) fn make(dir: &Path, n_rows: usize) -> Result<Self> {
        let dir = dir.join("serve");
        fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
        let store = dir.join(format!("store-{n_rows}"));
        if !store.join("index.json").is_file() {
            let rows = input(&dir, n_rows, DEFAULT_SEED)?;
            let made = dir.join("new.mmdb");
            database(&rows, &made)?;
            let mut publish = command(root().join("target/release/examples/store"), &[]);
            output(publish.args([&made, &store]))?;
            // Both are large, and the store is what counts.
            fs::remove_file(rows).and_then(|()| fs::remove_file(made)).context("cannot clear")?;
        }
        let releases = store.join("releases");
        let release = fs::read_dir(&releases)?.next().context("no release")??.path();
        let file = release.join(format!("{EDITION}.mmdb"));
        let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let n_bytes = bytes.len();
        Ok(Self { dir, store, release, bytes, n_bytes })
    }
}
