//! Who has the most addresses: AS, countries and providers.

use std::hash::Hash;

use hashbrown::HashMap;

use crate::query::scan::table::Table;

/// How many of a kind are told at most.
pub(super) const MAX_TOP: usize = 32;

/// The letters of a country.
pub(super) type Code = [u8; 2];

/// The first of a kind, the most addresses first, and how many there are in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Most<K> {
    /// At most [`MAX_TOP`].
    pub(super) most: Vec<(K, u128)>,
    /// How many have any address.
    pub(super) n_distinct: u64,
}

/// Of the three kinds, those with the most addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MostOfAll {
    /// By origin AS.
    pub(super) asns: Most<u32>,
    /// By letters of the country.
    pub(super) countries: Most<Code>,
    /// By number of the provider.
    pub(super) providers: Most<u32>,
}

/// Addresses of everyone who has any.
#[derive(Clone, Debug, Default)]
pub(super) struct Everyone {
    asns: HashMap<u32, u128>,
    countries: HashMap<Code, u128>,
    providers: HashMap<u32, u128>,
}

impl Everyone {
    /// Counts addresses by the numbers of their facts.
    pub(super) fn of(table: &Table, counts: impl IntoIterator<Item = (u32, u128)>) -> Self {
        let mut everyone = Self::default();
        for (number, count) in counts {
            let facts = table.facts(number);
            if facts.asn != 0 {
                *everyone.asns.entry(facts.asn).or_default() += count;
            }
            if facts.country != [0; 2] {
                *everyone.countries.entry(facts.country).or_default() += count;
            }
            for &provider in table.set(facts.providers) {
                *everyone.providers.entry(provider).or_default() += count;
            }
        }
        everyone
    }

    /// Adds those of other addresses.
    #[must_use]
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            asns: joined(self.asns, other.asns),
            countries: joined(self.countries, other.countries),
            providers: joined(self.providers, other.providers),
        }
    }

    /// Those with the most addresses; of equals the smaller number, the earlier letters or name come first.
    pub(super) fn most(&self, table: &Table) -> MostOfAll {
        MostOfAll {
            asns: most(&self.asns, |&asn| asn),
            countries: most(&self.countries, |&code| code),
            providers: most(&self.providers, |&provider| table.provider(provider)),
        }
    }
}

fn joined<K: Eq + Hash>(a: HashMap<K, u128>, b: HashMap<K, u128>) -> HashMap<K, u128> {
    let (mut larger, smaller) = if a.len() < b.len() { (b, a) } else { (a, b) };
    for (key, count) in smaller {
        *larger.entry(key).or_default() += count;
    }
    larger
}

fn most<'a, K: Copy, O: Ord>(counts: &'a HashMap<K, u128>, order: impl Fn(&'a K) -> O) -> Most<K> {
    let mut all: Vec<(&K, u128)> = counts.iter().map(|(key, &count)| (key, count)).collect();
    let first = |a: &(&'a K, u128), b: &(&'a K, u128)| {
        b.1.cmp(&a.1).then_with(|| order(a.0).cmp(&order(b.0)))
    };
    if all.len() > MAX_TOP {
        all.select_nth_unstable_by(MAX_TOP, first);
        all.truncate(MAX_TOP);
    }
    all.sort_unstable_by(first);
    let most = all.into_iter().map(|(&key, count)| (key, count)).collect();
    Most { most, n_distinct: counts.len() as u64 }
}
