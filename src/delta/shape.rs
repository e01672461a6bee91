//! The shape of a search tree: for each record, in pre-order, node, nothing or value.
//!
//! What a record is depends on how deep it is, on what stands beside it, beside its parent and
//! beside that one's, and on how deep the last leaf was; whether a leaf says nothing also on
//! the leaves before it. That is all the model. In zstd, a bit for node or leaf alone takes a
//! fifth more than both here.

use crate::delta::coder::{Chance, Coder};

/// Bits of an IPv6 address: no record lies deeper.
const MAX_DEPTH: usize = 128;

/// Bits of what a chance depends on besides the depth: two for each of three that stand beside,
/// three for the last leaf.
const N_BITS: u32 = 9;

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Node,
    Empty,
    /// A value, or the way into IPv4's tree.
    Value,
}

/// What stands to the left of a record: its place among the chances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    /// Nothing; it is the left one.
    IsLeft = 0,
    Node = 1,
    Empty = 2,
    Value = 3,
}

impl From<Kind> for Beside {
    fn from(left: Kind) -> Self {
        match left {
            Kind::Node => Self::Node,
            Kind::Empty => Self::Empty,
            Kind::Value => Self::Value,
        }
    }
}

/// Where a record stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// 1 to 128: a record's own, so one more than its node's.
    pub(super) depth: usize,
    pub(super) beside: Beside,
    /// What stands beside its parent, and beside that one's.
    pub(super) above: [Beside; 2],
}

/// Codes kinds with one end of a wire.
#[derive(Debug)]
pub(super) struct Shape<C> {
    coder: C,
    is_node: Vec<Chance>,
    is_empty: Vec<Chance>,
    /// Which of the last leaves said nothing: one bit each, the last one lowest.
    empty_before: usize,
    /// Depth of the last leaf.
    last_depth: usize,
}

impl<C: Coder> Shape<C> {
    pub(super) fn new(coder: C) -> Self {
        let chances = || vec![Chance::EVEN; (MAX_DEPTH + 1) << N_BITS];
        Self { coder, is_node: chances(), is_empty: chances(), empty_before: 0, last_depth: 0 }
    }

    /// Codes what the record at a place is; the decoder does not look at `kind`.
    #[inline]
    pub(super) fn kind(&mut self, place: Place, kind: Kind) -> Kind {
        let Place { depth, beside, above } = place;
        let base = (depth << 2 | beside as usize) << 2 | above[0] as usize;
        let fall = fall(self.last_depth, depth);
        let is_node = &mut self.is_node[(base << 2 | above[1] as usize) << 3 | fall];
        if self.coder.code(is_node, kind == Kind::Node) {
            return Kind::Node;
        }
        let is_empty = &mut self.is_empty[base << 3 | self.empty_before];
        let yes = self.coder.code(is_empty, kind == Kind::Empty);
        self.empty_before = (self.empty_before << 1 | usize::from(yes)) & 7;
        self.last_depth = depth;
        if yes { Kind::Empty } else { Kind::Value }
    }

    pub(super) fn into_coder(self) -> C {
        self.coder
    }
}

/// How much deeper than this record the last leaf was, in seven classes.
///
/// Where neighbours end tells where this one will.
fn fall(last_depth: usize, depth: usize) -> usize {
    match last_depth.checked_sub(depth) {
        None => 0,
        Some(fall @ 0..=3) => fall + 1,
        Some(4..=6) => 5,
        Some(_) => 6,
    }
}
