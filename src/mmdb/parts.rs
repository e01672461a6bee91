//! The space cut into parts, each of which one thread counts and writes.
//!
//! Parts stand in the order of their nodes' numbers. The numbers do not depend on where the space was cut.

use std::ops::Range;

use crate::base::{Address, Family, Prefix, Run, V4, V6};
use crate::mmdb::alias::{uniform, v4_prefixes};
use crate::mmdb::tree::count;

/// Runs below which a block is one part.
const PART_RUNS: usize = 1 << 14;

/// Consecutive nodes, or a record of the node above.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// One node, its left half the next part, its right half the part of that place.
    Node(usize),
    /// No node.
    Leaf(Leaf),
    /// A block of IPv4, and all nodes below.
    V4(Block<V4>),
    /// A block of IPv6, and all nodes below.
    V6(Block<V6>),
}

/// What a record says that leads to no node below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaf {
    /// The value, or nothing.
    Value(Option<u32>),
    /// What IPv4's root says: in the aliases of `::/96`.
    V4Root,
}

/// A block that is a node, and the runs that meet it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block<F: Family> {
    pub(super) runs: Range<usize>,
    pub(super) addr: F::Addr,
    pub(super) depth: u8,
}

impl Part {
    /// How many nodes it has.
    pub(super) fn n_nodes(&self, v4: &[Run<V4>], v6: &[Run<V6>]) -> u64 {
        match self {
            Self::Node(_) => 1,
            Self::Leaf(_) => 0,
            Self::V4(block) => count(&v4[block.runs.clone()], block.addr, block.depth),
            Self::V6(block) => count(&v6[block.runs.clone()], block.addr, block.depth),
        }
    }
}

/// Cuts the space of both families; the first part is the root.
pub(super) fn parts(v4: &[Run<V4>], v6: &[Run<V6>]) -> Vec<Part> {
    let in_places = uniform(v4).map_or(Leaf::V4Root, Leaf::Value);
    let mut cutter = Cutter { v4, v6, in_places, parts: Vec::new() };
    cutter.v6(0..v6.len(), 0, 0);
    cutter.parts
}

struct Cutter<'a> {
    v4: &'a [Run<V4>],
    v6: &'a [Run<V6>],
    /// What stands where IPv4 is reached.
    in_places: Leaf,
    parts: Vec<Part>,
}

impl Cutter<'_> {
    fn v4(&mut self, runs: Range<usize>, addr: u32, depth: u8) {
        if runs.len() <= PART_RUNS {
            self.parts.push(whole(self.v4, runs, addr, depth, Part::V4));
        } else {
            let halves = halves(self.v4, &runs, addr, depth);
            self.node(depth, halves, Self::v4);
        }
    }

    fn v6(&mut self, runs: Range<usize>, addr: u128, depth: u8) {
        let places = v4_prefixes();
        if let Some(place) =
            places.iter().position(|place| (place.addr(), place.len()) == (addr, depth))
        {
            if place == 0 && self.in_places == Leaf::V4Root {
                self.v4(0..self.v4.len(), 0, 0);
            } else {
                self.parts.push(Part::Leaf(self.in_places));
            }
            return;
        }
        // Around IPv4's places the space is always cut: whatever the runs say there, it is not what is written.
        let has_places = places
            .iter()
            .any(|place| place.len() > depth && place.addr().clear_low(V6::BITS - depth) == addr);
        if !has_places && runs.len() <= PART_RUNS {
            self.parts.push(whole(self.v6, runs, addr, depth, Part::V6));
        } else {
            let halves = halves(self.v6, &runs, addr, depth);
            self.node(depth, halves, Self::v6);
        }
    }

    /// A node, unless both its halves say the same.
    fn node<A>(
        &mut self,
        depth: u8,
        halves: [(Range<usize>, A); 2],
        mut cut: impl FnMut(&mut Self, Range<usize>, A, u8),
    ) {
        let node = self.parts.len();
        // What it is is known when its left half is done.
        self.parts.push(Part::Node(0));
        let [left, right] = halves;
        cut(self, left.0, left.1, depth + 1);
        self.parts[node] = Part::Node(self.parts.len());
        cut(self, right.0, right.1, depth + 1);
        if let [Part::Leaf(left), Part::Leaf(right)] = self.parts[node + 1..] {
            // The root is always a node.
            if left == right && depth > 0 {
                self.parts.truncate(node);
                self.parts.push(Part::Leaf(left));
            }
        }
    }
}

/// The part of a block that is not cut.
fn whole<F: Family>(
    all: &[Run<F>],
    runs: Range<usize>,
    addr: F::Addr,
    depth: u8,
    block: impl Fn(Block<F>) -> Part,
) -> Part {
    let last = addr.set_low(F::BITS - depth);
    match &all[runs.clone()] {
        [] => Part::Leaf(Leaf::Value(None)),
        [run] if run.first <= addr && run.last >= last => Part::Leaf(Leaf::Value(Some(run.value))),
        _ => block(Block { runs, addr, depth }),
    }
}

/// The halves of a block: the runs that meet them, and their first addresses.
fn halves<F: Family>(
    all: &[Run<F>],
    runs: &Range<usize>,
    addr: F::Addr,
    depth: u8,
) -> [(Range<usize>, F::Addr); 2] {
    let middle = addr.set_low(F::BITS - depth).clear_low(F::BITS - depth - 1);
    let met = &all[runs.clone()];
    let upper = runs.start + met.partition_point(|run| run.last < middle);
    let lower = runs.start + met.partition_point(|run| run.first < middle);
    [(runs.start..lower, addr), (upper..runs.end, middle)]
}

/// The runs of IPv6 of which something is seen outside of IPv4's places, in order.
pub(super) fn seen(v6: &[Run<V6>]) -> impl Iterator<Item = &Run<V6>> {
    let mut rest = v6;
    let mut pieces = [&v6[..0]; 5];
    for (piece, place) in pieces.iter_mut().zip(v4_prefixes().map(Prefix::range)) {
        let (before, from) = rest.split_at(rest.partition_point(|run| run.first < place.first()));
        *piece = before;
        // A run that begins before the place is seen there, even if it goes on behind it.
        rest = &from[from.partition_point(|run| run.last <= place.last())..];
    }
    pieces[4] = rest;
    pieces.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::base::{Range, Run, V4, V6, push_joined};
    use crate::mmdb::alias::{graft, uniform, v4_prefixes};
    use crate::mmdb::{Contents, Metadata, Pool, check, n_nodes, write};

    /// Runs that begin and end at IPv4's places, next to them and within them; 0 is nothing.
    fn around_places() -> impl Strategy<Value = Vec<Run<V6>>> {
        let ends = v4_prefixes().into_iter().flat_map(|place| {
            let (first, last) = (place.range().first(), place.range().last());
            [first, first + 1, first + 256, last - 1, last, last + 1, last + 512]
        });
        let cuts = prop::sample::subsequence(ends.collect::<Vec<u128>>(), 0..12);
        (cuts, prop::collection::vec(0_u32..4, 12)).prop_map(|(cuts, values)| {
            let mut runs = Vec::new();
            let ends = cuts.iter().skip(1).map(|next| next - 1).chain([u128::MAX]);
            for ((&first, last), value) in cuts.iter().zip(ends).zip(values) {
                if let Some(value) = value.checked_sub(1) {
                    push_joined(&mut runs, Run { first, last, value });
                }
            }
            runs
        })
    }

    proptest! {
        #[test]
        fn what_is_said_of_places_makes_no_difference(v6 in around_places(), kind in 0..4) {
            let mut pool = Pool::new();
            for value in 0..5 {
                pool.uint16(value);
            }
            let v4 = match kind {
                0 => vec![],
                1 => vec![Run::new(Range::<V4>::ALL, 1)],
                2 => vec![Run { first: 5, last: 9, value: 4 }],
                _ => vec![Run { first: 0, last: 1 << 31, value: 1 }],
            };
            let metadata =
                Metadata { database_type: "t".to_owned(), description: "d".to_owned(), build_epoch: 1 };
            let written = |v6| write(Contents { pool: &pool, v4: &v4, v6 }, &metadata).expect("small");
            let database = written(&v6);
            prop_assert!(database.bytes == written(&graft(&v6, None)).bytes);
            prop_assert_eq!(check(&database.bytes), Vec::<String>::new());
            let expected = match uniform(&v4) {
                Some(value) => n_nodes(&graft(&v6, value)),
                None => n_nodes(&v4) + n_nodes(&graft(&v6, Some(4))),
            };
            prop_assert_eq!(database.n_nodes, expected);
        }
    }
}
