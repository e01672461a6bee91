//! Visitors of a web server that no tool is: what `cargo xtask bench serve` measures with.
//!
//! usage: visitor bodies HOST:PORT PATH CONNECTIONS SECONDS
//!        visitor conditional HOST:PORT PATH ETAG REQUESTS
//!        visitor crowd HOST:PORT PATH IDLE SLOW-HEADERS SLOW-BODIES
//!
//! Each prints one JSON object. `crowd` prints one when everybody is there, and another of who is
//! left when its standard input ends.
#![expect(clippy::disallowed_methods, reason = "it measures time and takes arguments")]
#![expect(clippy::print_stdout, reason = "it answers whoever started it")]

mod bodies;
mod conditional;
mod connection;
mod crowd;

use std::env;

use anyhow::{Result, bail};
use rustix::process::{Resource, getrlimit, setrlimit};

fn main() -> Result<()> {
    // A connection is an open file: as many as the system allows.
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit)?;
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["bodies", host, path, n_connections, seconds] => {
            println!(
                "{}",
                bodies::run(host.parse()?, path, n_connections.parse()?, seconds.parse()?)?
            );
        }
        ["conditional", host, path, etag, n_requests] => {
            println!("{}", conditional::run(host.parse()?, path, etag, n_requests.parse()?)?);
        }
        ["crowd", host, path, n_idle, n_slow_headers, n_slow_bodies] => {
            let numbers = [n_idle.parse()?, n_slow_headers.parse()?, n_slow_bodies.parse()?];
            crowd::run(host.parse()?, path, numbers)?;
        }
        _ => bail!("usage: visitor bodies | conditional | crowd HOST:PORT PATH …"),
    }
    Ok(())
}
