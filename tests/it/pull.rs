//! A copy is brought up to date cheaply, believed for a reason, and whole at every moment.

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use ipmint::base::Digest;
use serde_json::json;

use crate::draw::Dice;
use crate::origin::Answer;
use crate::publisher::{COPY, EDITION, Publisher, scattered};
use crate::schema;

/// The files of a release, but for the database itself, the smallest first.
const PACKED: [&str; 3] = ["anonymous.compact", "anonymous.mmdb.zst", "anonymous.mmdb.gz"];

#[test]
fn a_first_pull_takes_the_smallest_form() {
    let publisher = Publisher::new();
    let report = publisher.expect_pulled("compact").json();
    let database = publisher.newest();
    assert_eq!(report["version"], "20261122.1");
    assert_eq!((&report["sequence"], &report["edition"]), (&json!(1), &json!(EDITION)));
    assert_eq!(report["bytes"], database.len());
    assert_eq!(report["sha256"], Digest::of(&database).to_string());
    let asked = ["index.json 200", "releases/20261122.1/manifest.json 200"];
    assert_eq!(publisher.asked()[..2], asked);
    assert_eq!(publisher.asked()[2..], ["releases/20261122.1/anonymous.compact 200"]);
    let n_served: usize = [
        "index.json",
        "releases/20261122.1/manifest.json",
        "releases/20261122.1/anonymous.compact",
    ]
    .map(|name| publisher.read(format!("served/{name}")).len())
    .iter()
    .sum();
    assert_eq!(report["downloaded_bytes"], n_served);
    let agent = publisher.operator.origin.requests()[0].header("user-agent").map(str::to_owned);
    assert!(agent.is_some_and(|agent| agent.starts_with("ipmint/")));
}

#[test]
fn a_store_is_pulled_from_as_builds_leave_it() {
    let publisher = Publisher::new();
    let operator = &publisher.operator;
    let release = "variants = ['zst', 'gz', 'tar.gz', 'compact']\ndeltas = 7";
    operator.project.write("feeds/policy.toml", format!("canary = []\n[release]\n{release}\n"));
    operator.origin.folder("/output", &publisher.path("output"));
    let url = operator.origin.url(1, "/output");
    let build = ["--edition", EDITION, "--sign-key", "store.key"];
    let key = publisher.key().to_string();
    let pull = || {
        let ended = operator.run(&["pull", &url, EDITION, "--out", COPY, "--key", &key, "--json"]);
        let report = ended.expect_code(0).json();
        let version = report["version"].as_str().expect("a version");
        let database = publisher.read(format!("output/releases/{version}/{EDITION}.mmdb"));
        assert!(publisher.copy() == database, "another file");
        report["via"].clone()
    };
    let mut via = Vec::new();
    for night in 1..=3 {
        operator.origin.route("/list", vec![Answer::content(scattered(night))]);
        operator.wait_hours(24);
        operator.report(&build);
        via.push(pull());
    }
    assert_eq!(via, ["compact", "delta", "delta"]);
    // Nothing changed but how long the index is good for.
    operator.wait_hours(24);
    operator.report(&build);
    operator.run(&["pull", &url, EDITION, "--out", COPY, "--key", &key]).expect_code(5);
}

#[test]
fn what_is_here_already_costs_one_request() {
    let publisher = Publisher::new();
    publisher.expect_pulled("compact");
    let ended = publisher.pull(&[]).expect_code(5);
    schema::check("pull", &ended.json());
    assert_eq!((&ended.json()["via"], &ended.json()["changed"]), (&json!("none"), &json!(false)));
    assert_eq!(publisher.asked(), ["index.json 304"]);
    // Signed anew, as every night: the manifest is the one that was read.
    let mut index = publisher.index();
    index["expires"] = json!(index["expires"].as_u64().expect("seconds") + 1);
    publisher.write_index(&index);
    publisher.pull(&[]).expect_code(5);
    assert_eq!(publisher.asked(), ["index.json 200"]);
    publisher.pull(&[]).expect_code(5);
    assert_eq!(publisher.asked(), ["index.json 304"]);
}

#[test]
fn what_changed_comes_as_a_delta() {
    let publisher = Publisher::new();
    publisher.expect_pulled("compact");
    fs::set_permissions(publisher.path(COPY), Permissions::from_mode(0o640)).expect("ours");
    let version = publisher.publish();
    publisher.expect_pulled("delta");
    let delta = format!("releases/{version}/delta/anonymous.from-20261122.1.rows 200");
    assert_eq!(publisher.asked()[2..], [delta]);
    let mode = fs::metadata(publisher.path(COPY)).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    publisher.pull(&[]).expect_code(5);
}

#[test]
fn who_missed_some_nights_follows_their_deltas() {
    let publisher = Publisher::new();
    publisher.expect_pulled("compact");
    let versions: Vec<String> = (0..3).map(|_| publisher.publish()).collect();
    publisher.expect_pulled("delta");
    let asked = publisher.asked();
    let n_deltas = asked.iter().filter(|request| request.contains(".rows 200")).count();
    let n_manifests = asked.iter().filter(|request| request.contains("manifest.json 200")).count();
    assert_eq!((n_deltas, n_manifests), (3, 3), "{asked:?}");
    assert!(!asked.iter().any(|request| request.contains(".compact")), "{asked:?}");

    // A release that was pruned breaks the chain.
    publisher.operator.project.write(COPY, publisher.database("20261122.1"));
    fs::remove_dir_all(publisher.path(&format!("served/releases/{}", versions[0]))).expect("there");
    publisher.expect_pulled("compact");
}

#[test]
fn whatever_is_spoilt_the_next_form_is_taken() {
    let publisher = Publisher::new();
    publisher.expect_pulled("compact");
    let before = publisher.copy();
    let version = publisher.publish();
    publisher.spoil(&version, "delta/anonymous.from-20261122.1.rows");
    let ended = publisher.expect_pulled("compact");
    ended.expect_stderr(&["from-20261122.1.rows", "has the digest", "trying the next form"]);
    // Missing is as good as spoilt.
    for (name, next) in PACKED.into_iter().zip(["zst", "gz", "mmdb"]) {
        publisher.operator.project.write(COPY, &before);
        fs::remove_file(publisher.path(&format!("served/releases/{version}/{name}")))
            .expect("there");
        publisher.expect_pulled(next).expect_stderr(&[name, "404"]);
    }
    publisher.operator.project.write(COPY, &before);
    publisher.spoil(&version, "anonymous.mmdb");
    publisher.expect_refused(&[], &[&version, "anonymous.mmdb has the digest"]);
}

#[test]
fn forms_that_lead_elsewhere_are_not_taken() {
    let publisher = Publisher::new();
    let old = publisher.newest();
    publisher.operator.project.write(COPY, &old);
    let version = publisher.publish();
    let new = publisher.newest();
    // The manifest vouches for packed files that hold another database.
    let folder = format!("served/releases/{version}");
    let other = ipmint::delta::compact::encode(&old).expect("ours");
    let same = ipmint::delta::rows::diff(&old, &old).expect("ours");
    publisher.operator.project.write(&format!("{folder}/anonymous.compact"), &other);
    publisher.operator.project.write(&format!("{folder}/delta/same"), &same);
    let bomb = zstd::encode_all(&vec![0; 64 << 20][..], 1).expect("packs");
    publisher.operator.project.write(&format!("{folder}/anonymous.mmdb.zst"), &bomb);
    publisher.edit(&version, |edition| {
        for file in edition["files"].as_array_mut().expect("a list") {
            for (variant, bytes) in [("compact", &other), ("zst", &bomb)] {
                if file["variant"] == variant {
                    file["sha256"] = json!(Digest::of(bytes).to_string());
                    file["bytes"] = json!(bytes.len());
                }
            }
        }
        edition["deltas"][0]["name"] = json!("delta/same");
        edition["deltas"][0]["bytes"] = json!(same.len());
        edition["deltas"][0]["sha256"] = json!(Digest::of(&same).to_string());
    });
    assert!(publisher.newest() == new);
    publisher.expect_pulled("gz").expect_stderr(&[
        "delta/same",
        "anonymous.compact",
        ".zst has more than",
    ]);
}

#[test]
fn a_copy_that_somebody_wrote_is_noticed() {
    let publisher = Publisher::new();
    publisher.expect_pulled("compact");
    publisher.operator.project.write(COPY, "not what was pulled");
    publisher.expect_pulled("compact");
    fs::remove_file(publisher.path(COPY)).expect("there");
    publisher.expect_pulled("compact");
    // Somebody else brought it up to date.
    publisher.publish();
    publisher.operator.project.write(COPY, publisher.newest());
    publisher.pull(&[]).expect_code(5);
    publisher.pull(&[]).expect_code(5);
    assert_eq!(publisher.asked(), ["index.json 304"]);
}

#[test]
fn a_pinned_key_has_to_have_signed() {
    let publisher = Publisher::new();
    publisher.pull_signed().expect_code(0);
    publisher.pull_signed().expect_code(5);
    let key = publisher.key().to_string();
    publisher.pull(&["--key", "store.pub"]).expect_code(5);
    let stranger = Publisher::new().key().to_string();
    publisher.expect_refused(&["--key", &stranger], &["not signed by the key", &stranger]);
    publisher.pull(&["--key", "none.pub"]).expect_code(1).expect_stderr(&["the key none.pub"]);

    publisher.publish();
    // What nobody pinned is what a later pull with a key asks for again.
    publisher.pull(&[]).expect_code(0);
    publisher.pull_signed().expect_code(5);
    assert_eq!(publisher.asked()[0], "index.json 200");

    let text = String::from_utf8(publisher.read("served/index.json")).expect("text");
    publisher.operator.project.write("served/index.json", format!("{text} "));
    publisher.expect_refused(&["--key", &key], &["index.json: is not signed by the key"]);
    publisher.operator.project.write("served/index.json.minisig", "untrusted comment: x\nx\n");
    publisher.expect_refused(&["--key", &key], &["no signature of minisign"]);
    fs::remove_file(publisher.path("served/index.json.minisig")).expect("there");
    publisher.expect_refused(&["--key", &key], &["index.json.minisig is missing", "not signed"]);
    publisher.pull(&[]).expect_code(5);
}

#[test]
fn the_environment_may_pin_the_key() {
    let publisher = Publisher::new();
    let stranger = Publisher::new().key().to_string();
    let args = publisher.args(&[]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let run = |key: &str| publisher.operator.run_knowing(&args, "IPMINT_KEY", key);
    run(&stranger).expect_code(1).expect_stderr(&["not signed by the key"]);
    run("").expect_code(1).expect_stderr(&["--key"]);
    run(&publisher.key().to_string()).expect_code(0);
}

#[test]
fn an_index_that_went_back_is_refused() {
    let publisher = Publisher::new();
    let key = publisher.key().to_string();
    let names = ["served/index.json", "served/index.json.minisig"];
    let old = names.map(|name| publisher.read(name));
    publisher.publish();
    publisher.pull_signed().expect_code(0);
    for (name, bytes) in names.into_iter().zip(&old) {
        publisher.operator.project.write(name, bytes);
    }
    let reason = ["went back", "its sequence is 1, and was 2", "copy.mmdb.ipmint"];
    publisher.expect_refused(&["--key", &key], &reason);
    publisher.expect_refused(&[], &reason);
    fs::remove_dir_all(publisher.path("copy.mmdb.ipmint")).expect("there");
    publisher.pull_signed().expect_code(0);
    assert_eq!(publisher.copy(), publisher.database("20261122.1"));
}

#[test]
fn a_rollback_of_the_store_is_followed() {
    let publisher = Publisher::new();
    publisher.publish();
    publisher.expect_pulled("compact");
    let mut index = publisher.index();
    index["current"] = json!("20261122.1");
    index["sequence"] = json!(3);
    publisher.write_index(&index);
    publisher.pull_signed().expect_code(0);
    assert_eq!(publisher.copy(), publisher.database("20261122.1"));
}

#[test]
fn an_index_past_its_time_is_refused_where_a_key_is_pinned() {
    let publisher = Publisher::new();
    publisher.pull_signed().expect_code(0);
    publisher.operator.wait_hours(8 * 24);
    let key = publisher.key().to_string();
    // With a 304, and with all of it.
    publisher.expect_refused(&["--key", &key], &["expired at 2026-11-29T00:00:00Z"]);
    assert_eq!(publisher.asked(), ["index.json 304"]);
    publisher.pull(&[]).expect_code(5).expect_stderr(&["note:", "expired"]);
    fs::remove_dir_all(publisher.path("copy.mmdb.ipmint")).expect("there");
    publisher.expect_refused(&["--key", &key], &["expired"]);
    publisher.pull(&[]).expect_code(5).expect_stderr(&["note:", "expired"]);
}

#[test]
fn a_manifest_that_the_index_does_not_name_is_refused() {
    let publisher = Publisher::new();
    let path = "served/releases/20261122.1/manifest.json";
    let text = String::from_utf8(publisher.read(path)).expect("text");
    publisher.operator.project.write(path, format!("{text} "));
    publisher.expect_refused(&[], &["manifest.json has the digest", "the index says"]);
    let n_tries = publisher.asked().iter().filter(|request| *request == "index.json 200").count();
    assert_eq!(n_tries, 3);
}

#[test]
fn a_release_that_appears_between_two_requests_is_met_halfway() {
    let publisher = Publisher::new();
    publisher.pull_signed().expect_code(0);
    let old = publisher.read("served/index.json");
    publisher.publish();
    fs::remove_dir_all(publisher.path("served/releases/20261122.1")).expect("there");
    let new = publisher.read("served/index.json");
    // The signature is of the new index already.
    let answers = || {
        vec![Answer::content(format!("{} ", String::from_utf8_lossy(&old))), Answer::content(&new)]
    };
    publisher.operator.origin.route("/store/index.json", answers());
    publisher.pull_signed().expect_code(0);
    assert_eq!(publisher.copy(), publisher.newest());
    // The old release was pruned meanwhile.
    publisher.operator.origin.route("/store/index.json", answers());
    fs::remove_dir_all(publisher.path("copy.mmdb.ipmint")).expect("there");
    publisher.pull(&[]).expect_code(5);
    let asked = publisher.asked();
    assert_eq!(asked[1], "releases/20261122.1/manifest.json 404", "{asked:?}");
}

#[test]
fn sizes_that_a_server_says_are_not_believed() {
    let publisher = Publisher::new();
    publisher.expect_refused(&["--max-bytes", "1000"], &["the limit is 1000", "--max-bytes"]);
    // More than is said.
    let compact = "/store/releases/20261122.1/anonymous.compact";
    let endless = Answer::content(vec![0; 32 << 20]);
    for answer in [endless.clone(), endless.clone().chunked(), endless.gzip()] {
        publisher.operator.origin.route(compact, vec![answer]);
        fs::remove_file(publisher.path(COPY)).ok();
        publisher.expect_pulled("zst").expect_stderr(&["anonymous.compact has more than"]);
    }
    // More is said than can be.
    publisher.edit("20261122.1", |edition| {
        for file in edition["files"].as_array_mut().expect("a list") {
            if file["variant"] != "mmdb" {
                file["bytes"] = json!(u64::MAX);
            }
        }
        let delta = json!({ "from": "20261121.1", "kind": "rows", "name": "x", "bytes": u64::MAX,
            "sha256": "0".repeat(64), "old_sha256": Digest::of(b"x").to_string() });
        edition["deltas"] = json!([delta]);
    });
    publisher.operator.project.write(COPY, "x");
    publisher.expect_pulled("mmdb");
    publisher.operator.project.write(COPY, "x");
    publisher.edit("20261122.1", |edition| {
        let files = edition["files"].as_array_mut().expect("a list");
        files.iter_mut().for_each(|file| file["bytes"] = json!(u64::MAX));
    });
    publisher.expect_refused(&[], &["the database has 18446744073709551615 bytes"]);
}

#[test]
fn an_index_without_end_is_given_up() {
    let publisher = Publisher::new();
    let index = "/store/index.json";
    let endless = Answer::content(vec![b' '; 20 << 20]).chunked();
    publisher.operator.origin.route(index, vec![endless]);
    publisher.expect_refused(&[], &["index.json has more than 16777216 bytes"]);
    publisher.operator.origin.route(index, vec![Answer::content("[".repeat(1 << 20))]);
    publisher.expect_refused(&[], &["index.json is not readable"]);
    publisher.operator.origin.route(index, vec![Answer::redirect(302, index)]);
    publisher.expect_refused(&[], &["redirected more than 5 times"]);
    let there = publisher.operator.origin.url(2, "/there");
    publisher
        .operator
        .origin
        .route("/there", vec![Answer::content(publisher.read("served/index.json"))]);
    publisher.operator.origin.route(index, vec![Answer::redirect(302, &there)]);
    publisher.expect_pulled("compact");
}

#[test]
fn names_that_lead_out_of_the_store_are_not_asked_for() {
    let publisher = Publisher::new();
    publisher.operator.project.write("served/x", "x");
    let before = publisher.operator.project.names("");
    for name in ["../x", "/etc/passwd", "a/../../x", "..%2fx", "\u{1b}[31m"] {
        publisher.edit("20261122.1", |edition| {
            let files = edition["files"].as_array_mut().expect("a list");
            files.iter_mut().for_each(|file| file["name"] = json!(name));
        });
        publisher.expect_refused(&[], &["is no plain name of a file"]);
        assert_eq!(publisher.asked().len(), 2, "{:?}", publisher.asked());
    }
    let mut index = publisher.index();
    index["current"] = json!("../../x");
    index["releases"][0]["version"] = json!("../../x");
    publisher.write_index(&index);
    publisher.expect_refused(&[], &["`../../x` is no plain name of a file"]);
    index["current"] = json!("20261122.9");
    publisher.write_index(&index);
    publisher.expect_refused(&[], &["`20261122.9` as current"]);
    let mut after = publisher.operator.project.names("");
    after.retain(|name| name != "copy.mmdb.ipmint");
    assert_eq!(after, before);
}

#[test]
fn what_cannot_be_pulled_is_said() {
    let publisher = Publisher::new();
    let run = |url: &str, edition: &str, out: &str| {
        publisher.operator.run(&["pull", url, edition, "--out", out])
    };
    let url = publisher.operator.origin.url(1, "/store/");
    run(&url, "none", COPY).expect_code(1).expect_stderr(&["no edition `none`; it has anonymous"]);
    run(&url, EDITION, "served").expect_code(1).expect_stderr(&["served is no regular file"]);
    run(&url, EDITION, "no/such/folder/x").expect_code(0);
    let nowhere = publisher.operator.origin.url(1, "/nowhere");
    run(&nowhere, EDITION, COPY)
        .expect_code(1)
        .expect_stderr(&["/nowhere/index.json: answered 404"]);
    for url in ["ftp://x", "store", "http://x/?a=b"] {
        run(url, EDITION, COPY).expect_code(2).expect_stderr(&["expected http"]);
    }
}

#[test]
fn a_link_stays_a_link() {
    let publisher = Publisher::new();
    publisher.operator.project.write("real/db.mmdb", "old");
    std::os::unix::fs::symlink("real/db.mmdb", publisher.path(COPY)).expect("made");
    publisher.expect_pulled("compact");
    assert_eq!(publisher.read("real/db.mmdb"), publisher.newest());
    assert!(fs::symlink_metadata(publisher.path(COPY)).expect("there").is_symlink());
}

#[test]
fn a_pull_that_is_killed_leaves_the_copy_whole() {
    let publisher = Publisher::new();
    publisher.expect_pulled("compact");
    let mut dice = Dice::new(2026);
    for _ in 0..8 {
        let old = publisher.copy();
        let version = publisher.publish();
        let new = publisher.newest();
        publisher.spoil(&version, &format!("delta/{}", name_of_delta(&publisher, &version)));
        for name in PACKED.into_iter().chain(["manifest.json"]) {
            let path = format!("releases/{version}/{name}");
            let slow = Answer::content(publisher.read(format!("served/{path}")));
            let slow = slow.drip(1000, Duration::from_millis(1));
            publisher.operator.origin.route(&format!("/store/{path}"), vec![slow]);
        }
        publisher.operator.origin.forget();
        let n_bytes = publisher.read(format!("served/releases/{version}/manifest.json")).len()
            + publisher.read(format!("served/releases/{version}/anonymous.compact")).len();
        let n_bytes = dice.below(n_bytes) as u64;
        let args = publisher.args(&[]);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let mut command = publisher.operator.command(&args);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the binary starts");
        while !publisher.operator.origin.wait_until_served(n_bytes, Duration::from_millis(20)) {
            if child.try_wait().expect("ours").is_some() {
                break;
            }
        }
        // SIGKILL; an error means that it ended by itself.
        let _ = child.kill();
        child.wait().expect("ours");
        let copy = publisher.copy();
        assert!(copy == old || copy == new, "neither the old nor the new database");
        publisher.pull(&[]);
        assert!(publisher.copy() == new, "not brought up to date");
        let left = publisher.operator.project.names("copy.mmdb.ipmint/partial");
        assert_eq!(left, [] as [&str; 0]);
    }
}

/// The name of the file of a release's only delta.
fn name_of_delta(publisher: &Publisher, version: &str) -> String {
    let names = publisher.operator.project.names(&format!("served/releases/{version}/delta"));
    names.into_iter().next().expect("one")
}

#[test]
fn a_daemon_follows_releases_until_it_is_told_to_end() {
    for signal in ["-TERM", "-INT"] {
        let publisher = Publisher::new();
        let args = publisher.args(&["--daemon", "--interval", "1s"]);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let mut command = publisher.operator.command(&args);
        command.env("SOURCE_DATE_EPOCH", (publisher.operator.now() + 86_400).to_string());
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the binary starts");
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        let reports = stdout.lines().map(|line| {
            let report: serde_json::Value =
                serde_json::from_str(&line.expect("readable")).expect("JSON");
            schema::check("pull", &report);
            report
        });
        let mut changes = reports.filter(|report| report["changed"] == true);
        assert_eq!(changes.next().expect("a pull")["via"], "compact");
        let version = publisher.publish();
        let change = changes.next().expect("another pull");
        assert_eq!((&change["version"], &change["via"]), (&json!(version), &json!("delta")));
        // Also in the middle of a pull.
        let silence = Answer::content("").silence();
        publisher.operator.origin.route("/store/index.json", vec![silence]);
        publisher.operator.origin.forget();
        while publisher.asked().is_empty() {
            publisher.operator.origin.wait_until_served(1, Duration::from_millis(20));
        }
        let id = child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().expect("kill").success());
        assert_eq!(child.wait().expect("ours").code(), Some(0));
        assert!(publisher.copy() == publisher.newest());
    }
}
