//! Feeds over TLS: a certificate that the system trusts is believed, any other is not.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::operator::Operator;

/// Serves a folder over TLS on a port of its own, and prints the port.
const SERVER: &str = "
import http.server, ssl, sys
from functools import partial
class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args): pass
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), partial(Quiet, directory=sys.argv[1]))
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[3])
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
";

/// A server that ends with the test.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new("python3")
            .args(["-c", SERVER])
            .args([folder, &folder.join("leaf.pem"), &folder.join("leaf.key")])
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3; `cargo xtask setup` installs it");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("a port");
        let port = line.trim().parse().expect("a port");
        Self { child, port }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs openssl in a folder.
#[track_caller]
fn openssl(folder: &Path, command: &str) {
    let output = Command::new("openssl").args(command.split(' ')).current_dir(folder).output();
    let output = output.expect("openssl; `cargo xtask setup` installs it");
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
}

/// An authority, and a certificate of it for this machine.
pub(crate) fn certify(folder: &Path) {
    let new = "-newkey rsa:2048 -nodes -subj /CN=localhost";
    openssl(folder, &format!("req -x509 {new} -keyout ca.key -out ca.pem -days 2"));
    openssl(folder, &format!("req {new} -keyout leaf.key -out leaf.csr"));
    std::fs::write(
        folder.join("leaf.ext"),
        "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n",
    )
    .expect("written");
    let by = "-CA ca.pem -CAkey ca.key -CAcreateserial -extfile leaf.ext -days 2";
    openssl(folder, &format!("x509 -req -in leaf.csr -out leaf.pem {by}"));
}

#[test]
fn only_a_trusted_certificate_is_believed() {
    let operator = Operator::new(1);
    let folder = operator.project.path("tls");
    operator.project.write("tls/list.txt", "2001:db8::5\n");
    certify(&folder);
    let server = Server::start(&folder);
    operator.policy("retries = 0");
    operator.feed("list", &format!("https://localhost:{}/list.txt", server.port), "");
    let fetch = ["fetch", "--feeds", "feeds", "list"];
    let mut unknown = operator.command(&fetch);
    let output = unknown.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR").output();
    let output = output.expect("runs");
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(told.contains("certificate"), "{told}");

    let authority = folder.join("ca.pem");
    let authority = authority.to_str().expect("text");
    operator.run_knowing(&fetch, "SSL_CERT_FILE", authority).expect_code(0);
    assert!(operator.has_snapshot("2001:db8::5\n"));
}
