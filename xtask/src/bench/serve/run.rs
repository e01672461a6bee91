//! Everything that is measured, in its order.

use std::path::Path;

use anyhow::Result;

use crate::bench::serve::server::{Kind, Place, Server};
use crate::bench::serve::site::Site;
use crate::bench::serve::{answers, crowd, instructions, load, slow};

/// How large and how long.
pub(in crate::bench) struct Size {
    /// Of what the database that is served is made of: 64 bytes a row.
    pub(in crate::bench) n_rows: usize,
    /// Of one load.
    pub(in crate::bench) seconds: u32,
    /// Conditional requests whose latency is measured.
    pub(in crate::bench) n_timed: usize,
    /// Connections that are idle, whose headers are slow, whose bodies are slow.
    pub(in crate::bench) crowd: [usize; 3],
    /// Downloads at once that are hardly read.
    pub(in crate::bench) n_downloads: usize,
    /// Connections and seconds of slowhttptest.
    pub(in crate::bench) slow: (usize, u32),
    /// Requests whose instructions are counted.
    pub(in crate::bench) n_counted: usize,
}

impl Size {
    /// What BENCHMARKS.md shows: 64 MiB.
    pub(in crate::bench) const FULL: Self = Self {
        n_rows: 1_000_000,
        seconds: 3,
        n_timed: 20_000,
        crowd: [2_000, 250, 250],
        n_downloads: 1_000,
        slow: (400, 24),
        n_counted: 2_000,
    };

    /// Whether it works at all.
    pub(in crate::bench) const SMOKE: Self = Self {
        n_rows: 20_000,
        seconds: 1,
        n_timed: 200,
        crowd: [50, 20, 20],
        n_downloads: 20,
        slow: (20, 3),
        n_counted: 100,
    };
}

/// Measures and prints.
pub(in crate::bench) fn run(dir: &Path, size: &Size, n_rounds: usize) -> Result<()> {
    let site = Site::make(dir, size.n_rows)?;
    {
        let nginx = Server::start(&site, Kind::Nginx, Place::Pinned)?;
        let ours = Server::start(&site, Kind::Ours { threads: Some(1) }, Place::Pinned)?;
        let own = Server::start(&site, Kind::Ours { threads: None }, Place::Anywhere)?;
        for server in [&nginx, &ours, &own] {
            answers::check(server, &site)?;
        }
        println!(
            "\nipmint serve beside nginx, a file of {} bytes, {n_rounds} rounds of {} s a load",
            site.n_bytes, size.seconds
        );
        print!("{}", load::measure(dir, [&nginx, &ours, &own], size.seconds, n_rounds)?);
    }
    print!("{}", crowd::latency(&site, size)?);
    print!("{}", crowd::memory(&site, size.n_downloads)?);
    print!("{}", slow::run(&site, size.slow)?);
    print!("{}", instructions::of_a_304(&site, size.n_counted)?);
    Ok(())
}
