//! The real server on a port of its own, and clients as raw as they come.

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::Project;

/// Far longer than anything here takes: what has not happened by then never will.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

/// A server that ends with the test.
pub(crate) struct Server {
    pub(crate) child: Child,
    told: Arc<Told>,
}

/// What it says on standard error, as it comes.
#[derive(Default)]
struct Told {
    lines: Mutex<(Vec<String>, bool)>,
    more: Condvar,
}

impl Server {
    /// Starts one with these arguments, and with `config` as its settings' file; waits until it
    /// accepts connections.
    #[track_caller]
    pub(crate) fn start(project: &Project, config: &str, args: &[&str]) -> Self {
        project.write("serve.toml", config);
        let mut command = project.command(&[&["serve", "--config", "serve.toml"], args].concat());
        Self::spawn(&mut command)
    }

    /// One on a free port of the loopback.
    #[track_caller]
    pub(crate) fn plain(project: &Project, config: &str) -> Self {
        Self::start(project, config, &["--listen", "127.0.0.1:0"])
    }

    /// Starts a command that is, or becomes, a server.
    #[track_caller]
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let told = Arc::new(Told::default());
        let stderr = child.stderr.take().expect("piped");
        let telling = Arc::clone(&told);
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines() {
                let line = line.expect("text");
                telling.lines.lock().expect("no panic").0.push(line);
                telling.more.notify_all();
            }
            telling.lines.lock().expect("no panic").1 = true;
            telling.more.notify_all();
        });
        let server = Self { child, told };
        server.expect_told("listening on ");
        server
    }

    /// Waits for a line that contains a text; fails the test if there will be none.
    #[track_caller]
    pub(crate) fn expect_told(&self, text: &str) -> String {
        let lines = self.told.lines.lock().expect("no panic");
        let waits = |(lines, has_ended): &mut (Vec<String>, bool)| {
            !*has_ended && !lines.iter().any(|line| line.contains(text))
        };
        let (lines, _) = self.told.more.wait_timeout_while(lines, DEADLINE, waits).expect("ok");
        let line = lines.0.iter().find(|line| line.contains(text));
        line.unwrap_or_else(|| panic!("no `{text}` in {:#?}", lines.0)).clone()
    }

    /// Everything it said so far.
    pub(crate) fn told(&self) -> String {
        self.told.lines.lock().expect("no panic").0.join("\n")
    }

    /// The addresses it listens at.
    pub(crate) fn urls(&self) -> Vec<String> {
        let told = self.told();
        told.lines()
            .filter_map(|line| line.strip_prefix("listening on "))
            .map(str::to_owned)
            .collect()
    }

    /// The addresses once all of so many are told.
    #[track_caller]
    pub(crate) fn expect_urls(&self, n_urls: usize) -> Vec<String> {
        until("all addresses are told", || self.urls().len() == n_urls);
        self.urls()
    }

    /// The first of them, without a scheme.
    pub(crate) fn address(&self) -> SocketAddr {
        let urls = self.urls();
        let (_, address) = urls[0].split_once("://").expect("a scheme");
        address.parse().expect("an address")
    }

    /// Opens a connection.
    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.address())
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process");
        kill_process(pid, signal).expect("ours");
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn expect_ended(&mut self) -> ExitStatus {
        // Standard error ends when the process does.
        let lines = self.told.lines.lock().expect("no panic");
        let (lines, _) = self
            .told
            .more
            .wait_timeout_while(lines, DEADLINE, |(_, has_ended)| !*has_ended)
            .expect("ok");
        assert!(lines.1, "it goes on: {:#?}", lines.0);
        self.child.wait().expect("ours")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection of a client that does whatever a test wants.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(DEADLINE)).expect("set");
        stream.set_write_timeout(Some(DEADLINE)).expect("set");
        Self { stream }
    }

    /// Sends bytes; whether they could be sent.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// Reads until the server closes the connection, and fails the test if it does not.
    #[track_caller]
    pub(crate) fn expect_closed(&mut self) -> String {
        let mut bytes = Vec::new();
        let mut buffer = [0; 16 << 10];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(n_bytes) => bytes.extend_from_slice(&buffer[..n_bytes]),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
                Err(error) => panic!("still open: {error}, after {} bytes", bytes.len()),
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Reads one answer: its head, and a body of the length that it tells.
    #[track_caller]
    pub(crate) fn answer(&mut self) -> String {
        let mut bytes = Vec::new();
        let mut byte = [0];
        while !bytes.ends_with(b"\r\n\r\n") {
            self.stream.read_exact(&mut byte).expect("a head");
            bytes.push(byte[0]);
        }
        let head = String::from_utf8(bytes).expect("text");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |length| length.parse().expect("a number"))];
        self.stream.read_exact(&mut body).expect("a body");
        head + &String::from_utf8_lossy(&body)
    }

    /// Asks for a path and reads the answer.
    #[track_caller]
    pub(crate) fn get(&mut self, path: &str) -> String {
        assert!(self.send(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")));
        self.answer()
    }
}

/// Asks until it is so, as the server may notice an end a moment later.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let n_tries = DEADLINE.as_millis() / 20;
    for _ in 0..n_tries {
        if is_so() {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
    panic!("never: {what}");
}

/// Runs curl; returns what it printed.
#[track_caller]
pub(crate) fn curl(args: &[&str]) -> String {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--max-time", "60"]).args(args);
    let output = command.output().expect("curl; `cargo xtask setup` installs it");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    text
}
