//! Trees walked side by side: of each range, what every file says of it.
//!
//! The files may come from any writer. One may end at a leaf where another goes on: the leaf
//! then stands for all below it, so nothing is expanded and no runs are held.
//!
//! ```text
//! old   ──┬── A ────────────        A  A
//!         └── B                     B  B
//! new   ──┬─┬ A                  →  A  ·
//!         │ └ C                     ·  C    in address order, as the widest blocks of which
//!         └── B                             both say one thing each
//! ```

use std::marker::PhantomData;

use crate::base::{Address, Family, Range, V6};
use crate::mmdb::alias::v4_prefixes;
use crate::mmdb::{FormatError, Reader};

/// How often a node may be entered, on average over the file. Some writers let equal subtrees
/// share their nodes; whoever shares at every level makes 2^128 leaves out of a kilobyte.
const ENTRIES_PER_NODE: u64 = 16;

/// What is walked of the places through which IPv4 is reached in IPv6's tree; `::/96` is IPv4's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aliases {
    /// Nothing.
    LeftOut,
    /// What is no alias: what a file says there of its own.
    OwnKept,
}

/// What a record of a tree leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Node(u32),
    Leaf(Option<u32>),
}

/// Visits, in address order, the ranges of a family of which some file says something, with the
/// data offset of what each says; neighbours are not joined.
///
/// # Errors
/// If a tree is damaged, or what `visit` returns.
pub fn beside<F: Family, const N: usize, E: From<FormatError>>(
    readers: [&Reader<'_>; N],
    aliases: Aliases,
    visit: impl FnMut(Range<F>, [Option<u32>; N]) -> Result<(), E>,
) -> Result<(), E> {
    let mut v4_roots = [Step::Leaf(None); N];
    let mut roots = v4_roots;
    for (side, reader) in readers.iter().enumerate() {
        v4_roots[side] = step(reader, 0, reader.v4_root())?;
        let has_v6 = F::BITS == V6::BITS && reader.ip_version() == 6;
        roots[side] = if has_v6 { Step::Node(0) } else { Step::Leaf(None) };
    }
    let is_v6 = F::BITS == V6::BITS;
    let left = readers.map(|reader| ENTRIES_PER_NODE * u64::from(reader.n_nodes()));
    let mut walk = Walk { readers, aliases, v4_roots, left, visit, family: PhantomData::<F> };
    walk.go(F::Addr::MIN, 0, if is_v6 { roots } else { v4_roots }, is_v6)
}

fn step(reader: &Reader<'_>, node: u32, record: u32) -> Result<Step, FormatError> {
    if record < reader.n_nodes() {
        return Ok(Step::Node(record));
    }
    // Below 2^32, as records are.
    Ok(Step::Leaf(reader.data_offset(node, record)?.map(|offset| offset as u32)))
}

struct Walk<'r, 'a, F, const N: usize, V> {
    readers: [&'r Reader<'a>; N],
    aliases: Aliases,
    v4_roots: [Step; N],
    /// How many nodes may still be entered.
    left: [u64; N],
    visit: V,
    family: PhantomData<F>,
}

impl<F: Family, const N: usize, V> Walk<'_, '_, F, N, V> {
    /// `is_near`: whether one of IPv4's places lies in this block, or is it.
    fn go<E: From<FormatError>>(
        &mut self,
        addr: F::Addr,
        depth: u8,
        mut steps: [Step; N],
        mut is_near: bool,
    ) -> Result<(), E>
    where
        V: FnMut(Range<F>, [Option<u32>; N]) -> Result<(), E>,
    {
        let mut is_cut = false;
        if is_near {
            let places = v4_prefixes().map(|place| (place.addr(), place.len()));
            let at = (addr.to_u128(), depth);
            let below = |&(place, len): &(u128, u8)| {
                len > depth && place.clear_low(V6::BITS - depth) == at.0
            };
            is_near = places.iter().any(below);
            is_cut = is_near && (at.0 == 0 || self.aliases == Aliases::LeftOut);
            if let Some(place) = places.iter().position(|&place| place == at) {
                let is_ours = place == 0 || self.aliases == Aliases::LeftOut;
                for (step, root) in steps.iter_mut().zip(&self.v4_roots) {
                    if is_ours || step == root {
                        *step = Step::Leaf(None);
                    }
                }
            }
        }
        let mut offsets = [None; N];
        let mut n_leaves = 0;
        for (offset, step) in offsets.iter_mut().zip(steps) {
            if let Step::Leaf(leaf) = step {
                *offset = leaf;
                n_leaves += 1;
            }
        }
        if n_leaves == N {
            if offsets.iter().all(Option::is_none) {
                return Ok(());
            }
            if !is_cut {
                let last = addr.set_low(F::BITS - depth);
                return (self.visit)(Range::new(addr, last).expect("in order"), offsets);
            }
        }
        let mut halves = [steps; 2];
        for (side, &at) in steps.iter().enumerate() {
            if let Step::Node(node) = at {
                for (half, step) in halves.iter_mut().zip(self.enter(side, node, depth)?) {
                    half[side] = step;
                }
            }
        }
        let [left, right] = halves;
        self.go(addr, depth + 1, left, is_near)?;
        let middle = addr.set_low(F::BITS - depth).clear_low(F::BITS - 1 - depth);
        self.go(middle, depth + 1, right, is_near)
    }

    fn enter(&mut self, side: usize, node: u32, depth: u8) -> Result<[Step; 2], FormatError> {
        let reader = self.readers[side];
        if depth == F::BITS {
            return Err(FormatError::TooLong { node });
        }
        self.left[side] = self.left[side].checked_sub(1).ok_or(FormatError::Unfolds { node })?;
        let [left, right] = reader.node(node);
        Ok([step(reader, node, left)?, step(reader, node, right)?])
    }
}

#[cfg(test)]
mod tests {
    use crate::base::{Coverage, Range, V4, V6};
    use crate::mmdb::{
        Aliases, FormatError, METADATA_MARKER, Reader, SEPARATOR, beside, v4_prefixes,
    };

    /// A database of 24 bits of these nodes, whose data are two texts of one letter: at 16 and 18
    /// past the number of nodes.
    fn file(ip_version: u8, nodes: &[[u32; 2]]) -> Vec<u8> {
        let record = |record: &u32| record.to_be_bytes()[1..].to_vec();
        let tree: Vec<u8> = nodes.iter().flatten().flat_map(record).collect();
        let number = |key: &str, kind: u8, value: &[u8]| {
            [&[0x40 | key.len() as u8], key.as_bytes(), &[kind << 5 | value.len() as u8], value]
                .concat()
        };
        let metadata = [
            vec![0xE3],
            number("node_count", 6, &(nodes.len() as u32).to_be_bytes()),
            number("record_size", 5, &[24]),
            number("ip_version", 5, &[ip_version]),
        ];
        [&tree[..], &SEPARATOR, b"\x41a\x41b", METADATA_MARKER, &metadata.concat()].concat()
    }

    type Ranges = (Vec<Range<V4>>, Vec<Range<V6>>);

    fn walk<const N: usize>(files: [&[u8]; N], aliases: Aliases) -> Result<Ranges, FormatError> {
        let readers = files.map(|file| Reader::open(file).expect("sound"));
        let readers: [&Reader<'_>; N] = std::array::from_fn(|n| &readers[n]);
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        beside::<V4, N, FormatError>(readers, aliases, |range, _| {
            v4.push(range);
            Ok(())
        })?;
        beside::<V6, N, FormatError>(readers, aliases, |range, _| {
            v6.push(range);
            Ok(())
        })?;
        Ok((v4, v6))
    }

    #[test]
    fn a_record_above_ipv4s_places_is_cut_around_them() {
        let all = file(6, &[[17, 17]]);
        let (v4, v6) = walk([&all], Aliases::LeftOut).expect("sound");
        assert_eq!(v4, [Range::<V4>::ALL]);
        let count = |ranges: &[Range<V6>]| ranges.iter().map(|range| range.coverage()).sum();
        let places: Coverage =
            v4_prefixes().map(|place| place.range().coverage()).into_iter().sum();
        let own: Coverage = count(&v6);
        assert_eq!(own + places, Range::<V6>::ALL.coverage());
        assert!(v6.iter().all(|range| {
            v4_prefixes().iter().all(|place| range.intersection(place.range()).is_none())
        }));
        // Where what stands in the aliases is the file's own, only IPv4 itself is cut out.
        let (_, v6) = walk([&all], Aliases::OwnKept).expect("sound");
        let own: Coverage = count(&v6);
        assert_eq!(own + Coverage::of_span(u128::from(u32::MAX)), Range::<V6>::ALL.coverage());
    }

    #[test]
    fn a_leaf_stands_for_all_below_it() {
        let whole = file(4, &[[17, 17]]);
        let halves = file(4, &[[1, 18], [20, 18]]);
        let (v4, v6) = walk([&whole, &halves], Aliases::LeftOut).expect("sound");
        let text: Vec<String> = v4.iter().map(Range::to_string).collect();
        assert_eq!(text, ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/1"]);
        assert_eq!(v6, []);
    }

    #[test]
    fn circles_and_doublings_end() {
        let circle = file(4, &[[0, 0]]);
        let error = walk([&circle], Aliases::LeftOut).err();
        assert_eq!(error, Some(FormatError::Unfolds { node: 0 }));
        let chain: Vec<[u32; 2]> = (1..=40).map(|next| [next, 40]).collect();
        let error = walk([&file(4, &chain)], Aliases::LeftOut).err();
        assert_eq!(error, Some(FormatError::TooLong { node: 32 }));
        // Each node leads twice to the next: 2^32 leaves of 32 nodes.
        let nodes: Vec<[u32; 2]> = (1..32).map(|next| [next; 2]).chain([[49, 49]]).collect();
        let error = walk([&file(4, &nodes)], Aliases::LeftOut).err();
        assert!(matches!(error, Some(FormatError::Unfolds { .. })), "{error:?}");
    }

    #[test]
    fn subtrees_may_be_shared() {
        // Both halves are one node.
        let (v4, _) = walk([&file(4, &[[1, 1], [18, 20]])], Aliases::LeftOut).expect("sound");
        let text: Vec<String> = v4.iter().map(Range::to_string).collect();
        assert_eq!(text, ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"]);
    }
}
