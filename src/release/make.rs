//! The files of a release's editions: made, or carried over.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::base::{Digest, Md5, UnfinishedFolder, Variant};
use crate::compile::{Progress, Stage};
use crate::release::error::write_error;
use crate::release::pack::pack;
use crate::release::update::{Base, bases};
use crate::release::{
    DeltaKind, DeltaRecord, Draft, DraftEdition, EditionRecord, FileRecord, Manifest, Release,
    ReleaseRecord, StoreError,
};
use crate::verify::Verified;

/// The folder of updates in a release.
const DELTAS: &str = "delta";

/// An edition of the release that is made.
pub(super) struct Making<'a> {
    pub(super) edition: &'a DraftEdition,
    pub(super) file: &'a Verified<'a>,
    /// The current release and what it says of the edition, if that stays as it is.
    pub(super) carried: Option<(&'a Release, &'a EditionRecord)>,
}

/// Makes or links every file of every edition; returns what the manifest says of them.
pub(super) fn make(
    folder: &mut UnfinishedFolder,
    draft: &Draft,
    version: &str,
    making: &[Making<'_>],
    older: &[Release],
    progress: &dyn Progress,
) -> Result<BTreeMap<String, EditionRecord>, StoreError> {
    let release = &draft.policy.release;
    let made: Vec<&Making<'_>> = making.iter().filter(|m| m.carried.is_none()).collect();
    let bases: Vec<Vec<Base<'_>>> = made
        .iter()
        .map(|making| {
            let n_releases = usize::from(release.deltas);
            bases(older, &making.edition.name, making.file.sha256, n_releases)
        })
        .collect();
    let carries_updates =
        |making: &Making<'_>| making.carried.is_some_and(|(_, record)| !record.deltas.is_empty());
    if bases.iter().any(|bases| !bases.is_empty()) || making.iter().any(carries_updates) {
        folder.create_folder(DELTAS).map_err(write_error(folder.path()))?;
    }
    let mut jobs = Vec::new();
    for (making, bases) in made.iter().zip(&bases) {
        let mut job = |what| jobs.push(Job { making, what });
        job(What::Variant(Variant::Mmdb));
        release.variants.iter().for_each(|&variant| job(What::Variant(variant)));
        let too_many = making.file.bytes.len() as u64;
        for base in bases {
            job(What::Update { base, kind: DeltaKind::Rows, too_many });
        }
    }
    let n_patches = bases.iter().map(|bases| patched(bases, release).count()).sum::<usize>();
    progress.stage(Stage::Pack, (jobs.len() + n_patches) as u64);
    let mut parts = run(jobs, folder, progress)?;
    // Only now is known which are smaller than the file, packed.
    let mut jobs = Vec::new();
    for (making, bases) in made.iter().zip(&bases) {
        let too_many = smallest(&parts, &making.edition.name);
        for base in patched(bases, release) {
            let what = What::Update { base, kind: DeltaKind::Dcz, too_many };
            jobs.push(Job { making, what });
        }
    }
    parts.extend(run(jobs, folder, progress)?);

    let mut records = BTreeMap::new();
    for making in making {
        let record = match making.carried {
            Some(carried) => carry_over(carried, folder)?,
            None => made_record(draft, version, making, &parts),
        };
        records.insert(making.edition.name.clone(), record);
    }
    Ok(records)
}

/// The newest old files, which patches are made from.
fn patched<'b, 'r>(
    bases: &'b [Base<'r>],
    release: &ReleaseRecord,
) -> impl Iterator<Item = &'b Base<'r>> {
    bases.iter().take(usize::from(release.patches))
}

/// The bytes of the smallest file that the stock tools unpack to an edition.
fn smallest(parts: &[(&str, Part)], edition: &str) -> u64 {
    let of_edition = parts.iter().filter(|(name, _)| *name == edition);
    let bytes = of_edition.filter_map(|(_, part)| match part {
        Part::File(file) if file.variant != Variant::Compact => Some(file.bytes),
        _ => None,
    });
    bytes.min().unwrap_or(0)
}

/// A file to be made.
struct Job<'j> {
    making: &'j Making<'j>,
    what: What<'j>,
}

enum What<'j> {
    Variant(Variant),
    Update {
        base: &'j Base<'j>,
        kind: DeltaKind,
        /// From here on it is not worth its name.
        too_many: u64,
    },
}

/// What the manifest says of a file that was made.
enum Part {
    File(FileRecord),
    Updates(Vec<DeltaRecord>),
}

impl Job<'_> {
    /// How long it takes, roughly.
    fn cost(&self) -> usize {
        let factor = match self.what {
            What::Variant(Variant::Compact) | What::Update { kind: DeltaKind::Dcz, .. } => 6,
            What::Variant(Variant::Zst) => 5,
            What::Update { kind: DeltaKind::Rows, .. } => 2,
            What::Variant(Variant::Gz | Variant::TarGz) => 1,
            What::Variant(Variant::Mmdb) => 0,
        };
        factor * self.making.file.bytes.len()
    }

    fn run(&self, folder: &UnfinishedFolder) -> Result<Option<Part>, StoreError> {
        let (edition, bytes) = (&self.making.edition.name, self.making.file.bytes);
        let failed =
            |variant| move |source| StoreError::Pack { edition: edition.clone(), variant, source };
        let write = |name: &str, bytes: &[u8]| {
            folder.write(name, bytes).map_err(write_error(&folder.path().join(name)))
        };
        match &self.what {
            What::Variant(Variant::Mmdb) => {
                write(&Variant::Mmdb.file_name(edition), bytes)?;
                let Verified { sha256, md5, .. } = *self.making.file;
                Ok(Some(Part::File(file_record(edition, Variant::Mmdb, bytes, sha256, md5))))
            }
            What::Variant(variant) => {
                let packed = pack(edition, bytes, *variant).map_err(failed(variant.name()))?;
                write(&variant.file_name(edition), &packed)?;
                let (sha256, md5) = rayon::join(|| Digest::of(&packed), || Md5::md5_of(&packed));
                Ok(Some(Part::File(file_record(edition, *variant, &packed, sha256, md5))))
            }
            What::Update { base, kind, too_many } => {
                let update = base.update(*kind, bytes, *too_many).map_err(failed(kind.name()))?;
                let Some(update) = update else { return Ok(None) };
                write(&base.name(*kind), &update)?;
                Ok(Some(Part::Updates(base.records(*kind, &update))))
            }
        }
    }
}

/// Runs jobs on all threads, the longest first; returns what was made, by edition.
fn run<'j>(
    mut jobs: Vec<Job<'j>>,
    folder: &UnfinishedFolder,
    progress: &dyn Progress,
) -> Result<Vec<(&'j str, Part)>, StoreError> {
    jobs.sort_by_key(|job| std::cmp::Reverse(job.cost()));
    let parts: Vec<OnceLock<Result<Option<Part>, StoreError>>> =
        jobs.iter().map(|_| OnceLock::new()).collect();
    let has_failed = AtomicBool::new(false);
    rayon::scope_fifo(|scope| {
        for (job, part) in jobs.iter().zip(&parts) {
            scope.spawn_fifo(|_| {
                // The release is lost anyway, and packing takes long.
                if has_failed.load(Ordering::Relaxed) {
                    return;
                }
                let made = job.run(folder);
                has_failed.fetch_or(made.is_err(), Ordering::Relaxed);
                let _ = part.set(made);
                progress.step();
            });
        }
    });
    let mut made = Vec::with_capacity(jobs.len());
    for (job, part) in jobs.iter().zip(parts) {
        if let Some(part) = part.into_inner().transpose()?.flatten() {
            made.push((job.making.edition.name.as_str(), part));
        }
    }
    Ok(made)
}

fn file_record(
    edition: &str,
    variant: Variant,
    bytes: &[u8],
    sha256: Digest,
    md5: Md5,
) -> FileRecord {
    let name = variant.file_name(edition);
    FileRecord { name, variant, bytes: bytes.len() as u64, sha256, md5 }
}

fn made_record(
    draft: &Draft,
    version: &str,
    making: &Making<'_>,
    parts: &[(&str, Part)],
) -> EditionRecord {
    let edition = making.edition;
    let (mut files, mut deltas) = (Vec::new(), Vec::new());
    for (_, part) in parts.iter().filter(|(name, _)| *name == edition.name) {
        match part {
            Part::File(file) => files.push(file.clone()),
            Part::Updates(updates) => deltas.extend_from_slice(updates),
        }
    }
    files.sort_by_key(|file| file.variant);
    deltas.sort_by(|a, b| (&b.from, a.kind).cmp(&(&a.from, b.kind)));
    EditionRecord {
        since: version.to_owned(),
        build_epoch: draft.build_epoch.0,
        layout: Manifest::LAYOUT,
        nodes: edition.nodes,
        records: edition.records,
        prefixes: edition.prefixes,
        coverage: making.file.coverage.clone(),
        files,
        deltas,
    }
}

/// Gives the files of the current release a second name.
fn carry_over(
    (current, record): (&Release, &EditionRecord),
    folder: &UnfinishedFolder,
) -> Result<EditionRecord, StoreError> {
    for file in record.claimed() {
        let linked = folder.link(&current.folder().join(file.name), file.name);
        linked.map_err(write_error(&folder.path().join(file.name)))?;
    }
    Ok(record.clone())
}
