//! A web server as a process: nginx, or ours.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use crate::bench::serve::site::{EDITION, Site};
use crate::command::{command, root};
use crate::server::Process;

/// A server that takes longer to begin is broken.
const DEADLINE: Duration = Duration::from_secs(10);

/// How often it is looked at.
const POLL: Duration = Duration::from_millis(20);

/// nginx as a fair peer: without `tcp_nopush`, which stalls small ranges for 40 ms, and with its
/// file open all the time, as ours is mapped.
const NGINX: &str = "
worker_processes 1;
daemon off;
pid nginx.pid;
error_log stderr error;
worker_rlimit_nofile 16384;
events { worker_connections 8192; }
http {
    default_type application/octet-stream;
    access_log off;
    sendfile on;
    tcp_nopush off;
    gzip off;
    etag on;
    keepalive_requests 1000000000;
    open_file_cache max=100;
    client_body_temp_path temp;
    proxy_temp_path temp;
    fastcgi_temp_path temp;
    uwsgi_temp_path temp;
    scgi_temp_path temp;
    server { listen 127.0.0.1:PORT backlog=4096; root \"ROOT\"; }
}
";

/// Which one.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Debian's, with one worker.
    Nginx,
    /// With so many threads, or as many as it takes by itself.
    Ours { threads: Option<usize> },
    /// On one thread under callgrind, which counts into this file of the site.
    Counted { counts: &'static str },
}

/// Where it may run.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// On the first processor; clients run on the second.
    Pinned,
    /// Wherever the system likes.
    Anywhere,
}

/// A server that ends when this goes.
pub(super) struct Server {
    pub(super) process: Process,
    /// Host and port.
    pub(super) host: String,
    /// The path of the newest database.
    pub(super) path: String,
}

impl Server {
    /// Starts it and waits until it answers.
    pub(super) fn start(site: &Site, kind: Kind, place: Place) -> Result<Self> {
        match kind {
            Kind::Nginx => Self::nginx(site, place),
            Kind::Ours { threads } => {
                let binary = [root().join("target/release/ipmint").display().to_string()];
                Self::ours(site, &binary, threads, place)
            }
            Kind::Counted { counts } => {
                let binary = root().join("target/release/ipmint").display().to_string();
                let counts = format!("--callgrind-out-file={}", site.dir.join(counts).display());
                let words = ["valgrind", "--tool=callgrind", "--quiet", &counts, &binary];
                Self::ours(site, &words.map(str::to_owned), Some(1), place)
            }
        }
    }

    fn ours(site: &Site, words: &[String], threads: Option<usize>, place: Place) -> Result<Self> {
        let mut command = placed(words, place);
        command.args(["serve", "--listen", "127.0.0.1:0", "--log", "off", "--output"]);
        command.arg(&site.store);
        if let Some(threads) = threads {
            command.args(["--threads", &threads.to_string()]);
        }
        let (process, host) = Process::listening(&mut command)?;
        Ok(Self { process, host, path: format!("/v1/database/download/{EDITION}") })
    }

    fn nginx(site: &Site, place: Place) -> Result<Self> {
        // Free a moment ago: nginx does not tell a port that it chose.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let folder = site.dir.join("nginx");
        fs::create_dir_all(folder.join("temp"))?;
        let settings = NGINX
            .replace("PORT", &port.to_string())
            .replace("ROOT", &site.release.display().to_string());
        // Root's worker would become another user, who may not read here.
        let user = if is_root() { "user root;" } else { "" };
        let file = folder.join("nginx.conf");
        fs::write(&file, format!("{user}{settings}"))?;
        let mut command = placed(&[nginx_program()], place);
        command.arg("-p").arg(&folder).arg("-c").arg(&file).args(["-e", "stderr"]);
        let log = File::create(folder.join("log"))?;
        let process = Process::start(command.stderr(log))?;
        let host = format!("127.0.0.1:{port}");
        let mut server = Self { process, host, path: format!("/{EDITION}.mmdb") };
        let start = Instant::now();
        while TcpStream::connect(&server.host).is_err() {
            if let Some(status) = server.process.ended()? {
                let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
                bail!("nginx ended with {status}: {log}");
            }
            ensure!(start.elapsed() < DEADLINE, "nginx does not listen");
            thread::sleep(POLL);
        }
        Ok(server)
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}{}", self.host, self.path)
    }

    /// Asks it to end and waits for that.
    pub(super) fn end(self) -> Result<()> {
        let status = self.process.end()?;
        ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }
}

/// A program and its first arguments where it shall run.
fn placed(words: &[String], place: Place) -> Command {
    let prefix: &[&str] = match place {
        Place::Pinned if n_processors() > 1 => &["taskset", "-c", "0"],
        _ => &[],
    };
    joined(prefix, words)
}

/// A client, on the other processor than a server that is pinned.
pub(super) fn client(program: &str) -> Command {
    let prefix: &[&str] = if n_processors() > 1 { &["taskset", "-c", "1"] } else { &[] };
    joined(prefix, &[program.to_owned()])
}

fn joined(prefix: &[&str], words: &[String]) -> Command {
    let mut words = prefix.iter().copied().chain(words.iter().map(String::as_str));
    let mut joined = command(words.next().expect("a program"), &[]);
    joined.args(words);
    joined
}

fn n_processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

fn nginx_program() -> String {
    let debian = Path::new("/usr/sbin/nginx");
    if debian.is_file() { debian.display().to_string() } else { "nginx".to_owned() }
}

fn is_root() -> bool {
    let id = crate::command::output(&mut command("id", &["-u"]));
    id.is_ok_and(|id| id.trim() == "0")
}
