//! A release as it is asked about addresses and networks: its edition `full`, opened, and what makes answers
//! quick.

use bytes::Bytes;

use crate::mmdb::{Cursor, FormatError, Plan, Reader};
use crate::query::scan::Index;
use crate::query::views::{AbuseFeeds, ThreatScorer};
use crate::query::{ExplainError, Explainer, Known};
use crate::release::Manifest;

/// What questions are answered from.
#[derive(Debug)]
pub struct Questions {
    full: Bytes,
    plan: Plan,
    explainer: Explainer,
    scorer: ThreatScorer,
    abuse_feeds: AbuseFeeds,
    index: Index,
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
    pub(super) fn of(full: Option<&Bytes>, manifest: &Manifest) -> Result<Self, NoQuestions> {
        let full = full.ok_or(NoQuestions::NotBuilt)?.clone();
        let reader = Reader::open(&full)?;
        let plan = reader.plan();
        let explainer = Explainer::of(manifest)?;
        let scorer = ThreatScorer::new(manifest).map_err(ExplainError::from)?;
        let (index, abuse_feeds) =
            rayon::join(|| Index::build(&reader), || AbuseFeeds::of(&reader));
        let (index, abuse_feeds) = (index?, abuse_feeds?);
        Ok(Self { full, plan, explainer, scorer, abuse_feeds, index })
    }

    /// The edition `full`.
    pub fn reader(&self) -> Reader<'_> {
        Reader::with(self.plan.clone(), &self.full)
    }

    /// What is said at an offset that a look-up gave.
    pub fn known<'a>(
        &self,
        reader: &Reader<'a>,
        offset: Option<usize>,
    ) -> Result<Known<'a>, FormatError> {
        offset.map_or_else(|| Ok(Known::default()), |offset| Known::read(reader, offset))
    }

    /// S over what hides somebody and hosting, of what is said there: 0 to 100.
    pub fn threat_score(
        &self,
        reader: &Reader<'_>,
        offset: Option<usize>,
    ) -> Result<u8, FormatError> {
        self.threat_score_of(offset.map(|offset| reader.cursor(offset)))
    }

    /// The same of a record of another release, by the policy and the feeds of this one.
    pub fn threat_score_of(&self, record: Option<Cursor<'_>>) -> Result<u8, FormatError> {
        record.map_or(Ok(0), |record| self.scorer.score(record))
    }

    /// The feeds that tell of abuse.
    pub fn abuse_feeds(&self) -> &AbuseFeeds {
        &self.abuse_feeds
    }

    /// What scans are answered from at once.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Says why an address has its score.
    pub fn explainer(&self) -> &Explainer {
        &self.explainer
    }
}
