//! The end: nothing new, what runs goes on, and not for ever.

use std::net::TcpStream;
use std::time::Duration;

use rustix::process::Signal;

use crate::serve::inside::Inside;
use crate::serve::running::{EDITION, Nightly};
use crate::serve::server::{Server, until};
use crate::serve::streams::fed;
use crate::support::Project;

#[test]
fn a_signal_ends_what_idles() {
    for signal in [Signal::TERM, Signal::INT] {
        let project = Project::new();
        let mut server = Server::plain(&project, "");
        let mut client = server.connect();
        let mut silent = server.connect();
        assert!(client.get("/healthz").ends_with("ok\n"));
        server.signal(signal);
        assert_eq!(client.expect_closed(), "");
        assert_eq!(silent.expect_closed(), "");
        assert_eq!(server.expect_ended().code(), Some(0));
    }
}

#[test]
fn a_download_that_runs_goes_on() {
    let (feed, router) = fed();
    let mut inside = Inside::start("", router);
    let mut idle = inside.connect();
    idle.get("/nothing");
    let mut client = inside.connect();
    assert!(client.send("GET /fed HTTP/1.1\r\nHost: a\r\n\r\n"));
    feed.blocking_send("first ").expect("it is asked for");
    inside.expect_counted("ipmint_connections_open 2");
    inside.end();
    idle.expect_closed();
    let address = inside.address;
    until("nobody new is taken in", || TcpStream::connect(address).is_err());
    feed.blocking_send("second").expect("it is still asked for");
    drop(feed);
    let answer = client.expect_closed();
    assert!(answer.contains("first ") && answer.contains("second"), "{answer}");
    assert!(answer.ends_with("0\r\n\r\n"), "{answer}");
    inside.expect_ended();
}

#[test]
fn a_download_that_never_ends_is_cut() {
    let (feed, router) = fed();
    let mut inside = Inside::start("shutdown_timeout = '1s'\n", router);
    let mut client = inside.connect();
    assert!(client.send("GET /fed HTTP/1.1\r\nHost: a\r\n\r\n"));
    feed.blocking_send("first ").expect("it is asked for");
    inside.end();
    inside.expect_ended();
    assert!(!client.expect_closed().ends_with("0\r\n\r\n"));
}

#[test]
fn a_second_signal_ends_at_once() {
    let project = Project::new();
    let config = "shutdown_timeout = '1h'\n[limits]\nbody_timeout = '1h'\nstall_timeout = '1h'\n";
    let mut server = Server::start(&project, config, &["--listen", "127.0.0.1:0", "--log", "off"]);
    let mut client = server.connect();
    // Answers that nobody reads: they run until they are taken. Sent until nothing moves for a second.
    client.stream.set_write_timeout(Some(Duration::from_secs(1))).expect("set");
    client.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n".repeat(1_000_000));
    server.signal(Signal::TERM);
    let address = server.address();
    until("nobody new is taken in", || TcpStream::connect(address).is_err());
    server.signal(Signal::TERM);
    assert_eq!(server.expect_ended().code(), Some(0));
}

#[test]
fn a_real_download_ends_after_the_signal() {
    let nightly = Nightly::new(20_000, "variants = []\ndeltas = 0");
    let database = nightly.database(&nightly.current());
    let mut server = Server::plain(&nightly.project, "");
    let mut client = server.connect();
    assert!(client.send(format!(
        "GET /v1/database/download/{EDITION} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    )));
    // The rest is more than sockets hold.
    assert!(database.len() > 8 << 20, "{}", database.len());
    let mut first = [0; 1 << 10];
    std::io::Read::read_exact(&mut client.stream, &mut first).expect("it begins");
    server.signal(Signal::TERM);
    until("nobody new is taken in", || TcpStream::connect(server.address()).is_err());
    let mut rest = first.to_vec();
    std::io::Read::read_to_end(&mut client.stream, &mut rest).expect("it goes on");
    assert!(rest.ends_with(&database), "{} bytes", rest.len());
    assert_eq!(server.expect_ended().code(), Some(0));
}
