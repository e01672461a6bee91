//! Conditional requests, one after the other on one connection: how long each took.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Instant;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::connection::Connection;

/// Asks so many times; returns microseconds.
pub(crate) fn run(host: SocketAddrV4, path: &str, etag: &str, n: usize) -> Result<Value> {
    ensure!(n > 0, "no requests");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nIf-None-Match: {etag}\r\n\r\n");
    let mut connection = Connection::from(Ipv4Addr::LOCALHOST, host)?;
    let mut times = Vec::with_capacity(n);
    for _ in 0..n {
        let start = Instant::now();
        let head = connection.ask(request.as_bytes())?;
        times.push(start.elapsed());
        ensure!(head.status == 304, "{} and not 304", head.status);
    }
    times.sort_unstable();
    let at = |per_mille: usize| times[(n * per_mille / 1000).min(n - 1)].as_secs_f64() * 1e6;
    Ok(json!({ "requests": n, "p50": at(500), "p99": at(990), "most": at(1000) }))
}
