//! The update protocol, request by request (the clients themselves: `geoipupdate.rs`).

use std::fs;
use std::io::Read as _;

use ipmint::base::{Digest, Md5};

use crate::serve::ask::{Reply, ask, get};
use crate::serve::running::Running;
use crate::serve::server::until;
use crate::support::Project;

const VERSION: &str = "20261121.1";
const NO_MD5: &str = "00000000000000000000000000000000";
/// What clients send, and what must not lead to a Content-Encoding.
const TAKES_GZIP: &str = "Accept-Encoding: gzip";

/// A server of the sample that knows `asn` by another name too.
fn sample() -> (Project, Running) {
    let project = Project::with_sample();
    project.write("serve.toml", "[aliases]\nGeoLite2-ASN = 'asn'\n");
    let server = Running::start(&project, &["--config", "serve.toml"]);
    (project, server)
}

fn published(project: &Project, name: &str) -> Vec<u8> {
    fs::read(project.path(&format!("output/releases/{VERSION}/{name}"))).expect("published")
}

#[track_caller]
fn expect_text(reply: Reply, status: u16, parts: &[&str]) {
    let reply = reply.expect(status).expect_header("content-type", "text/plain; charset=utf-8");
    let text = String::from_utf8(reply.body).expect("text");
    assert!(text.len() <= 256 && text.ends_with('\n'), "{text}");
    for part in parts {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn the_name_of_the_file_is_the_id_and_nothing_else() {
    let (_project, server) = sample();
    for id in ["asn", "GeoLite2-ASN"] {
        let url = format!("/app/update_getfilename?product_id={id}");
        let reply = get(server.address(), &url, &[]).expect(200);
        assert_eq!(reply.body, format!("{id}.mmdb").into_bytes());
    }
    let reply = get(server.address(), "/app/update_getfilename?product_id=none", &[]);
    expect_text(reply, 404, &["`none`"]);
    expect_text(get(server.address(), "/app/update_getfilename", &[]), 400, &["product_id"]);
}

#[test]
fn an_update_is_the_gzip_of_the_database_or_304() {
    let (project, server) = sample();
    let database = published(&project, "asn.mmdb");
    let md5 = Md5::md5_of(&database).to_string();
    for id in ["asn", "GeoLite2-ASN"] {
        let url = |md5: &str| format!("/geoip/databases/{id}/update?db_md5={md5}");
        let reply = get(server.address(), &url(NO_MD5), &[TAKES_GZIP]).expect(200);
        assert_eq!(reply.header("content-encoding"), None);
        assert!(reply.header("last-modified").is_some());
        let reply = reply
            .expect_header("content-type", "application/gzip")
            .expect_header("x-database-md5", &md5);
        let mut unpacked = Vec::new();
        let mut decoder = flate2::read::GzDecoder::new(&*reply.body);
        decoder.read_to_end(&mut unpacked).expect("gzip");
        assert_eq!(unpacked, database);
        let known = get(server.address(), &url(&md5), &[TAKES_GZIP]).expect(304);
        for name in ["etag", "cache-control", "x-database-version"] {
            assert_eq!(known.header(name), reply.header(name), "{name}");
            assert!(known.header(name).is_some(), "{name}");
        }
        get(server.address(), &url(&md5.to_ascii_uppercase()), &[]).expect(304);
    }
    let reply = get(server.address(), "/geoip/databases/none/update", &[]);
    expect_text(reply, 404, &["no edition `none`", "aliases"]);
}

#[test]
fn metadata_names_one_database_and_its_day_leads_to_an_archive() {
    let (project, server) = sample();
    let url = "/geoip/updates/metadata?edition_id=GeoLite2-ASN";
    let object = get(server.address(), url, &[TAKES_GZIP]).expect(200).json();
    let databases = object["databases"].as_array().expect("an array");
    assert_eq!(databases.len(), 1);
    assert_eq!(databases[0]["edition_id"], "GeoLite2-ASN");
    let md5 = Md5::md5_of(&published(&project, "asn.mmdb")).to_string();
    assert_eq!(databases[0]["md5"], md5);
    assert_eq!(databases[0]["date"], "2026-11-21");
    let url = "/geoip/databases/GeoLite2-ASN/download?date=20261121&suffix=tar.gz";
    for method in ["GET", "HEAD"] {
        let reply = ask(server.address(), method, url, &[TAKES_GZIP]).expect(200);
        assert_eq!(reply.header("content-encoding"), None);
        assert!(reply.header("last-modified").is_some());
        if method == "GET" {
            let (path, bytes) = unpacked(&reply.body);
            assert_eq!(path, "GeoLite2-ASN_20261121/GeoLite2-ASN.mmdb");
            assert!(bytes == published(&project, "asn.mmdb"));
        }
        let name = "attachment; filename=GeoLite2-ASN_20261121.tar.gz";
        reply.expect_header("content-disposition", name);
    }
}

#[test]
fn the_digest_of_the_archive_is_beside_it() {
    let (project, server) = sample();
    let url = "/geoip/databases/asn/download?suffix=tar.gz.sha256";
    let sum = String::from_utf8(get(server.address(), url, &[]).expect(200).body).expect("text");
    let digest = Digest::of(&published(&project, "asn.tar.gz"));
    assert_eq!(sum, format!("{digest}  asn_20261121.tar.gz\n"));
    let url = "/app/geoip_download?edition_id=asn&license_key=x&suffix=tar.gz";
    let reply = get(server.address(), url, &[]).expect(200);
    assert_eq!(reply.body, published(&project, "asn.tar.gz"));
}

#[test]
fn what_is_not_there_is_said_in_a_line_that_clients_show() {
    let (_project, server) = sample();
    let download = "/geoip/databases/asn/download";
    let reply = get(server.address(), &format!("{download}?date=20200101&suffix=tar.gz"), &[]);
    expect_text(reply, 404, &["`20200101`", "20261121"]);
    let reply = get(server.address(), &format!("{download}?suffix=zip"), &[]);
    expect_text(reply, 400, &["tar.gz"]);
    let reply = get(server.address(), "/geoip/updates/metadata", &[]);
    expect_text(reply, 400, &["edition_id"]);
    let reply = get(server.address(), "/geoip/updates/metadata?edition_id=none", &[]);
    expect_text(reply, 404, &["`none`"]);
}

#[test]
fn two_builds_of_one_day_are_not_mixed_up() {
    let project = Project::new();
    project.list("vpn", "");
    project.write("data/vpn.txt", "198.51.100.0/28\n");
    project.write("feeds/policy.toml", "canary = []\n[gates]\n[release]\nhistory = false\n");
    project.build(&[]).expect_code(0);
    let server = Running::start(&project, &[]);
    let metadata = "/geoip/updates/metadata?edition_id=anonymous";
    let told = |agent: &str| {
        let object = get(server.address(), metadata, &[agent]).expect(200).json();
        let database = &object["databases"][0];
        (database["md5"].to_string(), database["date"].as_str().expect("a day").replace('-', ""))
    };
    let (early, late) = ("User-Agent: early", "User-Agent: late");
    let (first, day) = told(early);
    project.write("data/vpn.txt", "198.51.100.0/27\n");
    project.build(&[]).expect_code(0);
    until("the second build", || told(late).0 != first);
    let (second, same_day) = told(late);
    assert_eq!(same_day, day, "the builds are of one day");
    let url = format!("/geoip/databases/anonymous/download?date={day}&suffix=tar.gz");
    for (agent, md5) in [(early, first), (late, second)] {
        let archive = get(server.address(), &url, &[agent]).expect(200).body;
        assert_eq!(format!("\"{}\"", Md5::md5_of(&unpacked(&archive).1)), md5, "{agent}");
    }
}

/// The one database in an archive, and its path there.
fn unpacked(archive: &[u8]) -> (String, Vec<u8>) {
    let mut archive = tar::Archive::new(flate2::read::MultiGzDecoder::new(archive));
    let mut entries = archive.entries().expect("tar");
    let mut entry = entries.next().expect("one").expect("sound");
    let path = String::from_utf8(entry.path_bytes().into_owned()).expect("text");
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).expect("whole");
    assert!(entries.next().is_none());
    (path, bytes)
}
