//! Where the IPv6 rows of a feed lie: /32 after /32.

use crate::workload::mix::draw::Draw;
use crate::workload::mix::v4::distinct;

/// Upper 16 bits of the space of four registries.
const REGISTRIES: [u64; 4] = [0x2400, 0x2600, 0x2a00, 0x2c00];

/// Allocations of each.
const N_EACH: u64 = 1024;

/// The /32s that hold rows, ascending: the upper 32 bits of an address.
pub(super) fn blocks() -> Vec<u64> {
    let of_registry = |registry: &u64| {
        let first = registry << 16;
        // Every eighth, as registries leave room to grow.
        (0..N_EACH).map(move |idx| first + 8 * idx)
    };
    REGISTRIES.iter().flat_map(of_registry).collect()
}

/// The upper halves of /64s, sorted and distinct: few /48s, many subnets.
pub(super) fn homes(draw: &mut Draw, block: u64, n: u64) -> Vec<u64> {
    distinct(n, || block << 32 | draw.low(1 << 12) << 16 | draw.low(1 << 16))
}

/// The upper halves and lengths of prefixes, sorted and distinct.
pub(super) fn routes(draw: &mut Draw, block: u64, n: u64) -> Vec<(u64, u8)> {
    const LENGTHS: [u8; 8] = [32, 36, 40, 44, 48, 48, 48, 48];
    distinct(n, || {
        let len = LENGTHS[draw.below(8) as usize];
        let addr = block << 32 | draw.below(1 << 16) << 16;
        (addr & (u64::MAX << (64 - len)), len)
    })
}
