//! A clock that goes backwards between builds.

use crate::keeper::{Keeper, PACKED, follow, text};

#[test]
fn a_clock_that_goes_backwards_changes_names_alone() {
    let keeper = Keeper::with_releases(PACKED, 3);
    keeper.wait_days(-30);
    keeper.list(4);
    assert_eq!(keeper.publish(), "20261024.1");
    let index = keeper.index();
    assert_eq!((text(&index["current"]), &index["sequence"]), ("20261024.1".to_owned(), &4.into()));
    // It leads on from the release before it, whatever the names say.
    let manifest = keeper.manifest("20261024.1");
    assert_eq!(manifest["previous"]["version"], "20261123.1");
    let from = manifest["editions"]["full"]["deltas"].as_array().expect("a list").iter();
    assert!(from.clone().any(|delta| delta["from"] == "20261123.1"));
    assert_eq!(follow(&keeper.path("")), Ok("20261024.1".to_owned()));
    keeper.expect_sound();

    keeper.wait_days(30);
    keeper.list(5);
    assert_eq!(keeper.publish(), "20261123.2");
    assert_eq!(keeper.index()["sequence"], 5);
    for version in keeper.versions() {
        let full = keeper.read(&format!("releases/{version}/full.mmdb"));
        assert_eq!(keeper.store().history_full(&version).expect("kept"), full, "{version}");
    }
    keeper.expect_sound();
}

#[test]
fn a_name_is_not_given_twice() {
    let keeper = Keeper::with_releases("[release]\nvariants = []\ngrace = '1h'\n", 2);
    let second = keeper.read("releases/20261122.1/full.mmdb");
    keeper.wait_days(-30);
    keeper.list(3);
    assert_eq!(keeper.publish(), "20261023.1");
    keeper.wait_days(60);
    keeper.run(&["releases", "prune", "--keep", "1"]).expect_code(0);
    assert_eq!(keeper.versions(), ["20261023.1"]);
    // The day whose release is gone: caches out there may still have that.
    keeper.wait_days(-30);
    keeper.list(4);
    assert_eq!(keeper.publish(), "20261122.2");
    assert_eq!(keeper.store().history_full("20261122.1").expect("kept"), second);
    keeper.expect_sound();
}
