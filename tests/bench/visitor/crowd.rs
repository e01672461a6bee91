//! Many who cost a server memory and nothing else: who say nothing after a request, who never end
//! their headers, who hardly read.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::json;

use crate::connection::Connection;

/// How often slow ones go on.
const PACE: Duration = Duration::from_secs(1);

/// As much as one of those who hardly read takes a time.
const SIP: usize = 4 << 10;

/// Their addresses, 127.0.0.2 on: a server may bound how many connections each has.
const N_ADDRESSES: usize = 62;

/// Opens so many of each kind, and holds them until standard input ends.
pub(crate) fn run(host: SocketAddrV4, path: &str, numbers: [usize; 3]) -> Result<()> {
    let [n_idle, n_slow_headers, n_slow_bodies] = numbers;
    let get = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let head = format!("HEAD {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let mut n_opened = 0;
    let mut open = || {
        n_opened += 1;
        let source = Ipv4Addr::new(127, 0, 0, (n_opened % N_ADDRESSES) as u8 + 2);
        Connection::from(source, host)
    };
    let mut idle = (0..n_idle).map(|_| open()).collect::<Result<Vec<_>>>()?;
    for connection in &mut idle {
        let head = connection.ask(head.as_bytes())?;
        ensure!(head.status == 200, "{} for one who goes idle", head.status);
    }
    let mut slow_headers = (0..n_slow_headers).map(|_| open()).collect::<Result<Vec<_>>>()?;
    for connection in &mut slow_headers {
        let start = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nX-Slow: ");
        connection.stream.write_all(start.as_bytes())?;
    }
    let mut slow_bodies = (0..n_slow_bodies).map(|_| open()).collect::<Result<Vec<_>>>()?;
    for connection in &mut slow_bodies {
        let head = connection.ask(get.as_bytes())?;
        ensure!(head.status == 200, "{} for one who hardly reads", head.status);
    }
    println!("{}", json!({ "open": n_opened }));

    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut end = Vec::new();
            // Whatever is said, the end of it is what counts.
            let _ = io::stdin().read_to_end(&mut end);
            is_over.store(true, Ordering::Relaxed);
        });
        let mut sip = vec![0; SIP];
        while !is_over.load(Ordering::Relaxed) {
            // Who was shown the door is gone: a server may well do that.
            slow_headers.retain_mut(|one| one.stream.write_all(b"a").is_ok());
            slow_bodies.retain_mut(|one| one.stream.read(&mut sip).is_ok_and(|n| n > 0));
            thread::sleep(PACE);
        }
    });
    let n_idle = idle.iter_mut().filter_map(|one| is_open(one).then_some(())).count();
    let left =
        json!({ "idle": n_idle, "headers": slow_headers.len(), "bodies": slow_bodies.len() });
    println!("{left}");
    Ok(())
}

/// Whether the other side has not closed it.
fn is_open(connection: &mut Connection) -> bool {
    let stream = &mut connection.stream;
    let is_silent = stream.set_nonblocking(true).and_then(|()| stream.read(&mut [0]));
    is_silent.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}
