//! Where the IPv4 rows of a feed lie: /16 after /16, some of them crowded.

use crate::workload::mix::draw::{Draw, hash};
use crate::workload::mix::kinds::Kind;

/// First octets that hold no rows: private and special space, multicast and above.
const LEFT_OUT: [u64; 10] = [0, 10, 100, 127, 169, 172, 192, 198, 203, 223];

/// Of a /16 so many /24s are hosting networks, the same ones for every feed.
const N_HOSTING: u64 = 16;

/// The /16s that may hold rows, ascending: the upper half of an address.
pub(super) fn blocks() -> Vec<u64> {
    (0..0xe000).filter(|block| !LEFT_OUT.contains(&(block >> 8))).collect()
}

/// How much a block has of a kind's rows.
pub(super) fn weight(seed: u64, kind: Kind, block: u64) -> u64 {
    match kind {
        // Space is announced and delegated everywhere.
        Kind::Routes | Kind::Countries => 1,
        // 1 to 225, so that a tenth of the blocks has a third of the rows.
        _ => (1 + hash(&[seed, kind as u64, block]) % 15).pow(2),
    }
}

/// Addresses, sorted and distinct. Of abuse three of five are in hosting networks.
pub(super) fn addresses(draw: &mut Draw, seed: u64, kind: Kind, block: u64, n: u64) -> Vec<u32> {
    distinct(n, || {
        let third = match kind {
            Kind::Abuse if draw.happens(600) => hosting(seed, block, draw.low(N_HOSTING)),
            _ => draw.below(256),
        };
        (block << 16 | third << 8 | draw.below(256)) as u32
    })
}

/// Prefixes of hosting networks, sorted and distinct.
pub(super) fn networks(draw: &mut Draw, seed: u64, block: u64, n: u64) -> Vec<(u32, u8)> {
    const LENGTHS: [u8; 10] = [23, 24, 24, 25, 26, 27, 28, 28, 29, 32];
    distinct(n, || {
        let third = hosting(seed, block, draw.below(N_HOSTING));
        let addr = (block << 16 | third << 8 | draw.below(256)) as u32;
        prefix(addr, LENGTHS[draw.below(10) as usize])
    })
}

/// Prefixes as routers announce them, sorted and distinct: most are /24s, some lie in others.
pub(super) fn routes(draw: &mut Draw, block: u64, n: u64) -> Vec<(u32, u8)> {
    const LENGTHS: [u8; 16] = [24, 24, 24, 24, 24, 24, 24, 24, 24, 23, 22, 22, 21, 20, 19, 16];
    distinct(n, || {
        let addr = (block << 16 | draw.below(1 << 16)) as u32;
        prefix(addr, LENGTHS[draw.below(16) as usize])
    })
}

/// The first address and the number of addresses of delegations, ascending, side by side.
pub(super) fn delegations(block: u64, n: u64) -> Vec<(u32, u32)> {
    // Powers of two, as registries have it.
    let size = (1_u64 << 16) / n.max(1).next_power_of_two().min(1 << 16);
    (0..n).map(|idx| ((block << 16 | idx * size) as u32, size as u32)).collect()
}

/// The third octet of one of the block's hosting networks.
fn hosting(seed: u64, block: u64, number: u64) -> u64 {
    hash(&[seed, block, number]) % 256
}

fn prefix(addr: u32, len: u8) -> (u32, u8) {
    (addr & (u32::MAX << (32 - len)), len)
}

/// As many different items as asked for, sorted; fewer where drawing on would not end.
pub(super) fn distinct<T: Ord>(n: u64, mut draw: impl FnMut() -> T) -> Vec<T> {
    let mut items = Vec::with_capacity(n as usize);
    for _ in 0..MAX_TURNS {
        while (items.len() as u64) < n {
            items.push(draw());
        }
        items.sort_unstable();
        items.dedup();
        if items.len() as u64 == n {
            break;
        }
    }
    items
}

/// Each fills what the one before it drew twice.
const MAX_TURNS: usize = 20;
