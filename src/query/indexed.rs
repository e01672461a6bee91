//! A file of any writer, opened for questions about all of it.

use crate::base::{Family, Range};
use crate::mmdb::{Aliases, FormatError, Interner, Reader, Used, ValueId, beside};
use crate::query::joined::Joined;

/// A database whose tree has been walked once: it is sound, and its records are numbered.
#[derive(Debug)]
pub(super) struct Indexed<'a> {
    reader: Reader<'a>,
    used: Used,
    aliases: Aliases,
}

impl<'a> Indexed<'a> {
    /// Opens a file and walks its tree.
    ///
    /// # Errors
    /// If it is no database, or its tree is damaged.
    pub(super) fn open(bytes: &'a [u8], aliases: Aliases) -> Result<Self, FormatError> {
        let reader = Reader::open(bytes)?;
        let used = Used::of(&reader, aliases)?;
        Ok(Self { reader, used, aliases })
    }

    /// The reader.
    pub(super) fn reader(&self) -> &Reader<'a> {
        &self.reader
    }

    /// Reads every record that the tree leads to; ids by number.
    pub(super) fn records(&self, interner: &mut Interner) -> Result<Vec<ValueId>, FormatError> {
        interner.read(&self.reader, &self.used.offsets())
    }

    /// Where the records that the tree leads to lie, by number.
    pub(super) fn offsets(&self) -> Vec<u32> {
        self.used.offsets()
    }

    /// The number of the record at an offset that the tree leads to.
    pub(super) fn number(&self, offset: u32) -> usize {
        self.used.number(offset)
    }

    /// Visits the networks of a family in address order, neighbours of equal keys joined.
    /// `key` takes the number of a record; what has none is left out.
    pub(super) fn ranges<F: Family, K: PartialEq, E: From<FormatError>>(
        &self,
        key: impl Fn(usize) -> Option<K>,
        mut visit: impl FnMut(Range<F>, K) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut joined = Joined::new();
        beside::<F, 1, E>([&self.reader], self.aliases, |range, [offset]| {
            match offset.and_then(|offset| key(self.number(offset))) {
                Some(key) => joined.push(range, key).map_or(Ok(()), |(run, key)| visit(run, key)),
                None => Ok(()),
            }
        })?;
        joined.finish().map_or(Ok(()), |(run, key)| visit(run, key))
    }
}
