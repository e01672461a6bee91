//! A line a request: what operators need, and nothing that would let others in.

use serde_json::Value;

use crate::serve::server::Server;
use crate::support::Project;

const SECRETS: [&str; 4] = ["s3cret-query", "s3cret-header", "s3cret-bearer", "s3cret-basic"];

/// Asks with keys at every place where one can be.
fn ask(server: &Server) {
    let mut client = server.connect();
    let request = "GET /healthz?api_key=s3cret-query HTTP/1.1\r\nHost: a\r\n\
                   X-API-Key: s3cret-header\r\nAuthorization: Bearer s3cret-bearer\r\n\
                   User-Agent: a \"b\" \x1b[31m\u{7f}c";
    let request = request.replace(['\x1b', '\x7f'], "");
    assert!(client.send(format!("{request} {}\r\n\r\n", "d".repeat(500))));
    assert!(client.answer().ends_with("ok\n"));
    assert!(
        client.send("GET /none HTTP/1.1\r\nHost: a\r\nAuthorization: Basic s3cret-basic\r\n\r\n")
    );
    assert!(client.answer().starts_with("HTTP/1.1 404"));
}

#[track_caller]
fn expect_no_secret(server: &Server) {
    let told = server.told();
    for secret in SECRETS {
        assert!(!told.contains(secret), "{told}");
    }
}

#[test]
fn a_line_of_text_tells_no_key() {
    let project = Project::new();
    let server = Server::plain(&project, "");
    ask(&server);
    let line = server.expect_told(r#"path="/healthz""#);
    for part in [
        r#"method="GET""#,
        "status=200",
        "bytes=3",
        "seconds=",
        r#"client="127.0.0.1""#,
        r#"protocol="1.1""#,
        r#"route="health""#,
        r#"agent="a \"b\""#,
        "cut=false",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(line.len() < 500, "{line}");
    assert!(server.expect_told("/none").contains("status=404"));
    expect_no_secret(&server);
}

#[test]
fn a_line_of_json_tells_no_key() {
    let project = Project::new();
    let server = Server::plain(&project, "[log]\nformat = 'json'\n");
    ask(&server);
    let line: Value = serde_json::from_str(&server.expect_told("/healthz")).expect("JSON");
    assert_eq!((&line["method"], &line["path"]), (&"GET".into(), &"/healthz".into()));
    assert_eq!(
        (&line["status"], &line["bytes"], &line["cut"]),
        (&200.into(), &3.into(), &false.into())
    );
    assert_eq!((&line["client"], &line["protocol"]), (&"127.0.0.1".into(), &"1.1".into()));
    assert!(line["seconds"].is_number(), "{line}");
    assert_eq!(line["agent"].as_str().map(str::len), Some(128));
    server.expect_told("/none");
    expect_no_secret(&server);
}

#[test]
fn a_log_that_is_off_says_nothing() {
    let project = Project::new();
    let mut server = Server::start(&project, "", &["--listen", "127.0.0.1:0", "--log", "off"]);
    ask(&server);
    server.signal(rustix::process::Signal::TERM);
    assert_eq!(server.expect_ended().code(), Some(0));
    assert_eq!(server.told().lines().count(), 1, "{}", server.told());
}
