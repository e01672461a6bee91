//! The store: a folder of releases, and which of them is current.
#![expect(clippy::disallowed_methods, reason = "a store lives on disk")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::base::{Digest, MappedFile, Variant, sync_folder};
use crate::release::error::{read_error, write_error};
use crate::release::{
    EditionRecord, FileRecord, Index, IndexEntry, Lock, Manifest, Signer, StoreError,
};
use crate::verify::Baseline;

pub(super) const INDEX: &str = "index.json";
pub(super) const LOCK: &str = "feeds.lock";
pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const NOTICE: &str = "NOTICE";
const RELEASES: &str = "releases";
/// Held while the store is changed; two builds may not count versions at once.
const GUARD: &str = ".publishing";

/// A release, open for reading.
#[derive(Clone, Debug)]
pub struct Release {
    folder: PathBuf,
    manifest: Manifest,
}

/// The index as it lies on the disk: what is signed are its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexFile {
    /// What it says.
    pub index: Index,
    /// `index.json`.
    pub bytes: Vec<u8>,
    /// `index.json.minisig`.
    pub signature: Option<Vec<u8>>,
}

/// A folder of releases.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
    signer: Option<Arc<Signer>>,
}

impl Store {
    /// Names the folder; it need not be there yet.
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned(), signer: None }
    }

    /// Signs what is published from here on.
    #[must_use]
    pub fn signed_by(self, signer: Option<Arc<Signer>>) -> Self {
        Self { signer, ..self }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Makes the folders, so that a store that cannot be written to is known before the work.
    ///
    /// # Errors
    /// Also if the store is signed and there is no key to go on with: its clients would refuse.
    pub fn prepare(&self) -> Result<(), StoreError> {
        let signature = self.root.join(signature_of(INDEX));
        if self.signer.is_none() && signature.exists() {
            return Err(StoreError::NoKey { signature });
        }
        let releases = self.releases();
        let is_new = !releases.exists();
        fs::create_dir_all(&releases).map_err(write_error(&releases))?;
        if is_new {
            // What a power cut must not take back begins with these two names.
            let parent = self.root.parent().filter(|parent| *parent != Path::new(""));
            let synced = sync_folder(parent.unwrap_or(Path::new(".")));
            synced.and_then(|()| sync_folder(&self.root)).map_err(write_error(&self.root))?;
        }
        // On a disk that is read-only the folders may be there all the same.
        self.open_guard().map(drop)
    }

    /// The index; `None` if nothing was published yet.
    pub fn index(&self) -> Result<Option<Index>, StoreError> {
        Ok(self.index_file()?.map(|file| file.index))
    }

    /// The index with its bytes and its signature; `None` if nothing was published yet.
    ///
    /// The two files are replaced one after the other: between, the signature is of the index to come.
    pub fn index_file(&self) -> Result<Option<IndexFile>, StoreError> {
        let path = self.root.join(INDEX);
        let Some(bytes) = read_if_there(&path)? else { return Ok(None) };
        let index: Index = parse_json(&path, &bytes)?;
        if index.schema != Index::SCHEMA {
            return Err(StoreError::Schema { path, found: index.schema });
        }
        let signature = read_if_there(&self.root.join(signature_of(INDEX)))?;
        Ok(Some(IndexFile { index, bytes, signature }))
    }

    /// The index; an error if nothing was published yet.
    pub fn published(&self) -> Result<Index, StoreError> {
        self.index()?.ok_or_else(|| StoreError::Empty { folder: self.root.clone() })
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
        let mut locks: Vec<Lock> = self.lock()?.into_iter().collect();
        for release in self.sound_releases(self.index()?.as_ref()) {
            locks.push(release.manifest.lock);
            locks.extend(release.manifest.locks.into_values());
        }
        Ok(locks)
    }

    /// The current release.
    pub fn current(&self) -> Result<Release, StoreError> {
        let index = self.published()?;
        self.open(&index, &index.current)
    }

    /// The release of that version.
    pub fn release(&self, version: &str) -> Result<Release, StoreError> {
        self.open(&self.published()?, version)
    }

    /// What a new release is held against: what the current one says, or if its manifest is
    /// damaged, the newest that is not. Nothing, if there is none.
    pub fn baseline(&self) -> Result<BTreeMap<String, Baseline>, StoreError> {
        let Some(index) = self.index()? else { return Ok(BTreeMap::new()) };
        let current = self.open(&index, &index.current).ok();
        let release = current.or_else(|| self.sound_releases(Some(&index)).next());
        Ok(release.map(|release| release.baseline()).unwrap_or_default())
    }

    /// Every release whose manifest is what the index says, the newest first.
    pub(super) fn sound_releases(&self, index: Option<&Index>) -> impl Iterator<Item = Release> {
        let entries = index.into_iter().flat_map(|index| index.releases.iter().rev());
        entries.filter_map(move |entry| self.open(index?, &entry.version).ok())
    }

    /// A release that an index names, whatever the store's own says by now.
    ///
    /// # Errors
    /// Also if its manifest is not the one that the index names.
    pub fn open(&self, index: &Index, version: &str) -> Result<Release, StoreError> {
        let entry = index.get(version).ok_or_else(|| StoreError::NoVersion {
            version: version.to_owned(),
            known: index.releases.iter().map(|entry| entry.version.clone()).collect(),
        })?;
        let folder = self.folder(entry)?;
        let path = folder.join(MANIFEST);
        let bytes = fs::read(&path).map_err(read_error(&path))?;
        let found = Digest::of(&bytes);
        if found != entry.manifest_sha256 {
            return Err(StoreError::Changed { path, found });
        }
        let manifest: Manifest = parse_json(&path, &bytes)?;
        if let Some(name) = manifest.names().find(|name| !is_below(name)) {
            return Err(StoreError::Name { path, name: name.to_owned() });
        }
        Ok(Release { folder, manifest })
    }

    /// The folder of a release that the index names.
    pub(super) fn folder(&self, entry: &IndexEntry) -> Result<PathBuf, StoreError> {
        // The index is a file too.
        if !is_version(&entry.version) {
            let (path, version) = (self.root.join(INDEX), entry.version.clone());
            return Err(StoreError::Version { path, version });
        }
        Ok(self.releases().join(&entry.version))
    }

    /// A file and, where there is a key, its signature, which comes first.
    pub(super) fn signed(&self, name: &str, bytes: Vec<u8>, what: &str) -> Vec<(String, Vec<u8>)> {
        let sign = |signer: &Arc<Signer>| {
            (signature_of(name), signer.sign(&bytes, &format!("ipmint {what}")).into_bytes())
        };
        let signature = self.signer.as_ref().map(sign);
        signature.into_iter().chain([(name.to_owned(), bytes)]).collect()
    }

    pub(super) fn releases(&self) -> PathBuf {
        self.root.join(RELEASES)
    }

    /// Every folder that stands where releases do.
    pub(super) fn release_names(&self) -> Result<Vec<String>, StoreError> {
        let releases = self.releases();
        let names = || {
            fs::read_dir(&releases)?
                .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
                .collect::<io::Result<Vec<String>>>()
        };
        names().map_err(read_error(&releases))
    }

    /// Waits until nobody else changes the store, and says so; the guard ends with the returned file.
    pub(super) fn guard(&self, waiting: impl FnOnce()) -> Result<File, StoreError> {
        let file = self.open_guard()?;
        if file.try_lock().is_err() {
            waiting();
            file.lock().map_err(write_error(&self.root.join(GUARD)))?;
        }
        Ok(file)
    }

    fn open_guard(&self) -> Result<File, StoreError> {
        let path = self.root.join(GUARD);
        File::create(&path).map_err(write_error(&path))
    }
}

impl Release {
    /// One that was just published.
    pub(super) fn published(folder: PathBuf, manifest: Manifest) -> Self {
        Self { folder, manifest }
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// `YYYYMMDD.N`.
    pub fn version(&self) -> &str {
        &self.manifest.version
    }

    /// What it says about itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Its small files by name, as they lie on the disk: the manifest, its signature if there is one, and
    /// the notice.
    pub fn documents(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let mut documents = Vec::new();
        for name in [MANIFEST.to_owned(), signature_of(MANIFEST), NOTICE.to_owned()] {
            if let Some(bytes) = read_if_there(&self.folder.join(&name))? {
                documents.push((name, bytes));
            }
        }
        Ok(documents)
    }

    /// What it says of an edition.
    pub fn record(&self, edition: &str) -> Result<&EditionRecord, StoreError> {
        self.manifest.editions.get(edition).ok_or_else(|| StoreError::NoEdition {
            version: self.manifest.version.clone(),
            edition: edition.to_owned(),
            known: self.manifest.editions.keys().cloned().collect(),
        })
    }

    /// The path of an edition's database.
    pub fn path(&self, edition: &str) -> Result<PathBuf, StoreError> {
        self.record(edition)?;
        Ok(self.folder.join(Variant::Mmdb.file_name(edition)))
    }

    /// Maps an edition's database.
    pub fn edition(&self, edition: &str) -> Result<MappedFile, StoreError> {
        let path = self.path(edition)?;
        MappedFile::open(&path).map_err(read_error(&path))
    }

    fn baseline(&self) -> BTreeMap<String, Baseline> {
        let baseline = |(name, record): (&String, &EditionRecord)| {
            let bytes = record.file(Variant::Mmdb)?.bytes;
            Some((name.clone(), Baseline { bytes, coverage: record.coverage.clone() }))
        };
        self.manifest.editions.iter().filter_map(baseline).collect()
    }
}

impl EditionRecord {
    /// The database, or what it is packed as.
    pub fn file(&self, variant: Variant) -> Option<&FileRecord> {
        self.files.iter().find(|file| file.variant == variant)
    }
}

impl Manifest {
    /// Every file that it names.
    fn names(&self) -> impl Iterator<Item = &str> {
        self.editions.values().flat_map(|edition| {
            let files = edition.files.iter().map(|file| file.name.as_str());
            files.chain(edition.deltas.iter().map(|delta| delta.name.as_str()))
        })
    }
}

fn signature_of(name: &str) -> String {
    format!("{name}.minisig")
}

/// Digits, one dot, digits.
pub(super) fn is_version(text: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.split_once('.').is_some_and(|(day, n)| is_number(day) && is_number(n))
}

/// Whether a path stays in the folder it is joined to.
pub(super) fn is_below(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    !name.is_empty() && parts.all(|part| matches!(part, Component::Normal(_)))
}

/// Two spaces deep and with a line end: people read these files too.
pub(super) fn to_json(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("text keys, plain values");
    bytes.push(b'\n');
    bytes
}

pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StoreError> {
    read_if_there(path)?.map(|bytes| parse_json(path, &bytes)).transpose()
}

fn parse_json<T: DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T, StoreError> {
    let parsed = serde_json::from_slice(bytes);
    parsed.map_err(|source| StoreError::Json { path: path.to_owned(), source })
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map(Some).map_err(read_error(path)),
    }
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
