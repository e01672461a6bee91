//! A web server as a process: nginx, or ours.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::bench::serve::site::{EDITION, Site};
use crate::command::{command, root};

/// A server that takes longer to begin or to end is broken. valgrind takes its time.
const DEADLINE: Duration = Duration::from_secs(60);

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
    child: Child,
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
        let mut process = placed(words, place);
        process.args(["serve", "--listen", "127.0.0.1:0", "--log", "off", "--output"]);
        process.arg(&site.store);
        if let Some(threads) = threads {
            process.args(["--threads", &threads.to_string()]);
        }
        let mut child = process.stderr(Stdio::piped()).spawn().context("cannot start ipmint")?;
        let stderr = child.stderr.take().context("no output")?;
        let mut lines = BufReader::new(stderr).lines();
        let mut said = String::new();
        let host = loop {
            let Some(line) = lines.next().transpose()? else {
                bail!("ipmint serve ended with {}: {said}", child.wait()?);
            };
            if let Some((_, host)) = line.split_once("listening on http://") {
                break host.trim().to_owned();
            }
            said += &line;
        };
        // So that it never waits for us to read.
        thread::spawn(move || lines.for_each(drop));
        Ok(Self { child, host, path: format!("/v1/database/download/{EDITION}") })
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
        let mut process = placed(&[nginx_program()], place);
        process.arg("-p").arg(&folder).arg("-c").arg(&file).args(["-e", "stderr"]);
        let log = File::create(folder.join("log"))?;
        let child = process.stderr(log).spawn().context("cannot start nginx")?;
        let host = format!("127.0.0.1:{port}");
        let mut server = Self { child, host, path: format!("/{EDITION}.mmdb") };
        let start = Instant::now();
        while TcpStream::connect(&server.host).is_err() {
            if let Some(status) = server.child.try_wait()? {
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

    /// A line of the status of the process that answers, in KiB, such as `VmRSS`.
    pub(super) fn memory(&self, name: &str) -> Result<u64> {
        let id = self.child.id();
        // nginx has a worker, ours no child (proc(5)).
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
        let worker = children.unwrap_or_default().trim().parse().unwrap_or(id);
        let status = fs::read_to_string(format!("/proc/{worker}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        number.with_context(|| format!("no {name} in {status}"))
    }

    /// Asks it to end and waits for that.
    pub(super) fn end(mut self) -> Result<()> {
        self.stop().context("the server did not end")
    }

    fn stop(&mut self) -> Result<()> {
        if self.child.try_wait()?.is_some() {
            return Ok(());
        }
        // SIGTERM: nginx ends its worker, and callgrind writes down its counts.
        command("kill", &["-TERM", &self.child.id().to_string()]).status()?;
        let start = Instant::now();
        while self.child.try_wait()?.is_none() {
            if start.elapsed() > DEADLINE {
                self.child.kill()?;
                self.child.wait()?;
                bail!("SIGTERM was not heard for {DEADLINE:?}");
            }
            thread::sleep(POLL);
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            eprintln!("warning: {error:#}");
        }
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
