//! All values for each address: what overlaps is kept together.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io;

use crate::algebra::{SetId, Sets, order};
use crate::base::{Address, Family, Growing, Memory, Run, Runs};

/// How many labels of one feed an address keeps, the smallest ones. Bounds what a
/// hostile feed can cost; real ones were seen with up to a dozen.
pub const MAX_LABELS: usize = 32;

/// Where the labels of one feed hold.
#[derive(Clone, Debug, Default)]
pub struct Overlaid<F: Family> {
    /// Sorted, disjoint, joined; the value is a set of labels.
    pub runs: Runs<F>,
    /// The sets.
    pub sets: Sets,
    /// Runs on which labels were dropped because there were too many.
    pub crowded: u64,
}

/// Lays runs over each other, in any order and overlapping at will.
///
/// Where nothing overlaps, or only ranges that are equal, they are laid where they lie: most feeds
/// take no memory but their own.
///
/// # Errors
/// If what does not fit in memory cannot be written.
pub fn overlay<F: Family>(mut runs: Runs<F>, memory: &Memory) -> io::Result<Overlaid<F>> {
    order(&mut runs);
    let mut sets = Interned::default();
    let mut crowded = 0;
    let (mut read, mut written) = (0, 0);
    while let Some(&Run { first, last, .. }) = runs.get(read) {
        let equal = runs[read..].iter().take_while(|run| (run.first, run.last) == (first, last));
        let after = read + equal.count();
        if runs.get(after).is_some_and(|next| next.first <= last) {
            break;
        }
        let value = sets.of(runs[read..after].iter().map(|run| run.value), &mut crowded);
        let laid = Run { first, last, value };
        match runs[..written].last_mut() {
            Some(before) if before.value == value && before.touches(&laid) => before.last = last,
            _ => {
                runs[written] = laid;
                written += 1;
            }
        }
        read = after;
    }
    if read == runs.len() {
        runs.truncate(written);
        return Ok(Overlaid { runs, sets: sets.sets, crowded });
    }
    let mut laid = Growing::new(memory);
    laid.extend(&runs[..written]);
    let mut over =
        Overlay { laid, sets, crowded, ends: BinaryHeap::new(), active: BTreeMap::new() };
    over.lay(&runs[read..]);
    drop(runs);
    Ok(Overlaid { runs: over.laid.finish()?, sets: over.sets.sets, crowded: over.crowded })
}

/// Sets, of which those of one label are found by it.
#[derive(Default)]
struct Interned {
    sets: Sets,
    /// By label: the set of it alone.
    alone: Vec<SetId>,
    labels: Vec<u32>,
}

const UNMET: SetId = SetId::MAX;

impl Interned {
    /// The set of the smallest of these labels, which ascend but may repeat.
    fn of(&mut self, labels: impl Iterator<Item = u32>, crowded: &mut u64) -> SetId {
        self.labels.clear();
        let mut is_crowded = false;
        for label in labels {
            if self.labels.last() == Some(&label) {
                continue;
            }
            is_crowded = self.labels.len() == MAX_LABELS;
            if is_crowded {
                break;
            }
            self.labels.push(label);
        }
        *crowded += u64::from(is_crowded);
        let [label] = self.labels[..] else { return self.sets.intern(&self.labels) };
        if self.alone.len() <= label as usize {
            self.alone.resize(label as usize + 1, UNMET);
        }
        let set = &mut self.alone[label as usize];
        if *set == UNMET {
            *set = self.sets.intern(&[label]);
        }
        *set
    }
}

struct Overlay<F: Family> {
    laid: Growing<F>,
    sets: Interned,
    crowded: u64,
    /// Runs that hold the sweep line, the first to end on top.
    ends: BinaryHeap<Reverse<(F::Addr, u32)>>,
    /// Labels that hold it, with how many runs say so.
    active: BTreeMap<u32, u32>,
}

impl<F: Family> Overlay<F> {
    fn lay(&mut self, runs: &[Run<F>]) {
        let mut position = F::Addr::MIN;
        for run in runs {
            position = self.advance(position, Some(run.first)).unwrap_or(run.first).max(run.first);
            self.ends.push(Reverse((run.last, run.value)));
            *self.active.entry(run.value).or_default() += 1;
        }
        self.advance(position, None);
    }

    /// Emits runs from `position` up to, not including, `end`; to the last address
    /// without one. Returns where it stopped, or `None` past the last address.
    fn advance(&mut self, mut position: F::Addr, end: Option<F::Addr>) -> Option<F::Addr> {
        while let Some(&Reverse((last, value))) = self.ends.peek() {
            if end.is_some_and(|end| position >= end) {
                break;
            }
            if last < position {
                self.ends.pop();
                let count = self.active.get_mut(&value).expect("counted when it began");
                *count -= 1;
                if *count == 0 {
                    self.active.remove(&value);
                }
                continue;
            }
            let last = match end.and_then(Address::prev) {
                Some(before) => last.min(before),
                None => last,
            };
            self.emit(position, last);
            position = last.next()?;
        }
        Some(position)
    }

    fn emit(&mut self, first: F::Addr, last: F::Addr) {
        let value = self.sets.of(self.active.keys().copied(), &mut self.crowded);
        self.laid.push_joined(Run { first, last, value });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::algebra::{MAX_LABELS, overlay};
    use crate::base::{Memory, Run, V4};

    fn end() -> impl Strategy<Value = u32> {
        prop_oneof![0_u32..40, (u32::MAX - 39)..=u32::MAX]
    }

    proptest! {
        #[test]
        fn every_label_is_kept_at_every_address(
            ranges in prop::collection::vec((end(), end(), 0_u32..5), 0..12),
        ) {
            let runs: Vec<Run<V4>> = ranges
                .into_iter()
                .map(|(a, b, value)| Run { first: a.min(b), last: a.max(b), value })
                .collect();
            let overlaid = overlay(runs.clone().into(), &Memory::unbounded()).expect("no file");
            for addr in (0..=50).chain(u32::MAX - 50..=u32::MAX) {
                let holds = |run: &&Run<V4>| run.first <= addr && addr <= run.last;
                let mut expected: Vec<u32> = runs.iter().filter(holds).map(|run| run.value).collect();
                expected.sort_unstable();
                expected.dedup();
                let found = overlaid.runs.iter().find(holds).map(|run| overlaid.sets.get(run.value));
                prop_assert_eq!(found.unwrap_or_default(), expected);
            }
            for pair in overlaid.runs.windows(2) {
                prop_assert!(pair[0].last < pair[1].first);
                prop_assert!(!pair[0].touches(&pair[1]) || pair[0].value != pair[1].value);
            }
        }
    }

    #[test]
    fn a_crowd_keeps_the_smallest_labels() {
        let runs: Vec<Run<V4>> = (0..100)
            .map(|value| Run { first: value, last: 1000 - value, value: 99 - value })
            .collect();
        let overlaid = overlay(runs.into(), &Memory::unbounded()).expect("no file");
        assert_eq!(overlaid.sets.iter().map(<[u32]>::len).max(), Some(MAX_LABELS));
        assert!(overlaid.crowded > 0);
    }
}
