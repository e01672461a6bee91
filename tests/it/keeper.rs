//! Somebody who keeps a store: a feed of a few rows, two editions, and a clock.

use std::cell::{Cell, OnceCell};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use ipmint::base::Digest;
use ipmint::release::{Overwrite, Signer, Store};
use serde_json::Value;

use crate::support::{Ended, Project};
use crate::world::files_below;

/// Nothing packed, the rows that changed since the release before.
pub(crate) const PLAIN: &str = "[release]\nvariants = []\ndeltas = 1\npatches = 0\n";

/// Everything packed, rows from three releases, patches from two.
pub(crate) const PACKED: &str = "[release]\ndeltas = 3\npatches = 2\n";

/// 2026-11-21T00:00:00Z: the first day.
const FIRST_DAY: u64 = 1_795_219_200;

/// What every build is started with. A list of VPNs changes `full`, and nothing here changes `asn`.
const BUILD: [&str; 9] =
    ["build", "--feeds", "feeds", "--root", "data", "--edition", "full", "--edition", "asn"];

/// A store, what it is built from, and its clock.
pub(crate) struct Keeper {
    pub(crate) project: Project,
    now: Cell<u64>,
    key: OnceCell<PathBuf>,
}

/// A file: its path, its inode and its bytes.
pub(crate) type FileState = (String, u64, Vec<u8>);

impl Keeper {
    /// With ten addresses in the list and no release yet. The policy's verdicts do not age, so that
    /// a night without news is one.
    pub(crate) fn new(policy: &str) -> Self {
        let keeper =
            Self { project: Project::new(), now: Cell::new(FIRST_DAY), key: OnceCell::new() };
        keeper.policy(policy);
        keeper.project.list("list", "");
        keeper.list(10);
        keeper
    }

    /// With so many releases, one a day; that of day `n`, counted from 1, lists `n` addresses.
    #[track_caller]
    pub(crate) fn with_releases(policy: &str, n_releases: u32) -> Self {
        let keeper = Self::new(policy);
        for n in 1..=n_releases {
            keeper.list(n);
            if n > 1 {
                keeper.wait_days(1);
            }
            keeper.publish();
        }
        keeper
    }

    /// Writes the policy.
    pub(crate) fn policy(&self, more: &str) {
        let text = format!("canary = []\nage_steps_days = [0]\n{more}");
        self.project.write("feeds/policy.toml", text);
    }

    /// Lets the list have so many addresses.
    pub(crate) fn list(&self, n_addresses: u32) {
        let rows: Vec<String> = (1..=n_addresses).map(|n| format!("192.0.2.{n}\n")).collect();
        self.project.write("data/list.txt", rows.concat());
    }

    /// Makes a key, with which all that follows is signed; its public half is `store.pub`.
    pub(crate) fn sign(&self) {
        let path = self.project.path("store.key");
        Signer::create(&path, None, Overwrite::Never).expect("made");
        self.key.set(path).expect("once");
    }

    /// Lets the clock of the next commands go on, or back.
    pub(crate) fn wait_days(&self, n_days: i64) {
        self.wait_hours(24 * n_days);
    }

    /// The same by hours.
    pub(crate) fn wait_hours(&self, n_hours: i64) {
        self.now.set(self.now.get().saturating_add_signed(3600 * n_hours));
    }

    /// Unix seconds of the next commands.
    pub(crate) fn now(&self) -> u64 {
        self.now.get()
    }

    /// The binary in its folder at its time, not started yet; with its own key or none.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = self.project.command(args);
        command.env("SOURCE_DATE_EPOCH", self.now.get().to_string());
        match self.key.get() {
            Some(key) => command.env("IPMINT_SIGN_KEY", key),
            None => command.env_remove("IPMINT_SIGN_KEY"),
        };
        command.stdin(Stdio::null());
        command
    }

    /// Runs the binary.
    pub(crate) fn run(&self, args: &[&str]) -> Ended {
        Ended::of(self.command(args).output().expect("the binary starts"))
    }

    /// A build, not started yet.
    pub(crate) fn building(&self, more: &[&str]) -> Command {
        self.command(&[&BUILD, more].concat())
    }

    /// Builds.
    pub(crate) fn build(&self, more: &[&str]) -> Ended {
        self.run(&[&BUILD, more].concat())
    }

    /// Builds a release that is new; returns its version.
    #[track_caller]
    pub(crate) fn publish(&self) -> String {
        let report = self.build(&["--json"]).expect_code(0).json();
        assert_eq!(report["changed"], true, "{report}");
        text(&report["version"])
    }

    /// The store.
    pub(crate) fn store(&self) -> Store {
        Store::at(&self.project.path("output"))
    }

    /// `index.json`.
    #[track_caller]
    pub(crate) fn index(&self) -> Value {
        self.json("index.json")
    }

    /// The version that is current.
    #[track_caller]
    pub(crate) fn current(&self) -> String {
        text(&self.index()["current"])
    }

    /// The versions that the index names, the oldest first.
    #[track_caller]
    pub(crate) fn versions(&self) -> Vec<String> {
        let index = self.index();
        let releases = index["releases"].as_array().expect("a list");
        releases.iter().map(|release| text(&release["version"])).collect()
    }

    /// The manifest of a release.
    #[track_caller]
    pub(crate) fn manifest(&self, version: &str) -> Value {
        self.json(&format!("releases/{version}/manifest.json"))
    }

    /// A JSON file of the store.
    #[track_caller]
    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&self.read(name)).expect("JSON")
    }

    /// The bytes of a file of the store.
    #[track_caller]
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        let path = self.path(name);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Where a file of the store is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.project.path("output").join(name)
    }

    /// Every file below a folder of the store, by path.
    pub(crate) fn files(&self, below: &str) -> Vec<FileState> {
        let folder = self.path(below);
        let state = |name: String| {
            let path = folder.join(&name);
            let inode = fs::metadata(&path).expect("listed").ino();
            (name, inode, fs::read(&path).expect("listed"))
        };
        let mut files: Vec<FileState> = files_below(&folder).into_iter().map(state).collect();
        files.sort();
        files
    }

    /// Fails the test unless every release and the history are sound.
    #[track_caller]
    pub(crate) fn expect_sound(&self) {
        self.run(&["releases", "check"]).expect_code(0);
    }
}

/// A text of a JSON document.
#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("text, not {value}")).to_owned()
}

/// Follows a store as a client does, with nothing of the product but SHA-256: from the index to the
/// current release's manifest to its files. Returns the version; the first thing that does not
/// lead on, if one does not.
pub(crate) fn follow(output: &Path) -> Result<String, String> {
    let read = |path: &Path| fs::read(path).map_err(|error| format!("{}: {error}", path.display()));
    let parse = |path: &Path, bytes: &[u8]| {
        serde_json::from_slice(bytes)
            .map_err(|error| format!("{}: {} bytes: {error}", path.display(), bytes.len()))
    };
    let hold = |path: &Path, bytes: &[u8], digest: &Value| {
        let found = Digest::of(bytes).to_string();
        let is_whole = digest.as_str() == Some(&found);
        is_whole.then_some(()).ok_or_else(|| format!("{}: {found}, not {digest}", path.display()))
    };
    let path = output.join("index.json");
    let index: Value = parse(&path, &read(&path)?)?;
    let version = text(&index["current"]);
    let releases = index["releases"].as_array().ok_or("an index without releases")?;
    let entry = releases.iter().find(|entry| entry["version"] == index["current"]);
    let entry = entry.ok_or("a current release that is not listed")?;
    let folder = output.join("releases").join(&version);
    let path = folder.join("manifest.json");
    let bytes = read(&path)?;
    hold(&path, &bytes, &entry["manifest_sha256"])?;
    let manifest: Value = parse(&path, &bytes)?;
    for edition in manifest["editions"].as_object().ok_or("a manifest without editions")?.values() {
        let lists = ["files", "deltas"].map(|name| edition[name].as_array());
        for file in lists.into_iter().flatten().flatten() {
            let path = folder.join(text(&file["name"]));
            hold(&path, &read(&path)?, &file["sha256"])?;
        }
    }
    Ok(version)
}

/// Runs a stock tool, and fails the test unless it ends well: also if it is not there.
#[track_caller]
pub(crate) fn tool(program: &str, args: &[&str]) -> Output {
    let run = Command::new(program).args(args).stdin(Stdio::null()).output();
    let output =
        run.unwrap_or_else(|error| panic!("{program}: {error}; `cargo xtask setup` installs it"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?}: {}\n{said}", output.status);
    output
}

/// A path as tools take it.
#[track_caller]
pub(crate) fn plain(path: &Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}

/// Flips a bit in the middle of a file, which gets an inode of its own.
#[track_caller]
pub(crate) fn flip_a_bit(path: &Path) {
    let mut bytes = fs::read(path).expect("there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    replace(path, &bytes);
}

/// Replaces a file by other bytes under another inode, so that those it was linked to stay whole.
#[track_caller]
pub(crate) fn replace(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).expect("there");
    fs::write(path, bytes).expect("written");
}
