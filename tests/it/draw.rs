//! Addresses to ask about and cases to try, drawn with fixed seeds.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::test_runner::{Config, RngSeed};

use crate::world::{Read, World};

/// So many cases of a property, the same in every run.
pub(crate) fn cases(n_cases: u32) -> Config {
    Config {
        cases: n_cases,
        rng_seed: RngSeed::Fixed(2_026),
        failure_persistence: None,
        ..Config::default()
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): small, and the same everywhere.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `n`, which is small: how uneven this is does not show.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.roll() % n as u64) as usize
    }

    fn wide(&mut self) -> u128 {
        u128::from(self.roll()) << 64 | u128::from(self.roll())
    }

    /// Fisher and Yates.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for idx in (1..items.len()).rev() {
            items.swap(idx, self.below(idx + 1));
        }
    }

    /// An address of 0.0.0.0/0, or of the part of ::/0 that is in use.
    pub(crate) fn address(&mut self) -> IpAddr {
        let roll = self.roll();
        if roll.is_multiple_of(2) {
            return Ipv4Addr::from_bits((roll >> 32) as u32).into();
        }
        // 2000::/3, without which nearly every draw is a gap.
        Ipv6Addr::from_bits(1 << 125 | self.wide() >> 3).into()
    }
}

/// An IPv4 address in the four clothes of IPv6 through which it is reached.
pub(crate) fn clothed(ip: Ipv4Addr) -> [IpAddr; 4] {
    let bits = u128::from(ip.to_bits());
    let places =
        [bits, 0xffff << 32 | bits, 0x2002 << 112 | bits << 80, 0x2001 << 112 | bits << 64];
    places.map(|bits| Ipv6Addr::from_bits(bits).into())
}

/// Both edges of a range, and their neighbours outside.
fn around_v4(first: u32, last: u32) -> impl Iterator<Item = IpAddr> {
    let outside = [first.checked_sub(1), last.checked_add(1)];
    let edges = [first, last].into_iter().chain(outside.into_iter().flatten());
    edges.map(|bits| Ipv4Addr::from_bits(bits).into())
}

fn around_v6(first: u128, last: u128) -> impl Iterator<Item = IpAddr> {
    let outside = [first.checked_sub(1), last.checked_add(1)];
    let edges = [first, last].into_iter().chain(outside.into_iter().flatten());
    edges.map(|bits| Ipv6Addr::from_bits(bits).into())
}

/// Both edges of every row of every feed, and one address before and after.
pub(crate) fn around_every_row(world: &World) -> Vec<IpAddr> {
    let rows = world.reads.iter().flat_map(|Read { parsed, .. }| {
        let v4 = parsed.v4.iter().flat_map(|run| around_v4(run.first, run.last));
        let v6 = parsed.v6.iter().flat_map(|run| around_v6(run.first, run.last));
        v4.chain(v6)
    });
    let mut addresses: Vec<IpAddr> = rows.collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

/// One address around a row of each family of each feed, as often as `rounds` says.
pub(crate) fn around_some_rows(dice: &mut Dice, world: &World, rounds: usize) -> Vec<IpAddr> {
    let mut addresses = Vec::new();
    for Read { parsed, .. } in (0..rounds).flat_map(|_| &world.reads) {
        if !parsed.v4.is_empty() {
            let run = parsed.v4[dice.below(parsed.v4.len())];
            let around: Vec<IpAddr> = around_v4(run.first, run.last).collect();
            addresses.push(around[dice.below(around.len())]);
        }
        if !parsed.v6.is_empty() {
            let run = parsed.v6[dice.below(parsed.v6.len())];
            let around: Vec<IpAddr> = around_v6(run.first, run.last).collect();
            addresses.push(around[dice.below(around.len())]);
        }
    }
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}
