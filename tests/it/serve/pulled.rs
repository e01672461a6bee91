//! `ipmint pull` from `ipmint serve`, and a delta over HTTP that the stock zstd tool applies.

use std::fs;

use ct_codecs::{Base64, Encoder as _};
use ipmint::base::Digest;

use crate::serve::running::{EDITION, Nightly, Running, client, ended, expect_same};
use crate::support::Ended;

/// What a store is built with that is pulled from.
const PACKED: &str = "variants = ['zst', 'compact']\ndeltas = 7\npatches = 1";

/// `5e 2a 4d 18`, a length of 32 and the SHA-256 of the old file (RFC 9842 §4).
const DCZ_HEAD: usize = 40;

fn pull(nightly: &Nightly, url: &str, more: &[&str]) -> Ended {
    let args = ["pull", url, EDITION, "--out", "copy.mmdb", "--json"];
    let mut command = nightly.project.command(&[&args, more].concat());
    for name in ["http_proxy", "https_proxy", "all_proxy"] {
        command.env_remove(name).env_remove(name.to_ascii_uppercase());
    }
    ended(command.env("NO_PROXY", "*").env_remove("IPMINT_KEY"))
}

#[test]
fn a_copy_is_kept_up_to_date_by_deltas() {
    let nightly = Nightly::new(500, PACKED);
    nightly.project.run(&["keys", "sign", "new", "--out", "store.key"]).expect_code(0);
    let sign = ["--sign-key", "store.key"];
    nightly.publish_with(&sign);
    let server = Running::start(&nightly.project, &[]);
    let key = ["--key", "store.pub"];
    let mut via = Vec::new();
    for night in 0..3 {
        if night > 0 {
            server.wait_for(&nightly.publish_with(&sign));
        }
        let report = pull(&nightly, &server.url, &key).expect_code(0).json();
        expect_same(&nightly.read("copy.mmdb"), &nightly.database(&nightly.current()));
        via.push(report["via"].as_str().expect("text").to_owned());
        pull(&nightly, &server.url, &key).expect_code(5);
    }
    assert_eq!(via, ["compact", "delta", "delta"]);
}

#[test]
fn a_key_goes_into_the_url() {
    let nightly = Nightly::new(50, PACKED);
    let new = ["keys", "new", "--keys", "keys", "--name", "somebody"];
    let key = nightly.project.run(&new).expect_code(0).stdout.trim().to_owned();
    let server = Running::start(&nightly.project, &["--keys", "keys"]);
    pull(&nightly, &server.url, &[]).expect_code(1).expect_stderr(&["401"]);
    let with = |key: &str| format!("http://x:{key}@{}", server.host());
    let refused = pull(&nightly, &with("nobodys0key"), &[]).expect_code(1);
    refused.expect_stderr(&["401"]);
    assert!(!nightly.project.path("copy.mmdb").exists());

    pull(&nightly, &with(&key), &[]).expect_code(0);
    expect_same(&nightly.read("copy.mmdb"), &nightly.database(&nightly.current()));
    pull(&nightly, &with(&key), &[]).expect_code(5);
    server.wait_for_with(&nightly.publish(), &key);
    let report = pull(&nightly, &with(&key), &[]).expect_code(0).json();
    assert_eq!(report["via"], "delta");
    expect_same(&nightly.read("copy.mmdb"), &nightly.database(&nightly.current()));
    assert!(!server.log().contains(&key), "the key is in the log");
}

#[test]
fn zstd_applies_a_delta_that_came_over_http() {
    let nightly = Nightly::new(500, PACKED);
    let old = nightly.current();
    let new = nightly.publish();
    let server = Running::start(&nightly.project, &[]);
    let before = nightly.database(&old);
    nightly.project.write("dcz/old", &before);
    let digest = Digest::of(&before);
    let bytes: Vec<u8> = (0..32)
        .map(|at| u8::from_str_radix(&digest.to_string()[2 * at..2 * at + 2], 16).expect("hex"))
        .collect();
    let dictionary = Base64::encode_to_string(&bytes).expect("short");
    for url in [server.newest(EDITION), server.versioned(EDITION, &new)] {
        let mut curl = client("curl");
        curl.args(["-s", "-S", "-f", "-D", "head", "-o", "delta"]);
        curl.args(["-H", "Accept-Encoding: gzip, br, zstd, dcb, dcz"]);
        curl.args(["-H", &format!("Available-Dictionary: :{dictionary}:"), &url]);
        ended(curl.current_dir(nightly.project.path("dcz"))).expect_code(0);
        let head = String::from_utf8(nightly.read("dcz/head")).expect("text").to_lowercase();
        assert!(head.contains("content-encoding: dcz\r\n"), "{head}");
        let vary = head.lines().find(|line| line.starts_with("vary:")).unwrap_or_default();
        for name in ["accept-encoding", "available-dictionary"] {
            assert!(vary.contains(name), "{head}");
        }
        let delta = nightly.read("dcz/delta");
        assert_eq!(delta[..8], [0x5e, 0x2a, 0x4d, 0x18, 0x20, 0, 0, 0]);
        assert!(delta[8..DCZ_HEAD] == bytes, "of another file");

        let mut zstd = client("zstd");
        zstd.args(["-d", "-q", "-f", "--patch-from=old", "--long=27", "delta", "-o", "new"]);
        ended(zstd.current_dir(nightly.project.path("dcz"))).expect_code(0);
        expect_same(&nightly.read("dcz/new"), &nightly.database(&new));
        fs::remove_file(nightly.project.path("dcz/new")).expect("there");
    }
}
