//! What is served: a store with one release of one database.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::bench::groups::input;
use crate::bench::release::database;
use crate::command::{command, output, root};
use crate::workload::DEFAULT_SEED;

/// The edition that the store is made with.
pub(super) const EDITION: &str = "asn";

/// One row in this many gets one of IPv6: a million rows become 64 MiB.
const EVERY: u32 = 2;

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
    /// Makes a database of so many rows and more of IPv6, and publishes it; an earlier
    /// run may have left it.
    pub(super) fn make(dir: &Path, n_rows: usize) -> Result<Self> {
        let (inputs, dir) = (dir, dir.join("serve"));
        fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
        let store = dir.join(format!("store-{n_rows}"));
        if !store.join("index.json").is_file() {
            let rows = dir.join("rows.csv");
            lengthen(&input(inputs, n_rows, DEFAULT_SEED)?, &rows)?;
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

/// Adds a row of IPv6 to every so many rows of a file: there is no room for more of IPv4.
fn lengthen(rows: &Path, longer: &Path) -> Result<()> {
    let file = File::open(rows).with_context(|| format!("cannot open {}", rows.display()))?;
    let mut out = BufWriter::new(File::create(longer)?);
    for (number, line) in (0_u32..).zip(BufReader::new(file).lines()) {
        let line = line?;
        writeln!(out, "{line}")?;
        let (_, rest) = line.split_once(',').context("a row of one column")?;
        if number > 0 && number % EVERY == 0 {
            // Knuth's multiplicative hash: scattered, and no two the same.
            let bits = number.wrapping_mul(0x9E37_79B1);
            writeln!(out, "2001:db8:{:x}:{:x}::/64,{rest}", bits >> 16, bits & 0xFFFF)?;
        }
    }
    Ok(out.flush()?)
}
