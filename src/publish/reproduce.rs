//! A release made again, to see whether it is what it says.

use std::collections::BTreeMap;

use crate::base::{BuildEpoch, Digest, Variant};
use crate::compile::{self, Progress};
use crate::edition::Edition;
use crate::publish::gather::gather;
use crate::publish::load::Mode;
use crate::publish::maps::Maps;
use crate::publish::run::inputs;
use crate::publish::{PublishError, Settings};
use crate::release::{EditionRecord, Lock, Release};

/// An edition, made again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reproduced {
    /// Its name.
    pub edition: String,
    /// The release whose lock makes it.
    pub since: String,
    /// What the manifest says of its database.
    pub expected: Digest,
    /// What came out; `None` if there is no such edition any more, or no lock that makes it.
    pub found: Option<Digest>,
}

impl Reproduced {
    /// Whether the same bytes came out.
    pub fn is_same(&self) -> bool {
        self.found == Some(self.expected)
    }
}

/// Makes every edition of a release again, each from the lock that it was made of, and publishes
/// nothing. `settings` say where snapshots are; their mode and epoch are the locks'.
///
/// # Errors
/// If a snapshot of a lock is not to be had, or definitions, policy or editions are others now.
pub fn reproduce(
    settings: &Settings<'_>,
    release: &Release,
    progress: &dyn Progress,
) -> Result<Vec<Reproduced>, PublishError> {
    let manifest = release.manifest();
    let mut by_lock: BTreeMap<&str, Vec<(&String, &EditionRecord)>> = BTreeMap::new();
    for (name, record) in &manifest.editions {
        by_lock.entry(&record.since).or_default().push((name, record));
    }
    let mut reproduced = Vec::new();
    for (since, records) in by_lock {
        let lock = if since == manifest.version {
            Some(&manifest.lock)
        } else {
            manifest.locks.get(since)
        };
        let names: Vec<&str> = records.iter().map(|(name, _)| name.as_str()).collect();
        let made = lock.map(|lock| make(settings, lock, &names, progress)).transpose()?;
        let made = made.unwrap_or_default();
        for (name, record) in records {
            let Some(file) = record.file(Variant::Mmdb) else { continue };
            reproduced.push(Reproduced {
                edition: name.clone(),
                since: since.to_owned(),
                expected: file.sha256,
                found: made.get(name).copied(),
            });
        }
    }
    reproduced.sort_by(|a, b| a.edition.cmp(&b.edition));
    Ok(reproduced)
}

/// Makes the editions of those names from a lock.
fn make(
    settings: &Settings<'_>,
    lock: &Lock,
    names: &[&str],
    progress: &dyn Progress,
) -> Result<BTreeMap<String, Digest>, PublishError> {
    let epoch = BuildEpoch(lock.build_epoch);
    let settings = Settings { mode: Mode::Locked(lock), epoch, ..*settings };
    // From the snapshots themselves, whatever was made of them before.
    let maps = Maps::at(None, settings.memory);
    let (mut loaded, _cache) = gather(&settings, Some(lock), &maps, progress)?;
    let is_wanted = |edition: &&Edition| names.contains(&edition.name.as_str());
    let editions: Vec<Edition> = settings.editions.iter().filter(is_wanted).cloned().collect();
    let Settings { policy, memory, .. } = settings;
    let of_compilation = compile::Settings { policy, editions: &editions, epoch, memory };
    let built = compile::compile(&of_compilation, inputs(&mut loaded), progress)?;
    let digest =
        |edition: compile::BuiltEdition| (edition.name, Digest::of(&edition.database.bytes));
    Ok(built.editions.into_iter().map(digest).collect())
}
