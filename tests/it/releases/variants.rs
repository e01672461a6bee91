//! What a release carries for clients: packages and updates, all of which lead to the same bytes.

use std::collections::BTreeSet;
use std::fs;

use ipmint::delta::{Limits, rows};
use serde_json::Value;

use crate::keeper::{Keeper, PACKED, plain, text, tool};

#[test]
fn stock_tools_unpack_every_package() {
    let keeper = Keeper::with_releases(PACKED, 1);
    let folder = keeper.path("releases/20261121.1");
    for edition in ["asn", "full"] {
        let database = fs::read(folder.join(format!("{edition}.mmdb"))).expect("there");
        let packed = |extension: &str| folder.join(format!("{edition}.{extension}"));
        let zst = tool("zstd", &["-d", "-c", "-q", plain(&packed("mmdb.zst"))]).stdout;
        assert_eq!(zst, database);
        let gz = tool("gzip", &["-d", "-c", plain(&packed("mmdb.gz"))]).stdout;
        assert_eq!(gz, database);
        let out = keeper.project.path(edition);
        fs::create_dir(&out).expect("free");
        tool("tar", &["xzf", plain(&packed("tar.gz")), "-C", plain(&out)]);
        let below = crate::world::files_below(&out);
        assert_eq!(below, [format!("{edition}_20261121/{edition}.mmdb")]);
        assert_eq!(fs::read(out.join(&below[0])).expect("there"), database);
    }
}

#[test]
fn the_policy_says_what_is_packed() {
    let keeper = Keeper::with_releases("[release]\nvariants = ['gz']\ndeltas = 0\n", 2);
    for version in keeper.versions() {
        let names = keeper.project.names(&format!("output/releases/{version}"));
        let expected =
            ["NOTICE", "asn.mmdb", "asn.mmdb.gz", "full.mmdb", "full.mmdb.gz", "manifest.json"];
        assert_eq!(names, expected);
    }
}

/// The updates of `full` in the current release: those of a kind, oldest release first.
fn updates(keeper: &Keeper, kind: &str) -> Vec<Value> {
    let manifest = keeper.manifest(&keeper.current());
    let deltas = manifest["editions"]["full"]["deltas"].as_array().expect("a list").clone();
    let mut deltas: Vec<Value> = deltas.into_iter().filter(|d| d["kind"] == kind).collect();
    deltas.sort_by_key(|delta| text(&delta["from"]));
    deltas
}

#[test]
fn rows_lead_from_each_of_the_last_releases() {
    let keeper = Keeper::with_releases(PACKED, 5);
    let new = keeper.read("releases/20261125.1/full.mmdb");
    let updates = updates(&keeper, "rows");
    let from: Vec<String> = updates.iter().map(|update| text(&update["from"])).collect();
    assert_eq!(from, ["20261122.1", "20261123.1", "20261124.1"]);
    let names: BTreeSet<String> = updates.iter().map(|update| text(&update["name"])).collect();
    assert_eq!(names.len(), 3);
    let files = keeper.project.names("output/releases/20261125.1/delta").into_iter();
    let files: Vec<String> = files.filter(|name| name.strip_suffix(".rows").is_some()).collect();
    assert_eq!(files.len(), 3, "{files:?}");
    for update in &updates {
        let old = keeper.read(&format!("releases/{}/full.mmdb", text(&update["from"])));
        let rows = keeper.read(&format!("releases/20261125.1/{}", text(&update["name"])));
        assert_eq!(rows::apply(&old, &rows, Limits::default()).expect("sound"), new);
        assert!(rows.len() < new.len() / 10, "{} bytes", rows.len());
        // From another file they lead nowhere.
        rows::apply(&new, &rows, Limits::default()).expect_err("not the old file");
    }
}

#[test]
fn releases_with_the_same_old_file_share_an_update() {
    let keeper = Keeper::with_releases(PACKED, 1);
    // Other editions come and go while `full` stays.
    keeper.build(&["--edition", "anonymous"]).expect_code(0);
    keeper.build(&[]).expect_code(0);
    keeper.list(2);
    keeper.publish();
    let updates = updates(&keeper, "rows");
    let from: Vec<String> = updates.iter().map(|update| text(&update["from"])).collect();
    assert_eq!(from, ["20261121.1", "20261121.2", "20261121.3"]);
    let names: BTreeSet<String> = updates.iter().map(|update| text(&update["name"])).collect();
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["delta/full.from-20261121.3.rows"]);
}

#[test]
fn the_stock_tool_applies_patches() {
    // Nothing packed: then a patch is worth its name if it is smaller than the database.
    let keeper = Keeper::with_releases("[release]\nvariants = []\ndeltas = 7\npatches = 2\n", 4);
    let new = keeper.read("releases/20261124.1/full.mmdb");
    let updates = updates(&keeper, "dcz");
    let from: Vec<String> = updates.iter().map(|update| text(&update["from"])).collect();
    assert_eq!(from, ["20261122.1", "20261123.1"]);
    for update in &updates {
        let old = keeper.path(&format!("releases/{}/full.mmdb", text(&update["from"])));
        let patch = keeper.path(&format!("releases/20261124.1/{}", text(&update["name"])));
        let from = format!("--patch-from={}", plain(&old));
        let made = tool("zstd", &["-d", "-c", "-q", &from, "--long=27", plain(&patch)]).stdout;
        assert_eq!(made, new);
    }
}

#[test]
fn a_patch_is_smaller_than_every_package() {
    let keeper = Keeper::with_releases(PACKED, 3);
    let version = keeper.current();
    let size = |name: &str| keeper.read(&format!("releases/{version}/{name}")).len() as u64;
    let smallest = ["full.mmdb", "full.mmdb.zst", "full.mmdb.gz", "full.tar.gz"].map(size);
    let smallest = smallest.into_iter().min().expect("four");
    let updates = updates(&keeper, "dcz");
    assert!(!updates.is_empty(), "the nights differ by an address");
    for update in updates {
        assert!(update["bytes"].as_u64().expect("a number") < smallest, "{update}, {smallest}");
    }
}
