//! Somebody who builds every night from feeds that an origin serves.

use std::cell::Cell;
use std::fs;
use std::process::{Command, Stdio};

use ipmint::base::Digest;
use serde_json::Value;

use crate::origin::{Answer, Origin, Request, list};
use crate::support::{Ended, Project};
use crate::world::files_below;

/// A policy that packs nothing: most tests look at databases alone.
pub(crate) const UNPACKED: &str =
    "[release]\nvariants = []\ndeltas = 0\npatches = 0\nhistory = false\n";

/// 2026-11-21T00:00:00Z: the first night.
const FIRST_NIGHT: u64 = 1_795_219_200;

/// Rows of [`a_list`].
pub(crate) const N_ROWS: u64 = 100;

/// An address of [`a_list`].
pub(crate) const LISTED: &str = "2001:db8::5";

/// A feed that is always good: a build needs one that claims something.
const ANCHOR: &str = "198.51.100.1\n";

/// What every night is started with.
const BUILD: [&str; 9] =
    ["build", "--feeds", "feeds", "--root", "data", "--cache", "cache", "--output", "output"];

/// A project, what it fetches from, and its clock.
pub(crate) struct Operator {
    pub(crate) project: Project,
    pub(crate) origin: Origin,
    now: Cell<u64>,
}

/// A build and its report.
pub(crate) struct Night {
    /// The object of `build --json`.
    pub(crate) report: Value,
}

impl Operator {
    /// With no feed but the anchor, before an origin with so many hosts.
    pub(crate) fn new(n_hosts: u8) -> Self {
        let origin = Origin::start(n_hosts);
        let operator = Self { project: Project::new(), origin, now: Cell::new(FIRST_NIGHT) };
        operator.policy("");
        operator.origin.route("/anchor", vec![Answer::content(ANCHOR)]);
        operator.feed("anchor", &operator.origin.url(1, "/anchor"), "");
        operator
    }

    /// With one more feed, `list`, at `/list` of the first host.
    pub(crate) fn with_list(answers: Vec<Answer>) -> Self {
        let operator = Self::new(1);
        operator.origin.route("/list", answers);
        operator.feed("list", &operator.origin.url(1, "/list"), "");
        operator
    }

    /// Writes the policy: retries do not wait, and more keys of `[fetch]`.
    pub(crate) fn policy(&self, fetch: &str) {
        let contact = "contact = 'mailto:ops@example.org'";
        let text = format!("canary = []\n{UNPACKED}[fetch]\n{contact}\nbackoff = '0s'\n{fetch}\n");
        self.project.write("feeds/policy.toml", text);
    }

    /// Writes the definition of a list of VPNs that is asked for every hour.
    pub(crate) fn feed(&self, id: &str, url: &str, more: &str) {
        self.define(id, &format!("url = '{url}'"), "vpn", more);
    }

    /// Writes the definition of a list; `place` is its `url` line.
    pub(crate) fn define(&self, id: &str, place: &str, category: &str, more: &str) {
        let text = format!(
            "title = 'A test'\n{place}\nformat = 'list'\nkind = 'membership'\n\
             category = '{category}'\nreserved = 'keep'\nrefresh = '1h'\n\
             licence = {{ id = 'CC0-1.0', redistribute = true }}\n{more}\n"
        );
        self.project.write(&format!("feeds/{id}.toml"), text);
    }

    /// Lets the clock of the next commands go on.
    pub(crate) fn wait_hours(&self, n_hours: u64) {
        self.now.set(self.now.get() + n_hours * 3600);
    }

    /// Unix seconds of the next commands.
    pub(crate) fn now(&self) -> u64 {
        self.now.get()
    }

    /// A command in the folder of the project, with its clock and without anybody's proxy.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = self.project.command(args);
        for name in ["http_proxy", "https_proxy", "all_proxy"] {
            command.env_remove(name).env_remove(name.to_ascii_uppercase());
        }
        command.env("NO_PROXY", "*").env("SOURCE_DATE_EPOCH", self.now().to_string());
        command
    }

    /// Runs a command.
    pub(crate) fn run(&self, args: &[&str]) -> Ended {
        finish(self.command(args))
    }

    /// Runs a command with one more variable.
    pub(crate) fn run_knowing(&self, args: &[&str], name: &str, value: &str) -> Ended {
        let mut command = self.command(args);
        command.env(name, value);
        finish(command)
    }

    /// Builds for people to read.
    pub(crate) fn build(&self, more: &[&str]) -> Ended {
        self.run(&[&BUILD, more].concat())
    }

    /// Builds and reads the report; a degraded build is a good end without `--strict`.
    #[track_caller]
    pub(crate) fn report(&self, more: &[&str]) -> Night {
        let report = self.build(&[&["--json"], more].concat()).expect_code(0).json();
        Night { report }
    }

    /// Builds a day after the last one.
    #[track_caller]
    pub(crate) fn next_night(&self) -> Night {
        self.wait_hours(24);
        self.report(&[])
    }

    /// Whether the current release says that an address is a VPN.
    #[track_caller]
    pub(crate) fn claims(&self, ip: &str) -> bool {
        let found = self.run(&["lookup", "--json", ip]).expect_code(0).json();
        found["record"]["signals"]["is_vpn"] == true
    }

    /// Whether the cache holds exactly these bytes as a snapshot.
    pub(crate) fn has_snapshot(&self, content: impl AsRef<[u8]>) -> bool {
        let name = Digest::of(content.as_ref()).to_string();
        let path = self.project.path(&format!("cache/snapshots/{name}"));
        fs::read(path).is_ok_and(|bytes| bytes == content.as_ref())
    }

    /// Fails the test if a snapshot is not what its name says; returns how many there are
    /// besides the anchor's.
    #[track_caller]
    pub(crate) fn check_snapshots(&self) -> usize {
        let folder = self.project.path("cache/snapshots");
        if !folder.exists() {
            return 0;
        }
        let names: Vec<String> = files_below(&folder);
        for name in &names {
            let bytes = fs::read(folder.join(name)).expect("listed");
            assert_eq!(*name, Digest::of(&bytes).to_string(), "{} bytes", bytes.len());
        }
        names.len() - usize::from(self.has_snapshot(ANCHOR))
    }

    /// Every file of the project that holds a text, in its name or inside.
    pub(crate) fn files_with(&self, text: &str) -> Vec<String> {
        let folder = self.project.path("");
        let holds = |name: &String| {
            let bytes = fs::read(folder.join(name)).expect("listed");
            name.contains(text) || bytes.windows(text.len()).any(|part| part == text.as_bytes())
        };
        files_below(&folder).into_iter().filter(holds).collect()
    }

    /// The requests for `/list`.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.origin.requests_for("/list")
    }
}

impl Night {
    /// Fails the test unless the feed ended like that.
    #[track_caller]
    pub(crate) fn expect(self, id: &str, state: &str) -> Self {
        assert_eq!(self.report["feeds"][id]["state"], state, "{id}: {}", self.report["feeds"][id]);
        self
    }

    /// Fails the test unless the feed was read and had so many rows.
    #[track_caller]
    pub(crate) fn expect_rows(self, id: &str, state: &str, n_rows: u64) -> Self {
        let night = self.expect(id, state);
        assert_eq!(night.report["feeds"][id]["rows"], n_rows, "{}", night.report["feeds"][id]);
        night
    }

    /// Fails the test unless the reason says all of this.
    #[track_caller]
    pub(crate) fn expect_reason(self, id: &str, parts: &[&str]) -> Self {
        let reason = self.report["feeds"][id]["reason"].as_str().unwrap_or_default();
        for part in parts {
            assert!(reason.contains(part), "{id}: no {part:?} in {reason:?}");
        }
        self
    }

    /// A field of a feed.
    pub(crate) fn of(&self, id: &str, field: &str) -> &Value {
        &self.report["feeds"][id][field]
    }
}

/// A list that is good.
pub(crate) fn a_list() -> Answer {
    Answer::content(list(0, N_ROWS as u32))
}

fn finish(mut command: Command) -> Ended {
    Ended::of(command.stdin(Stdio::null()).output().expect("the binary starts"))
}
