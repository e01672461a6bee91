//! A signed store: whatever changes it, the stock `minisign` verifies the index and manifests.

use std::fs;
use std::path::PathBuf;

use ipmint::release::{Overwrite, Signer};

use crate::keeper::{Keeper, PLAIN, plain, tool};

const WITH_KEY: [&str; 2] = ["--sign-key", "store.key"];

/// With a key and no release yet.
fn keeper() -> Keeper {
    let keeper = Keeper::new(&format!("{PLAIN}grace = '1h'\n"));
    let path = keeper.project.path("store.key");
    Signer::create(&path, None, Overwrite::Never).expect("made");
    keeper
}

/// Lets the stock tool verify the index and every manifest; returns the index's signed comment.
#[track_caller]
fn check(keeper: &Keeper) -> String {
    let public = keeper.project.path("store.pub");
    let verify = |file: PathBuf| {
        let args = ["-V", "-p", plain(&public), "-m", plain(&file)];
        String::from_utf8(tool("minisign", &args).stdout).expect("text")
    };
    let versions = keeper.versions();
    assert!(!versions.is_empty());
    for version in versions {
        let said = verify(keeper.path(&format!("releases/{version}/manifest.json")));
        let sequence = &keeper.manifest(&version)["sequence"];
        let comment = format!("ipmint release {version} sequence {sequence}");
        assert!(said.contains(&comment), "{said}");
    }
    let said = verify(keeper.path("index.json"));
    let index = keeper.index();
    let comment = format!("index sequence {} expires {}", index["sequence"], index["expires"]);
    assert!(said.contains(&comment), "{said}");
    comment
}

#[test]
fn the_stock_tool_verifies_whatever_was_done() {
    let keeper = keeper();
    keeper.build(&WITH_KEY).expect_code(0);
    let first = check(&keeper);
    keeper.wait_days(1);
    keeper.build(&[&WITH_KEY[..], &["--strict"]].concat()).expect_code(5);
    assert_ne!(check(&keeper), first);
    for n in 11..14 {
        keeper.wait_days(1);
        keeper.list(n);
        keeper.build(&WITH_KEY).expect_code(0);
        check(&keeper);
    }
    let before = check(&keeper);
    let run = |args: &[&str]| keeper.run(&[args, &WITH_KEY].concat()).expect_code(0);
    run(&["releases", "rollback"]);
    assert_ne!(check(&keeper), before);
    run(&["releases", "prune", "--keep", "1"]);
    check(&keeper);
    assert_eq!(keeper.versions().len(), 2);
    keeper.expect_sound();
}

#[test]
fn what_was_changed_is_not_verified() {
    let keeper = keeper();
    keeper.build(&WITH_KEY).expect_code(0);
    check(&keeper);
    let path = keeper.path("index.json");
    let edited =
        fs::read_to_string(&path).expect("there").replace("\"sequence\": 1", "\"sequence\": 9");
    fs::write(&path, edited).expect("written");
    let public = keeper.project.path("store.pub");
    let mut minisign = std::process::Command::new("minisign");
    let ended = minisign.args(["-V", "-p"]).arg(public).arg("-m").arg(path).output();
    assert!(!ended.expect("minisign runs").status.success());
}

#[test]
fn without_the_key_nothing_is_done() {
    let keeper = keeper();
    keeper.build(&WITH_KEY).expect_code(0);
    keeper.list(11);
    keeper.build(&WITH_KEY).expect_code(0);
    let before = keeper.files("");
    // Were the work done first, this would be what is missed.
    fs::remove_file(keeper.project.path("data/list.txt")).expect("there");
    let said = ["the store is signed", "output/index.json.minisig", "--sign-key"];
    keeper.build(&[]).expect_code(1).expect_stderr(&said);
    keeper.run(&["releases", "rollback"]).expect_code(1).expect_stderr(&said);
    keeper.run(&["releases", "prune", "--keep", "1"]).expect_code(1).expect_stderr(&said);
    assert_eq!(keeper.files(""), before);
    check(&keeper);
    // Reading asks for no key.
    keeper.expect_sound();
}

#[test]
fn a_key_that_is_none_stops_a_build() {
    let keeper = keeper();
    keeper.project.write("wrong.key", "untrusted comment: none\nRWQ\n");
    tool("chmod", &["600", plain(&keeper.project.path("wrong.key"))]);
    let said = ["wrong.key is no secret key of minisign"];
    keeper.build(&["--sign-key", "wrong.key"]).expect_code(1).expect_stderr(&said);
    tool("chmod", &["644", plain(&keeper.project.path("store.key"))]);
    let said = ["can be read by others", "chmod 600"];
    keeper.build(&WITH_KEY).expect_code(1).expect_stderr(&said);
    assert!(fs::metadata(keeper.path("releases")).is_err());
}
