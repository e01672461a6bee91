//! Many layers to one list of segments: which values hold where.
//!
//! ```text
//! layer 0   ▁▁▁▁3▁▁▁▁      ▁▁4▁▁
//! layer 1        ▁▁▁7▁▁▁▁▁▁▁
//! segments  {3}  {3,7} {7} {4,7} {4}
//! ```
//!
//! The space is cut into partitions of about equal work, at addresses that depend
//! on the layers alone. In each, the boundaries of all layers are sorted, which
//! then stay in cache, and walked with the set of values that hold; distinct sets
//! are numbered in the order of first use. Afterwards one thread renumbers the
//! partitions' sets in address order and joins what was cut, so the answer depends
//! neither on the cuts nor on threads.

use std::io;

use rayon::prelude::*;

use crate::algebra::cuts::{AT_ONCE, cuts, partitions};
use crate::algebra::{SetId, Sets};
use crate::base::{Address, Family, Growing, Memory, Run, Runs, push_joined};

/// Boundaries in a partition, about.
const PARTITION: usize = 1 << 16;

/// Layers of sorted, disjoint runs. Values are numbered across layers: no two
/// layers share one, and a later layer's are larger.
pub type Layers<'a, F> = [&'a [Run<F>]];

/// Cuts the space into segments, adding their sets to `sets`: sorted, disjoint, joined runs whose value is
/// a set; nothing where no layer says anything.
///
/// # Errors
/// If what does not fit in memory cannot be written.
pub fn sweep<F: Family>(
    layers: &Layers<'_, F>,
    sets: &mut Sets,
    memory: &Memory,
) -> io::Result<Runs<F>> {
    let mut spoken = layers.iter().filter(|runs| !runs.is_empty());
    if let (Some(runs), None) = (spoken.next(), spoken.next()) {
        return alone(runs, sets, memory);
    }
    // A run has two boundaries.
    let cuts = cuts(layers.iter().copied(), PARTITION / 2);
    let mut segments = Growing::new(memory);
    for partitions in partitions::<F>(&cuts).chunks(AT_ONCE) {
        let parts: Vec<(Vec<Run<F>>, Sets)> =
            partitions.par_iter().map(|&(from, to)| partition(layers, from, to)).collect();
        for (part, own) in parts {
            let renumbered: Vec<SetId> = own.iter().map(|members| sets.intern(members)).collect();
            for run in part {
                let value = renumbered[run.value as usize];
                segments.push_joined(Run { value, ..run });
            }
        }
    }
    segments.finish()
}

/// The segments of one layer are its runs.
fn alone<F: Family>(runs: &[Run<F>], sets: &mut Sets, memory: &Memory) -> io::Result<Runs<F>> {
    const UNMET: SetId = SetId::MAX;
    let lowest = runs.iter().map(|run| run.value).min().unwrap_or(0);
    let highest = runs.iter().map(|run| run.value).max().unwrap_or(0);
    let mut numbers = vec![UNMET; (highest - lowest) as usize + 1];
    let mut segments = Growing::with_room(runs.len(), memory);
    for run in runs {
        let number = &mut numbers[(run.value - lowest) as usize];
        if *number == UNMET {
            *number = sets.intern(&[run.value]);
        }
        segments.push_joined(Run { value: *number, ..*run });
    }
    segments.finish()
}

/// From `first` on, `layer` says `value`, or nothing.
#[derive(Clone, Copy)]
struct Boundary<F: Family> {
    first: F::Addr,
    layer: u32,
    value: u32,
}

const NOTHING: u32 = u32::MAX;

fn partition<F: Family>(
    layers: &Layers<'_, F>,
    from: F::Addr,
    to: Option<F::Addr>,
) -> (Vec<Run<F>>, Sets) {
    let boundaries = boundaries(layers, from, to);
    let mut sets = Sets::new();
    let mut segments = Vec::new();
    // Values that hold, ascending, and what each layer says.
    let mut active: Vec<u32> = Vec::new();
    let mut said = vec![NOTHING; layers.len()];
    let mut rest = boundaries.as_slice();
    while let Some(&Boundary { first, .. }) = rest.first() {
        let n = rest.iter().take_while(|boundary| boundary.first == first).count();
        let (here, after) = rest.split_at(n);
        for boundary in here {
            let old = std::mem::replace(&mut said[boundary.layer as usize], boundary.value);
            if old != NOTHING {
                let place = active.binary_search(&old).expect("it was put there when it began");
                active.remove(place);
            }
            if boundary.value != NOTHING {
                let place = active.binary_search(&boundary.value).unwrap_or_else(|place| place);
                active.insert(place, boundary.value);
            }
        }
        rest = after;
        if !active.is_empty() {
            let end = rest.first().map(|next| next.first).or(to).and_then(Address::prev);
            let last = end.unwrap_or(F::Addr::MAX);
            push_joined(&mut segments, Run { first, last, value: sets.intern(&active) });
        }
    }
    (segments, sets)
}

/// Every layer's boundaries in the partition, by address; at one address at most one for each layer.
fn boundaries<F: Family>(
    layers: &Layers<'_, F>,
    from: F::Addr,
    to: Option<F::Addr>,
) -> Vec<Boundary<F>> {
    let mut boundaries = Vec::with_capacity(PARTITION);
    let mut sorted = true;
    for (layer, runs) in (0..).zip(layers) {
        sorted &= boundaries.is_empty();
        let start = runs.partition_point(|run| run.last < from);
        let end = to.map_or(runs.len(), |to| runs.partition_point(|run| run.first < to));
        for (index, run) in runs.iter().enumerate().take(end).skip(start) {
            let first = run.first.max(from);
            boundaries.push(Boundary { first, layer, value: run.value });
            let Some(after) = run.last.next() else { continue };
            let begins = runs.get(index + 1).is_some_and(|next| next.first == after);
            if !begins && to.is_none_or(|to| after < to) {
                boundaries.push(Boundary { first: after, layer, value: NOTHING });
            }
        }
    }
    if !sorted {
        // Stable: it takes the layers as the sorted pieces they are.
        boundaries.sort_by_key(|boundary| boundary.first);
    }
    boundaries
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::algebra::{Sets, sweep};
    use crate::base::{Memory, Run, V4, push_joined};

    /// One layer in a small space, its values above `base`.
    fn layer(cuts: Vec<(u32, Option<u32>)>, base: u32) -> Vec<Run<V4>> {
        let mut cuts = cuts;
        cuts.sort_unstable();
        cuts.dedup_by_key(|cut| cut.0);
        let mut runs = Vec::new();
        for pair in cuts.windows(2) {
            if let Some(value) = pair[0].1 {
                push_joined(
                    &mut runs,
                    Run { first: pair[0].0, last: pair[1].0 - 1, value: base + value },
                );
            }
        }
        runs
    }

    fn cuts() -> impl Strategy<Value = Vec<(u32, Option<u32>)>> {
        let at = prop_oneof![0_u32..60, (u32::MAX - 59)..=u32::MAX];
        prop::collection::vec((at, prop::option::of(0_u32..3)), 0..12)
    }

    proptest! {
        #[test]
        fn agrees_with_asking_every_layer_about_every_address(all in prop::collection::vec(cuts(), 0..5)) {
            let layers: Vec<Vec<Run<V4>>> =
                (0..).zip(all).map(|(index, cuts)| layer(cuts, index * 10)).collect();
            let layers: Vec<&[Run<V4>]> = layers.iter().map(Vec::as_slice).collect();
            let mut sets = Sets::new();
            let segments = sweep(&layers, &mut sets, &Memory::unbounded()).expect("no file");
            for addr in (0..=70).chain(u32::MAX - 70..=u32::MAX) {
                let holds = |run: &&Run<V4>| run.first <= addr && addr <= run.last;
                let expected: Vec<u32> =
                    layers.iter().filter_map(|runs| runs.iter().find(holds)).map(|run| run.value).collect();
                let found = segments.iter().find(holds).map(|run| sets.get(run.value));
                prop_assert_eq!(found.unwrap_or_default(), expected);
            }
            for pair in segments.windows(2) {
                prop_assert!(pair[0].last < pair[1].first);
                prop_assert!(!pair[0].touches(&pair[1]) || pair[0].value != pair[1].value);
            }
        }
    }

    #[test]
    fn cuts_leave_no_seam() {
        // Far more boundaries than one partition, under one run that spans them all.
        let many: Vec<Run<V4>> =
            (0..200_000).map(|n| Run { first: n * 8, last: n * 8 + 3, value: n % 2 }).collect();
        let wide = [Run { first: 0, last: u32::MAX, value: 9 }];
        let mut sets = Sets::new();
        let memory = Memory::unbounded();
        let segments = sweep(&[&many, &wide], &mut sets, &memory).expect("no file");
        assert_eq!(segments.len(), 400_000);
        assert_eq!(sets.len(), 3);
        let alone = sweep(&[&wide[..]], &mut sets, &memory).expect("no file");
        assert_eq!(alone.len(), 1);
    }
}
