//! The history of the edition `full`: what it said on each day, apart from releases and pruning.
//!
//! ```text
//! history/history.json               every day that is kept, the oldest first; replaced last
//! history/YYYYMM/<version>.compact   the first of a month, whole
//! history/YYYYMM/<version>.rows      from the entry before
//! ```
#![expect(clippy::disallowed_methods, reason = "the history lives on disk")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::base::{BuildEpoch, Digest, MappedFile, Variant, chain, link, replace, sync_folder};
use crate::delta::{DeltaError, Limits, compact, rows};
use crate::edition::FULL;
use crate::release::error::read_error;
use crate::release::store::{is_below, read_json, to_json};
use crate::release::{
    DeltaKind, DeltaRecord, EditionRecord, FileRecord, Index, Release, Store, StoreError,
};

const FOLDER: &str = "history";
const FILE: &str = "history.json";

/// `history.json` (`schemas/history.schema.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// 1.
    pub schema: u32,
    /// The oldest first.
    pub entries: Vec<HistoryEntry>,
}

/// What `full` said from one release on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// The release.
    pub version: String,
    /// Unix seconds.
    pub build_epoch: u64,
    /// How it is kept.
    pub kind: HistoryKind,
    /// Below `history/`.
    pub name: String,
    /// Size of that file.
    pub bytes: u64,
    /// Digest of that file.
    pub sha256: Digest,
    /// Digest of the database that it leads to.
    pub full_sha256: Digest,
    /// Layout of the database.
    pub layout: u32,
    /// Digest of the editions' schemas that the database was made by.
    pub schemas: Digest,
}

/// How a day is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryKind {
    /// Whole, in the compact form.
    Compact,
    /// As the rows that changed since the entry before.
    Rows,
}

impl History {
    /// The schema that this code writes and reads.
    pub const SCHEMA: u32 = 1;

    /// What a release says of `full`, if that is new here.
    fn lacks<'r>(&self, release: &'r Release) -> Option<(&'r EditionRecord, &'r FileRecord)> {
        let record = release.manifest().editions.get(FULL)?;
        let file = record.file(Variant::Mmdb)?;
        let is_last = self.entries.last().is_some_and(|last| last.full_sha256 == file.sha256);
        let is_known = self.entries.iter().any(|entry| entry.version == release.version());
        (!is_last && !is_known).then_some((record, file))
    }

    /// The entries that lead to one: the last whole one up to it, and those from there on.
    ///
    /// # Errors
    /// If none before it is whole.
    pub fn chain(&self, last: usize) -> Result<&[HistoryEntry], StoreError> {
        let is_whole = |entry: &HistoryEntry| entry.kind == HistoryKind::Compact;
        let first = self.entries[..=last].iter().rposition(is_whole);
        let broken = || StoreError::NoBeginning { version: self.entries[last].version.clone() };
        Ok(&self.entries[first.ok_or_else(broken)?..=last])
    }
}

impl Store {
    /// The history; empty if nothing was kept yet.
    pub fn history(&self) -> Result<History, StoreError> {
        let path = self.root().join(FOLDER).join(FILE);
        let empty = History { schema: History::SCHEMA, entries: Vec::new() };
        let history: History = read_json(&path)?.unwrap_or(empty);
        if history.schema != History::SCHEMA {
            return Err(StoreError::Schema { path, found: history.schema });
        }
        Ok(history)
    }

    /// Rebuilds what `full` was in a release that the history knows.
    ///
    /// # Errors
    /// If the history does not know it, or one of its files is damaged.
    pub fn history_full(&self, version: &str) -> Result<Vec<u8>, StoreError> {
        let history = self.history()?;
        let known = || history.entries.iter().map(|entry| entry.version.clone()).collect();
        let unknown = || StoreError::NoVersion { version: version.to_owned(), known: known() };
        let last = history.entries.iter().rposition(|entry| entry.version == version);
        let mut full = Vec::new();
        for entry in history.chain(last.ok_or_else(unknown)?)? {
            let bytes = self.history_file(entry)?;
            let rebuilt = match entry.kind {
                HistoryKind::Compact => compact::decode(&bytes, Limits::default()),
                HistoryKind::Rows => rows::apply(&full, &bytes, Limits::default()),
            };
            let path = || self.history_path(entry);
            full = rebuilt.map_err(|source| StoreError::History { path: path(), source })?;
        }
        Ok(full)
    }

    /// The file of an entry, held against its digest.
    pub fn history_file(&self, entry: &HistoryEntry) -> Result<MappedFile, StoreError> {
        if !is_below(&entry.name) {
            let (path, name) = (self.root().join(FOLDER).join(FILE), entry.name.clone());
            return Err(StoreError::Name { path, name });
        }
        let path = self.history_path(entry);
        let bytes = MappedFile::open(&path).map_err(read_error(&path))?;
        let found = Digest::of(&bytes);
        if found != entry.sha256 {
            return Err(StoreError::HistoryChanged { path, found, expected: entry.sha256 });
        }
        Ok(bytes)
    }

    /// Where the file of an entry is.
    pub fn history_path(&self, entry: &HistoryEntry) -> PathBuf {
        self.root().join(FOLDER).join(&entry.name)
    }

    /// What tells one state of the history from another, without reading it; `None` if there is none.
    ///
    /// It only ever grows, and is replaced whole, so that its length would do.
    pub fn history_stamp(&self) -> Option<HistoryStamp> {
        let metadata = fs::metadata(self.root().join(FOLDER).join(FILE)).ok()?;
        Some(HistoryStamp { bytes: metadata.len(), modified: metadata.modified().ok() })
    }
}

/// What tells one state of the history from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryStamp {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Store {
    /// What is wrong with the history, entry by entry.
    pub fn check_history(&self) -> Vec<String> {
        let history = match self.history() {
            Ok(history) => history,
            Err(error) => return vec![chain(&error)],
        };
        let mut problems = Vec::new();
        let mut before = None;
        for entry in &history.entries {
            let path = self.root().join(FOLDER).join(&entry.name);
            let found = MappedFile::open(&path).map(|bytes| Digest::of(&bytes));
            match found {
                Ok(found) if found == entry.sha256 => {}
                Ok(found) => problems
                    .push(format!("{}: SHA-256 {found}, expected {}", entry.name, entry.sha256)),
                Err(error) => problems.push(format!("{}: {}", entry.name, chain(&error))),
            }
            if entry.kind == HistoryKind::Rows && before.is_none() {
                problems.push(format!("{}: leads on from nothing", entry.name));
            }
            before = Some(entry.full_sha256);
        }
        problems
    }
}

/// Adds what the newest release says where the build that published it could not: it died right
/// after, or there was no room. `older` are all that are sound, the newest first. Of one that was
/// damaged since then nothing can be kept.
pub(super) fn mend(
    store: &Store,
    index: Option<&Index>,
    older: &[Release],
) -> Result<(), StoreError> {
    let newest = index.and_then(|index| index.releases.last());
    let Some((newest, (release, older))) = newest.zip(older.split_first()) else { return Ok(()) };
    let Some((record, _)) = store.history()?.lacks(release) else { return Ok(()) };
    let is_sound = || record.claimed().iter().all(|file| release.damage(file).is_none());
    if release.version() == newest.version && is_sound() {
        append(store, release, older)?;
    }
    Ok(())
}

/// Adds what a release that was just published says, if that is new.
pub(super) fn append(
    store: &Store,
    release: &Release,
    older: &[Release],
) -> Result<(), StoreError> {
    let manifest = release.manifest();
    let mut history = store.history()?;
    let Some((record, file)) = history.lacks(release) else { return Ok(()) };
    let last = history.entries.last();
    let day = BuildEpoch(manifest.build_epoch).day().compact();
    let month = &day[..6];
    let before = last.filter(|last| last.name.starts_with(month));
    let before = before.filter(|last| last.layout == record.layout);
    let before = before.map(|last| last.full_sha256);
    let folder = store.root().join(FOLDER).join(month);
    fs::create_dir_all(&folder).map_err(keep_error(&folder))?;

    let keeping = Keeping { release, record, older, folder: &folder };
    let rows = before.map(|before| keeping.rows(before)).transpose()?.flatten();
    let (kind, path) = match rows {
        Some(path) => (HistoryKind::Rows, path),
        None => (HistoryKind::Compact, keeping.compact()?),
    };
    let bytes = MappedFile::open(&path).map_err(read_error(&path))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    history.entries.push(HistoryEntry {
        version: manifest.version.clone(),
        build_epoch: manifest.build_epoch,
        kind,
        name: format!("{month}/{name}"),
        bytes: bytes.len() as u64,
        sha256: Digest::of(&bytes),
        full_sha256: file.sha256,
        layout: record.layout,
        schemas: manifest.lock.schemas,
    });
    let root = store.root().join(FOLDER);
    let synced = sync_folder(&folder).and_then(|()| sync_folder(&root));
    synced.map_err(keep_error(&folder))?;
    let path = root.join(FILE);
    let replaced = replace(&path, &to_json(&history)).and_then(|()| sync_folder(&root));
    replaced.map_err(keep_error(&path))
}

/// A release's `full` on its way into the history.
struct Keeping<'a> {
    release: &'a Release,
    record: &'a EditionRecord,
    older: &'a [Release],
    folder: &'a Path,
}

impl Keeping<'_> {
    /// Keeps the rows that changed since the file with that digest, if it is still there.
    fn rows(&self, before: Digest) -> Result<Option<PathBuf>, StoreError> {
        let path = self.path("rows");
        let is_from =
            |delta: &&DeltaRecord| delta.kind == DeltaKind::Rows && delta.old_sha256 == before;
        if let Some(delta) = self.record.deltas.iter().find(is_from) {
            self.link(&delta.name, &path)?;
            return Ok(Some(path));
        }
        let has = |release: &&Release| {
            let record = release.manifest().editions.get(FULL);
            let file = record.and_then(|record| record.file(Variant::Mmdb));
            file.is_some_and(|file| file.sha256 == before)
        };
        let Some(old) = self.older.iter().find(has) else { return Ok(None) };
        // From a damaged file rows lead on from what nobody has; then the night is kept whole.
        let Some(old) = old.edition(FULL).ok().filter(|old| Digest::of(old) == before) else {
            return Ok(None);
        };
        let new = self.release.edition(FULL)?;
        let delta = rows::diff(&old, &new).map_err(|source| self.failed(source))?;
        replace(&path, &delta).map_err(keep_error(&path))?;
        Ok(Some(path))
    }

    fn compact(&self) -> Result<PathBuf, StoreError> {
        let path = self.path("compact");
        if let Some(file) = self.record.file(Variant::Compact) {
            self.link(&file.name, &path)?;
        } else {
            let packed = compact::encode(&self.release.edition(FULL)?);
            let packed = packed.map_err(|source| self.failed(source))?;
            replace(&path, &packed).map_err(keep_error(&path))?;
        }
        Ok(path)
    }

    fn path(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", self.release.version()))
    }

    /// What a build that died before it was in the list has left is made anew.
    fn link(&self, name: &str, path: &Path) -> Result<(), StoreError> {
        let _ = fs::remove_file(path);
        link(&self.release.folder().join(name), path).map_err(keep_error(path))
    }

    fn failed(&self, source: DeltaError) -> StoreError {
        StoreError::History { path: self.folder.to_owned(), source }
    }
}

fn keep_error(path: &Path) -> impl Fn(io::Error) -> StoreError {
    move |source| StoreError::Keep { path: path.to_owned(), source }
}
