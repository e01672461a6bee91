//! What changed from one database to another.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::base::{Coverage, Family, Range, V4, V6};
use crate::feed::Category;
use crate::query::changed::Movers;
use crate::query::comparison::{Comparison, DiffError};
use crate::query::difference::{Difference, FieldDifference};
use crate::query::fields::Sides;

/// Where a record lies that is not there.
pub(super) const NOWHERE: u32 = u32::MAX;

/// What changed from one database to another.
///
/// Besides the numbers it has 16 bytes for each range of IPv4 and 48 for each of IPv6.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "a key of the interface")]
pub struct Changed {
    /// Ranges of which only the new one speaks.
    added: u64,
    /// Ranges of which only the old one speaks.
    removed: u64,
    /// Ranges of which both speak, and differ.
    changed: u64,
    /// Addresses in all of them.
    addresses_v4: Coverage,
    /// Addresses in all of them, without what reaches IPv4.
    addresses_v6: Coverage,
    /// Addresses that came to have a signal, and lost it; by its name.
    signals: BTreeMap<String, SignalChange>,
    /// How often each field differs, by dotted key.
    by_field: BTreeMap<String, FieldChange>,
    /// The ranges that changed most.
    movers: Movers,
    #[serde(skip)]
    pub(super) v4: Vec<Moved<V4>>,
    #[serde(skip)]
    pub(super) v6: Vec<Moved<V6>>,
}

/// Where a field that is true or false came to be true, and where it is so no more.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct SignalChange {
    /// Addresses that gained it.
    gained_v4: Coverage,
    /// Addresses that gained it.
    gained_v6: Coverage,
    /// Addresses that lost it.
    lost_v4: Coverage,
    /// Addresses that lost it.
    lost_v6: Coverage,
}

/// How often a field differs.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct FieldChange {
    /// Ranges.
    ranges: u64,
    /// Their addresses.
    addresses_v4: Coverage,
    /// Their addresses.
    addresses_v6: Coverage,
}

/// A range of which the two databases say different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moved<F: Family> {
    pub(super) first: F::Addr,
    pub(super) last: F::Addr,
    /// Where the old and the new record lie, or [`NOWHERE`].
    pub(super) offsets: [u32; 2],
}

impl Changed {
    /// Compares two databases; takes as long as reading both of them.
    ///
    /// # Errors
    /// If either is damaged, or they differ in more fields than can be looked through.
    pub fn between(old: &[u8], new: &[u8]) -> Result<Self, DiffError> {
        let comparison = Comparison::between(old, new)?;
        let difference = Difference::of(&comparison)?;
        let movers = Movers::of(&comparison)?;
        let offsets = comparison.offsets();
        let (v4, v6) = rayon::join(
            || moved::<V4>(&comparison, &offsets),
            || moved::<V6>(&comparison, &offsets),
        );
        let Difference { added, removed, changed, addresses, by_field, .. } = difference;
        let booleans = by_field.iter().filter(|(key, field)| field.is_boolean && is_signal(key));
        Ok(Self {
            added,
            removed,
            changed,
            addresses_v4: addresses.v4,
            addresses_v6: addresses.v6,
            signals: booleans.map(|(key, field)| (signal(key), field.into())).collect(),
            by_field: by_field.iter().map(|(key, field)| (key.clone(), field.into())).collect(),
            movers,
            v4: v4?,
            v6: v6?,
        })
    }

    /// How many ranges changed.
    pub fn n_ranges(&self) -> usize {
        self.v4.len() + self.v6.len()
    }

    /// About how many bytes it takes.
    pub fn n_bytes(&self) -> usize {
        size_of_val(self.v4.as_slice()) + size_of_val(self.v6.as_slice())
    }
}

/// Whether a flag tells of addresses what feeds do: a signal of `full`, or a flag of another edition.
fn is_signal(key: &str) -> bool {
    let name = key.rsplit('.').next().unwrap_or(key);
    Category::from_signal(name).is_some() || (name == key && key.starts_with("is_"))
}

/// `signals.is_vpn` of `full` is `is_vpn`; other editions have no room for them.
fn signal(key: &str) -> String {
    key.rsplit('.').next().unwrap_or(key).to_owned()
}

fn moved<F: Family>(
    comparison: &Comparison<'_>,
    offsets: &[Vec<u32>; 2],
) -> Result<Vec<Moved<F>>, DiffError> {
    let mut moved = Vec::new();
    comparison.ranges::<F>(|range: Range<F>, sides: Sides| {
        let offset = |side: usize| sides[side].map_or(NOWHERE, |id| offsets[side][id.0 as usize]);
        let offsets = [offset(0), offset(1)];
        moved.push(Moved { first: range.first(), last: range.last(), offsets });
        Ok(())
    })?;
    moved.shrink_to_fit();
    Ok(moved)
}

impl From<&FieldDifference> for SignalChange {
    fn from(field: &FieldDifference) -> Self {
        let FieldDifference { gained, lost, .. } = field;
        Self { gained_v4: gained.v4, gained_v6: gained.v6, lost_v4: lost.v4, lost_v6: lost.v6 }
    }
}

impl From<&FieldDifference> for FieldChange {
    fn from(field: &FieldDifference) -> Self {
        let FieldDifference { ranges, addresses, .. } = *field;
        Self { ranges, addresses_v4: addresses.v4, addresses_v6: addresses.v6 }
    }
}
