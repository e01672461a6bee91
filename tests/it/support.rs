//! A project in a folder that vanishes with the test, and the real binary run in it.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// 2026-11-21: the clock of every build in a test.
const EPOCH: &str = "1795219200";

/// Feeds, data and a store.
pub(crate) struct Project {
    folder: tempfile::TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Project {
    /// An empty one.
    pub(crate) fn new() -> Self {
        let project = Self { folder: tempfile::tempdir().expect("a temp folder") };
        fs::create_dir(project.path("feeds")).expect("created");
        fs::create_dir(project.path("data")).expect("created");
        project
    }

    /// One with a release made from the sample.
    pub(crate) fn with_sample() -> Self {
        let project = Self::new();
        project.run(&["build", "--sample"]).expect_code(0);
        project
    }

    /// A path in it.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// Writes a file.
    pub(crate) fn write(&self, below: &str, content: impl AsRef<[u8]>) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().expect("below the folder")).expect("created");
        fs::write(path, content).expect("written");
    }

    /// Writes the definition of a VPN list in documentation space, `data/<id>.txt`.
    pub(crate) fn list(&self, id: &str, more: &str) {
        self.write(&format!("feeds/{id}.toml"), definition(&format!("{id}.txt"), "list", more));
    }

    /// Builds from its own feeds.
    pub(crate) fn build(&self, more: &[&str]) -> Ended {
        let own = ["build", "--feeds", "feeds", "--root", "data"];
        self.run(&[&own, more].concat())
    }

    /// Runs the binary in its folder.
    pub(crate) fn run(&self, args: &[&str]) -> Ended {
        self.run_with(args, b"")
    }

    /// Runs the binary with something on standard input.
    pub(crate) fn run_with(&self, args: &[&str], stdin: &[u8]) -> Ended {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut pipe = child.stdin.take().expect("piped");
        let stdin = stdin.to_vec();
        // From a thread: a command may write more than a pipe holds before it reads.
        let writer = std::thread::spawn(move || drop(pipe.write_all(&stdin)));
        let output = child.wait_with_output().expect("the binary ends");
        writer.join().expect("no panic");
        Ended::of(output)
    }

    /// The binary in its folder, not started yet.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ipmint"));
        command.args(args).current_dir(self.folder.path()).env("SOURCE_DATE_EPOCH", EPOCH);
        command
    }

    /// The names of the databases in a folder, sorted.
    pub(crate) fn databases(&self, below: &str) -> Vec<String> {
        let mut names = self.names(below);
        names.retain(|name| Path::new(name).extension().is_some_and(|kind| kind == "mmdb"));
        names
    }

    /// The names in a folder, sorted.
    pub(crate) fn names(&self, below: &str) -> Vec<String> {
        names(&self.path(below))
    }
}

/// The definition of a VPN membership feed in documentation space.
pub(crate) fn definition(path: &str, format: &str, more: &str) -> String {
    format!(
        "title = 'A test'\npath = '{path}'\nformat = '{format}'\nkind = 'membership'\n\
         category = 'vpn'\nreserved = 'keep'\nlicence = {{ id = 'CC0-1.0' }}\n\
         as_of = '2026-11-20'\n{more}\n"
    )
}

/// The names in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let name = |entry: std::io::Result<fs::DirEntry>| {
        entry.expect("readable").file_name().to_string_lossy().into_owned()
    };
    let mut names: Vec<String> = entries.map(name).collect();
    names.sort();
    names
}

impl Ended {
    /// What a process left; fails the test if it panicked or was killed.
    #[track_caller]
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        let ended = Self {
            code: output.status.code().expect("not killed"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        };
        assert!(!ended.stderr.contains("panicked"), "{ended:?}");
        ended
    }

    /// Fails the test unless the command ended like that.
    #[track_caller]
    pub(crate) fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// Fails the test unless standard error says all of this.
    #[track_caller]
    pub(crate) fn expect_stderr(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.stderr.contains(part), "no {part:?} in stderr: {}", self.stderr);
        }
        self
    }

    /// Standard output as one JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).expect("one JSON document")
    }

    /// Standard output as a JSON document a line.
    #[track_caller]
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        let line = |line| serde_json::from_str(line).expect("a JSON document a line");
        self.stdout.lines().map(line).collect()
    }
}
