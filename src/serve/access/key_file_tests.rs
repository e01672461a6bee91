//! Tests of the file of keys.

use std::path::PathBuf;

use rusqlite::Connection;

use crate::serve::access::{AccessError, Key, KeyFile, Moment, Revocation, UsageRow, Window};

const NOW: Moment = Moment(1_795_323_600_000);

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("keys.sqlite");
    (folder, path)
}

fn key() -> Key {
    Key::generate().expect("random")
}

/// What is said of a file with these bytes.
#[track_caller]
fn check(bytes: &[u8], expected: &str) {
    let (_folder, path) = folder();
    std::fs::write(&path, bytes).expect("written");
    for opened in [KeyFile::open(&path), KeyFile::open_or_create(&path)] {
        let error = opened.expect_err("refused").to_string();
        assert_eq!(error, format!("{}{expected}", path.display()));
    }
    assert_eq!(std::fs::read(&path).expect("left alone"), bytes);
}

#[test]
fn what_is_no_file_of_keys_is_left_alone() {
    let expected = " is no file of keys; expected one that `ipmint keys new` made";
    check(b"", expected);
    check(b"SQLite format 3", expected);
    check(&[b'x'; 5_000], expected);
    let (_folder, path) = folder();
    let other = Connection::open(&path).expect("opens");
    other.execute_batch("CREATE TABLE account (id INTEGER)").expect("made");
    other.close().expect("closed");
    check(&std::fs::read(&path).expect("there"), expected);
}

#[test]
fn another_version_is_named() {
    let (_folder, path) = folder();
    drop(KeyFile::open_or_create(&path).expect("made"));
    let other = Connection::open(&path).expect("opens");
    other.pragma_update(None, "user_version", 2).expect("set");
    other.close().expect("closed");
    let error = KeyFile::open(&path).expect_err("refused").to_string();
    assert!(error.ends_with("of version 2; this ipmint knows version 1"), "{error}");
}

#[test]
fn a_file_that_is_not_there_is_made_by_new_alone() {
    let (folder, path) = folder();
    let error = KeyFile::open(&path).expect_err("nothing there");
    assert!(matches!(error, AccessError::NoKeys { .. }), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
    let file = KeyFile::open_or_create(&path).expect("made");
    assert!(file.accounts().expect("readable").is_empty());
    drop(file);
    let entries = std::fs::read_dir(folder.path()).expect("a folder");
    let names: Vec<_> = entries.map(|entry| entry.expect("readable").file_name()).collect();
    assert_eq!(names, ["keys.sqlite"]);
    let nowhere = KeyFile::open_or_create(&folder.path().join("none/keys.sqlite"));
    assert!(matches!(nowhere, Err(AccessError::Create { .. })), "{nowhere:?}");
}

#[test]
fn many_may_make_it_at_once() {
    let (_folder, path) = folder();
    let mut ids: Vec<u64> = std::thread::scope(|scope| {
        let add = || {
            let mut file = KeyFile::open_or_create(&path).expect("made by somebody");
            file.add("", "free", &key(), NOW).expect("added")
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(add)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    ids.sort_unstable();
    assert_eq!(ids, [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn accounts_come_back_and_are_revoked_once() {
    let (_folder, path) = folder();
    let mut file = KeyFile::open_or_create(&path).expect("made");
    let keys = [key(), key()];
    for (key, name) in keys.iter().zip(["one", "zwei — 二"]) {
        file.add(name, "free", key, NOW).expect("added");
    }
    let revoke = |file: &mut KeyFile, ids: &[u64]| file.revoke(ids, Moment(NOW.0 + 5_000));
    assert_eq!(revoke(&mut file, &[2]).expect("there"), [Revocation::Done]);
    let before = Revocation::Before(NOW.seconds() + 5);
    assert_eq!(revoke(&mut file, &[2, 2]).expect("there"), [before, before]);
    let missing = revoke(&mut file, &[1, 3]).expect_err("no third");
    assert!(matches!(missing, AccessError::NoAccount { account: 3, .. }), "{missing}");
    let accounts = KeyFile::open(&path).expect("there").accounts().expect("readable");
    let told = accounts.iter().map(|a| (a.id, a.name.as_str(), a.created, a.revoked));
    let told: Vec<_> = told.collect();
    let seconds = NOW.seconds();
    assert_eq!(told, [(1, "one", seconds, None), (2, "zwei — 二", seconds, Some(seconds + 5))]);
    for (account, key) in accounts.iter().zip(keys) {
        assert!(account.digest.is(&key.digest()));
    }
}

#[test]
fn others_are_noticed_and_oneself_is_not() {
    let (_folder, path) = folder();
    let mut ours = KeyFile::open_or_create(&path).expect("made");
    let first = ours.data_version().expect("readable");
    ours.add("", "free", &key(), NOW).expect("added");
    assert_eq!(ours.data_version().expect("readable"), first);
    let mut theirs = KeyFile::open(&path).expect("there");
    theirs.add("", "free", &key(), NOW).expect("added");
    assert_ne!(ours.data_version().expect("readable"), first);
}

#[test]
fn usage_comes_back_until_it_is_old() {
    let (_folder, path) = folder();
    let mut file = KeyFile::open_or_create(&path).expect("made");
    for _ in 0..2 {
        file.add("", "free", &key(), NOW).expect("added");
    }
    let row = |account, edition: &str, span, current| {
        let mut window = Window::new(span);
        window.add(current, NOW);
        UsageRow { account, edition: edition.to_owned(), window }
    };
    let rows = [row(1, "", 1_000, 3), row(1, "", 60_000, u64::MAX), row(2, "asn", 86_400_000, 9)];
    file.save(rows.iter().cloned()).expect("saved");
    let newer = row(1, "", 1_000, 4);
    file.save([newer.clone()].into_iter()).expect("saved");
    let most = row(1, "", 60_000, i64::MAX as u64);
    assert_eq!(file.usage().expect("readable"), [newer, most, rows[2].clone()]);
    file.forget(Moment(NOW.0 + 120_000)).expect("removed");
    assert_eq!(file.usage().expect("readable"), [rows[2].clone()]);
}

#[test]
fn a_full_disk_changes_nothing() {
    let (_folder, path) = folder();
    let mut file = KeyFile::open_or_create(&path).expect("made");
    let id = file.add("", "free", &key(), NOW).expect("added");
    let rows = || {
        (0..500).map(|n| {
            let (edition, window) = (format!("edition-{n}"), Window::new(1_000));
            UsageRow { account: id, edition, window }
        })
    };
    file.limit_pages(1);
    let error = file.save(rows()).expect_err("no room");
    assert!(matches!(error, AccessError::Database { .. }), "{error}");
    assert_eq!(file.usage().expect("readable"), []);
    file.limit_pages(1 << 30);
    file.save(rows()).expect("saved");
    assert_eq!(file.usage().expect("readable").len(), 500);
}
