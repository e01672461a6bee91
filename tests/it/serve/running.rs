//! The real server on a port of its own, and a store that gets one release a night.

use std::cell::Cell;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use ipmint::base::Digest;
use rustix::process::Signal;
use serde_json::Value;

use crate::serve::ask::Reply;
use crate::serve::server::{Server, until};
use crate::support::{Ended, Project};

/// The edition of [`Nightly`].
pub(crate) const EDITION: &str = "anonymous";

/// 2026-11-21T00:00:00Z: the first night.
const FIRST_NIGHT: u64 = 1_795_219_200;

/// A server that ends with the test.
pub(crate) struct Running {
    server: Server,
    /// Scheme, host and port.
    pub(crate) url: String,
    /// Who certified it.
    authority: Option<PathBuf>,
}

impl Running {
    /// Serves the store of a project, `output`.
    pub(crate) fn start(project: &Project, args: &[&str]) -> Self {
        let own = ["serve", "--listen", "127.0.0.1:0", "--output", "output"];
        let mut command = project.command(&[&own, args].concat());
        // Its clock is the real one.
        command.env_remove("SOURCE_DATE_EPOCH");
        let server = Server::spawn(&mut command);
        let url = server.urls().remove(0);
        Self { server, url, authority: None }
    }

    /// The same over TLS, certified by `tls/ca.pem` of the project.
    pub(crate) fn start_tls(project: &Project, args: &[&str]) -> Self {
        project.write("tls/readme", "for this test");
        crate::tls::certify(&project.path("tls"));
        let tls = ["--tls-cert", "tls/leaf.pem", "--tls-key", "tls/leaf.key"];
        let mut running = Self::start(project, &[&tls, args].concat());
        running.authority = Some(project.path("tls/ca.pem"));
        running
    }

    /// The URL of a path.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Host and port.
    pub(crate) fn host(&self) -> &str {
        self.url.split_once("://").expect("a scheme").1
    }

    /// The URL of the newest file of an edition.
    pub(crate) fn newest(&self, edition: &str) -> String {
        self.at(&format!("/v1/database/download/{edition}"))
    }

    /// The URL of the file of an edition in a release.
    pub(crate) fn versioned(&self, edition: &str, version: &str) -> String {
        self.at(&format!("/v1/database/download/{edition}/{version}"))
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.server.child.id()
    }

    /// Kills it with SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.server.signal(Signal::KILL);
        self.server.expect_ended();
    }

    /// What it said so far.
    pub(crate) fn log(&self) -> String {
        self.server.told()
    }

    /// Asks for a path with curl and more of its options.
    #[track_caller]
    pub(crate) fn get(&self, path: &str, options: &[&str]) -> Reply {
        let mut curl = client("curl");
        curl.args(["-s", "-i", "--http1.1", "--raw", "-A", "nobody else"]).args(options);
        if let Some(authority) = &self.authority {
            curl.arg("--cacert").arg(authority);
        }
        let output = curl.arg(self.at(path)).output().expect("curl; `cargo xtask setup`");
        assert!(output.status.success(), "{path}: curl ended with {}", output.status);
        Reply::parse(&output.stdout, false)
    }

    /// Waits until it knows of a release.
    #[track_caller]
    pub(crate) fn wait_for(&self, version: &str) {
        self.wait_for_with(version, "");
    }

    /// The same with a key.
    #[track_caller]
    pub(crate) fn wait_for_with(&self, version: &str, key: &str) {
        let name = format!("\"{version}\"");
        let user = format!("x:{key}");
        until(&format!("the release {version}"), || {
            let options = if key.is_empty() { &[][..] } else { &["-u", &user] };
            let list = self.get("/v1/database/list", options);
            String::from_utf8_lossy(&list.body).replace(": ", ":").contains(&name)
        });
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("the server said:\n{}", self.log());
        }
    }
}

/// A store that gets a release a night, of one edition, from a list in documentation space.
pub(crate) struct Nightly {
    pub(crate) project: Project,
    n_listed: u32,
    night: Cell<u64>,
}

impl Nightly {
    /// With a first release. Each address takes half a kilobyte of database; `release` is that
    /// part of the policy.
    pub(crate) fn new(n_listed: u32, release: &str) -> Self {
        let project = Project::new();
        let policy = format!("canary = []\n[release]\nhistory = false\n{release}\n");
        project.write("feeds/policy.toml", policy);
        project.list("list", "");
        let nightly = Self { project, n_listed, night: Cell::new(0) };
        nightly.publish();
        nightly
    }

    /// Publishes one more, and returns its version.
    pub(crate) fn publish(&self) -> String {
        self.publish_with(&[])
    }

    /// The same with more options of `build`.
    pub(crate) fn publish_with(&self, more: &[&str]) -> String {
        let night = self.night.get();
        self.night.set(night + 1);
        self.project.write("data/list.txt", listed(self.n_listed, night as u32));
        let build = ["build", "--feeds", "feeds", "--root", "data", "--edition", EDITION];
        let mut command = self.project.command(&[&build, more].concat());
        command.env("SOURCE_DATE_EPOCH", (FIRST_NIGHT + night * 86_400).to_string());
        Ended::of(command.stdin(Stdio::null()).output().expect("the binary starts")).expect_code(0);
        self.current()
    }

    /// The version of the current release.
    pub(crate) fn current(&self) -> String {
        let index: Value = serde_json::from_slice(&self.read("output/index.json")).expect("JSON");
        index["current"].as_str().expect("a version").to_owned()
    }

    /// The database of a release.
    pub(crate) fn database(&self, version: &str) -> Vec<u8> {
        self.file(version, &format!("{EDITION}.mmdb"))
    }

    /// A file of a release.
    pub(crate) fn file(&self, version: &str, name: &str) -> Vec<u8> {
        self.read(&format!("output/releases/{version}/{name}"))
    }

    /// A file of the project.
    pub(crate) fn read(&self, below: &str) -> Vec<u8> {
        fs::read(self.project.path(below)).unwrap_or_else(|error| panic!("{below}: {error}"))
    }
}

/// Addresses far from each other, some of them other ones each night.
fn listed(n_listed: u32, night: u32) -> String {
    let address = |n: u32| {
        let bits = n.wrapping_mul(0x9E37_79B1);
        format!("2001:db8:{:x}:{:x}::{n:x}\n", bits >> 16, bits & 0xFFFF)
    };
    // The last group of an address has 16 bits.
    let others = 50_000 + night * 20;
    (0..n_listed).chain(others..others + 20).map(address).collect()
}

/// Another program, without anybody's proxy or settings.
pub(crate) fn client(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new(program.as_ref());
    for name in ["http_proxy", "https_proxy", "all_proxy"] {
        command.env_remove(name).env_remove(name.to_ascii_uppercase());
    }
    command.env("NO_PROXY", "*").env("no_proxy", "*").env("HOME", "/nonexistent");
    command.stdin(Stdio::null());
    command
}

/// Runs another program to its end.
#[track_caller]
pub(crate) fn ended(command: &mut Command) -> Ended {
    let output = command.output();
    let output = output.unwrap_or_else(|error| {
        panic!("{}: {error}; `cargo xtask setup` installs it", command.get_program().display())
    });
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    let code = output.status.code().unwrap_or_else(|| panic!("{}: {stderr}", output.status));
    Ended { code, stdout, stderr }
}

/// Fails the test unless two files are the same; shows little of them.
#[track_caller]
pub(crate) fn expect_same(found: &[u8], expected: &[u8]) {
    let shown = |bytes: &[u8]| format!("{} bytes, {}", bytes.len(), Digest::of(bytes));
    assert_eq!(shown(found), shown(expected));
}
