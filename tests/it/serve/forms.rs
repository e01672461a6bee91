//! Each form of a file has its own URL or coding, tag and digest, and is the published bytes.

use std::fs;

use ipmint::base::{Digest, Md5};

use crate::serve::ask::get;
use crate::serve::running::Running;
use crate::support::Project;

const VERSION: &str = "20261121.1";
const NEWEST: &str = "/v1/database/download/asn";

fn sample() -> (Project, Running) {
    let project = Project::with_sample();
    let server = Running::start(&project, &[]);
    (project, server)
}

fn published(project: &Project, name: &str) -> Vec<u8> {
    fs::read(project.path(&format!("output/releases/{VERSION}/{name}"))).expect("published")
}

#[test]
fn every_variant_is_the_published_file_under_both_urls() {
    let (project, server) = sample();
    for (variant, name, media_type) in [
        ("mmdb", "asn.mmdb", "application/vnd.maxmind.maxmind-db"),
        ("zst", "asn.mmdb.zst", "application/zstd"),
        ("gz", "asn.mmdb.gz", "application/gzip"),
        ("tar.gz", "asn.tar.gz", "application/gzip"),
        ("compact", "asn.compact", "application/octet-stream"),
    ] {
        let bytes = published(&project, name);
        let etag = format!("\"{}\"", Digest::of(&bytes));
        for (url, cache) in [
            (NEWEST.to_owned(), "no-cache"),
            (format!("{NEWEST}/{VERSION}"), "max-age=31536000, immutable"),
        ] {
            let reply = get(server.address(), &format!("{url}?variant={variant}"), &[]).expect(200);
            assert_eq!(reply.body, bytes, "{variant}");
            assert_eq!(reply.header("content-encoding"), None);
            reply
                .expect_header("etag", &etag)
                .expect_header("cache-control", cache)
                .expect_header("content-type", media_type)
                .expect_header("content-disposition", &format!("attachment; filename={name}"))
                .expect_header("x-database-version", VERSION);
        }
    }
}

#[test]
fn codings_are_negotiated_and_every_answer_says_so() {
    let (project, server) = sample();
    for (accepted, coding, name) in [
        ("gzip", Some("gzip"), "asn.mmdb.gz"),
        ("zstd", Some("zstd"), "asn.mmdb.zst"),
        ("gzip, deflate, br, zstd", Some("zstd"), "asn.mmdb.zst"),
        ("zstd;q=0, gzip;q=0.1", Some("gzip"), "asn.mmdb.gz"),
        ("br", None, "asn.mmdb"),
        ("identity", None, "asn.mmdb"),
        ("identity;q=0, br", None, "asn.mmdb"),
    ] {
        let bytes = published(&project, name);
        let lines = [format!("Accept-Encoding: {accepted}")];
        let reply = get(server.address(), NEWEST, &[&lines[0]]).expect(200);
        assert_eq!(reply.header("content-encoding"), coding, "{accepted}");
        assert_eq!(reply.body, bytes, "{accepted}");
        let etag = format!("\"{}\"", Digest::of(&bytes));
        let reply = reply.expect_header("etag", &etag).expect_header("vary", "accept-encoding");
        reply.expect_header("content-type", "application/vnd.maxmind.maxmind-db");
        let lines = [lines[0].as_str(), &format!("If-None-Match: {etag}")];
        let reply = get(server.address(), NEWEST, &lines).expect(304);
        reply.expect_header("vary", "accept-encoding").expect_header("etag", &etag);
    }
}

#[test]
fn the_digest_of_the_bytes_sent_is_in_repr_digest() {
    let (_project, server) = sample();
    for accepted in ["identity", "gzip", "zstd"] {
        let line = format!("Accept-Encoding: {accepted}");
        let reply = get(server.address(), NEWEST, &[&line]).expect(200);
        let value = reply.header("repr-digest").expect("a digest");
        let base64 = value.strip_prefix("sha-256=:").and_then(|value| value.strip_suffix(':'));
        let mut digest = [0; 32];
        let decoded = <ct_codecs::Base64 as ct_codecs::Decoder>::decode(
            &mut digest,
            base64.expect("a byte sequence"),
            None,
        );
        assert_eq!(decoded.expect("base64"), Digest::of(&reply.body).to_bytes());
    }
}

#[test]
fn provenance_is_beside_every_version() {
    let (project, server) = sample();
    let url = format!("{NEWEST}/{VERSION}");
    let manifest = get(server.address(), &format!("{url}/manifest"), &[]).expect(200);
    assert_eq!(manifest.body, published(&project, "manifest.json"));
    let sum = get(server.address(), &format!("{url}/sha256"), &[]).expect(200);
    let expected = format!("{}  asn.mmdb\n", Digest::of(&published(&project, "asn.mmdb")));
    assert_eq!(String::from_utf8(sum.body).expect("text"), expected);
    let reply = get(server.address(), &format!("{url}/manifest.minisig"), &[]);
    reply.expect_problem(404, "not_found");
}

#[test]
fn the_list_has_every_file_with_what_names_it() {
    let (project, server) = sample();
    let list = get(server.address(), "/v1/database/list", &[]).expect(200);
    let etag = list.header("etag").expect("a tag").to_owned();
    let object = list.json();
    let sources = object["sources"].as_array().expect("an array");
    assert_eq!(sources.len(), 9);
    for source in sources {
        let name = source["filename"].as_str().expect("a name");
        let bytes = published(&project, name);
        assert_eq!(source["version"], VERSION);
        assert_eq!(source["size_bytes"], bytes.len());
        assert_eq!(source["sha256"], Digest::of(&bytes).to_string());
        assert_eq!(source["md5"], Md5::md5_of(&bytes).to_string());
        assert_eq!(source["etag"], format!("\"{}\"", Digest::of(&bytes)));
        let url = source["download_url"].as_str().expect("a URL");
        assert_eq!(get(server.address(), url, &[]).expect(200).body, bytes);
        let variants = source["variants"].as_array().expect("an array");
        assert_eq!(variants.len(), 5);
        for variant in variants {
            let name = variant["filename"].as_str().expect("a name");
            let url = variant["download_url"].as_str().expect("a URL");
            assert_eq!(get(server.address(), url, &[]).expect(200).body, published(&project, name));
        }
    }
    get(server.address(), "/v1/database/list", &[&format!("If-None-Match: {etag}")]).expect(304);
}

#[test]
fn parameters_that_nobody_knows_are_errors() {
    let (_project, server) = sample();
    for target in [
        format!("{NEWEST}?varient=zst"),
        format!("{NEWEST}?variant=rar"),
        format!("{NEWEST}?variant=gz&variant=gz"),
        "/v1/database/list?page=2".to_owned(),
        format!("/v1/database/delta/asn/x/{VERSION}?kind=bsdiff"),
        "/v1/database?elastic_geoip_service_tos=no".to_owned(),
    ] {
        get(server.address(), &target, &[]).expect_problem(400, "invalid_parameter");
    }
}

#[test]
fn a_path_that_is_no_text_names_nothing() {
    let (_project, server) = sample();
    for target in
        ["/v1/database/download/%ff", "/releases/%ff/asn.mmdb", "/geoip/databases/%ff/update"]
    {
        get(server.address(), target, &[]).expect_problem(404, "not_found");
    }
}

#[test]
fn the_store_is_served_as_it_lies_on_the_disk() {
    let (project, server) = sample();
    let index = get(server.address(), "/index.json", &[]).expect(200);
    assert_eq!(index.body, fs::read(project.path("output/index.json")).expect("published"));
    index.expect_header("cache-control", "no-cache");
    for name in ["manifest.json", "NOTICE", "full.mmdb", "asn.tar.gz"] {
        let url = format!("/releases/{VERSION}/{name}");
        let reply = get(server.address(), &url, &[]).expect(200);
        assert_eq!(reply.body, published(&project, name));
        reply.expect_header("cache-control", "max-age=31536000, immutable");
    }
}

#[test]
fn names_are_looked_up_and_never_joined_to_a_path() {
    let (project, server) = sample();
    project.write("output/secret.txt", "secret");
    project.write(&format!("output/releases/{VERSION}/secret.txt"), "secret");
    for target in [
        "/secret.txt".to_owned(),
        "/feeds.lock".to_owned(),
        "/.publishing".to_owned(),
        "/releases".to_owned(),
        format!("/releases/{VERSION}"),
        format!("/releases/{VERSION}/"),
        format!("/releases/{VERSION}/secret.txt"),
        format!("/releases/{VERSION}/../../secret.txt"),
        format!("/releases/{VERSION}/..%2f..%2fsecret.txt"),
        format!("/releases/{VERSION}/%2e%2e/%2e%2e/secret.txt"),
        format!("/releases/..%2f..%2f/{VERSION}/asn.mmdb"),
        format!("/releases/{VERSION}/%2fetc%2fpasswd"),
        format!("/releases/{VERSION}//etc/passwd"),
        format!("/releases/{VERSION}/asn.mmdb%00"),
        "/releases/%00/asn.mmdb".to_owned(),
        "/v1/database/download/..%2f..%2fsecret.txt".to_owned(),
        "/v1/database/download/%2fetc%2fpasswd".to_owned(),
        "/v1/database/download/asn/..%2f..".to_owned(),
        "/v1/database/download/asn%00".to_owned(),
        format!("/v1/database/download/asn/{VERSION}/..%2fsecret.txt"),
        format!("/v1/database/delta/asn/..%2f..%2fsecret.txt/{VERSION}"),
        "/geoip/databases/..%2f..%2fsecret.txt/update".to_owned(),
        "/geoip/databases/asn/download?suffix=tar.gz&date=..%2f..".to_owned(),
        "/%2e%2e/%2e%2e/etc/passwd".to_owned(),
        "//etc/passwd".to_owned(),
    ] {
        let reply = get(server.address(), &target, &[]);
        assert_eq!(reply.status, 404, "{target}: {:?}", String::from_utf8_lossy(&reply.body));
        assert!(!reply.body.starts_with(b"secret"), "{target}");
    }
}
