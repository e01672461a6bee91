//! A publication, in this order, so that a crash at any moment leaves the old release served:
//! ```text
//! releases/.tmp-<version>/…  written and synced
//! releases/<version>/        renamed, folder synced: there, but nobody is sent to it
//! feeds.lock                 replaced
//! index.json                 replaced, folder synced: current
//! history/                   appended to
//! ```
use std::collections::BTreeMap;

use crate::base::{
    BuildEpoch, Digest, UnfinishedFolder, remove_unfinished, replace, replace_all, sync_folder,
};
use crate::compile::{Progress, Stage};
use crate::release::carry::carry;
use crate::release::error::write_error;
use crate::release::make::{Making, make};
use crate::release::store::{INDEX, LOCK, MANIFEST, NOTICE, to_json};
use crate::release::{
    EditionRecord, FeedRecord, GateRecord, Index, IndexEntry, Lock, Manifest, PolicyRecord,
    Previous, Release, Store, StoreError, history,
};
use crate::verify::{GateOutcome, Passed};

/// A release that is not published yet.
#[derive(Debug)]
pub struct Draft {
    /// Names its day.
    pub build_epoch: BuildEpoch,
    /// When it is published; the index expires some days after.
    pub now: BuildEpoch,
    /// What built it: name and version.
    pub tool: String,
    /// Every number that scores depend on.
    pub policy: PolicyRecord,
    /// What it was made of.
    pub lock: Lock,
    /// By feed.
    pub feeds: BTreeMap<String, FeedRecord>,
    /// The databases, all of which were verified.
    pub editions: Vec<DraftEdition>,
    /// The attributions.
    pub notice: String,
}

/// A database that is not published yet.
#[derive(Clone, Debug)]
pub struct DraftEdition {
    /// Its name: a plain word, which becomes the stem of its files.
    pub name: String,
    /// Nodes of the search tree.
    pub nodes: u64,
    /// Distinct records.
    pub records: u64,
    /// Networks with a record.
    pub prefixes: u64,
}

/// What is current after a publication.
#[derive(Debug)]
pub struct Published {
    /// The release.
    pub release: Release,
    /// Whether it is a new one; if not, no edition changed, and the index was renewed.
    pub is_new: bool,
    /// What went wrong after it was current, and the next publication will mend.
    pub trouble: Option<StoreError>,
}

impl Store {
    /// Publishes a release, whole or not at all, and makes it the current one. If every edition
    /// would be what it is in the current release, that one stays, and the index is renewed.
    ///
    /// # Errors
    /// Among others if an edition is none that `passed` vouches for.
    pub fn publish(
        &self,
        draft: &Draft,
        passed: &Passed<'_>,
        progress: &dyn Progress,
    ) -> Result<Published, StoreError> {
        let mut making = Vec::new();
        for edition in &draft.editions {
            let unverified = || StoreError::Unverified { edition: edition.name.clone() };
            let file = passed.file(&edition.name).ok_or_else(unverified)?;
            making.push((edition, file));
        }
        self.prepare()?;
        let _guard = self.guard(|| progress.note("waiting, for another ipmint publishes here"))?;
        let releases = self.releases();
        remove_unfinished(&releases).map_err(write_error(&releases))?;
        remove_unfinished(self.root()).map_err(write_error(self.root()))?;

        let before = self.index()?;
        let older: Vec<Release> = self.sound_releases(before.as_ref()).collect();
        let is_current =
            |release: &&Release| before.as_ref().is_some_and(|i| i.current == release.version());
        let current = older.iter().find(is_current);
        let is_kept = draft.policy.release.history;
        let mended = if is_kept { history::mend(self, before.as_ref(), &older) } else { Ok(()) };
        let making: Vec<Making<'_>> = making
            .into_iter()
            .map(|(edition, file)| Making {
                edition,
                file,
                carried: current.and_then(|current| {
                    Some((current, carry(current, &edition.name, file.bytes)?))
                }),
            })
            .collect();
        let is_same = |current: &&Release| {
            current.manifest().editions.len() == making.len()
                && making.iter().all(|making| making.carried.is_some())
        };
        if let (Some(index), Some(current)) = (&before, current.filter(is_same)) {
            let index = index.renewed(draft.now);
            self.switch(&draft.lock, &index)?;
            let trouble = mended.err();
            return Ok(Published { release: current.clone(), is_new: false, trouble });
        }

        let version = self.next_version(before.as_ref(), draft.build_epoch)?;
        let folder = releases.join(&version);
        let failed = |source| write_error(&folder)(source);
        let mut unfinished = UnfinishedFolder::create(&releases, &version).map_err(failed)?;
        let editions = make(&mut unfinished, draft, &version, &making, &older, progress)?;

        progress.stage(Stage::Publish, 1);
        let manifest = manifest(draft, passed, editions, before.as_ref(), current, &version);
        let manifest_json = to_json(&manifest);
        let manifest_sha256 = Digest::of(&manifest_json);
        let what = format!("release {version} sequence {}", manifest.sequence);
        let manifest_files = self.signed(MANIFEST, manifest_json, &what);
        let place = || {
            unfinished.write(NOTICE, draft.notice.as_bytes())?;
            for (name, bytes) in &manifest_files {
                unfinished.write(name, bytes)?;
            }
            unfinished.place(&version)?;
            sync_folder(&releases)
        };
        place().map_err(failed)?;
        let entry = IndexEntry {
            version,
            sequence: manifest.sequence,
            build_epoch: manifest.build_epoch,
            manifest_sha256,
        };
        self.switch(&draft.lock, &Index::with(before, entry, draft.now))?;
        let release = Release::published(folder, manifest);
        let appended = if is_kept { history::append(self, &release, &older) } else { Ok(()) };
        let trouble = mended.err().or(appended.err());
        progress.step();
        Ok(Published { release, is_new: true, trouble })
    }

    /// Replaces lock and index: from here on the index's release is the current one.
    fn switch(&self, lock: &Lock, index: &Index) -> Result<(), StoreError> {
        let path = self.root().join(LOCK);
        replace(&path, &to_json(lock)).map_err(write_error(&path))?;
        self.replace_index(index)
    }

    /// Replaces the index.
    pub(super) fn replace_index(&self, index: &Index) -> Result<(), StoreError> {
        let what = format!("index sequence {} expires {}", index.sequence, index.expires);
        let files = self.signed(INDEX, to_json(index), &what).into_iter();
        let files: Vec<_> = files.map(|(name, bytes)| (self.root().join(name), bytes)).collect();
        replace_all(&files).map_err(write_error(&self.root().join(INDEX)))?;
        sync_folder(self.root()).map_err(|source| StoreError::Durability {
            version: index.current.clone(),
            path: self.root().to_owned(),
            source,
        })
    }

    /// Also steps over folders that no index names: a build that died before the end. And over what
    /// the history knows: where the clock was set back, the newest release of a day may be pruned,
    /// and its name is still out there.
    fn next_version(
        &self,
        before: Option<&Index>,
        epoch: BuildEpoch,
    ) -> Result<String, StoreError> {
        let mut taken = self.release_names()?;
        taken.extend(
            before
                .into_iter()
                .flat_map(|index| index.releases.iter().map(|entry| entry.version.clone())),
        );
        // A history that cannot be read is told when it is appended to.
        let kept = self.history().map(|history| history.entries).unwrap_or_default();
        taken.extend(kept.into_iter().map(|entry| entry.version));
        Ok(Index::next_version(epoch, taken.iter().map(String::as_str)))
    }
}

fn manifest(
    draft: &Draft,
    passed: &Passed<'_>,
    editions: BTreeMap<String, EditionRecord>,
    before: Option<&Index>,
    current: Option<&Release>,
    version: &str,
) -> Manifest {
    let gate = |outcome: &GateOutcome| GateRecord {
        name: outcome.gate.name().to_owned(),
        edition: outcome.edition.clone(),
        seen: outcome.seen,
        limit: outcome.limit,
        ok: outcome.ok,
        forced: outcome.forced,
    };
    let last = before.and_then(|index| index.get(&index.current));
    let lock = |since: &String| {
        let current = current?.manifest();
        let lock =
            if current.version == *since { &current.lock } else { current.locks.get(since)? };
        Some((since.clone(), lock.clone()))
    };
    Manifest {
        schema: Manifest::SCHEMA,
        version: version.to_owned(),
        sequence: before.map_or(1, Index::next_sequence),
        previous: last.map(|entry| Previous {
            version: entry.version.clone(),
            sha256: entry.manifest_sha256,
        }),
        build_epoch: draft.build_epoch.0,
        tool: draft.tool.clone(),
        policy: draft.policy.clone(),
        lock: draft.lock.clone(),
        locks: editions.values().filter_map(|edition| lock(&edition.since)).collect(),
        feeds: draft.feeds.clone(),
        editions,
        gates: passed.outcomes().iter().map(gate).collect(),
        notice_sha256: Digest::of(draft.notice.as_bytes()),
    }
}
