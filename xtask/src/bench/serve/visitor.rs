//! `tests/bench/visitor`, the clients that no tool is.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::bench::serve::server::{Server, client};
use crate::command::{output, root};

/// Runs one to its end and returns what it measured.
pub(super) fn run(mode: &str, server: &Server, args: &[&str]) -> Result<Value> {
    let answer = output(&mut visitor(mode, server, args))?;
    Ok(serde_json::from_str(&answer)?)
}

/// Many connections, held open until this goes.
pub(super) struct Crowd {
    child: Child,
    answers: BufReader<ChildStdout>,
}

impl Crowd {
    /// Opens so many that are idle, of slow headers, of slow bodies, and waits for that.
    pub(super) fn open(server: &Server, numbers: [usize; 3]) -> Result<Self> {
        let numbers = numbers.map(|number| number.to_string());
        let args = numbers.each_ref().map(String::as_str);
        let mut process = visitor("crowd", server, &args);
        process.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = process.spawn().context("cannot start the visitor")?;
        let stdout = child.stdout.take().context("the visitor has no output")?;
        let mut crowd = Self { child, answers: BufReader::new(stdout) };
        crowd.answer().context("the crowd did not get in")?;
        Ok(crowd)
    }

    /// Closes them; returns how many of each the server had left open.
    pub(super) fn leave(mut self) -> Result<Value> {
        drop(self.child.stdin.take());
        self.answer()
    }

    fn answer(&mut self) -> Result<Value> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        serde_json::from_str(&line).with_context(|| format!("the visitor said {line:?}"))
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        // It ends when its input does.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

fn visitor(mode: &str, server: &Server, args: &[&str]) -> Command {
    let program = root().join("target/release/examples/visitor").display().to_string();
    let mut process = client(&program);
    process.args([mode, &server.host, &server.path]).args(args);
    process
}
