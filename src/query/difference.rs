//! What changed from one database to another, by the numbers.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use hashbrown::HashMap;
use serde_json::{Map, json};

use crate::base::{Coverage, Family, Range, V4, V6};
use crate::mmdb::{Type, View};
use crate::query::comparison::{AnyRange, ChangeKind, Comparison, DiffError};
use crate::query::fields::{Fields, Sides, TooMuch};

/// How many of the largest ranges of each family are kept.
const N_LARGEST: usize = 5;

/// How many bytes the names of changed fields may have, with what is kept of each.
const MAX_KEY_BYTES: usize = 1 << 26;

/// About what a field takes beside its name.
const FIELD_BYTES: usize = 256;

/// What changed from one database to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Ranges of which only the new one speaks.
    pub added: u64,
    /// Ranges of which only the old one speaks.
    pub removed: u64,
    /// Ranges of which both speak, and differ.
    pub changed: u64,
    /// Addresses in all of them.
    pub addresses: Counts,
    /// By dotted key.
    pub by_field: BTreeMap<String, FieldDifference>,
    /// The largest ranges, IPv4's first.
    pub largest: Vec<LargeRange>,
}

/// Addresses of each family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Of IPv4.
    pub v4: Coverage,
    /// Of IPv6, without what reaches IPv4.
    pub v6: Coverage,
}

/// How often a field differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldDifference {
    /// Ranges.
    pub ranges: u64,
    /// Their addresses.
    pub addresses: Counts,
    /// Whether nothing but truth values stand there.
    pub is_boolean: bool,
    /// Where it came to be true.
    pub gained: Counts,
    /// Where it was true and is no more.
    pub lost: Counts,
}

impl Default for FieldDifference {
    fn default() -> Self {
        let none = Counts::default();
        Self { ranges: 0, addresses: none, is_boolean: true, gained: none, lost: none }
    }
}

/// One of the largest ranges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LargeRange {
    /// Which.
    pub range: AnyRange,
    /// What became of it.
    pub kind: ChangeKind,
    /// The fields that differ.
    pub fields: Vec<String>,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.v4 += other.v4;
        self.v6 += other.v6;
    }
}

/// How often a pair of records stands side by side.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    ranges: u64,
    addresses: Counts,
}

/// What one family's walk counted.
#[derive(Debug)]
struct Walked<F: Family> {
    pairs: HashMap<Sides, Tally>,
    /// The smallest on top, so that it gives way. Of equal ones the first in address order stays.
    largest: BinaryHeap<Reverse<Large<F>>>,
}

/// Its number of addresses less one; the range, the first in order the greatest; what stands there.
type Large<F> = (<F as Family>::Addr, Reverse<Range<F>>, Sides);

impl Difference {
    /// Counts all that differs; each distinct pair of records is compared once.
    ///
    /// # Errors
    /// If the records differ in more fields than can be looked through.
    pub fn of(comparison: &Comparison<'_>) -> Result<Self, DiffError> {
        let counts_v4 = |v4| Counts { v4, ..Counts::default() };
        let counts_v6 = |v6| Counts { v6, ..Counts::default() };
        let (v4, v6) =
            rayon::join(|| walk::<V4>(comparison, counts_v4), || walk::<V6>(comparison, counts_v6));
        let (v4, v6) = (v4?, v6?);
        let mut pairs = v4.pairs;
        for (sides, tally) in v6.pairs {
            let sum = pairs.entry(sides).or_default();
            sum.ranges += tally.ranges;
            sum.addresses.add(tally.addresses);
        }
        let mut difference = Self::default();
        let mut fields = Fields::new(comparison.interner());
        let mut key_bytes_left = MAX_KEY_BYTES;
        for (&sides, tally) in &pairs {
            *match ChangeKind::of(sides) {
                ChangeKind::Added => &mut difference.added,
                ChangeKind::Removed => &mut difference.removed,
                ChangeKind::Changed => &mut difference.changed,
            } += tally.ranges;
            difference.addresses.add(tally.addresses);
            let by_field = &mut difference.by_field;
            let count = &mut |field: &str, sides: Sides| {
                if let Some(known) = by_field.get_mut(field) {
                    known.count(comparison, sides, tally);
                    return Ok(());
                }
                let bytes = field.len() + FIELD_BYTES;
                key_bytes_left = key_bytes_left.checked_sub(bytes).ok_or(TooMuch)?;
                by_field.entry(field.to_owned()).or_default().count(comparison, sides, tally);
                Ok(())
            };
            fields.visit(sides, count)?;
        }
        for (_, Reverse(range), sides) in largest_first(v4.largest) {
            difference.largest.push(LargeRange::new(AnyRange::V4(range), sides, &mut fields)?);
        }
        for (_, Reverse(range), sides) in largest_first(v6.largest) {
            difference.largest.push(LargeRange::new(AnyRange::V6(range), sides, &mut fields)?);
        }
        Ok(difference)
    }

    /// The object of `diff --json`.
    pub fn to_json(&self) -> serde_json::Value {
        let field = |(key, field): (&String, &FieldDifference)| (key.clone(), field.to_json());
        json!({
            "added": self.added,
            "removed": self.removed,
            "changed": self.changed,
            "addresses_v4": self.addresses.v4.to_json(),
            "addresses_v6": self.addresses.v6.to_json(),
            "by_field": self.by_field.iter().map(field).collect::<Map<_, _>>(),
        })
    }
}

impl FieldDifference {
    fn count(&mut self, comparison: &Comparison<'_>, sides: Sides, tally: &Tally) {
        self.ranges += tally.ranges;
        self.addresses.add(tally.addresses);
        let pool = comparison.interner().pool();
        let is_true = sides.map(|id| match id.map(|id| pool.view(id)) {
            Some(View::Scalar(Type::Bool, payload)) => !payload.is_empty(),
            Some(_) => {
                self.is_boolean = false;
                false
            }
            None => false,
        });
        match is_true {
            [false, true] => self.gained.add(tally.addresses),
            [true, false] => self.lost.add(tally.addresses),
            _ => {}
        }
    }

    fn to_json(self) -> serde_json::Value {
        let mut json = json!({
            "ranges": self.ranges,
            "addresses_v4": self.addresses.v4.to_json(),
            "addresses_v6": self.addresses.v6.to_json(),
        });
        if self.is_boolean {
            json["gained_v4"] = self.gained.v4.to_json();
            json["gained_v6"] = self.gained.v6.to_json();
            json["lost_v4"] = self.lost.v4.to_json();
            json["lost_v6"] = self.lost.v6.to_json();
        }
        json
    }
}

impl LargeRange {
    fn new(range: AnyRange, sides: Sides, fields: &mut Fields<'_>) -> Result<Self, TooMuch> {
        let mut names = Vec::new();
        fields.visit(sides, &mut |field, _| {
            names.push(field.to_owned());
            Ok(())
        })?;
        Ok(Self { range, kind: ChangeKind::of(sides), fields: names })
    }
}

fn walk<F: Family>(
    comparison: &Comparison<'_>,
    counts: impl Fn(Coverage) -> Counts,
) -> Result<Walked<F>, DiffError> {
    let mut walked = Walked { pairs: HashMap::new(), largest: BinaryHeap::new() };
    comparison.ranges::<F>(|range, sides| {
        let tally = walked.pairs.entry(sides).or_default();
        tally.ranges += 1;
        tally.addresses.add(counts(range.coverage()));
        let largest = &mut walked.largest;
        let is_large = largest.len() < N_LARGEST
            || largest.peek().is_some_and(|Reverse((span, ..))| range.span() > *span);
        if is_large {
            largest.push(Reverse((range.span(), Reverse(range), sides)));
            if largest.len() > N_LARGEST {
                largest.pop();
            }
        }
        Ok(())
    })?;
    Ok(walked)
}

fn largest_first<T: Ord>(heap: BinaryHeap<Reverse<T>>) -> impl Iterator<Item = T> {
    // Ascending by `Reverse` is the largest first.
    heap.into_sorted_vec().into_iter().map(|Reverse(item)| item)
}

impl From<TooMuch> for DiffError {
    fn from(_: TooMuch) -> Self {
        Self::TooMuch
    }
}
