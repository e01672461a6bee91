//! A build that changes nothing renews the index, and touches no file of a release.

use crate::keeper::{Keeper, PACKED};

const DAY: u64 = 86_400;

#[test]
fn a_build_that_changes_nothing_renews_the_index_alone() {
    let keeper = Keeper::with_releases(PACKED, 2);
    let releases = keeper.files("releases");
    let history = keeper.files("history");
    let before = keeper.index();
    let epoch_of_lock = || keeper.json("feeds.lock")["build_epoch"].clone();
    assert_eq!(epoch_of_lock(), keeper.now());

    keeper.wait_days(1);
    let report = keeper.build(&["--json"]).expect_code(0).json();
    assert_eq!(report["changed"], false);
    assert_eq!(report["version"], before["current"]);
    assert_eq!(epoch_of_lock(), keeper.now());
    let expires = |index: &serde_json::Value| index["expires"].as_u64().expect("a number");
    assert_eq!(expires(&keeper.index()), expires(&before) + DAY);

    // For people, and for scripts that ask.
    keeper.wait_days(1);
    let ended = keeper.build(&["--strict"]).expect_code(5);
    assert!(ended.stdout.contains("stands, nothing changed"), "{}", ended.stdout);
    let mut renewed = keeper.index();
    assert_eq!(expires(&renewed), expires(&before) + 2 * DAY);
    renewed["expires"] = before["expires"].clone();
    assert_eq!(renewed, before);

    assert_eq!(keeper.files("releases"), releases);
    assert_eq!(keeper.files("history"), history);
    keeper.expect_sound();
}

#[test]
fn other_editions_alone_make_a_release() {
    let keeper = Keeper::with_releases(PACKED, 1);
    keeper.build(&["--edition", "anonymous", "--strict"]).expect_code(0);
    let manifest = keeper.manifest("20261121.2");
    let editions = manifest["editions"].as_object().expect("a map");
    let since: Vec<(&str, &str)> = editions
        .iter()
        .map(|(name, record)| (name.as_str(), record["since"].as_str().expect("text")))
        .collect();
    let expected = [("anonymous", "20261121.2"), ("asn", "20261121.1"), ("full", "20261121.1")];
    assert_eq!(since, expected);
    keeper.build(&["--edition", "anonymous", "--strict"]).expect_code(5);
    // One edition fewer is another release as well.
    keeper.build(&["--strict"]).expect_code(0);
    keeper.expect_sound();
}
