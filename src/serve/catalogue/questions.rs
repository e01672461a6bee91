//! A release as it is asked about addresses and networks: its edition `full`, opened, and what makes answers
//! quick.

use bytes::Bytes;

use crate::mmdb::{FormatError, Plan, Reader};
use crate::query::{ExplainError, Explainer};
use crate::release::Manifest;
use crate::serve::catalogue::Blob;

/// What questions are answered from.
#[derive(Debug)]
pub struct Questions {
    full: Bytes,
    plan: Plan,
    explainer: Explainer,
}

/// Why a release cannot be asked; what it has can be downloaded all the same.
#[derive(Debug, thiserror::Error)]
pub enum NoQuestions {
    /// It was built without that edition.
    #[error("it was built without the edition `full`, which answers are made of")]
    NotBuilt,
    /// No database that this code can read.
    #[error("its edition `full` cannot be read")]
    Format(#[from] FormatError),
    /// A policy of another version.
    #[error("its manifest cannot be made use of")]
    Manifest(#[from] ExplainError),
}

impl Questions {
    /// Opens the edition `full` of a release.
    pub(super) fn of(full: Option<&Blob>, manifest: &Manifest) -> Result<Self, NoQuestions> {
        // A file of a release is one map.
        let full = full.ok_or(NoQuestions::NotBuilt)?.parts()[0].clone();
        let plan = Reader::open(&full)?.plan();
        let explainer = Explainer::of(manifest)?;
        Ok(Self { full, plan, explainer })
    }

    /// The edition `full`.
    pub fn reader(&self) -> Reader<'_> {
        Reader::with(self.plan.clone(), &self.full)
    }

    /// Says why an address has its score.
    pub fn explainer(&self) -> &Explainer {
        &self.explainer
    }
}
