//! Every file that was ever published, by its SHA-256; what clients got is held against it.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Published files, and what could not be judged yet.
#[derive(Default)]
pub(crate) struct Ledger {
    files: HashMap<String, Published>,
    releases: Vec<Release>,
    /// So many of them, from the first on, the server has been seen to know.
    n_served: usize,
    pruned: HashSet<String>,
    /// Of a release that was visible before it was written down here.
    open: Vec<Claim>,
}

/// A published file.
struct Published {
    bytes: Vec<u8>,
    /// Below the folder of a release, where it was first.
    name: String,
}

/// A release, by what clients are told of it.
#[derive(Clone)]
pub(crate) struct Release {
    pub(crate) version: String,
    /// Digests of the database.
    pub(crate) sha256: String,
    pub(crate) md5: String,
    /// SHA-256 of what is packed of it, gz and tar.gz.
    packed: Vec<String>,
}

/// What a client says that it got.
pub(crate) struct Claim {
    /// The request, for people.
    pub(crate) asked: String,
    /// SHA-256 of the file that it is of.
    pub(crate) sha256: String,
    pub(crate) got: Got,
}

/// What it got of that file.
pub(crate) enum Got {
    /// All of it: these are its digest and size.
    Whole { sha256: String, n_bytes: u64 },
    /// These bytes.
    Part { first: usize, bytes: Vec<u8> },
    /// As much as its size.
    Size(u64),
    /// All of it, packed, and told to be of the database with this MD5.
    PackedOf { md5: String },
    /// No bytes: that it is what the client has.
    Unchanged,
}

impl Ledger {
    /// Writes down a release that was just published.
    pub(crate) fn add(&mut self, folder: &Path, edition: &str) -> Result<()> {
        let manifest = fs::read(folder.join("manifest.json"))?;
        let told: Value = serde_json::from_slice(&manifest)?;
        let mut names = Vec::new();
        for below in ["", "delta"] {
            let entries = match fs::read_dir(folder.join(below)) {
                Ok(entries) => entries,
                // The first release has no deltas.
                Err(_) if below == "delta" => continue,
                Err(error) => return Err(error).context("cannot list a release"),
            };
            for entry in entries {
                let entry = entry?;
                if entry.file_type()?.is_file() {
                    names.push(Path::new(below).join(entry.file_name()));
                }
            }
        }
        for name in names {
            let bytes = fs::read(folder.join(&name))?;
            let name = name.display().to_string();
            self.files.entry(sha256(&bytes)).or_insert(Published { bytes, name });
        }
        let files = told["editions"][edition]["files"].as_array().context("no files")?;
        let digest = |variant: &str, kind: &str| {
            let file = files.iter().find(|file| file["variant"] == variant);
            let digest = file.and_then(|file| file[kind].as_str());
            digest.map(str::to_owned).with_context(|| format!("no {kind} of {variant}"))
        };
        self.releases.push(Release {
            version: told["version"].as_str().context("no version")?.to_owned(),
            sha256: digest("mmdb", "sha256")?,
            md5: digest("mmdb", "md5")?,
            packed: vec![digest("gz", "sha256")?, digest("tar.gz", "sha256")?],
        });
        Ok(())
    }

    /// Writes down what may be gone from now on.
    pub(crate) fn prune(&mut self, version: &str) {
        self.pruned.insert(version.to_owned());
    }

    pub(crate) fn is_pruned(&self, version: &str) -> bool {
        self.pruned.contains(version)
    }

    /// Writes down that the server knows every release by now.
    pub(crate) fn all_served(&mut self) {
        self.n_served = self.releases.len();
    }

    /// The releases that the server knows, or did, the newest last.
    pub(crate) fn served(&self) -> &[Release] {
        &self.releases[..self.n_served]
    }

    /// Judges what a client got: a fault, or nothing, at least for now.
    pub(crate) fn judge(&mut self, claim: Claim) -> Option<String> {
        if !self.files.contains_key(&claim.sha256) {
            self.open.push(claim);
            return None;
        }
        self.fault(&claim)
    }

    /// Judges what is open, now that every release is here.
    pub(crate) fn close(&mut self) -> Vec<String> {
        let open = std::mem::take(&mut self.open);
        open.iter().filter_map(|claim| self.fault(claim)).collect()
    }

    fn fault(&self, claim: &Claim) -> Option<String> {
        let asked = &claim.asked;
        let Some(file) = self.files.get(&claim.sha256) else {
            return Some(format!("{asked}: {} was never published", claim.sha256));
        };
        let n_bytes = file.bytes.len() as u64;
        let wrong = match &claim.got {
            Got::Whole { sha256, n_bytes: got } => (*sha256 != claim.sha256 || *got != n_bytes)
                .then(|| format!("{got} bytes of another file, {sha256}")),
            Got::Part { first, bytes } => {
                let expected = file.bytes.get(*first..first + bytes.len());
                (expected != Some(bytes)).then(|| format!("other bytes from {first} on"))
            }
            Got::Size(got) => (*got != n_bytes).then(|| format!("a size of {got}")),
            Got::PackedOf { md5 } => {
                let is_of = |release: &Release| {
                    release.md5 == *md5 && release.packed.contains(&claim.sha256)
                };
                (!self.releases.iter().any(is_of)).then(|| format!("not of the MD5 {md5}"))
            }
            Got::Unchanged => None,
        };
        wrong.map(|wrong| format!("{asked}: {wrong}; expected {} of {n_bytes} bytes", file.name))
    }
}

/// A SHA-256 as hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use crate::soak::ledger::{Claim, Got, Ledger, Published, sha256};

    #[track_caller]
    fn check(got: Got, is_right: bool) {
        let mut ledger = Ledger::default();
        let bytes = b"a file".to_vec();
        let digest = sha256(&bytes);
        ledger.files.insert(digest.clone(), Published { bytes, name: "a".to_owned() });
        let claim = Claim { asked: "GET /".to_owned(), sha256: digest, got };
        assert_eq!(ledger.judge(claim), if is_right { None } else { ledger.close().pop() });
    }

    #[test]
    fn what_is_not_of_a_published_file_is_a_fault() {
        let mut ledger = Ledger::default();
        let got = || Got::Whole { sha256: sha256(b"a"), n_bytes: 1 };
        let claim = || Claim { asked: "GET /".to_owned(), sha256: sha256(b"a"), got: got() };
        assert_eq!(ledger.judge(claim()), None, "open");
        assert_eq!(ledger.close().len(), 1);
        let published = Published { bytes: b"a".to_vec(), name: "a".to_owned() };
        ledger.files.insert(sha256(b"a"), published);
        assert_eq!(ledger.judge(claim()), None);
        let other = Claim { got: Got::Size(2), ..claim() };
        assert!(ledger.judge(other).is_some());
        let part = |first, bytes: &[u8]| {
            let got = Got::Part { first, bytes: bytes.to_vec() };
            Claim { got, ..claim() }
        };
        assert_eq!(ledger.judge(part(0, b"a")), None);
        assert!(ledger.judge(part(0, b"b")).is_some());
        assert!(ledger.judge(part(1, b"a")).is_some());
    }

    #[test]
    fn parts_are_held_to_their_place() {
        check(Got::Part { first: 2, bytes: b"fi".to_vec() }, true);
        check(Got::Size(6), true);
    }
}
