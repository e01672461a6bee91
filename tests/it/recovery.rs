//! A build that fails leaves the old release served and nothing half-written.

use std::fs;
use std::process::Stdio;

use crate::support::Project;

/// Everything below a folder: paths and contents.
fn tree(project: &Project, below: &str) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for name in project.names(below) {
        let path = format!("{below}/{name}");
        if project.path(&path).is_dir() {
            files.extend(tree(project, &path));
        } else {
            files.push((path.clone(), fs::read(project.path(&path)).expect("readable")));
        }
    }
    files
}

/// A store with one release from a good list, then `spoil`, then a build that fails.
#[track_caller]
fn check(spoil: impl Fn(&Project), code: i32) {
    let project = Project::new();
    project.list("list", "");
    project.write("data/list.txt", "192.0.2.1\n");
    project.build(&[]).expect_code(0);
    let before = tree(&project, "output");
    spoil(&project);
    project.build(&[]).expect_code(code);
    assert_eq!(tree(&project, "output"), before);
    let record = project.run(&["lookup", "--json", "192.0.2.1"]).expect_code(0).json();
    assert_eq!(record["record"]["signals"]["is_vpn"], true);
}

#[test]
fn a_feed_that_vanished_leaves_the_old_release() {
    check(|project| fs::remove_file(project.path("data/list.txt")).expect("there"), 1);
}

#[test]
fn a_catalogue_with_a_mistake_leaves_the_old_release() {
    check(|project| project.write("feeds/list.toml", "title = 1"), 2);
}

#[test]
fn a_refusal_leaves_the_old_release() {
    let policy = "[[canary]]\nnetwork = '192.0.2.1'\nmust_not = ['is_vpn']\n";
    check(|project| project.write("feeds/policy.toml", policy), 3);
}

#[test]
fn a_store_that_cannot_be_written_leaves_the_old_release() {
    let project = Project::new();
    project.list("list", "");
    project.write("data/list.txt", "192.0.2.1\n");
    project.build(&[]).expect_code(0);
    let index = fs::read(project.path("output/index.json")).expect("there");
    // A folder in the place of the guard file: works for root too, whom no permission stops.
    fs::remove_file(project.path("output/.publishing")).expect("there");
    fs::create_dir(project.path("output/.publishing")).expect("free");
    let said = ["nothing was published", "output/.publishing"];
    project.build(&[]).expect_code(1).expect_stderr(&said);
    assert_eq!(project.names("output/releases"), ["20261121.1"]);
    assert_eq!(fs::read(project.path("output/index.json")).expect("there"), index);
    project.run(&["lookup", "192.0.2.1"]).expect_code(0);
}

#[test]
fn an_output_that_is_a_file_is_told_before_the_work() {
    let project = Project::new();
    project.write("output", "mine");
    project.run(&["build", "--sample"]).expect_code(1).expect_stderr(&["cannot write to output"]);
    assert_eq!(fs::read(project.path("output")).expect("there"), b"mine");
}

#[test]
fn what_a_killed_build_left_is_cleared_away() {
    let project = Project::with_sample();
    project.write("output/releases/.tmp-20261121.2/full.mmdb", "half a file");
    project.write("output/.tmp-index.json", "{");
    project.run(&["build", "--sample", "--edition", "asn"]).expect_code(0);
    assert_eq!(project.names("output/releases"), ["20261121.1", "20261121.2"]);
    let names = project.names("output");
    assert!(!names.iter().any(|name| name.starts_with(".tmp-")), "{names:?}");
}

#[test]
fn an_index_that_was_damaged_is_not_written_over() {
    let project = Project::with_sample();
    project.write("output/index.json", "{");
    let said = ["output/index.json is not readable"];
    project.run(&["build", "--sample"]).expect_code(1).expect_stderr(&said);
    project.run(&["lookup", "1.1.1.1"]).expect_code(1).expect_stderr(&said);
    assert_eq!(fs::read(project.path("output/index.json")).expect("there"), b"{");
}

#[test]
fn builds_at_once_publish_one_after_the_other() {
    let project = Project::new();
    // Other editions each: what the current release says already is not published again.
    let children: Vec<_> = ["asn", "city", "country", "full"]
        .map(|edition| ["build", "--sample", "--edition", edition])
        .into_iter()
        .map(|args| project.command(&args).stdout(Stdio::null()).spawn())
        .map(|child| child.expect("starts"))
        .collect();
    for mut child in children {
        assert!(child.wait().expect("ends").success());
    }
    let expected = ["20261121.1", "20261121.2", "20261121.3", "20261121.4"];
    assert_eq!(project.names("output/releases"), expected);
    let releases = project.names("output/releases").into_iter();
    for release in releases.map(|version| format!("output/releases/{version}")) {
        let databases = project.databases(&release);
        assert_eq!(databases.len(), 1);
        let database = format!("{release}/{}", databases[0]);
        project.run(&["lookup", "--db", &database, "1.1.1.1"]).expect_code(0);
    }
}
