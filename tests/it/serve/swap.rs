//! A new release is served without restart, an unsound one never, and what a client began it can finish.

use std::fs;

use crate::serve::ask::{Reply, get};
use crate::serve::running::{EDITION, Nightly, Running};
use crate::serve::server::until;
use crate::support::Project;

const NEWEST: &str = "/v1/database/download/full";
const FIRST: &str = "20261121.1";
const SECOND: &str = "20261221.1";
/// A month after the sample: other ages, so other bytes.
const LATER: &str = "1797811200";

/// Asks until an answer is as wished.
#[track_caller]
fn asked_until(mut ask: impl FnMut() -> Reply, is_wished: impl Fn(&Reply) -> bool) -> Reply {
    let mut last = None;
    until("the answer that was wished for", || is_wished(last.insert(ask())));
    last.expect("asked")
}

fn serves(version: &'static str) -> impl Fn(&Reply) -> bool {
    move |reply| reply.status == 200 && reply.header("x-database-version") == Some(version)
}

fn build_later(project: &Project) {
    let mut build = project.command(&["build", "--sample"]);
    let output = build.env("SOURCE_DATE_EPOCH", LATER).output().expect("built");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn published(project: &Project, version: &str) -> Vec<u8> {
    fs::read(project.path(&format!("output/releases/{version}/full.mmdb"))).expect("published")
}

#[test]
fn a_new_release_is_noticed_and_old_versions_stay() {
    let project = Project::with_sample();
    let server = Running::start(&project, &[]);
    let first = get(server.address(), NEWEST, &[]).expect(200);
    build_later(&project);
    let second = asked_until(|| get(server.address(), NEWEST, &[]), serves(SECOND));
    assert_eq!(second.body, published(&project, SECOND));
    assert_ne!(second.header("etag"), first.header("etag"));
    let old = get(server.address(), &format!("{NEWEST}/{FIRST}"), &[]).expect(200);
    assert_eq!(old.body, first.body);
    project.run(&["releases", "rollback"]).expect_code(0);
    let again = asked_until(|| get(server.address(), NEWEST, &[]), serves(FIRST));
    assert_eq!(again.body, first.body);
}

#[test]
fn who_asks_by_date_alone_learns_of_a_rollback() {
    let nightly = Nightly::new(400, "variants = []\ndeltas = 0");
    let first = nightly.current();
    let second = nightly.publish();
    let server = Running::start(&nightly.project, &[]);
    let newest = format!("/v1/database/download/{EDITION}");
    let is_of = |version: &str, reply: &Reply| reply.header("x-database-version") == Some(version);
    let latest = get(server.address(), &newest, &[]).expect(200);
    assert!(is_of(&second, &latest));
    let known = latest.header("last-modified").expect("a date");
    let known = format!("If-Modified-Since: {known}");
    get(server.address(), &newest, &[&known]).expect(304);
    let mut rollback = nightly.project.command(&["releases", "rollback"]);
    // An hour after the second night.
    let output = rollback.env("SOURCE_DATE_EPOCH", "1795309200").output().expect("run");
    assert!(output.status.success());
    until("the first again", || is_of(&first, &get(server.address(), &newest, &[])));
    // Its own date is older than what clients have; to them it is new all the same.
    let again = get(server.address(), &newest, &[&known]).expect(200);
    assert!(is_of(&first, &again));
}

#[test]
fn before_the_first_build_it_says_so_and_then_it_serves() {
    let project = Project::new();
    project.write("serve.toml", "poll = '1s'\n");
    let server = Running::start(&project, &["--config", "serve.toml"]);
    get(server.address(), "/healthz", &[]).expect(200);
    get(server.address(), "/readyz", &[]).expect_problem(503, "no_database");
    get(server.address(), NEWEST, &[]).expect_problem(503, "no_database");
    project.run(&["build", "--sample"]).expect_code(0);
    asked_until(|| get(server.address(), NEWEST, &[]), serves(FIRST));
    get(server.address(), "/readyz", &[]).expect(200);
}

#[test]
fn a_damaged_release_is_not_served() {
    let project = Project::with_sample();
    project.write("serve.toml", "poll = '1s'\n");
    let server = Running::start(&project, &["--config", "serve.toml"]);
    let first = get(server.address(), NEWEST, &[]).expect(200);
    // Published elsewhere, and copied with a flipped byte, as a bad disk would.
    let other = Project::with_sample();
    build_later(&other);
    let folder = project.path(&format!("output/releases/{SECOND}"));
    fs::create_dir_all(folder.join("delta")).expect("created");
    let from = other.path(&format!("output/releases/{SECOND}"));
    for name in crate::world::files_below(&from) {
        let mut bytes = fs::read(from.join(&name)).expect("published");
        if name == "full.mmdb" {
            bytes[100] ^= 1;
        }
        fs::write(folder.join(&name), bytes).expect("copied");
    }
    fs::copy(other.path("output/index.json"), project.path("output/index.new")).expect("copied");
    fs::rename(project.path("output/index.new"), project.path("output/index.json"))
        .expect("renamed");
    until("a word on the damage", || server.log().contains("full.mmdb is not what was published"));
    let reply = get(server.address(), NEWEST, &[]).expect(200);
    assert_eq!(reply.header("etag"), first.header("etag"));
}

#[test]
fn a_range_without_a_validator_goes_on_with_what_the_client_began() {
    let project = Project::with_sample();
    let server = Running::start(&project, &[]);
    let me = "User-Agent: me";
    let first = get(server.address(), NEWEST, &[me]).expect(200);
    build_later(&project);
    // Another client is how the test knows that the new release is there.
    asked_until(|| get(server.address(), NEWEST, &["User-Agent: other"]), serves(SECOND));
    let rest = get(server.address(), NEWEST, &[me, "Range: bytes=1000-"]).expect(206);
    assert_eq!(rest.body, first.body[1000..]);
    let rest = rest.expect_header("x-database-version", FIRST);
    assert_eq!(rest.header("etag"), first.header("etag"));
    // The end of a file is what nobody resumes.
    let tail = get(server.address(), NEWEST, &[me, "Range: bytes=-100"]).expect(206);
    assert!(tail.header("x-database-version") == Some(SECOND));
    // Who has a validator is told that the file is another.
    let if_range = format!("If-Range: {}", first.header("etag").expect("a tag"));
    let whole = get(server.address(), NEWEST, &[me, "Range: bytes=1000-", &if_range]).expect(200);
    assert_eq!(whole.body, published(&project, SECOND));
    // Who begins anew, or was never here, gets what is newest.
    get(server.address(), NEWEST, &[me]).expect(200);
    let rest = get(server.address(), NEWEST, &[me, "Range: bytes=1000-"]).expect(206);
    assert_eq!(rest.body, published(&project, SECOND)[1000..]);
    let rest =
        get(server.address(), NEWEST, &["User-Agent: new", "Range: bytes=1000-"]).expect(206);
    assert_eq!(rest.body, published(&project, SECOND)[1000..]);
}

#[test]
fn what_a_client_began_and_is_gone_is_sent_anew_as_a_whole() {
    let project = Project::with_sample();
    let server = Running::start(&project, &[]);
    let me = "User-Agent: me";
    get(server.address(), NEWEST, &[me]).expect(200);
    build_later(&project);
    asked_until(|| get(server.address(), NEWEST, &["User-Agent: other"]), serves(SECOND));
    let mut prune = project.command(&["releases", "prune", "--keep", "1"]);
    // A year later, when no client's grace holds the first release.
    let output = prune.env("SOURCE_DATE_EPOCH", "1829347200").output().expect("pruned");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let old = format!("{NEWEST}/{FIRST}");
    asked_until(|| get(server.address(), &old, &[]), |reply| reply.status == 404);
    let whole = get(server.address(), NEWEST, &[me, "Range: bytes=1000-"]).expect(200);
    assert_eq!(whole.body, published(&project, SECOND));
}
