//! Everything that can be asked for at one moment, replaced whole when the store changes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::base::{BuildEpoch, Digest, chain};
use crate::release::{FeedState, Index, IndexFile, Store};
use crate::serve::catalogue::feeds::feeds;
use crate::serve::catalogue::{
    Blob, CatalogueError, Choices, Listing, ServedEdition, ServedRelease, Stamp,
};
use crate::serve::metrics::Served;

/// The releases of a store, mapped.
#[derive(Debug)]
pub struct Catalogue {
    index: Index,
    state: Digest,
    current: Arc<ServedRelease>,
    releases: Vec<(Digest, Arc<ServedRelease>)>, // invariant: the newest first
    files: HashMap<&'static str, Choices>,
    rolled_back: Option<Stamp>,
    listing: Listing,
    feeds: Choices,
    is_complete: bool,
}

/// A catalogue, and what could not be taken into it.
#[derive(Debug)]
pub struct Loaded {
    /// What is served from here on.
    pub catalogue: Catalogue,
    /// Older releases that cannot be served, and why.
    pub skipped: Vec<String>,
}

impl Catalogue {
    /// Reads a store. What `before` has is taken over: releases with the same manifest, and files with the
    /// same digest. Files of the current release are held against their digests once; of the older ones, only
    /// their sizes.
    ///
    /// # Errors
    /// If the index or the current release is not sound.
    pub fn load(
        store: &Store,
        file: IndexFile,
        before: Option<&Self>,
        aliases: &BTreeMap<String, String>,
        now: BuildEpoch,
    ) -> Result<Loaded, CatalogueError> {
        let state = state(&file);
        let mut known = before.map(Self::blobs).unwrap_or_default();
        let (mut releases, mut skipped) = (Vec::new(), Vec::new());
        let index = file.index;
        for entry in index.releases.iter().rev() {
            let digest = entry.manifest_sha256;
            if let Some(release) = before.and_then(|before| before.with_manifest(digest)) {
                releases.push((digest, release));
                continue;
            }
            let loaded = match store.open(&index, &entry.version) {
                Ok(release) => ServedRelease::load(&release, &mut known, aliases, now),
                Err(error) => Err(error.into()),
            };
            match loaded {
                Ok(release) => releases.push((digest, Arc::new(release))),
                Err(error) if entry.version == index.current => return Err(error),
                Err(error) => skipped.push(format!("release {}: {}", entry.version, chain(&error))),
            }
        }
        let current = releases.iter().find(|(_, release)| release.version() == index.current);
        let Some(current) = current.map(|(_, release)| Arc::clone(release)) else {
            // An index whose current release is not in its list.
            let missing = store.open(&index, &index.current);
            return Err(missing.err().map_or_else(
                || CatalogueError::NoDatabase { edition: index.current.clone() },
                CatalogueError::from,
            ));
        };
        current.prepare()?;
        let is_complete = skipped.is_empty();
        if let Err(error) = current.questions() {
            let version = current.version();
            skipped.push(format!("questions to release {version}: {}", chain(error)));
        }
        let held = |bytes: Vec<u8>| Choices::only(Arc::new(Blob::held(bytes)));
        let mut files = HashMap::from([("index.json", held(file.bytes))]);
        files.extend(file.signature.map(|bytes| ("index.json.minisig", held(bytes))));
        let listing = Listing::of(&current, releases.iter().map(|(_, release)| &**release));
        let manifests = releases.iter().map(|(_, release)| release.manifest());
        let feeds = feeds(current.manifest(), manifests);
        // A release that is current again has an older date than the one that clients have from the
        // same URL; to who asks by date alone it is as new as the index.
        let is_rolled_back = current.manifest().sequence != index.sequence;
        let rolled_back = is_rolled_back.then(|| Stamp::new(index.published_at(), now));
        let catalogue = Self {
            index,
            state,
            current,
            releases,
            files,
            rolled_back,
            listing,
            feeds,
            is_complete,
        };
        Ok(Loaded { catalogue, skipped })
    }

    /// Whether it was made of this index, and all of it.
    pub fn is_of(&self, file: &IndexFile) -> bool {
        self.is_complete && self.state == state(file)
    }

    /// What tells it from other catalogues: a digest of the index and its signature.
    pub fn state(&self) -> Digest {
        self.state
    }

    /// The release that is current.
    pub fn current(&self) -> &ServedRelease {
        &self.current
    }

    /// The release that is current, to be kept for longer than the catalogue.
    pub fn current_release(&self) -> Arc<ServedRelease> {
        Arc::clone(&self.current)
    }

    /// A release by its version.
    pub fn release(&self, version: &str) -> Option<&ServedRelease> {
        self.releases().find(|release| release.version() == version)
    }

    /// Every release, the newest first.
    pub fn releases(&self) -> impl Iterator<Item = &ServedRelease> {
        self.releases.iter().map(|(_, release)| &**release)
    }

    /// A file at the top of the store.
    pub fn file(&self, name: &str) -> Option<&Choices> {
        self.files.get(name)
    }

    /// Since when an edition of the current release is what the newest is.
    pub fn newest_since<'a>(&'a self, edition: &'a ServedEdition) -> &'a Stamp {
        self.rolled_back.as_ref().unwrap_or(edition.stamp())
    }

    /// What there is, as a list.
    pub fn listing(&self) -> &Listing {
        &self.listing
    }

    /// What became of each feed, as JSON: [`FeedList`](crate::serve::catalogue::FeedList).
    pub fn feeds(&self) -> &Choices {
        &self.feeds
    }

    /// The edition of that name, in some release, that has these bytes in one form or another.
    pub fn with_digest(
        &self,
        edition: &str,
        digest: Digest,
    ) -> Option<(&ServedRelease, &ServedEdition)> {
        self.releases().find_map(|release| {
            let edition = release.editions().get(edition)?;
            let is_file = edition.record().files.iter().any(|file| file.sha256 == digest);
            is_file.then_some((release, edition))
        })
    }

    /// What is counted of it.
    pub fn served(&self) -> Served {
        let mut feeds: BTreeMap<FeedState, u64> = BTreeMap::new();
        for feed in self.current.manifest().feeds.values() {
            *feeds.entry(feed.state).or_default() += 1;
        }
        Served {
            version: self.current.version().to_owned(),
            sequence: self.index.sequence,
            build_epoch: self.current.manifest().build_epoch,
            expires: self.index.expires,
            n_releases: self.releases.len() as u64,
            feeds,
        }
    }

    fn with_manifest(&self, digest: Digest) -> Option<Arc<ServedRelease>> {
        let found = self.releases.iter().find(|(other, _)| *other == digest);
        found.map(|(_, release)| Arc::clone(release))
    }

    fn blobs(&self) -> HashMap<Digest, Arc<Blob>> {
        let blobs = self.releases().flat_map(ServedRelease::blobs);
        blobs.map(|blob| (blob.digest(), Arc::clone(blob))).collect()
    }
}

/// What tells one state of a store from another.
pub(in crate::serve) fn state(file: &IndexFile) -> Digest {
    let signature = file.signature.as_deref().unwrap_or_default();
    Digest::of(&[&file.bytes, signature].concat())
}
