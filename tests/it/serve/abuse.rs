//! Clients that mean no good, or do not know better: each is shown out.

use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::serve::server::{Client, Server, until};
use crate::serve::tls::certify;
use crate::support::Project;

/// Everything that is waited for takes a second.
const IMPATIENT: &str = "\
[limits]
header_timeout = '1s'
handshake_timeout = '1s'
idle_timeout = '1s'
body_timeout = '1s'
stall_timeout = '1s'
";

/// Patient in everything but one.
fn patient_but(limit: &str) -> String {
    let mut config = "[limits]\n".to_owned();
    for name in ["header_timeout", "handshake_timeout", "idle_timeout", "stall_timeout"] {
        if !limit.starts_with(name) {
            config.push_str(name);
            config.push_str(" = '1h'\n");
        }
    }
    config + limit
}

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";

/// Sends a request that the server does not understand; returns the answer, after which the
/// connection is closed.
#[track_caller]
fn refused(request: impl AsRef<[u8]>) -> String {
    let project = Project::new();
    let server = Server::plain(&project, "");
    let mut client = server.connect();
    client.send(request);
    let answer = client.expect_closed();
    assert!(server.connect().get("/healthz").starts_with("HTTP/1.1 200"), "it is well");
    answer
}

#[test]
fn who_says_nothing_is_shown_out() {
    let project = Project::new();
    let server = Server::plain(&project, &patient_but("header_timeout = '1s'"));
    assert_eq!(server.connect().expect_closed(), "");
    // The preface of HTTP/2 alone is nothing either.
    let mut client = server.connect();
    assert!(client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    client.expect_closed();
}

#[test]
fn a_head_that_does_not_end_is_shown_out() {
    let project = Project::new();
    let server = Server::plain(&project, &patient_but("header_timeout = '1s'"));
    let dribble = |mut client: Client| {
        // Until the other side has had enough; sending fails some time after that.
        let mut sender = Client { stream: client.stream.try_clone().expect("a handle") };
        let sending = thread::spawn(move || {
            while sender.send("X-A: b\r\n") {
                thread::sleep(Duration::from_millis(50));
            }
        });
        client.expect_closed();
        let _ = client.stream.shutdown(Shutdown::Both);
        sending.join().expect("no panic");
    };
    let mut first = server.connect();
    assert!(first.send("GET /healthz HTTP/1.1\r\nHost: a\r\n"));
    dribble(first);
    let mut later = server.connect();
    assert!(later.get("/healthz").ends_with("ok\n"));
    assert!(later.send("GET /healthz HTTP/1.1\r\n"));
    dribble(later);
}

#[test]
fn who_idles_is_shown_out() {
    let project = Project::new();
    let server = Server::plain(&project, &patient_but("idle_timeout = '1s'"));
    let mut client = server.connect();
    assert!(client.get("/healthz").ends_with("ok\n"));
    assert_eq!(client.expect_closed(), "");
}

#[test]
fn who_asks_and_does_not_read_is_shown_out() {
    let project = Project::new();
    let server = Server::plain(&project, &patient_but("stall_timeout = '1s'"));
    let mut client = server.connect();
    // Until no more can be sent, as nothing is read on either side, and then the connection ends.
    while client.send(HEALTH.repeat(100)) {}
    assert!(server.connect().get("/healthz").ends_with("ok\n"));
}

#[test]
fn a_handshake_that_does_not_end_is_shown_out() {
    let project = Project::new();
    certify(&project.path("data"));
    let config = patient_but("handshake_timeout = '1s'\n")
        + "[tls]\ncertificate = 'data/leaf.pem'\nkey = 'data/leaf.key'\n";
    let server = Server::plain(&project, &config);
    assert_eq!(server.connect().expect_closed(), "");
    // The beginning of a record of 512 bytes, of which no more comes.
    let mut client = server.connect();
    assert!(client.send([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc]));
    client.expect_closed();
}

#[test]
fn a_head_has_a_bound() {
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\nX-A: {}\r\n\r\n", "b".repeat(20 << 10));
    assert!(refused(long).starts_with("HTTP/1.1 431"));
    let many = |count| format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X-A: b\r\n".repeat(count));
    let answer = refused(many(64));
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    assert!(answer.contains(r#""error":"headers_too_large""#), "{answer}");
    assert!(refused(many(200)).starts_with("HTTP/1.1 431"));
}

#[test]
fn a_request_with_two_lengths_is_refused() {
    for fields in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 5\r\n",
        "Transfer-Encoding: chunked\r\nX: y\r\nCONTENT-LENGTH: 0\r\n",
    ] {
        let head = format!("POST /healthz HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        let answer = refused(format!("{head}0\r\n\r\n{HEALTH}"));
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!(answer.contains(r#""error":"invalid_request""#), "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "what is behind is not looked at");
        // Behind another request, and cut where a field is not at its end.
        let answer = refused(format!("{HEALTH}{head}0\r\n\r\n"));
        assert_eq!(answer.matches("HTTP/1.1 200").count(), 1, "{answer}");
        assert_eq!(answer.matches("HTTP/1.1 400").count(), 1, "{answer}");
    }
    let answer =
        refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab");
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}

#[test]
fn a_request_for_no_host_or_two_is_refused() {
    assert!(refused("GET /healthz HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 400"));
    let two = "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n";
    assert!(refused(two).starts_with("HTTP/1.1 400"));
    assert!(refused("GET /healthz HTTP/1.0\r\n\r\n").starts_with("HTTP/1.0 200"));
}

#[test]
fn what_is_no_http_is_refused() {
    assert!(refused("\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n").starts_with("HTTP/1.1 400"));
    assert!(refused("GET /\0 HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 400"));
}

#[test]
fn connections_have_a_bound() {
    let project = Project::new();
    let server = Server::plain(&project, "[limits]\nconnections = 2\n");
    let mut first = server.connect();
    let mut second = server.connect();
    assert!(first.get("/healthz").ends_with("ok\n"));
    assert!(second.get("/healthz").ends_with("ok\n"));
    let answer = server.connect().expect_closed();
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.contains("retry-after"), "{answer}");
    drop(first);
    let is_served = || {
        let mut client = server.connect();
        client.send("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        client.expect_closed().starts_with("HTTP/1.1 200")
    };
    until("a place that was given up is taken", is_served);
    assert!(second.get("/healthz").ends_with("ok\n"));
}

#[test]
fn connections_of_one_address_have_a_bound() {
    let project = Project::new();
    let config = "listen = ['127.0.0.1:0', 'unix:sock']\n[limits]\nconnections_per_address = 1\n";
    let server = Server::start(&project, config, &[]);
    let mut first = server.connect();
    assert!(first.get("/healthz").ends_with("ok\n"));
    assert!(server.connect().expect_closed().starts_with("HTTP/1.1 503"));
    // A Unix socket has no address, and so no bound by it.
    let sockets: Vec<_> =
        (0..3).map(|_| UnixStream::connect(project.path("sock")).expect("a connection")).collect();
    assert_eq!(sockets.len(), 3);
    // Nor has a proxy, behind which are many.
    let trusting = format!("trusted_proxies = ['127.0.0.1']\n{config}").replace("sock", "other");
    let server = Server::start(&project, &trusting, &[]);
    let mut clients = [(); 3].map(|()| server.connect());
    for client in &mut clients {
        assert!(client.get("/healthz").ends_with("ok\n"));
    }
}

#[test]
fn a_server_without_files_goes_on_when_it_has_some() {
    let project = Project::new();
    let mut command = Command::new("sh");
    // Threads, signals and listeners take about fifteen.
    let limited = "ulimit -n 32; exec \"$0\" serve --listen 127.0.0.1:0 --threads 1";
    command.args(["-c", limited, env!("CARGO_BIN_EXE_ipmint")]).current_dir(project.path(""));
    let server = Server::spawn(&mut command);
    server.expect_told("the system allows fewer open files than connections need");
    let clients: Vec<Client> = (0..40).map(|_| server.connect()).collect();
    server.expect_told("cannot accept connections");
    drop(clients);
    assert!(server.connect().get("/healthz").ends_with("ok\n"));
}

#[test]
fn an_impatient_server_serves_who_behaves() {
    let project = Project::new();
    let server = Server::plain(&project, IMPATIENT);
    let mut client = server.connect();
    for _ in 0..50 {
        assert!(client.get("/healthz").ends_with("ok\n"));
    }
}
