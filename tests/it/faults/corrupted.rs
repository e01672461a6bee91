//! A current release that was damaged on disk: noticed where it must be, and healed by a build.

use std::fs;

use crate::keeper::{Keeper, PACKED, flip_a_bit, follow, replace};

/// Two releases, of which the current one is damaged.
fn damaged(name: &str, damage: impl Fn(&std::path::Path)) -> Keeper {
    let keeper = Keeper::with_releases(PACKED, 2);
    damage(&keeper.path("releases/20261122.1").join(name));
    keeper.run(&["releases", "check"]).expect_code(1);
    keeper
}

/// Fails the test unless a build of the same feeds publishes a release that is whole.
#[track_caller]
fn check_healed(keeper: &Keeper) {
    let healed = keeper.publish();
    assert_eq!(healed, "20261122.2");
    assert_eq!(follow(&keeper.path("")), Ok(healed.clone()));
    keeper.run(&["releases", "check", &healed]).expect_code(0);
    let record = keeper.run(&["lookup", "--json", "192.0.2.2"]).expect_code(0).json();
    assert_eq!(record["record"]["signals"]["is_vpn"], true);
    // The damaged one can go, and with it the last damage.
    keeper.wait_days(4);
    keeper.run(&["releases", "prune", "--keep", "1"]).expect_code(0);
    keeper.expect_sound();
    keeper.build(&["--strict"]).expect_code(5);
}

#[test]
fn a_truncated_database_is_noticed_by_readers() {
    let keeper = damaged("full.mmdb", |path| {
        let bytes = fs::read(path).expect("there");
        replace(path, &bytes[..bytes.len() / 3]);
    });
    let said = ["full.mmdb"];
    keeper.run(&["lookup", "192.0.2.2"]).expect_code(1).expect_stderr(&said);
    check_healed(&keeper);
}

#[test]
fn a_flipped_bit_is_not_handed_on() {
    let keeper = damaged("asn.mmdb", flip_a_bit);
    check_healed(&keeper);
}

#[test]
fn an_empty_database_is_noticed_by_readers() {
    let keeper = damaged("full.mmdb", |path| replace(path, b""));
    keeper.run(&["lookup", "192.0.2.2"]).expect_code(1).expect_stderr(&["full.mmdb"]);
    check_healed(&keeper);
}

#[test]
fn a_manifest_that_was_damaged_is_noticed_by_readers() {
    for content in ["", "{}", "null"] {
        let keeper = damaged("manifest.json", |path| replace(path, content.as_bytes()));
        let said = ["releases/20261122.1/manifest.json is not the manifest that index.json names"];
        keeper.run(&["lookup", "192.0.2.2"]).expect_code(1).expect_stderr(&said);
        keeper.run(&["releases", "show"]).expect_code(1).expect_stderr(&said);
        let healed = keeper.publish();
        assert_eq!(follow(&keeper.path("")), Ok(healed));
    }
}

#[test]
fn a_release_that_vanished_is_replaced() {
    let keeper = Keeper::with_releases(PACKED, 2);
    fs::remove_dir_all(keeper.path("releases/20261122.1")).expect("there");
    let said = ["releases/20261122.1/manifest.json"];
    keeper.run(&["lookup", "192.0.2.2"]).expect_code(1).expect_stderr(&said);
    assert_eq!(keeper.publish(), "20261122.2");
    assert_eq!(follow(&keeper.path("")), Ok("20261122.2".to_owned()));
    keeper.wait_days(4);
    keeper.run(&["releases", "prune", "--keep", "1"]).expect_code(0);
    keeper.expect_sound();
}

#[test]
fn drift_is_measured_from_the_newest_release_that_is_sound() {
    let keeper = Keeper::new(PACKED);
    keeper.project.write("data/list.txt", "198.18.0.0/16\n");
    keeper.publish();
    keeper.project.write("data/list.txt", "198.18.0.0/16\n192.0.2.1\n");
    let second = keeper.publish();
    replace(&keeper.path(&format!("releases/{second}/manifest.json")), b"{}");
    keeper.list(1);
    let said = ["65536 addresses became 1"];
    keeper.build(&[]).expect_code(3).expect_stderr(&said);
}
