//! `/v1/feeds`: what became of each feed, night after night.

use std::io::Read as _;

use serde_json::{Value, json};

use crate::serve::ask::{ask, get};
use crate::serve::running::{Nightly, Running};
use crate::serve::server::until;
use crate::support::Project;

const FEEDS: &str = "/v1/feeds";

#[track_caller]
fn feed<'a>(list: &'a Value, id: &str) -> &'a Value {
    let feeds = list["feeds"].as_array().expect("a list");
    feeds.iter().find(|feed| feed["id"] == id).unwrap_or_else(|| panic!("no {id}: {list}"))
}

/// The releases that a feed's history has.
fn versions(feed: &Value) -> Vec<Value> {
    let history = feed["history"].as_array().expect("a list");
    history.iter().map(|past| past["version"].clone()).collect()
}

#[test]
fn feeds_have_what_became_of_them_night_after_night() {
    let nightly = Nightly::new(20, "variants = []\ndeltas = 0");
    nightly.project.list("added", "");
    nightly.project.write("data/added.txt", "203.0.113.0/24\nnonsense\n");
    let first = nightly.current();
    let second = nightly.publish();
    let server = Running::start(&nightly.project, &[]);
    let reply = get(server.address(), FEEDS, &[]).expect(200);
    let reply = reply
        .expect_header("content-type", "application/json")
        .expect_header("cache-control", "no-cache")
        .expect_header("x-database-version", &second);
    let list = reply.json();
    assert_eq!(list["version"], second);
    assert_eq!(list["releases"], json!([second, first]));
    // As the manifest says it, by id.
    let manifest = nightly.file(&second, "manifest.json");
    let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
    let feeds = list["feeds"].as_array().expect("a list");
    let ids: Vec<&str> = feeds.iter().filter_map(|feed| feed["id"].as_str()).collect();
    let known = manifest["feeds"].as_object().expect("a map");
    assert!(ids.is_sorted() && ids.len() == known.len(), "{ids:?}");
    for feed in feeds {
        let record = &manifest["feeds"][feed["id"].as_str().expect("an id")];
        for (key, value) in record.as_object().expect("a map") {
            assert_eq!(&feed[key], value, "{key}");
        }
    }
    let (added, old) = (feed(&list, "added"), feed(&list, "list"));
    assert_eq!((&added["state"], &added["faults"]), (&json!("rejected"), &json!(1)));
    assert_eq!(added["history"][0]["reason"], added["reason"]);
    // Of 2026-11-20, and built on the 22nd.
    assert_eq!((&added["as_of"], &added["age_days"]), (&json!("2026-11-20"), &json!(2)));
    assert_eq!(versions(added), [json!(second)]);
    assert_eq!(versions(old), [json!(second), json!(first)]);
    assert_eq!(old["history"][0]["rows"], old["rows"]);
    // Another night, another answer; what is off says so.
    nightly.project.list("added", "enabled = false\nnote = 'no more'");
    let third = nightly.publish();
    let is_third = || get(server.address(), FEEDS, &[]).json()["version"] == third;
    until("the third release", is_third);
    let list = get(server.address(), FEEDS, &[]).expect(200).json();
    let added = feed(&list, "added");
    assert_eq!(added["state"], "disabled");
    assert_eq!((&added["snapshot"], &added["age_days"]), (&json!(null), &json!(null)));
    assert_eq!(versions(added), [json!(third), json!(second)]);
}

#[test]
fn the_answer_is_packed_once_and_kept_by_clients() {
    let project = Project::with_sample();
    let server = Running::start(&project, &[]);
    let plain = get(server.address(), FEEDS, &[]).expect(200);
    let head = ask(server.address(), "HEAD", FEEDS, &[]).expect(200);
    assert_eq!(head.header("content-length"), Some(plain.body.len().to_string().as_str()));
    let unpacked = |coding: &str| {
        let accept = format!("Accept-Encoding: {coding}");
        let packed = get(server.address(), FEEDS, &[&accept]).expect(200);
        let packed = packed
            .expect_header("content-encoding", coding)
            .expect_header("vary", "accept-encoding");
        assert!(packed.body.len() * 2 < plain.body.len(), "{coding}: {}", packed.body.len());
        let tag = packed.header("etag").expect("tagged");
        assert_ne!(Some(tag), plain.header("etag"));
        get(server.address(), FEEDS, &[&accept, &format!("If-None-Match: {tag}")]).expect(304);
        packed.body
    };
    let mut bytes = Vec::new();
    let packed = unpacked("gzip");
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut bytes).expect("gzip");
    assert!(bytes == plain.body);
    assert!(zstd::decode_all(&unpacked("zstd")[..]).expect("zstd") == plain.body);
    let tag = plain.header("etag").expect("tagged");
    get(server.address(), FEEDS, &[&format!("If-None-Match: {tag}")])
        .expect(304)
        .expect_header("cache-control", "no-cache");
}

#[test]
fn what_cannot_be_answered_is_said() {
    let project = Project::new();
    let server = Running::start(&project, &[]);
    get(server.address(), FEEDS, &[]).expect_problem(503, "no_database");
    project.run(&["build", "--sample"]).expect_code(0);
    let server = Running::start(&project, &[]);
    let wrong = get(server.address(), &format!("{FEEDS}?state=stale"), &[]);
    wrong.expect_problem(400, "invalid_parameter");
    ask(server.address(), "POST", FEEDS, &[]).expect_problem(405, "method_not_allowed");
    let metrics = get(server.address(), "/metrics", &[]).expect(200).text();
    assert!(metrics.contains("route=\"feeds\""), "{metrics}");
}
