//! What `releases list` and `releases show` tell of a store, for people and for programs.

use crate::keeper::{Keeper, PACKED, PLAIN};

/// The cells of a table's line.
fn cells(line: &str) -> Vec<&str> {
    line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

#[test]
fn the_list_is_the_index() {
    let keeper = Keeper::with_releases(PLAIN, 3);
    keeper.run(&["releases", "rollback"]).expect_code(0);
    let json = keeper.run(&["releases", "list", "--json"]).expect_code(0).json();
    assert_eq!(json, keeper.index());

    let text = keeper.run(&["releases", "list"]).expect_code(0).stdout;
    let lines: Vec<Vec<&str>> = text.lines().map(cells).collect();
    assert_eq!(lines[0], ["release", "built", "number", "editions", "new", "bytes"]);
    let told = |line: &[&str]| {
        let told: Vec<String> =
            [&line[..5], &line[6..]].concat().iter().map(|c| (*c).into()).collect();
        told.join(" ")
    };
    let lines: Vec<String> = lines[1..].iter().map(|line| told(line)).collect();
    let expected = [
        "20261123.1 2026-11-23T00:00:00Z 3 2 1",
        "20261122.1 2026-11-22T00:00:00Z 2 2 1 current",
        "20261121.1 2026-11-21T00:00:00Z 1 2 2",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn what_is_shown_is_the_manifest() {
    let keeper = Keeper::with_releases(PACKED, 2);
    for version in keeper.versions() {
        let json = keeper.run(&["releases", "show", &version, "--json"]).expect_code(0).json();
        assert_eq!(json, keeper.manifest(&version));
    }
    let json = keeper.run(&["releases", "show", "--json"]).expect_code(0).json();
    assert_eq!(json, keeper.manifest("20261122.1"));

    let text = keeper.run(&["releases", "show"]).expect_code(0).stdout;
    let head = "release 20261122.1: number 2, built 2026-11-22T00:00:00Z by ipmint ";
    assert!(text.starts_with(head), "{text}");
    assert!(text.lines().next().expect("one").ends_with(", after 20261121.1"), "{text}");
    let lines: Vec<Vec<&str>> = text.lines().skip(2).map(cells).collect();
    let columns =
        ["edition", "since", "mmdb", "zst", "gz", "tar.gz", "compact", "updates", "smallest"];
    assert_eq!(lines[0], columns);
    assert_eq!(lines[1][..2], ["asn", "20261121.1"]);
    assert_eq!(lines[2][..2], ["full", "20261122.1"]);
    let full = keeper.read("releases/20261122.1/full.mmdb").len().to_string();
    assert_eq!(lines[2][2].replace(char::is_whitespace, ""), full);
    let said = ["no release `1.1`; there are 20261121.1, 20261122.1"];
    keeper.run(&["releases", "show", "1.1"]).expect_code(1).expect_stderr(&said);
}
