//! Bad input: a clear error or a counted fault, the documented code, nothing half-written.

use std::io::Write as _;

use crate::support::{Project, definition};

/// A project with one good feed, so that a build goes on without the bad one.
fn project() -> Project {
    let project = Project::new();
    project.list("good", "");
    project.write("data/good.txt", "192.0.2.1\n");
    project
}

/// Builds and checks what became of the feed `bad`.
#[track_caller]
fn check(project: &Project, state: &str, reason: &str) {
    let ended = project.build(&["--json"]).expect_code(0);
    let report = ended.json();
    let bad = &report["feeds"]["bad"];
    assert_eq!(bad["state"], state, "{bad}");
    let found = bad["reason"].as_str().expect("a reason");
    assert!(found.contains(reason), "no {reason:?} in {found:?}");
    assert_eq!(bad["claims"], 0);
    assert_eq!(report["feeds"]["good"]["claims"], 1);
    ended.expect_stderr(&["warning: feed `bad`", reason]);
    // The release is whole all the same.
    project.run(&["lookup", "192.0.2.1"]).expect_code(0);
}

#[test]
fn no_feed_that_can_be_read_is_an_error() {
    let project = Project::new();
    project.list("bad", "");
    let said =
        ["no feed could be read, nothing was published", "bad: missing: data/bad.txt is missing"];
    project.build(&[]).expect_code(1).expect_stderr(&said);
    assert!(!project.path("output/index.json").exists());
    assert_eq!(project.names("output/releases"), [] as [&str; 0]);
}

#[test]
fn what_is_built_in_alone_makes_no_release() {
    let project = Project::new();
    let said = ["no feed could be read, nothing was published", "ipmint build --sample"];
    project.run(&["build", "--offline"]).expect_code(1).expect_stderr(&said);
    assert!(!project.path("output/index.json").exists());
}

#[test]
fn a_missing_feed_claims_nothing() {
    let project = project();
    project.list("bad", "");
    check(&project, "missing", "data/bad.txt is missing");
}

#[test]
fn ten_mistakes_in_a_catalogue_are_told_at_once() {
    let project = project();
    for n in 1..=10 {
        project.list(&format!("bad-{n}"), &format!("reliability = {}", 1000 + n));
    }
    let ended = project.build(&[]).expect_code(2);
    for n in 1..=10 {
        let said = format!("feeds/bad-{n}.toml:9: reliability: found {}", 1000 + n);
        assert!(ended.stderr.contains(&said), "no {said} in {}", ended.stderr);
    }
    assert!(!project.path("output").exists());
    let checked = project.run(&["feeds", "check", "--feeds", "feeds"]).expect_code(2);
    assert_eq!(checked.stderr.matches("reliability").count(), 10);
}

#[test]
fn a_file_that_is_a_folder_is_no_feed() {
    let project = project();
    project.list("bad", "");
    project.write("data/bad.txt/inside", "");
    check(&project, "missing", "data/bad.txt is not a regular file");
}

#[test]
fn an_html_page_is_no_list() {
    let project = project();
    project.list("bad", "");
    project.write("data/bad.txt", "<!DOCTYPE html>\n<html><title>Just a moment…</title>\n");
    check(&project, "rejected", "`bad.txt` is an HTML page where a feed is due");
}

#[test]
fn a_csv_with_fewer_columns_than_declared_is_counted_as_faults() {
    let project = project();
    let columns = "columns = { network = 3, provider = 1 }";
    project.write("feeds/bad.toml", definition("bad.csv", "csv", columns));
    project.write("data/bad.csv", "a,192.0.2.1\nb,192.0.2.2\n");
    check(&project, "rejected", "2 of 2 rows could not be read, expected at most 50 ‰");
    let report = project.build(&["--json"]).expect_code(0).json();
    let bad = &report["feeds"]["bad"];
    assert_eq!((&bad["rows"], &bad["faults"]), (&2.into(), &2.into()));
    assert_eq!(bad["samples"][1]["file"], "bad.csv");
    assert_eq!(bad["samples"][1]["line"], 2);
}

#[test]
fn a_truncated_gzip_is_rejected() {
    let project = project();
    project.list("bad", "");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    for n in 0..=255 {
        writeln!(packed, "198.51.100.{n}").expect("written");
    }
    let packed = packed.finish().expect("packed");
    project.write("data/bad.txt", &packed[..packed.len() / 2]);
    check(&project, "rejected", "`bad.txt` is damaged gzip");
}

#[test]
fn a_zip_whose_members_leave_it_is_rejected() {
    let project = project();
    project.list("bad", "member = '*/*.txt'");
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("../evil.txt", options).expect("started");
    zip.write_all(b"198.51.100.1\n").expect("written");
    project.write("data/bad.txt", zip.finish().expect("finished").into_inner());
    check(&project, "rejected", "expected no absolute path and no `..`");
    assert!(!project.path("evil.txt").exists());
    assert!(!project.path("data/evil.txt").exists());
}

#[test]
fn a_database_cut_in_half_is_no_database() {
    let project = Project::with_sample();
    let bytes = std::fs::read(project.path("output/releases/20261121.1/full.mmdb")).expect("there");
    project.write("half.mmdb", &bytes[..bytes.len() / 2]);
    let said = ["`half.mmdb` cannot be read", "was it cut short?"];
    project.run(&["lookup", "--db", "half.mmdb", "1.1.1.1"]).expect_code(1).expect_stderr(&said);
    project.run(&["explain", "--db", "half.mmdb", "1.1.1.1"]).expect_code(1).expect_stderr(&said);
    project.run(&["inspect", "half.mmdb"]).expect_code(1).expect_stderr(&said);
    project.run(&["verify", "half.mmdb"]).expect_code(1);
    // The first half replaced by the second: metadata there, tree not.
    project.write("tail.mmdb", &bytes[bytes.len() / 2..]);
    project.run(&["lookup", "--db", "tail.mmdb", "1.1.1.1"]).expect_code(1);
    project.run(&["verify", "tail.mmdb"]).expect_code(1);
}

#[test]
fn a_folder_or_nothing_is_no_database() {
    let project = Project::new();
    let said = ["`data` is a folder, expected a database file"];
    project.run(&["lookup", "--db", "data", "1.1.1.1"]).expect_code(1).expect_stderr(&said);
    let said = ["cannot open `none`"];
    project.run(&["lookup", "--db", "none", "1.1.1.1"]).expect_code(1).expect_stderr(&said);
    project.write("empty", "");
    project.run(&["lookup", "--db", "empty", "1.1.1.1"]).expect_code(1);
}

#[test]
fn an_edition_without_claims_cannot_be_explained() {
    let project = Project::with_sample();
    let database = "output/releases/20261121.1/asn.mmdb";
    let said = ["the record of 8.8.8.8 carries no attributions; ask the `full` edition"];
    project.run(&["explain", "--db", database, "8.8.8.8"]).expect_code(1).expect_stderr(&said);
}

#[test]
fn folders_and_clocks_that_make_no_sense_are_usage_errors() {
    let project = project();
    let said = ["--feeds: `nowhere` is not a folder"];
    project.run(&["build", "--feeds", "nowhere"]).expect_code(2).expect_stderr(&said);
    let said = ["--root: `nowhere` is not a folder"];
    project.run(&["build", "--root", "nowhere"]).expect_code(2).expect_stderr(&said);
    // No number, milliseconds, more than 64 bits hold.
    for clock in ["tomorrow", "1795219200000", "99999999999999999999"] {
        let mut command = project.command(&["build", "--sample"]);
        let output = command.env("SOURCE_DATE_EPOCH", clock).output().expect("runs");
        assert_eq!(output.status.code(), Some(2), "{clock}");
    }
}
