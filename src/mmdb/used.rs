//! Which records the tree of a file leads to, and the number of each.

use crate::base::{V4, V6};
use crate::mmdb::{Aliases, FormatError, Reader, beside};

/// The records that a tree leads to, numbered in the order of the data section.
///
/// A bit for each byte of the section, counted by words: a number is two look-ups.
#[derive(Debug)]
pub struct Used {
    /// Offsets of records, 64 to a word, and how many come before the word.
    words: Vec<(u64, u32)>,
}

impl Used {
    /// Walks the whole tree once.
    ///
    /// # Errors
    /// If it is damaged.
    pub fn of(reader: &Reader<'_>, aliases: Aliases) -> Result<Self, FormatError> {
        let mut used = Self::none(reader);
        let mut mark = |[offset]: [Option<u32>; 1]| {
            if let Some(offset) = offset {
                used.mark(offset);
            }
            Ok::<_, FormatError>(())
        };
        beside::<V4, 1, _>([reader], aliases, |_, offset| mark(offset))?;
        beside::<V6, 1, _>([reader], aliases, |_, offset| mark(offset))?;
        Ok(used.counted())
    }

    /// Marks none of the section's bytes yet.
    pub(super) fn none(reader: &Reader<'_>) -> Self {
        Self { words: vec![(0, 0); reader.data().len().div_ceil(64)] }
    }

    /// Marks an offset within the section.
    #[inline]
    pub(super) fn mark(&mut self, offset: u32) {
        self.words[offset as usize / 64].0 |= 1 << (offset % 64);
    }

    /// Counts what is marked; after that nothing more may be.
    pub(super) fn counted(mut self) -> Self {
        let mut n_before = 0;
        for (bits, before) in &mut self.words {
            *before = n_before;
            n_before += bits.count_ones();
        }
        self
    }

    /// The data offsets, ascending.
    pub fn offsets(&self) -> Vec<u32> {
        let mut offsets = Vec::new();
        for (word, &(mut bits, _)) in (0_u32..).zip(&self.words) {
            while bits != 0 {
                offsets.push(64 * word + bits.trailing_zeros());
                bits &= bits - 1;
            }
        }
        offsets
    }

    /// The number of the record at an offset that the tree leads to.
    #[inline]
    pub fn number(&self, offset: u32) -> usize {
        let (bits, before) = self.words[offset as usize / 64];
        let below = (1 << (offset % 64)) - 1;
        (before + (bits & below).count_ones()) as usize
    }
}
