//! Ranges that reach over cuts, each of them with the partitions that it reaches into.

use rayon::prelude::*;

use crate::algebra::Assignments;
use crate::algebra::cuts::cuts;
use crate::base::{Family, Run};

/// Ranges in a partition, about: what competes there stays in a core's cache.
const PARTITION: usize = 1 << 14;

/// One that reaches over a cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crossing {
    pub(super) feed: u32,
    /// Among the whole ones of its feed, and from there on its pieces.
    pub(super) place: u32,
    /// The first cut it reaches over, and the last.
    cuts: (u32, u32),
}

/// The cuts, and all that reaches over them.
pub(super) struct Across<F: Family> {
    /// First address of each partition.
    pub(super) cuts: Vec<F::Addr>,
    pub(super) all: Vec<Crossing>,
    /// By partition: which of them reach into it.
    pub(super) by_partition: Vec<Vec<u32>>,
}

impl<F: Family> Across<F> {
    /// Cuts the space of all feeds' ranges.
    pub(super) fn new(feeds: &[Assignments<'_, F>]) -> Self {
        let candidates = cuts(feeds.iter().map(|of_feed| of_feed.whole), PARTITION);
        let mut all: Vec<Crossing> = feeds
            .par_iter()
            .enumerate()
            .flat_map_iter(|(feed, of_feed)| crossings(of_feed, feed as u32, &candidates))
            .collect();
        // A cut that too many reach over costs more than it saves.
        let mut n_over = vec![0_i64; candidates.len() + 1];
        for Crossing { cuts: (first, last), .. } in &all {
            n_over[*first as usize] += 1;
            n_over[*last as usize + 1] -= 1;
        }
        let mut n_here = 0;
        let mut n_kept = 0;
        // By candidate: how many before it are kept.
        let mut before = Vec::with_capacity(candidates.len() + 1);
        let mut kept = Vec::new();
        for (&cut, over) in candidates.iter().zip(&n_over) {
            n_here += over;
            before.push(n_kept);
            if n_here <= PARTITION as i64 / 2 {
                kept.push(cut);
                n_kept += 1;
            }
        }
        before.push(n_kept);
        all.retain_mut(|crossing| {
            let (first, last) = crossing.cuts;
            let (from, to) = (before[first as usize], before[last as usize + 1]);
            crossing.cuts = (from, to.saturating_sub(1));
            from < to
        });
        let mut by_partition = vec![Vec::new(); kept.len()];
        for (number, Crossing { cuts: (first, last), .. }) in (0..).zip(&all) {
            // It begins in the partition before the first cut that it reaches over.
            for partition in &mut by_partition[*first as usize - 1..=*last as usize] {
                partition.push(number);
            }
        }
        Self { cuts: kept, all, by_partition }
    }
}

/// What of a feed assigns a value and reaches over a cut.
fn crossings<F: Family>(
    of_feed: &Assignments<'_, F>,
    feed: u32,
    cuts: &[F::Addr],
) -> Vec<Crossing> {
    let mut found = Vec::new();
    let mut look = |place: u32, run: &Run<F>, next: &mut usize| {
        while cuts.get(*next).is_some_and(|cut| *cut <= run.first) {
            *next += 1;
        }
        if cuts.get(*next).is_some_and(|cut| *cut <= run.last)
            && of_feed.values[run.value as usize].is_some()
        {
            let beyond = cuts[*next..].partition_point(|cut| *cut <= run.last);
            let cuts = (*next as u32, (*next + beyond - 1) as u32);
            found.push(Crossing { feed, place, cuts });
        }
    };
    let mut next = 0;
    for (place, run) in (0..).zip(of_feed.whole) {
        look(place, run, &mut next);
    }
    let mut next = 0;
    for (place, piece) in (of_feed.whole.len() as u32..).zip(of_feed.pieces) {
        look(place, &piece.run, &mut next);
    }
    found
}
