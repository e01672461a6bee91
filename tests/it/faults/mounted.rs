//! File systems that are mounted for a test, and gone after it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::keeper::plain;

/// A folder on which something is mounted.
pub(crate) struct Mounted {
    folder: PathBuf,
}

impl Mounted {
    /// Mounts, with the options of `mount`.
    #[track_caller]
    pub(crate) fn new(options: &[&str], source: &str, folder: &Path) -> Self {
        as_root("mount", &[options, &[source, plain(folder)]].concat());
        let mounted = Self { folder: folder.to_owned() };
        if !is_root() {
            let id = Command::new("id").arg("-u").output().expect("id runs").stdout;
            let owner = String::from_utf8(id).expect("a number");
            as_root("chown", &[owner.trim(), plain(folder)]);
        }
        mounted
    }

    /// Lets nobody write to it any more, or again.
    #[track_caller]
    pub(crate) fn set(&self, option: &str) {
        as_root("mount", &["-o", &format!("remount,bind,{option}"), plain(&self.folder)]);
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Lazily: a child that is still there may hold it.
        as_root("umount", &["-l", plain(&self.folder)]);
    }
}

/// Runs a tool as root; fails the test if that is not permitted.
#[track_caller]
fn as_root(program: &str, args: &[&str]) {
    let mut command = if is_root() {
        Command::new(program)
    } else {
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", program]);
        sudo
    };
    let output = command.args(args).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?} has to be permitted: {said}");
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("id runs");
    output.stdout == b"0\n"
}
