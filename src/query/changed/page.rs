//! Some of the ranges that changed, and what changed in each.

use std::net::IpAddr;

use serde::Serialize;
use utoipa::ToSchema;

use crate::base::{Coverage, Family, Range};
use crate::mmdb::{FormatError, Interner, Reader, ValueId};
use crate::query::changed::Changed;
use crate::query::changed::changed::{Moved, NOWHERE};
use crate::query::comparison::{AnyRange, ChangeKind, DiffError};
use crate::query::fields::{Fields, Sides};

/// Some of the ranges that changed, IPv4's first, in address order.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct ChangePage {
    /// The ranges.
    ranges: Vec<ChangedRange>,
    /// What to give as `after` to have the next ones; null after the last.
    #[schema(value_type = Option<String>)]
    next: Option<IpAddr>,
}

/// A range, and what changed in it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChangedRange {
    /// The range, as a prefix where it is one, else as first and last address with a dash.
    range: String,
    /// What became of it.
    change: ChangeKind,
    /// How many addresses it has.
    addresses: Coverage,
    /// Of the old record the fields that differ; null if there was none.
    old: Option<serde_json::Value>,
    /// Of the new record the fields that differ; null if there is none.
    new: Option<serde_json::Value>,
}

/// A range of either family, and where its records lie.
type Place = (AnyRange, Coverage, [u32; 2]);

impl Changed {
    /// At most `limit` ranges that begin after an address; `files` are those that were compared.
    ///
    /// # Errors
    /// If a file is damaged where it is read.
    pub fn page(
        &self,
        files: [&Reader<'_>; 2],
        after: Option<IpAddr>,
        limit: usize,
    ) -> Result<ChangePage, DiffError> {
        let (v4, v6) = match after {
            None => (&self.v4[..], &self.v6[..]),
            Some(IpAddr::V4(after)) => (later(&self.v4, after.to_bits()), &self.v6[..]),
            Some(IpAddr::V6(after)) => (&[][..], later(&self.v6, after.to_bits())),
        };
        let n_left = v4.len() + v6.len();
        let v4 = v4.iter().map(|moved| place(moved, AnyRange::V4));
        let v6 = v6.iter().map(|moved| place(moved, AnyRange::V6));
        let places: Vec<Place> = v4.chain(v6).take(limit).collect();
        let (interner, sides) = records(files, &places)?;
        let mut fields = Fields::new(&interner);
        let mut ranges = Vec::with_capacity(places.len());
        for ((range, addresses, _), sides) in places.iter().zip(sides) {
            let [old, new] = fields.pruned(sides)?;
            let (range, addresses) = (range.to_string(), *addresses);
            ranges.push(ChangedRange { range, change: ChangeKind::of(sides), addresses, old, new });
        }
        let is_last = places.len() == n_left;
        let next = places.last().filter(|_| !is_last).map(|(range, ..)| range.last());
        Ok(ChangePage { ranges, next })
    }
}

fn later<F: Family>(moved: &[Moved<F>], after: F::Addr) -> &[Moved<F>] {
    &moved[moved.partition_point(|moved| moved.first <= after)..]
}

fn place<F: Family>(moved: &Moved<F>, any: impl Fn(Range<F>) -> AnyRange) -> Place {
    let range = Range::<F>::new(moved.first, moved.last).expect("it was one");
    (any(range), range.coverage(), moved.offsets)
}

/// The records of both sides, as values of one pool.
fn records(files: [&Reader<'_>; 2], places: &[Place]) -> Result<(Interner, Vec<Sides>), DiffError> {
    let mut interner = Interner::default();
    let mut sides: Vec<Sides> = vec![[None; 2]; places.len()];
    for (side, which) in ["old", "new"].into_iter().enumerate() {
        let offset = |(.., offsets): &Place| Some(offsets[side]).filter(|o| *o != NOWHERE);
        let offsets: Vec<u32> = places.iter().filter_map(offset).collect();
        let format = |source: FormatError| DiffError::Format { which, source };
        let ids: Vec<ValueId> = interner.read(files[side], &offsets).map_err(format)?;
        let speaks = places.iter().zip(&mut sides).filter(|(place, _)| offset(place).is_some());
        for ((_, sides), id) in speaks.zip(ids) {
            sides[side] = Some(id);
        }
    }
    Ok((interner, sides))
}
