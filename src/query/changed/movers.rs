//! The ranges that changed most: by score where there is one, else the largest.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::base::{Coverage, Family, Range, V4, V6};
use crate::mmdb::{Interner, Type, ValueId, View};
use crate::query::comparison::{AnyRange, ChangeKind, Comparison, DiffError};
use crate::query::fields::{Fields, Sides};

/// How many of each family are kept.
const N_MOVERS: usize = 10;

/// The ranges that changed most.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Movers {
    /// By what they are the first; of equal ones, the largest are, and then the first in address order.
    by: MoversBy,
    /// At most ten of each family, IPv4's first.
    ranges: Vec<Mover>,
}

/// What makes a range one of the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MoversBy {
    /// How much its score changed. What has no record has a score of 0.
    Score,
    /// Its number of addresses: no score changed, or the edition has none.
    #[default]
    Size,
}

/// A range that changed much.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Mover {
    /// The range, as a prefix where it is one, else as first and last address with a dash.
    range: String,
    /// What became of it.
    change: ChangeKind,
    /// How many addresses it has.
    addresses: Coverage,
    /// Its score before; null if it had none.
    old_score: Option<u32>,
    /// Its score now; null if it has none.
    new_score: Option<u32>,
    /// The fields that differ, by dotted key.
    fields: Vec<String>,
}

/// How much the score changed; the number of addresses less one; the range, the first the greatest; the rest.
type Ranked<F> = (u32, <F as Family>::Addr, Reverse<Range<F>>, Sides);

/// The smallest on top, so that it gives way.
type Ranking<F> = BinaryHeap<Reverse<Ranked<F>>>;

impl Movers {
    pub(super) fn of(comparison: &Comparison<'_>) -> Result<Self, DiffError> {
        let (v4, v6) = rayon::join(|| ranking::<V4>(comparison), || ranking::<V6>(comparison));
        let (v4, v6) = (v4?, v6?);
        let mut fields = Fields::new(comparison.interner());
        let mut movers = Self::default();
        movers.add(v4, &mut fields, comparison.interner(), AnyRange::V4)?;
        movers.add(v6, &mut fields, comparison.interner(), AnyRange::V6)?;
        Ok(movers)
    }

    fn add<F: Family>(
        &mut self,
        ranking: Ranking<F>,
        fields: &mut Fields<'_>,
        interner: &Interner,
        any: impl Fn(Range<F>) -> AnyRange,
    ) -> Result<(), DiffError> {
        // Ascending by `Reverse` is the greatest first.
        for Reverse((by, _, Reverse(range), sides)) in ranking.into_sorted_vec() {
            if by > 0 {
                self.by = MoversBy::Score;
            }
            let mut names = Vec::new();
            fields.visit(sides, &mut |field, _| {
                names.push(field.to_owned());
                Ok(())
            })?;
            let [old_score, new_score] = sides.map(|id| score(interner, id?));
            self.ranges.push(Mover {
                range: any(range).to_string(),
                change: ChangeKind::of(sides),
                addresses: range.coverage(),
                old_score,
                new_score,
                fields: names,
            });
        }
        Ok(())
    }
}

fn ranking<F: Family>(comparison: &Comparison<'_>) -> Result<Ranking<F>, DiffError> {
    let interner = comparison.interner();
    let mut ranking = Ranking::<F>::new();
    comparison.ranges::<F>(|range, sides| {
        let [old, new] = sides.map(|id| id.and_then(|id| score(interner, id)).unwrap_or(0));
        let ranked = (old.abs_diff(new), range.span(), Reverse(range), sides);
        if ranking.len() < N_MOVERS {
            ranking.push(Reverse(ranked));
        } else if let Some(mut least) = ranking.peek_mut()
            && ranked > least.0
        {
            *least = Reverse(ranked);
        }
        Ok(())
    })?;
    Ok(ranking)
}

/// `threat.score` of `full`, `score` of editions on one level.
fn score(interner: &Interner, record: ValueId) -> Option<u32> {
    let score = match get(interner, record, "threat") {
        Some(threat) => get(interner, threat, "score"),
        None => get(interner, record, "score"),
    };
    match interner.pool().view(score?) {
        // The pool keeps every integer that is not negative as this.
        View::Scalar(Type::Uint128, payload) => {
            let value = payload.iter().try_fold(0_u32, |value, byte| {
                value.checked_mul(256)?.checked_add(u32::from(*byte))
            });
            Some(value.unwrap_or(u32::MAX))
        }
        _ => None,
    }
}

fn get(interner: &Interner, map: ValueId, key: &str) -> Option<ValueId> {
    let View::Map(entries) = interner.pool().view(map) else { return None };
    let mut entries = entries.chunks_exact(2);
    entries.find(|entry| interner.text(entry[0]) == Some(key)).map(|entry| entry[1])
}
