//! Who has the most addresses of a large prefix, worked out beforehand.
//!
//! A prefix is known by its leaves: one that holds the same leaves as a longer one shares its table.

use crate::base::{Address, Family, Range};
use crate::mmdb::{FormatError, Reader};
use crate::query::scan::leaves::{addresses, leaves};
use crate::query::scan::records::Records;
use crate::query::scan::table::Table;
use crate::query::scan::top::{Code, Everyone, Most, MostOfAll};
use crate::query::scan::varint;

/// The tables of one family.
#[derive(Debug, Default)]
pub(super) struct Heavy {
    /// Number of the first leaf, number of leaves, where the table begins; sorted.
    keys: Vec<(u64, u64, u32)>,
    bytes: Vec<u8>,
}

/// What the tables are made from.
#[derive(Debug)]
pub(super) struct HeavyBuilder<'r, 'a, F: Family> {
    /// The database.
    pub(super) reader: &'r Reader<'a>,
    /// Its records.
    pub(super) records: &'r Records,
    /// What they tell.
    pub(super) table: &'r Table,
    /// Where each leaf begins.
    pub(super) starts: &'r [F::Addr],
    /// Prefixes of more leaves have tables.
    pub(super) light_leaves: u64,
}

/// A prefix, its leaves, and those who have addresses there.
type Found = Vec<(u64, u64, MostOfAll)>;

impl<F: Family> HeavyBuilder<'_, '_, F> {
    /// Makes the tables, halves at a time.
    pub(super) fn build(&self) -> Result<Heavy, FormatError> {
        let n_leaves = self.starts.len();
        if n_leaves as u64 <= self.light_leaves {
            return Ok(Heavy::default());
        }
        let (_, mut found) = self.below(F::Addr::MIN, 0, 0, n_leaves)?;
        found.sort_unstable_by_key(|&(first, n_leaves, _)| (first, n_leaves));
        let mut heavy = Heavy::default();
        for (first, n_leaves, most) in &found {
            // Tables of 32 entries of three kinds: 4 GiB are those of millions of prefixes.
            heavy.keys.push((*first, *n_leaves, heavy.bytes.len() as u32));
            put(&mut heavy.bytes, &most.asns, u128::from);
            put(&mut heavy.bytes, &most.countries, |code| u128::from(u16::from_be_bytes(code)));
            put(&mut heavy.bytes, &most.providers, u128::from);
        }
        heavy.keys.shrink_to_fit();
        heavy.bytes.shrink_to_fit();
        Ok(heavy)
    }

    /// Everyone in the leaves that begin in a block of addresses, and the tables of prefixes in it.
    fn below(
        &self,
        addr: F::Addr,
        depth: u8,
        from: usize,
        to: usize,
    ) -> Result<(Everyone, Found), FormatError> {
        if (to - from) as u64 <= self.light_leaves || depth == F::BITS {
            return Ok((self.everyone(from, to)?, Found::new()));
        }
        let last = addr.set_low(F::BITS - depth);
        let middle = last.clear_low(F::BITS - depth - 1);
        let split = from + self.starts[from..to].partition_point(|&start| start < middle);
        // All on one side: the same table.
        if split == to {
            return self.below(addr, depth + 1, from, to);
        }
        if split == from {
            return self.below(middle, depth + 1, from, to);
        }
        let (left, right) = rayon::join(
            || self.below(addr, depth + 1, from, split),
            || self.below(middle, depth + 1, split, to),
        );
        let ((left, mut found), (right, more)) = (left?, right?);
        let everyone = left.plus(right);
        found.extend(more);
        found.push((from as u64, (to - from) as u64, everyone.most(self.table)));
        Ok((everyone, found))
    }

    /// Everyone in these leaves, whole.
    fn everyone(&self, from: usize, to: usize) -> Result<Everyone, FormatError> {
        let Some(&first) = self.starts[from..to].first() else { return Ok(Everyone::default()) };
        let last = self.starts.get(to).and_then(|start| start.prev()).unwrap_or(F::Addr::MAX);
        let range = Range::<F>::new(first, last).expect("leaves are in order");
        let mut counts = Vec::new();
        for leaf in leaves(self.reader, range) {
            let leaf = leaf?;
            counts.push((self.records.number(leaf.offset)?, addresses(leaf.range)));
        }
        Ok(Everyone::of(self.table, added(counts)))
    }
}

/// Counts by number, those of equal numbers added.
pub(super) fn added(mut counts: Vec<(u32, u128)>) -> Vec<(u32, u128)> {
    counts.sort_unstable_by_key(|&(number, _)| number);
    counts.dedup_by(|next, kept| {
        let is_same = next.0 == kept.0;
        if is_same {
            kept.1 += next.1;
        }
        is_same
    });
    counts
}

impl Heavy {
    /// The table of the prefix that has these leaves.
    pub(super) fn get(&self, first: u64, n_leaves: u64) -> Option<MostOfAll> {
        let key = |&(at, n, _): &(u64, u64, u32)| (at, n);
        let at = self.keys.binary_search_by_key(&(first, n_leaves), key).ok()?;
        let mut bytes = &self.bytes[self.keys[at].2 as usize..];
        Some(MostOfAll {
            asns: take(&mut bytes, |asn| asn as u32),
            countries: take(&mut bytes, |code| -> Code { (code as u16).to_be_bytes() }),
            providers: take(&mut bytes, |provider| provider as u32),
        })
    }

    /// How many tables there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// How much memory they take.
    pub(super) fn memory_bytes(&self) -> usize {
        size_of::<(u64, u64, u32)>() * self.keys.capacity() + self.bytes.capacity()
    }
}

fn put<K: Copy>(bytes: &mut Vec<u8>, most: &Most<K>, key: impl Fn(K) -> u128) {
    varint::put(bytes, u128::from(most.n_distinct));
    varint::put(bytes, most.most.len() as u128);
    for &(one, count) in &most.most {
        varint::put(bytes, key(one));
        varint::put_count(bytes, count);
    }
}

fn take<K>(bytes: &mut &[u8], key: impl Fn(u128) -> K) -> Most<K> {
    let n_distinct = varint::take(bytes) as u64;
    let n_most = varint::take(bytes);
    let most = (0..n_most).map(|_| (key(varint::take(bytes)), varint::take_count(bytes)));
    Most { most: most.collect(), n_distinct }
}
