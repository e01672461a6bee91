//! The store: a folder of releases, and which of them is current.
//!
//! A publication, in this order, so that a crash at any moment leaves the old release served:
//! ```text
//! releases/.tmp-<version>/…  written and synced
//! releases/<version>/        renamed, folder synced: there, but nobody is sent to it
//! feeds.lock                 replaced
//! index.json                 replaced, folder synced: current
//! ```
#![expect(clippy::disallowed_methods, reason = "a store lives on disk")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::base::{
    BuildEpoch, Digest, MappedFile, Md5, UnfinishedFolder, remove_unfinished, replace, sync_folder,
};
use crate::release::{
    EditionRecord, FeedRecord, FileRecord, GateRecord, Index, IndexEntry, Lock, Manifest,
    PolicyRecord, Previous, Variant,
};
use crate::verify::{GateOutcome, Passed};

const INDEX: &str = "index.json";
const LOCK: &str = "feeds.lock";
const MANIFEST: &str = "manifest.json";
const RELEASES: &str = "releases";
/// Held while publishing; two builds may not count versions at once.
const GUARD: &str = ".publishing";

/// Why a store could not be read or published to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Nothing was published yet.
    #[error("no release in `{}`; run `ipmint build --sample` to make one", folder.display())]
    Empty {
        /// The store.
        folder: PathBuf,
    },
    /// No such release.
    #[error("no release `{}`; there are {}", version.escape_debug(), known.join(", "))]
    NoVersion {
        /// What was asked for.
        version: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// No such edition.
    #[error(
        "release {version} has no edition `{}`; it has {}", edition.escape_debug(), known.join(", ")
    )]
    NoEdition {
        /// The release.
        version: String,
        /// What was asked for.
        edition: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// A file of the store that cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of the store that is not what it should be.
    #[error("{} is not readable; was it edited, or written by a newer ipmint?", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// A file of the store that is of another version.
    #[error("{}: schema {found}, expected 1; a newer ipmint wrote it", path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// The schema it names.
        found: u32,
    },
    /// An index that names something that is no version, and may be a path.
    #[error("{}: `{}` is no version; expected YYYYMMDD.N", path.display(), version.escape_debug())]
    Version {
        /// The index.
        path: PathBuf,
        /// What it names.
        version: String,
    },
    /// A manifest that the index does not vouch for.
    #[error("{} is not the manifest that {INDEX} names: its digest is {found}", path.display())]
    Changed {
        /// The manifest.
        path: PathBuf,
        /// Its digest.
        found: Digest,
    },
    /// Nothing was published.
    #[error("cannot write to {}; nothing was published", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is published, but a power cut might take it back.
    #[error("release {version} is published, but {} could not be synced", path.display())]
    Durability {
        /// The release.
        version: String,
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Bytes that were not verified.
    #[error("edition `{edition}`: these are not the bytes that were verified")]
    Unverified {
        /// The edition.
        edition: String,
    },
}

/// A release that is not published yet.
#[derive(Debug)]
pub struct Draft<'a> {
    /// Names its day.
    pub build_epoch: BuildEpoch,
    /// What built it: name and version.
    pub tool: String,
    /// Every number that scores depend on.
    pub policy: PolicyRecord,
    /// What it was made of.
    pub lock: Lock,
    /// By feed.
    pub feeds: BTreeMap<String, FeedRecord>,
    /// The databases.
    pub editions: Vec<DraftEdition<'a>>,
    /// The attributions.
    pub notice: String,
}

/// A database that is not published yet.
#[derive(Clone, Copy, Debug)]
pub struct DraftEdition<'a> {
    /// Its name: a plain word, which becomes the stem of its file.
    pub name: &'a str,
    /// The file.
    pub bytes: &'a [u8],
    /// Nodes of the search tree.
    pub nodes: u64,
    /// Distinct records.
    pub records: u64,
    /// Networks with a record.
    pub prefixes: u64,
}

/// A release that was just published.
#[derive(Clone, Debug)]
pub struct Published {
    /// Its folder.
    pub folder: PathBuf,
    /// Its manifest.
    pub manifest: Manifest,
}

/// A release, open for reading.
#[derive(Clone, Debug)]
pub struct Release {
    folder: PathBuf,
    manifest: Manifest,
}

/// A folder of releases.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// Names the folder; it need not be there yet.
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Makes the folders, so that a store that cannot be written to is known before the work.
    pub fn prepare(&self) -> Result<(), StoreError> {
        let releases = self.releases();
        fs::create_dir_all(&releases).map_err(write_error(&releases))
    }

    /// The index; `None` if nothing was published yet.
    pub fn index(&self) -> Result<Option<Index>, StoreError> {
        let path = self.root.join(INDEX);
        let index: Option<Index> = read_json(&path)?;
        match index {
            Some(Index { schema, .. }) if schema != Index::SCHEMA => {
                Err(StoreError::Schema { path, found: schema })
            }
            index => Ok(index),
        }
    }

    /// Whether there is a release of that version.
    pub fn has(&self, version: &str) -> Result<bool, StoreError> {
        Ok(self.index()?.is_some_and(|index| index.get(version).is_some()))
    }

    /// What a file says a build was made of.
    pub fn read_lock(path: &Path) -> Result<Lock, StoreError> {
        let missing = || read_error(path)(io::ErrorKind::NotFound.into());
        let lock: Lock = read_json(path)?.ok_or_else(missing)?;
        if lock.schema != Lock::SCHEMA {
            return Err(StoreError::Schema { path: path.to_owned(), found: lock.schema });
        }
        Ok(lock)
    }

    /// What the last build was made of.
    pub fn lock(&self) -> Result<Option<Lock>, StoreError> {
        read_json(&self.root.join(LOCK))
    }

    /// What the last build and every release that is here were made of.
    ///
    /// A release whose manifest cannot be read cannot be made again either: it is passed over.
    pub fn locks(&self) -> Result<Vec<Lock>, StoreError> {
        let index = self.index()?;
        let entries = index.iter().flat_map(|index| &index.releases);
        let release = |version: &str| self.open(index.as_ref()?, version).ok();
        let locks = entries.filter_map(|entry| Some(release(&entry.version)?.manifest.lock));
        Ok(locks.chain(self.lock()?).collect())
    }

    /// The current release.
    pub fn current(&self) -> Result<Release, StoreError> {
        let empty = StoreError::Empty { folder: self.root.clone() };
        let index = self.index()?.ok_or(empty)?;
        let version = index.current.clone();
        self.open(&index, &version)
    }

    /// The release of that version.
    pub fn release(&self, version: &str) -> Result<Release, StoreError> {
        let empty = StoreError::Empty { folder: self.root.clone() };
        self.open(&self.index()?.ok_or(empty)?, version)
    }

    fn open(&self, index: &Index, version: &str) -> Result<Release, StoreError> {
        let entry = index.get(version).ok_or_else(|| StoreError::NoVersion {
            version: version.to_owned(),
            known: index.releases.iter().map(|entry| entry.version.clone()).collect(),
        })?;
        // The version is one of the index's, but the index is a file too.
        if !is_version(version) {
            let (path, version) = (self.root.join(INDEX), version.to_owned());
            return Err(StoreError::Version { path, version });
        }
        let folder = self.releases().join(version);
        let path = folder.join(MANIFEST);
        let bytes = fs::read(&path).map_err(read_error(&path))?;
        let found = Digest::of(&bytes);
        if found != entry.manifest_sha256 {
            return Err(StoreError::Changed { path, found });
        }
        let manifest =
            serde_json::from_slice(&bytes).map_err(|source| StoreError::Json { path, source })?;
        Ok(Release { folder, manifest })
    }

    /// Publishes a release, whole or not at all, and makes it the current one.
    ///
    /// # Errors
    /// Among others if an edition's bytes are not those that `passed` vouches for.
    pub fn publish(&self, draft: &Draft<'_>, passed: &Passed) -> Result<Published, StoreError> {
        let mut files = Vec::new();
        for edition in &draft.editions {
            let sha256 = Digest::of(edition.bytes);
            if passed.digest(edition.name) != Some(sha256) {
                return Err(StoreError::Unverified { edition: edition.name.to_owned() });
            }
            files.push((edition, sha256));
        }
        self.prepare()?;
        let _guard = self.guard()?;
        let releases = self.releases();
        remove_unfinished(&releases).map_err(write_error(&releases))?;
        remove_unfinished(&self.root).map_err(write_error(&self.root))?;

        let before = self.index()?;
        let version = self.next_version(before.as_ref(), draft.build_epoch)?;
        let manifest = manifest(draft, passed, &files, before.as_ref(), &version);
        let manifest_json = to_json(&manifest);

        let folder = releases.join(&version);
        let write = || {
            let unfinished = UnfinishedFolder::create(&releases, &version)?;
            for edition in &draft.editions {
                unfinished.write(&file_name(edition.name), edition.bytes)?;
            }
            unfinished.write("NOTICE", draft.notice.as_bytes())?;
            unfinished.write(MANIFEST, &manifest_json)?;
            unfinished.place(&version)?;
            sync_folder(&releases)
        };
        write().map_err(write_error(&folder))?;

        let entry = IndexEntry {
            version: version.clone(),
            sequence: manifest.sequence,
            build_epoch: manifest.build_epoch,
            manifest_sha256: Digest::of(&manifest_json),
        };
        let lock = self.root.join(LOCK);
        replace(&lock, &to_json(&draft.lock)).map_err(write_error(&lock))?;
        let index = self.root.join(INDEX);
        replace(&index, &to_json(&Index::with(before, entry))).map_err(write_error(&index))?;
        let path = self.root.clone();
        sync_folder(&path).map_err(|source| StoreError::Durability { version, path, source })?;
        Ok(Published { folder, manifest })
    }

    fn releases(&self) -> PathBuf {
        self.root.join(RELEASES)
    }

    /// Waits until no other build publishes here; the guard ends with the returned file.
    fn guard(&self) -> Result<File, StoreError> {
        let path = self.root.join(GUARD);
        let lock = || {
            let file = File::create(&path)?;
            file.lock()?;
            Ok(file)
        };
        lock().map_err(write_error(&path))
    }

    /// Also steps over folders that no index names: a build that died before the end.
    fn next_version(
        &self,
        before: Option<&Index>,
        epoch: BuildEpoch,
    ) -> Result<String, StoreError> {
        let releases = self.releases();
        let names = || {
            fs::read_dir(&releases)?
                .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
                .collect::<io::Result<Vec<String>>>()
        };
        let mut taken = names().map_err(read_error(&releases))?;
        taken.extend(
            before
                .into_iter()
                .flat_map(|index| index.releases.iter().map(|entry| entry.version.clone())),
        );
        Ok(Index::next_version(epoch, taken.iter().map(String::as_str)))
    }
}

impl Release {
    /// What it says about itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The path of an edition's database.
    pub fn path(&self, edition: &str) -> Result<PathBuf, StoreError> {
        if !self.manifest.editions.contains_key(edition) {
            return Err(StoreError::NoEdition {
                version: self.manifest.version.clone(),
                edition: edition.to_owned(),
                known: self.manifest.editions.keys().cloned().collect(),
            });
        }
        Ok(self.folder.join(file_name(edition)))
    }

    /// Maps an edition's database.
    pub fn edition(&self, edition: &str) -> Result<MappedFile, StoreError> {
        let path = self.path(edition)?;
        MappedFile::open(&path).map_err(read_error(&path))
    }
}

fn manifest(
    draft: &Draft<'_>,
    passed: &Passed,
    files: &[(&DraftEdition<'_>, Digest)],
    before: Option<&Index>,
    version: &str,
) -> Manifest {
    let edition = |&(edition, sha256): &(&DraftEdition<'_>, Digest)| {
        let file = FileRecord {
            name: file_name(edition.name),
            variant: Variant::Mmdb,
            bytes: edition.bytes.len() as u64,
            sha256,
            md5: Md5::md5_of(edition.bytes),
        };
        let record = EditionRecord {
            since: version.to_owned(),
            build_epoch: draft.build_epoch.0,
            layout: Manifest::LAYOUT,
            nodes: edition.nodes,
            records: edition.records,
            prefixes: edition.prefixes,
            coverage: BTreeMap::new(),
            files: vec![file],
            deltas: Vec::new(),
        };
        (edition.name.to_owned(), record)
    };
    let gate = |outcome: &GateOutcome| GateRecord {
        name: outcome.gate.name().to_owned(),
        edition: outcome.edition.clone(),
        seen: outcome.findings,
        limit: 0,
        ok: outcome.findings == 0,
        forced: outcome.forced,
    };
    let last = before.and_then(|index| index.get(&index.current));
    let newest = before.into_iter().flat_map(|index| &index.releases).map(|entry| entry.sequence);
    let sequence = newest.chain(before.map(|index| index.sequence)).max().unwrap_or(0);
    Manifest {
        schema: Manifest::SCHEMA,
        version: version.to_owned(),
        sequence: sequence.saturating_add(1),
        previous: last.map(|entry| Previous {
            version: entry.version.clone(),
            sha256: entry.manifest_sha256,
        }),
        build_epoch: draft.build_epoch.0,
        tool: draft.tool.clone(),
        policy: draft.policy.clone(),
        lock: draft.lock.clone(),
        locks: BTreeMap::new(),
        feeds: draft.feeds.clone(),
        editions: files.iter().map(edition).collect(),
        gates: passed.outcomes().iter().map(gate).collect(),
    }
}

/// Digits, one dot, digits.
fn is_version(text: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.split_once('.').is_some_and(|(day, n)| is_number(day) && is_number(n))
}

fn file_name(edition: &str) -> String {
    format!("{edition}.mmdb")
}

/// Two spaces deep and with a line end: people read these files too.
fn to_json(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("text keys, plain values");
    bytes.push(b'\n');
    bytes
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StoreError> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read.map_err(read_error(path))?,
    };
    let parsed = serde_json::from_slice(&bytes);
    parsed.map(Some).map_err(|source| StoreError::Json { path: path.to_owned(), source })
}

fn read_error(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    |source| StoreError::Read { path, source }
}

fn write_error(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    |source| StoreError::Write { path, source }
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
