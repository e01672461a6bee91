//! The networks of a range counted one by one, by what their records tell.

use rayon::prelude::*;

use crate::base::{Family, Range};
use crate::mmdb::{FormatError, Reader};
use crate::query::scan::facts::Facts;
use crate::query::scan::heavy::added;
use crate::query::scan::leaves::{addresses, leaves};
use crate::query::scan::sums::RunCounter;

/// Leaves after which a list of counts is folded.
const FOLD_AT: usize = 1 << 16;

/// What a walk over a range found.
#[derive(Clone, Debug, Default)]
pub(super) struct Walked {
    /// Addresses by number of facts, ascending.
    pub(super) counts: Vec<(u32, u128)>,
    /// How many runs of one verdict there are.
    pub(super) n_runs: u64,
}

/// Walks a range; `number` gives the facts of a record.
pub(super) fn walk<F: Family>(
    reader: &Reader<'_>,
    range: Range<F>,
    mut number: impl FnMut(u32) -> Result<(u32, Facts), FormatError>,
) -> Result<Walked, FormatError> {
    let mut counts: Vec<(u32, u128)> = Vec::new();
    let mut runs = RunCounter::new();
    let mut fold_at = FOLD_AT;
    // Neighbours often say the same.
    let mut before = None;
    for leaf in leaves(reader, range) {
        let leaf = leaf?;
        let (number, facts) = match before {
            Some((offset, known)) if offset == leaf.offset => known,
            _ => number(leaf.offset)?,
        };
        before = Some((leaf.offset, (number, facts)));
        runs.push(leaf.range, facts);
        counts.push((number, addresses(leaf.range)));
        if counts.len() == fold_at {
            counts = added(counts);
            fold_at = FOLD_AT.max(2 * counts.len());
        }
    }
    Ok(Walked { counts: added(counts), n_runs: runs.n_runs })
}

/// Counts the addresses of a range cut into parts by number of facts, the parts beside each other.
pub(super) fn count_all<F: Family>(
    reader: &Reader<'_>,
    parts: &[Range<F>],
    n_facts: usize,
    number: impl Fn(u32) -> Result<u32, FormatError> + Sync,
) -> Result<Vec<(u32, u128)>, FormatError> {
    let count = |parts: &[Range<F>]| {
        let mut counts = vec![0_u128; n_facts];
        for &part in parts {
            for leaf in leaves(reader, part) {
                let leaf = leaf?;
                counts[number(leaf.offset)? as usize] += addresses(leaf.range);
            }
        }
        Ok::<_, FormatError>(counts)
    };
    let share = parts.len().div_ceil(rayon::current_num_threads()).max(1);
    let counted: Result<Vec<Vec<u128>>, FormatError> = parts.par_chunks(share).map(count).collect();
    let mut sums = vec![0_u128; n_facts];
    for counts in counted? {
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    Ok((0..).zip(sums).filter(|&(_, count)| count > 0).collect())
}
