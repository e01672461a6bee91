//! The networks of a range in address order, straight from the tree.

use crate::base::{Address, Family, Range, V6};
use crate::mmdb::{FormatError, Reader, v4_prefixes};

/// How often a node may be entered, on average over the file; as walking trees side by side has it.
const ENTRIES_PER_NODE: u64 = 16;

/// A network with a record, cut to what is walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::query) struct Leaf<F: Family> {
    /// Its addresses.
    pub(in crate::query) range: Range<F>,
    /// Offset of its record in the data section.
    pub(in crate::query) offset: u32,
}

/// A block of addresses still to be looked at.
#[derive(Clone, Copy, Debug)]
struct Open<F: Family> {
    /// The node whose record it is.
    parent: u32,
    record: u32,
    addr: F::Addr,
    depth: u8,
}

/// See [`leaves`].
#[derive(Debug)]
pub(in crate::query) struct Leaves<'r, 'a, F: Family> {
    reader: &'r Reader<'a>,
    root: Option<Open<F>>,
    /// What is walked after `part`.
    parts: std::vec::IntoIter<Range<F>>,
    part: Range<F>,
    /// The next one last; at most as many as an address has bits.
    stack: Vec<Open<F>>,
    /// How many nodes may still be entered.
    left: u64,
}

/// Walks the networks of a range that have a record, without the places through which IPv4 is reached.
///
/// A network that lies across an end of the range or of a place is cut there.
pub(in crate::query) fn leaves<'r, 'a, F: Family>(
    reader: &'r Reader<'a>,
    range: Range<F>,
) -> Leaves<'r, 'a, F> {
    let is_v6 = F::BITS == V6::BITS;
    let record = if is_v6 { 0 } else { reader.v4_root() };
    let has_tree = !is_v6 || reader.ip_version() == 6;
    let root = has_tree.then_some(Open { parent: 0, record, addr: F::Addr::MIN, depth: 0 });
    Leaves {
        reader,
        root,
        parts: own_parts(range).into_iter(),
        part: range,
        stack: Vec::new(),
        left: ENTRIES_PER_NODE * u64::from(reader.n_nodes()),
    }
}

/// The range without the places through which IPv4 is reached; of IPv4 itself all of it.
pub(super) fn own_parts<F: Family>(range: Range<F>) -> Vec<Range<F>> {
    if F::BITS != V6::BITS {
        return vec![range];
    }
    let mut parts = Vec::new();
    let mut rest = Some(range);
    let addr = |addr| F::Addr::from_u128(addr).expect("a family of 128 bits");
    for place in v4_prefixes() {
        let place = Range::<F>::new(addr(place.addr()), addr(place.range().last()));
        let place = place.expect("in order");
        let Some(range) = rest else { break };
        if range.intersection(place).is_none() {
            continue;
        }
        parts.extend(place.first().prev().and_then(|end| Range::new(range.first(), end)));
        rest = place.last().next().and_then(|next| Range::new(next, range.last()));
    }
    parts.extend(rest);
    parts
}

/// How many addresses of a range are counted; all of IPv6 are less than 2^128 without IPv4's places.
pub(super) fn own_addresses<F: Family>(range: Range<F>) -> u128 {
    own_parts(range).into_iter().map(addresses).sum()
}

/// How many addresses a range has that is not all of IPv6.
pub(super) fn addresses<F: Family>(range: Range<F>) -> u128 {
    range.span().to_u128().saturating_add(1)
}

impl<F: Family> Leaves<'_, '_, F> {
    /// Goes down to the first leaf of a block, leaving what comes after it on the stack.
    fn descend(&mut self, mut at: Open<F>) -> Result<Option<Leaf<F>>, FormatError> {
        loop {
            let last = at.addr.set_low(F::BITS - at.depth);
            if last < self.part.first() {
                return Ok(None);
            }
            if at.addr > self.part.last() {
                // So does whatever else is open.
                self.stack.clear();
                return Ok(None);
            }
            if at.record >= self.reader.n_nodes() {
                let offset = self.reader.data_offset(at.parent, at.record)?;
                return Ok(offset.map(|offset| {
                    let (first, last) =
                        (at.addr.max(self.part.first()), last.min(self.part.last()));
                    let range = Range::new(first, last).expect("they overlap");
                    // Below 2^32, as records are.
                    Leaf { range, offset: offset as u32 }
                }));
            }
            let node = at.record;
            if at.depth == F::BITS {
                return Err(FormatError::TooLong { node });
            }
            self.left = self.left.checked_sub(1).ok_or(FormatError::Unfolds { node })?;
            let [left, right] = self.reader.node(node);
            let depth = at.depth + 1;
            let middle = last.clear_low(F::BITS - depth);
            self.stack.push(Open { parent: node, record: right, addr: middle, depth });
            at = Open { parent: node, record: left, addr: at.addr, depth };
        }
    }
}

impl<F: Family> Iterator for Leaves<'_, '_, F> {
    type Item = Result<Leaf<F>, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let at = if let Some(at) = self.stack.pop() {
                at
            } else {
                self.part = self.parts.next()?;
                self.root?
            };
            match self.descend(at) {
                Ok(None) => {}
                Ok(Some(leaf)) => return Some(Ok(leaf)),
                Err(error) => {
                    self.stack.clear();
                    self.parts = Vec::new().into_iter();
                    return Some(Err(error));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::base::{Family, Range, V4, V6};
    use crate::query::scan::leaves::{own_addresses, own_parts};

    #[track_caller]
    fn check(first: u128, last: u128, expected: &[&str]) {
        let range = Range::<V6>::new(first, last).expect("in order");
        let parts: Vec<String> = own_parts(range).iter().map(Range::to_string).collect();
        assert_eq!(parts, expected);
    }

    #[test]
    fn places_of_ipv4_are_cut_out() {
        let six_to_four = 0x2002 << 112;
        check(six_to_four, six_to_four + 9, &[]);
        check(
            six_to_four - 1,
            six_to_four + (1 << 112),
            &["2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "2003::/128"],
        );
        check(1 << 32, 1 << 32, &["::1:0:0/128"]);
        check(
            0,
            u128::MAX,
            &[
                "::1:0:0-::fffe:ffff:ffff",
                "::1:0:0:0-2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "2001:1::-2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "2003::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            ],
        );
    }

    #[test]
    fn all_but_ipv4s_places_is_counted() {
        let places = (1_u128 << 33) + (1 << 96) + (1 << 112);
        assert_eq!(own_addresses(Range::<V6>::ALL), u128::MAX - places + 1);
        assert_eq!(own_addresses(Range::<V4>::ALL), 1 << V4::BITS);
    }
}
