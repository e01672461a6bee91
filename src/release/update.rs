//! Updates from older releases to a new one.

use std::collections::BTreeMap;

use crate::base::{Digest, MappedFile, Variant};
use crate::delta::{DeltaError, dcz, rows};
use crate::release::{DeltaKind, DeltaRecord, Manifest, Release};

/// An old file, and the releases that have it.
pub(super) struct Base<'r> {
    release: &'r Release,
    edition: &'r str,
    pub(super) old_sha256: Digest,
    /// Versions, the newest first.
    from: Vec<&'r str>,
}

/// The distinct files of an edition in older releases, the newest first, but for those that are
/// the new one or of another layout. At most those of `n_releases` releases.
pub(super) fn bases<'r>(
    older: &'r [Release],
    edition: &'r str,
    new: Digest,
    n_releases: usize,
) -> Vec<Base<'r>> {
    let mut bases: Vec<Base<'r>> = Vec::new();
    let mut known: BTreeMap<Digest, usize> = BTreeMap::new();
    for release in &older[..n_releases.min(older.len())] {
        let Some(record) = release.manifest().editions.get(edition) else { continue };
        let Some(file) = record.file(Variant::Mmdb) else { continue };
        if file.sha256 == new || record.layout != Manifest::LAYOUT {
            continue;
        }
        let base = *known.entry(file.sha256).or_insert_with(|| {
            bases.push(Base { release, edition, old_sha256: file.sha256, from: Vec::new() });
            bases.len() - 1
        });
        bases[base].from.push(&release.manifest().version);
    }
    bases
}

impl Base<'_> {
    /// The name of an update from it; all releases that have the file share it.
    pub(super) fn name(&self, kind: DeltaKind) -> String {
        format!("delta/{}.from-{}.{}", self.edition, self.from[0], kind.name())
    }

    /// Makes an update; `None` if the old file is not there any more, or not what it was, or if
    /// the update would have `too_many` bytes: whoever fetches it could fetch the file.
    pub(super) fn update(
        &self,
        kind: DeltaKind,
        new: &[u8],
        too_many: u64,
    ) -> Result<Option<Vec<u8>>, DeltaError> {
        let Ok(old) = self.release.edition(self.edition) else { return Ok(None) };
        let update = match kind {
            DeltaKind::Rows => self.rows(&old, new)?,
            DeltaKind::Dcz => self.patch(&old, new, too_many)?,
        };
        Ok(update.filter(|update| (update.len() as u64) < too_many))
    }

    fn rows(&self, old: &MappedFile, new: &[u8]) -> Result<Option<Vec<u8>>, DeltaError> {
        let delta = match rows::diff(old, new) {
            // A damaged file that still reads: the update would be from something nobody has.
            Ok(delta) if rows::ends(&delta)?.old == self.old_sha256 => delta,
            Ok(_) | Err(DeltaError::Format { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(Some(delta))
    }

    fn patch(&self, old: &[u8], new: &[u8], too_many: u64) -> Result<Option<Vec<u8>>, DeltaError> {
        if Digest::of(old) != self.old_sha256 {
            return Ok(None);
        }
        // Most nights move every node number, and a patch is as large as the file (ARCHITECTURE).
        let made = dcz::estimate(old, new).and_then(|about| {
            let is_worth_it = (about as u64) / 4 * 3 < too_many;
            is_worth_it.then(|| dcz::encode(old, new)).transpose()
        });
        match made {
            // Larger than clients can hold.
            Err(DeltaError::TooLarge { .. }) => Ok(None),
            made => made,
        }
    }

    /// What the manifest says of an update from it, once for each release that has the file.
    pub(super) fn records(&self, kind: DeltaKind, update: &[u8]) -> Vec<DeltaRecord> {
        let sha256 = Digest::of(update);
        let record = |from: &&str| DeltaRecord {
            from: (*from).to_owned(),
            kind,
            name: self.name(kind),
            bytes: update.len() as u64,
            sha256,
            old_sha256: self.old_sha256,
        };
        self.from.iter().map(record).collect()
    }
}

impl DeltaKind {
    /// The word in manifests, and what names of files end in.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Dcz => "dcz",
        }
    }
}
