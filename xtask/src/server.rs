//! A server as a process: waited for, and ended by SIGTERM.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::command::{command, line};

/// A server that takes longer to end is broken. valgrind takes its time.
const DEADLINE: Duration = Duration::from_mins(1);

/// How often it is looked at.
const POLL: Duration = Duration::from_millis(20);

/// A process that ends when this goes.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts one.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let child = command.spawn().with_context(|| format!("cannot start `{}`", line(command)))?;
        Ok(Self { child })
    }

    /// Starts `ipmint serve` and waits until it says where it listens: host and port.
    pub(crate) fn listening(command: &mut Command) -> Result<(Self, String)> {
        let mut process = Self::start(command.stderr(Stdio::piped()))?;
        let stderr = process.child.stderr.take().context("no output")?;
        let mut lines = BufReader::new(stderr).lines();
        let mut said = String::new();
        loop {
            let Some(told) = lines.next().transpose()? else {
                bail!("`{}` ended with {}: {said}", line(command), process.child.wait()?);
            };
            if let Some((_, host)) = told.split_once("listening on http://") {
                // So that it never waits for us to read.
                thread::spawn(move || lines.for_each(drop));
                return Ok((process, host.trim().to_owned()));
            }
            said += &told;
            said.push('\n');
        }
    }

    /// Whether it ended by itself.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// A line of the status of the process that answers, in KiB, such as `VmRSS`.
    pub(crate) fn memory(&self, name: &str) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.worker()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        number.with_context(|| format!("no {name} in {status}"))
    }

    /// How many files it still has mapped that are no more.
    pub(crate) fn n_deleted_mapped(&self) -> Result<usize> {
        let maps = fs::read_to_string(format!("/proc/{}/maps", self.worker()))?;
        Ok(maps.lines().filter(|line| line.ends_with(" (deleted)")).count())
    }

    /// nginx has a worker, ours no child (proc(5)).
    fn worker(&self) -> u32 {
        let id = self.child.id();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
        children.unwrap_or_default().trim().parse().unwrap_or(id)
    }

    /// Asks it to end, and waits for that: nginx ends its worker, and callgrind writes down what it
    /// counted.
    pub(crate) fn end(mut self) -> Result<ExitStatus> {
        self.stop()
    }

    fn stop(&mut self) -> Result<ExitStatus> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(status);
        }
        command("kill", &["-TERM", &self.child.id().to_string()]).status()?;
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if start.elapsed() > DEADLINE {
                self.child.kill()?;
                self.child.wait()?;
                bail!("a server did not end on SIGTERM in {DEADLINE:?}");
            }
            thread::sleep(POLL);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            eprintln!("warning: {error:#}");
        }
    }
}
