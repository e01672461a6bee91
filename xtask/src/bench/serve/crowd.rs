//! What many idle and slow connections cost those who are quick, and in memory.

use std::fmt::Write as _;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::bench::serve::answers;
use crate::bench::serve::run::Size;
use crate::bench::serve::server::{Kind, Place, Server};
use crate::bench::serve::site::Site;
use crate::bench::serve::visitor::{self, Crowd};

/// How long memory is watched while bodies are hardly read, and how often it is looked at.
const WATCHED: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(50);

/// The servers, by the names they are shown under.
const SERVERS: [(&str, Kind); 2] = [("nginx", Kind::Nginx), ("ours", Kind::Ours { threads: None })];

/// How long a 304 takes alone, in a crowd, and alone again.
pub(super) fn latency(site: &Site, size: &Size) -> Result<String> {
    let [n_idle, n_slow_headers, n_slow_bodies] = size.crowd;
    let mut told = format!(
        "\na 304 beside {n_idle} idle connections, {n_slow_headers} of slow headers and \
         {n_slow_bodies} of slow bodies; microseconds of {} requests\n",
        size.n_timed
    );
    for (name, kind) in SERVERS {
        let server = Server::start(site, kind, Place::Anywhere)?;
        let etag = answers::etag(&server)?;
        let times = || -> Result<String> {
            let n_timed = size.n_timed.to_string();
            let found = visitor::run("conditional", &server, &[&etag, &n_timed])?;
            let of = |name: &str| found[name].as_f64().context("no figure");
            Ok(format!("p50 {:.0}, p99 {:.0}, most {:.0}", of("p50")?, of("p99")?, of("most")?))
        };
        let alone = times()?;
        let crowd = Crowd::open(&server, size.crowd)?;
        let crowded = times()?;
        let left = crowd.leave()?;
        let again = times()?;
        writeln!(
            told,
            "{name:5}  alone: {alone}; in the crowd: {crowded}; alone again: {again}; left open: {left}"
        )?;
    }
    Ok(told)
}

/// The memory of so many downloads at once that are hardly read.
pub(super) fn memory(site: &Site, n_downloads: usize) -> Result<String> {
    let mut told = format!("\n{n_downloads} downloads at once that are hardly read; KiB\n");
    for (name, kind) in SERVERS {
        let server = Server::start(site, kind, Place::Anywhere)?;
        let before = server.process.memory("RssAnon")?;
        let crowd = Crowd::open(&server, [0, 0, n_downloads])?;
        let start = Instant::now();
        let (mut anonymous, mut resident) = (0, 0);
        while start.elapsed() < WATCHED {
            anonymous = server.process.memory("RssAnon")?.max(anonymous);
            resident = server.process.memory("VmRSS")?.max(resident);
            sleep(POLL);
        }
        let left = crowd.leave()?;
        writeln!(
            told,
            "{name:5}  RssAnon {before} before, {anonymous} at most; VmRSS with the mapped file {resident} \
             at most, VmHWM {}; left open: {left}",
            server.process.memory("VmHWM")?
        )?;
    }
    Ok(told)
}
