//! Publishes a database to a new store, as `asn`: what `cargo xtask bench serve` serves.
//!
//! usage: store DATABASE.mmdb FOLDER
#![expect(clippy::disallowed_methods, reason = "it reads and writes files")]

mod publishing;

use std::env;
use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [database, folder] = arguments.as_slice() else {
        bail!("usage: store DATABASE.mmdb FOLDER");
    };
    if Path::new(folder).is_dir() {
        fs::remove_dir_all(folder)?;
    }
    publishing::publish(&fs::read(database)?, Path::new(folder)).map(drop)
}
