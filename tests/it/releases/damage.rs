//! Whatever is damaged in a store is found, named, and not made current.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::keeper::{Keeper, PACKED, flip_a_bit, replace};

/// What is done to a file.
type Damage = fn(&Path);

fn truncate(path: &Path) {
    let bytes = fs::read(path).expect("there");
    replace(path, &bytes[..bytes.len() - 1]);
}

fn remove(path: &Path) {
    fs::remove_file(path).expect("there");
}

/// Edits one character of the version's day.
fn edit(path: &Path) {
    let text = fs::read_to_string(path).expect("there");
    replace(path, text.replacen("20261121", "20261120", 1).as_bytes());
}

#[test]
fn a_damaged_file_is_named() {
    let keeper = Keeper::with_releases(PACKED, 2);
    let damages: [(&str, Damage); 10] = [
        ("full.mmdb", truncate),
        ("full.mmdb", flip_a_bit),
        ("full.mmdb", remove),
        ("asn.mmdb.zst", flip_a_bit),
        ("full.mmdb.gz", truncate),
        ("full.tar.gz", flip_a_bit),
        ("full.compact", flip_a_bit),
        ("delta/full.from-20261121.1.rows", flip_a_bit),
        ("manifest.json", edit),
        ("NOTICE", flip_a_bit),
    ];
    let index = keeper.read("index.json");
    for (name, damage) in damages {
        let path = keeper.path("releases/20261122.1").join(name);
        let whole = fs::read(&path).expect("there");
        damage(&path);
        let said = keeper.run(&["releases", "check"]).expect_code(1).stdout;
        let named = |line: &str| line.starts_with("20261122.1: ") && line.contains(name);
        assert!(said.lines().any(named), "{name}: {said}");
        let told = keeper.run(&["releases", "check", "--json"]).expect_code(1).json();
        assert_eq!(told["ok"], false);
        let problems = &told["problems"]["20261122.1"];
        let n_problems = problems.as_array().expect("a list").len();
        assert!(n_problems > 0 && problems.to_string().contains(name), "{problems}");
        assert_eq!(told["problems"]["20261121.1"], Value::Array(Vec::new()));
        keeper.run(&["releases", "check", "20261121.1"]).expect_code(0);
        let _ = fs::remove_file(&path);
        fs::write(&path, whole).expect("written");
    }
    assert_eq!(keeper.read("index.json"), index);
    keeper.expect_sound();
}

#[test]
fn an_edited_index_is_noticed() {
    let keeper = Keeper::with_releases(PACKED, 2);
    let whole = String::from_utf8(keeper.read("index.json")).expect("text");
    let index = keeper.index();
    let digests = [0, 1].map(|n| index["releases"][n]["manifest_sha256"].as_str().expect("text"));
    let check = |edited: &str, expected: &str| {
        replace(&keeper.path("index.json"), edited.as_bytes());
        let ended = keeper.run(&["releases", "check"]).expect_code(1);
        let said = [ended.stdout, ended.stderr].concat();
        assert!(said.contains(expected), "{said}");
    };
    let other = whole.replace(digests[1], digests[0]);
    check(&other, "20261122.1/manifest.json is not the manifest that index.json names");
    check(&whole[..whole.len() / 2], "index.json is not readable");
    check(&whole.replace("\"schema\": 1", "\"schema\": 2"), "schema 2, expected 1");
    check(&whole.replace("20261121.1", "20261121.7"), "releases/20261121.7/manifest.json");
    check(&whole.replace("20261121.1", "../20261121.1"), "is no version");
    fs::create_dir(keeper.path("releases/20261120.9")).expect("free");
    check(&whole, "releases/20261120.9 is in no index");
}

#[test]
fn a_rollback_to_a_damaged_release_is_refused() {
    let keeper = Keeper::with_releases(PACKED, 2);
    flip_a_bit(&keeper.path("releases/20261121.1/full.tar.gz"));
    let index = keeper.read("index.json");
    let said = ["release 20261121.1 is damaged", "full.tar.gz: SHA-256"];
    keeper.run(&["releases", "rollback"]).expect_code(1).expect_stderr(&said);
    assert_eq!(keeper.read("index.json"), index);
    edit(&keeper.path("releases/20261121.1/manifest.json"));
    let said = ["releases/20261121.1/manifest.json is not the manifest"];
    keeper.run(&["releases", "rollback", "20261121.1"]).expect_code(1).expect_stderr(&said);
    assert_eq!(keeper.read("index.json"), index);
    keeper.run(&["lookup", "192.0.2.2"]).expect_code(0);
    let list = keeper.run(&["releases", "list"]).expect_code(0).stdout;
    let is_marked = |version: &str, mark: &str| {
        list.lines().any(|line| line.starts_with(version) && line.ends_with(mark))
    };
    assert!(is_marked("20261121.1", "damaged") && is_marked("20261122.1", "current"), "{list}");
}
