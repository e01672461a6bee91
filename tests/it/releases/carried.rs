//! Of a release in which one edition changes, the others are handed on as they are.

use std::fs;

use serde_json::{Value, json};

use crate::keeper::{FileState, Keeper, PACKED, flip_a_bit, text};
use crate::operator::Operator;
use crate::origin::Answer;

/// The files of an edition in a release, its updates included.
fn of_edition(keeper: &Keeper, version: &str, edition: &str) -> Vec<FileState> {
    let files = keeper.files(&format!("releases/{version}")).into_iter();
    let is_of = |name: &str| {
        let name = name.strip_prefix("delta/").unwrap_or(name);
        name.split('.').next() == Some(edition)
    };
    files.filter(|(name, ..)| is_of(name)).collect()
}

#[test]
fn an_edition_that_stays_keeps_its_files_and_its_day() {
    let keeper = Keeper::with_releases(PACKED, 3);
    let [first, second, third] = keeper.versions().try_into().expect("three");
    let files = of_edition(&keeper, &first, "asn");
    // The database and four packages of it.
    assert_eq!(files.len(), 5);
    let record = keeper.manifest(&first)["editions"]["asn"].clone();
    for version in [&second, &third] {
        // Paths, inodes, bytes.
        assert_eq!(of_edition(&keeper, version, "asn"), files);
        let manifest = keeper.manifest(version);
        assert_eq!(manifest["editions"]["asn"], record);
        let full = &manifest["editions"]["full"];
        assert_eq!(text(&full["since"]), *version);
        assert_eq!(full["build_epoch"], manifest["build_epoch"]);
        // What makes `asn` again goes with it.
        assert_eq!(manifest["locks"], json!({ &first: keeper.manifest(&first)["lock"] }));
    }
    assert_eq!(record["since"], Value::from(first));
    assert_ne!(of_edition(&keeper, &second, "full"), of_edition(&keeper, &third, "full"));
    keeper.expect_sound();
}

#[test]
fn updates_are_handed_on_with_their_edition() {
    let keeper = Keeper::with_releases(PACKED, 2);
    // Another edition comes in; `full` stays, with the update that led to it.
    keeper.build(&["--edition", "privacy"]).expect_code(0);
    let versions = keeper.versions();
    let files = of_edition(&keeper, &versions[2], "full");
    assert!(files.iter().any(|(name, ..)| name == "delta/full.from-20261121.1.rows"), "{files:?}");
    assert_eq!(files, of_edition(&keeper, &versions[1], "full"));
    keeper.expect_sound();
}

#[test]
fn a_damaged_edition_is_made_anew() {
    let keeper = Keeper::with_releases(PACKED, 1);
    let first = keeper.current();
    for damaged in ["asn.mmdb", "full.compact"] {
        let version = keeper.current();
        let whole = keeper.read(&format!("releases/{version}/{damaged}"));
        flip_a_bit(&keeper.path(&format!("releases/{version}/{damaged}")));
        let anew = keeper.publish();
        assert_eq!(keeper.read(&format!("releases/{anew}/{damaged}")), whole);
        let edition = damaged.split('.').next().expect("the first part");
        let manifest = keeper.manifest(&anew);
        assert_eq!(text(&manifest["editions"][edition]["since"]), anew);
        keeper.run(&["releases", "check", &anew]).expect_code(0);
        let said = keeper.run(&["releases", "check", &version]).expect_code(1).stdout;
        assert!(said.contains(damaged), "{said}");
    }
    // The edition that was sound was handed on, both times or once.
    let manifest = keeper.manifest(&keeper.current());
    assert_eq!(text(&manifest["editions"]["asn"]["since"]), "20261121.2");
    assert_ne!(text(&manifest["editions"]["full"]["since"]), first);
}

/// An operator whose policy ages nothing, and two nights in which the list grew and `asn` stayed.
fn operator() -> Operator {
    let operator = Operator::with_list(vec![Answer::content("192.0.2.1\n")]);
    let policy = "canary = []\nage_steps_days = [0]\n[release]\ngrace = '1h'\n\
                  [fetch]\nbackoff = '0s'\n";
    operator.project.write("feeds/policy.toml", policy);
    operator.report(&EDITIONS);
    for list in ["192.0.2.1\n192.0.2.7\n", "192.0.2.1\n192.0.2.9\n"] {
        operator.origin.route("/list", vec![Answer::content(list)]);
        operator.wait_hours(24);
        operator.report(&EDITIONS);
    }
    operator
}

const EDITIONS: [&str; 4] = ["--edition", "full", "--edition", "asn"];

/// What `releases reproduce` says of a release whose editions are of these.
#[track_caller]
fn check_reproduced(operator: &Operator, version: &str, asn_since: &str) {
    let reproduce = ["releases", "reproduce", "--feeds", "feeds", "--root", "data"];
    let told = operator.run(&[&reproduce[..], &["--json", version]].concat());
    let told = told.expect_code(0).json();
    assert_eq!(told["ok"], true);
    let since = |edition: &str| text(&told["editions"][edition]["since"]);
    assert_eq!((since("full"), since("asn")), (version.to_owned(), asn_since.to_owned()));
    let said = operator.run(&[&reproduce[..], &[version]].concat()).expect_code(0).stdout;
    assert!(said.starts_with("asn: ok, "), "{said}");
}

#[test]
fn every_edition_is_reproduced_from_its_own_lock() {
    let operator = operator();
    let first = "20261121.1";
    for version in [first, "20261122.1", "20261123.1"] {
        check_reproduced(&operator, version, first);
    }
    // The release whose lock makes `asn` goes, nights pass until its snapshots are no feed's history
    // any more, and builds collect the garbage of the cache.
    for n in 10..18 {
        operator.origin.route("/list", vec![Answer::content(format!("192.0.2.{n}\n"))]);
        operator.wait_hours(24);
        operator.report(&EDITIONS);
        operator.run(&["releases", "prune", "--keep", "1"]).expect_code(0);
    }
    operator.wait_hours(24);
    operator.run(&["releases", "prune", "--keep", "1"]).expect_code(0);
    operator.report(&EDITIONS);
    assert_eq!(operator.project.names("output/releases"), ["20261201.1"]);
    assert!(!operator.has_snapshot("192.0.2.1\n192.0.2.7\n"), "nothing leads to it any more");
    assert!(operator.has_snapshot("192.0.2.1\n"), "`asn` was made of it");
    check_reproduced(&operator, "20261201.1", first);
}

#[test]
fn a_release_that_is_made_otherwise_is_told() {
    let operator = operator();
    let path = operator.project.path("output/releases/20261123.1/manifest.json");
    let manifest = fs::read_to_string(&path).expect("there");
    let mut manifest: Value = serde_json::from_str(&manifest).expect("JSON");
    let digest = manifest["editions"]["asn"]["files"][0]["sha256"].clone();
    manifest["editions"]["full"]["files"][0]["sha256"] = digest;
    let edited = serde_json::to_vec(&manifest).expect("plain");
    fs::write(&path, &edited).expect("written");
    let index = operator.project.path("output/index.json");
    let mut named: Value = serde_json::from_slice(&fs::read(&index).expect("there")).expect("JSON");
    named["releases"][2]["manifest_sha256"] =
        Value::from(ipmint::base::Digest::of(&edited).to_string());
    fs::write(&index, named.to_string()).expect("written");
    let reproduce =
        ["releases", "reproduce", "--feeds", "feeds", "--root", "data", "--json", "20261123.1"];
    let told = operator.run(&reproduce).expect_code(1).json();
    assert_eq!(told["ok"], false);
    let editions = &told["editions"];
    assert_eq!(editions["asn"]["found"], editions["asn"]["expected"]);
    assert_ne!(editions["full"]["found"], editions["full"]["expected"]);
}
