//! The search tree, built bottom-up from sorted, disjoint runs.
//!
//! Runs come in address order, so one pass over them with a cursor meets every
//! node of the tree in pre-order: a node is numbered when first met, its left
//! half is built, then its right half. Nothing is inserted, split or pruned, and
//! the cost is linear in the nodes. For threads, the space is halved until the
//! pieces are small; each piece is built alone, and because a subtree's nodes are
//! consecutive in pre-order, its numbers only need a base added. The numbers do
//! not depend on where the space was cut.

use rayon::prelude::*;

use crate::base::{Address, Family, Run};

/// Runs below which a piece is built by one thread.
const PIECE_RUNS: usize = 1 << 14;

/// What one half of a node leads to, before node numbers are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record(u32);

/// A record, unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Nothing is known here.
    Empty,
    /// A node of the same piece, by its number there.
    Node(u32),
    /// The value of a run.
    Value(u32),
}

impl Record {
    const VALUE: u32 = 1 << 31;
    pub(crate) const EMPTY: Self = Self(u32::MAX);
    /// The largest number of a node or value that a record can hold.
    pub(crate) const MAX: u32 = Self::VALUE - 2;

    fn node(number: usize) -> Self {
        debug_assert!(number as u64 <= u64::from(Self::MAX), "the writer checks capacity");
        Self(number as u32)
    }

    fn value(value: u32) -> Self {
        debug_assert!(value <= Self::MAX, "values are indices into a pool");
        Self(value | Self::VALUE)
    }

    pub(crate) fn target(self) -> Target {
        match self.0 {
            u32::MAX => Target::Empty,
            number if number & Self::VALUE == 0 => Target::Node(number),
            value => Target::Value(value & !Self::VALUE),
        }
    }
}

/// Consecutive nodes, numbered from `base`.
#[derive(Debug)]
pub(crate) struct Piece {
    /// The tree's number of the first node here.
    pub(crate) base: usize,
    /// Nodes; their records number nodes from `origin`.
    pub(crate) nodes: Vec<[Record; 2]>,
    /// What to add to a node's number in a record to get the tree's.
    pub(crate) origin: usize,
}

/// A tree over one family, as pieces in the order of their numbers.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) pieces: Vec<Piece>,
    pub(crate) n_nodes: usize,
}

impl Tree {
    /// Builds the tree of sorted, disjoint, joined runs. The root is always a node.
    pub(crate) fn build<F: Family>(runs: &[Run<F>]) -> Self {
        let plan = Plan::new(runs, F::Addr::MIN, 0);
        let mut subtrees = Vec::new();
        plan.collect(&mut subtrees);
        let built: Vec<Vec<[Record; 2]>> = subtrees
            .into_par_iter()
            .map(|(runs, addr, depth)| {
                let mut builder = Builder { nodes: Vec::new(), runs };
                builder.node(addr, depth);
                builder.nodes
            })
            .collect();
        let mut assembly = Assembly { built: built.into_iter(), pieces: Vec::new(), n_nodes: 0 };
        assembly.place(&plan);
        Self { pieces: assembly.pieces, n_nodes: assembly.n_nodes }
    }
}

/// Returns how many nodes the tree of sorted, disjoint, joined runs has.
///
/// A node is a block that has an end of a run within it, not at its own end.
pub fn n_nodes<F: Family>(runs: &[Run<F>]) -> u64 {
    // Each address that begins a run, or the space after one: every block around it whose
    // first address is another is a node, unless the address before was in it too.
    let mut n_nodes = 1;
    let mut before: Option<F::Addr> = None;
    let mut boundary = |addr: F::Addr| {
        let levels = |addr: F::Addr| F::BITS - addr.trailing_zeros();
        let shared = match before {
            None => 1,
            Some(before) if before == addr => return,
            Some(before) => (before.common_prefix(addr) + 1).min(levels(before)).min(levels(addr)),
        };
        n_nodes += u64::from(levels(addr) - shared);
        before = Some(addr);
    };
    for run in runs {
        if run.first != F::Addr::MIN {
            boundary(run.first);
        }
        if let Some(next) = run.last.next() {
            boundary(next);
        }
    }
    n_nodes
}

/// The runs of a block, its first address and its length.
type Block<'a, F> = (&'a [Run<F>], <F as Family>::Addr, u8);

/// How the space is cut. The root is `Subtree` or `Halves`.
enum Plan<'a, F: Family> {
    /// A node at which the work is split.
    Halves(Box<[Plan<'a, F>; 2]>),
    /// A node built, with all below it, by one thread.
    Subtree(&'a [Run<F>], F::Addr, u8),
    /// No node.
    Leaf(Record),
}

impl<'a, F: Family> Plan<'a, F> {
    /// `runs` are those that meet the block at `addr` of length `depth`.
    fn new(runs: &'a [Run<F>], addr: F::Addr, depth: u8) -> Self {
        if depth > 0 {
            match runs {
                [] => return Self::Leaf(Record::EMPTY),
                [run] if covers::<F>(run, addr, depth) => {
                    return Self::Leaf(Record::value(run.value));
                }
                _ => {}
            }
        }
        if runs.len() <= PIECE_RUNS {
            return Self::Subtree(runs, addr, depth);
        }
        // More runs than one, so there is a bit left to split by.
        let right = right_half::<F>(addr, depth);
        let upper = runs.partition_point(|run| run.last < right);
        let lower = runs.partition_point(|run| run.first < right);
        Self::Halves(Box::new([
            Self::new(&runs[..lower], addr, depth + 1),
            Self::new(&runs[upper..], right, depth + 1),
        ]))
    }

    fn collect(&self, out: &mut Vec<Block<'a, F>>) {
        match self {
            Self::Halves(halves) => halves.iter().for_each(|half| half.collect(out)),
            Self::Subtree(runs, addr, depth) => out.push((runs, *addr, *depth)),
            Self::Leaf(_) => {}
        }
    }
}

/// Puts built subtrees back in pre-order.
struct Assembly {
    built: std::vec::IntoIter<Vec<[Record; 2]>>,
    pieces: Vec<Piece>,
    n_nodes: usize,
}

impl Assembly {
    fn place<F: Family>(&mut self, plan: &Plan<'_, F>) -> Record {
        let base = self.n_nodes;
        match plan {
            Plan::Leaf(record) => return *record,
            Plan::Subtree(..) => {
                let nodes = self.built.next().expect("one was built for each subtree");
                self.n_nodes += nodes.len();
                self.pieces.push(Piece { base, nodes, origin: base });
            }
            Plan::Halves(halves) => {
                let piece = self.pieces.len();
                self.n_nodes += 1;
                self.pieces.push(Piece { base, nodes: Vec::new(), origin: 0 });
                let records = [self.place(&halves[0]), self.place(&halves[1])];
                self.pieces[piece].nodes.push(records);
            }
        }
        Record::node(base)
    }
}

/// Builds one subtree from the runs that meet it.
struct Builder<'a, F: Family> {
    nodes: Vec<[Record; 2]>,
    /// Those not yet wholly behind.
    runs: &'a [Run<F>],
}

impl<F: Family> Builder<'_, F> {
    /// Makes the node of the block and all below it.
    fn node(&mut self, addr: F::Addr, depth: u8) -> Record {
        let number = self.nodes.len();
        self.nodes.push([Record::EMPTY; 2]);
        let left = self.record(addr, depth + 1);
        let right = self.record(right_half::<F>(addr, depth), depth + 1);
        self.nodes[number] = [left, right];
        Record::node(number)
    }

    fn record(&mut self, addr: F::Addr, depth: u8) -> Record {
        let Some(run) = self.runs.first() else { return Record::EMPTY };
        let end = addr.set_low(F::BITS - depth);
        if run.first > end {
            return Record::EMPTY;
        }
        if run.first <= addr && run.last >= end {
            let value = Record::value(run.value);
            if run.last == end {
                self.runs = &self.runs[1..];
            }
            return value;
        }
        self.node(addr, depth)
    }
}

fn covers<F: Family>(run: &Run<F>, addr: F::Addr, depth: u8) -> bool {
    run.first <= addr && run.last >= addr.set_low(F::BITS - depth)
}

/// First address of the right half of the block at `addr` of length `depth`.
fn right_half<F: Family>(addr: F::Addr, depth: u8) -> F::Addr {
    addr.set_low(F::BITS - depth).clear_low(F::BITS - depth - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::base::{Run, V4, push_joined};
    use crate::mmdb::tree::{Tree, n_nodes};

    proptest! {
        #[test]
        fn nodes_are_counted_without_being_built(
            mut cuts in prop::collection::vec((any::<u32>(), 0_u32..33, 0_u32..3), 0..40),
        ) {
            for (addr, len, _) in &mut cuts {
                *addr &= !u32::MAX.checked_shr(*len).unwrap_or(0);
            }
            cuts.sort_unstable();
            cuts.dedup_by_key(|cut| cut.0);
            let mut runs: Vec<Run<V4>> = Vec::new();
            for (n, &(first, _, value)) in cuts.iter().enumerate() {
                let last = cuts.get(n + 1).map_or(u32::MAX, |next| next.0 - 1);
                if value > 0 {
                    push_joined(&mut runs, Run { first, last, value });
                }
            }
            prop_assert_eq!(n_nodes(&runs), Tree::build(&runs).n_nodes as u64);
        }
    }
}
