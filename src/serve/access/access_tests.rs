//! Tests of the door.
#![expect(clippy::disallowed_methods, reason = "plans are written, and threads waited for")]

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderValue};

use crate::serve::access::{Access, Denial, Grant, Group, Key, KeyFile, Moment};

const NOW: Moment = Moment(1_795_323_600_000);
const PLANS: &str = "\
default = 'free'
upgrade_hint = 'ask us'
[plan.free]
endpoints = ['list', 'download']
per_second = 2
downloads_per_day = 1
batch = 7
[plan.gold]
endpoints = '*'
";

/// A folder with plans and a file of keys.
struct Door {
    folder: tempfile::TempDir,
    access: Access,
}

impl Door {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("plans.toml"), PLANS).expect("written");
        let keys = folder.path().join("keys.sqlite");
        drop(KeyFile::open_or_create(&keys).expect("made"));
        let access = Access::open(&keys, Some(&folder.path().join("plans.toml"))).expect("good");
        Self { folder, access }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A key on a plan, once the server knows it.
    fn key(&self, plan: &str) -> Key {
        let key = Key::generate().expect("random");
        let mut file = KeyFile::open(&self.path("keys.sqlite")).expect("there");
        file.add("", plan, &key, NOW).expect("added");
        wait_until(|| self.access.inner.shared.table.load().find(&key.digest()).is_some());
        key
    }

    fn admit(&self, key: &Key, group: Group) -> Result<Grant, Denial> {
        let value = HeaderValue::from_str(key.reveal()).expect("text");
        let headers = HeaderMap::from_iter([("x-api-key".parse().expect("a name"), value)]);
        self.access.admit_at(&headers, None, group, NOW)
    }
}

fn wait_until(mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(20), "still not so");
        std::thread::yield_now();
    }
}

#[track_caller]
fn check(result: Result<Grant, Denial>, expected: &str) {
    assert_eq!(result.err().map_or("", |denial| denial.code.name()), expected);
}

#[test]
fn a_key_opens_what_its_plan_names() {
    let door = Door::new();
    let (free, gold, gone) = (door.key("free"), door.key("gold"), door.key("silver"));
    check(door.admit(&free, Group::List), "");
    check(door.admit(&free, Group::Scan), "plan_required");
    check(door.admit(&gold, Group::Scan), "");
    let denial = door.admit(&gone, Group::Scan).expect_err("no such plan");
    assert!(denial.message.contains("`silver`"), "{denial}");
    assert_eq!(denial.allowed_plans, ["gold"]);
    assert_eq!(denial.upgrade_hint.as_deref(), Some("ask us"));
    let nobody = door.access.admit(&HeaderMap::new(), None, Group::List);
    check(nobody, "missing_api_key");
    let unknown = Key::generate().expect("random");
    check(door.admit(&unknown, Group::List), "invalid_api_key");
    let query = format!("api_key={}", gold.reveal());
    check(door.access.admit(&HeaderMap::new(), Some(&query), Group::Watch), "");
}

#[test]
fn a_grant_says_whose_it_is_and_what_is_left() {
    let door = Door::new();
    let key = door.key("free");
    let grant = door.admit(&key, Group::Download).expect("the first");
    assert_eq!((grant.account(), grant.plan(), grant.batch_limit()), (1, "free", Some(7)));
    assert_eq!(grant.usage().second.to_string(), "1/2");
    assert_eq!(grant.period().lookups.used, 1);
    grant.charge_download("asn", 500, 1_000).expect("half");
    // What is refused is not counted, and the rest can be had.
    let denial = grant.charge_download("asn", 501, 1_000).expect_err("more than half");
    assert_eq!(denial.code.name(), "limit_exceeded");
    grant.charge_download("asn", 500, 1_000).expect("the other half");
    grant.refund_download("asn", 200, 1_000);
    grant.charge_download("asn", 200, 1_000).expect("what was not sent");
    assert!(grant.charge_download("asn", 1, 1_000).is_err());
    door.admit(&key, Group::Download).expect("the second");
    let denial = door.admit(&key, Group::Download).expect_err("a third in a second");
    assert_eq!((denial.code.name(), denial.retry_after), ("rate_limited", Some(2)));
}

#[test]
fn a_revoked_key_is_refused_within_a_second_or_so() {
    let door = Door::new();
    let key = door.key("gold");
    check(door.admit(&key, Group::List), "");
    let mut file = KeyFile::open(&door.path("keys.sqlite")).expect("there");
    file.revoke(&[1], NOW).expect("there");
    wait_until(|| door.admit(&key, Group::List).is_err());
    check(door.admit(&key, Group::List), "invalid_api_key");
}

#[test]
fn plans_are_read_again_and_stay_if_they_are_wrong() {
    let door = Door::new();
    let key = door.key("free");
    check(door.admit(&key, Group::Scan), "plan_required");
    fs::write(door.path("plans.toml"), PLANS.replace("'list',", "'scan',")).expect("written");
    door.access.reload_plans().expect("good");
    check(door.admit(&key, Group::Scan), "");
    fs::write(door.path("plans.toml"), "default = 'free'").expect("written");
    let error = door.access.reload_plans().expect_err("no plan");
    let text = crate::base::chain(&error);
    assert!(text.contains("plans.toml:1: plan: is missing"), "{text}");
    check(door.admit(&key, Group::Scan), "");
}

#[test]
fn what_was_used_is_there_after_closing() {
    let door = Door::new();
    let key = door.key("gold");
    for _ in 0..10 {
        check(door.admit(&key, Group::List), "");
    }
    door.access.close();
    assert_eq!(door.access.trouble(), None);
    let again = Access::open(&door.path("keys.sqlite"), Some(&door.path("plans.toml")));
    let door = Door { access: again.expect("good"), ..door };
    assert_eq!(door.admit(&key, Group::List).expect("open").usage().month.used, 11);
}

#[test]
fn threads_together_get_what_one_would() {
    let door = Door::new();
    let text = PLANS.replace("per_second = 2", "per_day = 1000");
    fs::write(door.path("plans.toml"), text).expect("written");
    door.access.reload_plans().expect("good");
    let key = door.key("free");
    let n_admitted: usize = std::thread::scope(|scope| {
        let ask = || (0..400).filter(|_| door.admit(&key, Group::List).is_ok()).count();
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
    });
    assert_eq!(n_admitted, 1_000);
}
