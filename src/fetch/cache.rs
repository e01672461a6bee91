//! The cache: snapshots under their digests, and what is known beside them.
//!
//! ```text
//! cache/
//!   snapshots/<sha256>       the bytes of a location at one moment, as they were published
//!   locations/<key>.json     what is known of a URL: validators, the snapshot it has now
//!   feeds/<id>.json          what builds made of a feed's snapshots
//!   maps/<key>               what was read of a snapshot; see `publish::maps`
//!   hosts/<key>.json         until when a host wants to be left alone
//!   stores/<key>.json        what the releases of a store were made of
//!   partial/<key>            a download that is not whole; with <key>.etag it can be resumed
//! ```
//!
//! `<key>` is the digest of the URL as its definition has it, so that no secret is a file's name, or
//! of the store's path.
//! Whatever moment a process is killed at, what is in `snapshots/` hashes to its name: a file gets
//! there by a rename, when its last byte is on the disk. A record may name a snapshot that is not
//! there; then it is fetched again.
#![expect(clippy::disallowed_methods, reason = "the cache lives on disk")]

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::base::{Digest, remove_unfinished, replace, replace_unsynced, sync_folder};
use crate::fetch::large::LARGE_BYTES;
use crate::fetch::{Content, Large, Opened};

const SNAPSHOTS: &str = "snapshots";
const PARTIAL: &str = "partial";
const GUARD: &str = ".lock";

/// The cache cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CacheError {
    /// A file or folder cannot be read.
    #[error("cannot read {} of the cache", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file or folder cannot be written.
    #[error("cannot write {} of the cache; set --cache to a folder that can be written", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A snapshot that a feed does not allow.
    #[error("has more than {limit} bytes (guards.bytes)")]
    TooLarge {
        /// Bytes allowed.
        limit: u64,
    },
    /// A snapshot that is not there, or not what its name says.
    #[error("snapshot {sha256} is not in the cache at {}; build without --locked and --offline to fetch anew", root.display())]
    Gone {
        /// The cache.
        root: PathBuf,
        /// The snapshot.
        sha256: Digest,
    },
}

/// A folder of snapshots.
#[derive(Debug)]
pub struct Cache {
    root: PathBuf,
    /// Held while it is written to.
    _guard: Option<File>,
}

/// What a collection of garbage removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Snapshots removed.
    pub snapshots: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Cache {
    /// Names a folder to read from; it need not be there.
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned(), _guard: None }
    }

    /// Opens a folder to write to, and keeps others from writing until it is dropped.
    ///
    /// `waits` is called once if another process has it.
    pub fn open(root: &Path, waits: impl FnOnce()) -> Result<Self, CacheError> {
        for path in [SNAPSHOTS, PARTIAL].map(|folder| root.join(folder)) {
            fs::create_dir_all(&path).map_err(write_error(&path))?;
        }
        let path = root.join(GUARD);
        let guard = File::create(&path).map_err(write_error(&path))?;
        match guard.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                waits();
                guard.lock().map_err(write_error(&path))?;
            }
            Err(TryLockError::Error(source)) => return Err(CacheError::Write { path, source }),
        }
        // Folders of records are there once there is one.
        let folders = [SNAPSHOTS, "locations", "feeds", "hosts", "stores", PARTIAL];
        for path in folders.map(|folder| root.join(folder)).iter().filter(|path| path.is_dir()) {
            remove_unfinished(path).map_err(write_error(path))?;
        }
        Ok(Self { root: root.to_owned(), _guard: Some(guard) })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The record at `<folder>/<name>.json`; `None` if there is none, or one that is damaged, as a
    /// power cut may leave a note: what it knew is then learnt anew.
    pub fn record<T: DeserializeOwned>(
        &self,
        folder: &str,
        name: &str,
    ) -> Result<Option<T>, CacheError> {
        let path = self.record_path(folder, name);
        match fs::read(&path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(CacheError::Read { path, source }),
        }
    }

    /// Replaces the record at `<folder>/<name>.json`.
    pub fn store<T: Serialize>(
        &self,
        folder: &str,
        name: &str,
        record: &T,
    ) -> Result<(), CacheError> {
        let path = self.new_record_path(folder, name)?;
        replace(&path, &json(record)).map_err(write_error(&path))
    }

    /// The same, without waiting for the disk: for what the next answer of a host says again.
    pub(super) fn note<T: Serialize>(
        &self,
        folder: &str,
        name: &str,
        record: &T,
    ) -> Result<(), CacheError> {
        let path = self.new_record_path(folder, name)?;
        replace_unsynced(&path, &json(record)).map_err(write_error(&path))
    }

    /// Where a record goes, in a folder that is there.
    fn new_record_path(&self, folder: &str, name: &str) -> Result<PathBuf, CacheError> {
        let path = self.root.join(folder);
        fs::create_dir_all(&path).map_err(write_error(&path))?;
        Ok(self.record_path(folder, name))
    }

    fn record_path(&self, folder: &str, name: &str) -> PathBuf {
        self.root.join(folder).join(format!("{name}.json"))
    }

    /// Whether a snapshot is there.
    pub fn has(&self, sha256: Digest) -> bool {
        self.snapshot(sha256).is_file()
    }

    /// How many bytes a snapshot has, if it is there.
    pub fn size(&self, sha256: Digest) -> Option<u64> {
        self.snapshot(sha256).metadata().ok().map(|metadata| metadata.len())
    }

    /// The bytes of a snapshot, which are what its name says; at most `limit`.
    ///
    /// One that is damaged is removed, so that the next run fetches it again.
    pub fn read(&self, sha256: Digest, limit: u64) -> Result<Content, CacheError> {
        let read = |file| Ok(Content::of_unchanging(&file, limit)?.map(Opened::Content));
        match self.checked(sha256, limit, read)? {
            Opened::Content(content) => Ok(content),
            Opened::Large(_) => unreachable!("it was read"),
        }
    }

    /// The same, but a large one stays where it is.
    pub fn open_snapshot(&self, sha256: Digest, limit: u64) -> Result<Opened, CacheError> {
        self.checked(sha256, limit, |file| {
            let len = file.metadata()?.len();
            if (LARGE_BYTES..=limit).contains(&len) {
                return Ok(Some(Opened::Large(Large::new(file, len, true)?)));
            }
            Ok(Content::of_unchanging(&file, limit)?.map(Opened::Content))
        })
    }

    fn checked(
        &self,
        sha256: Digest,
        limit: u64,
        read: impl FnOnce(File) -> io::Result<Option<Opened>>,
    ) -> Result<Opened, CacheError> {
        let gone = || CacheError::Gone { root: self.root.clone(), sha256 };
        let path = self.snapshot(sha256);
        let opened = match File::open(&path).and_then(read) {
            Ok(opened) => opened.ok_or(CacheError::TooLarge { limit })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(gone()),
            Err(source) => return Err(CacheError::Read { path, source }),
        };
        if opened.sha256() == sha256 {
            return Ok(opened);
        }
        fs::remove_file(&path).map_err(write_error(&path))?;
        Err(gone())
    }

    /// Keeps bytes as a snapshot.
    pub fn keep(&self, bytes: &[u8]) -> Result<Digest, CacheError> {
        let sha256 = Digest::of(bytes);
        if !self.has(sha256) {
            let path = self.snapshot(sha256);
            replace(&path, bytes).map_err(write_error(&path))?;
        }
        Ok(sha256)
    }

    /// Makes a whole download a snapshot. Its name is not durable before [`Cache::sync`].
    pub(super) fn adopt(&self, download: &Path, sha256: Digest) -> Result<(), CacheError> {
        let path = self.snapshot(sha256);
        let adopt = || {
            File::open(download)?.sync_all()?;
            fs::rename(download, &path)
        };
        adopt().map_err(write_error(&path))
    }

    /// Makes the names of new snapshots survive a power cut.
    pub fn sync(&self) -> Result<(), CacheError> {
        let path = self.root.join(SNAPSHOTS);
        sync_folder(&path).map_err(write_error(&path))
    }

    /// Where the download of a location grows.
    pub(super) fn partial(&self, key: Digest) -> PathBuf {
        self.root.join(PARTIAL).join(key.to_string())
    }

    /// Removes the record at `<folder>/<name>.json`.
    pub fn remove(&self, folder: &str, name: &str) -> Result<(), CacheError> {
        let path = self.record_path(folder, name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(write_error(&path)(error)),
            _ => Ok(()),
        }
    }

    /// Every record of a folder, with its name.
    pub fn records<T: DeserializeOwned>(
        &self,
        folder: &str,
    ) -> Result<Vec<(String, T)>, CacheError> {
        let mut records = Vec::new();
        for name in names(&self.root.join(folder))? {
            if let Some(stem) = name.strip_suffix(".json") {
                let record = self.record(folder, stem)?;
                records.extend(record.map(|record| (stem.to_owned(), record)));
            }
        }
        Ok(records)
    }

    /// Removes the snapshots that are not among `kept`.
    pub fn collect(&self, kept: &BTreeSet<Digest>) -> Result<Collected, CacheError> {
        let folder = self.root.join(SNAPSHOTS);
        let mut collected = Collected::default();
        for name in names(&folder)? {
            // What is no digest is not ours.
            let Ok(sha256) = name.parse::<Digest>() else { continue };
            if kept.contains(&sha256) {
                continue;
            }
            let path = folder.join(name);
            let n_bytes = path.metadata().map_or(0, |metadata| metadata.len());
            fs::remove_file(&path).map_err(write_error(&path))?;
            collected.snapshots += 1;
            collected.bytes += n_bytes;
        }
        Ok(collected)
    }

    /// Removes every download that is not whole.
    pub fn forget_partial(&self) -> Result<(), CacheError> {
        let folder = self.root.join(PARTIAL);
        for path in names(&folder)?.into_iter().map(|name| folder.join(name)) {
            fs::remove_file(&path).map_err(write_error(&path))?;
        }
        Ok(())
    }

    fn snapshot(&self, sha256: Digest) -> PathBuf {
        self.root.join(SNAPSHOTS).join(sha256.to_string())
    }
}

fn json<T: Serialize>(record: &T) -> Vec<u8> {
    let mut json = serde_json::to_vec_pretty(record).expect("records are plain data");
    json.push(b'\n');
    json
}

/// The names in a folder, sorted; none if there is no folder.
fn names(folder: &Path) -> Result<Vec<String>, CacheError> {
    let read = || {
        fs::read_dir(folder)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<Vec<String>>>()
    };
    match read() {
        Ok(mut names) => {
            names.sort();
            Ok(names)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(CacheError::Read { path: folder.to_owned(), source }),
    }
}

fn write_error(path: &Path) -> impl FnOnce(io::Error) -> CacheError {
    let path = path.to_owned();
    move |source| CacheError::Write { path, source }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use crate::base::Digest;
    use crate::fetch::{Cache, CacheError};

    #[test]
    fn a_snapshot_is_what_its_name_says_or_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::open(folder.path(), || ()).expect("opened");
        let sha256 = cache.keep(b"192.0.2.1\n").expect("kept");
        assert_eq!(*cache.read(sha256, 100).expect("there"), *b"192.0.2.1\n");
        assert!(matches!(cache.read(sha256, 3), Err(CacheError::TooLarge { limit: 3 })));
        fs::write(folder.path().join("snapshots").join(sha256.to_string()), "x").expect("damaged");
        assert!(matches!(cache.read(sha256, 100), Err(CacheError::Gone { .. })));
        assert!(matches!(cache.read(Digest::of(b"y"), 100), Err(CacheError::Gone { .. })));
    }

    #[test]
    fn what_is_not_kept_is_collected() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::open(folder.path(), || ()).expect("opened");
        let (one, two) = (cache.keep(b"1").expect("kept"), cache.keep(b"22").expect("kept"));
        let collected = cache.collect(&BTreeSet::from([one])).expect("collected");
        assert_eq!((collected.snapshots, collected.bytes), (1, 2));
        assert!(cache.has(one) && !cache.has(two));
    }

    #[test]
    fn records_are_read_back_and_damaged_ones_are_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache::open(folder.path(), || ()).expect("opened");
        assert_eq!(cache.record::<u32>("feeds", "x").expect("none"), None);
        cache.store("feeds", "x", &7).expect("stored");
        assert_eq!(cache.record::<u32>("feeds", "x").expect("stored"), Some(7));
        assert_eq!(cache.records::<u32>("feeds").expect("stored"), [("x".to_owned(), 7)]);
        fs::write(folder.path().join("feeds/x.json"), "{").expect("damaged");
        assert_eq!(cache.record::<u32>("feeds", "x").expect("unknown"), None);
        cache.remove("feeds", "x").expect("removed");
        cache.remove("feeds", "x").expect("gone already");
    }
}
