//! Instructions of one 304, which no other program on the machine changes.

use std::fs;

use anyhow::{Context, Result};

use crate::bench::serve::server::{Kind, Place, Server};
use crate::bench::serve::site::Site;
use crate::bench::serve::{answers, visitor};

/// Where callgrind counts to.
const COUNTS: &str = "callgrind.out";

/// Counts them twice: the difference leaves out how the server starts and ends.
pub(super) fn of_a_304(site: &Site, n_requests: usize) -> Result<String> {
    let few = count(site, n_requests)?;
    let many = count(site, 3 * n_requests)?;
    let each = many.saturating_sub(few) as f64 / (2 * n_requests) as f64;
    Ok(format!("\ninstructions of a 304: {each:.0} (one thread, keep-alive; callgrind)\n"))
}

fn count(site: &Site, n_requests: usize) -> Result<u64> {
    let server = Server::start(site, Kind::Counted { counts: COUNTS }, Place::Anywhere)?;
    let etag = answers::etag(&server)?;
    visitor::run("conditional", &server, &[&etag, &n_requests.to_string()])?;
    server.end()?;
    let counts = fs::read_to_string(site.dir.join(COUNTS)).context("callgrind wrote nothing")?;
    let total = counts.lines().find_map(|line| line.strip_prefix("summary: "));
    let total = total.or_else(|| counts.lines().find_map(|line| line.strip_prefix("totals: ")));
    total.and_then(|total| total.trim().parse().ok()).context("callgrind counted nothing")
}
