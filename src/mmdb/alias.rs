//! The IPv4 subtree in an IPv6 tree and the prefixes that lead into it.
//!
//! ```text
//! ::/96            where IPv4 lives (MaxMind DB 2.0, "IPv4 addresses in an IPv6 tree")
//! ::ffff:0:0/96    IPv4-mapped (RFC 4291 §2.5.5.2)
//! 2001::/32        Teredo (RFC 4380 §2.6), by its server's address
//! 2002::/16        6to4 (RFC 3056 §2)
//! ```
//!
//! The last three point at the node of the first, as MaxMind's own files do. So
//! nothing else can be said of addresses there: runs of such space are cut out.

use crate::base::{Address, Family, Prefix, Range, Run, V4, V6, push_joined};

/// Number of nodes from the root down to `::/96`, whose numbers are 0 to 95:
/// in pre-order the leftmost path comes first.
pub(crate) const DEPTH_OF_V4: usize = 96;

const PLACES: [(u128, u8); 4] = [
    (0, 96),
    (0x0000_0000_0000_0000_0000_ffff_0000_0000, 96),
    (0x2001_0000 << 96, 32),
    (0x2002 << 112, 16),
];

/// The prefixes through which IPv4 is reached: `::/96` and its three aliases, in order.
pub fn v4_prefixes() -> [Prefix<V6>; 4] {
    PLACES.map(|(addr, len)| Prefix::masked(addr, len).expect("at most 128 bits"))
}

/// The IPv4 address that an IPv6 address stands for, and the prefix through which it is reached.
pub fn v4_within(addr: u128) -> Option<(Prefix<V6>, u32)> {
    let place = v4_prefixes().into_iter().find(|place| place.covers(addr))?;
    // The 32 bits after the prefix's own.
    Some((place, (addr >> (V6::BITS - V4::BITS - place.len())) as u32))
}

/// Replaces whatever `v6` says of IPv4's places by `value`, or by nothing.
pub(crate) fn graft(v6: &[Run<V6>], value: Option<u32>) -> Vec<Run<V6>> {
    let mut places = v4_prefixes().map(Prefix::range).into_iter().peekable();
    let mut grafted = Vec::with_capacity(v6.len() + PLACES.len());
    let mut place_runs = |grafted: &mut Vec<Run<V6>>, before: Option<u128>| {
        while let Some(place) =
            places.next_if(|place| before.is_none_or(|before| place.first() < before))
        {
            if let Some(value) = value {
                push_joined(grafted, Run::new(place, value));
            }
        }
    };
    for run in v6 {
        let mut rest = Some(run.range());
        for place in v4_prefixes().map(Prefix::range) {
            let Some(range) = rest else { break };
            let Some(hidden) = range.intersection(place) else { continue };
            if let Some(before) =
                hidden.first().prev().and_then(|end| Range::new(range.first(), end))
            {
                place_runs(&mut grafted, Some(before.first()));
                push_joined(&mut grafted, Run::new(before, run.value));
            }
            rest = hidden.last().next().and_then(|next| Range::new(next, range.last()));
        }
        if let Some(range) = rest {
            place_runs(&mut grafted, Some(range.first()));
            push_joined(&mut grafted, Run::new(range, run.value));
        }
    }
    place_runs(&mut grafted, None);
    grafted
}

/// The one thing said of all IPv4, if it is one: then there is no subtree to point at.
pub(crate) fn uniform(v4: &[Run<V4>]) -> Option<Option<u32>> {
    match v4 {
        [] => Some(None),
        [run] if run.range() == Range::<V4>::ALL => Some(Some(run.value)),
        _ => None,
    }
}

/// Whether the address is of a family's own space: not IPv4's in IPv6 clothes.
pub fn is_v4_place(addr: u128) -> bool {
    v4_prefixes().iter().any(|prefix| prefix.covers(addr))
}

const _: () = assert!(V6::BITS as usize - V4::BITS as usize == DEPTH_OF_V4);

#[cfg(test)]
mod tests {
    use crate::base::{Range, Run, V6};

    fn run(first: u128, last: u128, value: u32) -> Run<V6> {
        Run { first, last, value }
    }

    #[test]
    fn runs_over_aliases_are_cut() {
        let all = [Run::new(Range::<V6>::ALL, 1)];
        let grafted = super::graft(&all, Some(9));
        let values: Vec<u32> = grafted.iter().map(|run| run.value).collect();
        // Teredo, then 2001:1::/32 and up, then 6to4.
        assert_eq!(values, [9, 1, 9, 1, 9, 1, 9, 1]);
        assert_eq!(grafted[0], run(0, 0xffff_ffff, 9));
        assert!(grafted.is_sorted_by(|a, b| a.last + 1 == b.first));
        assert_eq!(grafted[7].last, u128::MAX);
    }

    #[test]
    fn nothing_is_said_of_aliases_of_nothing() {
        let inside = [run(0x2002 << 112, (0x2003 << 112) - 1, 1)];
        assert_eq!(super::graft(&inside, None), []);
        assert_eq!(super::graft(&[], Some(9)).len(), 4);
    }
}
