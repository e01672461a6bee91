//! A month in memory: its first night whole, the others as what changed.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;

use crate::base::{Digest, MappedFile};
use crate::delta::{DeltaError, Follow, Limits, Nights};
use crate::query::history::PastError;
use crate::query::history::asns::{AsnMonth, Base};
use crate::release::{History, HistoryEntry, HistoryKind, Store};

/// An entry that is kept whole, and those that lead on from it.
#[derive(Debug)]
pub(super) struct Month {
    pub(super) nights: Nights,
    /// Digests of their files.
    files: Vec<Digest>,
}

impl Month {
    /// Reads the month that an entry lies in, up to its end or to what is damaged after the entry.
    /// `base` is what origin ASes are told against.
    ///
    /// # Errors
    /// If something that the entry needs is damaged.
    pub(super) fn load(
        store: &Store,
        history: &History,
        idx: usize,
        base: Option<&Arc<Base>>,
    ) -> Result<(Self, AsnMonth), PastError> {
        let chain = history.chain(idx)?;
        let n_needed = chain.len();
        // Held against their digests first: what is damaged should cost no more than that.
        let open = |entry| Ok((entry, store.history_file(entry)?));
        let mut files = chain.iter().map(open).collect::<Result<Vec<_>, PastError>>()?;
        let leads_on = |entry: &&HistoryEntry| entry.kind == HistoryKind::Rows;
        let later = history.entries[idx + 1..].iter().take_while(leads_on);
        files.extend(later.map_while(|entry| Some((entry, store.history_file(entry).ok()?))));

        let failed = |entry| {
            let path: PathBuf = store.history_path(entry);
            move |source: DeltaError| PastError::Follow { path, source: Arc::new(source) }
        };
        let mut files = files.into_iter();
        let (entry, file): (&HistoryEntry, MappedFile) = files.next().expect("a chain begins");
        let mut follow = Follow::begin(&file, Limits::default()).map_err(failed(entry))?;
        let mut asns = AsnMonth::begin(&follow, base);
        let mut digests = vec![entry.sha256];
        for (entry, file) in files {
            match follow.add(Bytes::from_owner(file)) {
                Ok(()) => {}
                Err(source) if digests.len() < n_needed => return Err(failed(entry)(source)),
                Err(_) => break,
            }
            asns.add(&follow);
            digests.push(entry.sha256);
        }
        asns.files.clone_from(&digests);
        Ok((Self { nights: follow.finish(), files: digests }, asns))
    }

    /// Which night the last entry of a chain is, if all of the chain is here.
    pub(super) fn night(&self, chain: &[HistoryEntry]) -> Option<usize> {
        begins_with(&self.files, chain).then(|| chain.len() - 1)
    }

    /// Whether both begin on the same night.
    pub(super) fn is_of(&self, chain: &[HistoryEntry]) -> bool {
        self.files.first() == chain.first().map(|entry| &entry.sha256)
    }
}

/// Whether these files are those of a chain, and perhaps more.
pub(super) fn begins_with(files: &[Digest], chain: &[HistoryEntry]) -> bool {
    let digests = chain.iter().map(|entry| &entry.sha256);
    files.len() >= chain.len() && files.iter().zip(digests).all(|(a, b)| a == b)
}

/// How many of these files, from the first on, are those of a chain.
pub(super) fn n_alike(files: &[Digest], chain: &[HistoryEntry]) -> usize {
    files.iter().zip(chain).take_while(|(file, entry)| **file == entry.sha256).count()
}
