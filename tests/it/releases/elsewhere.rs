//! The same lock and the same snapshots make the same release, wherever and by whomever.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::keeper::{Keeper, PACKED, plain, tool};
use crate::operator::Operator;
use crate::origin::{Answer, list};
use crate::support::Ended;
use crate::world::files_below;

/// `nobody`: may write nowhere but in the folder that is given to it.
const NOBODY: u32 = 65_534;

/// Paths and bytes below a folder.
fn tree(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let read = |name: String| {
        let bytes = fs::read(folder.join(&name)).expect("listed");
        (name, bytes)
    };
    files_below(folder).into_iter().map(read).collect()
}

#[test]
fn another_machine_makes_the_same_release() {
    let operator = Operator::with_list(vec![Answer::content(list(0, 500))]);
    operator.project.write("feeds/policy.toml", "canary = []\n[fetch]\nbackoff = '0s'\n");
    let editions = ["--edition", "full", "--edition", "asn", "--edition", "anonymous"];
    operator.build(&editions).expect_code(0);
    let release = tree(&operator.project.path("output/releases/20261121.1"));
    // Three databases and four packages of each, manifest and notice.
    assert_eq!(release.len(), 17);

    let elsewhere = tempfile::tempdir().expect("a temp folder");
    let is_root = tool("id", &["-u"]).stdout == b"0\n";
    for n_threads in ["1", "3"] {
        let folder = elsewhere.path().join(n_threads);
        fs::create_dir(&folder).expect("free");
        for name in ["feeds", "data", "cache"] {
            let from = operator.project.path(name);
            tool("cp", &["-r", plain(&from), plain(&folder.join(name))]);
        }
        let lock = operator.project.path("output/feeds.lock");
        fs::copy(lock, folder.join("the.lock")).expect("copied");
        // A checkout may lie where only its owner may go.
        fs::copy(env!("CARGO_BIN_EXE_ipmint"), folder.join("ipmint")).expect("copied");
        let mut command = Command::new("sh");
        command.args(["-c", "umask 077; exec ./ipmint build \"$@\"", "sh"]);
        command.args(["--feeds", "feeds", "--root", "data", "--cache", "cache"]);
        command.args(["--locked", "the.lock", "--threads", n_threads]).args(editions);
        command.current_dir(&folder).stdin(Stdio::null());
        command.env_remove("SOURCE_DATE_EPOCH").env_remove("IPMINT_SIGN_KEY");
        command.env("LC_ALL", "de_DE.UTF-8").env("TZ", "Asia/Tokyo").env("HOME", &folder);
        if is_root {
            let owner = format!("{NOBODY}:{NOBODY}");
            tool("chown", &["-R", &owner, plain(elsewhere.path())]);
            command.uid(NOBODY).gid(NOBODY);
        }
        Ended::of(command.output().expect("a shell")).expect_code(0);
        let found = tree(&folder.join("output/releases/20261121.1"));
        let names = |tree: &[(String, Vec<u8>)]| -> Vec<String> {
            tree.iter().map(|(name, _)| name.clone()).collect()
        };
        assert_eq!(names(&found), names(&release));
        for ((name, found), (_, expected)) in found.iter().zip(&release) {
            if found != expected {
                let said = String::from_utf8_lossy(found);
                assert!(!name.ends_with("json"), "{said}\n{}", String::from_utf8_lossy(expected));
                panic!("{name} differs");
            }
        }
    }
}

#[test]
fn the_same_nights_make_the_same_store() {
    let stores = ["1", "3"].map(|n_threads| {
        let keeper = Keeper::new(PACKED);
        for n in 1..=4 {
            keeper.list(n);
            keeper.build(&["--threads", n_threads]).expect_code(0);
            keeper.wait_days(1);
        }
        keeper
    });
    let [one, other] = stores.map(|keeper| {
        let paths = ["releases", "history"].map(|name| tree(&keeper.path(name)));
        (paths, keeper.read("index.json"), keeper.read("feeds.lock"))
    });
    assert!(one.0[0].iter().any(|(name, _)| name.strip_suffix(".dcz").is_some()));
    assert!(one == other, "two stores of the same nights differ");
}
