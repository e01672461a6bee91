//! HTTPS: with both protocols, and a certificate that is renewed while the server runs.

use std::fs;
use std::path::Path;
use std::process::Command;

use rustix::process::Signal;

use crate::serve::server::{Server, curl, until};
use crate::support::Project;

const CONFIG: &str = "poll = '1h'\n[tls]\ncertificate = 'data/leaf.pem'\nkey = 'data/leaf.key'\n";

#[track_caller]
fn openssl(folder: &Path, args: &[&str]) {
    let output = Command::new("openssl").args(args).current_dir(folder).output();
    let output = output.expect("openssl; `cargo xtask setup` installs it");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Writes a key and a certificate for `localhost` and 127.0.0.1, signed by itself.
pub(crate) fn certify(folder: &Path) {
    let new = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost \
               -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -days 2 -keyout new.key -out new.pem";
    openssl(folder, &new.split_whitespace().collect::<Vec<_>>());
    fs::rename(folder.join("new.key"), folder.join("leaf.key")).expect("renamed");
    fs::rename(folder.join("new.pem"), folder.join("leaf.pem")).expect("renamed");
}

/// A server with a certificate, and the folder of that.
fn start(config: &str) -> (Project, Server) {
    let project = Project::new();
    certify(&project.path("data"));
    let server = Server::plain(&project, config);
    (project, server)
}

/// Whether a client that believes this certificate alone is answered.
fn is_believed(server: &Server, authority: &Path) -> bool {
    let url = format!("https://{}/healthz", server.address());
    let mut command = Command::new("curl");
    command.args(["--silent", "--max-time", "60", "--cacert"]).arg(authority).arg(url);
    let output = command.output().expect("curl; `cargo xtask setup` installs it");
    output.stdout == b"ok\n"
}

#[test]
fn both_protocols_are_spoken_over_tls() {
    let (project, server) = start(CONFIG);
    let urls = server.urls();
    assert!(urls[0].starts_with("https://127.0.0.1:"), "{urls:?}");
    let authority = project.path("data/leaf.pem");
    let authority = authority.to_str().expect("text");
    let url = format!("{}/healthz", urls[0]);
    let ask = |how: &[&str]| {
        let print =
            ["--write-out", "%{http_version} %{response_code}", "--cacert", authority, &url];
        curl(&[how, &print].concat())
    };
    assert_eq!(ask(&["--http1.1"]), "ok\n1.1 200");
    assert_eq!(ask(&["--http2"]), "ok\n2 200");
    assert_eq!(ask(&["--tls-max", "1.2"]), "ok\n2 200");
    // Whoever speaks plainly gets no answer, and others still do.
    server.connect().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(ask(&[]), "ok\n2 200");
}

#[test]
fn one_server_can_do_with_and_without() {
    let project = Project::new();
    certify(&project.path("data"));
    let args = ["--listen", "http://127.0.0.1:0", "--listen", "https://127.0.0.1:0"];
    let server = Server::start(&project, CONFIG, &args);
    let urls = server.expect_urls(2);
    assert_eq!(curl(&[&format!("{}/healthz", urls[0])]), "ok\n");
    assert_eq!(curl(&["--insecure", &format!("{}/healthz", urls[1])]), "ok\n");
}

#[test]
fn a_new_certificate_is_shown_after_a_signal() {
    let (project, server) = start(CONFIG);
    let folder = project.path("data");
    fs::copy(folder.join("leaf.pem"), folder.join("old.pem")).expect("copied");
    assert!(is_believed(&server, &folder.join("old.pem")));
    certify(&folder);
    assert!(!is_believed(&server, &folder.join("leaf.pem")), "nobody has looked yet");
    server.signal(Signal::HUP);
    server.expect_told("the certificate was renewed");
    assert!(is_believed(&server, &folder.join("leaf.pem")));
    assert!(!is_believed(&server, &folder.join("old.pem")));
}

#[test]
fn a_new_certificate_is_found() {
    let (project, server) = start(&CONFIG.replace("1h", "1s"));
    let folder = project.path("data");
    certify(&folder);
    until("the new one is shown", || is_believed(&server, &folder.join("leaf.pem")));
}

#[test]
fn a_broken_certificate_is_told_and_the_old_one_stays() {
    let (project, server) = start(CONFIG);
    let folder = project.path("data");
    fs::copy(folder.join("leaf.pem"), folder.join("old.pem")).expect("copied");
    fs::copy(folder.join("leaf.key"), folder.join("old.key")).expect("copied");
    certify(&folder);
    // The new certificate with the old key.
    fs::copy(folder.join("old.key"), folder.join("leaf.key")).expect("copied");
    server.signal(Signal::HUP);
    let line = server.expect_told("the old one stays");
    assert!(line.contains("data/leaf.pem and data/leaf.key cannot be used"), "{line}");
    assert!(is_believed(&server, &folder.join("old.pem")));
    fs::remove_file(folder.join("leaf.pem")).expect("removed");
    server.signal(Signal::HUP);
    server.expect_told("cannot read data/leaf.pem");
    assert!(is_believed(&server, &folder.join("old.pem")));
}

#[test]
fn what_is_wrong_with_a_certificate_is_told() {
    let project = Project::new();
    let folder = project.path("data");
    certify(&folder);
    let check = |certificate: &str, key: &str, expected: &str| {
        let args =
            ["serve", "--listen", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key", key];
        let ended = project.run(&args).expect_code(1);
        assert!(ended.stderr.contains(expected), "{}", ended.stderr);
    };
    check("data/none.pem", "data/leaf.key", "cannot read data/none.pem");
    check("data/leaf.pem", "data/none.key", "cannot read data/none.key");
    project.write("data/text.pem", "no PEM at all");
    check("data/text.pem", "data/leaf.key", "data/text.pem holds no certificate");
    check("data/leaf.pem", "data/text.pem", "cannot read data/text.pem");
    check("data/leaf.pem", "data/leaf.pem", "cannot read data/leaf.pem");
    fs::copy(folder.join("leaf.key"), folder.join("other.key")).expect("copied");
    certify(&folder);
    check("data/leaf.pem", "data/other.key", "data/leaf.pem and data/other.key cannot be used");
}
