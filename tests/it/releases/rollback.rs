//! A rollback makes an older release current; the next build publishes on top.

use std::collections::BTreeSet;
use std::fs;

use ipmint::delta::{Limits, rows};

use crate::keeper::{Keeper, PACKED, follow, text};

/// The current version and the sequence of the index.
fn at(keeper: &Keeper) -> (String, u64) {
    let index = keeper.index();
    (text(&index["current"]), index["sequence"].as_u64().expect("a number"))
}

fn is_listed(keeper: &Keeper, ip: &str) -> bool {
    let record = keeper.run(&["lookup", "--json", ip]).expect_code(0).json();
    record["record"]["signals"]["is_vpn"] == true
}

#[test]
fn the_next_build_publishes_on_top_of_a_rollback() {
    let keeper = Keeper::with_releases(PACKED, 3);
    let [first, second, third] = keeper.versions().try_into().expect("three");
    assert_eq!(at(&keeper), (third.clone(), 3));
    assert!(is_listed(&keeper, "192.0.2.3"));
    let releases = keeper.files("releases");

    keeper.wait_days(1);
    let said = keeper.run(&["releases", "rollback"]).expect_code(0).stdout;
    assert_eq!(said, format!("release {second} is current\n"));
    assert_eq!(at(&keeper), (second.clone(), 4));
    assert_eq!(keeper.index()["expires"], keeper.now() + 7 * 86_400);
    assert!(!is_listed(&keeper, "192.0.2.3"));
    keeper.run(&["releases", "rollback"]).expect_code(0);
    assert_eq!(at(&keeper), (first.clone(), 5));
    let said = ["no release before 20261121.1"];
    keeper.run(&["releases", "rollback"]).expect_code(1).expect_stderr(&said);
    let said = ["no release `20270101.1`", &third];
    keeper.run(&["releases", "rollback", "20270101.1"]).expect_code(1).expect_stderr(&said);
    // Forwards again, by name.
    keeper.run(&["releases", "rollback", &third]).expect_code(0);
    keeper.run(&["releases", "rollback", &first]).expect_code(0);
    assert_eq!(at(&keeper), (first.clone(), 7));
    assert_eq!(keeper.files("releases"), releases);

    keeper.list(4);
    let fourth = keeper.publish();
    assert_eq!(at(&keeper), (fourth.clone(), 8));
    let manifest = keeper.manifest(&fourth);
    assert_eq!(
        (&manifest["sequence"], &manifest["previous"]["version"]),
        (&8.into(), &first.clone().into())
    );
    // Clients may have any of the three.
    let new = keeper.read(&format!("releases/{fourth}/full.mmdb"));
    let mut from = BTreeSet::new();
    for delta in manifest["editions"]["full"]["deltas"].as_array().expect("a list") {
        if delta["kind"] == "rows" {
            let old = keeper.read(&format!("releases/{}/full.mmdb", text(&delta["from"])));
            let delta_bytes = keeper.read(&format!("releases/{fourth}/{}", text(&delta["name"])));
            let made = rows::apply(&old, &delta_bytes, Limits::default()).expect("sound");
            assert_eq!(made, new);
            from.insert(text(&delta["from"]));
        }
    }
    assert_eq!(from, BTreeSet::from([first, second, third]));
    assert_eq!(follow(&keeper.path("")), Ok(fourth));
    keeper.expect_sound();
}

#[test]
fn the_same_feeds_make_a_release_again_after_a_rollback() {
    let keeper = Keeper::with_releases(PACKED, 2);
    keeper.run(&["releases", "rollback"]).expect_code(0);
    let third = keeper.publish();
    let full = |version: &str| keeper.read(&format!("releases/{version}/full.mmdb"));
    // The same time, the same feeds: the bytes of the release that was taken back.
    assert_eq!((third.as_str(), full(&third)), ("20261122.2", full("20261122.1")));
    let deltas = &keeper.manifest(&third)["editions"]["full"]["deltas"];
    let from = deltas.as_array().expect("a list").iter().map(|delta| text(&delta["from"]));
    assert_eq!(from.collect::<BTreeSet<_>>(), BTreeSet::from(["20261121.1".to_owned()]));
    keeper.build(&["--strict"]).expect_code(5);
    keeper.expect_sound();
}

#[test]
fn there_is_nothing_to_roll_back_in_an_empty_store() {
    let keeper = Keeper::new(PACKED);
    for command in ["rollback", "prune", "list", "show", "check"] {
        let said = ["no release in `output`", "ipmint build"];
        keeper.run(&["releases", command]).expect_code(1).expect_stderr(&said);
    }
    assert!(fs::metadata(keeper.path("")).is_err(), "a store was made");
}
