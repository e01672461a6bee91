//! Whole bodies, one after the other on each connection, thrown away in the kernel: what a server
//! can send when its client costs next to nothing.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::connection::Connection;

/// As much as is taken at once.
const ROOM: usize = 1 << 20;

/// Downloads for some time; returns bytes, whole bodies and seconds.
pub(crate) fn run(host: SocketAddrV4, path: &str, n: usize, seconds: f64) -> Result<Value> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let time = Duration::from_secs_f64(seconds);
    let start = Instant::now();
    let counts = thread::scope(|scope| {
        let visit = || visit(host, request.as_bytes(), start, time);
        let threads: Vec<_> = (0..n).map(|_| scope.spawn(visit)).collect();
        let join = |thread: thread::ScopedJoinHandle<'_, _>| thread.join().expect("no panic");
        threads.into_iter().map(join).collect::<Result<Vec<_>>>()
    })?;
    let n_bytes: u64 = counts.iter().map(|(n_bytes, _)| n_bytes).sum();
    let n_bodies: u64 = counts.iter().map(|(_, n_bodies)| n_bodies).sum();
    Ok(json!({ "bytes": n_bytes, "bodies": n_bodies, "seconds": start.elapsed().as_secs_f64() }))
}

fn visit(host: SocketAddrV4, request: &[u8], start: Instant, time: Duration) -> Result<(u64, u64)> {
    let mut connection = Connection::from(Ipv4Addr::LOCALHOST, host)?;
    let mut room = vec![0; ROOM];
    let (mut n_bytes, mut n_bodies) = (0, 0);
    loop {
        let head = connection.ask(request)?;
        ensure!(head.status == 200 && head.n_bytes > 0, "{} for {}", head.status, head.n_bytes);
        let mut left = head.n_bytes;
        while left > 0 {
            if start.elapsed() > time {
                return Ok((n_bytes, n_bodies));
            }
            let room = &mut room[..left.min(ROOM as u64) as usize];
            let n_discarded = connection.discard(room)? as u64;
            n_bytes += n_discarded;
            left -= n_discarded;
        }
        n_bodies += 1;
    }
}
