//! The records of a database by their offsets: what each tells, read once.

use rayon::prelude::*;

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::base::{Family, Range, V4, V6};
use crate::mmdb::{FormatError, Reader};
use crate::query::scan::facts::Told;
use crate::query::scan::leaves::leaves;
use crate::query::scan::table::TableBuilder;

/// Bytes of the data section in a bucket, as a power of two: about as many as three records have.
const BUCKET_BITS: u32 = 7;

/// How many records are read before what they tell is put into the table.
const CHUNK: usize = 1 << 15;

/// What the records of one file may unfold to, all together: some seconds of work.
const MAX_VALUES: usize = 1 << 29;

/// The same of the bytes of their texts.
const MAX_BYTES: usize = 1 << 33;

/// What each record of a database tells, as a number of facts in a table.
#[derive(Debug)]
pub(super) struct Records {
    /// Ascending.
    offsets: Vec<u32>,
    /// By the same places.
    numbers: Vec<u32>,
    /// How many offsets come before each bucket.
    buckets: Vec<u32>,
}

/// What may still be read of a file.
#[derive(Debug)]
pub(in crate::query) struct Budget {
    values: AtomicUsize,
    bytes: AtomicUsize,
}

impl Budget {
    /// All of it.
    pub(in crate::query) fn new() -> Self {
        Self { values: MAX_VALUES.into(), bytes: MAX_BYTES.into() }
    }

    /// Reads a record, if there is anything left.
    pub(in crate::query) fn read<'a>(
        &self,
        reader: &Reader<'a>,
        offset: u32,
    ) -> Result<Told<'a>, FormatError> {
        let (told, cost) = Told::read(reader, offset)?;
        let spend = |left: &AtomicUsize, cost: usize| {
            let less = |left: usize| left.checked_sub(cost);
            left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
        };
        if spend(&self.values, cost.values) && spend(&self.bytes, cost.bytes) {
            Ok(told)
        } else {
            Err(FormatError::TooMuch { offset: offset as usize })
        }
    }
}

impl Records {
    /// Finds the records that networks lead to, and reads each.
    pub(super) fn read(reader: &Reader<'_>, table: &mut TableBuilder) -> Result<Self, FormatError> {
        let (v4, v6) = rayon::join(|| used::<V4>(reader), || used::<V6>(reader));
        let words = v4?.into_iter().zip(v6?).map(|(v4, v6)| v4 | v6);
        let mut offsets = Vec::new();
        for (word, mut bits) in (0_u32..).zip(words) {
            while bits != 0 {
                offsets.push(64 * word + bits.trailing_zeros());
                bits &= bits - 1;
            }
        }
        offsets.shrink_to_fit();
        let mut numbers = Vec::with_capacity(offsets.len());
        let budget = Budget::new();
        for chunk in offsets.chunks(CHUNK) {
            let told: Result<Vec<_>, _> =
                chunk.par_iter().map(|&offset| budget.read(reader, offset)).collect();
            for (told, &offset) in told?.iter().zip(chunk) {
                numbers.push(table.number(told, offset)?);
            }
        }
        let n_buckets = (reader.data().len() >> BUCKET_BITS) + 2;
        let mut buckets = Vec::with_capacity(n_buckets);
        let mut n_before = 0;
        for bucket in 0..n_buckets {
            while offsets.get(n_before).is_some_and(|&at| (at >> BUCKET_BITS) < bucket as u32) {
                n_before += 1;
            }
            buckets.push(n_before as u32);
        }
        Ok(Self { offsets, numbers, buckets })
    }

    /// The number of what the record at an offset tells.
    #[inline]
    pub(super) fn number(&self, offset: u32) -> Result<u32, FormatError> {
        let bucket = (offset >> BUCKET_BITS) as usize;
        if let Some(&[from, to]) = self.buckets.get(bucket..).and_then(<[u32]>::first_chunk) {
            let offsets = &self.offsets[from as usize..to as usize];
            if let Some(at) = offsets.iter().position(|&at| at == offset) {
                return Ok(self.numbers[from as usize + at]);
            }
        }
        // The index is of another file.
        Err(FormatError::NoRecord { offset: offset as usize })
    }

    /// How much memory they take.
    pub(super) fn memory_bytes(&self) -> usize {
        4 * (self.offsets.capacity() + self.numbers.capacity() + self.buckets.capacity())
    }
}

/// Which offsets a family's networks lead to, a bit each.
fn used<F: Family>(reader: &Reader<'_>) -> Result<Vec<u64>, FormatError> {
    let mut words = vec![0_u64; reader.data().len().div_ceil(64)];
    for leaf in leaves::<F>(reader, Range::ALL) {
        let offset = leaf?.offset;
        words[offset as usize / 64] |= 1 << (offset % 64);
    }
    Ok(words)
}
