//! The history: what `full` said on each night, whatever became of the releases.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::keeper::{Keeper, PLAIN, flip_a_bit, text};

/// Seven nights from 2026-11-28 on; in the third nothing changed, in the fifth another edition
/// alone. Returns what `full` was in each release.
fn a_week(keeper: &Keeper) -> Vec<(String, Vec<u8>)> {
    keeper.wait_days(7);
    for night in 1..=7 {
        match night {
            3 => drop(keeper.build(&["--strict"]).expect_code(5)),
            5 => drop(keeper.build(&["--edition", "anonymous", "--strict"]).expect_code(0)),
            _ => {
                keeper.list(night);
                keeper.publish();
            }
        }
        keeper.wait_days(1);
    }
    let full = |version: String| {
        let bytes = keeper.read(&format!("releases/{version}/full.mmdb"));
        (version, bytes)
    };
    keeper.versions().into_iter().map(full).collect()
}

/// Versions, kinds and names in `history.json`.
fn entries(keeper: &Keeper) -> Vec<(String, String, String)> {
    let history = keeper.json("history/history.json");
    let entries = history["entries"].as_array().expect("a list").iter();
    entries.map(|e| (text(&e["version"]), text(&e["kind"]), text(&e["name"]))).collect()
}

#[test]
fn every_night_is_kept_from_the_first_of_its_month_on() {
    let keeper = Keeper::new(&format!("{PLAIN}grace = '1h'\n"));
    let nights = a_week(&keeper);
    let expected = [
        ("20261128.1", "compact", "202611/20261128.1.compact"),
        ("20261129.1", "rows", "202611/20261129.1.rows"),
        ("20261201.1", "compact", "202612/20261201.1.compact"),
        // Of 2026-12-02 is a release in which `full` stayed.
        ("20261203.1", "rows", "202612/20261203.1.rows"),
        ("20261204.1", "rows", "202612/20261204.1.rows"),
    ];
    let expected = expected.map(|(v, kind, name)| (v.into(), kind.into(), name.into()));
    assert_eq!(entries(&keeper), expected);
    assert_eq!(nights.len(), 6);

    let check = || {
        for (version, full) in &nights {
            if version != "20261202.1" {
                let kept = keeper.store().history_full(version).expect(version);
                assert_eq!(&kept, full, "{version}");
            }
        }
        let error = keeper.store().history_full("20261202.1").expect_err("it changed nothing");
        assert!(error.to_string().contains("no release `20261202.1`"), "{error}");
    };
    check();
    keeper.run(&["releases", "prune", "--keep", "1"]).expect_code(0);
    assert_eq!(keeper.versions(), ["20261204.1"]);
    check();
    // What leads on from a release that is gone is whole again.
    keeper.list(20);
    let next = keeper.publish();
    let full = keeper.read(&format!("releases/{next}/full.mmdb"));
    assert_eq!(keeper.store().history_full(&next).expect("kept"), full);
    check();
    keeper.expect_sound();
}

#[test]
fn a_policy_without_updates_keeps_the_history_all_the_same() {
    let keeper = Keeper::with_releases("[release]\nvariants = []\ndeltas = 0\n", 3);
    let kinds: Vec<String> = entries(&keeper).into_iter().map(|(_, kind, _)| kind).collect();
    assert_eq!(kinds, ["compact", "rows", "rows"]);
    for version in keeper.versions() {
        let full = keeper.read(&format!("releases/{version}/full.mmdb"));
        assert_eq!(keeper.store().history_full(&version).expect("kept"), full);
    }
}

#[test]
fn a_store_without_full_has_no_history() {
    let keeper = Keeper::new(PLAIN);
    let build = ["build", "--feeds", "feeds", "--root", "data", "--edition", "asn"];
    keeper.run(&build).expect_code(0);
    assert!(fs::metadata(keeper.path("history")).is_err());
    keeper.expect_sound();
}

#[test]
fn a_damaged_file_of_the_history_is_named() {
    let keeper = Keeper::with_releases(PLAIN, 3);
    for (_, _, name) in entries(&keeper) {
        let path = keeper.path(&format!("history/{name}"));
        let whole = fs::read(&path).expect("there");
        let check = || {
            let said = keeper.run(&["releases", "check"]).expect_code(1).stdout;
            assert!(said.contains(&format!("history: {name}: ")), "{said}");
        };
        flip_a_bit(&path);
        check();
        keeper.store().history_full(&keeper.current()).expect_err("damaged");
        fs::remove_file(&path).expect("there");
        check();
        fs::write(&path, whole).expect("written");
        keeper.expect_sound();
    }
    let path = keeper.path("history/history.json");
    fs::write(&path, "{").expect("written");
    let said = keeper.run(&["releases", "check"]).expect_code(1).stdout;
    assert!(said.contains("history.json is not readable"), "{said}");
    // The night is published, and the damage is told and left for somebody to look at.
    keeper.list(30);
    let ended = keeper.build(&[]).expect_code(0);
    ended.expect_stderr(&["history.json is not readable"]);
    assert_eq!(fs::read(&path).expect("there"), b"{");
}

#[test]
fn what_could_not_be_kept_is_kept_by_the_next_build() {
    let keeper = Keeper::with_releases(PLAIN, 2);
    let path = keeper.path("history/history.json");
    let whole = fs::read(&path).expect("there");
    // A night of which the history hears nothing.
    let missed = |n_addresses| {
        fs::write(&path, "{").expect("written");
        keeper.list(n_addresses);
        keeper.wait_days(1);
        keeper.build(&[]).expect_code(0).expect_stderr(&["the next build will try again"]);
        fs::write(&path, &whole).expect("written");
    };
    let check = |version: &str| {
        let full = keeper.read(&format!("releases/{version}/full.mmdb"));
        assert_eq!(keeper.store().history_full(version).expect("kept"), full);
    };
    // Then one without news.
    missed(3);
    let third = keeper.current();
    keeper.build(&["--strict"]).expect_code(5);
    check(&third);
    // Then one with news: both are kept.
    let whole = fs::read(&path).expect("there");
    fs::write(&path, "{").expect("written");
    keeper.list(4);
    keeper.build(&[]).expect_code(0);
    let fourth = keeper.current();
    fs::write(&path, &whole).expect("written");
    keeper.list(5);
    let fifth = keeper.publish();
    for version in [&third, &fourth, &fifth] {
        check(version);
    }
    assert_eq!(entries(&keeper).len(), 5);
    keeper.expect_sound();
}

#[test]
fn a_night_after_a_damage_is_kept_whole() {
    let damages: [fn(&Path); 2] = [flip_a_bit, |path| fs::remove_file(path).expect("there")];
    for damage in damages {
        // Without updates the history makes its own rows.
        let keeper = Keeper::with_releases("[release]\nvariants = []\ndeltas = 0\n", 2);
        damage(&keeper.path("releases/20261122.1/full.mmdb"));
        keeper.list(3);
        let third = keeper.publish();
        let last = entries(&keeper).pop().expect("three");
        assert_eq!(last, (third.clone(), "compact".into(), format!("202611/{third}.compact")));
        let full = keeper.read(&format!("releases/{third}/full.mmdb"));
        assert_eq!(keeper.store().history_full(&third).expect("kept"), full);
    }
}

#[test]
fn what_was_damaged_before_it_was_kept_is_not_kept() {
    let keeper = Keeper::with_releases(PLAIN, 2);
    let path = keeper.path("history/history.json");
    let whole = fs::read(&path).expect("there");
    fs::write(&path, "{").expect("written");
    keeper.list(3);
    let third = keeper.publish();
    fs::write(&path, &whole).expect("written");
    flip_a_bit(&keeper.path(&format!("releases/{third}/full.mmdb")));
    let fourth = keeper.publish();
    keeper.store().history_full(&third).expect_err("nobody has it any more");
    let full = keeper.read(&format!("releases/{fourth}/full.mmdb"));
    assert_eq!(keeper.store().history_full(&fourth).expect("kept"), full);
    assert!(keeper.store().check_history().is_empty());
}

#[test]
fn a_night_that_was_taken_back_is_not_kept_twice() {
    let keeper = Keeper::with_releases(PLAIN, 3);
    let before = entries(&keeper);
    keeper.run(&["releases", "rollback"]).expect_code(0);
    keeper.list(2);
    keeper.wait_days(-1);
    keeper.build(&["--strict"]).expect_code(5);
    assert_eq!(entries(&keeper), before);
    keeper.list(9);
    let next = keeper.publish();
    let last = entries(&keeper).pop().expect("one");
    assert_eq!((last.0, last.1.as_str()), (next, "rows"));
    for version in keeper.versions() {
        let full = keeper.read(&format!("releases/{version}/full.mmdb"));
        assert_eq!(keeper.store().history_full(&version).expect("kept"), full, "{version}");
    }
    let history: Value = keeper.json("history/history.json");
    assert_eq!(history["schema"], 1);
    keeper.expect_sound();
}
