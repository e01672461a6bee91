//! Keys are made, listed and revoked while others have the file open, and what they used survives.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use http::HeaderMap;
use ipmint::serve::access::{Access, Group};
use serde_json::{Value, json};

use crate::support::Project;

const PLANS: &str = "default = 'free'\nplan.free.endpoints = 'list'\nplan.gold.endpoints = '*'\n";

/// Makes a key and returns what `--json` says.
fn new_key(project: &Project, more: &[&str]) -> Value {
    let args = [&["keys", "new", "--json"], more].concat();
    project.run(&args).expect_code(0).json()
}

fn keys(project: &Project) -> Vec<Value> {
    let listed = project.run(&["keys", "list", "--json"]).expect_code(0).json();
    listed["keys"].as_array().expect("a list").clone()
}

/// What a request with that key in its URL is told.
fn answer(access: &Access, key: &str) -> &'static str {
    let query = format!("api_key={key}");
    let admitted = access.admit(&HeaderMap::new(), Some(&query), Group::List);
    admitted.map_or_else(|denial| denial.code.name(), |_| "let in")
}

/// Fails the test unless it comes true soon.
#[track_caller]
fn expect_soon(mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(20), "still not so");
        std::thread::yield_now();
    }
}

#[test]
fn a_key_is_shown_once_and_kept_as_a_digest() {
    let project = Project::new();
    let made = project.run(&["keys", "new", "--name", "the mail team"]).expect_code(0);
    let key = made.stdout.trim().to_owned();
    assert_eq!(made.stdout, format!("{key}\n"));
    assert!(key.starts_with("ipm_") && key.len() == 36, "{key}");
    assert!(!made.stderr.contains(&key));
    made.expect_stderr(&["account 1", "plan `unlimited`", "X-API-Key", "AccountID 1"]);
    let json = new_key(&project, &["--keys", "other.sqlite", "--name", "x"]);
    let other = json["key"].as_str().expect("text").to_owned();
    assert_eq!(json["account"], 1);
    assert_ne!(other, key);

    let listed = project.run(&["keys", "list"]).expect_code(0).stdout;
    assert!(listed.contains("the mail team") && !listed.contains(&key), "{listed}");
    for name in project.names("").into_iter().filter(|name| name.contains("sqlite")) {
        let path = project.path(&name);
        let bytes = fs::read(&path).expect("a file");
        for secret in [&key, &other].map(|key| &key.as_bytes()["ipm_".len()..]) {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{name}");
        }
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn keys_are_listed_with_plan_and_state() {
    let project = Project::new();
    project.write("plans.toml", PLANS);
    let plans = ["--plans", "plans.toml"];
    new_key(&project, &[&plans[..], &["--name", "one"]].concat());
    new_key(&project, &[&plans[..], &["--plan", "gold"]].concat());
    let revoke = |accounts: &[&str]| project.run(&[&["keys", "revoke"], accounts].concat());
    revoke(&["2"]).expect_code(0).expect_stderr(&["account 2: revoked"]);
    revoke(&["2"]).expect_code(0).expect_stderr(&["account 2: was revoked already, at 20"]);
    let missing = ["keys.sqlite has no account 3; nothing was revoked"];
    revoke(&["1", "3"]).expect_code(1).expect_stderr(&missing);
    revoke(&["all"]).expect_code(2).expect_stderr(&["'all'"]);

    let [one, two] = keys(&project).try_into().expect("two");
    let told = |key: &Value| [&key["name"], &key["plan"], &key["state"]].map(Value::clone);
    assert_eq!(told(&one), [json!("one"), json!("free"), json!("good")]);
    assert_eq!(told(&two), [json!(""), json!("gold"), json!("revoked")]);
    assert_eq!((&one["revoked"], &one["used_day"]), (&json!(null), &json!(0)));
    assert!(two["revoked"].as_str().expect("a time").ends_with('Z'));
}

#[test]
fn plans_that_are_not_there_make_no_key() {
    let project = Project::new();
    let new = |more: &[&str]| project.run(&[&["keys", "new"], more].concat());
    new(&["--plan", "gold"]).expect_code(1).expect_stderr(&["no plan `gold`; there are unlimited"]);
    project.write("plans.toml", PLANS);
    let plans = ["--plans", "plans.toml"];
    let ended = new(&[&plans[..], &["--plan", "silver"]].concat());
    ended.expect_code(1).expect_stderr(&["no plan `silver`; there are free, gold"]);
    project.write("plans.toml", "default = 'free'\nplan.free.per_day = 'many'\n");
    new(&plans).expect_code(2).expect_stderr(&["plans.toml:2: plan.free.per_day: found `many`"]);
    new(&["--plans", "none.toml"]).expect_code(1).expect_stderr(&["cannot read none.toml"]);
    assert!(!project.path("keys.sqlite").exists());
}

#[test]
fn what_is_no_file_of_keys_is_told_and_left_alone() {
    let project = Project::new();
    for command in [&["keys", "list"][..], &["keys", "revoke", "1"]] {
        let said = ["keys.sqlite is not there; `ipmint keys new` makes it"];
        project.run(command).expect_code(1).expect_stderr(&said);
    }
    project.write("keys.sqlite", "my notes");
    for command in [&["keys", "new"][..], &["keys", "list"], &["keys", "revoke", "1"]] {
        let said = ["keys.sqlite is no file of keys"];
        project.run(command).expect_code(1).expect_stderr(&said);
    }
    assert_eq!(fs::read(project.path("keys.sqlite")).expect("there"), b"my notes");
}

#[test]
fn many_processes_make_keys_at_once() {
    let project = Project::new();
    let spawn = |_| {
        let mut command = project.command(&["keys", "new"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("the binary starts")
    };
    let children: Vec<_> = (0..8).map(spawn).collect();
    let mut made: Vec<String> = Vec::new();
    for child in children {
        let output = child.wait_with_output().expect("ends");
        assert!(output.status.success(), "{output:?}");
        made.push(String::from_utf8(output.stdout).expect("text").trim().to_owned());
    }
    let ids: Vec<u64> =
        keys(&project).iter().map(|key| key["account"].as_u64().expect("a number")).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5, 6, 7, 8]);
    let access = Access::open(&project.path("keys.sqlite"), None).expect("ours");
    assert!(made.iter().all(|key| answer(&access, key) == "let in"));
}

#[test]
fn a_server_that_runs_sees_keys_come_and_go() {
    let project = Project::new();
    let first = new_key(&project, &[]);
    let access = Access::open(&project.path("keys.sqlite"), None).expect("ours");
    assert_eq!(answer(&access, first["key"].as_str().expect("text")), "let in");
    let second = new_key(&project, &[]);
    let second = second["key"].as_str().expect("text");
    expect_soon(|| answer(&access, second) == "let in");
    project.run(&["keys", "revoke", "2"]).expect_code(0);
    expect_soon(|| answer(&access, second) == "invalid_api_key");
    // What it counted is listed while it runs.
    expect_soon(|| keys(&project)[0]["used_month"] == 1);
    assert_eq!(access.trouble(), None);
}

#[test]
fn a_kill_costs_less_than_a_second_of_usage() {
    let project = Project::new();
    let made = new_key(&project, &[]);
    let mut child = Command::new(example("admit"))
        .arg("count")
        .arg(project.path("keys.sqlite"))
        .arg(made["key"].as_str().expect("text"))
        .stdout(Stdio::piped())
        .spawn()
        .expect("the example; `cargo nextest run --workspace` builds it");
    let mut counts: Vec<(Instant, u64)> = Vec::new();
    let begun = Instant::now();
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    while begun.elapsed() < Duration::from_millis(2_500) {
        let count = lines.next().expect("a line").expect("text").parse().expect("a count");
        counts.push((Instant::now(), count));
    }
    // SIGKILL: nothing of it runs any more.
    child.kill().expect("ours");
    let killed = Instant::now();
    child.wait().expect("ours");
    let counted = lines.map_while(Result::ok).filter_map(|line| line.parse().ok()).last();
    let n_counted: u64 = counted.unwrap_or(counts[counts.len() - 1].1);
    let a_second_before = |(at, _): &&(Instant, u64)| killed - *at > Duration::from_secs(1);
    let (_, n_old) = counts.iter().rev().find(a_second_before).expect("it ran for longer");
    let n_stored = keys(&project)[0]["used_month"].as_u64().expect("a count");
    assert!((*n_old..=n_counted + 1).contains(&n_stored), "{n_old} {n_stored} {n_counted}");
    assert!(*n_old > 100, "{n_old}");
    // And a server goes on from there.
    let access = Access::open(&project.path("keys.sqlite"), None).expect("sound");
    let query = format!("api_key={}", made["key"].as_str().expect("text"));
    let grant = access.admit(&HeaderMap::new(), Some(&query), Group::List).expect("good");
    assert_eq!(grant.usage().month.used, n_stored + 1);
}

/// Examples are built with the tests, and lie beside their folder.
fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a path");
    let profile = test.parent().and_then(std::path::Path::parent).expect("target/PROFILE/deps");
    profile.join("examples").join(name)
}
