//! Files of a release held against its manifest.

use rayon::prelude::*;

use crate::base::{Digest, MappedFile, Md5, chain};
use crate::mmdb;
use crate::release::store::NOTICE;
use crate::release::{EditionRecord, Index, Release, Store, StoreError};

/// What a manifest says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Claimed<'m> {
    pub(super) name: &'m str,
    bytes: u64,
    sha256: Digest,
    md5: Option<Md5>,
}

impl EditionRecord {
    /// Its files, each once, by name.
    pub(super) fn claimed(&self) -> Vec<Claimed<'_>> {
        let files = self.files.iter().map(|file| Claimed {
            name: &file.name,
            bytes: file.bytes,
            sha256: file.sha256,
            md5: Some(file.md5),
        });
        let deltas = self.deltas.iter().map(|delta| Claimed {
            name: &delta.name,
            bytes: delta.bytes,
            sha256: delta.sha256,
            md5: None,
        });
        let mut claimed: Vec<Claimed<'_>> = files.chain(deltas).collect();
        claimed.sort_unstable();
        claimed.dedup();
        claimed
    }
}

impl Release {
    /// Holds every file against the manifest; returns what is wrong, by file.
    pub fn damages(&self) -> Vec<String> {
        let editions = self.manifest().editions.values();
        let files: Vec<Claimed<'_>> = editions.flat_map(EditionRecord::claimed).collect();
        let mut damages: Vec<String> =
            files.par_iter().filter_map(|file| self.damage(file)).collect();
        let notice = MappedFile::open(&self.folder().join(NOTICE));
        if !notice.is_ok_and(|bytes| Digest::of(&bytes) == self.manifest().notice_sha256) {
            damages.push(format!("{NOTICE}: not what was published"));
        }
        damages
    }

    /// What is wrong with a file.
    pub(super) fn damage(&self, file: &Claimed<'_>) -> Option<String> {
        let Claimed { name, bytes, sha256, md5 } = *file;
        let found = match MappedFile::open(&self.folder().join(name)) {
            Ok(found) => found,
            Err(error) => return Some(format!("{name}: {}", chain(&error))),
        };
        if found.len() as u64 != bytes {
            return Some(format!("{name}: {} bytes, expected {bytes}", found.len()));
        }
        let digest = Digest::of(&found);
        if digest != sha256 {
            return Some(format!("{name}: SHA-256 {digest}, expected {sha256}"));
        }
        let md5 = md5.filter(|&md5| Md5::md5_of(&found) != md5);
        md5.map(|md5| format!("{name}: its MD5 is not {md5}"))
    }
}

impl Store {
    /// What is wrong with a release: its manifest, its files, its databases.
    pub fn check(&self, version: &str) -> Vec<String> {
        let release = match self.release(version) {
            Ok(release) => release,
            Err(error) => return vec![chain(&error)],
        };
        let mut problems = release.damages();
        let editions: Vec<&String> = release.manifest().editions.keys().collect();
        let check = |edition: &&String| match release.edition(edition) {
            Ok(bytes) => {
                let problems = mmdb::check(&bytes).into_iter();
                problems.map(|problem| format!("{edition}.mmdb: {problem}")).collect()
            }
            // Said above.
            Err(_) => Vec::new(),
        };
        problems.extend(editions.par_iter().map(check).collect::<Vec<Vec<String>>>().concat());
        problems
    }

    /// Folders of releases that no index names: what builds left that died before the end.
    pub fn strays(&self, index: &Index) -> Result<Vec<String>, StoreError> {
        let names = self.release_names()?.into_iter();
        let strays = names.filter(|name| index.get(name).is_none());
        let mut strays: Vec<String> = strays
            .map(|name| {
                format!(
                    "releases/{name} is in no index; nobody is sent there, and `prune` removes it"
                )
            })
            .collect();
        strays.sort();
        Ok(strays)
    }
}
