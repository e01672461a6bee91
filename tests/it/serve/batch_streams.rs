//! Answers to a /16 are made while they are sent: in little memory, from one release, and only for who listens.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};

use serde_json::Value;

use crate::serve::questions::Sample;
use crate::serve::running::Running;
use crate::serve::server::{Client, until};

/// A /16, and two of which a month later something else is said.
const Q: &str = "/v1/batch?q=8.8.0.0/16,2.56.16.42,140.235.170.215";

/// Addresses in it.
const N_ASKED: usize = 65_538;

/// The most memory a server ever had, in bytes.
fn peak(server: &Running) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux");
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kibibytes << 10
}

/// Asks, and reads the head alone.
fn begin(server: &Running, lines: &str) -> BufReader<std::net::TcpStream> {
    let mut client = Client::connect(server.address());
    let request = format!("GET {Q} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{lines}\r\n");
    assert!(client.send(request));
    let mut stream = BufReader::new(client.stream);
    let mut line = String::new();
    stream.read_line(&mut line).expect("a status");
    assert!(line.contains(" 200 "), "{line}");
    stream
}

/// Reads to the end; returns the head and the lines of the body.
fn rest(mut stream: BufReader<std::net::TcpStream>) -> (String, Vec<String>) {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("the end");
    let at = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8(bytes[..at].to_vec()).expect("text");
    let body = crate::serve::ask::unchunked(&bytes[at + 4..]);
    let body = String::from_utf8(body).expect("text");
    (head, body.lines().map(str::to_owned).collect())
}

#[test]
fn a_whole_16_takes_little_memory() {
    let sample = Sample::serve();
    sample.json("/v1/batch?q=8.8.8.8");
    let before = peak(&sample.server);
    let answer = sample.get(Q).expect(200);
    let n_bytes = answer.body.len() as u64;
    let object = answer.json();
    assert_eq!(object["count"], N_ASKED);
    let results = object["results"].as_array().expect("a list");
    assert_eq!(results.len(), N_ASKED);
    for (idx, result) in results[..1 << 16].iter().enumerate() {
        assert_eq!(result["ip"], format!("8.8.{}.{}", idx >> 8, idx & 0xFF));
    }
    assert_eq!(results[0x808], sample.json("/v1/lookup/8.8.8.8"));
    // Three that nobody reads to the end: what they do not take is not made.
    let slow: Vec<_> = (0..3).map(|_| begin(&sample.server, "")).collect();
    let grown = peak(&sample.server) - before;
    assert!(n_bytes > 16 << 20, "{n_bytes}");
    // What is kept of equal answers, frames on their way, and what the allocator holds on to.
    assert!(grown < n_bytes / 2, "{grown} bytes more for {n_bytes}");
    drop(slow);
}

#[test]
fn who_hangs_up_disturbs_nobody() {
    let sample = Sample::serve();
    let open = || {
        let metrics = sample.get("/metrics").text();
        let line = metrics.lines().find(|line| line.starts_with("ipmint_connections_open "));
        line.expect("a count").split(' ').nth(1).expect("a value").parse::<u64>().expect("a number")
    };
    for n_read in [0, 1, 100_000] {
        let mut stream = begin(&sample.server, "Accept: application/x-ndjson\r\n");
        stream.read_exact(&mut vec![0; n_read]).expect("so much at least");
    }
    // Their connections end, all but that of who counts.
    until("the end of what nobody reads", || open() <= 1);
    assert_eq!(sample.json("/v1/batch?q=1.1.1.0/24")["count"], 256);
    assert!(!sample.server.log().contains("panicked"), "{}", sample.server.log());
}

#[test]
fn a_batch_ends_on_the_release_it_began_with() {
    let sample = Sample::serve();
    let last = ["/v1/lookup/2.56.16.42", "/v1/lookup/140.235.170.215"];
    let before: Vec<Value> = last.iter().map(|target| sample.json(target)).collect();
    let stream = begin(&sample.server, "Accept: application/x-ndjson\r\n");
    let mut build = sample.project.command(&["build", "--sample"]);
    // A month later, when less is believed of what was seen then.
    let output = build.env("SOURCE_DATE_EPOCH", "1797811200").output().expect("built");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    until("the new release", || {
        sample.get(last[0]).header("x-database-version") == Some("20261221.1")
    });
    let after: Vec<Value> = last.iter().map(|target| sample.json(target)).collect();
    assert_ne!(before, after, "or nothing is tested");
    let (head, lines) = rest(stream);
    assert!(head.contains("x-database-version: 20261121.1"), "{head}");
    assert_eq!(lines.len(), N_ASKED);
    let found: Vec<Value> =
        lines[1 << 16..].iter().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(found, before);
}
