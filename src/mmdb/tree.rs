//! The nodes of a block of addresses, counted and written from sorted, disjoint, joined runs.
//!
//! Runs come in address order, so one pass over the addresses at which what is said changes, the cuts, meets
//! every node in pre-order, which is the order of their numbers. A node is a block with a cut within it, not
//! at its own ends. Of the blocks around the last cut those are open whose right half is still to be said:
//! at every bit that the address before the cut has not.
//!
//! ```text
//! cut          0110 1000          bits from 7 down to 0; every node is known by the bit it asks
//! before it    0110 0111          open: 7, 4 and 3
//! next cut     0110 1010          differs from 3 up at 1: nothing to close, a node at 2 and one at 1,
//!                                 to the left of which stands the run in between
//! ```
//!
//! Nothing is inserted, split or pruned, and every record is written where it stays.

use crate::base::{Address, Family, Run};
use crate::mmdb::bits::Bits;
use crate::mmdb::{RecordSize, SEPARATOR};

/// Returns how many nodes the tree of sorted, disjoint, joined runs has.
pub fn n_nodes<F: Family>(runs: &[Run<F>]) -> u64 {
    count(runs, F::Addr::MIN, 0)
}

/// Returns how many nodes there are at and below the block at `addr` of length `depth`, if that is a node.
/// The runs are those that meet the block.
pub(super) fn count<F: Family>(runs: &[Run<F>], addr: F::Addr, depth: u8) -> u64 {
    let end = addr.set_low(F::BITS - depth);
    let mut n_nodes = 0;
    let (mut from, mut lowest) = (addr, F::BITS - depth);
    let mut cut = |to: F::Addr| {
        // New are the nodes below the lowest open one, which is the last cut's own or where the two part.
        let parted = F::BITS - 1 - from.common_prefix(to);
        let above = parted.max(lowest);
        (from, lowest) = (to, to.trailing_zeros());
        n_nodes += u64::from(above - lowest);
    };
    let mut next = addr;
    for run in runs {
        if run.first > next {
            cut(run.first);
        }
        if run.last >= end {
            break;
        }
        next = run.last.next().expect("not the last of its block");
        cut(next);
    }
    // Without a cut, it was asked of a root.
    n_nodes.max(1)
}

/// What records say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaves<'a> {
    /// Number of nodes of the whole tree, which is also the record for "nothing".
    pub(super) n_nodes: u32,
    /// Offset of each value in the data section.
    pub(super) offsets: &'a [u32],
}

impl Leaves<'_> {
    /// The record of a leaf.
    #[inline]
    pub(super) fn record(&self, value: u32) -> u32 {
        self.n_nodes + SEPARATOR.len() as u32 + self.offsets[value as usize]
    }
}

/// Writes the block's nodes, as many as [`count`] says, the first of which has the number `base`; each is `N`
/// bytes long. Returns the number of networks with a value.
pub(super) fn write<F: Family<Addr: Bits>, const N: usize>(
    runs: &[Run<F>],
    (addr, depth): (F::Addr, u8),
    leaves: Leaves<'_>,
    base: u32,
    nodes: &mut [[u8; N]],
) -> u64 {
    let end = addr.set_low(F::BITS - depth);
    let mut pen = Pen::<F, N> {
        nodes,
        base,
        empty: leaves.n_nodes,
        n_written: 0,
        n_networks: 0,
        from: addr,
        lowest: F::BITS - depth,
        at: [0; 256],
    };
    for run in runs {
        if run.first > pen.from {
            pen.cut(run.first, leaves.n_nodes);
        }
        let record = leaves.record(run.value);
        match run.last.next().filter(|_| run.last < end) {
            Some(next) => pen.cut(next, record),
            None => return pen.finish(F::BITS - depth, record),
        }
    }
    pen.finish(F::BITS - depth, leaves.n_nodes)
}

/// Writes nodes at one cut after the other.
struct Pen<'o, F: Family<Addr: Bits>, const N: usize> {
    nodes: &'o mut [[u8; N]],
    base: u32,
    /// The record for "nothing"; what is larger is a value.
    empty: u32,
    n_written: u32,
    n_networks: u64,
    /// The last cut, or where the block begins.
    from: F::Addr,
    /// The bit of the lowest node that is open; before the first cut, of the one above the block.
    lowest: u8,
    /// The last node at each bit.
    at: [u32; 256], // as large as what indexes it
}

impl<F: Family<Addr: Bits>, const N: usize> Pen<'_, F, N> {
    /// What lies between the last cut and this one says `record`.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a pen's fields stay in registers, a third of all instructions"
    )]
    fn cut(&mut self, to: F::Addr, record: u32) {
        let parted = (self.from ^ to).highest();
        let mut n_leaves = self.close(parted, record);
        let mut bit = parted.max(self.lowest);
        self.from = to;
        self.lowest = to.trailing_zeros();
        if bit > self.lowest {
            let mut number = self.base + self.n_written;
            // Before the first cut this is over-written at once.
            set_right(&mut self.nodes[self.at[usize::from(bit)] as usize], number);
            while bit > self.lowest {
                let mut path = to.down_from(bit - 1);
                let n_more = usize::from(bit - self.lowest).min(64);
                let from = self.n_written as usize;
                for node in &mut self.nodes[from..from + n_more] {
                    bit -= 1;
                    self.at[usize::from(bit)] = self.n_written;
                    self.n_written += 1;
                    number += 1;
                    let is_right = path >> 63;
                    path <<= 1;
                    // The right record of a node that is open is written when it is closed.
                    let left = if is_right == 1 { record } else { number };
                    *node = node_bytes([left, number]);
                    n_leaves += is_right;
                }
            }
        }
        self.n_networks += if record > self.empty { n_leaves } else { 0 };
    }

    /// The right halves of all that is open below a bit say `record`; returns how many they are.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `cut`")]
    fn close(&mut self, below: u8, record: u32) -> u64 {
        let mut n_leaves = 0;
        (self.from.open() & F::Addr::below(below)).each(|bit| {
            set_right(&mut self.nodes[self.at[usize::from(bit)] as usize], record);
            n_leaves += 1;
        });
        n_leaves
    }

    /// What lies after the last cut says `record`. Returns the number of networks with a value.
    fn finish(mut self, bits: u8, record: u32) -> u64 {
        let n_leaves = if self.n_written == 0 {
            // A root that is the only node.
            self.nodes[0] = node_bytes([record; 2]);
            2
        } else {
            self.close(bits, record)
        };
        self.n_networks + if record > self.empty { n_leaves } else { 0 }
    }
}

/// The bytes of a node; `N` is the [`RecordSize::node_bytes`] of the record size.
#[inline]
pub(super) fn node_bytes<const N: usize>(records: [u32; 2]) -> [u8; N] {
    let mut bytes = [0; N];
    size::<N>().encode(records, &mut bytes);
    bytes
}

/// The records of a node, as [`RecordSize::decode`] reads them, at once.
#[inline]
pub(super) fn records<const N: usize>(node: &[u8; N]) -> [u32; 2] {
    let mut bytes = [0; 8];
    bytes[..N].copy_from_slice(node);
    let bits = u64::from_be_bytes(bytes);
    let [left, right] = match size::<N>() {
        RecordSize::Bits24 => [bits >> 40, bits >> 16 & 0xFF_FFFF],
        RecordSize::Bits28 => [bits >> 40 | bits >> 12 & 0xF00_0000, bits >> 8 & 0xFFF_FFFF],
        RecordSize::Bits32 => [bits >> 32, bits & 0xFFFF_FFFF],
    };
    [left as u32, right as u32]
}

#[inline]
fn set_right<const N: usize>(node: &mut [u8; N], record: u32) {
    size::<N>().encode_right(record, node);
}

/// The record size whose nodes are `N` bytes long.
pub(super) const fn size<const N: usize>() -> RecordSize {
    match N {
        6 => RecordSize::Bits24,
        7 => RecordSize::Bits28,
        _ => RecordSize::Bits32,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::base::{Address, Family, Run, V4, V6, push_joined};
    use crate::mmdb::SEPARATOR;
    use crate::mmdb::bits::Bits;
    use crate::mmdb::tree::{Leaves, count, records, size, write};

    /// A tree as nested boxes.
    #[derive(Clone, PartialEq)]
    enum Tree {
        Leaf(Option<u32>),
        Node(Box<[Tree; 2]>),
    }

    impl Tree {
        /// Says `value` of every address of a run, which are in the block at `addr` of length `depth`.
        fn insert<F: Family>(&mut self, run: &Run<F>, addr: F::Addr, depth: u8) {
            let last = addr.set_low(F::BITS - depth);
            if run.last < addr || run.first > last {
                return;
            }
            if run.first <= addr && run.last >= last {
                *self = Self::Leaf(Some(run.value));
                return;
            }
            if let Self::Leaf(_) = self {
                *self = Self::Node(Box::new([self.clone(), self.clone()]));
            }
            let Self::Node(halves) = self else { unreachable!("made so") };
            let middle = last.clear_low(F::BITS - depth - 1);
            halves[0].insert(run, addr, depth + 1);
            halves[1].insert(run, middle, depth + 1);
            if let [Self::Leaf(left), Self::Leaf(right)] = **halves
                && left == right
            {
                *self = Self::Leaf(left);
            }
        }

        /// Numbers the nodes in pre-order.
        fn nodes(
            &self,
            leaf: &impl Fn(Option<u32>) -> u32,
            base: u32,
            nodes: &mut Vec<[u32; 2]>,
        ) -> u32 {
            let halves = match self {
                Self::Leaf(value) => return leaf(*value),
                Self::Node(halves) => halves,
            };
            let node = nodes.len();
            nodes.push([0; 2]);
            nodes[node] = [0, 1].map(|half: usize| halves[half].nodes(leaf, base, nodes));
            base + node as u32
        }
    }

    /// Compares counts and bytes of a block, at each record size, with a tree made by insertion.
    fn check<F: Family<Addr: Bits>>(
        cuts: Vec<(u128, u8, u8)>,
        depth: u8,
    ) -> Result<(), TestCaseError> {
        // A block whose address ends in zeros, the cuts in and around it.
        let block = F::Addr::from_u128(0x5A << (F::BITS - 8)).expect("in the family");
        let block = block.clear_low(F::BITS - depth);
        let place = |(bits, len, value): (u128, u8, u8)| {
            let addr = F::Addr::from_u128(bits >> (128 - F::BITS)).expect("in the family");
            let addr = addr.clear_low(F::BITS - len % (F::BITS + 1));
            // Most lie in the block.
            let inside = addr.to_u128() & F::Addr::MIN.set_low(F::BITS - depth).to_u128();
            let addr =
                if value < 8 { F::Addr::from_u128(block.to_u128() | inside) } else { Some(addr) };
            (addr.expect("in the family"), value % 4)
        };
        let mut cuts: Vec<(F::Addr, u8)> = cuts.into_iter().map(place).collect();
        cuts.sort_unstable();
        cuts.dedup_by_key(|cut| cut.0);
        let mut runs: Vec<Run<F>> = Vec::new();
        for (n, &(first, value)) in cuts.iter().enumerate() {
            let last =
                cuts.get(n + 1).map_or(F::Addr::MAX, |next| next.0.prev().expect("not the first"));
            if value > 0 {
                push_joined(&mut runs, Run { first, last, value: u32::from(value) });
            }
        }
        let end = block.set_low(F::BITS - depth);
        runs.retain(|run| run.last >= block && run.first <= end);

        let mut tree = Tree::Leaf(None);
        runs.iter().for_each(|run| tree.insert(run, block, depth));
        if let Tree::Leaf(value) = tree {
            // As a root, which is always a node.
            tree = Tree::Node(Box::new([Tree::Leaf(value), Tree::Leaf(value)]));
        }
        written::<F, 6>(&runs, block, depth, &tree, 0x12_3456)?;
        written::<F, 7>(&runs, block, depth, &tree, 0xEDC_BA98)?;
        written::<F, 8>(&runs, block, depth, &tree, 0x8765_4321)
    }

    fn written<F: Family<Addr: Bits>, const N: usize>(
        runs: &[Run<F>],
        block: F::Addr,
        depth: u8,
        tree: &Tree,
        n_nodes: u32,
    ) -> Result<(), TestCaseError> {
        let (base, offsets) = (77, [0, 1, 0x10_0000, 9]);
        let leaf = |value: Option<u32>| match value {
            Some(value) => n_nodes + SEPARATOR.len() as u32 + offsets[value as usize],
            None => n_nodes,
        };
        let mut expected = Vec::new();
        tree.nodes(&leaf, base, &mut expected);
        prop_assert_eq!(count(runs, block, depth), expected.len() as u64);
        let n_expected = expected.iter().flatten().filter(|&&record| record > n_nodes).count();
        // What is not written shows.
        let mut nodes = vec![[0xAA; N]; expected.len()];
        let leaves = Leaves { n_nodes, offsets: &offsets };
        let n_networks = write(runs, (block, depth), leaves, base, &mut nodes);
        prop_assert_eq!(n_networks, n_expected as u64);
        for node in &nodes {
            prop_assert_eq!(size::<N>().decode(node), records(node));
        }
        let nodes: Vec<_> = nodes.iter().map(records).collect();
        prop_assert_eq!(nodes, expected);
        Ok(())
    }

    proptest! {
        #[test]
        fn nodes_are_those_of_a_tree_made_by_insertion(
            cuts in prop::collection::vec(any::<(u128, u8, u8)>(), 0..40),
            depth in 0_u8..24,
        ) {
            check::<V4>(cuts.clone(), depth)?;
            check::<V6>(cuts, 4 * depth)?;
        }
    }
}
