//! Each edition's record of every set of claims.

use crate::compile::assess::Assessed;
use crate::compile::runs::Records;
use crate::edition::{Edition, Projector, Unlisted};
use crate::mmdb::Pool;

/// What one edition says of every set.
pub(super) struct Projected {
    pub(super) pool: Pool,
    of_set: Vec<Option<u32>>,
    unlisted: Option<u32>,
}

impl Projected {
    pub(super) fn new(edition: &Edition, assessed: &Assessed<'_>, n_sets: usize) -> Self {
        let mut projector = Projector::new(edition);
        let mut of_set = Vec::with_capacity(n_sets);
        assessed.for_each(|subject| of_set.push(projector.record(subject).map(|value| value.0)));
        let unlisted = match edition.unlisted {
            Unlisted::Absent => None,
            Unlisted::EmptyMap => Some(projector.empty().0),
        };
        Self { pool: projector.into_pool(), of_set, unlisted }
    }

    pub(super) fn records(&self) -> Records<'_> {
        Records { of_set: &self.of_set, unlisted: self.unlisted }
    }
}
