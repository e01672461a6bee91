//! Tests of the store: what is visible after a publication, and after one that failed.
#![expect(clippy::disallowed_methods, reason = "a store lives on disk")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::base::{BuildEpoch, Digest};
use crate::compile::Silent;
use crate::mmdb::{Contents, Metadata, Pool, write};
use crate::release::{Draft, DraftEdition, Lock, PolicyRecord, Published, Store, StoreError};
use crate::score::Policy;
use crate::verify::{self, Candidate, Rules};

fn database(description: &str) -> Vec<u8> {
    let metadata = Metadata {
        database_type: "ipmint-test".to_owned(),
        description: description.to_owned(),
        build_epoch: 1_787_400_000,
    };
    let contents = Contents { pool: &Pool::new(), v4: &[], v6: &[] };
    write(contents, &metadata).expect("small").bytes
}

/// Publishes `bytes` as the edition `asn`.
fn publish(store: &Store, bytes: &[u8]) -> Result<Published, StoreError> {
    publish_as(store, "asn", bytes)
}

/// Publishes an edition, having verified `bytes` as `asn`.
fn publish_as(store: &Store, edition: &str, bytes: &[u8]) -> Result<Published, StoreError> {
    let candidates = [Candidate { edition: "asn", bytes }];
    let policy = Policy::default();
    let rules = Rules { policy: &policy, before: &BTreeMap::new(), forced: &[] };
    let passed = verify::all(&candidates, &rules).expect("sound");
    let digest = Digest::of(b"");
    let lock = Lock {
        schema: Lock::SCHEMA,
        build_epoch: 1_787_400_000,
        definitions: digest,
        policy: digest,
        schemas: digest,
        feeds: BTreeMap::new(),
    };
    let name = edition.to_owned();
    let edition = DraftEdition { name, nodes: 1, records: 0, prefixes: 0 };
    let draft = Draft {
        build_epoch: BuildEpoch(1_787_400_000),
        now: BuildEpoch(1_787_400_000),
        tool: "ipmint 0.1.0".to_owned(),
        policy: PolicyRecord::from(&policy),
        lock,
        feeds: BTreeMap::new(),
        editions: vec![edition],
        notice: "Thanks\n".to_owned(),
    };
    store.publish(&draft, &passed, &Silent)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let name = |entry: std::io::Result<fs::DirEntry>| {
        entry.expect("readable").file_name().to_string_lossy().into_owned()
    };
    let mut names: Vec<String> = entries.map(name).collect();
    names.sort();
    names
}

#[test]
fn a_release_is_published_and_read_back() {
    let dir = tempfile::tempdir().expect("a temp folder");
    let store = Store::at(&dir.path().join("output"));
    assert!(matches!(store.current(), Err(StoreError::Empty { .. })));
    let (one, two) = (database("one"), database("two"));
    let first = publish(&store, &one).expect("published").release;
    let second = publish(&store, &two).expect("published").release;
    assert_eq!((first.version(), first.manifest().sequence), ("20260822.1", 1));
    assert_eq!((second.version(), second.manifest().sequence), ("20260822.2", 2));
    let previous = second.manifest().previous.as_ref().expect("the first");
    assert_eq!(previous.version, "20260822.1");

    let current = store.current().expect("the second");
    assert_eq!(current.manifest().version, "20260822.2");
    assert_eq!(*current.edition("asn").expect("there"), *two);
    let first = store.release("20260822.1").expect("the first");
    assert_eq!(*first.edition("asn").expect("there"), *one);
    assert!(store.lock().expect("readable").is_some());
    let folder = store.root().join("releases/20260822.1");
    let packed = ["asn.compact", "asn.mmdb", "asn.mmdb.gz", "asn.mmdb.zst", "asn.tar.gz"];
    let expected = [&["NOTICE"], &packed[..], &["manifest.json"]].concat();
    assert_eq!(names(&folder), expected);
    let updates = ["asn.from-20260822.1.dcz", "asn.from-20260822.1.rows"];
    assert_eq!(names(&store.root().join("releases/20260822.2/delta")), updates);
    assert_eq!(store.current().expect("the second").damages(), [] as [String; 0]);
}

#[test]
fn what_is_not_there_is_listed() {
    let dir = tempfile::tempdir().expect("a temp folder");
    let store = Store::at(dir.path());
    let bytes = database("one");
    publish(&store, &bytes).expect("published");
    let error = store.release("20260101.1").expect_err("no such version").to_string();
    assert_eq!(error, "no release `20260101.1`; there are 20260822.1");
    let error = store.current().expect("one").path("full").expect_err("no such edition");
    assert_eq!(error.to_string(), "release 20260822.1 has no edition `full`; it has asn");
}

#[test]
fn what_was_not_verified_is_not_published() {
    let dir = tempfile::tempdir().expect("a temp folder");
    let store = Store::at(&dir.path().join("output"));
    let error = publish_as(&store, "city", &database("one")).expect_err("not verified");
    assert!(matches!(error, StoreError::Unverified { .. }));
    assert!(!store.root().exists());
}

#[test]
fn a_publication_that_fails_leaves_the_old_release() {
    let dir = tempfile::tempdir().expect("a temp folder");
    let store = Store::at(dir.path());
    let bytes = database("one");
    publish(&store, &bytes).expect("published");
    let index = fs::read(dir.path().join("index.json")).expect("there");
    // A folder in the place of the lock cannot be replaced by a file.
    fs::remove_file(dir.path().join("feeds.lock")).expect("there");
    fs::create_dir(dir.path().join("feeds.lock")).expect("free");
    let other = database("two");
    publish(&store, &other).expect_err("the lock cannot be written");
    assert_eq!(fs::read(dir.path().join("index.json")).expect("there"), index);
    assert_eq!(store.current().expect("the first").manifest().version, "20260822.1");
    let unfinished =
        |folder: &Path| names(folder).into_iter().filter(|name| name.starts_with(".tmp-")).count();
    assert_eq!(unfinished(dir.path()) + unfinished(&dir.path().join("releases")), 0);

    // The folder it left is stepped over.
    fs::remove_dir(dir.path().join("feeds.lock")).expect("empty");
    let third = publish(&store, &other).expect("published").release;
    assert_eq!((third.version(), third.manifest().sequence), ("20260822.3", 2));
}

#[test]
fn leftovers_of_a_killed_build_are_removed() {
    let dir = tempfile::tempdir().expect("a temp folder");
    let store = Store::at(dir.path());
    store.prepare().expect("writable");
    let leftover = dir.path().join("releases/.tmp-20260822.1");
    fs::create_dir(&leftover).expect("free");
    fs::write(leftover.join("asn.mmdb"), b"half").expect("written");
    let bytes = database("one");
    let published = publish(&store, &bytes).expect("published");
    assert_eq!(published.release.version(), "20260822.1");
    assert!(!leftover.exists());
}

#[test]
fn a_manifest_that_was_edited_is_noticed() {
    let dir = tempfile::tempdir().expect("a temp folder");
    let store = Store::at(dir.path());
    let bytes = database("one");
    let published = publish(&store, &bytes).expect("published");
    fs::write(published.release.folder().join("manifest.json"), b"{}").expect("written");
    assert!(matches!(store.current(), Err(StoreError::Changed { .. })));
    fs::write(dir.path().join("index.json"), b"{").expect("written");
    assert!(matches!(store.current(), Err(StoreError::Json { .. })));
}

#[test]
fn an_index_cannot_lead_out_of_the_store() {
    let dir = tempfile::tempdir().expect("a temp folder");
    let store = Store::at(dir.path());
    let bytes = database("one");
    let published = publish(&store, &bytes).expect("published");
    let index = fs::read_to_string(dir.path().join("index.json")).expect("there");
    let manifest = fs::read(published.release.folder().join("manifest.json")).expect("there");
    for version in ["..", ".", "", "...", "20260822", "20260822.", ".1", "1.2.3", "2/1.1"] {
        let folder = dir.path().join("releases").join(version);
        fs::create_dir_all(&folder).expect("created");
        fs::write(folder.join("manifest.json"), &manifest).expect("written");
        let edited = index.replace("20260822.1", version);
        fs::write(dir.path().join("index.json"), edited).expect("written");
        let error = store.current().map(drop).expect_err(version).to_string();
        assert!(error.contains("is no version"), "{error}");
    }
}
