//! A tiny catalogue, and the store that is made of it: every change by the real command.

use std::fmt::{self, Write as _};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::command::{command, output, root};
use crate::http::{Connection, Method};
use crate::soak::ledger::Ledger;

/// The edition that is published.
pub(crate) const EDITION: &str = "anonymous";

/// 2026-11-21T00:00:00Z: the first night.
const FIRST_NIGHT: u64 = 1_795_219_200;

/// Addresses that are listed the whole time: a database of a hundred kilobytes.
const N_LISTED: u32 = 200;

/// Every so many changes the current release is taken back, or old ones are removed.
const ROLLBACK_EVERY: u64 = 5;
const PRUNE_EVERY: u64 = 4;

/// A server that takes longer to notice a release does not notice.
const DEADLINE: Duration = Duration::from_secs(30);

/// How often it is looked at.
const POLL: Duration = Duration::from_millis(5);

const POLICY: &str = "canary = []
[release]
variants = ['zst', 'gz', 'tar.gz', 'compact']
deltas = 3
patches = 1
history = false
";

const FEED: &str = "title = 'Scattered'
path = 'list.txt'
format = 'list'
kind = 'membership'
category = 'vpn'
reserved = 'keep'
licence = { id = 'CC0-1.0' }
";

/// A store, and how it was changed.
pub(crate) struct Publisher {
    folder: PathBuf,
    n_changes: u64,
    n_published: u64,
    n_rolled_back: u64,
    n_pruned: usize,
    /// Who serves it, by now.
    host: Option<String>,
    /// The longest that it took to know a release.
    slowest: Duration,
}

impl Publisher {
    /// With two releases.
    pub(crate) fn new(folder: &Path, ledger: &Mutex<Ledger>) -> Result<Self> {
        for below in ["feeds", "data"] {
            fs::create_dir_all(folder.join(below))?;
        }
        fs::write(folder.join("feeds/policy.toml"), POLICY)?;
        fs::write(folder.join("feeds/list.toml"), FEED)?;
        let folder = folder.to_path_buf();
        let mut publisher = Self {
            folder,
            n_changes: 0,
            n_published: 0,
            n_rolled_back: 0,
            n_pruned: 0,
            host: None,
            slowest: Duration::ZERO,
        };
        publisher.publish(ledger)?;
        publisher.publish(ledger)?;
        Ok(publisher)
    }

    /// From now on it is served there.
    pub(crate) fn is_served_by(&mut self, host: &str) {
        self.host = Some(host.to_owned());
    }

    /// The store.
    pub(crate) fn output(&self) -> PathBuf {
        self.folder.join("output")
    }

    /// Changes the store: mostly by one more release.
    pub(crate) fn change(&mut self, ledger: &Mutex<Ledger>) -> Result<()> {
        self.n_changes += 1;
        if self.n_changes.is_multiple_of(ROLLBACK_EVERY) {
            self.run(&["releases", "rollback"])?;
            self.n_rolled_back += 1;
        } else if self.n_changes.is_multiple_of(PRUNE_EVERY) {
            return self.prune(ledger);
        } else {
            self.publish(ledger)?;
        }
        Ok(())
    }

    fn publish(&mut self, ledger: &Mutex<Ledger>) -> Result<()> {
        fs::write(self.folder.join("data/list.txt"), listed(self.n_published as u32))?;
        self.n_published += 1;
        let mut build = vec!["build", "--feeds", "feeds", "--root", "data", "--json"];
        build.extend(["--edition", EDITION]);
        self.run(&build)?;
        let index: Value = serde_json::from_slice(&fs::read(self.output().join("index.json"))?)?;
        let version = index["current"].as_str().context("no current release")?;
        let release = self.output().join("releases").join(version);
        let added = ledger.lock().expect("no panic").add(&release, EDITION);
        added.with_context(|| format!("release {version}"))?;
        self.wait_for(version)?;
        ledger.lock().expect("no panic").all_served();
        Ok(())
    }

    /// Waits until the server knows a release: the moment before it does is nobody's fault.
    fn wait_for(&mut self, version: &str) -> Result<()> {
        let Some(host) = &self.host else { return Ok(()) };
        let start = Instant::now();
        let path = format!("/v1/database/download/{EDITION}/{version}");
        let mut connection = Connection::open(host)?;
        while connection.ask(Method::Head, &path, &[])?.status != 200 {
            ensure!(start.elapsed() < DEADLINE, "{version} is not served after {DEADLINE:?}");
            sleep(POLL);
        }
        self.slowest = self.slowest.max(start.elapsed());
        Ok(())
    }

    fn prune(&mut self, ledger: &Mutex<Ledger>) -> Result<()> {
        let prune = ["releases", "prune", "--keep", "3"];
        // Written down first: from then on it may be gone.
        let told = self.run(&[&prune[..], &["--dry-run"]].concat())?;
        for line in told.lines() {
            let version = line.strip_prefix("release ").and_then(|line| line.split(' ').next());
            if let Some(version) = version {
                ledger.lock().expect("no panic").prune(version);
                self.n_pruned += 1;
            }
        }
        self.run(&prune).map(drop)
    }

    fn run(&self, args: &[&str]) -> Result<String> {
        let mut ipmint = command(root().join("target/release/ipmint"), args);
        let now = FIRST_NIGHT + self.n_published * 86_400;
        output(ipmint.current_dir(&self.folder).env("SOURCE_DATE_EPOCH", now.to_string()))
    }
}

impl fmt::Display for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} releases published, each served after {} ms at most, {} times rolled back, {} pruned",
            self.n_published,
            self.slowest.as_millis(),
            self.n_rolled_back,
            self.n_pruned
        )
    }
}

/// Addresses far from each other, some of them other ones each night.
fn listed(night: u32) -> String {
    let mut list = String::new();
    // The last group of an address has 16 bits.
    let others = 1_000 + night % 6_000 * 10;
    for n in (0..N_LISTED).chain(others..others + 10) {
        let bits = n.wrapping_mul(0x9E37_79B1);
        let _ = writeln!(list, "2001:db8:{:x}:{:x}::{n:x}", bits >> 16, bits & 0xFFFF);
    }
    list
}
