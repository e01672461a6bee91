//! One request of each kind that is measured: whatever is fast has to be right first.

use anyhow::{Context, Result, ensure};

use crate::bench::serve::server::Server;
use crate::bench::serve::site::Site;
use crate::http::{Connection, Method};

/// A range somewhere inside, as the load has them.
const RANGE: (usize, usize) = (4_321, 64 << 10);

/// Fails unless a server answers rightly.
pub(super) fn check(server: &Server, site: &Site) -> Result<()> {
    all(server, site).with_context(|| format!("{} answered wrongly", server.url()))
}

fn all(server: &Server, site: &Site) -> Result<()> {
    let mut connection = Connection::open(&server.host)?;
    let whole = connection.ask(Method::Get, &server.path, &[])?;
    ensure!(whole.status == 200, "{} for the whole file", whole.status);
    ensure!(whole.body == site.bytes, "{} bytes of another file", whole.body.len());

    let etag = whole.header("etag").context("no ETag")?;
    let same = connection.ask(Method::Get, &server.path, &[("If-None-Match", etag)])?;
    ensure!(same.status == 304 && same.body.is_empty(), "{} for the same file", same.status);
    ensure!(same.header("etag") == Some(etag), "another ETag with 304");

    let (first, n_bytes) = (RANGE.0, RANGE.1.min(site.n_bytes - RANGE.0));
    let range = format!("bytes={first}-{}", first + n_bytes - 1);
    let part = connection.ask(Method::Get, &server.path, &[("Range", &range)])?;
    ensure!(part.status == 206, "{} for a part", part.status);
    ensure!(part.body == site.bytes[first..first + n_bytes], "another part");
    Ok(())
}

/// The ETag of the file.
pub(super) fn etag(server: &Server) -> Result<String> {
    let head = Connection::open(&server.host)?.ask(Method::Head, &server.path, &[])?;
    Ok(head.header("etag").context("no ETag")?.to_owned())
}
