//! Pictures of the page for its documentation: the sample over three nights, and a map of real feeds if they are here.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::bench::corpus;
use crate::command::{self, cargo, command, root};
use crate::server::Process;

/// 2026-11-20, 21 and 22: what the sample says fades meanwhile.
const NIGHTS: [&str; 3] = ["1795132800", "1795219200", "1795305600"];

/// What is built first.
const PROGRAM: &str = "target/release/ipmint";
/// Where they go, below the root.
const PICTURES: &str = "docs/page";

/// Builds the sample, serves it, and takes them.
pub(crate) fn run() -> Result<()> {
    let build = ["build", "--quiet", "--release", "--workspace", "--bins", "--examples"];
    command::run(&mut cargo(&build))?;
    let folder = root().join("target/shots");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("cannot clear the last run")?;
    }
    let sample = folder.join("sample");
    for night in NIGHTS {
        built(&["--sample"], night, &sample)?;
    }
    let (server, origin) = served(&sample)?;
    let mut node = command("node", &["tests/page/shots.mjs", &origin, PICTURES]);
    let real = match corpus::folder() {
        Some(feeds) => {
            let (real, feeds) = (folder.join("real"), feeds.display().to_string());
            built(
                &["--feeds", "tests/corpus", "--root", &feeds],
                &corpus::EPOCH.to_string(),
                &real,
            )?;
            let (server, origin) = served(&real)?;
            node.arg(origin);
            Some(server)
        }
        None => None,
    };
    command::run(&mut node).context("see that `cargo xtask setup` ran")?;
    for server in real.into_iter().chain([server]) {
        server.end()?;
    }
    Ok(())
}

/// Builds a release, with store and cache below a folder.
fn built(of: &[&str], epoch: &str, folder: &Path) -> Result<()> {
    let mut build = command(root().join(PROGRAM), &["build"]);
    build.args(of).arg("--output").arg(folder.join("output"));
    build.arg("--cache").arg(folder.join("cache")).env("SOURCE_DATE_EPOCH", epoch);
    command::output(&mut build).map(drop)
}

/// Serves it; returns the server and its origin.
fn served(folder: &Path) -> Result<(Process, String)> {
    let mut serve =
        command(root().join(PROGRAM), &["serve", "--listen", "127.0.0.1:0", "--output"]);
    let (server, host) = Process::listening(serve.arg(folder.join("output")))?;
    Ok((server, format!("http://{host}")))
}
