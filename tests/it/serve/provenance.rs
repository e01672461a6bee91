//! sha256sum and minisign believe what is told of a file.

use std::fs;

use crate::serve::running::{EDITION, Nightly, Running, client, ended, expect_same};
use crate::support::Ended;

/// A store signed with `store.key`, and its server.
fn signed() -> (Nightly, Running) {
    let nightly = Nightly::new(50, "variants = ['zst', 'gz', 'tar.gz', 'compact']");
    nightly.project.run(&["keys", "sign", "new", "--out", "store.key"]).expect_code(0);
    nightly.publish_with(&["--sign-key", "store.key"]);
    let server = Running::start(&nightly.project, &[]);
    fs::create_dir(nightly.project.path("here")).expect("created");
    (nightly, server)
}

/// Runs a program in the folder of what was downloaded.
fn run(nightly: &Nightly, program: &str, args: &[&str]) -> Ended {
    ended(client(program).args(args).current_dir(nightly.project.path("here")))
}

#[test]
fn sha256sum_checks_what_was_downloaded_under_its_own_name() {
    let (nightly, server) = signed();
    let version = nightly.current();
    let url = server.versioned(EDITION, &version);
    for variant in ["mmdb", "zst", "gz", "tar.gz", "compact"] {
        let url = format!("{url}?variant={variant}");
        run(&nightly, "curl", &["-s", "-S", "-f", "-O", "-J", &url]).expect_code(0);
    }
    let sums = format!("{url}/sha256");
    run(&nightly, "curl", &["-s", "-S", "-f", "-o", "sums", &sums]).expect_code(0);
    let checked = run(&nightly, "sha256sum", &["--check", "--strict", "--ignore-missing", "sums"]);
    let checked = checked.expect_code(0).stdout;
    assert!(checked.contains(&format!("{EDITION}.mmdb: OK")), "{checked}");
    // Every line is of a file with the name that curl was told.
    let sums = String::from_utf8(nightly.read("here/sums")).expect("text");
    assert_eq!(sums.lines().count(), checked.lines().count(), "{sums}{checked}");
}

#[test]
fn minisign_believes_the_index_and_the_index_the_manifest() {
    let (nightly, server) = signed();
    let version = nightly.current();
    for name in ["index.json", "index.json.minisig"] {
        let url = server.at(&format!("/{name}"));
        run(&nightly, "curl", &["-s", "-S", "-f", "-o", name, &url]).expect_code(0);
    }
    let verify = ["-V", "-p", "../store.pub", "-m", "index.json"];
    run(&nightly, "minisign", &verify).expect_code(0);

    let url = format!("{}/manifest", server.versioned(EDITION, &version));
    run(&nightly, "curl", &["-s", "-S", "-f", "-o", "manifest.json", &url]).expect_code(0);
    expect_same(&nightly.read("here/manifest.json"), &nightly.file(&version, "manifest.json"));
    let index = String::from_utf8(nightly.read("here/index.json")).expect("text");
    let sum = run(&nightly, "sha256sum", &["manifest.json"]).expect_code(0).stdout;
    let sum = sum.split(' ').next().expect("a digest");
    assert!(index.contains(sum), "{sum} is not in {index}");
}

#[test]
fn minisign_believes_the_manifest() {
    let (nightly, server) = signed();
    let url = format!("{}/manifest", server.versioned(EDITION, &nightly.current()));
    for (name, more) in [("manifest.json", ""), ("manifest.json.minisig", ".minisig")] {
        let url = format!("{url}{more}");
        run(&nightly, "curl", &["-s", "-S", "-f", "-o", name, &url]).expect_code(0);
    }
    let verify = ["-V", "-p", "../store.pub", "-m", "manifest.json"];
    run(&nightly, "minisign", &verify).expect_code(0);
}
