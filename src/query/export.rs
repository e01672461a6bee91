//! The networks of a database in the shapes of other programs.
//!
//! Neighbours of which the same goes out are joined, and split again into the fewest prefixes.
//! What goes out is decided once for each distinct record.

use std::fmt;
use std::io;

use crate::base::{Family, Prefix, Range, V4, V6};
use crate::mmdb::{Aliases, FormatError, Interner, ValueId};
use crate::query::expression::{Expression, ExpressionError};
use crate::query::filter::{Filter, at_path};
use crate::query::indexed::Indexed;
use crate::query::keys::{Keys, KeysError};
use crate::query::names::UnknownKey;

/// Why a database could not be exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// It is damaged.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// It has too many keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The export could not be written.
    #[error("the export cannot be written")]
    Write(#[from] io::Error),
    /// The export could not be written as Parquet.
    #[error("the export cannot be written as Parquet")]
    Parquet(#[from] parquet::errors::ParquetError),
}

/// A database whose records have been read, and which of them are wanted.
#[derive(Debug)]
pub struct Export<'a> {
    file: Indexed<'a>,
    interner: Interner,
    /// By the numbers of records.
    ids: Vec<ValueId>,
    keys: Keys,
    /// By the numbers of records.
    is_wanted: Vec<bool>,
    families: Families,
}

/// Which families go out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Families {
    /// Both, IPv4 first.
    #[default]
    Both,
    /// IPv4 alone.
    V4,
    /// IPv6 alone.
    V6,
}

/// The value that a map gives networks.
#[derive(Clone, Debug)]
pub struct MapValue(Option<Vec<ValueId>>);

impl MapValue {
    /// The same for all: `1`.
    pub const ONE: Self = Self(None);
}

/// A prefix of either family.
#[derive(Clone, Copy, Debug)]
pub(super) enum AnyPrefix {
    V4(Prefix<V4>),
    V6(Prefix<V6>),
}

impl fmt::Display for AnyPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(prefix) => prefix.fmt(f),
            Self::V6(prefix) => prefix.fmt(f),
        }
    }
}

impl<'a> Export<'a> {
    /// Walks the tree and reads every record it leads to.
    ///
    /// # Errors
    /// If the file is damaged, or its records hold more than can be looked through.
    pub fn open(bytes: &'a [u8]) -> Result<Self, ExportError> {
        let file = Indexed::open(bytes, Aliases::OwnKept)?;
        let mut interner = Interner::default();
        let ids = file.records(&mut interner)?;
        let keys = Keys::of(&interner, &ids)?;
        let is_wanted = vec![true; ids.len()];
        Ok(Self { file, interner, ids, keys, is_wanted, families: Families::Both })
    }

    /// Wants only networks of whose records the expression holds.
    ///
    /// # Errors
    /// If the expression names a key that no record has, or that may be several.
    pub fn filter(&mut self, expression: &Expression) -> Result<(), ExpressionError> {
        let filter = Filter::new(expression, &self.keys)?;
        self.is_wanted = self.ids.iter().map(|&id| filter.holds(&self.interner, id)).collect();
        Ok(())
    }

    /// Wants only networks of these families.
    pub fn only(&mut self, families: Families) {
        self.families = families;
    }

    /// The value that stands at a key, for maps.
    ///
    /// # Errors
    /// If no record has the key, or it may be several.
    pub fn value_at(&self, key: &str) -> Result<MapValue, UnknownKey> {
        Ok(MapValue(Some(self.keys.find(key)?.to_vec())))
    }

    pub(super) fn interner(&self) -> &Interner {
        &self.interner
    }

    pub(super) fn keys(&self) -> &Keys {
        &self.keys
    }

    pub(super) fn has(&self, family: Families) -> bool {
        self.families == Families::Both || self.families == family
    }

    /// Visits the prefixes of all wanted networks, neighbours of one record joined.
    pub(super) fn records<E: From<FormatError>>(
        &self,
        visit: &mut impl FnMut(AnyPrefix, ValueId) -> Result<(), E>,
    ) -> Result<(), E> {
        self.prefixes(&Some, visit)
    }

    /// The same with what a map says of them; what has no such value is left out.
    pub(super) fn values<E: From<FormatError>>(
        &self,
        value: &MapValue,
        visit: &mut impl FnMut(AnyPrefix, Option<ValueId>) -> Result<(), E>,
    ) -> Result<(), E> {
        match &value.0 {
            None => self.prefixes(&|_| Some(None), visit),
            Some(path) => self.prefixes(&|id| at_path(&self.interner, id, path).map(Some), visit),
        }
    }

    /// Visits the prefixes of all wanted networks, joined whatever their records say.
    pub(super) fn listed<E: From<FormatError>>(
        &self,
        visit: &mut impl FnMut(AnyPrefix) -> Result<(), E>,
    ) -> Result<(), E> {
        self.prefixes(&|_| Some(()), &mut |prefix, ()| visit(prefix))
    }

    fn prefixes<K: PartialEq + Copy, E: From<FormatError>>(
        &self,
        key: &impl Fn(ValueId) -> Option<K>,
        visit: &mut impl FnMut(AnyPrefix, K) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.has(Families::V4) {
            self.ranges::<V4, K, E>(key, |range, key| {
                range.prefixes().try_for_each(|prefix| visit(AnyPrefix::V4(prefix), key))
            })?;
        }
        if self.has(Families::V6) {
            self.ranges::<V6, K, E>(key, |range, key| {
                range.prefixes().try_for_each(|prefix| visit(AnyPrefix::V6(prefix), key))
            })?;
        }
        Ok(())
    }

    fn ranges<F: Family, K: PartialEq, E: From<FormatError>>(
        &self,
        key: &impl Fn(ValueId) -> Option<K>,
        visit: impl FnMut(Range<F>, K) -> Result<(), E>,
    ) -> Result<(), E> {
        let wanted = |number: usize| self.is_wanted[number].then(|| self.ids[number]).and_then(key);
        self.file.ranges::<F, K, E>(wanted, visit)
    }
}
