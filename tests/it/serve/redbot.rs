//! REDbot has nothing to complain about, whatever URL it is shown.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::serve::running::{Running, client, ended};
use crate::support::{Project, names};

/// Notes that are no fault of ours, each with the part of a path where it is met, and the reason.
const ACCEPTED: [(&str, &str); 3] = [
    // REDbot asks for the first 97 bytes; of a body that has no more, they are all of it.
    ("RANGE_CL_FULL", "sha256"),
    ("RANGE_CL_FULL", "/app/update_getfilename"),
    ("RANGE_CL_FULL", "/geoip/updates/metadata"),
];

/// Notes of these levels are complaints.
const COMPLAINTS: [&str; 2] = ["BAD", "WARN"];

/// What REDbot finds at a URL: its complaints as text, and the answer's status.
fn complaints(url: &str) -> (Vec<String>, u64) {
    // Its own script knows the path that it was installed at, which a checkout may have left.
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/redbot/bin/python");
    let redbot = ["-m", "redbot.cli", "-o", "har", url];
    let ended = ended(client(python).args(redbot)).expect_code(0);
    let found: Value = serde_json::from_str(&ended.stdout).expect("a HAR document");
    let error = &found["log"]["_red_error"];
    assert!(error.is_null(), "{url}: {error}");
    // The first entry is the URL itself; what it asked to find out more is among its notes.
    let entry = &found["log"]["entries"][0];
    let notes = entry["_red_messages"].as_array().unwrap_or_else(|| panic!("{url}: {found}"));
    let complaint = |note: &&Value| {
        let has =
            |field: &str, names: &[&str]| names.contains(&note[field].as_str().expect("text"));
        let is_accepted =
            ACCEPTED.iter().any(|(id, part)| has("note_id", &[id]) && url.contains(part));
        has("level", &COMPLAINTS) && !is_accepted
    };
    let shown = |note: &Value| {
        format!("{} {}: {} ({})", note["level"], note["note_id"], note["summary"], note["subject"])
    };
    let status = entry["response"]["status"].as_u64().expect("a status");
    (notes.iter().filter(complaint).map(shown).collect(), status)
}

/// Shows it paths; fails the test with all complaints at once.
#[track_caller]
fn check(server: &Running, paths: &[String]) {
    let mut found = String::new();
    for path in paths {
        let (complaints, status) = complaints(&server.at(path));
        if status != 200 {
            let _ = writeln!(found, "{path}: {status}");
        }
        for complaint in complaints {
            let _ = writeln!(found, "{path}: {complaint}");
        }
    }
    assert!(found.is_empty(), "{found}");
}

/// The sample with a second release, and its server.
fn two_releases() -> (Project, Running, [String; 2]) {
    let project = Project::with_sample();
    let mut command = project.command(&["build", "--sample"]);
    command.env("SOURCE_DATE_EPOCH", "1795305600");
    ended(&mut command).expect_code(0);
    let versions = names(&project.path("output/releases"));
    let server = Running::start(&project, &[]);
    (project, server, versions.try_into().expect("two"))
}

#[test]
fn nothing_is_wrong_with_downloads() {
    let (_project, server, [_, version]) = two_releases();
    let base = "/v1/database/download/full";
    let mut paths = vec![base.to_owned(), format!("{base}/{version}")];
    for variant in ["mmdb", "zst", "gz", "tar.gz", "compact"] {
        paths.push(format!("{base}?variant={variant}"));
        paths.push(format!("{base}/{version}?variant={variant}"));
    }
    check(&server, &paths);
}

#[test]
fn nothing_is_wrong_with_what_is_told_of_them() {
    let (_project, server, [old, new]) = two_releases();
    check(
        &server,
        &[
            "/v1/database/list".to_owned(),
            "/v1/feeds".to_owned(),
            format!("/v1/database/download/full/{new}/manifest"),
            format!("/v1/database/download/full/{new}/sha256"),
            format!("/v1/database/delta/full/{old}/{new}"),
            "/v1/history/185.220.101.45".to_owned(),
            "/v1/database?elastic_geoip_service_tos=agree".to_owned(),
            "/healthz".to_owned(),
            "/readyz".to_owned(),
            "/".to_owned(),
            "/page/main.js".to_owned(),
            "/metrics".to_owned(),
        ],
    );
}

#[test]
fn nothing_is_wrong_with_the_store() {
    let (_project, server, [_, version]) = two_releases();
    let release = format!("/releases/{version}");
    check(
        &server,
        &[
            "/index.json".to_owned(),
            format!("{release}/manifest.json"),
            format!("{release}/full.mmdb"),
            format!("{release}/full.mmdb.zst"),
            format!("{release}/full.mmdb.gz"),
            format!("{release}/full.tar.gz"),
            format!("{release}/full.compact"),
        ],
    );
}

#[test]
fn nothing_is_wrong_with_what_geoipupdate_asks_for() {
    let (_project, server, _) = two_releases();
    check(
        &server,
        &[
            "/app/update_getfilename?product_id=asn".to_owned(),
            "/geoip/databases/asn/update?db_md5=00000000000000000000000000000000".to_owned(),
            "/geoip/updates/metadata?edition_id=asn".to_owned(),
            "/geoip/databases/asn/download?suffix=tar.gz".to_owned(),
            "/geoip/databases/asn/download?suffix=tar.gz.sha256".to_owned(),
        ],
    );
}
