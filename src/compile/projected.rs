//! Each edition's record of every set of claims.

use std::cmp::Reverse;

use rayon::prelude::*;

use crate::compile::Progress;
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
    /// Projects every edition, those with the most fields first: they take the longest.
    pub(super) fn all(
        editions: &[Edition],
        assessed: &Assessed<'_>,
        progress: &dyn Progress,
    ) -> Vec<Self> {
        let mut order: Vec<(usize, &Edition)> = editions.iter().enumerate().collect();
        order.sort_by_key(|(_, edition)| Reverse(edition.paths().count()));
        let projected = order.into_par_iter().map(|(place, edition)| {
            let projected = Self::new(edition, assessed);
            progress.step();
            (place, projected)
        });
        let mut projected: Vec<(usize, Self)> = projected.collect();
        projected.sort_by_key(|(place, _)| *place);
        projected.into_iter().map(|(_, projected)| projected).collect()
    }

    fn new(edition: &Edition, assessed: &Assessed<'_>) -> Self {
        let mut projector = Projector::new(edition, assessed.sizes(), assessed.numbers().len());
        let record = |numbers| projector.record(&numbers, || assessed.subject(&numbers));
        let of_set = assessed.numbers().map(record).map(|value| Some(value?.0)).collect();
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
