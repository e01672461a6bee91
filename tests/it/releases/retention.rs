//! Pruning removes what nobody may still ask for, and nothing else.

use std::fs;

use crate::keeper::{Keeper, follow};

/// Policies with a grace of so many hours.
fn policy(grace_hours: u32) -> String {
    format!("[release]\nvariants = []\ndeltas = 1\npatches = 0\ngrace = '{grace_hours}h'\n")
}

/// Five releases, a day apart; the clock stands two hours after the fifth, and the grace is over.
fn five() -> Keeper {
    let keeper = Keeper::with_releases(&policy(1), 5);
    keeper.wait_hours(2);
    keeper
}

/// Prunes, and compares the days that are left.
#[track_caller]
fn check(keeper: &Keeper, options: &[&str], days_left: &[u32]) {
    let left: Vec<String> = days_left.iter().map(|day| format!("202611{}.1", 20 + day)).collect();
    let before = keeper.versions();
    let gone: Vec<&String> = before.iter().filter(|version| !left.contains(version)).collect();
    let files = keeper.files("");
    let lines = |ending: &str| -> String {
        gone.iter().map(|version| format!("release {version} {ending}\n")).collect()
    };
    let prune = [&["releases", "prune"], options].concat();
    let said = keeper.run(&[&prune[..], &["--dry-run"]].concat()).expect_code(0).stdout;
    assert_eq!(said, lines("would be removed"));
    assert_eq!(keeper.files(""), files);

    let said = keeper.run(&prune).expect_code(0).stdout;
    assert!(said.starts_with(&lines("removed")), "{said}");
    assert!(said.contains(&format!("{} releases removed, ", gone.len())), "{said}");
    assert_eq!(keeper.versions(), left);
    assert_eq!(keeper.project.names("output/releases"), left);
    keeper.expect_sound();
}

#[test]
fn the_newest_are_kept() {
    let keeper = five();
    check(&keeper, &["--keep", "7"], &[1, 2, 3, 4, 5]);
    check(&keeper, &["--keep", "3"], &[3, 4, 5]);
    check(&keeper, &["--keep", "0"], &[5]);
}

#[test]
fn the_young_are_kept() {
    let keeper = five();
    check(&keeper, &["--keep", "1", "--older-than", "30d"], &[1, 2, 3, 4, 5]);
    check(&keeper, &["--keep", "1", "--older-than", "3d"], &[3, 4, 5]);
    check(&keeper, &["--keep", "3", "--older-than", "1h"], &[3, 4, 5]);
    check(&keeper, &["--keep", "1", "--older-than", "1h"], &[5]);
}

#[test]
fn what_was_replaced_a_short_time_ago_is_kept() {
    let keeper = Keeper::with_releases(&policy(48), 5);
    // The second was replaced 48 hours ago.
    check(&keeper, &["--keep", "1"], &[2, 3, 4, 5]);
    keeper.wait_days(1);
    check(&keeper, &["--keep", "1"], &[3, 4, 5]);
}

#[test]
fn the_current_release_is_kept_after_a_rollback() {
    let keeper = five();
    keeper.run(&["releases", "rollback", "20261122.1"]).expect_code(0);
    check(&keeper, &["--keep", "1"], &[2, 5]);
    assert_eq!(follow(&keeper.path("")), Ok("20261122.1".to_owned()));
    // The next one has files of neither; its number goes on.
    keeper.list(6);
    keeper.wait_days(1);
    assert_eq!(keeper.publish(), "20261126.1");
    assert_eq!(keeper.index()["sequence"], 7);
    keeper.expect_sound();
}

#[test]
fn pruning_takes_no_file_from_others() {
    let keeper = five();
    let store = keeper.store();
    let versions = keeper.versions();
    let full = |version: &String| keeper.read(&format!("releases/{version}/full.mmdb"));
    let nights: Vec<Vec<u8>> = versions.iter().map(full).collect();
    let last = keeper.files("releases/20261125.1");
    check(&keeper, &["--keep", "1"], &[5]);
    // `asn.mmdb` is a name of a file that the first release made.
    assert_eq!(keeper.files("releases/20261125.1"), last);
    for (version, night) in versions.iter().zip(&nights) {
        assert_eq!(&store.history_full(version).expect("kept"), night, "{version}");
    }
}

#[test]
fn what_a_dead_build_left_is_removed() {
    let keeper = five();
    // Renamed into place, and never named: a build that died right before the index.
    let stray = keeper.path("releases/20261125.2");
    fs::create_dir(&stray).expect("free");
    fs::copy(keeper.path("releases/20261125.1/full.mmdb"), stray.join("full.mmdb"))
        .expect("copied");
    let said = keeper.run(&["releases", "check"]).expect_code(1).stdout;
    assert!(said.contains("releases/20261125.2 is in no index"), "{said}");
    let said = keeper.run(&["releases", "prune", "--dry-run"]).expect_code(0).stdout;
    assert_eq!(said, "release 20261125.2 would be removed\n");
    let said = keeper.run(&["releases", "prune"]).expect_code(0).stdout;
    assert!(said.starts_with("release 20261125.2 removed\n"), "{said}");
    assert!(!stray.exists());
    keeper.expect_sound();
    assert_eq!(keeper.versions().len(), 5);
}
