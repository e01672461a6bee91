//! The system calls of a publication, watched and broken by `strace`.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Output, Stdio};

use crate::faults::trial::Trial;
use crate::keeper::plain;

/// The calls that change a store.
pub(crate) const CHANGING: &str = "mkdir,mkdirat,openat,write,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,\
     unlinkat,rmdir,ftruncate";

/// Those that only look.
pub(crate) const LOOKING: &str = "openat,read,mmap,flock,getdents64,statx,newfstatat,close";

/// A system call of a publication that is about its store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) name: String,
    /// The path that it names, or that its file has; of a rename and a link, the older one.
    pub(crate) path: String,
    /// Which of its name and path it is, from 1.
    pub(crate) number: u32,
    /// Whether it creates a file.
    pub(crate) creates: bool,
}

impl Call {
    /// Whether something is other than before once it is done.
    pub(crate) fn changes(&self) -> bool {
        self.creates || (self.name != "openat" && CHANGING.split(',').any(|name| name == self.name))
    }
}

impl Trial {
    /// The calls of an undisturbed publication, in their order.
    #[track_caller]
    pub(crate) fn calls(&self, names: &str) -> Vec<Call> {
        self.restore();
        let output = self.strace(&["-y", "-e", &format!("trace={names}")]);
        assert!(output.status.success(), "{output:?}");
        let root = plain(&self.output()).to_owned();
        let mut numbers: BTreeMap<(String, String), u32> = BTreeMap::new();
        let mut calls = Vec::new();
        for line in self.trace().lines() {
            // `<thread> <name>(<arguments>) = <result>`
            let call = line.split_once(' ').and_then(|(_, call)| call.trim_start().split_once('('));
            let Some((name, arguments)) = call else { continue };
            let Some(start) = arguments.find(&root) else { continue };
            let path: String =
                arguments[start..].chars().take_while(|c| !matches!(c, '"' | '>')).collect();
            let number = numbers.entry((name.to_owned(), path.clone())).or_default();
            *number += 1;
            let (name, number) = (name.to_owned(), *number);
            calls.push(Call { name, path, number, creates: arguments.contains("O_CREAT") });
        }
        calls
    }

    /// Runs the publication from the store as it was, and breaks one call.
    #[track_caller]
    pub(crate) fn inject(&self, call: &Call, fault: &str) -> Output {
        self.restore();
        let Call { name, path, number, .. } = call;
        let trace = format!("trace={name}");
        let inject = format!("inject={name}:{fault}:when={number}");
        let output = self.strace(&["-P", path, "-e", &trace, "-e", &inject]);
        let trace = self.trace();
        let is_broken = trace.contains("(INJECTED)") || trace.contains("killed by SIGKILL");
        assert!(is_broken, "{call:?} was not met: {trace}\n{output:?}");
        output
    }

    /// What the last run's calls were.
    fn trace(&self) -> String {
        fs::read_to_string(self.keeper.project.path("trace")).expect("strace wrote it")
    }

    fn strace(&self, options: &[&str]) -> Output {
        let building = self.building();
        let mut strace = std::process::Command::new("strace");
        // No text that is written: it may hold paths too.
        strace.args(["-f", "-qq", "-s", "0", "-o", "trace"]).args(options);
        strace.arg(building.get_program()).args(building.get_args());
        for (name, value) in building.get_envs() {
            match value {
                Some(value) => strace.env(name, value),
                None => strace.env_remove(name),
            };
        }
        strace.current_dir(self.keeper.project.path("")).stdin(Stdio::null());
        strace.output().expect("strace is installed; `cargo xtask setup` does it")
    }
}
