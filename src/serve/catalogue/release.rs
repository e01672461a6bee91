//! A release, every file of it ready to be sent.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::HeaderValue;
use rayon::prelude::*;

use crate::base::{BuildEpoch, Digest};
use crate::edition::FULL;
use crate::release::{Manifest, Release};
use crate::serve::catalogue::load::Blobs;
use crate::serve::catalogue::{
    Blob, CatalogueError, Choices, NoQuestions, Questions, ServedEdition, Stamp, gzip,
};
use crate::serve::rules::Coding;

/// One release.
#[derive(Debug)]
pub struct ServedRelease {
    manifest: Manifest,
    header: HeaderValue,
    stamp: Stamp,
    editions: BTreeMap<String, ServedEdition>,
    files: HashMap<String, Choices>,
    questions: OnceLock<Result<Questions, NoQuestions>>, // set once it is current
}

impl ServedRelease {
    /// Maps its files.
    pub(super) fn load(
        release: &Release,
        known: &mut HashMap<Digest, Arc<Blob>>,
        aliases: &BTreeMap<String, String>,
        now: BuildEpoch,
    ) -> Result<Self, CatalogueError> {
        let manifest = release.manifest().clone();
        let mut blobs = Blobs::below(release.folder(), known);
        let mut editions = BTreeMap::new();
        for (name, record) in &manifest.editions {
            let edition = ServedEdition::load(
                &mut blobs,
                [name, &manifest.version],
                record.clone(),
                aliases,
                now,
            )?;
            editions.insert(name.clone(), edition);
        }
        let mapped = blobs.into_files().into_iter();
        let mut files: HashMap<String, Choices> =
            mapped.map(|(name, blob)| (name, Choices::only(blob))).collect();
        for (name, bytes) in release.documents()? {
            // A manifest is a tenth of itself.
            let packed = gzip(&bytes);
            files.insert(name, Choices::made(bytes, vec![(Coding::Gzip, packed)]));
        }
        let header = HeaderValue::try_from(manifest.version.as_str());
        let stamp = Stamp::new(BuildEpoch(manifest.build_epoch), now);
        let header = header.expect("digits and a dot");
        let questions = OnceLock::new();
        Ok(Self { manifest, header, stamp, editions, files, questions })
    }

    /// Gets ready to be the current one: holds every file against its digest, on every core.
    pub(super) fn prepare(&self) -> Result<(), CatalogueError> {
        let files: Vec<(&String, &Choices)> = self.files.iter().collect();
        let damaged = files.into_par_iter().find_any(|(_, file)| !file.identity().is_sound());
        if let Some((name, _)) = damaged {
            let (version, name) = (self.version().to_owned(), name.clone());
            return Err(CatalogueError::Damaged { version, name });
        }
        self.editions.par_iter().for_each(|(_, edition)| edition.prepare());
        self.questions.get_or_init(|| Questions::of(self.full(), &self.manifest));
        Ok(())
    }

    pub(super) fn blobs(&self) -> impl Iterator<Item = &Arc<Blob>> {
        self.files.values().map(Choices::identity)
    }

    /// `YYYYMMDD.N`.
    pub fn version(&self) -> &str {
        &self.manifest.version
    }

    /// `X-Database-Version`.
    pub fn header_value(&self) -> &HeaderValue {
        &self.header
    }

    /// What it says about itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// When it was built.
    pub fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// Its editions by name.
    pub fn editions(&self) -> &BTreeMap<String, ServedEdition> {
        &self.editions
    }

    /// The database of its edition `full`, if it has that one. Of a release that was never current here it was not
    /// held against its digest: the bytes may be anything.
    pub fn full(&self) -> Option<&Bytes> {
        let form = self.editions.get(FULL)?.form(FULL, None)?;
        // A file of a release is one map.
        form.choices.identity().parts().first()
    }

    /// What questions are answered from, of a release that was current.
    pub fn questions(&self) -> Result<&Questions, &NoQuestions> {
        self.questions.get().unwrap_or(&Err(NoQuestions::NotBuilt)).as_ref()
    }

    /// A file by its name in the release's folder. What is not in the manifest is not there.
    pub fn file(&self, name: &str) -> Option<&Choices> {
        self.files.get(name)
    }
}
