//! MaxMind's own client works with the server as with MaxMind's: over TLS, with an account and a key,
//! in the versions that Debian has, which speak two protocols.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::serve::running::{EDITION, Nightly, Running, client, ended, expect_same};
use crate::support::{Ended, Project};

/// bookworm's, which asks for `…/update?db_md5=`; trixie's, which reads metadata first.
const VERSIONS: [&str; 2] = ["4.10", "7.1"];

/// Forms that these clients are sent.
const PACKED: &str = "variants = ['gz', 'tar.gz']\ndeltas = 0\npatches = 0";

/// Addresses of a small database.
const N_LISTED: u32 = 50;

/// A key that nobody was given.
const WRONG_KEY: &str = "nobodys0key0nobodys0key";

/// One version of the client, with a folder of its own.
struct Updater {
    version: &'static str,
    folder: PathBuf,
    authority: PathBuf,
}

impl Updater {
    fn new(project: &Project, version: &'static str) -> Self {
        let folder = project.path(&format!("geoipupdate-{version}"));
        fs::create_dir_all(folder.join("databases")).expect("created");
        Self { version, folder, authority: project.path("tls/ca.pem") }
    }

    /// Updates editions with a key.
    fn run(&self, server: &Running, editions: &str, key: &str) -> Ended {
        let settings = format!(
            "AccountID 42\nLicenseKey {key}\nEditionIDs {editions}\nHost {}\n\
             DatabaseDirectory {}\nRetryFor 1s\n",
            // A host with a port alone was one to 4.10; 7.1 wants a scheme before it.
            if self.version == "4.10" { server.host() } else { &server.url },
            self.folder.join("databases").display()
        );
        let file = self.folder.join("GeoIP.conf");
        fs::write(&file, settings).expect("written");
        let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools");
        let program = tools.join(format!("geoipupdate-{}/usr/bin/geoipupdate", self.version));
        let mut command = client(program);
        command.arg("-v").arg("-f").arg(file).env("SSL_CERT_FILE", &self.authority);
        ended(&mut command)
    }

    /// The same, which has to go well.
    #[track_caller]
    fn expect_done(&self, server: &Running, editions: &str, key: &str) -> Ended {
        let ended = self.run(server, editions, key);
        assert_eq!(ended.code, 0, "geoipupdate {}: {ended:?}", self.version);
        ended
    }

    /// The same, which has to fail with a status that it tells; no database is touched.
    #[track_caller]
    fn expect_refused(&self, server: &Running, editions: &str, key: &str, status: &str) {
        let before = self.states();
        let ended = self.run(server, editions, key);
        assert_ne!(ended.code, 0, "geoipupdate {}: {ended:?}", self.version);
        let told = format!("{}{}", ended.stdout, ended.stderr);
        assert!(told.contains(status), "geoipupdate {}: no {status} in {told}", self.version);
        assert_eq!(self.states(), before, "geoipupdate {} touched a database", self.version);
    }

    fn database(&self, edition: &str) -> PathBuf {
        self.folder.join("databases").join(format!("{edition}.mmdb"))
    }

    /// Each database: its name, what file it is, and when that was written.
    fn states(&self) -> Vec<(String, u64, i64, i64)> {
        let folder = self.folder.join("databases");
        let mut states = Vec::new();
        for name in crate::support::names(&folder) {
            if Path::new(&name).extension().is_some_and(|kind| kind == "mmdb") {
                let file = fs::metadata(folder.join(&name)).expect("listed");
                states.push((name, file.ino(), file.mtime(), file.mtime_nsec()));
            }
        }
        states
    }
}

/// A key of somebody's, in `keys`.
fn key(project: &Project, more: &[&str]) -> String {
    let new = ["keys", "new", "--keys", "keys", "--name", "somebody"];
    let ended = project.run(&[&new, more].concat()).expect_code(0);
    ended.stdout.trim().to_owned()
}

#[test]
fn both_protocols_keep_a_copy_up_to_date() {
    let nightly = Nightly::new(N_LISTED, PACKED);
    let key = key(&nightly.project, &[]);
    let server = Running::start_tls(&nightly.project, &["--keys", "keys"]);
    for version in VERSIONS {
        let updater = Updater::new(&nightly.project, version);
        updater.expect_done(&server, EDITION, &key);
        let copy = || fs::read(updater.database(EDITION)).expect("downloaded");
        expect_same(&copy(), &nightly.database(&nightly.current()));

        let before = updater.states();
        let told = updater.expect_done(&server, EDITION, &key).stderr;
        assert_eq!(updater.states(), before, "geoipupdate {version} fetched it again");
        let is_told = told.contains("No new updates") || told.contains("up to date");
        assert!(is_told, "geoipupdate {version}: {told}");

        let published = nightly.publish();
        server.wait_for_with(&published, &key);
        updater.expect_done(&server, EDITION, &key);
        expect_same(&copy(), &nightly.database(&published));
    }
}

#[test]
fn who_may_not_is_told_so_and_keeps_what_there_is() {
    let nightly = Nightly::new(N_LISTED, PACKED);
    let key = key(&nightly.project, &[]);
    let server = Running::start_tls(&nightly.project, &["--keys", "keys"]);
    for version in VERSIONS {
        let updater = Updater::new(&nightly.project, version);
        updater.expect_refused(&server, EDITION, WRONG_KEY, "401");
        updater.expect_done(&server, EDITION, &key);
        updater.expect_refused(&server, EDITION, WRONG_KEY, "401");
        updater.expect_refused(&server, "GeoLite2-Nothing", &key, "404");
    }
}

/// One download a day.
const PLANS: &str =
    "default = 'small'\nplan.small.endpoints = '*'\nplan.small.downloads_per_day = 1\n";

#[test]
fn a_spent_quota_is_429_and_no_news_spend_nothing() {
    let nightly = Nightly::new(N_LISTED, PACKED);
    nightly.project.write("plans.toml", PLANS);
    for version in VERSIONS {
        // Each has a key of its own, good for one download.
        let file = format!("keys-{version}");
        let plans = ["--keys", &file, "--plans", "plans.toml"];
        let new = [&["keys", "new"], &plans[..]].concat();
        let key = nightly.project.run(&new).expect_code(0).stdout.trim().to_owned();
        let server = Running::start_tls(&nightly.project, &plans);
        let updater = Updater::new(&nightly.project, version);
        updater.expect_done(&server, EDITION, &key);
        for _ in 0..3 {
            updater.expect_done(&server, EDITION, &key);
        }
        let published = nightly.publish();
        server.wait_for_with(&published, &key);
        updater.expect_refused(&server, EDITION, &key, "429");
    }
}

#[test]
fn an_alias_names_the_file_and_not_its_bytes() {
    let project = Project::with_sample();
    project.write("serve.toml", "[aliases]\nGeoLite2-ASN = \"asn\"\n");
    let server = Running::start_tls(&project, &["--config", "serve.toml"]);
    let version = crate::support::names(&project.path("output/releases")).remove(0);
    let published = fs::read(project.path(&format!("output/releases/{version}/asn.mmdb")));
    let published = published.expect("published");
    for version in VERSIONS {
        let updater = Updater::new(&project, version);
        updater.expect_done(&server, "GeoLite2-ASN asn", "unused00key0");
        for edition in ["GeoLite2-ASN", "asn"] {
            expect_same(&fs::read(updater.database(edition)).expect("downloaded"), &published);
        }
        let before = updater.states();
        updater.expect_done(&server, "GeoLite2-ASN asn", "unused00key0");
        assert_eq!(updater.states(), before, "geoipupdate {version} fetched them again");
    }
}

/// What 4.6 and older ask first; none of them is at hand, so curl asks as they do.
#[test]
fn the_oldest_are_told_a_file_name() {
    let project = Project::with_sample();
    project.write("serve.toml", "[aliases]\nGeoLite2-ASN = \"asn\"\n");
    let server = Running::start(&project, &["--config", "serve.toml"]);
    for edition in ["asn", "GeoLite2-ASN"] {
        let path = format!("/app/update_getfilename?product_id={edition}");
        let reply = server.get(&path, &["-A", "geoipupdate/4.6.0"]).expect(200);
        assert_eq!(reply.text(), format!("{edition}.mmdb"));
    }
    server.get("/app/update_getfilename?product_id=nothing", &[]).expect(404);
}

/// From 7.1 on the host may be one without TLS.
#[test]
fn the_newer_client_does_without_tls() {
    let nightly = Nightly::new(N_LISTED, PACKED);
    let server = Running::start(&nightly.project, &[]);
    let updater = Updater::new(&nightly.project, "7.1");
    updater.expect_done(&server, EDITION, "unused00key0");
    let copy = fs::read(updater.database(EDITION)).expect("downloaded");
    expect_same(&copy, &nightly.database(&nightly.current()));
}
