//! Two databases walked side by side: of which ranges they say different things.

use std::net::IpAddr;

use serde::Serialize;
use utoipa::ToSchema;

use crate::base::{Family, Range, V4, V6};
use crate::mmdb::{Aliases, FormatError, Interner, ValueId, beside};
use crate::query::fields::Sides;
use crate::query::indexed::Indexed;
use crate::query::joined::Joined;

/// Why two databases could not be compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiffError {
    /// One of them is damaged.
    #[error("the {which} database cannot be read; `ipmint verify` lists what is wrong with it")]
    Format {
        /// `old` or `new`.
        which: &'static str,
        /// What is wrong.
        source: FormatError,
    },
    /// Small files, endless differences.
    #[error(
        "the records differ in more fields than can be looked through; `ipmint inspect` tells what they hold"
    )]
    TooMuch,
    /// What was found could not be written.
    #[error("the differences cannot be written")]
    Write(#[source] std::io::Error),
}

/// Two databases and the records of both in one pool: equal records are equal ids.
///
/// Of IPv6 what reaches IPv4 (`::/96` and its aliases) is left out.
#[derive(Debug)]
pub struct Comparison<'a> {
    files: [Indexed<'a>; 2],
    /// By the numbers of records.
    ids: [Vec<ValueId>; 2],
    interner: Interner,
}

/// What became of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Only the new database speaks of it.
    Added,
    /// Only the old one does.
    Removed,
    /// Both do, and differ.
    Changed,
}

impl ChangeKind {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }

    pub(super) fn of(sides: Sides) -> Self {
        match sides {
            [None, _] => Self::Added,
            [_, None] => Self::Removed,
            _ => Self::Changed,
        }
    }
}

impl<'a> Comparison<'a> {
    /// Walks both trees, then reads both sets of records.
    ///
    /// # Errors
    /// If either file is damaged.
    pub fn between(old: &'a [u8], new: &'a [u8]) -> Result<Self, DiffError> {
        let format = |which| move |source| DiffError::Format { which, source };
        let open = |bytes| Indexed::open(bytes, Aliases::LeftOut);
        let (old, new) = rayon::join(|| open(old), || open(new));
        let (old, new) = (old.map_err(format("old"))?, new.map_err(format("new"))?);
        let mut interner = Interner::default();
        let old_ids = old.records(&mut interner).map_err(format("old"))?;
        let new_ids = new.records(&mut interner).map_err(format("new"))?;
        Ok(Self { files: [old, new], ids: [old_ids, new_ids], interner })
    }

    pub(super) fn interner(&self) -> &Interner {
        &self.interner
    }

    /// Where in the old and in the new file a record lies, by its id; of those that either has.
    pub(super) fn offsets(&self) -> [Vec<u32>; 2] {
        [0, 1].map(|side| {
            let mut offsets = vec![u32::MAX; self.interner.pool().len()];
            for (id, offset) in self.ids[side].iter().zip(self.files[side].offsets()) {
                offsets[id.0 as usize] = offset;
            }
            offsets
        })
    }

    /// Visits, in address order, the ranges of a family of which the two say different things:
    /// neighbours are one range where both sides' records go on.
    pub(super) fn ranges<F: Family>(
        &self,
        mut visit: impl FnMut(Range<F>, Sides) -> Result<(), DiffError>,
    ) -> Result<(), DiffError> {
        let [old, new] = &self.files;
        let readers = [old.reader(), new.reader()];
        let mut joined = Joined::new();
        // Leaves repeat: what stood beside the last one mostly stands beside this one too.
        let mut known = ([None; 2], [None; 2]);
        beside::<F, 2, DiffError>(readers, Aliases::LeftOut, |range, offsets| {
            if offsets != known.0 {
                let id = |side: usize, offset: Option<u32>| {
                    offset.map(|offset| self.ids[side][self.files[side].number(offset)])
                };
                known = (offsets, [id(0, offsets[0]), id(1, offsets[1])]);
            }
            let sides = known.1;
            if sides[0] == sides[1] {
                return Ok(());
            }
            joined.push(range, sides).map_or(Ok(()), |(run, sides)| visit(run, sides))
        })?;
        joined.finish().map_or(Ok(()), |(run, sides)| visit(run, sides))
    }

    /// As [`Comparison::ranges`], IPv4 first; ranges as text.
    pub(super) fn all_ranges(
        &self,
        visit: &mut impl FnMut(AnyRange, Sides) -> Result<(), DiffError>,
    ) -> Result<(), DiffError> {
        self.ranges::<V4>(|range, sides| visit(AnyRange::V4(range), sides))?;
        self.ranges::<V6>(|range, sides| visit(AnyRange::V6(range), sides))
    }
}

/// A range of either family, where text goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnyRange {
    /// Of IPv4.
    V4(Range<V4>),
    /// Of IPv6.
    V6(Range<V6>),
}

impl std::fmt::Display for AnyRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::V4(range) => range.fmt(f),
            Self::V6(range) => range.fmt(f),
        }
    }
}

impl AnyRange {
    /// The last address.
    pub fn last(self) -> IpAddr {
        match self {
            Self::V4(range) => V4::to_ip(range.last()),
            Self::V6(range) => V6::to_ip(range.last()),
        }
    }

    /// `{"network"}` where it is a prefix, else `{"first","last"}`.
    pub fn to_json(self) -> serde_json::Map<String, serde_json::Value> {
        fn map<F: Family>(range: Range<F>) -> serde_json::Map<String, serde_json::Value> {
            let mut map = serde_json::Map::new();
            if let Some(prefix) = range.to_prefix() {
                map.insert("network".to_owned(), prefix.to_string().into());
            } else {
                let text = |addr| F::to_ip(addr).to_string().into();
                map.insert("first".to_owned(), text(range.first()));
                map.insert("last".to_owned(), text(range.last()));
            }
            map
        }
        match self {
            Self::V4(range) => map(range),
            Self::V6(range) => map(range),
        }
    }
}

impl From<FormatError> for DiffError {
    /// Both trees were walked before, each alone: what only shows beside the other is in the new.
    fn from(source: FormatError) -> Self {
        Self::Format { which: "new", source }
    }
}
