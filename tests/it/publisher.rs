//! Somebody who publishes a database every night, in every form, signed, on a static web server.
//!
//! The releases are built by the binary; which forms they are served in is set down here, so that a
//! test can spoil each.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use ipmint::base::{Digest, Md5};
use ipmint::delta::{compact, rows};
use ipmint::release::{Overwrite, PublicKey, Signer};
use serde_json::{Value, json};

use crate::operator::Operator;
use crate::origin::{Answer, gzip};
use crate::support::Ended;

/// The edition that is published.
pub(crate) const EDITION: &str = "anonymous";

/// The copy.
pub(crate) const COPY: &str = "copy.mmdb";

/// Addresses that are listed the whole time.
const N_LISTED: u32 = 400;

/// A store on a web server, and a folder with a copy.
pub(crate) struct Publisher {
    pub(crate) operator: Operator,
    signer: Signer,
    versions: RefCell<Vec<String>>,
}

impl Publisher {
    /// With a first release.
    pub(crate) fn new() -> Self {
        let operator = Operator::new(2);
        operator.origin.route("/list", vec![Answer::content(scattered(0))]);
        operator.feed("list", &operator.origin.url(1, "/list"), "");
        let key = operator.project.path("store.key");
        Signer::create(&key, None, Overwrite::Never).expect("made");
        let signer = Signer::open(&key, None).expect("made");
        fs::create_dir_all(operator.project.path("served/releases")).expect("created");
        operator.origin.folder("/store", &operator.project.path("served"));
        let publisher = Self { operator, signer, versions: RefCell::default() };
        publisher.publish();
        publisher
    }

    /// Publishes one more release, a night later, with a delta from the one before.
    pub(crate) fn publish(&self) -> String {
        let before = self.versions.borrow().last().cloned();
        let n = self.versions.borrow().len() as u32;
        self.operator.origin.route("/list", vec![Answer::content(scattered(n))]);
        self.operator.wait_hours(24);
        self.operator.report(&["--edition", EDITION]);
        let index = self.json("output/index.json");
        let version = index["current"].as_str().expect("a version").to_owned();

        let folder = format!("served/releases/{version}");
        let database = self.read(format!("output/releases/{version}/{EDITION}.mmdb"));
        let forms = [
            ("mmdb", database.clone()),
            ("gz", gzip(&database)),
            ("zst", zstd::encode_all(&database[..], 19).expect("packs")),
            ("compact", compact::encode(&database).expect("ours")),
        ];
        let file = |(variant, bytes): &(&str, Vec<u8>)| {
            let name = match *variant {
                "mmdb" | "compact" => format!("{EDITION}.{variant}"),
                _ => format!("{EDITION}.mmdb.{variant}"),
            };
            self.operator.project.write(&format!("{folder}/{name}"), bytes);
            json!({ "name": name, "variant": variant, "bytes": bytes.len(),
                "sha256": Digest::of(bytes).to_string(), "md5": Md5::md5_of(bytes).to_string() })
        };
        let files: Vec<Value> = forms.iter().map(file).collect();
        let delta = before.map(|from| {
            let old = self.database(&from);
            let bytes = rows::diff(&old, &database).expect("ours");
            let name = format!("delta/{EDITION}.from-{from}.rows");
            self.operator.project.write(&format!("{folder}/{name}"), &bytes);
            json!({ "from": from, "kind": "rows", "name": name, "bytes": bytes.len(),
                "sha256": Digest::of(&bytes).to_string(),
                "old_sha256": Digest::of(&old).to_string() })
        });
        let mut manifest = self.json(&format!("output/releases/{version}/manifest.json"));
        manifest["editions"][EDITION]["files"] = json!(files);
        manifest["editions"][EDITION]["deltas"] = json!(delta.into_iter().collect::<Vec<_>>());
        crate::schema::check("manifest", &manifest);
        self.versions.borrow_mut().push(version.clone());
        self.write_manifest(&version, &manifest);
        version
    }

    /// Changes what a manifest says of the edition; the index vouches for it.
    pub(crate) fn edit(&self, version: &str, change: impl FnOnce(&mut Value)) {
        let mut manifest = self.json(&format!("served/releases/{version}/manifest.json"));
        change(&mut manifest["editions"][EDITION]);
        self.write_manifest(version, &manifest);
    }

    fn write_manifest(&self, version: &str, manifest: &Value) {
        let path = format!("served/releases/{version}/manifest.json");
        self.operator.project.write(&path, manifest.to_string());
        // The index of the build, with the digests of the manifests that are served.
        let mut index = self.json("output/index.json");
        for entry in index["releases"].as_array_mut().expect("a list") {
            let version = entry["version"].as_str().expect("text");
            let manifest = self.read(format!("served/releases/{version}/manifest.json"));
            entry["manifest_sha256"] = json!(Digest::of(&manifest).to_string());
        }
        self.write_index(&index);
    }

    /// Serves an index, signed.
    pub(crate) fn write_index(&self, index: &Value) {
        let text = index.to_string();
        let comment = format!("ipmint {} sequence {}", index["current"], index["sequence"]);
        self.operator.project.write("served/index.json", &text);
        let signature = self.signer.sign(text.as_bytes(), &comment);
        self.operator.project.write("served/index.json.minisig", signature);
    }

    /// The index that is served.
    pub(crate) fn index(&self) -> Value {
        self.json("served/index.json")
    }

    /// Overwrites a file of a release with as many other bytes.
    pub(crate) fn spoil(&self, version: &str, name: &str) {
        let path = format!("served/releases/{version}/{name}");
        let n_bytes = self.read(&path).len();
        self.operator.project.write(&path, vec![b'x'; n_bytes]);
    }

    /// The database of a release.
    pub(crate) fn database(&self, version: &str) -> Vec<u8> {
        self.read(format!("served/releases/{version}/{EDITION}.mmdb"))
    }

    /// The database of the newest release.
    pub(crate) fn newest(&self) -> Vec<u8> {
        self.database(self.versions.borrow().last().expect("one"))
    }

    /// The copy.
    pub(crate) fn copy(&self) -> Vec<u8> {
        self.read(COPY)
    }

    /// Who signs.
    pub(crate) fn key(&self) -> PublicKey {
        self.signer.public_key()
    }

    /// Arguments of a pull.
    pub(crate) fn args(&self, more: &[&str]) -> Vec<String> {
        let url = self.operator.origin.url(1, "/store");
        let args = ["pull", &url, EDITION, "--out", COPY, "--json"];
        [&args, more].concat().into_iter().map(str::to_owned).collect()
    }

    /// Pulls, with requests counted anew.
    pub(crate) fn pull(&self, more: &[&str]) -> Ended {
        self.operator.origin.forget();
        let args = self.args(more);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let mut command = self.operator.command(&args);
        Ended::of(command.env_remove("IPMINT_KEY").stdin(Stdio::null()).output().expect("runs"))
    }

    /// Pulls, believing only this publisher.
    pub(crate) fn pull_signed(&self) -> Ended {
        self.pull(&["--key", &self.key().to_string()])
    }

    /// Fails the test unless a pull changes the copy to the newest database, that way.
    #[track_caller]
    pub(crate) fn expect_pulled(&self, via: &str) -> Ended {
        let ended = self.pull(&[]).expect_code(0);
        let report = ended.json();
        crate::schema::check("pull", &report);
        assert_eq!((&report["via"], &report["changed"]), (&json!(via), &json!(true)), "{ended:?}");
        assert!(self.copy() == self.newest(), "another file");
        ended
    }

    /// Fails the test unless a pull is refused, for a reason that says all of this, and leaves the
    /// copy as it was.
    #[track_caller]
    pub(crate) fn expect_refused(&self, more: &[&str], parts: &[&str]) {
        let before = fs::read(self.path(COPY)).ok();
        let ended = self.pull(more).expect_code(1).expect_stderr(&["is as it was"]);
        ended.expect_stderr(parts);
        assert!(fs::read(self.path(COPY)).ok() == before, "another file");
    }

    /// Below the store, what the last pull asked for, and with what status.
    pub(crate) fn asked(&self) -> Vec<String> {
        let requests = self.operator.origin.requests();
        let shown = |path: &str, status| format!("{} {status}", path.replace("/store/", ""));
        requests.iter().map(|request| shown(request.path(), request.status)).collect()
    }

    /// A path in the folder of the copy.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.operator.project.path(below)
    }

    /// A file.
    pub(crate) fn read(&self, below: impl AsRef<Path>) -> Vec<u8> {
        let path = self.operator.project.path("").join(below);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    fn json(&self, below: &str) -> Value {
        serde_json::from_slice(&self.read(below)).expect("JSON")
    }
}

/// Addresses far from each other, the last of them other ones each night.
pub(crate) fn scattered(night: u32) -> String {
    let address = |n: u32| {
        let bits = n.wrapping_mul(0x9E37_79B1);
        format!("2001:db8:{:x}:{:x}::{n:x}\n", bits >> 16, bits & 0xFFFF)
    };
    let listed = (0..N_LISTED).chain([10_000 + night, 20_000 + night]);
    listed.map(address).collect()
}
