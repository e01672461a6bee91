//! From a store on disk to what can be served, reusing what is mapped already.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crate::base::Digest;
use crate::serve::catalogue::{Blob, CatalogueError};

/// Files of a release on their way into memory. Files with one digest are mapped once: a release that carries
/// an edition over, and every catalogue after this one, hand out the same map.
pub(super) struct Blobs<'a> {
    known: &'a mut HashMap<Digest, Arc<Blob>>,
    folder: &'a Path,
    files: HashMap<String, Arc<Blob>>,
}

impl<'a> Blobs<'a> {
    pub(super) fn below(folder: &'a Path, known: &'a mut HashMap<Digest, Arc<Blob>>) -> Self {
        Self { known, folder, files: HashMap::new() }
    }

    /// A file by its name in the folder.
    pub(super) fn get(
        &mut self,
        name: &str,
        size: u64,
        digest: Digest,
    ) -> Result<Arc<Blob>, CatalogueError> {
        let blob = match self.known.get(&digest) {
            Some(blob) => Arc::clone(blob),
            None => Arc::new(Blob::mapped(&self.folder.join(name), size, digest)?),
        };
        self.known.insert(digest, Arc::clone(&blob));
        self.files.insert(name.to_owned(), Arc::clone(&blob));
        Ok(blob)
    }

    /// Every file that was asked for, by name.
    pub(super) fn into_files(self) -> HashMap<String, Arc<Blob>> {
        self.files
    }
}
